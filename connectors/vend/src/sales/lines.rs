//! An order's lines and charges as bookings on the till's products, each under one of its taxes.

use std::collections::BTreeSet;

use penstock_connector_sdk::commerce::{Charge, ChargeKind, LineKind, Order, OrderLine};
use penstock_connector_sdk::decimal::Decimal;

use super::money::Amount;
use super::tax::TaxTable;
use crate::options::{SalesOptions, UnmatchedLine};
use crate::products::{Item, Match, Matches, Wanted};
use crate::reference::Reference;
use crate::refusal::Refusal;

const BY_HAND: &str = "enter this sale by hand in the till, then skip it here";

/// One amount on one product under one tax: what becomes a line of the sale, or a few.
#[derive(Clone, Debug)]
pub(crate) struct Booking {
    /// For people: line 2 `MUG-BLU`.
    pub(crate) place: String,
    /// Unique in the order; line ids are made of it.
    pub(crate) key: String,
    pub(crate) product_id: String,
    pub(crate) tax_id: String,
    pub(crate) amount: Amount,
    /// Discount that one unit's price already bears.
    pub(crate) unit_discount: Decimal,
    /// What the till shows under the line.
    pub(crate) note: Option<String>,
    /// Whether the sale moves the product's stock.
    pub(crate) counts_stock: bool,
    /// Id of the order's line, for goods.
    pub(crate) order_line: Option<String>,
}

/// What a batch knows when it books an order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Desk<'a> {
    pub(crate) options: &'a SalesOptions,
    pub(crate) reference: &'a Reference,
    pub(crate) matches: &'a Matches,
}

/// The products that an order's bookings may need.
pub(crate) fn wanted(order: &Order, options: &SalesOptions) -> BTreeSet<Wanted> {
    let mut wanted: BTreeSet<Wanted> = order.lines.iter().filter_map(line_product).collect();
    let charges = order.charges.iter().filter_map(|charge| service(&charge.kind, options));
    let skus = charges
        .map(|service| service.sku)
        .chain([options.rounding_sku.as_deref(), options.placeholder_sku.as_deref()]);
    wanted.extend(skus.flatten().filter_map(Wanted::sku));
    wanted
}

/// The product that a matching transform set, or the one under the line's SKU.
fn line_product(line: &OrderLine) -> Option<Wanted> {
    match &line.matched_product {
        Some(id) => Some(Wanted::Id(id.clone())),
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

impl Desk<'_> {
    /// All bookings of an order, lines first.
    pub(crate) fn bookings(&self, order: &Order, minor: u8) -> Result<Vec<Booking>, Refusal> {
        let mut bookings = Vec::with_capacity(order.lines.len() + order.charges.len());
        for (index, line) in order.lines.iter().enumerate() {
            let sku = line.sku.as_deref().map(str::trim).filter(|sku| !sku.is_empty());
            let place = format!("line {} `{}`", index + 1, sku.unwrap_or(&line.name));
            bookings.push(self.line(line, &place).map_err(|refusal| refusal.at(&place))?);
        }
        for (index, charge) in order.charges.iter().enumerate() {
            let place = format!("charge `{}`", charge.name);
            let booked = self.charge(charge, index, minor);
            bookings.extend(booked.map_err(|refusal| refusal.at(&place))?);
        }
        Ok(bookings)
    }

    /// The line that carries what rounding left.
    pub(crate) fn rounding(&self, residue: Decimal) -> Result<Booking, Refusal> {
        let place = "rounding".to_owned();
        let service = Service {
            option: "rounding_sku",
            sku: self.options.rounding_sku.as_deref(),
            what: "rounding",
        };
        let item = self.service_item(&service).map_err(|refusal| refusal.at(&place))?;
        Ok(Booking {
            key: place.clone(),
            place,
            product_id: item.id.clone(),
            tax_id: self.taxes().match_line(&[])?,
            amount: signed(residue, Decimal::ZERO),
            unit_discount: Decimal::ZERO,
            note: None,
            counts_stock: false,
            order_line: None,
        })
    }

    fn line(&self, line: &OrderLine, place: &str) -> Result<Booking, Refusal> {
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
            place: place.to_owned(),
            key: format!("line:{}", line.id),
            product_id: item.id.clone(),
            tax_id: self.taxes().match_line(&line.taxes)?,
            amount: Amount { quantity: line.quantity, net: line.amount, tax },
            unit_discount: line.unit_discount,
            note: line_note(line, placeholder),
            counts_stock: item.counts_stock,
            order_line: Some(line.id.clone()),
        })
    }

    /// The line's product, and whether it is only the placeholder for one.
    fn line_item(&self, line: &OrderLine) -> Result<(&Item, bool), Refusal> {
        let wanted = line_product(line);
        let found = wanted.as_ref().and_then(|wanted| self.matches.get(wanted));
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

    fn charge(&self, charge: &Charge, index: usize, minor: u8) -> Result<Vec<Booking>, Refusal> {
        if charge.amount.is_zero() && charge.taxes.iter().all(|tax| tax.amount.is_zero()) {
            return Ok(Vec::new());
        }
        let product_id = match (&charge.kind, service(&charge.kind, self.options)) {
            (_, Some(service)) => self.service_item(&service)?.id.clone(),
            (ChargeKind::Discount, None) => self.discount_product(charge)?,
            (kind, None) => {
                let fact = format!("it is of a kind that is not posted: {kind:?}");
                return Err(Refusal::new(fact, BY_HAND));
            }
        };
        let parts = self.taxes().part_charge(charge.amount, &charge.taxes, minor)?;
        let booking = |(part, share): (usize, super::tax::TaxedPart)| Booking {
            place: format!("charge `{}`", charge.name),
            key: format!("charge:{index}:{part}"),
            product_id: product_id.clone(),
            tax_id: share.tax_id,
            amount: signed(share.net, share.tax),
            unit_discount: Decimal::ZERO,
            note: Some(charge.name.clone()).filter(|name| !name.trim().is_empty()),
            counts_stock: false,
            order_line: None,
        };
        Ok(parts.into_iter().enumerate().map(booking).collect())
    }

    fn discount_product(&self, charge: &Charge) -> Result<String, Refusal> {
        if charge.amount.is_positive() {
            let fact = format!("a discount of {} would raise the price", charge.amount);
            return Err(Refusal::new(fact, "correct the order in the shop"));
        }
        self.reference
            .discount_product_id
            .clone()
            .ok_or_else(|| Refusal::new("the till names no product for discounts", BY_HAND))
    }

    fn service_item(&self, service: &Service<'_>) -> Result<&Item, Refusal> {
        let Service { option, sku, what } = service;
        let Some(wanted) = sku.and_then(Wanted::sku) else {
            let fact = format!("the sink has no product for {what}");
            return Err(Refusal::new(fact, format!("set `{option}` to a service product's SKU")));
        };
        let sku = sku.unwrap_or_default();
        match self.matches.get(&wanted) {
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

    fn taxes(&self) -> TaxTable<'_> {
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
fn line_note(line: &OrderLine, placeholder: bool) -> Option<String> {
    let sold = placeholder.then(|| match line.sku.as_deref().map(str::trim) {
        Some(sku) if !sku.is_empty() => format!("{} ({sku})", line.name),
        _ => line.name.clone(),
    });
    let chosen = line.options.iter().map(|option| format!("{}: {}", option.name, option.value));
    let notes: Vec<String> = sold.into_iter().chain(chosen).collect();
    (!notes.is_empty()).then(|| notes.join(", "))
}
