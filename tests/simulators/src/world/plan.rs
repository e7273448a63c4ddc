//! What is planted in each order, drawn from the seed and its position.

use crate::chance::Chance;
use crate::shop::order::{Content, CustomerCase, FulfillmentStatus, HoldReason, PaymentStatus};
use crate::world::{Mix, SYSTEMATIC_ORDERS};

/// Whether there is a charge, and whether it bears tax.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Charged {
    /// There is none.
    #[default]
    No,
    /// Without tax.
    Untaxed,
    /// With the tax of the first line.
    Taxed,
}

/// What an order has beside its lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Features {
    /// Prices bear their tax.
    pub gross: bool,
    /// A coupon of some percent.
    pub coupon: bool,
    /// A promotion of some amount.
    pub promotion: bool,
    /// Shipping.
    pub shipping: Charged,
    /// A handling fee.
    pub handling: Charged,
    /// A surcharge.
    pub surcharge: bool,
    /// A tip.
    pub tip: bool,
    /// A coupon over everything.
    pub free: bool,
    /// A line with two taxes.
    pub two_taxes: bool,
    /// Quantities whose discounted value does not divide.
    pub uneven: bool,
    /// A buyer who is exempt from tax.
    pub exempt: bool,
    /// Lines of different rates.
    pub mixed_rates: bool,
}

/// The plan of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Money.
    pub payment: PaymentStatus,
    /// Goods.
    pub fulfillment: FulfillmentStatus,
    /// Whether it can become a sale.
    pub content: Content,
    /// About the buyer.
    pub customer_case: CustomerCase,
    /// The rest.
    pub features: Features,
}

impl Plan {
    /// The plan of the order at this position.
    pub fn draw(seed: u64, mix: Mix, index: u32) -> Self {
        let mut chance = Chance::new(&[seed, 20, u64::from(index)]);
        match mix {
            Mix::Simple => Self::simple(&mut chance),
            Mix::Full if index < SYSTEMATIC_ORDERS => Self::systematic(&mut chance, index as usize),
            Mix::Full => Self::random(&mut chance),
        }
    }

    /// Whether the goods are off the shelf.
    pub fn takes_stock(&self) -> bool {
        !matches!(self.payment, PaymentStatus::Cancelled | PaymentStatus::Incomplete)
    }

    fn sound(customer_case: CustomerCase, features: Features) -> Self {
        Self {
            payment: PaymentStatus::Paid,
            fulfillment: FulfillmentStatus::AwaitingProcessing,
            content: Content::Sound,
            customer_case,
            features,
        }
    }

    fn simple(chance: &mut Chance) -> Self {
        let features = Features { gross: chance.per_mille(500), ..Features::default() };
        Self::sound(CustomerCase::Known, features)
    }

    /// Every status, every customer, a new customer several times, every reason, every feature; then a mixture.
    fn systematic(chance: &mut Chance, index: usize) -> Self {
        let known = CustomerCase::Known;
        let plain = Features::default();
        let mut plan = match index {
            0..9 => Self { payment: PaymentStatus::ALL[index], ..Self::sound(known, plain) },
            9..18 => Self::sound(CustomerCase::ALL[index - 9], plain),
            18..22 => Self::sound(CustomerCase::RepeatedUnknown, plain),
            22..31 => Self {
                content: Content::Held(HoldReason::ALL[index - 22]),
                ..Self::sound(known, plain)
            },
            31..46 => Self::sound(known, feature(index - 31)),
            _ => Self::sound(CustomerCase::Unknown, features(chance)),
        };
        plan.fulfillment = FulfillmentStatus::ALL[index % FulfillmentStatus::ALL.len()];
        plan
    }

    fn random(chance: &mut Chance) -> Self {
        let paid = chance.per_mille(750);
        let payment = if paid { PaymentStatus::Paid } else { *chance.pick(PaymentStatus::ALL) };
        let held = chance.per_mille(120);
        let reason = *chance.pick(&HoldReason::ALL);
        let features = if held { Features::default() } else { features(chance) };
        Self {
            payment,
            fulfillment: *chance.pick(FulfillmentStatus::ALL),
            content: if held { Content::Held(reason) } else { Content::Sound },
            customer_case: *chance.pick(&CustomerCase::ALL),
            features,
        }
    }
}

/// One feature alone, or two that meet.
fn feature(index: usize) -> Features {
    let plain = Features::default();
    let gross = Features { gross: true, ..plain };
    match index {
        0 => gross,
        1 => Features { coupon: true, uneven: true, ..plain },
        2 => Features { coupon: true, uneven: true, ..gross },
        3 => Features { promotion: true, ..plain },
        4 => Features { promotion: true, coupon: true, ..gross },
        5 => Features { shipping: Charged::Untaxed, ..plain },
        6 => Features { shipping: Charged::Taxed, ..plain },
        7 => Features { shipping: Charged::Taxed, handling: Charged::Taxed, ..gross },
        8 => Features { handling: Charged::Untaxed, ..plain },
        9 => Features { surcharge: true, ..plain },
        10 => Features { tip: true, ..gross },
        11 => Features { free: true, ..plain },
        12 => Features { two_taxes: true, coupon: true, ..plain },
        13 => Features { exempt: true, shipping: Charged::Untaxed, ..plain },
        _ => Features { mixed_rates: true, shipping: Charged::Taxed, promotion: true, ..gross },
    }
}

fn features(chance: &mut Chance) -> Features {
    let charged = |chance: &mut Chance| {
        *chance.pick(&[Charged::No, Charged::No, Charged::Untaxed, Charged::Taxed, Charged::Taxed])
    };
    let mut features = Features {
        gross: chance.per_mille(500),
        coupon: chance.per_mille(250),
        promotion: chance.per_mille(200),
        shipping: charged(chance),
        handling: charged(chance),
        surcharge: chance.per_mille(150),
        tip: chance.per_mille(150),
        free: chance.per_mille(20),
        two_taxes: chance.per_mille(150),
        uneven: chance.per_mille(500),
        exempt: chance.per_mille(50),
        mixed_rates: chance.per_mille(300),
    };
    if features.free {
        features = Features { free: true, gross: features.gross, ..Features::default() };
    }
    if features.exempt {
        // Nobody who is exempt pays tax on the parcel.
        let untaxed = |charged| {
            if charged == Charged::Taxed { Charged::Untaxed } else { charged }
        };
        features.shipping = untaxed(features.shipping);
        features.handling = untaxed(features.handling);
    }
    features
}
