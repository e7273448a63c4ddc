//! `penstock audit`: which linked counters are not in step, and why.
//!
//! Nothing is written, at the vendors or in the store. What cannot be told from the first readings, since something
//! moved just now, is looked at again with what is known by then.

mod pass;
mod words;

use super::args::{Arguments, AuditArgs};
use super::follow::rest;
use super::output::{Outcome, Screen};
use super::{joined, project};
use crate::contract::{Accord, LinkedPair, Standing};
use crate::store::LinkRow;
use crate::time::{Clock as _, Instant, SystemClock};
use pass::{Pass, Project};

/// How long the first pass waits for what comes due, in milliseconds: most pairs rest, and are told from it.
const FIRST_PATIENCE_MS: i64 = 1_000;

/// How long a later one does, in milliseconds: until the orders around a reading are known, and more.
const PATIENCE_MS: i64 = 60_000;

pub(super) fn audit(command: &AuditArgs, arguments: &Arguments, screen: &Screen) -> Outcome {
    audit_within(command, arguments, screen).unwrap_or_else(|outcome| outcome)
}

fn audit_within(
    command: &AuditArgs,
    arguments: &Arguments,
    screen: &Screen,
) -> Result<Outcome, Outcome> {
    let catalogue = project::catalogue(arguments, screen)?;
    let checked = project::checked(&command.file, arguments, &catalogue, screen)?;
    screen.reports(&checked.warnings);
    let joint = joined::joint(&checked.pipeline, command.stage.as_deref(), screen)?;
    let (pipeline, catalogue) = (&checked.pipeline, &catalogue);
    let project = Project { pipeline, joint: &joint, arguments, catalogue, screen };
    let until = SystemClock.now().saturating_add(i64::from(command.patience) * 1_000);
    let looked = look(project, until)?;
    let rows: Vec<words::Row<'_>> = looked.iter().map(|looked| looked.row(&joint)).collect();
    words::tell(&rows, &joint.stage, command, screen);
    let is_at_fault = |looked: &Looked| {
        matches!(looked.standing.accord, Accord::Differing(_) | Accord::Quarantined(_))
    };
    Ok(if looked.iter().any(is_at_fault) { Outcome::Failed } else { Outcome::Done })
}

/// A pair that was looked at.
struct Looked {
    link: LinkRow,
    pair: LinkedPair,
    standing: Standing,
}

impl Looked {
    fn row<'a>(&'a self, joint: &'a joined::Joined) -> words::Row<'a> {
        let Self { link, pair, standing } = self;
        words::Row { link, pair, standing, joint }
    }

    /// Whether a newer reading may tell something else of it.
    fn is_doubtful(&self) -> bool {
        self.pause_ms().is_some() || matches!(self.standing.accord, Accord::Differing(_))
    }

    /// In how many milliseconds more can be told; nothing where it is told.
    fn pause_ms(&self) -> Option<u64> {
        match &self.standing.accord {
            Accord::Wait(pause) | Accord::Reread(pause) => Some(pause.after_ms),
            _ => None,
        }
    }
}

/// Looks at every pair, and again, until an instant, at those that cannot be told yet.
fn look(project: Project<'_>, until: Instant) -> Result<Vec<Looked>, Outcome> {
    let mut pass = Pass::make(project, FIRST_PATIENCE_MS)?;
    let links = pass.links.clone();
    let pairs = pass.list(&links.iter().collect::<Vec<_>>())?;
    let standings = pass.examine(&pairs)?;
    let looked = links.into_iter().zip(pairs).zip(standings);
    let mut looked: Vec<Looked> =
        looked.map(|((link, pair), standing)| Looked { link, pair, standing }).collect();
    read_anew(&mut pass, looked.iter_mut().filter(|looked| looked.is_doubtful()).collect())?;
    loop {
        let now = SystemClock.now();
        let pauses = looked.iter().filter_map(Looked::pause_ms);
        let Some(pause_ms) = pauses.max() else { return Ok(looked) };
        let again_at = now.saturating_add(i64::try_from(pause_ms).unwrap_or(i64::MAX));
        if again_at > until {
            return Ok(looked);
        }
        if !rest(&mut pass.ready, again_at) {
            return Err(Outcome::Failed);
        }
        pass = Pass::make(project, PATIENCE_MS.min(until.saturating_sub(again_at)))?;
        look_again(&mut pass, &mut looked)?;
    }
}

/// Shows the readings that told nothing once more, and where they still do, newer ones.
fn look_again(pass: &mut Pass<'_>, looked: &mut [Looked]) -> Result<(), Outcome> {
    let mut open: Vec<&mut Looked> =
        looked.iter_mut().filter(|looked| looked.pause_ms().is_some()).collect();
    let pairs: Vec<LinkedPair> = open.iter().map(|looked| pass.with_news(&looked.pair)).collect();
    let standings = pass.examine(&pairs)?;
    for (looked, standing) in open.iter_mut().zip(standings) {
        looked.standing = standing;
    }
    open.retain(|looked| looked.pause_ms().is_some());
    read_anew(pass, open)
}

/// Reads the counters of these pairs by their keys, and has them judged.
fn read_anew(pass: &mut Pass<'_>, open: Vec<&mut Looked>) -> Result<(), Outcome> {
    let links: Vec<&LinkRow> = open.iter().map(|looked| &looked.link).collect();
    let pairs = pass.read(&links)?;
    let standings = pass.examine(&pairs)?;
    for ((looked, pair), standing) in open.into_iter().zip(pairs).zip(standings) {
        (looked.pair, looked.standing) = (pair, standing);
    }
    Ok(())
}
