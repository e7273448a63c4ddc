//! What flows along the links: kinds of payload, and from which sources.

use std::collections::{BTreeMap, BTreeSet};

use super::joints::{Link, Links};
use super::kinds::Kinds;
use super::stages::{CheckedStage, Inputs, Outputs, PortKinds};
use crate::pipeline::OFF;
use crate::pipeline::faults::{Fault, Faults, joined};
use crate::pipeline::file::RawKind;
use crate::report::{Report, codes};

/// For each stage and input port, the sources that feed it, directly or through other stages.
pub(super) type Feeds = BTreeMap<(usize, String), BTreeSet<usize>>;

/// Follows everything from the sources to the sinks, and tells where something arrives that is not taken.
pub(super) fn check(
    stages: &[CheckedStage<'_>],
    links: &Links,
    order: &[usize],
    faults: &Faults,
) -> Feeds {
    let mut flow =
        Flow { stages, faults, out: BTreeMap::new(), sources: vec![BTreeSet::new(); stages.len()] };
    let mut feeds = Feeds::new();
    for &index in order {
        let incoming: Vec<&Link> = links.all.iter().filter(|link| link.to == index).collect();
        for link in &incoming {
            let through = flow.sources[link.from].clone();
            flow.sources[index].extend(&through);
            feeds.entry((index, link.input.clone())).or_default().extend(through);
            flow.check_link(link);
        }
        if matches!(stages[index].outputs, Outputs::One(_)) {
            flow.sources[index].insert(index);
        }
        flow.give_out(index, &incoming, links.unsure.contains(&index));
        flow.check_fresh(index);
    }
    feeds
}

struct Flow<'a, 'r> {
    stages: &'a [CheckedStage<'r>],
    faults: &'a Faults,
    /// What comes out of each port. What is not in here is unknown.
    out: BTreeMap<(usize, Option<String>), Kinds>,
    sources: Vec<BTreeSet<usize>>,
}

impl Flow<'_, '_> {
    fn arriving(&self, link: &Link) -> Option<Kinds> {
        self.out.get(&(link.from, link.from_port.clone())).copied()
    }

    fn check_link(&self, link: &Link) {
        let taken = match &self.stages[link.to].inputs {
            Inputs::One(kinds) => *kinds,
            Inputs::Ports(ports) => match ports.iter().find(|port| port.name == link.input) {
                Some(port) => port.kinds,
                None => return,
            },
            Inputs::None | Inputs::Unknown => return,
        };
        let Some(arriving) = self.arriving(link) else {
            return;
        };
        let refused = arriving.without(taken);
        if refused.is_empty() {
            return;
        }
        let to = &self.stages[link.to];
        let taker = match (&to.collection, link.input.as_str()) {
            (Some(collection), _) => format!("`{collection}`"),
            (None, port) => format!("its input `{port}`"),
        };
        let fact = format!(
            "{} is given {}, but {taker} takes {}",
            to.name(),
            refused.names(),
            taken.names()
        );
        let label = format!("gives {}", arriving.names());
        self.faults.error(Fault::new(codes::KIND_MISMATCH, link.at, fact, label), |report| {
            report.note("kinds are what the connectors say of their collections and ports")
        });
    }

    /// What a stage gives. Of the kinds that a transform takes, a port gives only those that arrive: a rule that only
    /// chooses declares them all, and turns nothing into an order. Where it is not sure what arrives, it is not what
    /// passes through either.
    fn give_out(&mut self, index: usize, incoming: &[&Link], unsure: bool) {
        match (&self.stages[index].outputs, &self.stages[index].inputs) {
            (Outputs::One(kinds), _) => {
                self.out.insert((index, None), *kinds);
            }
            (Outputs::Off, Inputs::One(taken)) => {
                let arriving: Option<Kinds> = incoming.iter().map(|link| self.arriving(link)).sum();
                self.out.insert(
                    (index, Some(OFF.to_owned())),
                    arriving.filter(|_| !unsure).unwrap_or(*taken),
                );
            }
            (Outputs::Ports(outputs), Inputs::Ports(inputs)) => {
                let taken = all_kinds(inputs);
                let arriving: Option<Kinds> = incoming.iter().map(|link| self.arriving(link)).sum();
                for port in outputs {
                    let passing = match arriving.filter(|_| !unsure) {
                        Some(arriving) => port.kinds.without(taken.without(arriving)),
                        None if port.kinds.is_one() || port.kinds.without(taken) == port.kinds => {
                            port.kinds
                        }
                        None => continue,
                    };
                    let given = if passing.is_empty() { port.kinds } else { passing };
                    self.out.insert((index, Some(port.name.clone())), given);
                }
            }
            _ => {}
        }
    }

    /// `fresh` reads an entry anew by its key, which each source's collection must allow.
    fn check_fresh(&self, index: usize) {
        let sink = &self.stages[index];
        let RawKind::Sink { fresh_ms: Some(_), .. } = sink.raw.kind else {
            return;
        };
        let sources: Vec<&CheckedStage<'_>> = self.sources[index]
            .iter()
            .map(|source| &self.stages[*source])
            .filter(|source| !source.rereads)
            .collect();
        if sources.is_empty() {
            return;
        }
        let mut collections: Vec<String> =
            sources.iter().filter_map(|source| source.collection.clone()).collect();
        collections.dedup();
        let fact = format!(
            "{} has `fresh`, but {} cannot be read by key",
            sink.name(),
            joined(&collections)
        );
        self.faults.error(Fault::new(codes::FRESH_UNFIT, sink.at(), fact, ""), |report| {
            let also = |report: Report, source: &&CheckedStage<'_>| {
                report.also(self.faults.place(source.at(), "its entries come from here"))
            };
            sources
                .iter()
                .fold(report, also)
                .note("with `fresh` an entry is read anew by its key before its write is sent")
                .hint("leave `fresh` out")
        });
    }
}

fn all_kinds(ports: &[PortKinds]) -> Kinds {
    ports.iter().map(|port| port.kinds).sum()
}
