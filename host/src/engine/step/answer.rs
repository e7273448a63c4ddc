//! What came of a write that was sent or probed: concluded, sent again, in doubt, or held for a person.

use std::sync::Arc;

use super::{Engine, Mode, Wait, again_at, later};
use crate::contract::{Action, Conclusion, Doubt, Failure, Response, Settled, Step};
use crate::engine::effect::{Effect, Stop};
use crate::engine::event::{Answer, Fault};
use crate::engine::limits::{
    PROBE_BACKOFF_MS, PROBE_BACKOFF_MS_MAX, PROBES_MAX, SENDS_MAX, STEPS_MAX, UNREACHED_MAX,
};
use crate::engine::summary::count;
use crate::pipeline::StageIndex;
use crate::store::{Change, IntakeResult, WaitingKind, WriteStatus};
use crate::time::Instant;

impl Engine {
    pub(super) fn answered(&mut self, number: i64, answer: Answer, out: &mut Vec<Effect>) {
        let Some(stage) = self.landed(number) else { return };
        let now = self.now;
        let Some(open) = self.open.get_mut(&number) else { return };
        let connection = open.row.destination.clone();
        match answer {
            Answer::Answered(response) => {
                self.unreached = 0;
                open.busy = true;
                out.push(Effect::Conclude { write: Box::new(open.row.clone()), stage, response });
            }
            Answer::NotTaken { reason, retry_after_ms, reached } => {
                self.unreached = if reached { 0 } else { self.unreached + 1 };
                self.replan(number, later(now, retry_after_ms), false, &reason);
                if self.unreached >= UNREACHED_MAX {
                    self.stop_for(Stop::Surroundings {
                        at: self.whose(stage),
                        reason,
                        said_by: None,
                    });
                }
            }
            Answer::Unauthorized { reason } => {
                self.replan(number, now, false, &reason);
                self.stop_for(Stop::Surroundings { at: self.whose(stage), reason, said_by: None });
            }
            Answer::Refused { reason } => {
                let reason = format!("the host refused to send it to {connection}: {reason}");
                self.withdraw_to(number, |_, item| (item, Wait::held(reason.clone(), None)));
            }
            Answer::Unknown { reason } => {
                self.unreached = 0;
                let probe_at = self.open.get(&number).map_or(now, |open| self.probe_at(&open.row));
                self.doubt(number, probe_at, None, Probed::No, reason);
            }
        }
    }

    /// What was on its way for a write is back.
    fn landed(&mut self, number: i64) -> Option<StageIndex> {
        let left_at = self.open.get(&number).map_or(self.now, |open| open.left_at);
        self.window.landed(self.now.saturating_sub(left_at));
        self.open.get_mut(&number)?.busy = false;
        self.stage_of(number)
    }

    pub(super) fn probed(
        &mut self,
        number: i64,
        response: Result<Response, Failure>,
        out: &mut Vec<Effect>,
    ) {
        let Some(stage) = self.landed(number) else { return };
        match response {
            Ok(response) => {
                self.unreached = 0;
                let Some(open) = self.open.get_mut(&number) else { return };
                open.busy = true;
                out.push(Effect::Settle { write: Box::new(open.row.clone()), stage, response });
            }
            Err(Failure::RetryAfter(ms)) => {
                self.unreached += 1;
                if self.unreached >= UNREACHED_MAX {
                    self.stop_for_failure(stage, &Failure::RetryAfter(ms));
                }
                let probe_at =
                    later(self.now, ms).max(self.now.saturating_add(self.backoff(number)));
                self.doubt(number, probe_at, None, Probed::No, "its probe was put off".to_owned());
            }
            Err(Failure::Unexpected(reason)) => {
                let probe_at = self.now.saturating_add(self.backoff(number));
                self.doubt(
                    number,
                    probe_at,
                    None,
                    Probed::Yes,
                    format!("its probe could not be read: {reason}"),
                );
            }
            Err(failure) => {
                let probe_at = self.now.saturating_add(self.backoff(number));
                self.doubt(number, probe_at, None, Probed::No, "its probe was refused".to_owned());
                self.stop_for_failure(stage, &failure);
            }
        }
    }

    fn backoff(&self, number: i64) -> Instant {
        let probes = self.open.get(&number).map_or(0, |open| open.row.probes);
        PROBE_BACKOFF_MS.saturating_mul(1 << probes.min(16)).min(PROBE_BACKOFF_MS_MAX)
    }

    pub(super) fn concluded(&mut self, number: i64, conclusion: Result<Conclusion, Fault>) {
        let Some(open) = self.open.get_mut(&number) else { return };
        open.busy = false;
        let was_probed = open.row.status == WriteStatus::Unknown;
        let probed = if was_probed { Probed::Yes } else { Probed::No };
        let Some(stage) = self.stage_of(number) else { return };
        match conclusion {
            Ok(Conclusion::Decided(settled)) => self.decide(number, settled),
            Ok(Conclusion::NotApplied(_)) if self.options.mode == Mode::Plan => {
                self.show_again(number)
            }
            Ok(Conclusion::NotApplied(ms)) => {
                let not_before = later(self.now, ms);
                self.replan(number, not_before, true, "it did not take effect");
                self.hold_if_sent_often(number);
            }
            Ok(Conclusion::Failed(failure)) => {
                // It did not take effect, and stays as it is.
                let not_before = match failure {
                    Failure::RetryAfter(ms) => {
                        later(self.now, ms).max(self.now.saturating_add(self.backoff(number)))
                    }
                    _ => self.now,
                };
                if was_probed {
                    self.doubt(number, not_before, None, Probed::No, failure_text(&failure));
                } else {
                    self.replan(number, not_before, true, &failure_text(&failure));
                    self.hold_if_sent_often(number);
                }
                if !matches!(failure, Failure::RetryAfter(_)) {
                    self.stop_for_failure(stage, &failure);
                }
            }
            Ok(Conclusion::Continued(step)) => self.continue_with(number, step),
            Ok(Conclusion::Undecided(Doubt { after_ms, memo })) => {
                let probe_at =
                    later(self.now, after_ms).max(self.now.saturating_add(self.backoff(number)));
                self.doubt(
                    number,
                    probe_at,
                    Some(memo),
                    probed,
                    "what came back did not decide it".to_owned(),
                );
            }
            Err(Fault::Failed(failure)) => {
                let probe_at = match failure {
                    Failure::RetryAfter(ms) => later(self.now, ms),
                    _ => self.now.saturating_add(self.backoff(number)),
                };
                self.doubt(number, probe_at, None, Probed::Yes, failure_text(&failure));
            }
            Err(Fault::TooLong(reason)) => {
                let probe_at = self.now.saturating_add(self.backoff(number));
                self.count_too_long(stage, &reason);
                self.doubt(number, probe_at, None, Probed::Yes, reason);
            }
            Err(Fault::Trapped(reason) | Fault::Faulty(reason)) => {
                let probe_at = self.now.saturating_add(self.backoff(number));
                self.doubt(number, probe_at, None, Probed::Yes, reason);
            }
        }
    }

    fn hold_if_sent_often(&mut self, number: i64) {
        if self.open.get(&number).is_some_and(|open| open.row.sends >= SENDS_MAX) {
            self.hold_write(
                number,
                &format!("it was sent {SENDS_MAX} times and never took effect"),
            );
        }
    }

    /// Each intake has its result.
    fn decide(&mut self, number: i64, settled: Vec<Settled>) {
        let Some(open) = self.open.remove(&number) else { return };
        let row = open.row;
        let action = match row.write.action {
            Action::Create => "created",
            Action::Update => "updated",
            Action::Delete => "deleted",
        };
        let now = self.now;
        let mut results = Vec::with_capacity(settled.len());
        let mut parked = Vec::new();
        for (intake, settled) in row.intakes.iter().zip(settled) {
            match settled {
                Settled::Applied(applied) => {
                    self.count_applied(&row.stage, action);
                    results
                        .push(IntakeResult::Applied { id: applied.id, version: applied.version });
                }
                Settled::Rejected(reason) => {
                    for item in &intake.items {
                        parked.push(self.waiting_item(
                            &row,
                            item.clone(),
                            Wait::dead(reason.clone()),
                        ));
                    }
                    results.push(IntakeResult::Rejected { reason });
                }
                Settled::Again(ms) => {
                    let attempt = intake.items.first().map_or(0, |item| item.attempt);
                    let until = again_at(now, ms, attempt);
                    for item in &intake.items {
                        let wait = Wait::new(
                            WaitingKind::Due { until },
                            "it did not take effect and is planned anew",
                        );
                        let mut item = item.clone();
                        item.come_again();
                        parked.push(self.waiting_item(&row, item, wait));
                    }
                    results.push(IntakeResult::Again { not_before: until });
                }
            }
        }
        self.pending.push(Change::Concluded { number, results, at: now });
        self.pending.extend(parked.into_iter().map(Change::Park));
        self.maybe_due = true;
    }

    fn continue_with(&mut self, number: i64, step: Step) {
        let not_before = later(self.now, step.after_ms);
        let Some(open) = self.open.get_mut(&number) else { return };
        open.row.status = WriteStatus::Planned;
        open.row.not_before = not_before;
        let write = Arc::make_mut(&mut open.row.write);
        write.request.clone_from(&step.request);
        write.probe.clone_from(&step.probe);
        write.memo.clone_from(&step.memo);
        let sends = open.row.sends;
        self.pending.push(Change::Continued { number, step: Box::new(step), not_before });
        if sends >= STEPS_MAX {
            let reason = format!("it was continued {STEPS_MAX} times, and wants one more request");
            self.hold_write(number, &reason);
        }
    }

    /// It surely did not take effect, and is sent again unchanged.
    fn replan(&mut self, number: i64, not_before: Instant, left: bool, reason: &str) {
        let Some(open) = self.open.get_mut(&number) else { return };
        open.row.status = WriteStatus::Planned;
        open.row.not_before = not_before;
        if !left {
            open.row.sends = open.row.sends.saturating_sub(1);
            open.row.sent_at = open.row.sent_at.filter(|_| open.row.sends > 0);
        }
        self.pending.push(Change::Replanned {
            number,
            not_before,
            left,
            reason: reason.to_owned(),
        });
    }

    /// Whether it took effect is not known: it is probed, and in the end held for a person.
    fn doubt(
        &mut self,
        number: i64,
        probe_at: Instant,
        memo: Option<Vec<u8>>,
        probed: Probed,
        reason: String,
    ) {
        let Some(open) = self.open.get_mut(&number) else { return };
        let first = open.row.status != WriteStatus::Unknown;
        open.row.status = WriteStatus::Unknown;
        open.row.not_before = probe_at;
        open.row.reason = Some(reason.clone());
        if let Some(memo) = &memo {
            Arc::make_mut(&mut open.row.write).memo.clone_from(memo);
        }
        let probed = probed == Probed::Yes;
        if probed {
            open.row.probes += 1;
        }
        let (probes, stage) = (open.row.probes, open.row.stage.clone());
        if first {
            let counts = self.summary.stage(&stage);
            counts.unknown += 1;
            count(&mut counts.doubted, &reason);
        }
        self.pending.push(Change::Doubted {
            number,
            probe_at,
            memo,
            probed,
            reason: reason.clone(),
        });
        if probes >= PROBES_MAX {
            self.hold_write(number, &reason);
        }
    }

    /// A person decides whether it took effect.
    pub(super) fn hold_write(&mut self, number: i64, reason: &str) {
        let Some(open) = self.open.remove(&number) else { return };
        let row = open.row;
        self.pending.push(Change::HeldWrite { number, reason: reason.to_owned() });
        let hint = "look at the account: `penstock held settle NUMBER --applied ID` or `--not-applied`; `retry` probes it again";
        for intake in row.intakes.iter() {
            let Some((item, others)) = intake.items.split_first() else { continue };
            let wait = Wait::held(
                format!("it is not known whether write {number} took effect: {reason}"),
                Some(hint.to_owned()),
            );
            let mut parked = self.waiting_item(&row, item.clone(), wait);
            parked.write = Some(number);
            self.pending.push(Change::Park(parked));
            // A person decides once for all entries of the key.
            for other in others {
                let kind = WaitingKind::Busy { key: item.entry.key.clone() };
                let wait = Wait::new(kind, format!("write {number} of the same entry is held"));
                let parked = self.waiting_item(&row, other.clone(), wait);
                self.pending.push(Change::Park(parked));
            }
        }
    }
}

/// Whether a doubt comes from a probe that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Probed {
    Yes,
    No,
}

fn failure_text(failure: &Failure) -> String {
    match failure {
        Failure::RetryAfter(ms) => {
            format!("the account asked to be left alone for {} s", ms / 1000)
        }
        Failure::Unauthorized(reason)
        | Failure::Misconfigured(reason)
        | Failure::Unexpected(reason) => reason.clone(),
    }
}
