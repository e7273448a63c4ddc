//! References between stages, turned into links.

use std::collections::{BTreeSet, HashMap};

use super::stages::{CheckedStage, Inputs, Outputs, PortKinds};
use crate::pipeline::OFF;
use crate::pipeline::faults::{Fault, Faults, Slip, joined, list_note};
use crate::pipeline::file::{At, RawInputs, RawKind, RawPort, Text};
use crate::pipeline::near::{near, nearest};
use crate::report::{Code, codes};

/// A way from an output to an input, with the place where the file says so.
#[derive(Debug, Clone)]
pub(super) struct Link {
    pub from: usize,
    /// `None` for a source.
    pub from_port: Option<String>,
    pub to: usize,
    /// Empty for a sink.
    pub input: String,
    pub at: At,
}

/// All links of a pipeline, and what could not be resolved.
#[derive(Debug, Default)]
pub(super) struct Links {
    pub all: Vec<Link>,
    /// Stages that something reads, though it cannot be told by which port: they are not unread.
    pub excused: BTreeSet<usize>,
    /// Something cannot be resolved and is near to nothing: any stage may have been meant.
    pub all_excused: bool,
    /// Stages of whose inputs something cannot be resolved: more may arrive there than the links tell.
    pub unsure: BTreeSet<usize>,
}

/// Resolves the inputs of all stages. `whole` tells whether these are all stages that the file has.
pub(super) fn resolve(stages: &[CheckedStage<'_>], whole: bool, faults: &Faults) -> Links {
    let mut by_id = HashMap::new();
    for (index, stage) in stages.iter().enumerate() {
        if let Some(id) = &stage.raw.id {
            by_id.entry(id.value.as_str()).or_insert(index);
        }
    }
    let named = stages.iter().all(|stage| stage.raw.id.is_some());
    let mut resolver = Resolver {
        stages,
        by_id,
        faults,
        whole: whole && named,
        links: Links { all_excused: !whole, ..Links::default() },
    };
    for (index, stage) in stages.iter().enumerate() {
        match &stage.raw.kind {
            RawKind::Source { .. } => {}
            RawKind::Transform { inputs, .. } | RawKind::Sink { inputs, .. } => match inputs {
                Some(inputs) => resolver.stage(index, inputs),
                // What it would have read is unknown; why was told.
                None => {
                    resolver.links.all_excused = true;
                    resolver.links.unsure.insert(index);
                }
            },
        }
    }
    resolver.links
}

struct Resolver<'a, 'r> {
    stages: &'a [CheckedStage<'r>],
    by_id: HashMap<&'a str, usize>,
    faults: &'a Faults,
    /// Whether every stage of the file is known by its id. Where not, an unknown one may be among the others.
    whole: bool,
    links: Links,
}

impl Resolver<'_, '_> {
    fn stage(&mut self, to: usize, inputs: &RawInputs) {
        for port in &inputs.ports {
            let input = self.input(to, inputs, port);
            for reference in &port.from {
                let Some((from, from_port)) = self.output(to, reference) else {
                    self.links.unsure.insert(to);
                    continue;
                };
                let Some(input) = &input else {
                    self.links.excused.insert(from);
                    self.links.unsure.insert(to);
                    continue;
                };
                let link = Link { from, from_port, to, input: input.clone(), at: reference.at };
                match self.links.all.iter().find(|known| same(known, &link)) {
                    Some(first) => self.tell_twice(first.at, reference),
                    None => self.links.all.push(link),
                }
            }
        }
        self.tell_missing(to, inputs);
    }

    /// The input port that a part of `inputs` means. `None` where there is none, which was told.
    fn input(&self, to: usize, inputs: &RawInputs, port: &RawPort) -> Option<String> {
        let at = inputs.at;
        let stage = &self.stages[to];
        let name = stage.name();
        match (&stage.inputs, &port.port) {
            (Inputs::Ports(ports), Some(port)) => {
                if ports.iter().any(|known| known.name == port.value) {
                    return Some(port.value.clone());
                }
                let fact = format!("{name} has no input `{}`", port.value);
                let names = || ports.iter().map(|port| port.name.as_str());
                let others = inputs.ports.iter().filter_map(|port| port.port.as_ref());
                self.faults.error(Fault::new(codes::UNKNOWN_PORT, port.at, fact, ""), |report| {
                    let report = report.note(list_note("its inputs", names()));
                    let others = others.map(|other| other.value.as_str());
                    self.faults.meant_beside(report, Slip::key(port), names(), others)
                });
                None
            }
            (Inputs::Ports(ports), None) => match ports.as_slice() {
                [only] => Some(only.name.clone()),
                ports => {
                    let fact = format!(
                        "{name} has {} inputs, and `inputs` does not say which is meant",
                        ports.len()
                    );
                    let example = ports
                        .iter()
                        .map(|port| format!("{} = \"…\"", port.name))
                        .collect::<Vec<_>>();
                    self.faults.error(Fault::new(codes::PORT_NEEDED, at, fact, ""), |report| {
                        report.hint(format!("name them: `inputs = {{ {} }}`", example.join(", ")))
                    });
                    None
                }
            },
            (Inputs::One(_), Some(port)) => {
                let fact = format!("{name} is a sink, and a sink has one input without a name");
                self.faults.error(Fault::new(codes::UNKNOWN_PORT, port.at, fact, ""), |report| {
                    report.hint("write the stages as a list: `inputs = [\"…\"]`")
                });
                None
            }
            (Inputs::One(_) | Inputs::None, _) => Some(String::new()),
            (Inputs::Unknown, port) => {
                Some(port.as_ref().map_or(String::new(), |port| port.value.clone()))
            }
        }
    }

    /// The stage and the output port that a reference means. `None` where there is none, which was told.
    fn output(&mut self, to: usize, reference: &Text) -> Option<(usize, Option<String>)> {
        let (id, port) = match reference.value.split_once('.') {
            Some((id, port)) => (id, Some(port)),
            None => (reference.value.as_str(), None),
        };
        let Some(&from) = self.by_id.get(id) else {
            self.tell_unknown(to, id, reference);
            return None;
        };
        let found = self.port(from, id, port, reference);
        match found {
            Some(port) => Some((from, port)),
            None => {
                self.links.excused.insert(from);
                None
            }
        }
    }

    fn port(
        &self,
        from: usize,
        id: &str,
        port: Option<&str>,
        reference: &Text,
    ) -> Option<Option<String>> {
        let refuse = |code: Code, fact: String, hint: String| {
            self.faults.error(Fault::new(code, reference.at, fact, ""), |report| report.hint(hint));
            None
        };
        match (&self.stages[from].outputs, port) {
            (Outputs::Unknown, port) => Some(port.map(str::to_owned)),
            (Outputs::One(_), None) => Some(None),
            (Outputs::One(_), Some(_)) => {
                let fact =
                    format!("stage `{id}` is a source, and a source has one output without a name");
                let edit = self.faults.restate(reference.at, id);
                let fault = Fault::new(codes::UNKNOWN_PORT, reference.at, fact, "");
                self.faults.error(fault, |report| report.hint(format!("write `{id}`")).edit(edit));
                None
            }
            (Outputs::Off, Some(OFF)) => Some(Some(OFF.to_owned())),
            (Outputs::None, Some(OFF)) => {
                let fact = format!("stage `{id}` hangs on no switch, so it is never off");
                let hint = format!("give `{id}` a `switch`, or take the input from what feeds it");
                refuse(codes::INPUT_FROM_SINK, fact, hint)
            }
            (Outputs::None, _) => {
                let fact = format!("stage `{id}` is a sink, and nothing comes out of a sink");
                refuse(codes::INPUT_FROM_SINK, fact, "take the input from what feeds it".to_owned())
            }
            (Outputs::Off, Some(port)) => {
                let fact = format!("stage `{id}` is a sink, and it has no output `{port}`");
                let hint = format!("write `{id}.{OFF}`: what comes to it while its switch is off");
                let is_slip = near(port, [OFF]).sure().is_some();
                let edit = is_slip
                    .then(|| self.faults.restate(reference.at, &format!("{id}.{OFF}")))
                    .flatten();
                let fault = Fault::new(codes::UNKNOWN_PORT, reference.at, fact, "");
                self.faults.error(fault, |report| report.hint(hint).edit(edit));
                None
            }
            (Outputs::Off, None) => {
                let fact = format!("stage `{id}` is a sink, and nothing comes out of a sink");
                let hint = format!(
                    "take the input from what feeds it; or write `{id}.{OFF}`: what comes to it while its switch is off"
                );
                refuse(codes::INPUT_FROM_SINK, fact, hint)
            }
            (Outputs::Ports(ports), Some(port)) => {
                if ports.iter().any(|known| known.name == port) {
                    return Some(Some(port.to_owned()));
                }
                let fact = format!("stage `{id}` has no output `{port}`");
                let names = || ports.iter().map(|port| port.name.as_str());
                let slip = Slip { name: port, ..Slip::text(reference) };
                self.faults.error(Fault::new(codes::UNKNOWN_PORT, slip.at, fact, ""), |report| {
                    let report = report.note(list_note("its outputs", names()));
                    self.faults.meant_as(report, slip, names(), |near| format!("{id}.{near}"))
                });
                None
            }
            (Outputs::Ports(ports), None) => match ports.as_slice() {
                [only] => Some(Some(only.name.clone())),
                ports => {
                    let fact = format!(
                        "stage `{id}` has {} outputs, and `{id}` does not say which is meant",
                        ports.len()
                    );
                    let names: Vec<_> =
                        ports.iter().map(|port| format!("`{id}.{}`", port.name)).collect();
                    refuse(codes::PORT_NEEDED, fact, format!("write one of {}", names.join(", ")))
                }
            },
        }
    }

    fn tell_unknown(&mut self, to: usize, id: &str, reference: &Text) {
        let near = nearest(id, self.ids());
        let similar = near.and_then(|near| self.by_id.get(near).copied());
        if similar.is_none() && !self.whole {
            self.links.all_excused = true;
            return;
        }
        let fact = format!(
            "{} takes its input from `{id}`, but no stage has that id",
            self.stages[to].name()
        );
        let fault =
            Fault::new(codes::UNKNOWN_STAGE, reference.at, fact, format!("no stage `{id}`"));
        self.faults.error(fault, |report| {
            let report = match similar {
                Some(similar) => report.also(
                    self.faults.place(self.stages[similar].at(), "a stage with a similar id"),
                ),
                None => report.note(list_note("stages", self.ids())),
            };
            // The port that is named is judged once the stage is known.
            let port = &reference.value[id.len()..];
            let slip = Slip { name: id, ..Slip::text(reference) };
            self.faults.meant_as(report, slip, self.ids(), |near| format!("{near}{port}"))
        });
        match similar {
            Some(similar) => {
                self.links.excused.insert(similar);
            }
            None => self.links.all_excused = true,
        }
    }

    /// Ids of stages that something may come out of, in the order of the file.
    fn ids(&self) -> impl Iterator<Item = &str> {
        let giving = self.stages.iter().filter(|stage| !matches!(stage.outputs, Outputs::None));
        giving.filter_map(|stage| Some(stage.raw.id.as_ref()?.value.as_str()))
    }

    fn tell_twice(&self, first: At, reference: &Text) {
        let fact = format!("`{}` is named twice for one input", reference.value);
        self.faults.error(
            Fault::new(codes::INPUT_TWICE, reference.at, fact, "once more here"),
            |report| {
                report.also(self.faults.place(first, "first here")).hint("leave one of them out")
            },
        );
    }

    /// Tells required inputs that nothing feeds.
    fn tell_missing(&self, to: usize, inputs: &RawInputs) {
        let stage = &self.stages[to];
        let Inputs::Ports(ports) = &stage.inputs else {
            return;
        };
        let given: Vec<&str> = inputs
            .ports
            .iter()
            .filter_map(|port| Some(port.port.as_ref()?.value.as_str()))
            .collect();
        if given.is_empty() {
            return;
        }
        let names = || ports.iter().map(|port| port.name.as_str());
        let meant: Vec<&str> = given
            .iter()
            .filter(|name| !names().any(|known| known == **name))
            .filter_map(|name| nearest(name, names()))
            .collect();
        let missing: Vec<&PortKinds> = ports
            .iter()
            .filter(|port| port.required)
            .filter(|port| {
                !given.contains(&port.name.as_str()) && !meant.contains(&port.name.as_str())
            })
            .collect();
        if missing.is_empty() {
            return;
        }
        let (word, label) = match missing.len() {
            1 => ("input", "needs one more"),
            _ => ("inputs", "needs more"),
        };
        let names: Vec<&str> = missing.iter().map(|port| port.name.as_str()).collect();
        let examples: Vec<String> = names.iter().map(|name| format!("{name} = \"…\"")).collect();
        let fact = format!("nothing feeds the {word} {} of {}", joined(&names), stage.name());
        self.faults.error(Fault::new(codes::PORT_MISSING, inputs.at, fact, label), |report| {
            missing
                .iter()
                .fold(report, |report, port| {
                    report.note(format!("`{}` takes {}", port.name, port.kinds.names()))
                })
                .hint(format!("add {}", joined(&examples)))
        });
    }
}

fn same(a: &Link, b: &Link) -> bool {
    (a.from, &a.from_port, a.to, &a.input) == (b.from, &b.from_port, b.to, &b.input)
}
