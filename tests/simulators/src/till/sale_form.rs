//! A sale as a client writes it: the two generations name everything differently.

use rust_decimal::Decimal;
use serde_json::Value;
use uuid::Uuid;

use super::SaleState;
use super::refusal::{Dialect, Refusal};
use crate::clock;
use crate::knobs::UnknownStatus;
use crate::money;

/// What a client wants a sale to be.
pub(super) struct SaleForm {
    pub id: Option<Uuid>,
    pub state: SaleState,
    pub status: String,
    pub attributes: Vec<String>,
    pub source: Option<String>,
    pub source_id: Option<String>,
    pub register: Option<Uuid>,
    pub user: Uuid,
    pub customer: Option<Uuid>,
    pub date_ms: Option<i64>,
    pub note: Option<String>,
    pub invoice_number: Option<String>,
    pub lines: Vec<LineForm>,
    pub payments: Vec<PaymentForm>,
}

/// A line of it.
pub(super) struct LineForm {
    pub id: Option<Uuid>,
    pub product: Uuid,
    pub quantity: Decimal,
    pub price: Decimal,
    pub tax: Decimal,
    pub tax_id: Option<Uuid>,
    pub discount: Decimal,
    pub price_set: bool,
    pub note: Option<String>,
}

/// A payment of it.
pub(super) struct PaymentForm {
    pub id: Option<Uuid>,
    pub payment_type: Uuid,
    pub amount: Decimal,
    pub date_ms: Option<i64>,
    pub register: Option<Uuid>,
}

/// Words of 0.9, with state and attribute of today.
const STATUSES: [(&str, SaleState, &str); 14] = [
    ("SAVED", SaleState::Parked, ""),
    ("OPEN", SaleState::Pending, ""),
    ("CLOSED", SaleState::Closed, ""),
    ("VOIDED", SaleState::Voided, ""),
    ("ONACCOUNT", SaleState::Pending, "onaccount"),
    ("ONACCOUNT_CLOSED", SaleState::Closed, "onaccount"),
    ("LAYBY", SaleState::Pending, "layby"),
    ("LAYBY_CLOSED", SaleState::Closed, "layby"),
    ("AWAITING_DISPATCH", SaleState::Pending, "delivery"),
    ("DISPATCHED_CLOSED", SaleState::Closed, "delivery"),
    ("AWAITING_PICKUP", SaleState::Pending, "pickup"),
    ("PICKED_UP_CLOSED", SaleState::Closed, "pickup"),
    ("SERVICE", SaleState::Pending, "service"),
    ("SERVICE_CLOSED", SaleState::Closed, "service"),
];

/// Amounts and quantities beyond this are refused, so that no sum of them can overflow.
const NUMBER_MAX: i64 = 1_000_000_000;
/// Most decimals of a number.
const DECIMALS_MAX: u32 = 12;
/// Most lines and payments of one sale.
const ROWS_MAX: usize = 1000;

/// Reads parts of one JSON object.
struct Reader<'v> {
    body: &'v Value,
    dialect: Dialect,
}

impl<'v> Reader<'v> {
    fn at(&self, pointer: &str) -> Option<&'v Value> {
        self.body.pointer(pointer).filter(|value| !value.is_null())
    }

    fn text(&self, pointer: &str) -> Result<Option<String>, Refusal> {
        match self.at(pointer) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
            Some(_) => Err(wrong(pointer, "text")),
        }
    }

    fn id(&self, pointer: &str) -> Result<Option<Uuid>, Refusal> {
        match self.text(pointer)? {
            None => Ok(None),
            Some(text) => Uuid::try_parse(&text).map(Some).map_err(|_| wrong(pointer, "a UUID")),
        }
    }

    fn number(&self, pointer: &str) -> Result<Option<Decimal>, Refusal> {
        let Some(value) = self.at(pointer) else {
            return Ok(None);
        };
        let number = money::read(value, self.dialect == Dialect::Legacy)
            .filter(|number| number.abs() <= Decimal::from(NUMBER_MAX))
            .filter(|number| number.normalize().scale() <= DECIMALS_MAX);
        number.map(|number| Some(number.normalize())).ok_or_else(|| wrong(pointer, "a number"))
    }

    fn date(&self, pointer: &str) -> Result<Option<i64>, Refusal> {
        match self.text(pointer)? {
            None => Ok(None),
            Some(text) => clock::parse(&text).map(Some).ok_or_else(|| wrong(pointer, "a date")),
        }
    }

    fn flag(&self, pointer: &str) -> bool {
        self.at(pointer).is_some_and(|value| match value {
            Value::Bool(flag) => *flag,
            other => money::read(other, true) == Some(Decimal::ONE),
        })
    }

    fn rows(&self, pointer: &str) -> Result<Vec<Reader<'v>>, Refusal> {
        match self.at(pointer) {
            None => Ok(Vec::new()),
            Some(Value::Array(rows)) if rows.len() <= ROWS_MAX => {
                Ok(rows.iter().map(|body| Reader { body, dialect: self.dialect }).collect())
            }
            Some(_) => Err(wrong(pointer, "a list of at most 1000")),
        }
    }

    /// The note among the attributes of a line.
    fn line_note(&self) -> Option<String> {
        let attributes = self.at("/attributes")?.as_array()?;
        let note = attributes.iter().find(|it| it["name"] == "line_note")?;
        note["value"].as_str().map(str::to_owned)
    }
}

fn wrong(pointer: &str, wanted: &str) -> Refusal {
    Refusal::malformed(format!("{} is not {wanted}", pointer.trim_start_matches('/')))
}

fn needed<T>(value: Option<T>, name: &str) -> Result<T, Refusal> {
    value.ok_or_else(|| Refusal::malformed(format!("{name} is required")))
}

impl SaleForm {
    /// Reads the body of a write.
    pub(super) fn read(
        body: &Value,
        dialect: Dialect,
        unknown: UnknownStatus,
    ) -> Result<Self, Refusal> {
        if !body.is_object() {
            return Err(Refusal::malformed("the body is no JSON object"));
        }
        let reader = Reader { body, dialect };
        match dialect {
            Dialect::Dated => Self::dated(&reader),
            Dialect::Legacy => Self::legacy(&reader, unknown),
        }
    }

    fn dated(reader: &Reader<'_>) -> Result<Self, Refusal> {
        let word = needed(reader.text("/state")?, "state")?;
        let attributes = attributes(reader.at("/attributes"));
        let (state, status) = state_of(&word, &attributes)
            .ok_or_else(|| Refusal::malformed(format!("state {word} is unknown")))?;
        let lines = reader.rows("/line_items")?;
        let payments = reader.rows("/payments")?;
        Ok(Self {
            id: reader.id("/id")?,
            state,
            status: status.to_owned(),
            attributes,
            source: reader.text("/source/type")?,
            source_id: reader.text("/source/id")?,
            register: reader.id("/source/register_id")?,
            user: needed(reader.id("/source/author_id")?, "source.author_id")?,
            customer: reader.id("/customer_id")?,
            date_ms: reader.date("/date")?,
            note: reader.text("/note")?,
            invoice_number: reader.text("/invoice_number")?,
            lines: lines.iter().map(LineForm::dated).collect::<Result<_, _>>()?,
            payments: payments.iter().map(PaymentForm::dated).collect::<Result<_, _>>()?,
        })
    }

    fn legacy(reader: &Reader<'_>, unknown: UnknownStatus) -> Result<Self, Refusal> {
        let mut attributes = attributes(reader.at("/register_sale_attributes"));
        let status = reader.text("/status")?;
        let word = reader.text("/state")?;
        let (state, status) = match (status, word) {
            (Some(status), _) => match STATUSES.iter().find(|(known, ..)| *known == status) {
                Some((_, state, attribute)) => {
                    let attribute = (*attribute).to_owned();
                    if !attribute.is_empty() && !attributes.contains(&attribute) {
                        attributes.push(attribute);
                    }
                    (*state, status)
                }
                None if unknown == UnknownStatus::Stored => (SaleState::Unknown, status),
                None => return Err(Refusal::malformed(format!("status {status} is unknown"))),
            },
            (None, Some(word)) => {
                let known = state_of(&word, &attributes);
                let (state, status) =
                    known.ok_or_else(|| Refusal::malformed(format!("state {word} is unknown")))?;
                (state, status.to_owned())
            }
            (None, None) => return Err(Refusal::malformed("status is required")),
        };
        let lines = reader.rows("/register_sale_products")?;
        let payments = reader.rows("/register_sale_payments")?;
        Ok(Self {
            id: reader.id("/id")?,
            state,
            status,
            attributes,
            source: reader.text("/source")?,
            source_id: reader.text("/source_id")?,
            register: Some(needed(reader.id("/register_id")?, "register_id")?),
            user: needed(reader.id("/user_id")?, "user_id")?,
            customer: reader.id("/customer_id")?,
            date_ms: reader.date("/sale_date")?,
            note: reader.text("/note")?,
            invoice_number: reader.text("/invoice_number")?,
            lines: lines.iter().map(LineForm::legacy).collect::<Result<_, _>>()?,
            payments: payments.iter().map(PaymentForm::legacy).collect::<Result<_, _>>()?,
        })
    }
}

impl LineForm {
    fn dated(reader: &Reader<'_>) -> Result<Self, Refusal> {
        Ok(Self {
            id: reader.id("/id")?,
            product: needed(reader.id("/product/id")?, "line_items.product.id")?,
            quantity: needed(reader.number("/quantity")?, "line_items.quantity")?,
            price: needed(reader.number("/pricing/price")?, "line_items.pricing.price")?,
            tax: needed(reader.number("/tax/amount")?, "line_items.tax.amount")?,
            tax_id: Some(needed(reader.id("/tax/id")?, "line_items.tax.id")?),
            discount: reader.number("/pricing/discount")?.unwrap_or_default(),
            price_set: reader.flag("/_metadata/is_price_override"),
            note: reader.line_note(),
        })
    }

    fn legacy(reader: &Reader<'_>) -> Result<Self, Refusal> {
        let product = reader.id("/product_id")?;
        Ok(Self {
            id: reader.id("/id")?,
            product: needed(product, "register_sale_products.product_id")?,
            quantity: needed(reader.number("/quantity")?, "register_sale_products.quantity")?,
            price: needed(reader.number("/price")?, "register_sale_products.price")?,
            tax: reader.number("/tax")?.unwrap_or_default(),
            tax_id: reader.id("/tax_id")?,
            discount: reader.number("/discount")?.unwrap_or_default(),
            price_set: reader.flag("/price_set"),
            note: reader.line_note(),
        })
    }
}

impl PaymentForm {
    fn dated(reader: &Reader<'_>) -> Result<Self, Refusal> {
        Ok(Self {
            id: reader.id("/id")?,
            payment_type: needed(reader.id("/type/config_id")?, "payments.type.config_id")?,
            amount: needed(reader.number("/amount")?, "payments.amount")?,
            date_ms: reader.date("/date")?,
            register: reader.id("/source/register_id")?,
        })
    }

    fn legacy(reader: &Reader<'_>) -> Result<Self, Refusal> {
        let kind = reader.id("/retailer_payment_type_id")?;
        let amount = reader.number("/amount")?;
        Ok(Self {
            id: reader.id("/id")?,
            payment_type: needed(kind, "register_sale_payments.retailer_payment_type_id")?,
            amount: needed(amount, "register_sale_payments.amount")?,
            date_ms: reader.date("/payment_date")?,
            register: reader.id("/register_id")?,
        })
    }
}

/// State and 0.9 word of a state of today.
fn state_of(word: &str, attributes: &[String]) -> Option<(SaleState, &'static str)> {
    let state = match word {
        "parked" => SaleState::Parked,
        "pending" => SaleState::Pending,
        "closed" => SaleState::Closed,
        "voided" => SaleState::Voided,
        _ => return None,
    };
    let of_state = || STATUSES.iter().filter(|(_, known, _)| *known == state);
    let special = of_state().find(|(.., it)| attributes.iter().any(|attribute| attribute == it));
    special.or_else(|| of_state().next()).map(|(status, ..)| (state, *status))
}

fn attributes(value: Option<&Value>) -> Vec<String> {
    let words = value.and_then(Value::as_array).into_iter().flatten();
    words.filter_map(|word| word.as_str().map(str::to_owned)).collect()
}
