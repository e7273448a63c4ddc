//! An order's lines and charges as bookings on the till's products, each under one of its taxes.

use std::borrow::Cow;

use penstock_connector_sdk::commerce::{Charge, ChargeKind, LineKind, Order, OrderLine};
use penstock_connector_sdk::decimal::Decimal;

use super::money::Amount;
use super::tax::TaxTable;
use crate::options::{SalesOptions, UnmatchedLine};
use crate::products::{Item, Match, Matches, Wanted};
use crate::reference::Reference;
use crate::refusal::Refusal;

const BY_HAND: &str = "enter this sale by hand in the till, then skip it here";

/// Room for what stands around a line's SKU in its place.
const PLACE_BYTES: usize = 12;

/// One amount on one product under one tax: what becomes a line of the sale, or a few.
#[derive(Clone, Debug)]
pub(crate) struct Booking<'a> {
    pub(crate) origin: Origin<'a>,
    pub(crate) product_id: &'a str,
    pub(crate) tax_id: &'a str,
    pub(crate) amount: Amount,
    /// Discount that one unit's price already bears.
    pub(crate) unit_discount: Decimal,
    /// What the till shows under the line.
    pub(crate) note: Option<Cow<'a, str>>,
    /// Whether the sale moves the product's stock.
    pub(crate) counts_stock: bool,
}

/// What of the order a booking is for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Origin<'a> {
    Line {
        index: usize,
        line: &'a OrderLine,
    },
    /// A charge over goods of several rates has several parts.
    Charge {
        index: usize,
        part: usize,
        charge: &'a Charge,
    },
    Rounding,
}

impl Origin<'_> {
    /// For people: line 2 `MUG-BLU`.
    pub(crate) fn place(&self) -> String {
        match self {
            Origin::Line { index, line } => {
                let sku = line.sku.as_deref().map(str::trim).filter(|sku| !sku.is_empty());
                let sku = sku.unwrap_or(&line.name);
                let mut place = String::with_capacity(sku.len() + PLACE_BYTES);
                place.push_str("line ");
                push_number(&mut place, index + 1);
                place.extend([" `", sku, "`"]);
                place
            }
            Origin::Charge { charge, .. } => ["charge `", &charge.name, "`"].concat(),
            Origin::Rounding => "rounding".to_owned(),
        }
    }

    /// Appends what is unique in the order; line ids are made of it.
    pub(crate) fn push_key(&self, text: &mut String) {
        match self {
            Origin::Line { line, .. } => text.extend(["line:", &line.id]),
            Origin::Charge { index, part, .. } => {
                text.push_str("charge:");
                push_number(text, *index);
                text.push(':');
                push_number(text, *part);
            }
            Origin::Rounding => text.push_str("rounding"),
        }
    }
}

/// Appends a number, in digits.
pub(crate) fn push_number(text: &mut String, number: usize) {
    if number >= 10 {
        push_number(text, number / 10);
    }
    text.extend(u32::try_from(number % 10).ok().and_then(|digit| char::from_digit(digit, 10)));
}

/// What a batch knows when it books an order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Desk<'a> {
    pub(crate) options: &'a SalesOptions,
    pub(crate) reference: &'a Reference,
    pub(crate) matches: &'a Matches,
}

/// The products that the bookings of a batch may need.
pub(crate) fn wanted<'a>(
    orders: impl Iterator<Item = &'a Order>,
    options: &'a SalesOptions,
) -> impl Iterator<Item = Wanted<'a>> {
    let of_any = [options.rounding_sku.as_deref(), options.placeholder_sku.as_deref()];
    let of_one = move |order: &'a Order| {
        let charges = order.charges.iter().filter_map(|charge| service(&charge.kind, options));
        let services = charges.filter_map(|service| Wanted::sku(service.sku?));
        order.lines.iter().filter_map(line_product).chain(services)
    };
    of_any.into_iter().flatten().filter_map(Wanted::sku).chain(orders.flat_map(of_one))
}

/// The product that a matching transform set, or the one under the line's SKU.
fn line_product(line: &OrderLine) -> Option<Wanted<'_>> {
    match &line.matched_product {
        Some(id) => Some(Wanted::Id(id)),
        None => Wanted::sku(line.sku.as_deref()?),
    }
}

/// A charge that is booked on a service product of the till.
struct Service<'a> {
    option: &'static str,
    sku: Option<&'a str>,
    what: &'static str,
}

fn service<'a>(kind: &ChargeKind, options: &'a SalesOptions) -> Option<Service<'a>> {
    let (option, sku, what) = match kind {
        ChargeKind::Shipping => ("shipping_sku", &options.shipping_sku, "shipping"),
        ChargeKind::Handling => ("handling_sku", &options.handling_sku, "handling"),
        ChargeKind::Surcharge => ("surcharge_sku", &options.surcharge_sku, "a surcharge"),
        ChargeKind::Tip => ("tip_sku", &options.tip_sku, "a tip"),
        ChargeKind::Rounding => ("rounding_sku", &options.rounding_sku, "rounding"),
        ChargeKind::Discount | ChargeKind::Other(_) => return None,
    };
    Some(Service { option, sku: sku.as_deref(), what })
}

impl<'a> Desk<'a> {
    /// All bookings of an order, lines first.
    pub(crate) fn bookings(
        &self,
        order: &'a Order,
        minor: u8,
    ) -> Result<Vec<Booking<'a>>, Refusal> {
        let mut bookings = Vec::with_capacity(order.lines.len() + order.charges.len());
        for (index, line) in order.lines.iter().enumerate() {
            let origin = Origin::Line { index, line };
            bookings.push(self.line(origin, line).map_err(|refusal| refusal.at(&origin.place()))?);
        }
        for (index, charge) in order.charges.iter().enumerate() {
            let origin = |part| Origin::Charge { index, part, charge };
            let booked = self.charge(charge, origin, minor, &mut bookings);
            booked.map_err(|refusal| refusal.at(&origin(0).place()))?;
        }
        Ok(bookings)
    }

    /// The line that carries what rounding left.
    pub(crate) fn rounding(&self, residue: Decimal) -> Result<Booking<'a>, Refusal> {
        let origin = Origin::Rounding;
        let service = Service {
            option: "rounding_sku",
            sku: self.options.rounding_sku.as_deref(),
            what: "rounding",
        };
        let item = self.service_item(&service).map_err(|refusal| refusal.at(&origin.place()))?;
        Ok(Booking {
            origin,
            product_id: &item.id,
            tax_id: self.taxes().match_line(&[])?,
            amount: signed(residue, Decimal::ZERO),
            unit_discount: Decimal::ZERO,
            note: None,
            counts_stock: false,
        })
    }

    fn line(&self, origin: Origin<'a>, line: &'a OrderLine) -> Result<Booking<'a>, Refusal> {
        match &line.kind {
            LineKind::Goods => {}
            LineKind::GiftCard => {
                return Err(Refusal::new("it sells a gift card, which is not posted", BY_HAND));
            }
            LineKind::Composite => {
                let fact = "it sells a bundle, whose parts' stock is not reckoned";
                return Err(Refusal::new(fact, BY_HAND));
            }
            LineKind::Other(kind) => {
                let fact = format!("it is of a kind that is not posted: `{kind}`");
                return Err(Refusal::new(fact, BY_HAND));
            }
        }
        if !line.quantity.is_positive() || line.amount.is_negative() {
            let fact = format!("{} units for {} are no sale", line.quantity, line.amount);
            return Err(Refusal::new(fact, "correct the order in the shop"));
        }
        let (item, placeholder) = self.line_item(line)?;
        let tax = Decimal::sum(line.taxes.iter().map(|tax| tax.amount))?;
        Ok(Booking {
            origin,
            product_id: &item.id,
            tax_id: self.taxes().match_line(&line.taxes)?,
            amount: Amount { quantity: line.quantity, net: line.amount, tax },
            unit_discount: line.unit_discount,
            note: line_note(line, placeholder),
            counts_stock: item.counts_stock,
        })
    }

    /// The line's product, and whether it is only the placeholder for one.
    fn line_item(&self, line: &OrderLine) -> Result<(&'a Item, bool), Refusal> {
        let found = line_product(line).and_then(|wanted| self.matches.get(wanted));
        let unmatched = match found {
            Some(Match::One(item)) => return Ok((item, false)),
            Some(Match::Nothing { .. }) | None => true,
            Some(_) => false,
        };
        if unmatched
            && self.options.unmatched_line == UnmatchedLine::Placeholder
            && let Some(sku) = &self.options.placeholder_sku
        {
            let service =
                Service { option: "placeholder_sku", sku: Some(sku), what: "unmatched lines" };
            return Ok((self.service_item(&service)?, true));
        }
        Err(unmatched_line(found))
    }

    fn charge(
        &self,
        charge: &'a Charge,
        origin: impl Fn(usize) -> Origin<'a>,
        minor: u8,
        bookings: &mut Vec<Booking<'a>>,
    ) -> Result<(), Refusal> {
        if charge.amount.is_zero() && charge.taxes.iter().all(|tax| tax.amount.is_zero()) {
            return Ok(());
        }
        let product_id = match (&charge.kind, service(&charge.kind, self.options)) {
            (_, Some(service)) => &self.service_item(&service)?.id,
            (ChargeKind::Discount, None) => self.discount_product(charge)?,
            (kind, None) => {
                let fact = format!("it is of a kind that is not posted: {kind:?}");
                return Err(Refusal::new(fact, BY_HAND));
            }
        };
        let parts = self.taxes().part_charge(charge.amount, &charge.taxes, minor)?;
        let name = charge.name.as_str();
        bookings.extend(parts.into_iter().enumerate().map(|(part, share)| Booking {
            origin: origin(part),
            product_id,
            tax_id: share.tax_id,
            amount: signed(share.net, share.tax),
            unit_discount: Decimal::ZERO,
            note: (!name.trim().is_empty()).then_some(Cow::Borrowed(name)),
            counts_stock: false,
        }));
        Ok(())
    }

    fn discount_product(&self, charge: &Charge) -> Result<&'a str, Refusal> {
        if charge.amount.is_positive() {
            let fact = format!("a discount of {} would raise the price", charge.amount);
            return Err(Refusal::new(fact, "correct the order in the shop"));
        }
        let product_id = self.reference.discount_product_id.as_deref();
        product_id.ok_or_else(|| Refusal::new("the till names no product for discounts", BY_HAND))
    }

    fn service_item(&self, service: &Service<'_>) -> Result<&'a Item, Refusal> {
        let Service { option, sku, what } = service;
        let Some(wanted) = sku.and_then(Wanted::sku) else {
            let fact = format!("the sink has no product for {what}");
            return Err(Refusal::new(fact, format!("set `{option}` to a service product's SKU")));
        };
        let sku = sku.unwrap_or_default();
        match self.matches.get(wanted) {
            Some(Match::One(item)) if item.counts_stock => Err(Refusal::new(
                format!("the till tracks stock of `{sku}` (`{option}`), which is no goods"),
                format!("turn stock tracking off for `{sku}` in the till"),
            )),
            Some(Match::One(item)) => Ok(item),
            found => {
                let refusal = unmatched_line(found).at(&format!("`{sku}` (`{option}`)"));
                Err(refusal)
            }
        }
    }

    fn taxes(&self) -> TaxTable<'a> {
        let own = self.reference.no_tax_id.as_deref();
        TaxTable {
            till: &self.reference.taxes,
            mapped: &self.options.taxes,
            none: self.options.no_tax.as_deref().or(own),
        }
    }
}

/// A charge is one unit; what is below nothing is minus one unit at a positive price, as the till wants discounts.
fn signed(net: Decimal, tax: Decimal) -> Amount {
    let below = net.is_negative() || (net.is_zero() && tax.is_negative());
    Amount { quantity: Decimal::new(if below { -1 } else { 1 }, 0), net, tax }
}

/// Why a line has no product, and what mends it.
pub(crate) fn unmatched_line(found: Option<&Match>) -> Refusal {
    match found {
        None => Refusal::new(
            "it has no SKU, so the till's product can't be found",
            "give the product a SKU in the shop, the same as in the till",
        ),
        Some(Match::Nothing { near: Some(near) }) => Refusal::new(
            format!("the till has no product with this SKU, only `{near}`"),
            "write the SKU alike in the shop and the till, in capitals and small letters too",
        ),
        Some(Match::Nothing { near: None } | Match::One(_)) => Refusal::new(
            "the till has no product with this SKU",
            "create the product in the till with this SKU, or correct the SKU in the shop",
        ),
        Some(Match::Several(count)) => Refusal::new(
            format!("the till has {count} products with this SKU"),
            "give each of them its own SKU in the till",
        ),
        Some(Match::Inactive) => Refusal::new(
            "the product with this SKU is inactive in the till",
            "activate the product in the till",
        ),
        Some(Match::Composite) => Refusal::new(
            "the product with this SKU is a composite in the till, whose parts' stock is not reckoned",
            BY_HAND,
        ),
        Some(Match::StockUntold) => Refusal::new(
            "the till does not tell whether it counts this product's stock",
            "look at the product in the till, then retry",
        ),
    }
}

/// Chosen options, and on the placeholder also what was sold.
fn line_note(line: &OrderLine, placeholder: bool) -> Option<Cow<'_, str>> {
    if !placeholder && line.options.is_empty() {
        return None;
    }
    let mut note = match line.sku.as_deref().map(str::trim) {
        _ if !placeholder => String::new(),
        Some(sku) if !sku.is_empty() => [&line.name, " (", sku, ")"].concat(),
        _ => line.name.clone(),
    };
    for option in &line.options {
        let separator = if note.is_empty() { "" } else { ", " };
        note.extend([separator, &option.name, ": ", &option.value]);
    }
    Some(Cow::Owned(note))
}
