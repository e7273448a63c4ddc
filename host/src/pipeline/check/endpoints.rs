//! Endpoints: what the descriptor declares, filled with options, as far as the file grants it.

use super::catalogue::Known;
use super::connections::{Fill, endpoint_at};
use super::template::Template;
use super::url;
use crate::contract::Endpoint;
use crate::pipeline::GrantedEndpoint;
use crate::pipeline::faults::{Fault, Faults, Slip, list_note};
use crate::pipeline::file::{At, Given, RawConnection, RawEndpoint};
use crate::report::codes;

/// All endpoints of a connection. Without `fill` only what the file itself says is checked, for the options are at
/// fault already. `None` where something is at fault, which was told.
pub(super) fn check(
    raw: &RawConnection,
    fill: Option<&Fill<'_>>,
    known: &Known,
    faults: &Faults,
) -> Option<Vec<GrantedEndpoint>> {
    let declared = &known.described.descriptor.endpoints;
    let mut sound = true;
    for endpoint in &raw.endpoints {
        if !declared.iter().any(|known| known.name == endpoint.name.value) {
            tell_unknown(endpoint, raw, known, faults);
            sound = false;
        }
    }
    let granted: Vec<_> =
        declared.iter().map(|endpoint| grant(endpoint, raw, fill, known, faults)).collect();
    let granted: Option<Vec<_>> = granted.into_iter().collect();
    granted.filter(|_| sound)
}

fn tell_unknown(endpoint: &RawEndpoint, raw: &RawConnection, known: &Known, faults: &Faults) {
    let declared = &known.described.descriptor.endpoints;
    let names = || declared.iter().map(|endpoint| endpoint.name.as_str());
    let fact =
        format!("`{}` has no endpoint `{}`", known.described.descriptor.name, endpoint.name.value);
    faults.error(Fault::new(codes::UNKNOWN_ENDPOINT, endpoint.name.at, fact, ""), |report| {
        let report = report.note(list_note("its endpoints", names()));
        let others = raw.endpoints.iter().map(|other| other.name.value.as_str());
        faults.meant_beside(report, Slip::key(&endpoint.name), names(), others)
    });
}

fn grant(
    declared: &Endpoint,
    raw: &RawConnection,
    fill: Option<&Fill<'_>>,
    known: &Known,
    faults: &Faults,
) -> Option<GrantedEndpoint> {
    let said = raw.endpoints.iter().find(|said| said.name.value == declared.name);
    let reads_by_post = reads_by_post(declared, said, known, faults);
    let allow_private = match said.map(|said| &said.allow_private) {
        Some(Given::Value(allow)) => Some(*allow),
        Some(Given::Faulty) => None,
        _ => Some(false),
    };
    let (text, at) = match said.map(|said| &said.url) {
        Some(Given::Value(url)) => (url.value.clone(), url.at),
        Some(Given::Faulty) => return None,
        _ => (filled(declared, fill?)?, endpoint_at(raw, &declared.name)),
    };
    let url = match url::parse(&text) {
        Ok(url) => url,
        Err(why) => {
            let fact = format!("the URL of endpoint `{}` {why}", declared.name);
            faults.error(Fault::new(codes::ENDPOINT_URL, at, fact, ""), |report| {
                report.hint("write it as `url = \"https://host/path\"`")
            });
            return None;
        }
    };
    let allow_private = allow_private?;
    if url.plain && !allow_private {
        tell_insecure(declared, at, faults);
        return None;
    }
    Some(GrantedEndpoint {
        name: declared.name.clone(),
        base_url: url.text,
        auth: declared.auth.clone(),
        rate_limit: declared.rate_limit.clone(),
        reads_by_post: reads_by_post?,
        allow_private,
    })
}

fn filled(declared: &Endpoint, fill: &Fill<'_>) -> Option<String> {
    // The catalogue refused a connector whose template cannot be taken apart.
    let template = Template::url(&declared.base_url).ok()?;
    fill.fill(&template, &format!("the URL of endpoint `{}`", declared.name))
}

fn tell_insecure(declared: &Endpoint, at: At, faults: &Faults) {
    let fact = format!(
        "endpoint `{}` is reached by `http`, so everyone on the way could read the secret",
        declared.name
    );
    faults.error(Fault::new(codes::ENDPOINT_INSECURE, at, fact, "not encrypted"), |report| {
        report.hint("write `https://`, or for a simulator of your own add `allow_private = true` beside the URL")
    });
}

/// The paths at which the file grants reading by POST: only such as the connector declares.
fn reads_by_post(
    declared: &Endpoint,
    said: Option<&RawEndpoint>,
    known: &Known,
    faults: &Faults,
) -> Option<Vec<String>> {
    let paths = match said.map(|said| &said.reads_by_post) {
        Some(Given::Value(paths)) => paths,
        Some(Given::Faulty) => return None,
        _ => return Some(Vec::new()),
    };
    let known_paths = || declared.reads_by_post.iter().map(String::as_str);
    let mut sound = true;
    for path in paths.iter().filter(|path| !declared.reads_by_post.contains(&path.value)) {
        let connector = &known.described.descriptor.name;
        let fact = format!("`{connector}` does not say that it reads by POST at `{}`", path.value);
        faults.error(Fault::new(codes::POST_UNDECLARED, path.at, fact, ""), |report| {
            let report = report.note(list_note("paths at which it reads by POST", known_paths()));
            faults.meant(report, Slip::text(path), known_paths())
        });
        sound = false;
    }
    sound.then(|| paths.iter().map(|path| path.value.clone()).collect())
}
