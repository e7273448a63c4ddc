//! A planned sale for people who look at a plan: read back from the body that will be sent, so that what they see is
//! what the till gets. Names come from the order; what is not found there is shown by its id.

use std::collections::HashMap;

use penstock_connector_sdk::commerce::{Order, Payload};
use penstock_connector_sdk::decimal::Decimal;
use penstock_connector_sdk::json::Text;
use penstock_connector_sdk::options::parse_for;
use penstock_connector_sdk::sink::{Change, Explain, Intake};
use serde::Deserialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::lines::Origin;
use super::plan::{PartId, payment_part, piece_part};
use super::{amount, money};
use crate::options::{HOLD, SalesOptions};

/// The fields of a sale's body, in either generation's words.
#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow, alias = "sale_date")]
    date: Text<'a>,
    #[serde(borrow)]
    customer_id: Option<Text<'a>>,
    #[serde(borrow)]
    invoice_number: Text<'a>,
    #[serde(alias = "register_sale_products")]
    line_items: Vec<Line<'a>>,
    #[serde(alias = "register_sale_payments")]
    payments: Vec<Payment<'a>>,
}

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    quantity: Decimal,
    /// The dated generation's.
    #[serde(borrow)]
    product: Option<Id<'a>>,
    pricing: Option<Pricing>,
    /// An object in the dated generation, a number in the older one.
    #[serde(borrow)]
    tax: &'a RawValue,
    /// The older generation's.
    #[serde(borrow)]
    product_id: Option<Text<'a>>,
    price: Option<Decimal>,
}

#[derive(Deserialize)]
struct Id<'a> {
    #[serde(borrow)]
    id: Text<'a>,
}

#[derive(Deserialize)]
struct Pricing {
    price: Decimal,
}

#[derive(Deserialize)]
struct Tax {
    amount: Decimal,
}

#[derive(Deserialize)]
struct Payment<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    amount: Decimal,
    #[serde(borrow)]
    r#type: Option<PaymentType<'a>>,
    #[serde(borrow)]
    retailer_payment_type_id: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct PaymentType<'a> {
    #[serde(borrow)]
    config_id: Text<'a>,
}

/// The sale, field by field.
pub(crate) fn explain(call: &Explain<'_>) -> Vec<Change> {
    let body = call.write.request.body.as_deref().unwrap_or_default();
    let (Ok(body), Ok(options), [intake]) = (
        serde_json::from_slice::<Body<'_>>(body),
        parse_for::<SalesOptions>(call.collection, call.options),
        call.intakes,
    ) else {
        return Vec::new();
    };
    let Payload::Order(order) = &intake.entry.payload else { return Vec::new() };
    let names = Names::of(intake, order, &options);
    let mut changes = vec![
        Change::to("number", &*body.invoice_number),
        Change::to("date", &*body.date),
        Change::to("customer", body.customer_id.as_deref().unwrap_or("walk-in")),
    ];
    for line in &body.line_items {
        changes.push(Change::to(names.of_line(line), line.words()));
    }
    for payment in &body.payments {
        changes
            .push(Change::to(names.of_payment(payment), amount(payment.amount, &order.currency)));
    }
    changes.push(Change::to("total", amount(order.total, &order.currency)));
    changes
}

impl Line<'_> {
    fn words(&self) -> String {
        let price = self.pricing.as_ref().map(|pricing| pricing.price).or(self.price);
        let tax = self.tax.get();
        let tax = serde_json::from_str::<Tax>(tax)
            .map(|tax| tax.amount)
            .or_else(|_| serde_json::from_str::<Decimal>(tax))
            .unwrap_or_default();
        format!("{} × {} + {tax} tax", self.quantity, price.unwrap_or_default())
    }
}

/// What people call the parts of a sale, by their ids.
struct Names(HashMap<String, String>);

impl Names {
    fn of(intake: &Intake, order: &Order, options: &SalesOptions) -> Self {
        let mut names = HashMap::new();
        let Ok(token) = intake.token.parse::<Uuid>() else { return Self(names) };
        let lines =
            order.lines.iter().enumerate().map(|(index, line)| Origin::Line { index, line });
        let charges = order.charges.iter().enumerate().flat_map(|(index, charge)| {
            (0..=order.lines.len()).map(move |part| Origin::Charge { index, part, charge })
        });
        for origin in lines.chain(charges).chain([Origin::Rounding]) {
            for piece in 0..money::PIECES_MAX {
                let id = PartId::of(&token, &piece_part(&origin, piece));
                names.insert(id.as_str().to_owned(), origin.place());
            }
        }
        for (index, tender) in order.tenders.iter().enumerate() {
            let named = options.payments.get(&tender.method);
            let other = (options.other_payments != HOLD).then_some(&options.other_payments);
            let name = named.or(other).unwrap_or(&tender.method);
            let id = PartId::of(&token, &payment_part(index));
            names.insert(id.as_str().to_owned(), ["payment `", name, "`"].concat());
        }
        Self(names)
    }

    fn of_line(&self, line: &Line<'_>) -> String {
        let product = line.product.as_ref().map(|product| &product.id).or(line.product_id.as_ref());
        let by_id = || ["product ", product.map_or("without an id", |id| id)].concat();
        self.0.get(&*line.id).cloned().unwrap_or_else(by_id)
    }

    fn of_payment(&self, payment: &Payment<'_>) -> String {
        let kind = payment.r#type.as_ref().map(|kind| &kind.config_id);
        let kind = kind.or(payment.retailer_payment_type_id.as_ref());
        let by_id = || ["payment type ", kind.map_or("without an id", |id| id)].concat();
        self.0.get(&*payment.id).cloned().unwrap_or_else(by_id)
    }
}
