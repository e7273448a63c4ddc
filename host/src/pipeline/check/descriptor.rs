//! What a connector says of itself, taken with distrust: everything after this relies on it.

use super::template::Template;
use crate::contract::{Collection, Descriptor};
use crate::pipeline::{ConnectorRef, Described};

/// A fault of the descriptor, as a sentence: nothing in a pipeline file can mend it.
pub(super) fn fault(reference: &ConnectorRef, described: &Described) -> Option<String> {
    let descriptor = &described.descriptor;
    if let Err(why) = Template::account(&descriptor.account) {
        return Some(format!("its account `{}` {why}", descriptor.account));
    }
    let roles = described.roles;
    if (roles.source || roles.directory || roles.sink) && descriptor.account.is_empty() {
        return Some("it does not say which account it works for".to_owned());
    }
    foreign_account(reference, descriptor)
        .or_else(|| endpoint(descriptor))
        .or_else(|| collection(descriptor))
        .or_else(|| name_twice(descriptor))
}

/// Keys, effects and leases belong to an account. So that no connector has those of another's, an account begins with
/// the name under which people have put the connector where it is; what it calls itself is its own word.
fn foreign_account(reference: &ConnectorRef, descriptor: &Descriptor) -> Option<String> {
    let account = descriptor.account.as_str();
    let file = reference.path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    // What builds components puts `_` where a name has `-`.
    let plain = |name: &str| name.replace('_', "-");
    let is_own = account.split_once(':').is_some_and(|(name, _)| plain(name) == plain(file));
    (!is_own && !account.is_empty()).then(|| {
        format!(
            "its account `{account}` is not its own: that of a connector whose file is `{file}.wasm` begins with `{}:`",
            plain(file)
        )
    })
}

fn endpoint(descriptor: &Descriptor) -> Option<String> {
    descriptor.endpoints.iter().find_map(|endpoint| {
        let name = &endpoint.name;
        if let Err(why) = Template::url(&endpoint.base_url) {
            return Some(format!("the URL of its endpoint `{name}` {why}"));
        }
        let limit = endpoint.rate_limit.as_ref()?;
        let never = limit.requests == 0 || limit.window_ms == 0;
        never.then(|| {
            format!("the rate limit `{}` of its endpoint `{name}` allows nothing", limit.name)
        })
    })
}

fn collection(descriptor: &Descriptor) -> Option<String> {
    let nothing = |collection: &&Collection| collection.page_max == 0 || collection.batch_max == 0;
    let empty = descriptor.collections.iter().find(nothing)?;
    Some(format!("its collection `{}` allows pages or batches of no entry", empty.name))
}

fn name_twice(descriptor: &Descriptor) -> Option<String> {
    let Descriptor { endpoints, collections, inputs, outputs, directories, .. } = descriptor;
    let lists: [(&str, Vec<&str>); 5] = [
        ("endpoints", endpoints.iter().map(|endpoint| endpoint.name.as_str()).collect()),
        ("collections", collections.iter().map(|collection| collection.name.as_str()).collect()),
        ("inputs", inputs.iter().map(|port| port.name.as_str()).collect()),
        ("outputs", outputs.iter().map(|port| port.name.as_str()).collect()),
        ("directories", directories.iter().map(|directory| directory.name.as_str()).collect()),
    ];
    lists.into_iter().find_map(|(what, mut names)| {
        names.sort_unstable();
        let twice = names.windows(2).find(|pair| pair[0] == pair[1])?;
        Some(format!("two of its {what} are called `{}`", twice[0]))
    })
}
