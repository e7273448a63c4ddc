//! The sink `sales`: an order becomes one closed sale, or is refused with the reason. Never half a sale, never a
//! second one.

pub(crate) mod body;
pub(crate) mod conclude;
pub(crate) mod explain;
pub(crate) mod found;
pub(crate) mod lines;
pub(crate) mod memo;
pub(crate) mod money;
pub(crate) mod plan;
pub(crate) mod settle;
pub(crate) mod tax;

use penstock_connector_sdk::commerce::{Order, Payload, PaymentStatus};
use penstock_connector_sdk::decimal::{Decimal, Rounding};
use penstock_connector_sdk::host::{Level, VendorHost};
use penstock_connector_sdk::options::parse_for;
use penstock_connector_sdk::sink::{
    Action, Earlier, Existing, Intake, Plan, Prepare, Rejection, Write,
};
use penstock_connector_sdk::types::Failure;

use crate::Vend;
use crate::api::{self, SaleState};
use crate::options::SalesOptions;
use crate::read::Reader;
use crate::refusal::Refusal;
use lines::Desk;
use memo::Memo;
use plan::{Planned, Sale, customer_of, status_name};

/// Bytes that an amount with its currency usually has at most.
const AMOUNT_BYTES: usize = 16;

/// An order of a batch that was not posted before, as far as this store knows.
#[derive(Clone, Copy)]
struct Fresh<'a> {
    index: u32,
    intake: &'a Intake,
    order: &'a Order,
}

/// Plans a batch of orders.
pub(crate) fn prepare(
    vend: &Vend,
    call: &Prepare<'_>,
    host: &dyn VendorHost,
) -> Result<Plan, Failure> {
    let options: SalesOptions = parse_for(call.collection, call.options)?;
    let mut plan = Plan::empty();
    let mut fresh = Vec::new();
    for (index, intake) in (0u32..).zip(&call.intakes) {
        match (&intake.entry.payload, &intake.prior) {
            (Payload::Order(order), None) => fresh.push(Fresh { index, intake, order }),
            (Payload::Order(order), Some(prior)) => {
                posted_before(&mut plan, Fresh { index, intake, order }, prior);
            }
            _ => {
                let refusal = Refusal::new("it is no order", "join this sink to a port of orders");
                reject(&mut plan, index, refusal, None);
            }
        }
    }
    if !fresh.is_empty() {
        post(vend, &options, call.known, &fresh, host, &mut plan)?;
    }
    Ok(plan)
}

/// Plans the orders that were not posted before: set-up and products first, then what the till has already.
fn post(
    vend: &Vend,
    options: &SalesOptions,
    known: Option<u64>,
    fresh: &[Fresh<'_>],
    host: &dyn VendorHost,
    plan: &mut Plan,
) -> Result<(), Failure> {
    let reader = Reader::new(host);
    let now = fresh.iter().map(|fresh| fresh.intake.entry.read_at).max().unwrap_or_default();
    let reference = vend.reference(reader, now)?;
    let wanted = lines::wanted(fresh.iter().map(|fresh| fresh.order), options);
    let matches = vend.products.find(reader, wanted, now)?;
    let desk = Desk { options, reference: &reference, matches: &matches };
    let there = found::find(reader, &sought(vend, desk, known, fresh))?;
    for Fresh { index, intake, order } in fresh.iter().copied() {
        let planned = plan::plan(desk, index, intake, order);
        match (planned, there.get(&intake.token)) {
            (Ok(planned), None) => plan.writes.push(write(vend, index, planned)),
            (Ok(planned), Some(sale)) => match adopt(index, planned, sale, host) {
                Ok(existing) => plan.unchanged.push(existing),
                Err(refusal) => {
                    reject(plan, index, refusal, Some(sale.id.as_deref().unwrap_or(&intake.token)))
                }
            },
            (Err(refusal), None) => reject(plan, index, refusal, None),
            (Err(refusal), Some(sale)) => {
                let refusal = refusal.at("the till has this sale already, but");
                reject(plan, index, refusal, Some(sale.id.as_deref().unwrap_or(&intake.token)));
            }
        }
    }
    Ok(())
}

/// What to look for in the till before anything of the batch is created.
fn sought<'a>(
    vend: &Vend,
    desk: Desk<'a>,
    known: Option<u64>,
    fresh: &[Fresh<'a>],
) -> found::Sought<'a> {
    let dates = || fresh.iter().map(|fresh| plan::sale_date(desk.options, fresh.order));
    let token = |fresh: &Fresh<'a>| fresh.intake.token.as_str();
    let planned_before = fresh.iter().filter(|fresh| fresh.intake.attempt > 0);
    found::Sought {
        tokens: fresh.iter().map(token).collect(),
        planned_before: planned_before.map(token).collect(),
        known,
        register_id: &desk.reference.register.id,
        dates: (dates().min().unwrap_or_default(), dates().max().unwrap_or_default()),
        generation: vend.options.api_version,
    }
}

/// A newer revision of an order that was posted: nothing to do, or for a person. Never a second sale, never an edit.
fn posted_before(plan: &mut Plan, fresh: Fresh<'_>, prior: &Earlier) {
    match since_posted(fresh.intake, fresh.order, prior) {
        Ok(changes) if changes.is_empty() => plan.unchanged.push(Existing {
            intake: fresh.index,
            id: prior.id.clone(),
            movements: Vec::new(),
            memo: prior.memo.clone(),
        }),
        Ok(changes) => {
            let fact = format!("changed after it was posted: {}", changes.join("; "));
            let hint = "make the correction or the return in the till, then skip it here";
            reject(plan, fresh.index, Refusal::new(fact, hint), Some(&prior.id));
        }
        Err(refusal) => reject(plan, fresh.index, refusal, Some(&prior.id)),
    }
}

/// What is different from what was posted, for people.
fn since_posted(intake: &Intake, order: &Order, prior: &Earlier) -> Result<Vec<String>, Refusal> {
    let mut changes = Vec::new();
    if order.payment_status != PaymentStatus::Paid {
        changes.push(format!("it is {}", status_name(&order.payment_status)));
    }
    if !order.refunded.is_zero() {
        changes.push(format!("{} {} was given back", order.refunded, order.currency));
    }
    let Some(posted) = Memo::from_bytes(&prior.memo) else {
        let fact = "what was posted of it is not known, so it can't be compared";
        return Err(Refusal::new(
            fact,
            "compare the order with the till's sale, then skip it here",
        ));
    };
    // A customer whose own write is still open is no change of customer.
    let customer = customer_of(intake, order).unwrap_or(posted.customer.as_deref());
    let now = Memo::of(&intake.token, order, customer, &posted.register)?;
    changes.extend(posted.differences(&now));
    Ok(changes)
}

/// A sale that the till has under our id: written before this store was put back to an older copy of itself.
fn adopt(
    index: u32,
    planned: Planned<'_>,
    there: &api::Sale,
    host: &dyn VendorHost,
) -> Result<Existing, Refusal> {
    let Planned { sale, movements, memo } = planned;
    let summary = summary(&sale, &amount(sale.total, sale.currency));
    if there.state() != SaleState::Closed {
        let state = there.state.as_deref().or(there.status.as_deref()).unwrap_or("untold");
        return Err(Refusal::new(
            format!("the till has this sale already, but not closed: {state}"),
            "close the sale in the till and retry, or skip it here",
        ));
    }
    if let Some(shown) = conclude::other_total(there, &memo) {
        let message = settle::total_differs(&summary, &memo, shown);
        host.write(Level::Warn, &message, None);
    }
    Ok(Existing { intake: index, id: sale.id.to_owned(), movements, memo: memo.to_bytes() })
}

fn write(vend: &Vend, index: u32, planned: Planned<'_>) -> Write {
    let Planned { sale, movements, memo } = planned;
    let generation = vend.options.api_version;
    let total = amount(sale.total, sale.currency);
    Write {
        action: Action::Create,
        covers: vec![index],
        summary: summary(&sale, &total),
        movements,
        request: api::create(found::path_of(generation), body::json(&sale, generation)),
        probe: Some(found::probe(generation, sale.id)),
        memo: memo.to_bytes(),
        settle_ms: vend.options.settle_ms,
        send_before: None,
    }
}

fn summary(sale: &Sale<'_>, total: &str) -> String {
    let count = sale.lines.len();
    let lines = if count == 1 { " line" } else { " lines" };
    ["sale ", &sale.number, ", ", total, ", ", &count.to_string(), lines].concat()
}

/// An amount as people write it, to the minor unit of its currency.
fn amount(value: Decimal, currency: &str) -> String {
    let minor = money::minor_unit_decimals(currency);
    let mut amount = String::with_capacity(AMOUNT_BYTES);
    value.rounded(minor, Rounding::HalfUp).unwrap_or(value).push_onto(&mut amount);
    amount.extend([" ", currency]);
    amount
}

/// `remote` is the sale that the till has of it already.
fn reject(plan: &mut Plan, intake: u32, refusal: Refusal, remote: Option<&str>) {
    let Refusal { message, hint } = refusal;
    let remote = remote.map(str::to_owned);
    plan.rejections.push(Rejection { intake, message, hint: Some(hint), remote });
}
