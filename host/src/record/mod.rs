//! An entry on its way, the keys it bears, and the sums an order must come to.

mod balance;
mod hex;
mod key;
mod line;
mod method;
mod parts;
#[cfg(test)]
pub(crate) mod samples;
mod texts;

use serde::{Deserialize, Serialize};

use crate::contract::{Action, CustomerLink, Entry, Kind, Payload};
use crate::time::Instant;

pub use balance::{Imbalance, balance, decimal_text, to_decimal};
pub use hex::{from_hex, hex};
pub use key::{account_of, destination, entry_key, remote_id, token};
pub use line::{one_line, xml_text};
pub use method::{method_of, method_word};
pub use parts::{give_back, lend, part_named, part_word, restore, view};
pub use texts::{Text, replace_texts};

/// Longest label that is stored and shown, in bytes: an address of e-mail fits.
const LABEL_BYTES_MAX: usize = 512;

/// An entry with the host's own data around it: where it came from and what it waits for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Item {
    pub entry: Entry,
    pub origin: Origin,
    /// The stages it has come through, by id. One that is no longer enabled stops it.
    pub via: Vec<String>,
    /// Keys whose writes must be applied before this entry reaches its sink.
    pub after: Vec<String>,
    /// How often it came back to the stage it is at.
    pub attempt: u32,
    /// What a sink left with it when it put it off.
    pub memo: Vec<u8>,
    /// It was to be written, but was found changed just before; what it turns out to be now is told to a person.
    pub withdrawn: bool,
}

/// The entry of a source that this one is, or was made of.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Origin {
    /// Id of the source stage.
    pub source: String,
    pub key: String,
    pub revision: String,
    pub read_at: Instant,
}

impl Item {
    /// An entry as its source gave it, its key already made whole.
    pub fn new(source: &str, entry: Entry) -> Self {
        let origin = Origin {
            source: source.to_owned(),
            key: entry.key.clone(),
            revision: entry.revision.clone(),
            read_at: entry.read_at,
        };
        Self {
            entry,
            origin,
            via: Vec::new(),
            after: Vec::new(),
            attempt: 0,
            memo: Vec::new(),
            withdrawn: false,
        }
    }

    /// What a rule put out in place of this item. A movement of stock is an entry of its own from then on: whatever its
    /// reading becomes later, the rule has told of the next difference only, so a newer reading takes its place never.
    pub fn derive(&self, entry: Entry, after: Vec<String>) -> Self {
        let origin = match entry.payload {
            Payload::StockChange(_) => Origin {
                source: self.origin.source.clone(),
                key: entry.key.clone(),
                revision: entry.revision.clone(),
                read_at: entry.read_at,
            },
            _ => self.origin.clone(),
        };
        Self {
            entry,
            origin,
            via: self.via.clone(),
            after,
            attempt: 0,
            memo: Vec::new(),
            withdrawn: self.withdrawn,
        }
    }

    /// Gives this order the customer that a rule matched it with.
    pub fn match_with(&mut self, customer: CustomerLink, after: Vec<String>) {
        link(&mut self.entry, customer);
        self.after = after;
        self.attempt = 0;
        self.memo.clear();
    }

    /// It comes once more to the stage it is at.
    pub fn come_again(&mut self) {
        self.attempt = self.attempt.saturating_add(1);
    }
}

/// Sets the customer that an order was matched with.
pub fn link(entry: &mut Entry, customer: CustomerLink) {
    if let Payload::Order(order) = &mut entry.payload {
        order.matched_customer = Some(customer);
    }
}

/// The kind of a payload, as descriptors name it.
pub fn kind_of(payload: &Payload) -> Kind {
    match payload {
        Payload::Order(_) => Kind::Order,
        Payload::Customer(_) => Kind::Customer,
        Payload::StockLevel(_) => Kind::StockLevel,
        Payload::StockChange(_) => Kind::StockChange,
        Payload::Product(_) => Kind::Product,
        Payload::Document(_) => Kind::Document,
    }
}

/// The name by which a person knows an entry: an order's number, a customer's address, a product's SKU.
pub fn label(payload: &Payload) -> Option<&str> {
    match payload {
        Payload::Order(order) => Some(&order.number),
        Payload::Customer(customer) => customer.email.as_deref().or(customer.name.as_deref()),
        Payload::StockLevel(level) => level.sku.as_deref(),
        Payload::StockChange(change) => {
            let sku = change.attributes.iter().find(|pair| pair.name == "sku");
            Some(sku.map_or(&change.owner, |pair| &pair.value))
        }
        Payload::Product(product) => product.sku.as_deref(),
        Payload::Document(document) => Some(&document.kind),
    }
}

/// The same as it may be shown: it is a vendor's text, and a connector's.
pub fn shown_label(payload: &Payload) -> Option<String> {
    label(payload).map(|label| one_line(label, LABEL_BYTES_MAX))
}

/// The name by which a person is told of an entry, and asks for it; its key where it has no other.
pub fn shown_name(entry: &Entry) -> String {
    let label = label(&entry.payload).filter(|label| !label.trim().is_empty());
    one_line(label.unwrap_or(&entry.key), LABEL_BYTES_MAX)
}

/// The word for what a write does, in the store and for programs.
pub fn action_word(action: Action) -> &'static str {
    match action {
        Action::Create => "create",
        Action::Update => "update",
        Action::Delete => "delete",
    }
}
