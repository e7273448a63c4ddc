//! Outputs that lead nowhere.

use super::joints::Links;
use super::stages::{CheckedStage, Outputs, PortKinds};
use crate::pipeline::faults::{Fault, Faults, Slip, joined, list_note};
use crate::pipeline::file::{Given, RawKind, Text};
use crate::pipeline::near::nearest;
use crate::report::{Report, codes};

/// Tells every source and every output port that nobody reads. What was told as a wrong reference is not told again
/// as an output without a reader.
pub(super) fn check(stages: &[CheckedStage<'_>], links: &Links, faults: &Faults) {
    for (index, stage) in stages.iter().enumerate() {
        match (&stage.outputs, &stage.raw.kind) {
            (Outputs::One(_), _) => check_source(index, stage, links, faults),
            (Outputs::Ports(ports), RawKind::Transform { unused, .. }) => {
                Ports { index, stage, ports, links, faults }.check(unused);
            }
            _ => {}
        }
    }
}

fn is_excused(index: usize, stage: &CheckedStage<'_>, links: &Links) -> bool {
    // A stage without an id cannot be read, and that it has none was told.
    links.all_excused || links.excused.contains(&index) || stage.raw.id.is_none()
}

fn check_source(index: usize, stage: &CheckedStage<'_>, links: &Links, faults: &Faults) {
    if is_excused(index, stage, links) || links.all.iter().any(|link| link.from == index) {
        return;
    }
    tell_stage(stage, faults);
}

fn tell_stage(stage: &CheckedStage<'_>, faults: &Faults) {
    let Some(id) = &stage.raw.id else { return };
    let fact = format!("stage `{}` leads nowhere", id.value);
    faults.error(
        Fault::new(codes::STAGE_UNREAD, id.at, fact, "no stage takes its input from here"),
        |report| {
            report.hint(format!(
                "name `{}` in the `inputs` of another stage, or leave it out",
                id.value
            ))
        },
    );
}

/// The output ports of one transform.
struct Ports<'a, 'r> {
    index: usize,
    stage: &'a CheckedStage<'r>,
    ports: &'a [PortKinds],
    links: &'a Links,
    faults: &'a Faults,
}

impl Ports<'_, '_> {
    fn check(&self, unused: &Given<Vec<Text>>) {
        let listed: &[Text] = match unused {
            Given::Faulty => return,
            Given::Absent => &[],
            Given::Value(listed) => listed,
        };
        let mut meant = Vec::new();
        for name in listed {
            match self.ports.iter().find(|port| port.name == name.value) {
                None => meant.extend(self.tell_unknown(name)),
                Some(port) if self.is_read(port) => self.tell_read(name),
                Some(_) => {}
            }
        }
        if is_excused(self.index, self.stage, self.links) {
            return;
        }
        let is_listed = |port: &&PortKinds| {
            listed.iter().any(|name| name.value == port.name) || meant.contains(&port.name)
        };
        let unread: Vec<_> = self.ports.iter().filter(|port| !self.is_read(port)).collect();
        let untold: Vec<_> = unread.iter().filter(|port| !is_listed(port)).collect();
        if unread.len() == self.ports.len() && (untold.is_empty() || self.ports.len() == 1) {
            return tell_stage(self.stage, self.faults);
        }
        if !untold.is_empty() {
            self.tell_unread(&untold);
        }
    }

    fn is_read(&self, port: &PortKinds) -> bool {
        let read = |port_read: Option<&str>| port_read == Some(port.name.as_str());
        self.links.all.iter().any(|link| link.from == self.index && read(link.from_port.as_deref()))
    }

    /// Answers with the port that was most likely meant.
    fn tell_unknown(&self, name: &Text) -> Option<String> {
        let names = || self.ports.iter().map(|port| port.name.as_str());
        let fact = format!("{} has no output `{}`", self.stage.name(), name.value);
        self.faults.error(Fault::new(codes::UNKNOWN_PORT, name.at, fact, ""), |report| {
            let report = report.note(list_note("its outputs", names()));
            self.faults.meant(report, Slip::text(name), names())
        });
        nearest(&name.value, names()).map(str::to_owned)
    }

    fn tell_read(&self, name: &Text) {
        let fact = format!("the output `{}` is listed as unused, but a stage reads it", name.value);
        let reader = self.links.all.iter().find(|link| {
            link.from == self.index && link.from_port.as_deref() == Some(name.value.as_str())
        });
        self.faults.error(
            Fault::new(codes::UNUSED_BUT_READ, name.at, fact, "listed here"),
            |report| {
                let report = match reader {
                    Some(reader) => report.also(self.faults.place(reader.at, "read here")),
                    None => report,
                };
                report.hint(format!("take `{}` out of `unused`", name.value))
            },
        );
    }

    fn tell_unread(&self, ports: &[&&PortKinds]) {
        let Some(id) = &self.stage.raw.id else { return };
        let names: Vec<&str> = ports.iter().map(|port| port.name.as_str()).collect();
        let (word, them) = if names.len() == 1 { ("output", "it") } else { ("outputs", "them") };
        let fact = format!("nobody reads the {word} {} of stage `{}`", joined(&names), id.value);
        let quoted = |names: &[String]| {
            names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
        };
        let references: Vec<String> =
            names.iter().map(|name| format!("{}.{name}", id.value)).collect();
        let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
        self.faults.error(Fault::new(codes::PORT_UNREAD, id.at, fact, ""), |report| {
            let note = |report: Report, port: &&&PortKinds| {
                report.note(format!(
                    "`{}` gives {}, which would be lost",
                    port.name,
                    port.kinds.names()
                ))
            };
            ports
                .iter()
                .fold(report, note)
                .hint(format!("read {them}: `inputs = [{}]`", quoted(&references)))
                .hint(format!("or say that nobody wants {them}: `unused = [{}]`", quoted(&names)))
        });
    }
}
