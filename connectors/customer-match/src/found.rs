//! The customers that a directory answered.

use penstock_connector_sdk::commerce::{Customer, Entry, Payload};
use penstock_connector_sdk::instant;
use penstock_connector_sdk::types::Instant;

use crate::rule::fold;

/// The attribute in which a directory tells when a customer was created, as a date that the SDK
/// reads.
const CREATED_AT: &str = "created_at";

/// A customer that exists.
#[derive(Debug)]
pub(crate) struct Found<'a> {
    pub(crate) id: &'a str,
    pub(crate) name: Option<&'a str>,
    created_at: Option<Instant>,
}

/// The customers of this address, the oldest first; of equally old ones, that of the smallest id.
/// One whose age is not told comes last.
pub(crate) fn oldest_first<'a>(entries: &'a [Entry], address: &str) -> Vec<Found<'a>> {
    let customers = entries.iter().filter_map(|entry| match &entry.payload {
        Payload::Customer(customer) => Some((entry, customer)),
        _ => None,
    });
    // Some remotes search by likeness; an address that differs is another's.
    let same = customers.filter(|(_, customer)| {
        customer.email.as_deref().is_none_or(|email| fold(email) == address)
    });
    let mut found: Vec<Found<'_>> =
        same.map(|(entry, customer)| Found::of(entry, customer)).collect();
    found.sort_by(|left, right| left.age().cmp(&right.age()));
    found.dedup_by(|left, right| left.id == right.id);
    found
}

impl<'a> Found<'a> {
    fn of(entry: &'a Entry, customer: &'a Customer) -> Self {
        let created_at = customer.attributes.iter().find(|attribute| attribute.name == CREATED_AT);
        Self {
            id: customer.id.as_deref().unwrap_or(&entry.key),
            name: customer.name.as_deref().filter(|name| !name.trim().is_empty()),
            created_at: created_at.and_then(|attribute| instant::parse(&attribute.value).ok()),
        }
    }

    fn age(&self) -> (Instant, &str) {
        (self.created_at.unwrap_or(Instant::MAX), self.id)
    }
}
