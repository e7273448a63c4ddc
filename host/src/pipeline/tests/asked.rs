//! How often connectors are asked, and what is made of odd answers.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::{check_text, files};
use crate::contract::{Descriptor, OptionFault, RateLimit};
use crate::pipeline::acme::Table;
use crate::pipeline::{ConnectorRef, Connectors, Described, Files, LoadFault, ResolveFault, read};
use crate::report::SourceFile;

/// The table of connectors, with a count of the questions.
#[derive(Default)]
struct Counted(RefCell<BTreeMap<String, usize>>);

impl Counted {
    fn count(&self, what: &str, name: &str) {
        *self.0.borrow_mut().entry(format!("{what} {name}")).or_default() += 1;
    }
}

impl Connectors for Counted {
    fn resolve(&self, name: &str, directory: &Path) -> Result<ConnectorRef, ResolveFault> {
        self.count("resolve", name);
        Table.resolve(name, directory)
    }

    fn descriptor(&self, connector: &ConnectorRef) -> Result<Arc<Described>, LoadFault> {
        self.count("descriptor", &connector.name);
        Table.descriptor(connector)
    }

    fn open(&self, connector: &ConnectorRef, options: &str) -> Result<(), Vec<OptionFault>> {
        self.count("open", &connector.name);
        Table.open(connector, options)
    }
}

#[test]
fn each_connector_is_asked_once() {
    let counted = Counted::default();
    let (pipeline, _) = read(&files("good"), &counted);
    assert!(pipeline.is_some());
    let asked = counted.0.into_inner();
    assert_eq!(asked.len(), 4 * 3, "{asked:?}");
    assert!(asked.values().all(|count| *count == 1), "{asked:?}");
}

#[test]
fn a_connector_is_not_opened_with_options_that_its_schema_refuses() {
    for case in ["option-value", "option-unknown", "secret-form", "connection-unused"] {
        let counted = Counted::default();
        read(&files(case), &counted);
        let opened = counted.0.into_inner().contains_key("open acme-till");
        assert_eq!(opened, case != "option-unknown", "{case}");
    }
}

#[test]
fn connections_of_other_pipelines_are_not_asked_for() {
    let counted = Counted::default();
    read(&files("good-files"), &counted);
    assert!(!counted.0.into_inner().contains_key("resolve belongs-to-another-pipeline"));
}

/// One connector, changed.
struct Changed(fn(&mut Descriptor));

impl Connectors for Changed {
    fn resolve(&self, name: &str, directory: &Path) -> Result<ConnectorRef, ResolveFault> {
        Table.resolve(name, directory)
    }

    fn descriptor(&self, connector: &ConnectorRef) -> Result<Arc<Described>, LoadFault> {
        let described = Table.descriptor(connector)?;
        let mut descriptor = described.descriptor.clone();
        if connector.name == "acme-till" {
            (self.0)(&mut descriptor);
        }
        Ok(Arc::new(Described::new(descriptor, "00", described.roles)))
    }

    fn open(&self, _: &ConnectorRef, _: &str) -> Result<(), Vec<OptionFault>> {
        Ok(())
    }
}

/// What is said of a good file whose till's descriptor is changed like this.
fn said_of(change: fn(&mut Descriptor)) -> Vec<String> {
    let (_, reports) = read(&files("good"), &Changed(change));
    reports.into_iter().map(|report| report.fact).collect()
}

#[test]
fn a_descriptor_that_cannot_be_true_is_told_once() {
    type Change = fn(&mut Descriptor);
    let cases: [(Change, &str); 10] = [
        (
            |till| till.account = "acme-shop:{domain}".to_owned(),
            "its account `acme-shop:{domain}` is not its own: that of a connector whose file is `acme-till.wasm` \
             begins with `acme-till:`",
        ),
        (
            |till| till.account = "acme-till".to_owned(),
            "its account `acme-till` is not its own: that of a connector whose file is `acme-till.wasm` begins with \
             `acme-till:`",
        ),
        (
            |till| till.account = "till:{".to_owned(),
            "its account `till:{` has a `{` without its `}`",
        ),
        (
            |till| till.endpoints[0].base_url = "https://}".to_owned(),
            "the URL of its endpoint `api` has a `}` without its `{`",
        ),
        (
            |till| till.collections[1].batch_max = 0,
            "its collection `customers` allows pages or batches of no entry",
        ),
        (
            |till| till.collections[1].page_max = 0,
            "its collection `customers` allows pages or batches of no entry",
        ),
        (
            |till| till.endpoints[0].rate_limit = Some(never()),
            "the rate limit `all` of its endpoint `api` allows nothing",
        ),
        (
            |till| till.endpoints.push(till.endpoints[0].clone()),
            "two of its endpoints are called `api`",
        ),
        (
            |till| till.collections.push(till.collections[0].clone()),
            "two of its collections are called `sales`",
        ),
        (
            |till| till.options_schema = "[".to_owned(),
            "the schema of its options is not JSON: EOF while parsing a list at line 1 column 1",
        ),
    ];
    for (change, why) in cases {
        assert_eq!(said_of(change), [format!("connector `acme-till` 0.1.0 cannot be used: {why}")]);
    }
}

fn never() -> RateLimit {
    RateLimit {
        name: "all".to_owned(),
        requests: 0,
        window_ms: 1_000,
        limit_header: None,
        remaining_header: None,
    }
}

/// What a connector says can neither steer the terminal nor fill it.
#[test]
fn a_connectors_own_words_are_tamed() {
    let reports = {
        let change: fn(&mut Descriptor) = |till| {
            till.name = "\u{1b}[2J".to_owned();
            till.account = "{".repeat(10_000);
        };
        read(&files("good"), &Changed(change)).1
    };
    let shown = crate::report::render(&reports, crate::report::Colour::Never);
    assert!(!shown.contains('\u{1b}') && shown.len() < 3_000, "{shown}");
}

#[test]
fn a_default_of_the_schema_fills_a_template() {
    let text = "[connections.feed]\nconnector = \"acme-feed\"\n\
        [[source]]\nid = \"a\"\nconnection = \"feed\"\ncollection = \"products\"\n";
    let (_, reports) = check_text(text);
    let told: Vec<_> = reports.iter().map(|report| report.code.name()).collect();
    assert_eq!(told, ["stage-unread"], "the account's name needs no option");
}

#[test]
fn a_path_to_a_connector_counts_from_the_file_that_names_it() {
    let pipeline = SourceFile::new("a/b.toml", "connections.x.connector = \"./acme-shop.wasm\"");
    let counted = Counted::default();
    read(&Files::alone(pipeline), &counted);
    assert_eq!(counted.0.into_inner().get("descriptor ./acme-shop.wasm"), Some(&1));
    let found = Table.resolve("./acme-shop.wasm", Path::new("a")).map(|found| found.path);
    assert_eq!(found.as_deref(), Ok(Path::new("a/./acme-shop.wasm")));
}
