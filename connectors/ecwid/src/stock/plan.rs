//! Planning changes: each counter is read, and each change becomes one write.

use penstock_connector_sdk::host::VendorHost;
use penstock_connector_sdk::sink::{
    Action, Change as Told, Deferral, Existing, Explain, Intake, Movement, Plan, Prepare,
    Rejection, Write,
};
use penstock_connector_sdk::types::{Decimal, Failure, Instant};

use super::Answers;
use super::change::{Change, GONE, Refusal, level_of};
use super::memo::{Memo, Quantity, Reading};
use crate::Ecwid;
use crate::api::product;
use crate::counters::Counter;
use crate::options::Stock;

/// How old the reading may be when the write is first sent, in milliseconds. What comes in between
/// makes it harder to tell a lost answer's meaning, so an older one is made anew.
const READING_MS_MAX: Instant = 120_000;

/// How long the second change of one counter waits for the first, in milliseconds.
const TURN_MS: u64 = 1_000;

/// Plans a batch of changes.
pub(crate) fn prepare(
    ecwid: &Ecwid,
    call: &Prepare<'_>,
    host: &impl VendorHost,
) -> Result<Plan, Failure> {
    let options = Stock::read(call.options)?;
    let mut plan = Plan::empty();
    let mut wanted: Vec<Wanted<'_>> = Vec::new();
    for (index, intake) in (0u32..).zip(&call.intakes) {
        match Change::of(intake) {
            Err(refusal) => reject(&mut plan, index, refusal),
            Ok(change) => match made_before(index, intake, change) {
                Some(existing) => plan.unchanged.push(existing),
                // Two writes on one counter at once could not be told apart if an answer is lost.
                None if wanted.iter().any(|other| other.change.owner == change.owner) => {
                    plan.deferrals.push(Deferral {
                        intake: index,
                        after_ms: TURN_MS,
                        memo: Vec::new(),
                    });
                }
                None => wanted.push(Wanted { index, intake, change }),
            },
        }
    }
    let answers = Answers::read(ecwid, wanted.iter().map(|wanted| wanted.change.owner), host);
    for wanted in wanted {
        let Some((counter, at)) = answers.counter(wanted.change.owner)? else {
            reject(&mut plan, wanted.index, GONE);
            continue;
        };
        match level_of(Some(&counter)) {
            Ok(level) => {
                add(&mut plan, &wanted, ecwid, options, &counter, Reading { level, at })?;
            }
            Err(refusal) => reject(&mut plan, wanted.index, refusal),
        }
    }
    Ok(plan)
}

/// A change that is to be made, with its place in the batch.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    index: u32,
    intake: &'a Intake,
    change: Change<'a>,
}

/// A change that was made under this key already. Another of the same key, which is the counter's,
/// has a cause of its own.
fn made_before(intake: u32, given: &Intake, change: Change<'_>) -> Option<Existing> {
    let prior = given.prior.as_ref()?;
    let memo = Memo::from_bytes(&prior.memo)?;
    let same = memo.owner == change.stated.owner && memo.cause == change.stated.cause;
    same.then(|| Existing {
        intake,
        id: prior.id.clone(),
        movements: Vec::new(),
        memo: prior.memo.clone(),
    })
}

/// Adds the write, or tells that the counter is already as it is to be.
fn add(
    plan: &mut Plan,
    wanted: &Wanted<'_>,
    ecwid: &Ecwid,
    options: Stock,
    counter: &Counter,
    before: Reading,
) -> Result<(), Failure> {
    let Wanted { index, intake, change } = *wanted;
    let delta = change.delta(before.level)?;
    let movements = vec![Movement {
        intake: index,
        owner: counter.owner.clone(),
        delta,
        cause: change.stated.cause.clone(),
    }];
    let memo = Memo {
        owner: counter.owner.clone(),
        cause: change.stated.cause.clone(),
        quantity: change.quantity,
        before,
        attempt: intake.attempt,
        last: None,
        sent_again: 0,
    };
    if delta.is_zero() {
        let (id, memo) = (counter.owner.clone(), memo.to_bytes());
        plan.unchanged.push(Existing { intake: index, id, movements, memo });
        return Ok(());
    }
    plan.writes.push(Write {
        action: Action::Update,
        covers: vec![index],
        summary: summary(counter, change.quantity, before.level),
        movements,
        request: change.request(),
        probe: Some(product::request(change.owner.product, &ecwid.fields.stock)),
        memo: memo.to_bytes(),
        settle_ms: options.settle_ms,
        send_before: Some(before.at.saturating_add(READING_MS_MAX)),
    });
    Ok(())
}

/// What becomes of the counter, by the reading from which the write is reckoned.
pub(crate) fn explain(call: &Explain<'_>) -> Vec<Told> {
    let (Some(memo), [movement]) =
        (Memo::from_bytes(&call.write.memo), call.write.movements.as_slice())
    else {
        return Vec::new();
    };
    let before = memo.before.level;
    let after = before.checked_add(movement.delta).ok();
    vec![Told {
        field: "quantity".to_owned(),
        before: Some(before.to_string()),
        after: after.map(|after| after.to_string()),
    }]
}

fn summary(counter: &Counter, quantity: Quantity, before: Decimal) -> String {
    let sku = counter.sku.as_deref().unwrap_or("without an SKU");
    let name = format!("stock of `{}` ({sku})", counter.name);
    match quantity {
        Quantity::By(delta) if delta.is_positive() => format!("{name}: {before} +{delta}"),
        Quantity::By(delta) => format!("{name}: {before} {delta}"),
        Quantity::To(level) => format!("{name}: {before} to {level}"),
    }
}

fn reject(plan: &mut Plan, intake: u32, Refusal { message, hint }: Refusal) {
    plan.rejections.push(Rejection {
        intake,
        message: message.to_owned(),
        hint: Some(hint.to_owned()),
        remote: None,
    });
}
