//! What a sink plans, and what it reads from answers.

use super::{Check, Declared, delay, id, key, memo, read_request, text_of, write_request};
use crate::component::limits::CAUSE_BYTES_MAX;
use crate::contract::{Conclusion, Movement, Plan, Request, Settled, Write};

/// Every intake is covered, unchanged, deferred or rejected, exactly once; and what is to be sent can be sent.
pub(in crate::component) fn plan(declared: &Declared, intakes: usize, plan: &Plan) -> Check {
    let mut dealt_with = vec![false; intakes];
    for write in &plan.writes {
        if write.covers.is_empty() {
            return Err(format!("the write `{}` covers no intake", super::shown(&write.summary)));
        }
        write.covers.iter().try_for_each(|intake| deal_with(&mut dealt_with, *intake))?;
        write_fits(declared, write)?;
    }
    for existing in &plan.unchanged {
        deal_with(&mut dealt_with, existing.intake)?;
        id(&existing.id)?;
        memo(&existing.memo)?;
        existing.movements.iter().try_for_each(|movement| moves(movement, &[existing.intake]))?;
    }
    for deferral in &plan.deferrals {
        deal_with(&mut dealt_with, deferral.intake)?;
        delay(deferral.after_ms, "after-ms")?;
        memo(&deferral.memo)?;
    }
    for rejection in &plan.rejections {
        deal_with(&mut dealt_with, rejection.intake)?;
    }
    match dealt_with.iter().position(|dealt| !dealt) {
        Some(left_out) => Err(format!("the plan leaves out intake {left_out}")),
        None => Ok(()),
    }
}

/// A conclusion decides each intake that the write covers, or asks for what can be done.
pub(in crate::component) fn conclusion(
    declared: &Declared,
    write: &Write,
    conclusion: &Conclusion,
) -> Check {
    match conclusion {
        Conclusion::Decided(settled) => {
            if settled.len() != write.covers.len() {
                return Err(format!(
                    "the write covers {} intakes, and {} are settled",
                    write.covers.len(),
                    settled.len()
                ));
            }
            settled.iter().try_for_each(|one| match one {
                Settled::Applied(applied) => id(&applied.id),
                Settled::Rejected(_) => Ok(()),
                Settled::Again(ms) => delay(*ms, "again"),
            })
        }
        Conclusion::NotApplied(ms) => delay(*ms, "not-applied"),
        Conclusion::Failed(failed) => super::failure(failed),
        Conclusion::Continued(step) => {
            requests(declared, &step.request, step.probe.as_ref())?;
            memo(&step.memo)?;
            delay(step.after_ms, "after-ms")
        }
        Conclusion::Undecided(doubt) => {
            memo(&doubt.memo)?;
            delay(doubt.after_ms, "after-ms")
        }
    }
}

fn write_fits(declared: &Declared, write: &Write) -> Check {
    requests(declared, &write.request, write.probe.as_ref())?;
    memo(&write.memo)?;
    delay(write.settle_ms, "settle-ms")?;
    write.movements.iter().try_for_each(|movement| moves(movement, &write.covers))
}

fn requests(declared: &Declared, request: &Request, probe: Option<&Request>) -> Check {
    write_request(declared, request)?;
    match probe {
        Some(probe) => {
            read_request(declared, probe).map_err(|rule| format!("the probe can't be read: {rule}"))
        }
        None => Ok(()),
    }
}

/// A movement belongs to an intake of its write, and says what is moved and why.
fn moves(movement: &Movement, covers: &[u32]) -> Check {
    if !covers.contains(&movement.intake) {
        return Err(format!(
            "a movement belongs to intake {}, which its write does not cover",
            movement.intake
        ));
    }
    key(&movement.owner, "a movement's owner")?;
    text_of(&movement.cause, CAUSE_BYTES_MAX, "a movement's cause")
}

fn deal_with(dealt_with: &mut [bool], intake: u32) -> Check {
    let intakes = dealt_with.len();
    match dealt_with.get_mut(intake as usize) {
        None => Err(format!("the plan names intake {intake} of {intakes}")),
        Some(true) => Err(format!("the plan deals with intake {intake} twice")),
        Some(dealt) => {
            *dealt = true;
            Ok(())
        }
    }
}
