//! Makes the details of an order from its position, as often as they are asked for.

use super::catalogue::Catalogue;
use super::people::People;
use super::{Charged, Mix, Plan};
use crate::chance::Chance;
use crate::money::WHOLE;
use crate::shop::order::{Content, HoldReason, OrderDetail, Surcharge};
use crate::shop::{Draft, DraftCharge, DraftLine, Recipe};

/// The payment methods that a pipeline maps.
const METHODS: [&str; 3] = ["Credit card", "PayPal", "Cash on delivery"];
/// The one that it does not.
const UNMAPPED_METHOD: &str = "Bitcoin";
/// By how much a total is off that does not add up: more than rounding could explain.
const MISSING_MINOR: i64 = 137;
/// Quantities that hardly any price divides by.
const UNEVEN: [i64; 4] = [3, 7, 9, 11];

/// Everything that an order is drawn from.
pub(super) struct Blueprint {
    pub seed: u64,
    pub mix: Mix,
    pub catalogue: Catalogue,
    pub people: People,
}

impl Blueprint {
    /// What is planted in an order.
    pub(super) fn plan(&self, index: u32) -> Plan {
        Plan::draw(self.seed, self.mix, index)
    }

    fn lines(&self, plan: &Plan, chance: &mut Chance) -> Vec<DraftLine> {
        let features = plan.features;
        let count = if features.mixed_rates { 3 } else { 1 + chance.below(3) };
        let mut lines: Vec<DraftLine> = Vec::new();
        for _ in 0..count {
            let mut line = chance.pick(self.catalogue.ordinary()).clone();
            // One line for each variation, as a cart has it.
            if lines.iter().any(|other| other.sku == line.sku) {
                continue;
            }
            line.quantity =
                if features.uneven { *chance.pick(&UNEVEN) } else { chance.between(1, 4) };
            lines.push(line);
        }
        if features.two_taxes {
            lines.push(DraftLine { quantity: 3, ..self.catalogue.two_taxes().clone() });
        }
        if let Content::Held(reason) = plan.content
            && let Some(line) = self.catalogue.held(reason)
        {
            lines.push(line.clone());
        }
        lines
    }

    fn draft(&self, plan: &Plan, index: u32) -> Draft {
        let mut chance = Chance::new(&[self.seed, 21, u64::from(index)]);
        let features = plan.features;
        let buyer = self.people.buyer(plan.customer_case, index, &mut chance);
        let lines = self.lines(plan, &mut chance);
        let whole: i64 = lines.iter().map(|line| line.price_minor * line.quantity).sum();
        let charge = |charged: Charged, name: &str, amount_minor: i64| {
            (charged != Charged::No).then(|| DraftCharge {
                name: name.to_owned(),
                amount_minor,
                taxed: charged == Charged::Taxed,
            })
        };
        let mut surcharges = Vec::new();
        if features.surcharge {
            surcharges.push(Surcharge { is_tip: false, amount_minor: chance.between(50, 250) });
        }
        if features.tip {
            surcharges.push(Surcharge { is_tip: true, amount_minor: chance.between(100, 500) });
        }
        let unmapped = plan.content == Content::Held(HoldReason::UnmappedPayment);
        let method = if unmapped { UNMAPPED_METHOD } else { METHODS[chance.below(3) as usize] };
        let coupon = [5_000, 10_000, 15_000, 33_300][chance.below(4) as usize];
        Draft {
            email: buyer.email,
            person: buyer.person,
            prices_include_tax: features.gross,
            tax_exempt: features.exempt,
            payment_method: method.to_owned(),
            shipping: charge(features.shipping, "Post", chance.between(350, 1495)),
            handling: charge(features.handling, "Packing", chance.between(95, 400)),
            surcharges,
            coupon_milli_percent: match (features.free, features.coupon) {
                (true, _) => WHOLE,
                (false, true) => coupon,
                (false, false) => 0,
            },
            promotion_minor: if features.promotion { (whole / 7).max(1) } else { 0 },
            comments: chance.per_mille(100).then(|| "Leave it at the door, \"please\"".to_owned()),
            lines,
        }
    }
}

impl Recipe for Blueprint {
    fn detail(&self, position: u32) -> OrderDetail {
        let plan = self.plan(position);
        let mut detail = self.draft(&plan, position).priced(self.catalogue.taxes());
        if plan.content == Content::Held(HoldReason::TotalsDoNotAdd) {
            detail.total_minor += MISSING_MINOR;
        }
        if plan.payment == crate::shop::order::PaymentStatus::Refunded {
            detail.refunded_minor = detail.total_minor;
        }
        if plan.payment == crate::shop::order::PaymentStatus::PartiallyRefunded {
            detail.refunded_minor = detail.total_minor / 2;
        }
        detail
    }
}
