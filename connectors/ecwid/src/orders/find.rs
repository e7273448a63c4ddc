//! Searching orders. What the host acts on is read by the order's own address, which does not lag
//! behind as the search does.

use penstock_connector_sdk::commerce::{Entry, Payload};
use penstock_connector_sdk::directory::Find;
use penstock_connector_sdk::host::VendorHost;
use penstock_connector_sdk::types::{Failure, Request, Response};
use penstock_connector_sdk::{json, request};

use super::{SCOPE, map_all, owners, read_page, search};
use crate::Ecwid;
use crate::api::order::{Order, OrderIds};
use crate::api::{ENDPOINT, ROWS_MAX, refusal};
use crate::fields::Fields;
use crate::options;

/// Pages that a search by e-mail reads for one address.
const EMAIL_PAGES_MAX: usize = 10;

/// For each value the orders whose field equals it.
pub(crate) fn find(
    ecwid: &Ecwid,
    call: &Find<'_>,
    host: &impl VendorHost,
) -> Result<Vec<Vec<Entry>>, Failure> {
    let counters = options::counters(call.options)?;
    let mut found: Vec<Vec<Entry>> = match call.by {
        "key" => by_key(ecwid, call.values, host)?,
        "number" => by_number(ecwid, call.values, host)?,
        "email" => {
            let each = call.values.iter().map(|email| by_email(ecwid, email, host));
            each.collect::<Result<_, Failure>>()?
        }
        by => {
            return Err(Failure::Misconfigured(format!(
                "orders can't be found by `{by}`, but by `key`, `number`, `email`"
            )));
        }
    };
    if counters {
        let unnamed = owners::name(ecwid, found.iter_mut().flatten().collect(), host)?;
        if let Some(wait_ms) = unnamed.iter().map(|order| order.wait_ms).max() {
            return Err(Failure::RetryAfter(wait_ms));
        }
    }
    Ok(found)
}

/// The address of an order has its number, which the merchant can change; so the search tells the
/// numbers of the keys, and the orders are then read one by one.
fn by_key(
    ecwid: &Ecwid,
    keys: &[String],
    host: &impl VendorHost,
) -> Result<Vec<Vec<Entry>>, Failure> {
    let mut numbers: Vec<(String, String)> = Vec::new();
    let fields = Fields::of_search("id,internalId,orderNumber");
    let sought: Vec<&str> = keys.iter().map(String::as_str).filter(|key| is_number(key)).collect();
    for keys in sought.chunks(ROWS_MAX) {
        let request = request::get(ENDPOINT).segment("orders").query("ids", keys.join(","));
        let request = request
            .query("limit", ROWS_MAX)
            .query("responseFields", &fields.asked)
            .keep(&fields.kept);
        let response = host.read(&request.build())?;
        refusal::check(&response, SCOPE)?;
        let found: OrderIds = json::read(&response, "the orders of these ids")?;
        numbers.extend(found.items.into_iter().filter_map(|order| {
            let key = order.internal_id.or(order.order_number)?;
            Some((key.to_string(), order.id?.to_string()))
        }));
    }
    let number_of = |key: &String| {
        numbers.iter().find(|(found, _)| found == key).map(|(_, number)| number.clone())
    };
    let asked: Vec<Option<String>> = keys.iter().map(number_of).collect();
    let mut found = read_each(ecwid, &asked, host)?;
    for (entries, key) in found.iter_mut().zip(keys) {
        entries.retain(|entry| entry.key == *key);
    }
    Ok(found)
}

fn is_number(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_digit())
}

fn by_number(
    ecwid: &Ecwid,
    numbers: &[String],
    host: &impl VendorHost,
) -> Result<Vec<Vec<Entry>>, Failure> {
    let asked: Vec<Option<String>> = numbers
        .iter()
        .map(|number| (!number.trim().is_empty()).then(|| number.trim().to_owned()))
        .collect();
    let mut found = read_each(ecwid, &asked, host)?;
    for (entries, number) in found.iter_mut().zip(numbers) {
        entries.retain(|entry| match &entry.payload {
            Payload::Order(order) => order.number == number.trim(),
            _ => false,
        });
    }
    Ok(found)
}

/// Reads orders by their own addresses, side by side.
fn read_each(
    ecwid: &Ecwid,
    numbers: &[Option<String>],
    host: &impl VendorHost,
) -> Result<Vec<Vec<Entry>>, Failure> {
    let fields = &ecwid.fields.order;
    let request = |number: &String| -> Request {
        let request = request::get(ENDPOINT).segment("orders").segment(number);
        request.query("responseFields", &fields.asked).keep(&fields.kept).build()
    };
    let requests: Vec<Request> = numbers.iter().flatten().map(request).collect();
    let mut answers = host.read_all(&requests).into_iter();
    let mut found = Vec::with_capacity(numbers.len());
    for number in numbers {
        let entries = match number {
            None => Vec::new(),
            Some(number) => {
                let answer =
                    answers.next().ok_or_else(|| Failure::unexpected("a read was not answered"))?;
                read_one(ecwid, number, &answer?, host)?
            }
        };
        found.push(entries);
    }
    Ok(found)
}

fn read_one(
    ecwid: &Ecwid,
    number: &str,
    response: &Response,
    host: &impl VendorHost,
) -> Result<Vec<Entry>, Failure> {
    if response.status == 404 {
        return Ok(Vec::new());
    }
    refusal::check(response, SCOPE)?;
    let order: Order = json::read(response, &format!("order `{number}`"))?;
    map_all(ecwid, [&order], response, host)
}

/// The vendor's filter may match more than the address, so the answer is compared again.
fn by_email(ecwid: &Ecwid, email: &str, host: &impl VendorHost) -> Result<Vec<Entry>, Failure> {
    let wanted = fold(email);
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    let mut offset = 0;
    for _ in 0..EMAIL_PAGES_MAX {
        let request = search(ecwid)
            .query("email", email.trim())
            .query("offset", offset)
            .query("limit", ROWS_MAX);
        let response = host.read(&request.build())?;
        let rows = read_page(&response)?;
        let same = rows
            .items
            .iter()
            .filter(|order| order.email.as_deref().is_some_and(|email| fold(email) == wanted));
        found.extend(map_all(ecwid, same, &response, host)?);
        offset += rows.items.len();
        if rows.items.is_empty() || u64::try_from(offset).is_ok_and(|offset| offset >= rows.total) {
            break;
        }
    }
    Ok(found)
}

fn fold(email: &str) -> String {
    email.trim().to_lowercase()
}
