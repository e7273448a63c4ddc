//! Planning changes of stock: each becomes a row of an adjustment, or is refused with the reason.
//!
//! `to` a level is an adjustment too, by the difference to the level read here: the vendor's absolute write gives its
//! history no reason, and distorts the cost. What is sold between the reading and the write stays in the level.

use std::collections::BTreeSet;

use penstock_connector_sdk::commerce::{Payload, StockChange, StockMove};
use penstock_connector_sdk::decimal::Decimal;
use penstock_connector_sdk::host::VendorHost;
use penstock_connector_sdk::options::parse_for;
use penstock_connector_sdk::sink::{
    Action, Change, Deferral, Existing, Explain, Intake, Movement, Plan, Prepare, Rejection, Write,
};
use penstock_connector_sdk::types::{Failure, Instant};

use super::counter::{Counter, counters};
use super::memo::{Memo, Row};
use super::reason::{self, Sign};
use super::since::Since;
use crate::Vend;
use crate::api::stock::{Adjustment, REASONS, Reason};
use crate::api::{self};
use crate::options::StockOptions;
use crate::products::Nature;
use crate::read::Reader;
use crate::reference::USER;
use crate::refusal::Refusal;

/// Rows of one request. The vendor takes 1000, but does not say what becomes of the others when one is bad.
const ROWS_MAX: usize = 25;

/// Digits after the point of a quantity. What the till would round could not be known again.
const QUANTITY_DECIMALS_MAX: u8 = 5;

/// How long a level that was read may be built on, in milliseconds.
const LEVEL_MS_MAX: Instant = 60_000;

/// When a second change of the same counter comes again, in milliseconds: after the first had its answer.
const NEXT_MS: u64 = 5_000;

/// A change that has a product at this outlet, before anything was read.
struct Asked<'a> {
    index: u32,
    intake: &'a Intake,
    change: &'a StockChange,
    product_id: &'a str,
}

/// A change that is to be made.
struct Planned<'a> {
    asked: Asked<'a>,
    counter: Counter,
    row: Row,
}

/// What the batch is planned with.
struct Desk {
    outlet: String,
    user: String,
    options: StockOptions,
    reasons: Vec<Reason>,
    since: Since,
    settle_ms: u64,
}

/// Plans a batch of changes.
pub(crate) fn prepare(
    vend: &Vend,
    call: &Prepare<'_>,
    host: &dyn VendorHost,
) -> Result<Plan, Failure> {
    let reader = Reader::new(host);
    let now = call.intakes.iter().map(|intake| intake.entry.read_at).max().unwrap_or_default();
    let outlet = vend.outlet(reader, now)?;
    let mut plan = Plan::empty();
    let asked = asked(call, &outlet, &mut plan);
    if asked.is_empty() {
        return Ok(plan);
    }
    let [user, reasons] = reader.lists([USER, REASONS])?;
    let mut desk = Desk {
        user: user.one::<api::User>()?.id,
        options: parse_for(call.collection, call.options)?,
        reasons: reasons.typed()?,
        since: Since::read(reader, call.known)?,
        settle_ms: vend.options.settle_ms,
        outlet,
    };
    let ids: Vec<&str> = asked.iter().map(|asked| asked.product_id).collect();
    let found = counters(reader, &ids, &desk.outlet)?;
    let mut planned = Vec::with_capacity(asked.len());
    for (asked, counter) in asked.into_iter().zip(found) {
        let index = asked.index;
        match row(asked, counter) {
            Ok(it) if it.row.quantity.is_zero() => plan.unchanged.push(already(it)),
            Ok(it) => planned.push(it),
            Err(refusal) => reject(&mut plan, index, refusal),
        }
    }
    for sign in Sign::ALL {
        let (of_sign, others) =
            planned.into_iter().partition(|it: &Planned<'_>| Sign::of(it.row.quantity) == sign);
        planned = others;
        desk.plan(sign, of_sign, &mut plan)?;
    }
    Ok(plan)
}

/// The changes that can be looked up. Of one counter there is one at a time: two alike could not be told apart later.
fn asked<'a>(call: &'a Prepare<'_>, outlet: &str, plan: &mut Plan) -> Vec<Asked<'a>> {
    let mut asked: Vec<Asked<'a>> = Vec::with_capacity(call.intakes.len());
    let mut seen = BTreeSet::new();
    for (index, intake) in (0u32..).zip(&call.intakes) {
        let Payload::StockChange(change) = &intake.entry.payload else {
            let hint = "join this sink to a port of stock changes";
            reject(plan, index, Refusal::new("it is no change of stock", hint));
            continue;
        };
        match made_before(intake, change) {
            Ok(None) => {}
            Ok(Some(id)) => {
                let memo = intake.prior.as_ref().map(|prior| prior.memo.clone());
                let memo = memo.unwrap_or_default();
                plan.unchanged.push(Existing { intake: index, id, movements: Vec::new(), memo });
                continue;
            }
            Err(refusal) => {
                reject(plan, index, refusal);
                continue;
            }
        }
        match product_of(change, outlet) {
            Ok(product_id) if seen.insert(product_id) => {
                asked.push(Asked { index, intake, change, product_id });
            }
            Ok(_) => plan.deferrals.push(Deferral {
                intake: index,
                after_ms: NEXT_MS,
                memo: intake.memo.clone(),
            }),
            Err(refusal) => reject(plan, index, refusal),
        }
    }
    asked
}

/// The id of what this very cause has made under the key before. Another cause under the same key is another change.
fn made_before(intake: &Intake, change: &StockChange) -> Result<Option<String>, Refusal> {
    let Some(prior) = &intake.prior else {
        return Ok(None);
    };
    let Some(memo) = Memo::from_bytes(&prior.memo) else {
        let fact = "what was adjusted before under this key is not known any more";
        return Err(Refusal::new(fact, "compare both systems' levels, then skip it here"));
    };
    let same = memo.rows.iter().any(|row| row.cause == change.cause);
    Ok(same.then(|| prior.id.clone()))
}

fn product_of<'a>(change: &'a StockChange, outlet: &str) -> Result<&'a str, Refusal> {
    let owner = &change.owner;
    let hint =
        "correct the link: the counter is `<product id>@<outlet id>` of the register's outlet";
    let Some((product_id, at)) = change.owner.split_once('@').filter(|(id, _)| !id.is_empty())
    else {
        return Err(Refusal::new(format!("`{owner}` is no counter of this till"), hint));
    };
    if at != outlet || change.location != outlet {
        let fact = format!("`{owner}` is a counter of another outlet than the register's");
        return Err(Refusal::new(fact, hint));
    }
    Ok(product_id)
}

/// The adjustment that a change comes to.
fn row<'a>(asked: Asked<'a>, counter: Option<Counter>) -> Result<Planned<'a>, Refusal> {
    let Some(counter) = counter else {
        let fact = format!("the till has no product `{}`", asked.product_id);
        return Err(Refusal::new(fact, "link the product anew, or restore it in the till"));
    };
    let name = &counter.name;
    let refused = |fact: &str, hint: &str| Err(Refusal::new(format!("`{name}` {fact}"), hint));
    match counter.nature {
        Nature::Counted => {}
        Nature::Service => {
            let hint =
                "turn stock tracking on for it in the till and accept its level, or unlink it";
            return refused("is not counted in the till", hint);
        }
        Nature::Composite => {
            let hint = "link its parts in its place: their stock is what the till counts";
            return refused("is a composite, which has no stock of its own", hint);
        }
        Nature::Parent => {
            let hint = "link its variants in its place";
            return refused("is the parent of variants, which has no stock of its own", hint);
        }
    }
    let Some((level, version)) =
        counter.level.and_then(|shelf| Some((shelf.on_hand?, shelf.version)))
    else {
        let hint = "count it once in the till, then accept its level";
        return refused("has no number at the register's outlet yet", hint);
    };
    let (quantity, to_level) = match asked.change.quantity {
        StockMove::By(delta) => (delta, false),
        StockMove::To(wanted) => (wanted.checked_sub(level).map_err(unreckonable)?, true),
    };
    let quantity = quantity.normalized();
    if quantity.scale > QUANTITY_DECIMALS_MAX {
        let fact = format!("{quantity} has more than {QUANTITY_DECIMALS_MAX} decimals");
        return Err(Refusal::new(fact, "correct the level in the shop"));
    }
    level.checked_add(quantity).map_err(unreckonable)?;
    let row = Row {
        product: counter.product_id.clone(),
        quantity,
        level,
        version,
        cause: asked.change.cause.clone(),
        to_level,
    };
    Ok(Planned { asked, counter, row })
}

fn unreckonable(error: penstock_connector_sdk::decimal::DecimalError) -> Refusal {
    Refusal::new(format!("the level can't be reckoned: {error}"), "correct it in the shop")
}

/// A change of nothing, or to the level that is there.
fn already(planned: Planned<'_>) -> Existing {
    let change = planned.asked.change;
    Existing {
        intake: planned.asked.index,
        id: change.owner.clone(),
        movements: Vec::new(),
        memo: Vec::new(),
    }
}

impl Desk {
    /// Plans the changes of one sign: those that the till has already are taken as they are, the others written. What
    /// came back from a batch that was refused is written alone, so that the bad one is found.
    fn plan(
        &mut self,
        sign: Sign,
        planned: Vec<Planned<'_>>,
        plan: &mut Plan,
    ) -> Result<(), Failure> {
        let reason_id = match reason::usable(&self.reasons, sign, sign.name(&self.options)) {
            Ok(id) => id,
            Err(refusal) => {
                for it in planned {
                    reject(plan, it.asked.index, refusal.clone());
                }
                return Ok(());
            }
        };
        let memo = self.memo(sign, reason_id);
        let mut fresh = Vec::with_capacity(planned.len());
        for it in planned {
            match self.take_earlier(&memo, &it) {
                Some(adjustment) => plan.unchanged.push(adopt(&memo, it, adjustment)),
                None => fresh.push(it),
            }
        }
        let (alone, together): (Vec<_>, Vec<_>) =
            fresh.into_iter().partition(|it| it.asked.intake.attempt > 0);
        for chunk in together.chunks(ROWS_MAX).chain(alone.chunks(1)) {
            plan.writes.push(self.write(&memo, chunk)?);
        }
        Ok(())
    }

    fn memo(&self, sign: Sign, reason_id: Option<String>) -> Memo {
        Memo {
            sign,
            reason: sign.name(&self.options).to_owned(),
            reason_id,
            outlet: self.outlet.clone(),
            user: self.user.clone(),
            after: self.since.reached,
            rows: Vec::new(),
            looks: 0,
            objection: None,
        }
    }

    /// An adjustment that is this very change, and that this store knows nothing of: it was made before the store was
    /// put back to an older copy of itself. A level that is wanted is reckoned anew in any case; and what is older than
    /// the levels from which the change was reckoned is another one, however alike.
    fn take_earlier(&mut self, memo: &Memo, planned: &Planned<'_>) -> Option<Adjustment> {
        let row = &planned.row;
        if row.to_level || memo.reason_id.is_none() {
            return None;
        }
        let attributes = &planned.asked.change.attributes;
        let since = attributes.iter().find(|pair| pair.name == "since");
        let since: Instant = since.and_then(|pair| pair.value.parse().ok()).unwrap_or(Instant::MIN);
        let memo = Memo { after: 0, ..memo.clone() };
        let is_it = |shown: &Adjustment| memo.is_row(row, shown) && !shown.is_before(since);
        let at = self.since.rows.iter().position(is_it)?;
        Some(self.since.rows.swap_remove(at))
    }

    fn write(&self, memo: &Memo, chunk: &[Planned<'_>]) -> Result<Write, Failure> {
        let memo = Memo { rows: chunk.iter().map(|it| it.row.clone()).collect(), ..memo.clone() };
        let set = chunk.iter().filter(|it| it.row.to_level);
        let send_before = set.map(|it| it.counter.read_at.saturating_add(LEVEL_MS_MAX)).min();
        Ok(Write {
            action: Action::Update,
            covers: chunk.iter().map(|it| it.asked.index).collect(),
            summary: summary(chunk),
            movements: chunk.iter().map(movement).collect(),
            request: memo.request()?,
            probe: Some(memo.probe()),
            memo: memo.to_bytes(),
            settle_ms: self.settle_ms,
            send_before,
        })
    }
}

fn adopt(memo: &Memo, planned: Planned<'_>, there: Adjustment) -> Existing {
    Existing {
        intake: planned.asked.index,
        id: there.id,
        movements: vec![movement(&planned)],
        memo: Memo { rows: vec![planned.row], ..memo.clone() }.to_bytes(),
    }
}

fn movement(planned: &Planned<'_>) -> Movement {
    Movement {
        intake: planned.asked.index,
        owner: planned.asked.change.owner.clone(),
        delta: planned.row.quantity,
        cause: planned.row.cause.clone(),
    }
}

/// What becomes of each counter, by the levels from which the write is reckoned.
pub(crate) fn explain(call: &Explain<'_>) -> Vec<Change> {
    let rows = Memo::from_bytes(&call.write.memo).map_or_else(Vec::new, |memo| memo.rows);
    let told = |(row, intake): (Row, &Intake)| {
        let Payload::StockChange(change) = &intake.entry.payload else { return None };
        let sku = change.attributes.iter().find(|pair| pair.name == "sku");
        let name = sku.map_or(&row.product, |pair| &pair.value);
        Some(Change {
            field: format!("stock of `{name}` ({})", change.reason),
            before: Some(row.level.to_string()),
            after: row.level.checked_add(row.quantity).ok().map(|after| after.to_string()),
        })
    };
    rows.into_iter().zip(call.intakes).filter_map(told).collect()
}

fn summary(chunk: &[Planned<'_>]) -> String {
    let signed = |quantity: Decimal| match quantity.is_positive() {
        true => format!("+{quantity}"),
        false => quantity.to_string(),
    };
    match chunk {
        [it] => format!("stock of `{}` {}", it.counter.name, signed(it.row.quantity)),
        several => format!("stock of {} products", several.len()),
    }
}

fn reject(plan: &mut Plan, intake: u32, refusal: Refusal) {
    let Refusal { message, hint } = refusal;
    plan.rejections.push(Rejection { intake, message, hint: Some(hint), remote: None });
}
