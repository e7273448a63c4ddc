//! Stages, each by itself: what it runs, what comes out of it, what may go in.

use super::catalogue::{Catalogue, Known};
use super::connections::Connections;
use super::directories;
use super::kinds::Kinds;
use super::options;
use super::switches::Switches;
use crate::contract::{Collection, Descriptor, OrderPart, Pair, Port};
use crate::pipeline::faults::{Fault, Faults, Slip, list_note};
use crate::pipeline::file::{At, Given, RawDirectory, RawKind, RawStage, Text};
use crate::pipeline::{EVERY_MS_DEFAULT, Input, Role, Sink, Source, Transform};
use crate::report::codes;

/// A stage after its own checks.
#[derive(Debug)]
pub(super) struct CheckedStage<'r> {
    pub raw: &'r RawStage,
    pub outputs: Outputs,
    pub inputs: Inputs,
    /// What it comes to, where nothing of its own is at fault.
    pub role: Option<Role>,
    /// The source's or sink's collection as people say it: `shop.orders`.
    pub collection: Option<String>,
    /// Whether an entry of a source's collection can be read anew by its key.
    pub rereads: bool,
}

/// What comes out of a stage.
#[derive(Debug)]
pub(super) enum Outputs {
    /// A connector or collection at fault: anything might come out.
    Unknown,
    /// A sink.
    None,
    /// A sink that hangs on a switch.
    Off,
    /// A source.
    One(Kinds),
    /// A transform.
    Ports(Vec<PortKinds>),
}

/// What may go into a stage.
#[derive(Debug)]
pub(super) enum Inputs {
    /// A connector or collection at fault: anything might go in.
    Unknown,
    /// A source.
    None,
    /// A sink.
    One(Kinds),
    /// A transform.
    Ports(Vec<PortKinds>),
}

/// A port of a transform.
#[derive(Debug, Clone)]
pub(super) struct PortKinds {
    pub name: String,
    pub kinds: Kinds,
    pub required: bool,
}

impl From<&Port> for PortKinds {
    fn from(port: &Port) -> Self {
        Self { name: port.name.clone(), kinds: Kinds::of(&port.kinds), required: port.required }
    }
}

/// What the checks of stages need.
pub(super) struct Context<'a, 'c> {
    pub connections: &'a Connections,
    pub switches: &'a Switches,
    pub catalogue: &'a mut Catalogue<'c>,
    pub faults: &'a Faults,
}

impl<'r> CheckedStage<'r> {
    fn unknown(raw: &'r RawStage) -> Self {
        let (outputs, inputs) = match &raw.kind {
            RawKind::Source { .. } => (Outputs::Unknown, Inputs::None),
            RawKind::Transform { .. } => (Outputs::Unknown, Inputs::Unknown),
            RawKind::Sink { .. } => (sink_outputs(raw), Inputs::Unknown),
        };
        Self { raw, outputs, inputs, role: None, collection: None, rereads: false }
    }

    /// How messages name it.
    pub(super) fn name(&self) -> String {
        name(self.raw)
    }

    /// The place that stands for the stage: its id, or its header.
    pub(super) fn at(&self) -> At {
        self.raw.id.as_ref().map_or(self.raw.header, |id| id.at)
    }
}

const fn sink_outputs(raw: &RawStage) -> Outputs {
    match raw.switch {
        Some(_) => Outputs::Off,
        None => Outputs::None,
    }
}

fn name(raw: &RawStage) -> String {
    match &raw.id {
        Some(id) => format!("stage `{}`", id.value),
        None => "this stage".to_owned(),
    }
}

/// Checks one stage by itself.
pub(super) fn check<'r>(raw: &'r RawStage, context: &mut Context<'_, '_>) -> CheckedStage<'r> {
    if let Some(switch) = &raw.switch {
        context.switches.check(switch, context.faults);
    }
    let checked = match &raw.kind {
        RawKind::Source { connection, collection, every_ms } => {
            check_source(raw, connection.as_ref(), collection.as_ref(), *every_ms, context)
        }
        RawKind::Sink { connection, collection, .. } => {
            check_sink(raw, connection.as_ref(), collection.as_ref(), context)
        }
        RawKind::Transform { connector, directories, .. } => {
            check_transform(raw, connector.as_ref(), directories, context)
        }
    };
    checked.unwrap_or_else(|| CheckedStage::unknown(raw))
}

/// A connection's collection that a stage names.
pub(super) struct Found<'a> {
    pub connection: usize,
    pub connector: &'a Text,
    pub known: &'a Known,
    pub position: usize,
    pub collection: &'a Collection,
    /// As people say it: `shop.orders`.
    pub name: String,
}

/// Finds a collection of a connection. `None` where it cannot be found, which was told.
pub(super) fn find_collection<'a>(
    connection: Option<&Text>,
    collection: Option<&Text>,
    connections: &'a Connections,
    faults: &Faults,
) -> Option<Found<'a>> {
    let connection = connection?;
    let (index, checked) = connections.find(connection, faults)?;
    let (connector, known) = checked.known.as_ref()?;
    let collection = collection?;
    let all = &known.described.descriptor.collections;
    let found = all.iter().enumerate().find(|(_, known)| known.name == collection.value);
    let Some((position, found)) = found else {
        let names = || all.iter().map(|known| known.name.as_str());
        let connector = &known.described.descriptor.name;
        let fact =
            format!("connection `{}` has no collection `{}`", connection.value, collection.value);
        faults.error(Fault::new(codes::UNKNOWN_COLLECTION, collection.at, fact, ""), |report| {
            let report = report.note(list_note(&format!("collections of `{connector}`"), names()));
            faults.meant(report, Slip::text(collection), names())
        });
        return None;
    };
    let name = format!("{}.{}", connection.value, collection.value);
    Some(Found { connection: index, connector, known, position, collection: found, name })
}

/// The collection's own options as text, if they are sound.
pub(super) fn collection_options(
    given: &Given<crate::pipeline::file::Value>,
    header: At,
    found: &Found<'_>,
    catalogue: &mut Catalogue<'_>,
    faults: &Faults,
) -> Option<String> {
    let of = format!("collection `{}`", found.name);
    let schema = catalogue.schema(found.connector, found.known, Some(found.position))?;
    options::check(given, header, &of, schema, faults).map(|options| options.text())
}

fn check_source<'r>(
    raw: &'r RawStage,
    connection: Option<&Text>,
    collection: Option<&Text>,
    every_ms: Option<u64>,
    context: &mut Context<'_, '_>,
) -> Option<CheckedStage<'r>> {
    let found = find_collection(connection, collection, context.connections, context.faults)?;
    let Some(kind) = found.collection.reads.filter(|_| found.known.described.roles.source) else {
        let fact = format!("`{}` cannot be read from", found.name);
        tell_unfit(
            codes::COLLECTION_UNREADABLE,
            collection?,
            fact,
            &found,
            |known| known.reads.is_some(),
            context,
        );
        return None;
    };
    let options =
        collection_options(&raw.options, raw.header, &found, context.catalogue, context.faults);
    let role = options.map(|options| {
        Role::Source(Source {
            connection: found.connection,
            collection: found.collection.name.clone(),
            options,
            every_ms: every_ms.unwrap_or(EVERY_MS_DEFAULT),
            page_max: found.collection.page_max,
        })
    });
    let roles = found.known.described.roles;
    Some(CheckedStage {
        raw,
        outputs: Outputs::One(Kinds::of(&[kind])),
        inputs: Inputs::None,
        role,
        rereads: roles.directory && found.collection.finds_by.iter().any(|field| field == "key"),
        collection: Some(found.name),
    })
}

fn check_sink<'r>(
    raw: &'r RawStage,
    connection: Option<&Text>,
    collection: Option<&Text>,
    context: &mut Context<'_, '_>,
) -> Option<CheckedStage<'r>> {
    let RawKind::Sink { fresh_ms, ask_when_on, .. } = raw.kind else { return None };
    let found = find_collection(connection, collection, context.connections, context.faults)?;
    let kinds = Kinds::of(&found.collection.writes);
    if kinds.is_empty() || !found.known.described.roles.sink {
        let fact = format!("`{}` cannot be written to", found.name);
        tell_unfit(
            codes::COLLECTION_UNWRITABLE,
            collection?,
            fact,
            &found,
            |known| !known.writes.is_empty(),
            context,
        );
        return None;
    }
    let options =
        collection_options(&raw.options, raw.header, &found, context.catalogue, context.faults);
    let role = options.map(|options| {
        Role::Sink(Sink {
            connection: found.connection,
            collection: found.collection.name.clone(),
            options,
            batch_max: found.collection.batch_max,
            without: found.collection.without.clone(),
            rests: rests(found.collection),
            fresh_ms,
            ask_when_on,
        })
    });
    let (outputs, inputs) = (sink_outputs(raw), Inputs::One(kinds));
    Some(CheckedStage { raw, outputs, inputs, role, collection: Some(found.name), rereads: false })
}

fn tell_unfit(
    code: crate::report::Code,
    collection: &Text,
    fact: String,
    found: &Found<'_>,
    fits: impl Fn(&Collection) -> bool,
    context: &Context<'_, '_>,
) {
    let descriptor = &found.known.described.descriptor;
    let fitting =
        descriptor.collections.iter().filter(|known| fits(known)).map(|known| known.name.as_str());
    context.faults.error(Fault::new(code, collection.at, fact, ""), |report| {
        report.note(list_note(&format!("collections of `{}` that can", descriptor.name), fitting))
    });
}

fn check_transform<'r>(
    raw: &'r RawStage,
    connector: Option<&Text>,
    directories: &Given<Vec<RawDirectory>>,
    context: &mut Context<'_, '_>,
) -> Option<CheckedStage<'r>> {
    let named = connector?;
    let known = context.catalogue.get(named)?;
    if !known.described.roles.transform {
        let fact = format!(
            "`{}` is a connector to a system, but {} uses it as a rule",
            named.value,
            name(raw)
        );
        context.faults.error(Fault::new(codes::WRONG_ROLE, named.at, fact, ""), |report| {
            report
                .note("it does not export `transform`")
                .hint("use it in a `[connections.…]` table, and name a rule here")
        });
        return None;
    }
    let options = check_rule_options(raw, named, &known, context);
    let directories = directories::check(raw, directories, &known, context);
    let descriptor = &known.described.descriptor;
    let role = options.zip(directories).map(|((options, unneeded), directories)| {
        let connector = known.reference.clone();
        // The graph fills in what feeds each input.
        let inputs = descriptor.inputs.iter().map(|port| Input {
            port: port.name.clone(),
            // Known once all stages are joined.
            sources: Vec::new(),
            without: port.without.iter().chain(&unneeded).copied().collect(),
        });
        Role::Transform(Transform {
            connector,
            options,
            directories,
            inputs: inputs.collect(),
            links: linked_inputs(descriptor),
        })
    });
    let outputs = Outputs::Ports(descriptor.outputs.iter().map(PortKinds::from).collect());
    let inputs = Inputs::Ports(descriptor.inputs.iter().map(PortKinds::from).collect());
    Some(CheckedStage { raw, outputs, inputs, role, collection: None, rereads: false })
}

/// Whether a collection reckons what became of a movement from a level that it read, as its attribute `stock-rests` says:
/// that level must show the movement before.
fn rests(collection: &Collection) -> bool {
    let says = |attribute: &Pair| attribute.name == "stock-rests" && attribute.value == "true";
    collection.attributes.iter().any(says)
}

/// The two inputs whose counters a rule joins, as its attribute `links` names them.
fn linked_inputs(descriptor: &Descriptor) -> Option<(String, String)> {
    let links = descriptor.attributes.iter().find(|attribute| attribute.name == "links")?;
    let (left, right) = links.value.split_once(',')?;
    let is_input = |name: &str| descriptor.inputs.iter().any(|port| port.name == name);
    (is_input(left) && is_input(right)).then(|| (left.to_owned(), right.to_owned()))
}

/// The options of a rule, and what of an order it has no use for by them.
fn check_rule_options(
    raw: &RawStage,
    named: &Text,
    known: &Known,
    context: &mut Context<'_, '_>,
) -> Option<(String, Vec<OrderPart>)> {
    let schema = context.catalogue.schema(named, known, None)?;
    let options = options::check(&raw.options, raw.header, &name(raw), schema, context.faults)?;
    let unneeded = schema.unneeded(&options.json);
    context.catalogue.open(known, &options).then(|| (options.text(), unneeded))
}
