//! Entries as people write them in a case: what is left out is what an ordinary one has.

use std::collections::BTreeMap;

use rust_decimal::Decimal as Exact;
use serde::{Deserialize, Serialize};

use crate::contract::{
    Charge, ChargeKind, Customer, Decimal, Document, Entry, LineKind, Order, OrderLine, Pair,
    Payload, PaymentStatus, Product, StockLevel, Tax, Tender,
};
use crate::record::{decimal_text, to_decimal};
use crate::time::{Instant, rfc3339};

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

/// An amount: `"12.50"`, or a whole number.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Amount(Decimal);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OrderForm {
    /// The number that people see; the key where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    number: Option<String>,
    /// `paid` where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    payment_status: Option<String>,
    /// `EUR` where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    currency: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    placed_at: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    paid_at: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    updated_at: Option<String>,
    /// What the parts come to where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    total: Option<Amount>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refunded: Option<Amount>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    attributes: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    customer: Option<CustomerForm>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    lines: Vec<LineForm>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    charges: Vec<ChargeForm>,
    /// One by `Credit card` over the total where there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tenders: Vec<TenderForm>,
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
struct LineForm {
    /// Its place in the order, from 1, where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// `goods` where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    product: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stock_owner: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sku: Option<String>,
    /// The SKU where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// 1 where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    quantity: Option<Amount>,
    /// Of the whole line, before tax and after discounts.
    amount: Amount,
    /// `amount` by `quantity` where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unit_price: Option<Amount>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unit_discount: Option<Amount>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    taxes: Vec<TaxForm>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    options: BTreeMap<String, String>,
    /// `true` where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    takes_stock: Option<bool>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    attributes: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TaxForm {
    name: String,
    /// In percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rate: Option<Amount>,
    amount: Amount,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChargeForm {
    kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    amount: Amount,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    taxes: Vec<TaxForm>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TenderForm {
    method: String,
    amount: Amount,
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

    /// Gives each text that may name a person to `replace`.
    pub fn redact(&mut self, replace: &mut dyn FnMut(&str) -> String) {
        let customer = |customer: &mut CustomerForm, replace: &mut dyn FnMut(&str) -> String| {
            let CustomerForm { id: _, email, name, phone, attributes } = customer;
            for text in [email, name, phone].into_iter().flatten().chain(attributes.values_mut()) {
                *text = replace(text);
            }
        };
        if let Some(form) = &mut self.customer {
            customer(form, replace);
        }
        if let Some(order) = &mut self.order {
            if let Some(form) = &mut order.customer {
                customer(form, replace);
            }
            let lines = order.lines.iter_mut();
            let options = lines
                .flat_map(|line| line.options.values_mut().chain(line.attributes.values_mut()));
            let tenders =
                order.tenders.iter_mut().flat_map(|tender| tender.attributes.values_mut());
            let texts = order.note.iter_mut().chain(order.attributes.values_mut());
            for text in texts.chain(options).chain(tenders) {
                *text = replace(text);
            }
        }
        if let Some(document) = &mut self.document {
            document.json = match serde_json::from_str::<serde_json::Value>(&document.json) {
                Ok(value) => redacted(value, replace).to_string(),
                Err(_) => replace(&document.json),
            };
        }
        let attributes =
            self.stock_level.iter_mut().flat_map(|level| level.attributes.values_mut());
        let others = self.product.iter_mut().flat_map(|product| product.attributes.values_mut());
        for text in attributes.chain(others) {
            *text = replace(text);
        }
    }
}

fn redacted(
    value: serde_json::Value,
    replace: &mut dyn FnMut(&str) -> String,
) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Value::String(text) => Value::String(replace(&text)),
        Value::Array(items) => {
            Value::Array(items.into_iter().map(|item| redacted(item, replace)).collect())
        }
        Value::Object(members) => Value::Object(
            members.into_iter().map(|(name, member)| (name, redacted(member, replace))).collect(),
        ),
        plain => plain,
    }
}

impl OrderForm {
    fn order(&self, key: &str, now: Instant) -> Result<Order, String> {
        let lines: Vec<OrderLine> =
            self.lines.iter().enumerate().map(|(at, line)| line.line(at)).collect();
        let charges: Vec<Charge> = self.charges.iter().map(ChargeForm::charge).collect();
        let total = self.total.map_or_else(|| sum(&lines, &charges), |total| total.0);
        let tenders = match self.tenders.is_empty() {
            true => {
                let method = "Credit card".to_owned();
                vec![Tender { method, amount: total, attributes: Vec::new() }]
            }
            false => self.tenders.iter().map(TenderForm::tender).collect(),
        };
        let at = |text: &Option<String>| text.as_deref().map(instant).transpose();
        let placed_at = at(&self.placed_at)?.unwrap_or(now);
        Ok(Order {
            id: key.to_owned(),
            number: self.number.clone().unwrap_or_else(|| key.to_owned()),
            placed_at,
            paid_at: at(&self.paid_at)?,
            updated_at: at(&self.updated_at)?.unwrap_or(placed_at),
            payment_status: status(self.payment_status.as_deref().unwrap_or("paid")),
            currency: self.currency.clone().unwrap_or_else(|| "EUR".to_owned()),
            customer: self.customer.as_ref().map(CustomerForm::customer),
            matched_customer: None,
            lines,
            charges,
            tenders,
            total,
            refunded: self.refunded.map_or(Decimal { units: 0, scale: 0 }, |amount| amount.0),
            note: self.note.clone(),
            attributes: pairs(&self.attributes),
        })
    }

    fn of(order: &Order) -> Self {
        Self {
            number: Some(order.number.clone()),
            payment_status: Some(status_word(&order.payment_status)),
            currency: Some(order.currency.clone()),
            placed_at: Some(rfc3339(order.placed_at)),
            paid_at: order.paid_at.map(rfc3339),
            updated_at: Some(rfc3339(order.updated_at)),
            total: Some(Amount(order.total)),
            refunded: (order.refunded.units != 0).then_some(Amount(order.refunded)),
            note: order.note.clone(),
            attributes: map(&order.attributes),
            customer: order.customer.as_ref().map(CustomerForm::of),
            lines: order.lines.iter().map(LineForm::of).collect(),
            charges: order.charges.iter().map(ChargeForm::of).collect(),
            tenders: order.tenders.iter().map(TenderForm::of).collect(),
        }
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

impl LineForm {
    fn line(&self, at: usize) -> OrderLine {
        let one = Decimal { units: 1, scale: 0 };
        let quantity = self.quantity.map_or(one, |quantity| quantity.0);
        OrderLine {
            id: self.id.clone().unwrap_or_else(|| (at + 1).to_string()),
            kind: match self.kind.as_deref().unwrap_or("goods") {
                "goods" => LineKind::Goods,
                "gift-card" => LineKind::GiftCard,
                "composite" => LineKind::Composite,
                other => LineKind::Other(other.to_owned()),
            },
            product: self.product.clone(),
            stock_owner: self.stock_owner.clone(),
            matched_product: None,
            sku: self.sku.clone(),
            name: self.name.clone().or_else(|| self.sku.clone()).unwrap_or_default(),
            quantity,
            amount: self.amount.0,
            unit_price: self
                .unit_price
                .map_or_else(|| by(self.amount.0, quantity), |price| price.0),
            unit_discount: self.unit_discount.map_or(Decimal { units: 0, scale: 0 }, |it| it.0),
            taxes: self.taxes.iter().map(TaxForm::tax).collect(),
            options: pairs(&self.options),
            takes_stock: self.takes_stock.unwrap_or(true),
            attributes: pairs(&self.attributes),
        }
    }

    fn of(line: &OrderLine) -> Self {
        Self {
            id: Some(line.id.clone()),
            kind: match &line.kind {
                LineKind::Goods => None,
                LineKind::GiftCard => Some("gift-card".to_owned()),
                LineKind::Composite => Some("composite".to_owned()),
                LineKind::Other(other) => Some(other.clone()),
            },
            product: line.product.clone(),
            stock_owner: line.stock_owner.clone(),
            sku: line.sku.clone(),
            name: Some(line.name.clone()),
            quantity: Some(Amount(line.quantity)),
            amount: Amount(line.amount),
            unit_price: Some(Amount(line.unit_price)),
            unit_discount: (line.unit_discount.units != 0).then_some(Amount(line.unit_discount)),
            taxes: line.taxes.iter().map(TaxForm::of).collect(),
            options: map(&line.options),
            takes_stock: (!line.takes_stock).then_some(false),
            attributes: map(&line.attributes),
        }
    }
}

impl TaxForm {
    fn tax(&self) -> Tax {
        Tax { name: self.name.clone(), rate: self.rate.map(|rate| rate.0), amount: self.amount.0 }
    }

    fn of(tax: &Tax) -> Self {
        Self { name: tax.name.clone(), rate: tax.rate.map(Amount), amount: Amount(tax.amount) }
    }
}

impl ChargeForm {
    fn charge(&self) -> Charge {
        Charge {
            kind: match self.kind.as_str() {
                "shipping" => ChargeKind::Shipping,
                "handling" => ChargeKind::Handling,
                "surcharge" => ChargeKind::Surcharge,
                "tip" => ChargeKind::Tip,
                "discount" => ChargeKind::Discount,
                "rounding" => ChargeKind::Rounding,
                other => ChargeKind::Other(other.to_owned()),
            },
            name: self.name.clone().unwrap_or_else(|| self.kind.clone()),
            amount: self.amount.0,
            taxes: self.taxes.iter().map(TaxForm::tax).collect(),
        }
    }

    fn of(charge: &Charge) -> Self {
        let kind = match &charge.kind {
            ChargeKind::Shipping => "shipping",
            ChargeKind::Handling => "handling",
            ChargeKind::Surcharge => "surcharge",
            ChargeKind::Tip => "tip",
            ChargeKind::Discount => "discount",
            ChargeKind::Rounding => "rounding",
            ChargeKind::Other(other) => other,
        };
        Self {
            kind: kind.to_owned(),
            name: Some(charge.name.clone()),
            amount: Amount(charge.amount),
            taxes: charge.taxes.iter().map(TaxForm::of).collect(),
        }
    }
}

impl TenderForm {
    fn tender(&self) -> Tender {
        let Self { method, amount, attributes } = self;
        Tender { method: method.clone(), amount: amount.0, attributes: pairs(attributes) }
    }

    fn of(tender: &Tender) -> Self {
        let Tender { method, amount, attributes } = tender;
        Self { method: method.clone(), amount: Amount(*amount), attributes: map(attributes) }
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

const STATUSES: [(&str, PaymentStatus); 6] = [
    ("awaiting-payment", PaymentStatus::AwaitingPayment),
    ("paid", PaymentStatus::Paid),
    ("partially-refunded", PaymentStatus::PartiallyRefunded),
    ("refunded", PaymentStatus::Refunded),
    ("cancelled", PaymentStatus::Cancelled),
    ("incomplete", PaymentStatus::Incomplete),
];

fn status(word: &str) -> PaymentStatus {
    let known = STATUSES.into_iter().find(|(known, _)| *known == word);
    known.map_or_else(|| PaymentStatus::Other(word.to_owned()), |(_, status)| status)
}

fn status_word(status: &PaymentStatus) -> String {
    match status {
        PaymentStatus::Other(other) => other.clone(),
        known => {
            let word = STATUSES.iter().find(|(_, status)| status == known);
            word.map_or("paid", |(word, _)| word).to_owned()
        }
    }
}

/// The instant of a text in RFC 3339.
pub(super) fn instant(text: &str) -> Result<Instant, String> {
    let at = text.parse::<jiff::Timestamp>();
    at.map(jiff::Timestamp::as_millisecond)
        .map_err(|_| format!("`{text}` is no instant: write it like `2026-11-25T10:00:00Z`"))
}

fn sum(lines: &[OrderLine], charges: &[Charge]) -> Decimal {
    let of = |amount: Decimal| to_decimal(amount).unwrap_or_default();
    let taxes = |taxes: &[Tax]| taxes.iter().map(|tax| of(tax.amount)).sum::<Exact>();
    let lines: Exact = lines.iter().map(|line| of(line.amount) + taxes(&line.taxes)).sum();
    let charges: Exact =
        charges.iter().map(|charge| of(charge.amount) + taxes(&charge.taxes)).sum();
    contract_of(lines + charges)
}

/// One amount by another, to six decimals.
fn by(amount: Decimal, quantity: Decimal) -> Decimal {
    const DECIMALS: u32 = 6;
    let (amount, quantity) = (to_decimal(amount), to_decimal(quantity));
    let divided = amount.zip(quantity).and_then(|(amount, quantity)| amount.checked_div(quantity));
    contract_of(divided.unwrap_or_default().round_dp(DECIMALS))
}

fn contract_of(exact: Exact) -> Decimal {
    let exact = exact.normalize();
    let units = i64::try_from(exact.mantissa()).unwrap_or(0);
    Decimal { units, scale: u8::try_from(exact.scale()).unwrap_or(0) }
}

fn pairs(map: &BTreeMap<String, String>) -> Vec<Pair> {
    let pair =
        |(name, value): (&String, &String)| Pair { name: name.clone(), value: value.clone() };
    map.iter().map(pair).collect()
}

fn map(pairs: &[Pair]) -> BTreeMap<String, String> {
    pairs.iter().map(|pair| (pair.name.clone(), pair.value.clone())).collect()
}

impl Serialize for Amount {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&decimal_text(self.0))
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Reader;
        impl serde::de::Visitor<'_> for Reader {
            type Value = Amount;
            fn expecting(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                to.write_str("an exact amount: a text like `\"12.50\"`, or a whole number")
            }
            fn visit_i64<E>(self, units: i64) -> Result<Amount, E> {
                Ok(Amount(Decimal { units, scale: 0 }))
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Amount, E> {
                let exact: Exact = text
                    .parse()
                    .map_err(|_| E::invalid_value(serde::de::Unexpected::Str(text), &self))?;
                let units = i64::try_from(exact.mantissa())
                    .map_err(|_| E::custom(format!("`{text}` has too many digits")))?;
                let scale = u8::try_from(exact.scale()).unwrap_or(0);
                Ok(Amount(Decimal { units, scale }))
            }
        }
        from.deserialize_any(Reader)
    }
}
