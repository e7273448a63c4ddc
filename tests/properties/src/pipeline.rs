//! The pipeline file: whatever stands in it, there is a pipeline or an answer why not, and it can be shown.
//!
//! An input is the pipeline file; `penstock.toml` and the file of `--connections` may follow, each after a line `%%`.

use std::io;
use std::path::Path;

use penstock::pipeline::acme::Table;
use penstock::pipeline::{Environment, FILE_BYTES_MAX, Files, Pipeline, Role, read};
use penstock::report::{Colour, Place, Report, render, to_json};
use penstock_mutations::Target;

pub(crate) const TARGET: Target = Target {
    name: "pipeline",
    check,
    words: &[
        "\"",
        "'",
        "[",
        "]",
        "[[",
        "]]",
        "{",
        "}",
        "=",
        ",",
        ".",
        "\n",
        "\r\n",
        "\t",
        "\0",
        "\u{feff}",
        "\u{202e}",
        "\u{e9}",
        "\u{1f980}",
        "\u{1b}[2J",
        "inf",
        "nan",
        "true",
        "false",
        "-1",
        "1e999",
        "999999999999999999999999999999999999999999",
        "1979-05-27T07:32:00Z",
        "#",
        "\"\"\"",
        "'''",
        "[connections.shop]",
        "[connections.till]",
        "[[sink]]",
        "[[source]]",
        "[[transform]]",
        "[switches]",
        "secret = \"x\"",
        "secret = { env = \"A\" }",
        "secret = { file = \"a\" }",
        "inputs = {}",
        "inputs = [\"paid.out\"]",
        "{a={a={a={a=1}}}}",
        "\n%%\n",
        "acme-shop",
        "acme-till",
        "acme-feed",
        "acme-odd-url",
        "filter",
        "match",
        "delta",
        "./acme-shop.wasm",
        "id",
        "connector",
        "connection",
        "collection",
        "every",
        "\"1m\"",
        "switch",
        "enabled",
        "unused",
        "directories",
        "options",
        "endpoints",
        "url",
        "allow_private",
        "https://{domain}.a.test",
        "links",
        "fresh",
        "ask_when_on",
        "without",
    ],
    mutations: 2_000,
};

/// Files that are parts of the input.
struct Surroundings<'a>(Vec<&'a [u8]>);

impl Environment for Surroundings<'_> {
    fn variable(&self, _name: &str) -> Option<String> {
        None
    }

    fn file(&self, path: &Path, bytes_max: u64) -> io::Result<Vec<u8>> {
        let names = ["file.toml", "penstock.toml", "connections.toml"];
        let named = path.file_name().and_then(|name| names.iter().position(|known| name == *known));
        let bytes = named.and_then(|index| self.0.get(index)).ok_or(io::ErrorKind::NotFound)?;
        let most = usize::try_from(bytes_max + 1).unwrap_or(usize::MAX);
        Ok(bytes[..bytes.len().min(most)].to_vec())
    }
}

fn check(bytes: &[u8]) {
    let parts = split(bytes);
    let overrides = (parts.len() > 2).then(|| Path::new("pipelines/connections.toml"));
    let alone = parts.len() == 1;
    let load =
        || Files::load(Path::new("pipelines/file.toml"), overrides, &Surroundings(parts.clone()));
    let files = match load() {
        Ok(files) => files,
        Err(report) => {
            let too_large = u64::try_from(bytes.len()).unwrap_or(u64::MAX) > FILE_BYTES_MAX;
            assert!(too_large || std::str::from_utf8(bytes).is_err(), "{}", report.fact);
            return shown(&[*report]);
        }
    };
    let (pipeline, reports) = read(&files, &Table);
    assert_eq!(pipeline.is_none(), reports.iter().any(Report::is_error));
    for (index, report) in reports.iter().enumerate() {
        assert!(!report.fact.is_empty() && !report.fact.ends_with('.'), "{}", report.fact);
        assert!(report.place.is_some(), "every fault has a place: {}", report.fact);
        report.place.iter().chain(&report.others).for_each(can_be_shown);
        assert!(!reports[index + 1..].contains(report), "told twice: {}", report.fact);
    }
    if alone {
        let starts = reports.iter().filter_map(|report| report.place.as_ref());
        assert!(starts.map(|place| place.span.start).is_sorted(), "in the order of the file");
    }
    shown(&reports);
    if let Some(pipeline) = &pipeline {
        holds_together(pipeline);
    }
    // Reading again reads the same.
    let (again, told_again) = read(&load().expect("it was loaded"), &Table);
    assert_eq!(reports, told_again);
    assert_eq!(format!("{pipeline:?}"), format!("{again:?}"));
}

/// The parts between lines `%%`.
fn split(bytes: &[u8]) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    let mut rest = bytes;
    while parts.len() < 2
        && let Some(at) = rest.windows(4).position(|line| line == b"\n%%\n")
    {
        parts.push(&rest[..at]);
        rest = &rest[at + 4..];
    }
    parts.push(rest);
    parts
}

/// A place lies within one line of its file, between characters.
fn can_be_shown(place: &Place) {
    let span = place.file.text().get(place.span.clone());
    let span = span.unwrap_or_else(|| unreachable!("{:?} is no place in the file", place.span));
    assert!(!span.contains('\n'), "{span:?} has several lines");
    assert_eq!(place.file.shown().len(), place.file.text().len());
    assert!(place.file.shown().get(place.span.clone()).is_some());
    let position = place.position();
    assert!(position.line >= 1 && position.column >= 1);
}

fn shown(reports: &[Report]) {
    let plain = render(reports, Colour::Never);
    assert_eq!(plain.is_empty(), reports.is_empty());
    crate::assert_printable(&plain, 1 << 20);
    let _coloured = render(reports, Colour::Always);
    let json = to_json(reports);
    assert!(serde_json::to_string(&json).is_ok());
}

/// What the engine takes for granted.
fn holds_together(pipeline: &Pipeline) {
    let is_connection = |index: usize| assert!(index < pipeline.connections.len());
    for (index, stage) in pipeline.stages.iter().enumerate() {
        assert!(pipeline.stages[..index].iter().all(|other| other.id != stage.id));
        assert!(stage.switch.as_ref().is_none_or(|switch| pipeline.switches.contains_key(switch)));
        for joint in &stage.joints {
            assert!(joint.to < pipeline.stages.len());
            assert!(joint.to > index, "stages stand in the order in which entries go");
        }
        match &stage.role {
            Role::Source(source) => {
                is_connection(source.connection);
                assert!(source.every_ms > 0 && source.page_max > 0);
            }
            Role::Transform(transform) => {
                transform
                    .directories
                    .iter()
                    .for_each(|directory| is_connection(directory.connection));
                let sources = transform.inputs.iter().flat_map(|input| &input.sources);
                sources.for_each(|source| assert!(*source < pipeline.stages.len()));
            }
            Role::Sink(sink) => {
                is_connection(sink.connection);
                assert!(sink.batch_max > 0);
            }
        }
    }
    for connection in &pipeline.connections {
        assert!(serde_json::from_str::<serde_json::Value>(&connection.options).is_ok());
        assert!(!connection.account.contains(['{', '}']), "{}", connection.account);
    }
}
