//! Entries as people write them in a case: what is left out is what an ordinary one has.

mod amount;
mod order;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use self::amount::Amount;
use self::order::OrderForm;
use crate::contract::{Customer, Document, Entry, Pair, Payload, Product, StockLevel};
use crate::time::Instant;

/// An entry that a source gives, and that source.
#[derive(Debug, Clone, PartialEq)]
pub struct GivenEntry {
    pub source: String,
    pub entry: Entry,
}

/// An entry in a case: `[[entry]]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntryForm {
    /// The id of the source stage that gives it.
    pub source: String,
    /// As the source's own connector would name it, without account and collection.
    pub key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    revision: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    order: Option<OrderForm>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    customer: Option<CustomerForm>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stock_level: Option<LevelForm>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    product: Option<ProductForm>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    document: Option<DocumentForm>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CustomerForm {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    attributes: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LevelForm {
    owner: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sku: Option<String>,
    #[serde(default)]
    location: String,
    /// Left out where the system does not count the item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    on_hand: Option<Amount>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<u64>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    attributes: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProductForm {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sku: Option<String>,
    name: String,
    #[serde(default)]
    stock_owner: String,
    #[serde(default)]
    counts_stock: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    active: Option<bool>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    attributes: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DocumentForm {
    kind: String,
    json: String,
}

impl EntryForm {
    /// The entry, read at an instant.
    ///
    /// # Errors
    /// What is wrong with it, for people.
    pub fn entry(&self, read_at: Instant) -> Result<GivenEntry, String> {
        let EntryForm { source, key, revision, order, customer, stock_level, product, document } =
            self;
        let mut payloads = Vec::new();
        if let Some(order) = order {
            payloads.push(Payload::Order(order.order(key, read_at)?));
        }
        payloads.extend(customer.as_ref().map(|form| Payload::Customer(form.customer())));
        payloads.extend(stock_level.as_ref().map(|form| Payload::StockLevel(form.level())));
        payloads.extend(product.as_ref().map(|form| Payload::Product(form.product(key))));
        payloads.extend(document.as_ref().map(|form| {
            Payload::Document(Document { kind: form.kind.clone(), json: form.json.clone() })
        }));
        let (Some(payload), true) = (payloads.pop(), payloads.is_empty()) else {
            return Err(format!(
                "the entry `{key}` needs one of `order`, `customer`, `stock_level`, `product`, `document`"
            ));
        };
        let revision = revision.clone().unwrap_or_else(|| "1".to_owned());
        let entry = Entry { key: key.clone(), revision, read_at, payload };
        Ok(GivenEntry { source: source.clone(), entry })
    }

    /// How an entry is written in a case. A movement of stock is no entry of a source, and has no form.
    pub fn of(source: &str, key: &str, entry: &Entry) -> Option<Self> {
        let mut form = Self {
            source: source.to_owned(),
            key: key.to_owned(),
            revision: Some(entry.revision.clone()),
            order: None,
            customer: None,
            stock_level: None,
            product: None,
            document: None,
        };
        match &entry.payload {
            Payload::Order(order) => form.order = Some(OrderForm::of(order)),
            Payload::Customer(customer) => form.customer = Some(CustomerForm::of(customer)),
            Payload::StockLevel(level) => {
                form.stock_level = Some(LevelForm {
                    owner: level.owner.clone(),
                    sku: level.sku.clone(),
                    location: level.location.clone(),
                    on_hand: level.on_hand.map(Amount),
                    version: level.version,
                    attributes: map(&level.attributes),
                });
            }
            Payload::Product(product) => {
                form.product = Some(ProductForm {
                    id: Some(product.id.clone()),
                    sku: product.sku.clone(),
                    name: product.name.clone(),
                    stock_owner: product.stock_owner.clone(),
                    counts_stock: product.counts_stock,
                    active: Some(product.active),
                    attributes: map(&product.attributes),
                });
            }
            Payload::Document(document) => {
                let Document { kind, json } = document.clone();
                form.document = Some(DocumentForm { kind, json });
            }
            Payload::StockChange(_) => return None,
        }
        Some(form)
    }
}

impl CustomerForm {
    fn customer(&self) -> Customer {
        let Self { id, email, name, phone, attributes } = self.clone();
        Customer { id, email, name, phone, attributes: pairs(&attributes) }
    }

    fn of(customer: &Customer) -> Self {
        let Customer { id, email, name, phone, attributes } = customer.clone();
        Self { id, email, name, phone, attributes: map(&attributes) }
    }
}

impl LevelForm {
    fn level(&self) -> StockLevel {
        StockLevel {
            owner: self.owner.clone(),
            sku: self.sku.clone(),
            location: self.location.clone(),
            on_hand: self.on_hand.map(|amount| amount.0),
            version: self.version,
            attributes: pairs(&self.attributes),
        }
    }
}

impl ProductForm {
    fn product(&self, key: &str) -> Product {
        Product {
            id: self.id.clone().unwrap_or_else(|| key.to_owned()),
            sku: self.sku.clone(),
            name: self.name.clone(),
            stock_owner: self.stock_owner.clone(),
            counts_stock: self.counts_stock,
            active: self.active.unwrap_or(true),
            attributes: pairs(&self.attributes),
        }
    }
}

/// The instant of a text in RFC 3339.
pub(super) fn instant(text: &str) -> Result<Instant, String> {
    let at = text.parse::<jiff::Timestamp>();
    at.map(jiff::Timestamp::as_millisecond)
        .map_err(|_| format!("`{text}` is no instant: write it like `2026-11-25T10:00:00Z`"))
}

fn pairs(map: &BTreeMap<String, String>) -> Vec<Pair> {
    let pair =
        |(name, value): (&String, &String)| Pair { name: name.clone(), value: value.clone() };
    map.iter().map(pair).collect()
}

fn map(pairs: &[Pair]) -> BTreeMap<String, String> {
    pairs.iter().map(|pair| (pair.name.clone(), pair.value.clone())).collect()
}
