//! What entries, verdicts, plans and requests are in words.

use penstock::contract::{
    Conclusion, Entry, LineKind, OrderLine, Output, Payload, PaymentStatus, Plan, Request, Settled,
    StockChange, StockLevel, StockMove, Verdict,
};
use penstock::record::{decimal_text, link};
use penstock::store::WaitingRow;
use serde_json::Value;

use super::names::Names;
use crate::simulation::act::Act;

/// What somebody does.
pub(super) fn act(act: Act) -> String {
    match act {
        Act::Place { item, quantity } => format!("a buyer orders {quantity} {item}, to pay later"),
        Act::Order { item, quantity, buyer } => {
            format!("`{}` <{}> orders {quantity} {item}, to pay later", buyer.name, buyer.email)
        }
        Act::Correct { buyer } => {
            format!("a cashier corrects the name of <{}> at the till", buyer.email)
        }
        Act::Pay { order } => format!("the money of order {} arrives", order + 1),
        Act::Cancel { order } => format!("order {} is cancelled", order + 1),
        Act::Refund { order, restocks: true } => {
            format!("order {} is refunded, and its goods are back in the shop", order + 1)
        }
        Act::Refund { order, restocks: false } => {
            format!("order {} is refunded, without its goods", order + 1)
        }
        Act::Edit { item, by } => format!("the merchant corrects {item} by {by:+} in the shop"),
        Act::Unlimit { item } => format!("the merchant has the shop count {item} no more"),
        Act::Limit { item, level } => {
            format!("the merchant has the shop count {item} again, from {level}")
        }
        Act::Rename { item } => format!("the merchant gives {item} another SKU in the shop"),
        Act::Delete { item } => format!("the merchant deletes {item} in the shop"),
        Act::Sell { item, quantity } => format!("somebody buys {quantity} {item} at the till"),
        Act::Void { sale } => format!("the till's own sale {} is voided", sale + 1),
        Act::Count { item, by } => format!("a clerk corrects {item} by {by:+} at the till"),
        Act::Weigh { item, tenths } => {
            format!("somebody buys {tenths} tenths of {item} at the till")
        }
        Act::Vary { item } => {
            format!("the merchant offers {item} in two sizes that have no SKU of their own")
        }
    }
}

/// What a source has read.
pub(super) fn entry(names: &Names, entry: &Entry) -> String {
    match &entry.payload {
        Payload::Order(order) => {
            let lines: Vec<String> = order.lines.iter().map(|it| line(names, it)).collect();
            format!(
                "order {}: {}, {}",
                order.number,
                payment(&order.payment_status),
                lines.join(", ")
            )
        }
        Payload::StockLevel(shown) => level(names, shown),
        Payload::StockChange(wanted) => change(names, wanted),
        other => names.text(&format!("{}: {other:?}", names.key(&entry.key))),
    }
}

/// Status of its payment.
fn payment(status: &PaymentStatus) -> String {
    match status {
        PaymentStatus::AwaitingPayment => "awaiting payment".to_owned(),
        PaymentStatus::PartiallyRefunded => "partially refunded".to_owned(),
        PaymentStatus::Other(word) => word.clone(),
        other => last(&format!("{other:?}")).to_lowercase(),
    }
}

/// The end of a generated type's name: `Paid` of `PaymentStatus::Paid`.
fn last(name: &str) -> &str {
    name.rsplit("::").next().unwrap_or(name)
}

fn line(names: &Names, line: &OrderLine) -> String {
    let owner = line.stock_owner.as_deref();
    let what = owner.map_or_else(|| line.name.clone(), |owner| names.counter(owner));
    let kind = match &line.kind {
        LineKind::Goods => String::new(),
        other => format!(" ({other:?})"),
    };
    let stock = if line.takes_stock { "off the counter" } else { "not off the counter" };
    format!("{} {what}{kind} {stock}", decimal_text(line.quantity))
}

fn level(names: &Names, level: &StockLevel) -> String {
    let name = names.counter(&level.owner);
    level.on_hand.map_or_else(
        || format!("{name} is not counted"),
        |on_hand| format!("{name} {}", decimal_text(on_hand)),
    )
}

fn change(names: &Names, change: &StockChange) -> String {
    let quantity = match change.quantity {
        StockMove::By(delta) if delta.units >= 0 => format!("by +{}", decimal_text(delta)),
        StockMove::By(delta) => format!("by {}", decimal_text(delta)),
        StockMove::To(level) => format!("to {}", decimal_text(level)),
    };
    let reason = names.text(&change.reason);
    format!("{} {quantity} ({}): {reason}", names.counter(&change.owner), change.cause)
}

/// What a rule makes of an entry.
pub(super) fn verdict(names: &Names, given: &Entry, verdict: &Verdict) -> Vec<String> {
    let seconds = |ms: u64| format!("{}.{:03} s", ms / 1_000, ms % 1_000);
    let said = match verdict {
        Verdict::Matched(matching) => {
            let mut order = given.clone();
            link(&mut order, matching.customer.clone());
            let order = format!("by `{}`: {}", matching.port, entry(names, &order));
            let beside = matching.beside.iter().map(|it| output(names, it));
            return beside.chain([order]).collect();
        }
        Verdict::Forward(outputs) => return outputs.iter().map(|it| output(names, it)).collect(),
        Verdict::Pass(port) => format!("passes by `{port}`"),
        Verdict::Filter(reason) => reason.clone(),
        Verdict::Reject(reason) => format!("refused: {}", names.text(reason)),
        Verdict::Wait(ms) => format!("comes again in {}", seconds(*ms)),
        Verdict::WaitFor(horizon) => format!("waits for later {}", horizon.input),
        Verdict::Reread(ms) => format!("is to be read anew in {}", seconds(*ms)),
    };
    vec![said]
}

fn output(names: &Names, output: &Output) -> String {
    format!("by `{}`: {}", output.port, entry(names, &output.entry))
}

/// What a sink plans, line by line. `of` tells what each intake is.
pub(super) fn plan(names: &Names, plan: &Plan, of: &[String]) -> Vec<String> {
    let of = |position: u32| of.get(position as usize).map_or("?", String::as_str);
    let writes = plan.writes.iter().map(|write| format!("plans: {}", names.text(&write.summary)));
    let unchanged = plan.unchanged.iter().map(|it| format!("{}: is there already", of(it.intake)));
    let deferred = plan
        .deferrals
        .iter()
        .map(|it| format!("{}: is looked at again in {} ms", of(it.intake), it.after_ms));
    let refused = plan.rejections.iter().map(|it| {
        let hint = it.hint.as_ref().map(|hint| format!("; hint: {hint}")).unwrap_or_default();
        names.text(&format!("{}: held: {}{hint}", of(it.intake), it.message))
    });
    writes.chain(unchanged).chain(deferred).chain(refused).collect()
}

/// A request, and its body field by field.
pub(super) fn request(names: &Names, request: &Request) -> Vec<String> {
    let method = last(&format!("{:?}", request.method)).to_uppercase();
    let path = request.path.trim_start_matches('/');
    let mut told = vec![format!("{method} {}", names.text(path))];
    let body = request.body.as_deref().unwrap_or_default();
    match serde_json::from_slice::<Value>(body) {
        Ok(json) => leaves(names, "", &json, &mut told),
        Err(_) => told.push(names.text(&String::from_utf8_lossy(body))),
    }
    told
}

fn leaves(names: &Names, path: &str, value: &Value, told: &mut Vec<String>) {
    let below =
        |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| leaves(names, &below(name), value, told));
        }
        Value::Array(rows) => {
            let rows = rows.iter().enumerate();
            rows.for_each(|(place, row)| leaves(names, &below(&place.to_string()), row, told));
        }
        leaf => told.push(names.text(&format!("    {path} = {leaf}"))),
    }
}

/// What an answer means.
pub(super) fn conclusion(names: &Names, conclusion: &Conclusion) -> String {
    match conclusion {
        Conclusion::Decided(settled) => settled
            .iter()
            .map(|settled| match settled {
                Settled::Applied(_) => "applied".to_owned(),
                Settled::Rejected(reason) => format!("refused: {}", names.text(reason)),
                Settled::Again(ms) => format!("not applied, and planned anew in {ms} ms"),
            })
            .collect::<Vec<_>>()
            .join(", "),
        Conclusion::NotApplied(ms) => format!("not applied, and sent again in {ms} ms"),
        Conclusion::Failed(failure) => names.text(&format!("failed: {failure:?}")),
        Conclusion::Continued(_) => "goes on with a further request".to_owned(),
        Conclusion::Undecided(doubt) => {
            format!("undecided, and looked at again in {} ms", doubt.after_ms)
        }
    }
}

/// An entry that waits, and why. Nothing of a reading that is only on its way.
pub(super) fn waiting(names: &Names, row: &WaitingRow) -> Option<String> {
    let is_reading = matches!(row.item.entry.payload, Payload::StockLevel(_));
    if is_reading && matches!(row.kind.word(), "due" | "horizon" | "reread") {
        return None;
    }
    let hint = row.hint.as_ref().map(|hint| format!("; hint: {hint}")).unwrap_or_default();
    let what = entry(names, &row.item.entry);
    let because = names.text(&format!("{}{hint}", row.reason));
    Some(format!("{} before `{}`: {what}\n    {because}", row.kind.word(), row.stage))
}
