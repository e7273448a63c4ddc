//! The sink `customers`: one create for each address that the till does not know, and nothing for the others.

use std::borrow::Cow;
use std::collections::BTreeMap;

use penstock_connector_sdk::commerce::{Customer, Payload};
use penstock_connector_sdk::host::{Level, VendorHost};
use penstock_connector_sdk::options::parse_for;
use penstock_connector_sdk::sink::{
    Action, Change, Existing, Explain, Intake, Plan, Prepare, Rejection, Write,
};
use penstock_connector_sdk::types::Failure;
use serde::{Deserialize, Serialize};

use super::answer::Memo;
use super::{ByEmail, CUSTOMERS, FEED_PAGES_MAX, OVERLAP_VERSIONS, add, comparable, search};
use crate::api::{self, path};
use crate::options::{ConnectionOptions, CustomersOptions, Generation};
use crate::read::Reader;

/// The intakes of one address, which one write serves.
#[derive(Debug, Default)]
struct Wanted<'a> {
    intakes: Vec<u32>,
    customers: Vec<&'a Customer>,
}

/// Plans a batch of customers. Whoever is there already is left as they are.
pub(crate) fn prepare(
    connection: &ConnectionOptions,
    call: &Prepare<'_>,
    host: &dyn VendorHost,
) -> Result<Plan, Failure> {
    let options: CustomersOptions = parse_for(call.collection, call.options)?;
    let mut plan = Plan::empty();
    let mut wanted: BTreeMap<String, Wanted<'_>> = BTreeMap::new();
    for (index, intake) in (0u32..).zip(&call.intakes) {
        if let Some((email, customer)) = judged(index, intake, &mut plan) {
            let wanted = wanted.entry(email).or_default();
            wanted.intakes.push(index);
            wanted.customers.push(customer);
        }
    }
    if wanted.is_empty() {
        return Ok(plan);
    }
    let found = known_customers(Reader::new(host), &wanted, call.known)?;
    // In the order in which they came, whatever they are called.
    let mut wanted: Vec<_> = wanted.into_iter().collect();
    wanted.sort_by_key(|(_, wanted)| wanted.intakes.first().copied());
    for (email, wanted) in wanted {
        match found.get(&email).map(Vec::as_slice) {
            Some([(oldest, _), others @ ..]) => {
                if !others.is_empty() {
                    warn_of_several(host, &call.intakes, &wanted, oldest, others.len() + 1);
                }
                let existing = |index: &u32| existing(*index, oldest.id.clone(), Vec::new());
                plan.unchanged.extend(wanted.intakes.iter().map(existing));
            }
            _ => plan.writes.extend(write(connection, &options, email, wanted, call.known)?),
        }
    }
    Ok(plan)
}

/// The address and the customer of an intake, or its outcome in the plan.
fn judged<'a>(index: u32, intake: &'a Intake, plan: &mut Plan) -> Option<(String, &'a Customer)> {
    let mut reject = |message: &str, hint: &str| {
        plan.rejections.push(Rejection {
            intake: index,
            message: message.to_owned(),
            hint: Some(hint.to_owned()),
            remote: None,
        });
    };
    match (&intake.entry.payload, &intake.prior) {
        (_, Some(prior)) => {
            plan.unchanged.push(existing(index, prior.id.clone(), prior.memo.clone()));
            None
        }
        (Payload::Customer(customer), None) => {
            let email = customer.email.as_deref().and_then(comparable);
            if email.is_none() {
                let hint = "give the customer an e-mail address in the shop, or skip them here";
                reject("the customer has no e-mail address to be known by", hint);
            }
            email.map(|email| (email, customer))
        }
        _ => {
            reject("it is no customer", "join this sink to a port of customers");
            None
        }
    }
}

/// Who is there: by search, and by the list of what is new, since the search's index lags behind.
fn known_customers(
    reader: Reader<'_>,
    wanted: &BTreeMap<String, Wanted<'_>>,
    known: Option<u64>,
) -> Result<ByEmail, Failure> {
    let customers = wanted.values().flat_map(|wanted| &wanted.customers);
    let mut found = search(reader, customers.filter_map(|customer| customer.email.as_deref()))?;
    if let Some(known) = known {
        let after = known.saturating_sub(OVERLAP_VERSIONS);
        let walked = reader.walk::<api::Customer>(CUSTOMERS, after, FEED_PAGES_MAX)?;
        let is_wanted = |row: &api::Customer| {
            let email = row.email.as_deref().and_then(comparable);
            email.is_some_and(|email| wanted.contains_key(&email))
        };
        for row in walked.rows.into_iter().filter(is_wanted) {
            add(&mut found, row, 0);
        }
    }
    Ok(found)
}

fn warn_of_several(
    host: &dyn VendorHost,
    intakes: &[Intake],
    wanted: &Wanted<'_>,
    oldest: &api::Customer,
    count: usize,
) {
    let key = wanted.intakes.first().and_then(|index| intakes.get(usize::try_from(*index).ok()?));
    let message = format!(
        "{count} customers of the till share this e-mail address; the oldest is taken: {}",
        oldest.id
    );
    host.write(Level::Warn, &message, key.map(|intake| intake.entry.key.as_str()));
}

fn existing(intake: u32, id: String, memo: Vec<u8>) -> Existing {
    Existing { intake, id, movements: Vec::new(), memo }
}

/// The create of one customer. Nothing where there is nobody, which does not happen.
fn write(
    connection: &ConnectionOptions,
    options: &CustomersOptions,
    email: String,
    wanted: Wanted<'_>,
    known: Option<u64>,
) -> Result<Option<Write>, Failure> {
    let Some(customer) = wanted.customers.first() else {
        return Ok(None);
    };
    let generation = connection.api_version;
    let body = Body::of(customer, options, generation);
    let text = serde_json::to_string(&body).map_err(|error| {
        Failure::unexpected(format!("a customer could not be written: {error}"))
    })?;
    let path = match generation {
        Generation::Dated => path::CUSTOMERS,
        Generation::Classic => path::CLASSIC_CUSTOMERS,
    };
    let memo = Memo::new(email, known.map(|known| known.saturating_sub(OVERLAP_VERSIONS)));
    Ok(Some(Write {
        action: Action::Create,
        covers: wanted.intakes,
        summary: format!("customer {}", body.email),
        movements: Vec::new(),
        request: api::create(path, text.into_bytes()),
        probe: Some(memo.probe()),
        memo: memo.to_bytes(),
        settle_ms: connection.settle_ms,
        send_before: None,
    }))
}

/// The new customer, field by field, out of the body that will be sent.
pub(crate) fn explain(call: &Explain<'_>) -> Vec<Change> {
    let body = call.write.request.body.as_deref().unwrap_or_default();
    serde_json::from_slice::<Body<'_>>(body).map_or_else(|_| Vec::new(), |body| body.changes())
}

/// A new customer, in both generations' words. Both names are required keys; the older generation wants text in them.
#[derive(Debug, Serialize, Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    first_name: Cow<'a, str>,
    #[serde(borrow)]
    last_name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    email: Cow<'a, str>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    phone: Option<Cow<'a, str>>,
    do_not_email: bool,
}

impl<'a> Body<'a> {
    fn of(customer: &'a Customer, options: &CustomersOptions, generation: Generation) -> Self {
        let email = customer.email.as_deref().unwrap_or_default().trim();
        let name = customer.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
        let phone = customer.phone.as_deref().map(str::trim).filter(|phone| !phone.is_empty());
        let (first_name, last_name) = split_name(name.unwrap_or(email));
        let no_last_name = match generation {
            Generation::Dated => None,
            Generation::Classic => Some(""),
        };
        Body {
            first_name: first_name.into(),
            last_name: last_name.or(no_last_name).map(Cow::Borrowed),
            // A search may regard case: the way it is written here it is found by everybody's spelling.
            email: email.to_lowercase().into(),
            phone: phone.map(Cow::Borrowed),
            do_not_email: options.do_not_email,
        }
    }

    fn changes(&self) -> Vec<Change> {
        let fields = [
            ("first_name", Some(&self.first_name)),
            ("last_name", self.last_name.as_ref()),
            ("email", Some(&self.email)),
            ("phone", self.phone.as_ref()),
        ];
        let told = fields.into_iter().filter_map(|(field, after)| Some((field, after?)));
        told.map(|(field, after)| Change::to(field, &**after)).collect()
    }
}

/// Splits at the last space; one word is a first name.
fn split_name(name: &str) -> (&str, Option<&str>) {
    match name.rsplit_once(char::is_whitespace) {
        Some((first, last)) => (first.trim_end(), Some(last)),
        None => (name, None),
    }
}
