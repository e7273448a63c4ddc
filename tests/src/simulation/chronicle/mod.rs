//! What happened, told so that a person can review it: who did what outside, what each run read, what each stage made
//! of it, what was written, and what came of that.
//!
//! Times are virtual and count from where the telling began, ids have names, and nothing depends on the machine. A
//! run that has nothing to say is counted; so is a reading that shows what was known.

mod guests;
mod levels;
mod names;
mod words;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::Timestamp;
use penstock::contract::{Conclusion, Entry, Payload, Plan, Request, Verdict};
use penstock::engine::Fault;
use penstock::store::{NoteRow, WaitingRow};
use penstock_simulators::books::MovementEntry;
use penstock_simulators::movement::Cause;
use penstock_simulators::shop::internal_id;
use penstock_simulators::world::World;

use super::act::Act;
use super::world::Good;

pub(super) use guests::Told;
pub(super) use levels::Levels;
use names::Names;

/// The chronicle of a story.
#[derive(Debug, Default)]
pub(super) struct Chronicle {
    is_on: bool,
    begun_ms: i64,
    /// The levels when the telling began.
    levels: Levels,
    names: Names,
    told: Vec<Event>,
    /// Runs since the telling began.
    runs: u64,
    /// Whether one is under way.
    is_running: bool,
    /// By stage and key: how a reading was told last.
    read: BTreeMap<(String, String), String>,
    /// By the rule's input and key: the reading that it took in last.
    taken: BTreeMap<(String, String), String>,
}

#[derive(Debug)]
enum Event {
    Line(String),
    /// A run, by its number and beginning, and what it has to say.
    Run(u64, i64, Vec<String>),
}

impl Chronicle {
    /// From now on everything is told.
    pub(super) fn turn_on(&mut self) {
        self.is_on = true;
    }

    /// Whether anything is told. A history of thousands of runs keeps no chronicle.
    pub(super) fn is_on(&self) -> bool {
        self.is_on
    }

    /// Forgets what was told, and begins anew. What was read stays known.
    pub(super) fn begin(&mut self, now_ms: i64, levels: Levels) {
        (self.begun_ms, self.runs, self.levels) = (now_ms, 0, levels);
        self.told.clear();
    }

    /// Learns names of what the world has.
    pub(super) fn learn(&mut self, world: &World, goods: &[Good]) {
        self.names.learn(world, goods);
    }

    /// Somebody has acted.
    pub(super) fn acted(&mut self, now_ms: i64, act: Act, moved: &str) {
        self.outside(now_ms, &format!("{}{moved}", words::act(act)));
    }

    /// Something has happened that is none of the product's doing.
    pub(super) fn outside(&mut self, now_ms: i64, text: &str) {
        self.line(now_ms, "*", text);
    }

    pub(super) fn begin_run(&mut self, now_ms: i64) {
        if !self.is_on {
            return;
        }
        self.runs += 1;
        self.is_running = true;
        self.told.push(Event::Run(self.runs, now_ms, Vec::new()));
    }

    /// The run is over. `stop` is why, where it did not come to its end.
    pub(super) fn end_run(&mut self, now_ms: i64, stop: Option<&str>) {
        if let Some(stop) = stop {
            self.line(now_ms, "*", stop);
        }
        self.is_running = false;
    }

    /// A source has read these. What it showed before is not told again.
    fn read(&mut self, now_ms: i64, stage: &str, entries: &[Entry]) {
        for entry in entries {
            let text = words::entry(&self.names, entry);
            let place = (stage.to_owned(), self.names.key(&entry.key));
            if self.read.get(&place) != Some(&text) {
                self.line(now_ms, stage, &format!("reads {text}"));
                self.read.insert(place, text);
            }
        }
    }

    /// A rule has judged these. That it learns nothing from a level that it had, or has to wait for it, goes untold.
    fn judged(&mut self, now_ms: i64, stage: &str, input: &str, judged: &[(&Entry, &Verdict)]) {
        for (entry, verdict) in judged {
            let place = (input.to_owned(), self.names.key(&entry.key));
            let is_level = matches!(entry.payload, Payload::StockLevel(_));
            let what = if is_level { words::entry(&self.names, entry) } else { place.1.clone() };
            let is_known = is_level && self.taken.get(&place) == Some(&what);
            let is_news = match verdict {
                Verdict::Filter(reason) => reason != "nothing new",
                Verdict::Wait(_) | Verdict::WaitFor(_) | Verdict::Reread(_) => false,
                Verdict::Pass(_)
                | Verdict::Matched(_)
                | Verdict::Forward(_)
                | Verdict::Reject(_) => true,
            };
            if !is_known || is_news {
                for text in words::verdict(&self.names, entry, verdict) {
                    self.line(now_ms, stage, &format!("{input}, {what}: {text}"));
                }
            }
            if !matches!(verdict, Verdict::Wait(_) | Verdict::WaitFor(_) | Verdict::Reread(_)) {
                self.taken.insert(place, what);
            }
        }
    }

    fn planned(&mut self, now_ms: i64, stage: &str, given: &[Entry], plan: &Plan) {
        let of: Vec<String> = given.iter().map(|entry| words::entry(&self.names, entry)).collect();
        for text in words::plan(&self.names, plan, &of) {
            self.line(now_ms, stage, &text);
        }
    }

    /// A write leaves.
    pub(super) fn sent(&mut self, now_ms: i64, vendor: &str, request: &Request) {
        for text in words::request(&self.names, request) {
            self.line(now_ms, &format!("-> {vendor}"), &text);
        }
    }

    /// A request has reached its vendor, and something came of it.
    pub(super) fn arrived(&mut self, now_ms: i64, vendor: &str, text: &str) {
        let text = text.trim_start();
        if !text.is_empty() {
            self.line(now_ms, &format!("at {vendor}"), text);
        }
    }

    fn concluded(
        &mut self,
        now_ms: i64,
        stage: &str,
        (what, status): (&str, u16),
        conclusion: &Conclusion,
    ) {
        let means = words::conclusion(&self.names, conclusion);
        self.line(now_ms, stage, &format!("{what} {status}: {means}"));
    }

    fn noted(&mut self, now_ms: i64, note: &NoteRow) {
        let text = format!("notes of {}: {}", self.names.key(&note.key), note.text);
        let text = self.names.text(&text);
        self.line(now_ms, &note.stage, &text);
    }

    fn fault(&mut self, now_ms: i64, stage: &str, fault: &Fault) {
        let text = self.names.text(&format!("fails: {fault:?}"));
        self.line(now_ms, stage, &text);
    }

    fn line(&mut self, now_ms: i64, who: &str, text: &str) {
        if !self.is_on {
            return;
        }
        let text = format!("{}  {who:<11} {text}", self.clock(now_ms));
        match self.told.last_mut().filter(|_| self.is_running) {
            Some(Event::Run(_, _, lines)) => lines.push(text),
            _ => self.told.push(Event::Line(text)),
        }
    }

    /// Hours, minutes and seconds since the telling began.
    fn clock(&self, now_ms: i64) -> String {
        let secs = (now_ms - self.begun_ms).div_euclid(1_000);
        format!("{:02}:{:02}:{:02}", secs / 3_600, secs / 60 % 60, secs % 60)
    }

    /// All that was told, and what the levels were before.
    pub(super) fn text(&self) -> String {
        let mut text = format!("before\n{}\n", self.levels.table());
        let mut quiet: Option<(u64, u64, i64)> = None;
        for event in &self.told {
            match event {
                Event::Run(number, at_ms, lines) if lines.is_empty() => {
                    let (first, _, begun_ms) = quiet.unwrap_or((*number, *number, *at_ms));
                    quiet = Some((first, *number, begun_ms));
                }
                Event::Run(number, at_ms, lines) => {
                    self.end_quiet(&mut quiet, &mut text);
                    let _ = writeln!(text, "{}  -- run {number}", self.clock(*at_ms));
                    lines.iter().for_each(|line| push(&mut text, line));
                }
                Event::Line(line) => {
                    self.end_quiet(&mut quiet, &mut text);
                    push(&mut text, line);
                }
            }
        }
        self.end_quiet(&mut quiet, &mut text);
        text
    }

    fn end_quiet(&self, quiet: &mut Option<(u64, u64, i64)>, text: &mut String) {
        if let Some((first, last, at_ms)) = quiet.take() {
            let which = if first == last {
                format!("run {first}")
            } else {
                format!("runs {first} to {last}")
            };
            let _ = writeln!(text, "{}  -- {which}: nothing new", self.clock(at_ms));
        }
    }

    /// What waits, and for what.
    pub(super) fn waiting(&self, rows: &[WaitingRow]) -> String {
        let told = rows.iter().filter_map(|row| words::waiting(&self.names, row));
        let told: Vec<String> = told.map(|text| format!("  {text}\n")).collect();
        if told.is_empty() { "  nothing\n".to_owned() } else { told.concat() }
    }

    /// A movement since the telling began, as the simulators' books have it. An order is called by its number in the
    /// story, from 1.
    pub(super) fn movement(&self, movement: &MovementEntry) -> Option<String> {
        let at_ms = movement.at.parse::<Timestamp>().ok()?.as_millisecond();
        let cause = match movement.cause {
            Cause::OrderPlaced(id) => format!("order {} was placed", self.order(id)),
            Cause::OrderRestocked(id) => format!("order {} gave back", self.order(id)),
            Cause::Sale(_) => "a sale".to_owned(),
            Cause::SaleVoided(_) => "a sale was voided".to_owned(),
            Cause::SaleRepeated(_) => "a sale was written again".to_owned(),
            Cause::Adjustment(_) => "an adjustment".to_owned(),
            Cause::Counted => "counted by hand".to_owned(),
            Cause::ApiDelta(_) => "a delta".to_owned(),
            Cause::ApiSet(_) => "a number was set".to_owned(),
        };
        // The books know whole seconds.
        (at_ms >= self.begun_ms.div_euclid(1_000) * 1_000).then(|| {
            let name = self.counter(&movement.owner.replace('/', "-"));
            let by = format!("{:?}", movement.by).to_lowercase();
            let delta = movement.delta.normalize();
            format!("{} {name} {delta:+}: {cause} ({by})", movement.side)
        })
    }

    fn order(&self, id: u64) -> u64 {
        id.saturating_sub(internal_id(0)) + 1
    }

    /// A text with names for ids.
    pub(super) fn named(&self, text: &str) -> String {
        self.names.text(text)
    }

    /// A counter's name.
    pub(super) fn counter(&self, owner: &str) -> String {
        self.names.counter(owner)
    }
}

fn push(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}
