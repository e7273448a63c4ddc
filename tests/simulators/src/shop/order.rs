//! An order as the shop keeps it. Amounts are minor units; nothing here is rounded any more.

use serde::Serialize;

/// The word of the vendor for each value.
macro_rules! vendor_words {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[allow(missing_docs, reason = "the values are the vendor's own words")]
        pub enum $name { $(#[serde(rename = $word)] $variant,)* }

        impl $name {
            /// All values.
            pub const ALL: &'static [$name] = &[$($name::$variant,)*];

            /// The word in answers and filters.
            pub fn word(self) -> &'static str {
                match self { $($name::$variant => $word,)* }
            }

            /// Reads the word.
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.word() == word)
            }
        }
    };
}

vendor_words! {
    /// What is known of the money. Only `PAID` means paid in full.
    PaymentStatus {
        Paid = "PAID",
        AwaitingPayment = "AWAITING_PAYMENT",
        Cancelled = "CANCELLED",
        Refunded = "REFUNDED",
        PartiallyRefunded = "PARTIALLY_REFUNDED",
        Incomplete = "INCOMPLETE",
        Custom1 = "CUSTOM_PAYMENT_STATUS_1",
        Custom2 = "CUSTOM_PAYMENT_STATUS_2",
        Custom3 = "CUSTOM_PAYMENT_STATUS_3",
    }
}

vendor_words! {
    /// Where the goods are. It says nothing of the money.
    FulfillmentStatus {
        AwaitingProcessing = "AWAITING_PROCESSING",
        Processing = "PROCESSING",
        Shipped = "SHIPPED",
        Delivered = "DELIVERED",
        WillNotDeliver = "WILL_NOT_DELIVER",
        Returned = "RETURNED",
        ReadyForPickup = "READY_FOR_PICKUP",
        OutForDelivery = "OUT_FOR_DELIVERY",
        Custom1 = "CUSTOM_FULFILLMENT_STATUS_1",
        Custom2 = "CUSTOM_FULFILLMENT_STATUS_2",
        Custom3 = "CUSTOM_FULFILLMENT_STATUS_3",
    }
}

/// Why an order that is paid must not become a sale by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum HoldReason {
    /// The till has no product of a line's SKU.
    UnknownSku,
    /// A line has no SKU.
    BlankSku,
    /// The till has two products of a line's SKU.
    DuplicateSku,
    /// A line sells a gift card: a debt, no revenue.
    GiftCard,
    /// A line sells a bundle.
    Composite,
    /// The parts of the order do not add up to its total.
    TotalsDoNotAdd,
    /// The till has no tax of a line's rate.
    UnknownTax,
    /// The payment method is mapped to none of the till's.
    UnmappedPayment,
    /// A line was typed in by hand and has no product.
    AdHocLine,
}

impl HoldReason {
    /// All reasons.
    pub const ALL: [HoldReason; 9] = [
        Self::UnknownSku,
        Self::BlankSku,
        Self::DuplicateSku,
        Self::GiftCard,
        Self::Composite,
        Self::TotalsDoNotAdd,
        Self::UnknownTax,
        Self::UnmappedPayment,
        Self::AdHocLine,
    ];
}

/// What was planted in an order's content, whatever its status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Content {
    /// It can become a sale.
    Sound,
    /// It can't.
    Held(HoldReason),
}

/// What must become of an order. Only the books know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case", tag = "fate", content = "why")]
pub enum Fate {
    /// Exactly one closed sale.
    Postable,
    /// No sale: it is not paid.
    NotPaid(PaymentStatus),
    /// No sale: a person has to look at it.
    Held(HoldReason),
}

/// What was planted about the buyer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CustomerCase {
    /// The till knows the address.
    Known,
    /// It knows it in other letters.
    KnownOtherCase,
    /// The order bears it with blanks around.
    KnownWithBlanks,
    /// It knows the address under another name.
    DifferingName,
    /// It does not know it.
    Unknown,
    /// It does not, and the order bears no name.
    NoName,
    /// The order bears no address.
    NoEmail,
    /// The till has two customers of the address.
    TwoProfiles,
    /// An address that the till does not know, on many orders.
    RepeatedUnknown,
    /// Nothing was planted.
    Unplanned,
}

impl CustomerCase {
    /// The planted cases.
    pub const ALL: [CustomerCase; 9] = [
        Self::Known,
        Self::KnownOtherCase,
        Self::KnownWithBlanks,
        Self::DifferingName,
        Self::Unknown,
        Self::NoName,
        Self::NoEmail,
        Self::TwoProfiles,
        Self::RepeatedUnknown,
    ];
}

/// What every order keeps in memory; the rest is made anew from the seed when it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderRow {
    /// Placement, in Unix seconds.
    pub created_s: i64,
    /// Last change, in Unix seconds.
    pub updated_s: i64,
    /// Money.
    pub payment: PaymentStatus,
    /// Goods.
    pub fulfillment: FulfillmentStatus,
    /// Planted.
    pub content: Content,
    /// Planted.
    pub customer_case: CustomerCase,
    /// Whether it ever was `PAID`.
    pub ever_paid: bool,
    /// Whether its goods are off the shelf.
    pub takes_stock: bool,
    /// Whether the merchant deleted it.
    pub deleted: bool,
}

impl OrderRow {
    /// What must become of it, as it is now.
    pub fn fate(&self) -> Fate {
        match (self.payment, self.content) {
            (PaymentStatus::Paid, Content::Sound) => Fate::Postable,
            (PaymentStatus::Paid, Content::Held(reason)) => Fate::Held(reason),
            (status, _) => Fate::NotPaid(status),
        }
    }
}

/// Everything else about an order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderDetail {
    /// As the buyer typed it.
    pub email: String,
    /// Who pays.
    pub billing: Option<Person>,
    /// Who receives.
    pub shipping_person: Option<Person>,
    /// Whether prices and the shipping rate bear their tax.
    pub prices_include_tax: bool,
    /// Whether the buyer is exempt from tax.
    pub tax_exempt: bool,
    /// The label at the checkout.
    pub payment_method: String,
    /// What is sold.
    pub lines: Vec<OrderLine>,
    /// How it travels.
    pub shipping: Option<Charge>,
    /// Collected in the place of shipping.
    pub pickup: bool,
    /// What packing costs.
    pub handling: Option<Charge>,
    /// Surcharges and tips, without tax.
    pub surcharges: Vec<Surcharge>,
    /// Percent of the coupon, in thousandths, 0 without one.
    pub coupon_milli_percent: i64,
    /// What the coupon takes off.
    pub coupon_minor: i64,
    /// What promotions take off, without the coupon.
    pub discount_minor: i64,
    /// Prices times quantities.
    pub subtotal_minor: i64,
    /// All tax.
    pub tax_minor: i64,
    /// What was to be paid.
    pub total_minor: i64,
    /// What was given back.
    pub refunded_minor: i64,
    /// What the buyer wrote.
    pub comments: Option<String>,
    /// What the merchant wrote.
    pub admin_notes: Option<String>,
}

/// A person of an order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// The full name.
    pub name: String,
    /// Street and house.
    pub street: String,
    /// Town.
    pub city: String,
    /// ISO 3166.
    pub country_code: String,
    /// Postal code.
    pub postal_code: String,
    /// Telephone.
    pub phone: String,
}

/// What a line sells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LineKind {
    /// Goods.
    #[default]
    Goods,
    /// A gift card.
    GiftCard,
    /// A bundle.
    Composite,
}

/// One ordered item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderLine {
    /// Unique in the order.
    pub id: u64,
    /// The product, absent on a line that was typed in.
    pub product_id: Option<u64>,
    /// The variation that matched the options.
    pub combination_id: Option<u64>,
    /// Of the variation, else of the product; may be blank.
    pub sku: String,
    /// As the buyer saw it.
    pub name: String,
    /// Pieces.
    pub quantity: i64,
    /// Of one piece before discounts, gross or net as the order says.
    pub price_minor: i64,
    /// Share of the coupon in this line.
    pub coupon_minor: i64,
    /// Share of the promotions in this line.
    pub discount_minor: i64,
    /// Taxes of this line, and of the charges that it carries.
    pub taxes: Vec<LineTax>,
    /// Chosen options.
    pub options: Vec<(String, String)>,
    /// What it sells.
    pub kind: LineKind,
}

impl OrderLine {
    /// Price of the whole line after discounts, gross or net as the order says.
    pub fn value_minor(&self) -> i64 {
        self.price_minor * self.quantity - self.coupon_minor - self.discount_minor
    }
}

/// A tax of the shop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tax {
    /// The shop's id of it.
    pub id: u64,
    /// `VAT 20%`.
    pub name: String,
    /// Thousandths of a percent.
    pub milli_percent: i64,
}

/// One tax on one line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineTax {
    /// Which, by its place among the shop's taxes.
    pub tax: usize,
    /// On the line's own goods, after discounts.
    pub goods_minor: i64,
    /// On the part of shipping that this line carries.
    pub shipping_minor: i64,
    /// On the part of the handling fee that this line carries.
    pub handling_minor: i64,
}

impl LineTax {
    /// All three.
    pub fn total_minor(&self) -> i64 {
        self.goods_minor + self.shipping_minor + self.handling_minor
    }
}

/// Shipping or handling.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Charge {
    /// `Post`.
    pub name: String,
    /// What is charged, gross or net as the order says.
    pub amount_minor: i64,
    /// The taxes on it, by their places among the shop's, which the lines carry.
    pub taxes: Vec<(usize, i64)>,
}

impl Charge {
    /// All tax on it.
    pub fn tax_minor(&self) -> i64 {
        self.taxes.iter().map(|(_, minor)| minor).sum()
    }
}

/// A surcharge or a tip.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surcharge {
    /// A tip, or else an ordinary surcharge.
    pub is_tip: bool,
    /// What is charged.
    pub amount_minor: i64,
}
