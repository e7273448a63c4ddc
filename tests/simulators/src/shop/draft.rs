//! From what a buyer puts into the cart to an order with all its amounts.

use super::order::{Charge, LineKind, LineTax, OrderDetail, OrderLine, Person, Surcharge, Tax};
use crate::money::{WHOLE, share, split};

/// A cart on its way to the checkout.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The address, as typed.
    pub email: String,
    /// Who pays; the parcel goes there too, unless it is a pick-up.
    pub person: Option<Person>,
    /// Whether prices and charges bear their tax.
    pub prices_include_tax: bool,
    /// No tax is charged.
    pub tax_exempt: bool,
    /// The label at the checkout.
    pub payment_method: String,
    /// The items.
    pub lines: Vec<DraftLine>,
    /// What the parcel costs.
    pub shipping: Option<DraftCharge>,
    /// The same for packing.
    pub handling: Option<DraftCharge>,
    /// Surcharges and tips.
    pub surcharges: Vec<Surcharge>,
    /// A coupon of so many thousandths of a percent, 0 for none.
    pub coupon_milli_percent: i64,
    /// A promotion of so many minor units off the whole cart.
    pub promotion_minor: i64,
    /// What the buyer wrote.
    pub comments: Option<String>,
}

/// One item of a cart.
#[derive(Clone, Debug, Default)]
pub struct DraftLine {
    /// The product.
    pub product_id: Option<u64>,
    /// The variation.
    pub combination_id: Option<u64>,
    /// May be blank.
    pub sku: String,
    /// As the buyer saw it.
    pub name: String,
    /// Pieces, 1 or more.
    pub quantity: i64,
    /// Of one piece.
    pub price_minor: i64,
    /// Places among the shop's taxes.
    pub taxes: Vec<usize>,
    /// Chosen options.
    pub options: Vec<(String, String)>,
    /// What it sells.
    pub kind: LineKind,
}

/// Shipping or handling of a cart.
#[derive(Clone, Debug, Default)]
pub struct DraftCharge {
    /// `Post`.
    pub name: String,
    /// What is charged.
    pub amount_minor: i64,
    /// Whether it bears the taxes of the first line that has any.
    pub taxed: bool,
}

impl Draft {
    /// Works all amounts out. Tax is rounded to the minor unit for each line and tax; discounts are shared out by the
    /// value of the lines; the tax on shipping and handling is carried by the lines of the same tax.
    pub fn priced(self, taxes: &[Tax]) -> OrderDetail {
        let mut lines = self.discounted();
        if !self.tax_exempt {
            self.tax_goods(&mut lines, taxes);
        }
        let [shipping, handling] = self.tax_charges(&mut lines, taxes);
        let charged = |charge: &Option<Charge>| charge.as_ref().map_or(0, |it| it.amount_minor);
        let coupon_minor = lines.iter().map(|line| line.coupon_minor).sum::<i64>();
        let discount_minor = lines.iter().map(|line| line.discount_minor).sum::<i64>();
        let subtotal_minor = lines.iter().map(|line| line.price_minor * line.quantity).sum::<i64>();
        let tax_minor = lines.iter().flat_map(|line| &line.taxes).map(LineTax::total_minor).sum();
        let added_tax = if self.prices_include_tax { 0 } else { tax_minor };
        let surcharged: i64 = self.surcharges.iter().map(|surcharge| surcharge.amount_minor).sum();
        let total_minor = subtotal_minor - coupon_minor - discount_minor
            + added_tax
            + charged(&shipping)
            + charged(&handling)
            + surcharged;
        OrderDetail {
            email: self.email,
            shipping_person: self.person.clone().filter(|_| shipping.is_some()),
            billing: self.person,
            prices_include_tax: self.prices_include_tax,
            tax_exempt: self.tax_exempt,
            payment_method: self.payment_method,
            pickup: shipping.is_none(),
            lines,
            shipping,
            handling,
            surcharges: self.surcharges,
            coupon_milli_percent: self.coupon_milli_percent,
            coupon_minor,
            discount_minor,
            subtotal_minor,
            tax_minor,
            total_minor,
            refunded_minor: 0,
            comments: self.comments,
            admin_notes: None,
        }
    }

    fn discounted(&self) -> Vec<OrderLine> {
        let values: Vec<i64> =
            self.lines.iter().map(|line| line.price_minor * line.quantity).collect();
        let whole: i64 = values.iter().sum();
        let promotions = split(self.promotion_minor.min(whole), &values);
        let left: Vec<i64> =
            values.iter().zip(&promotions).map(|(value, off)| value - off).collect();
        let coupon = share(left.iter().sum(), self.coupon_milli_percent, WHOLE);
        let coupons = split(coupon, &left);
        let line = |(index, line): (usize, &DraftLine)| OrderLine {
            id: 901 + index as u64,
            product_id: line.product_id,
            combination_id: line.combination_id,
            sku: line.sku.clone(),
            name: line.name.clone(),
            quantity: line.quantity,
            price_minor: line.price_minor,
            coupon_minor: coupons[index],
            discount_minor: promotions[index],
            taxes: Vec::new(),
            options: line.options.clone(),
            kind: line.kind,
        };
        self.lines.iter().enumerate().map(line).collect()
    }

    fn tax_goods(&self, lines: &mut [OrderLine], taxes: &[Tax]) {
        for (line, draft) in lines.iter_mut().zip(&self.lines) {
            let value = line.value_minor();
            let rates: i64 = draft.taxes.iter().map(|tax| taxes[*tax].milli_percent).sum();
            let whole = if self.prices_include_tax { WHOLE + rates } else { WHOLE };
            let tax = |tax: &usize| LineTax {
                tax: *tax,
                goods_minor: share(value, taxes[*tax].milli_percent, whole),
                ..LineTax::default()
            };
            line.taxes = draft.taxes.iter().map(tax).collect();
        }
    }

    /// Puts the tax on shipping and handling onto the lines, and answers both charges.
    fn tax_charges(&self, lines: &mut [OrderLine], taxes: &[Tax]) -> [Option<Charge>; 2] {
        let first = lines.iter().find(|line| !line.taxes.is_empty());
        let set: Vec<usize> =
            first.map(|line| line.taxes.iter().map(|it| it.tax).collect()).unwrap_or_default();
        let taxed = |charge: &Option<DraftCharge>| {
            charge.as_ref().filter(|charge| charge.taxed).map_or(0, |it| it.amount_minor)
        };
        let amounts = [taxed(&self.shipping), taxed(&self.handling)];
        let rates: i64 = set.iter().map(|tax| taxes[*tax].milli_percent).sum();
        let whole = if self.prices_include_tax { WHOLE + rates } else { WHOLE };
        let mut on_shipping = Vec::new();
        let mut on_handling = Vec::new();
        for tax in &set {
            let rate = taxes[*tax].milli_percent;
            let both = share(amounts[0] + amounts[1], rate, whole);
            let handling = share(amounts[1], rate, whole);
            on_shipping.push((*tax, both - handling));
            on_handling.push((*tax, handling));
        }
        carry(lines, &on_shipping, |tax, minor| tax.shipping_minor = minor);
        carry(lines, &on_handling, |tax, minor| tax.handling_minor = minor);
        let charge = |draft: &Option<DraftCharge>, taxes: Vec<(usize, i64)>| {
            draft.as_ref().map(|draft| Charge {
                name: draft.name.clone(),
                amount_minor: draft.amount_minor,
                taxes: if draft.taxed { taxes } else { Vec::new() },
            })
        };
        [charge(&self.shipping, on_shipping), charge(&self.handling, on_handling)]
    }
}

/// Shares the taxes of a charge out among the lines that bear them, by the value of the lines.
fn carry(lines: &mut [OrderLine], charged: &[(usize, i64)], put: impl Fn(&mut LineTax, i64)) {
    let carries = |line: &OrderLine| {
        line.taxes.iter().map(|it| it.tax).eq(charged.iter().map(|(tax, _)| *tax))
    };
    let weights: Vec<i64> =
        lines.iter().filter(|line| carries(line)).map(OrderLine::value_minor).collect();
    for (place, (_, minor)) in charged.iter().enumerate() {
        let parts = split(*minor, &weights);
        for (line, part) in lines.iter_mut().filter(|line| carries(line)).zip(parts) {
            put(&mut line.taxes[place], part);
        }
    }
}
