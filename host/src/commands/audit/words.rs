//! What an audit tells.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::super::args::AuditArgs;
use super::super::joined::Joined;
use super::super::output::{Screen, counted};
use crate::contract::{Accord, Counter, Difference, LinkedPair, Standing};
use crate::record::decimal_text;
use crate::store::LinkRow;

/// Pairs of one kind that are shown on the screen; all of them are in the JSON.
const SHOWN_MAX: usize = 20;

/// A pair and how it stands.
pub(super) struct Row<'a> {
    pub(super) link: &'a LinkRow,
    pub(super) pair: &'a LinkedPair,
    pub(super) standing: &'a Standing,
    pub(super) joint: &'a Joined,
}

/// How pairs may stand, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Differing,
    Quarantined,
    Settling,
    NotFollowed,
    InStep,
}

impl Kind {
    const ALL: [Self; 5] =
        [Self::Differing, Self::Quarantined, Self::Settling, Self::NotFollowed, Self::InStep];

    fn of(accord: &Accord) -> Self {
        match accord {
            Accord::InStep => Self::InStep,
            Accord::Settling(_) | Accord::Wait(_) | Accord::Reread(_) => Self::Settling,
            Accord::NotFollowed(_) => Self::NotFollowed,
            Accord::Quarantined(_) => Self::Quarantined,
            Accord::Differing(_) => Self::Differing,
        }
    }

    /// For programs.
    fn word(self) -> &'static str {
        match self {
            Self::Differing => "differing",
            Self::Quarantined => "quarantined",
            Self::Settling => "settling",
            Self::NotFollowed => "not-followed",
            Self::InStep => "in-step",
        }
    }

    /// For people.
    fn meaning(self) -> &'static str {
        match self {
            Self::Differing => "differing, and nothing that is under way mends it",
            Self::Quarantined => "quarantined: nothing is carried until a person looks",
            Self::Settling => "settling: something is under way",
            Self::NotFollowed => "not followed",
            Self::InStep => "in step",
        }
    }
}

/// Tells how all pairs stand.
pub(super) fn tell(rows: &[Row<'_>], stage: &str, command: &AuditArgs, screen: &Screen) {
    screen.say(&text(rows, command));
    let counts: BTreeMap<&str, usize> = Kind::ALL
        .map(|kind| (kind.word(), rows.iter().filter(|row| row.kind() == kind).count()))
        .into();
    screen.give(&json!({
        "stage": stage,
        "counts": counts,
        "pairs": rows.iter().map(Row::as_json).collect::<Vec<_>>(),
    }));
}

fn text(rows: &[Row<'_>], command: &AuditArgs) -> String {
    if rows.is_empty() {
        let file = command.file.display();
        return format!(
            "no counters are linked\n\nhint: `penstock links {file}` shows what matches"
        );
    }
    let mut text = String::new();
    for kind in Kind::ALL {
        let of_kind: Vec<&Row<'_>> = rows.iter().filter(|row| row.kind() == kind).collect();
        if of_kind.is_empty() {
            continue;
        }
        let pairs = counted(of_kind.len() as u64, "pair", "pairs");
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{pairs} {}", kind.meaning());
        if kind == Kind::InStep {
            continue;
        }
        for row in of_kind.iter().take(SHOWN_MAX) {
            text.push_str(&row.text());
        }
        if of_kind.len() > SHOWN_MAX {
            let more = of_kind.len() - SHOWN_MAX;
            let _ = writeln!(text, "  … and {more} more: `--format json` tells all");
        }
    }
    text.truncate(text.trim_end().len());
    text
}

impl Row<'_> {
    fn kind(&self) -> Kind {
        Kind::of(&self.standing.accord)
    }

    /// Why it stands so, and what is to be done.
    fn why(&self) -> (Option<&str>, Option<&str>) {
        match &self.standing.accord {
            Accord::InStep => (None, None),
            Accord::Settling(reason) => (Some(reason), None),
            Accord::Wait(pause) | Accord::Reread(pause) => (Some(&pause.reason), None),
            Accord::NotFollowed(remark)
            | Accord::Quarantined(remark)
            | Accord::Differing(Difference { remark, .. }) => {
                (Some(&remark.reason), remark.hint.as_deref())
            }
        }
    }

    /// Some lines for people: figures, reason, hint.
    fn text(&self) -> String {
        let Self { link, joint, standing, .. } = self;
        let label = if link.label.is_empty() { "(no SKU)" } else { &link.label };
        let mut text = format!(
            "  {label}: {} {} ({}), {} {} ({}){}\n",
            joint.left.port,
            shown(&self.pair.left),
            link.left,
            joint.right.port,
            shown(&self.pair.right),
            link.right,
            aside(standing),
        );
        if let Accord::Differing(difference) = &standing.accord {
            let Difference { input, expected, shown, .. } = difference;
            let (shown, expected) = (decimal_text(*shown), decimal_text(*expected));
            let _ = writeln!(text, "      the {input} shows {shown} and should show {expected}");
        }
        let (reason, hint) = self.why();
        if let Some(reason) = reason {
            let _ = writeln!(text, "      {reason}");
        }
        if let Some(hint) = hint {
            let _ = writeln!(text, "      hint: {hint}");
        }
        text
    }

    fn as_json(&self) -> Value {
        let Self { link, joint, standing, pair } = self;
        let end = |port: &str, counter: &Counter| {
            let level = counter.level.as_ref().and_then(|level| level.on_hand);
            json!({ "input": port, "counter": counter.owner, "shows": level.map(decimal_text) })
        };
        let (reason, hint) = self.why();
        let mut value = json!({
            "sku": link.label,
            "link": link.id,
            "left": end(&joint.left.port, &pair.left),
            "right": end(&joint.right.port, &pair.right),
            "standing": self.kind().word(),
            "reserved": decimal_text(standing.reserved),
            "deficit": decimal_text(standing.deficit),
            "fraction": decimal_text(standing.fraction),
            "reason": reason,
            "hint": hint,
        });
        if let Accord::Differing(difference) = &standing.accord {
            value["difference"] = json!({
                "input": difference.input,
                "expected": decimal_text(difference.expected),
                "shown": decimal_text(difference.shown),
            });
        }
        value
    }
}

/// What a counter showed.
fn shown(counter: &Counter) -> String {
    match counter.level.as_ref().map(|level| level.on_hand) {
        Some(Some(on_hand)) => decimal_text(on_hand),
        Some(None) => "not counted".to_owned(),
        None => "gone".to_owned(),
    }
}

/// What may lie between the two counters of a pair in step.
fn aside(standing: &Standing) -> String {
    let parts = [
        (standing.reserved, "reserved by orders"),
        (standing.deficit, "short in the first"),
        (standing.fraction, "not published"),
    ];
    let told = parts.iter().filter(|(units, _)| units.units != 0);
    told.fold(String::new(), |mut text, (units, what)| {
        let _ = write!(text, "; {} {what}", decimal_text(*units));
        text
    })
}
