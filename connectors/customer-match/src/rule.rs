//! What becomes of one order.

use penstock_connector_sdk::commerce::{Customer, CustomerLink, Entry, Order, Payload};
use penstock_connector_sdk::host::{Level, RuleHost};
use penstock_connector_sdk::transform::{Matching, Output, Verdict};
use penstock_connector_sdk::types::Instant;

use crate::found::{self, Found};
use crate::options::{Options, WhenNameless, WhenNamesDiffer, WhenSeveral, WhenUnknown};
use crate::{CUSTOMERS, Known, ORDERS};

/// A customer to be created has this revision for ever: whatever a later order says of the same
/// address, the host has dealt with the key at this revision, and creates nobody twice.
const REVISION: &str = "1";

/// Judges one entry. `known` has the existing customers under each address of the batch.
pub(crate) fn judge(
    entry: &Entry,
    known: &Known,
    options: &Options,
    host: &impl RuleHost,
) -> Verdict {
    let Payload::Order(order) = &entry.payload else {
        return Verdict::Reject("customer-match takes orders, and this is none".to_owned());
    };
    let Some(address) = address(order) else {
        return Verdict::Pass(ORDERS.to_owned());
    };
    let entries = known.under(&address);
    let customers = found::oldest_first(entries, &address);
    match customers.as_slice() {
        [] => unknown(order, entry.read_at, &address, options),
        [only] => matched(only, options, entry_named(entry)).map_or_else(Verdict::Reject, linked),
        [_, ..] if options.when_several == WhenSeveral::Hold => Verdict::Reject(format!(
            "{} customers have this order's e-mail address",
            customers.len()
        )),
        [oldest, ..] => {
            let notice = format!(
                "{} customers have this order's e-mail address; the oldest, `{}`, is taken",
                customers.len(),
                oldest.id
            );
            host.write(Level::Info, &notice, Some(&entry.key));
            matched(oldest, options, entry_named(entry)).map_or_else(Verdict::Reject, linked)
        }
    }
}

/// The address that an order is matched by; nothing for a walk-in, or where the match was made
/// before.
pub(crate) fn address(order: &Order) -> Option<String> {
    if order.matched_customer.is_some() {
        return None;
    }
    let address = fold(order.customer.as_ref()?.email.as_deref()?);
    (!address.is_empty()).then_some(address)
}

/// A text as it is compared: without the spaces around it and in lower case.
pub(crate) fn fold(text: &str) -> String {
    text.trim().to_lowercase()
}

/// The name that an order gives its customer.
fn entry_named(entry: &Entry) -> Option<&str> {
    match &entry.payload {
        Payload::Order(order) => named(order.customer.as_ref()?),
        _ => None,
    }
}

fn named(customer: &Customer) -> Option<&str> {
    customer.name.as_deref().map(str::trim).filter(|name| !name.is_empty())
}

/// The link to an existing customer, or why there is to be none.
fn matched(
    found: &Found<'_>,
    options: &Options,
    named: Option<&str>,
) -> Result<CustomerLink, String> {
    if options.when_names_differ == WhenNamesDiffer::Hold
        && let (Some(here), Some(there)) = (named, found.name)
        && words(here) != words(there)
    {
        return Err(format!(
            "the customer of this e-mail address is `{there}`, and the order says `{here}`"
        ));
    }
    Ok(CustomerLink::Id(found.id.to_owned()))
}

/// A name as it is compared: the same words in any case.
fn words(name: &str) -> Vec<String> {
    name.split_whitespace().map(str::to_lowercase).collect()
}

fn linked(customer: CustomerLink) -> Verdict {
    let port = ORDERS.to_owned();
    Verdict::Matched(Matching { port, customer, after: Vec::new(), beside: Vec::new() })
}

fn unknown(order: &Order, read_at: Instant, address: &str, options: &Options) -> Verdict {
    match options.when_unknown {
        WhenUnknown::None => Verdict::Pass(ORDERS.to_owned()),
        WhenUnknown::Hold => {
            Verdict::Reject("no customer has this order's e-mail address".to_owned())
        }
        WhenUnknown::Create => create(order, read_at, address, options),
    }
}

/// Somebody new, and the order that waits for them.
fn create(order: &Order, read_at: Instant, address: &str, options: &Options) -> Verdict {
    let Some(buyer) = &order.customer else {
        return Verdict::Pass(ORDERS.to_owned());
    };
    let email = buyer.email.as_deref().unwrap_or(address).trim();
    let name = match (named(buyer), options.when_nameless) {
        (Some(name), _) => name,
        (None, WhenNameless::Email) => email,
        (None, WhenNameless::Hold) => {
            return Verdict::Reject("the order names nobody, so no customer is created".to_owned());
        }
    };
    let customer = Customer {
        // The shop's own number means nothing where this customer is created.
        id: None,
        email: Some(email.to_owned()),
        name: Some(name.to_owned()),
        phone: buyer.phone.clone(),
        attributes: Vec::new(),
    };
    let key = format!("email:{address}");
    let created = Entry {
        key: key.clone(),
        revision: REVISION.to_owned(),
        read_at,
        payload: Payload::Customer(customer),
    };
    Verdict::Matched(Matching {
        port: ORDERS.to_owned(),
        customer: CustomerLink::Entry(key.clone()),
        after: vec![key],
        beside: vec![Output { port: CUSTOMERS.to_owned(), entry: created, after: Vec::new() }],
    })
}
