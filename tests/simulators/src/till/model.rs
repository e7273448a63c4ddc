//! The records of the till.

use rust_decimal::Decimal;
use serde::Serialize;
use uuid::Uuid;

use crate::movement::Actor;

/// The retailer's settings.
#[derive(Clone, Debug)]
pub struct Retailer {
    /// `acme` of `acme.retail.lightspeed.app`.
    pub domain_prefix: String,
    /// ISO 4217.
    pub currency: crate::money::Currency,
    /// The tax of 0 %.
    pub no_tax_id: Uuid,
    /// The product of a discount line.
    pub discount_product_id: Uuid,
}

/// A shop floor with stock of its own.
#[derive(Clone, Debug)]
pub struct Outlet {
    /// `Main`.
    pub name: String,
}

/// A till.
#[derive(Clone, Debug)]
pub struct Register {
    /// `Web`.
    pub name: String,
    /// Whose stock its sales draw.
    pub outlet: Uuid,
    /// A closed one takes no payments.
    pub is_open: bool,
    /// Before the number of a sale.
    pub invoice_prefix: String,
    /// The number of the next sale.
    pub invoice_sequence: u64,
    /// When it was opened or closed last, in Unix milliseconds.
    pub turned_ms: i64,
}

/// A way to pay.
#[derive(Clone, Debug)]
pub struct PaymentType {
    /// `Online`.
    pub name: String,
    /// The kind, which several may share.
    pub type_id: u32,
}

/// A tax, or a group of several rates.
#[derive(Clone, Debug)]
pub struct TillTax {
    /// `VAT 20%`.
    pub name: String,
    /// Whether products bear it unless told otherwise.
    pub is_default: bool,
    /// Name and fraction (0.2 is 20 %) of each part.
    pub rates: Vec<(String, Decimal)>,
}

/// Somebody who sells.
#[derive(Clone, Debug)]
pub struct User {
    /// The name to log in with.
    pub username: String,
    /// The name to be shown.
    pub display_name: String,
    /// `cashier`, `manager` or `admin`.
    pub account_type: String,
    /// Whether they may still sell.
    pub enabled: bool,
}

/// A customer's profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Customer {
    /// First name, or the whole one.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// Not unique.
    pub email: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
    /// A company.
    pub company_name: Option<String>,
    /// Drawn where absent.
    pub customer_code: String,
    /// Free text.
    pub note: Option<String>,
    /// Whether mails are unwanted.
    pub do_not_email: bool,
    /// All that this simulator keeps without looking at it: addresses, groups, further numbers.
    pub other: serde_json::Map<String, serde_json::Value>,
    /// Who created it.
    pub created_by: Option<Actor>,
    /// Everybody who changed it afterwards.
    pub changed_by: Vec<Actor>,
}

/// A product; each variant is one of its own.
#[derive(Clone, Debug, Default)]
pub struct TillProduct {
    /// Should be unique, and need not be.
    pub sku: String,
    /// As it is printed.
    pub name: String,
    /// Shared by a family.
    pub handle: String,
    /// Whether stock is counted.
    pub has_inventory: bool,
    /// Whether it is a bundle: its parts are counted.
    pub composite_of: Vec<(Uuid, Decimal)>,
    /// Whether it is on sale.
    pub active: bool,
    /// Without tax.
    pub price_excluding_tax: Decimal,
    /// The tax it bears.
    pub tax_id: Option<Uuid>,
}

/// The state of a sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SaleState {
    /// Begun.
    Parked,
    /// Not finished.
    Pending,
    /// Finished.
    Closed,
    /// Called off.
    Voided,
    /// A word that the till does not know, and stored.
    Unknown,
}

/// A sale.
#[derive(Clone, Debug)]
pub struct Sale {
    /// Its state.
    pub state: SaleState,
    /// The word of 0.9 for it: `CLOSED`.
    pub status: String,
    /// `onaccount`, `layby`, `delivery`, `pickup`, `service`.
    pub attributes: Vec<String>,
    /// The system it comes from.
    pub source: Option<String>,
    /// Its id there.
    pub source_id: Option<String>,
    /// Where it was made.
    pub register: Option<Uuid>,
    /// Who made it.
    pub user: Uuid,
    /// Whose it is.
    pub customer: Option<Uuid>,
    /// When it was made, in Unix milliseconds.
    pub date_ms: i64,
    /// Free text.
    pub note: Option<String>,
    /// At most 20 characters.
    pub invoice_number: String,
    /// What was sold.
    pub lines: Vec<SaleLine>,
    /// How it was paid.
    pub payments: Vec<Payment>,
    /// The sale that this one takes back.
    pub return_for: Option<Uuid>,
    /// The outlet whose stock it drew, while it is drawn.
    pub drawn_at: Option<Uuid>,
    /// Who wrote it last.
    pub by: Actor,
}

impl Sale {
    /// Lines and taxes, exactly.
    pub fn total(&self) -> Decimal {
        self.lines.iter().map(|line| (line.price + line.tax) * line.quantity).sum()
    }

    /// Taxes, exactly.
    pub fn tax(&self) -> Decimal {
        self.lines.iter().map(|line| line.tax * line.quantity).sum()
    }

    /// What was paid.
    pub fn paid(&self) -> Decimal {
        self.payments.iter().map(|payment| payment.amount).sum()
    }
}

/// A line of a sale. Price and tax are of one piece; the price is without tax and after discounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaleLine {
    /// Its id.
    pub id: Uuid,
    /// What.
    pub product: Uuid,
    /// How many.
    pub quantity: Decimal,
    /// Of one piece, net.
    pub price: Decimal,
    /// On one piece.
    pub tax: Decimal,
    /// Which tax.
    pub tax_id: Option<Uuid>,
    /// What the price was lowered by, for reports.
    pub discount: Decimal,
    /// Whether the price stays when the sale is opened again.
    pub price_set: bool,
    /// A note on it.
    pub note: Option<String>,
}

/// A payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// Its id.
    pub id: Uuid,
    /// By which means.
    pub payment_type: Uuid,
    /// How much.
    pub amount: Decimal,
    /// When, in Unix milliseconds.
    pub date_ms: i64,
    /// Where.
    pub register: Option<Uuid>,
}

/// The stock of a product at an outlet.
#[derive(Clone, Debug)]
pub struct Level {
    /// What.
    pub counter: TillCounter,
    /// How many; may be a fraction, and below zero.
    pub amount: Decimal,
}

/// A counter of the till.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TillCounter {
    /// What.
    pub product: Uuid,
    /// Where.
    pub outlet: Uuid,
}

/// A stock adjustment.
#[derive(Clone, Debug)]
pub struct Adjustment {
    /// What and where.
    pub counter: TillCounter,
    /// By how much.
    pub quantity: Decimal,
    /// One of the vendor's words, or `CUSTOM`.
    pub reason: String,
    /// Which of the own reasons.
    pub custom_reason: Option<Uuid>,
    /// In whose name: the user of the token.
    pub user: Option<Uuid>,
}

/// An own reason for adjustments.
#[derive(Clone, Debug)]
pub struct AdjustmentReason {
    /// At most 30 characters, unique.
    pub name: String,
    /// For additions, or else for deductions.
    pub is_positive: bool,
    /// Whether it may be used.
    pub enabled: bool,
}
