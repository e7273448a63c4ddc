//! One look at the world: a throw-away copy of the store on which orders and levels are read up to now, and nothing
//! goes further.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::super::args::Arguments;
use super::super::catalogue::Catalogue;
use super::super::joined::{End, Joined};
use super::super::output::{Outcome, Screen};
use super::super::project::{self, Ready};
use super::super::run::{drive, heed_interrupts, stopped};
use crate::component::CallError;
use crate::contract::{Counter, Entry, KnownTo, LinkedPair, Payload, Standing, Stuck};
use crate::engine::driver::{Observer, lock};
use crate::engine::{Mode, Options};
use crate::pipeline::{Pipeline, Role, StageIndex};
use crate::report::codes;
use crate::store::{LinkRow, SqliteStore, Store as _, StoreError, WaitingKind, WaitingRow};
use crate::time::{Clock as _, Instant, SystemClock};

/// Pairs that the rule is asked about in one call: it asks the host some three things about each.
const PAIRS_AT_ONCE_MAX: usize = 500;

/// Counters up to which reading each by its key costs less than listing all: either is a request or two, and a page of a
/// list has a hundred.
const BY_KEY_MAX: usize = 25;

/// Most counters that are read anew in one call.
const READ_ANEW_MAX: usize = 100;

/// What waits before a rule and will come again by itself.
const COMES_AGAIN: [&str; 6] = ["due", "horizon", "reread", "keys", "busy", "switch"];

/// What a pass is made of.
#[derive(Clone, Copy)]
pub(super) struct Project<'a> {
    pub(super) pipeline: &'a Arc<Pipeline>,
    pub(super) joint: &'a Joined,
    pub(super) arguments: &'a Arguments,
    pub(super) catalogue: &'a Catalogue,
    pub(super) screen: &'a Screen,
}

/// A look that was taken.
pub(super) struct Pass<'a> {
    project: Project<'a>,
    pub(super) ready: Ready,
    /// The pairs that people have linked, as the real store has them: in its copy all first levels are accepted.
    pub(super) links: Vec<LinkRow>,
    /// Up to when each input of the rule is known.
    known: Vec<KnownTo>,
    /// Counters of which a reading waits before the rule, by its input.
    waiting: HashSet<(String, String)>,
    /// Changes that wait for a person, by account and counter.
    stuck: HashMap<(String, String), Vec<Stuck>>,
}

/// A plan shows nothing here: no sink is on.
struct Silent;

impl Observer for Silent {}

impl<'a> Pass<'a> {
    /// Reads what feeds the rule, for at most so long as something of it is about to come due.
    pub(super) fn make(project: Project<'a>, patience_ms: i64) -> Result<Self, Outcome> {
        let Project { pipeline, joint, arguments, catalogue, screen } = project;
        let fault = |error: StoreError| project::store_fault(&error, screen);
        let store = project::look(arguments, screen)?;
        let links = store.all_links(&pipeline.name, &joint.stage).map_err(fault)?;
        let copy = store.copy_in_memory().map_err(fault)?;
        let alone = Arc::new(alone(pipeline, joint.index));
        let mut ready = project::ready(alone, copy, arguments, catalogue, screen)?;
        heed_interrupts(&ready);
        let options = Options { patience_ms, ..Options::new(Mode::Plan) };
        let ended = drive(&mut ready, options, &mut Silent).map_err(fault)?;
        if let Some(stop) = &ended.stop {
            return Err(stopped(stop, &ready, screen));
        }
        let (known, waiting, stuck) = {
            let store = lock(&ready.store);
            let known = known(&store, pipeline, joint.index).map_err(fault)?;
            let waiting = waiting(&store, pipeline, joint).map_err(fault)?;
            (known, waiting, stuck(&store, pipeline).map_err(fault)?)
        };
        Ok(Self { project, ready, links, known, waiting, stuck })
    }

    /// Reads both counters of these links: many by a list, which may lag behind and is good enough for what is in step.
    pub(super) fn list(&self, links: &[&LinkRow]) -> Result<Vec<LinkedPair>, Outcome> {
        if links.len() <= BY_KEY_MAX {
            return self.read(links);
        }
        let Joined { left, right, .. } = self.project.joint;
        let (lefts, rights) = (self.listed(left)?, self.listed(right)?);
        self.pairs(links, lefts, rights)
    }

    /// Reads both counters of these links by their keys, past every list that lags.
    pub(super) fn read(&self, links: &[&LinkRow]) -> Result<Vec<LinkedPair>, Outcome> {
        self.pairs(links, HashMap::new(), HashMap::new())
    }

    /// The pairs, with what was listed of each side; what was not is read by its key.
    fn pairs(
        &self,
        links: &[&LinkRow],
        lefts: HashMap<String, Entry>,
        rights: HashMap<String, Entry>,
    ) -> Result<Vec<LinkedPair>, Outcome> {
        let Joined { left, right, .. } = self.project.joint;
        let owners: Vec<String> = links.iter().map(|link| link.left.clone()).collect();
        let lefts = self.counters(left, owners, lefts)?;
        let owners: Vec<String> = links.iter().map(|link| link.right.clone()).collect();
        let rights = self.counters(right, owners, rights)?;
        let sides = lefts.into_iter().zip(rights);
        let pair = |(link, (left, right)): (&&LinkRow, (Counter, Counter))| LinkedPair {
            link: link.id,
            levels_accepted: link.levels_at.is_some(),
            left,
            right,
        };
        Ok(links.iter().zip(sides).map(pair).collect())
    }

    /// Every level of a side, by its counter; of several the one that was read last.
    fn listed(&self, end: &End) -> Result<HashMap<String, Entry>, Outcome> {
        let mut listed = HashMap::<String, Entry>::new();
        for source in &end.sources {
            let entries = self.ready.guests.list(*source);
            for entry in entries.map_err(|error| self.call_fault(&end.port, &error))? {
                let Some(owner) = owner_of(&entry).cloned() else { continue };
                let is_newer = |known: &Entry| known.read_at > entry.read_at;
                if !listed.get(&owner).is_some_and(is_newer) {
                    listed.insert(owner, entry);
                }
            }
        }
        Ok(listed)
    }

    fn counters(
        &self,
        end: &End,
        owners: Vec<String>,
        mut listed: HashMap<String, Entry>,
    ) -> Result<Vec<Counter>, Outcome> {
        let left: Vec<String> =
            owners.iter().filter(|owner| !listed.contains_key(*owner)).cloned().collect();
        let asked_at = SystemClock.now();
        let found = self.found(end, &left)?;
        listed
            .extend(left.into_iter().zip(found).filter_map(|(owner, found)| Some((owner, found?))));
        let counter = |owner: String| {
            let entry = listed.remove(&owner);
            self.counter(end, owner, entry, asked_at)
        };
        Ok(owners.into_iter().map(counter).collect())
    }

    /// For each counter its level by its key; nothing where there is no such counter.
    fn found(&self, end: &End, owners: &[String]) -> Result<Vec<Option<Entry>>, Outcome> {
        let source = end.sources.first().copied().unwrap_or(StageIndex::MAX);
        let mut found = Vec::with_capacity(owners.len());
        for owners in owners.chunks(READ_ANEW_MAX) {
            let answer = self.ready.guests.read_anew(source, owners);
            let answer = answer.map_err(|error| self.call_fault(&end.port, &error))?;
            let meant = |(owner, entries): (&String, Vec<Entry>)| {
                entries.into_iter().find(|entry| owner_of(entry) == Some(owner))
            };
            found.extend(owners.iter().zip(answer).map(meant));
        }
        Ok(found)
    }

    fn counter(
        &self,
        end: &End,
        owner: String,
        entry: Option<Entry>,
        asked_at: Instant,
    ) -> Counter {
        let read_at = entry.as_ref().map_or(asked_at, |entry| entry.read_at);
        let level = entry.and_then(|entry| match entry.payload {
            Payload::StockLevel(level) => Some(level),
            _ => None,
        });
        let (told_to, stuck) = (self.told_to(end, &owner), self.stuck_at(end, &owner));
        Counter { owner, level, read_at, told_to, stuck }
    }

    /// The same readings, with what this pass knows beside them.
    pub(super) fn with_news(&self, pair: &LinkedPair) -> LinkedPair {
        let renewed = |end: &End, counter: &Counter| Counter {
            told_to: self.told_to(end, &counter.owner),
            stuck: self.stuck_at(end, &counter.owner),
            ..counter.clone()
        };
        let Joined { left, right, .. } = self.project.joint;
        LinkedPair {
            left: renewed(left, &pair.left),
            right: renewed(right, &pair.right),
            ..pair.clone()
        }
    }

    /// How these pairs stand, by the rule.
    pub(super) fn examine(&mut self, pairs: &[LinkedPair]) -> Result<Vec<Standing>, Outcome> {
        let stage = self.project.joint.index;
        let mut standings = Vec::with_capacity(pairs.len());
        for pairs in pairs.chunks(PAIRS_AT_ONCE_MAX) {
            let answer = self.ready.guests.examine(stage, pairs, &self.known);
            let answer = answer.map_err(|error| self.call_fault("examine", &error))?;
            standings.extend(answer);
        }
        Ok(standings)
    }

    fn told_to(&self, end: &End, owner: &str) -> Option<Instant> {
        let waits = self.waiting.contains(&(end.port.clone(), owner.to_owned()));
        let known = self.known.iter().find(|known| known.input == end.port);
        known.filter(|_| !waits).map(|known| known.at)
    }

    fn stuck_at(&self, end: &End, owner: &str) -> Vec<Stuck> {
        let connection = self.project.pipeline.connections.get(end.connection);
        let account = connection.map_or("", |connection| connection.account.as_str());
        self.stuck.get(&(account.to_owned(), owner.to_owned())).cloned().unwrap_or_default()
    }

    fn call_fault(&self, what: &str, error: &CallError) -> Outcome {
        let Project { joint, screen, .. } = self.project;
        let (fact, hint) = match error {
            CallError::NoRole { connector, .. } => (
                format!("the rule `{connector}` of stage `{}` cannot be audited", joint.stage),
                "use a rule that exports `penstock:connector/audit`, such as `stock-delta`",
            ),
            error => (
                format!("`{what}` of stage `{}` cannot be told: {error}", joint.stage),
                "`penstock check --online` tells what the account lacks; nothing was changed",
            ),
        };
        screen.fail(codes::AUDIT_UNREAD, &fact, Some(hint));
        Outcome::Surroundings
    }
}

fn owner_of(entry: &Entry) -> Option<&String> {
    match &entry.payload {
        Payload::StockLevel(level) => Some(&level.owner),
        _ => None,
    }
}

/// The pipeline with all stages off that do not lead to the rule. So orders and levels come to it, and nothing of what
/// it puts out, or of what others make of the orders, goes on or counts as done.
fn alone(pipeline: &Pipeline, rule: StageIndex) -> Pipeline {
    let mut leads = HashSet::from([rule]);
    // A stage stands before all that it feeds.
    for (index, stage) in pipeline.stages.iter().enumerate().rev() {
        if stage.joints.iter().any(|joint| leads.contains(&joint.to)) {
            leads.insert(index);
        }
    }
    let mut alone = pipeline.clone();
    for (index, stage) in alone.stages.iter_mut().enumerate() {
        stage.enabled &= leads.contains(&index);
    }
    alone
}

/// Up to when each input of the rule is known: the least of what its sources are.
fn known(
    store: &SqliteStore,
    pipeline: &Pipeline,
    rule: StageIndex,
) -> Result<Vec<KnownTo>, StoreError> {
    let cursors = store.cursors(&pipeline.name)?;
    let known_to = |source: &StageIndex| {
        let id = &pipeline.stages.get(*source)?.id;
        cursors.iter().find(|row| row.source == *id)?.complete_to
    };
    let Some(Role::Transform(transform)) = pipeline.stages.get(rule).map(|stage| &stage.role)
    else {
        return Ok(Vec::new());
    };
    let known = transform.inputs.iter().filter_map(|input| {
        let at: Option<Vec<Instant>> = input.sources.iter().map(known_to).collect();
        Some(KnownTo { input: input.port.clone(), at: at?.into_iter().min()? })
    });
    Ok(known.collect())
}

/// Counters of which a reading waits before the rule, by its input.
fn waiting(
    store: &SqliteStore,
    pipeline: &Pipeline,
    joint: &Joined,
) -> Result<HashSet<(String, String)>, StoreError> {
    let rows = store.waiting(&COMES_AGAIN, Some(&pipeline.name))?;
    let before = rows.into_iter().filter(|(_, row)| row.stage == joint.stage);
    let owner = |(_, WaitingRow { input, item, .. }): (String, WaitingRow)| match item.entry.payload
    {
        Payload::StockLevel(level) => Some((input, level.owner)),
        _ => None,
    };
    Ok(before.filter_map(owner).collect())
}

/// Changes of counters that are held or were refused, by account and counter.
fn stuck(
    store: &SqliteStore,
    pipeline: &Pipeline,
) -> Result<HashMap<(String, String), Vec<Stuck>>, StoreError> {
    let mut stuck = HashMap::<_, Vec<Stuck>>::new();
    for (_, row) in store.waiting(&["held", "dead", "switch"], Some(&pipeline.name))? {
        let Some(stage) = pipeline.stages.iter().find(|stage| stage.id == row.stage) else {
            continue;
        };
        let Role::Sink(sink) = &stage.role else { continue };
        let Some(connection) = pipeline.connections.get(sink.connection) else { continue };
        let Payload::StockChange(change) = row.item.entry.payload else { continue };
        let (reason, hint) = match row.kind {
            // On the copy every sink is off.
            WaitingKind::Switch { .. } if pipeline.is_on(stage) => continue,
            WaitingKind::Switch { .. } => {
                let way = stage.way();
                (format!("{way} is off"), Some(format!("turn {way} on, and run")))
            }
            _ => (row.reason, row.hint),
        };
        let at = (connection.account.clone(), change.owner);
        stuck.entry(at).or_default().push(Stuck { cause: change.cause, reason, hint });
    }
    Ok(stuck)
}
