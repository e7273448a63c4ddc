//! Unit prices that come to the order's total, however the till rounds.
//!
//! A till line is a unit price and a unit tax, both before multiplication by the quantity, and the vendor does not say
//! where its server rounds. So a sale is priced only if every way of rounding we can think of gives the same total.
//! Pure, decimals only: nothing here reads, and no amount is ever a binary float.

use penstock_connector_sdk::decimal::{Decimal, DecimalError, Rounding};

/// Decimals that the till keeps of a unit price or a unit tax (as in the vendor's own examples, 2.63158).
const UNIT_DECIMALS: u8 = 5;

/// The whole of one order line or charge, to be priced. A discount has quantity -1 and negative amounts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Amount {
    /// Units; not zero.
    pub(crate) quantity: Decimal,
    /// Before tax, after discounts, for all units.
    pub(crate) net: Decimal,
    /// All taxes of the line, for all units.
    pub(crate) tax: Decimal,
}

/// Most pieces of one line: two amounts that do not divide part its units in three.
pub(crate) const PIECES_MAX: usize = 3;

/// Units of one line that bear the same price. A line is one piece, or a few where its amounts do not divide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) quantity: Decimal,
    /// Of one unit, before tax, at most five decimals.
    pub(crate) price: Decimal,
    /// Of one unit, at most five decimals.
    pub(crate) tax: Decimal,
}

/// A basket that comes to the order's total.
#[derive(Clone, Debug)]
pub(crate) struct Priced {
    /// For each amount, in order.
    pub(crate) lines: Vec<Vec<Piece>>,
    /// What an explicit rounding line has to carry, without tax; zero where none is needed.
    pub(crate) rounding: Decimal,
}

/// Why a basket cannot be priced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unpriceable {
    /// An amount is too large for exact arithmetic.
    TooLarge,
    /// Lines, charges and taxes come to `sum`, which is further from the total than one minor unit a line.
    Off { sum: Decimal },
    /// `residue` would have to go into a rounding line, and none is allowed.
    NeedsRounding { residue: Decimal },
    /// The till's total would depend on where its server rounds.
    Uncertain,
}

impl From<DecimalError> for Unpriceable {
    fn from(_: DecimalError) -> Self {
        Unpriceable::TooLarge
    }
}

/// What the basket is to come to, and by which means.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    /// The order's total.
    pub(crate) total: Decimal,
    /// Decimals of the currency's minor unit: 2 for EUR, 0 for JPY.
    pub(crate) minor: u8,
    /// Whether an explicit rounding line may be added.
    pub(crate) rounding_line: bool,
}

/// Prices a basket. The ways are tried from the least to the most intrusive: one price for all units of a line; lines
/// split where the price does not divide; lines brought to the minor unit; the same three with a rounding line.
pub(crate) fn price(amounts: &[Amount], target: Target) -> Result<Priced, Unpriceable> {
    let sum = sum_of(amounts)?;
    let lines = i64::try_from(amounts.len()).map_err(|_| Unpriceable::TooLarge)?;
    let bound = Decimal::new(lines, target.minor);
    let off = target.total.checked_sub(sum.rounded(target.minor, Rounding::HalfUp)?)?;
    if off.checked_abs()? > bound {
        return Err(Unpriceable::Off { sum });
    }
    let mut refused = Unpriceable::Uncertain;
    for with_rounding_line in [false, true] {
        for way in [Way::Unit, Way::Split, Way::Minor] {
            let lines = way.pieces(amounts, target.minor)?;
            let residue = residue(&lines, target)?;
            let needs_line = !residue.is_zero();
            if needs_line != with_rounding_line
                || residue.checked_abs()? > bound
                || !faithful(amounts, &lines, target.minor)?
                || !comes_to(&lines, residue, target)?
            {
                continue;
            }
            if !needs_line || target.rounding_line {
                return Ok(Priced { lines, rounding: residue });
            }
            refused = Unpriceable::NeedsRounding { residue };
        }
    }
    Err(refused)
}

/// Digits after the point of a currency's minor unit, by ISO 4217.
pub(crate) fn minor_unit_decimals(currency: &str) -> u8 {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX"
        | "UYI" | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        "CLF" | "UYW" => 4,
        _ => 2,
    }
}

/// A way of putting a line's amounts on its units.
#[derive(Clone, Copy)]
enum Way {
    /// One price for all units, at five decimals.
    Unit,
    /// Some units a grain dearer than the others, so that the line is exact.
    Split,
    /// As `Split`, after the line's net and tax were brought to the minor unit.
    Minor,
}

impl Way {
    fn pieces(self, amounts: &[Amount], minor: u8) -> Result<Vec<Vec<Piece>>, Unpriceable> {
        let pieces = |amount: &Amount| match self {
            Way::Unit => Ok(vec![per_unit(amount)?]),
            Way::Split => split(amount, minor),
            Way::Minor => split(&at_minor(amount, minor)?, minor),
        };
        amounts.iter().map(pieces).collect()
    }
}

fn at_minor(amount: &Amount, minor: u8) -> Result<Amount, Unpriceable> {
    let net = amount.net.rounded(minor, Rounding::HalfUp)?;
    let tax = amount.tax.rounded(minor, Rounding::HalfUp)?;
    Ok(Amount { net, tax, ..*amount })
}

fn per_unit(amount: &Amount) -> Result<Piece, Unpriceable> {
    let quantity = amount.quantity;
    let of_one = |whole: Decimal| {
        if (quantity.units, quantity.scale) == (1, 0) {
            return unit(whole);
        }
        Ok(whole.checked_div(quantity, UNIT_DECIMALS, Rounding::HalfUp)?.normalized())
    };
    Ok(Piece { quantity, price: of_one(amount.net)?, tax: of_one(amount.tax)? })
}

/// Splits a line of several whole units so that its pieces sum to its amounts exactly. What cannot be split so (one
/// unit, a fraction of a unit, an amount finer than the till's unit prices) gets one price.
fn split(amount: &Amount, minor: u8) -> Result<Vec<Piece>, Unpriceable> {
    let one = per_unit(amount)?;
    let exact = one.price.checked_mul(one.quantity)? == amount.net
        && one.tax.checked_mul(one.quantity)? == amount.tax;
    let decimals = minor.max(amount.net.normalized().scale).max(amount.tax.normalized().scale);
    let quantity = amount.quantity.normalized();
    if exact || quantity.scale > 0 || quantity <= Decimal::ONE || decimals > UNIT_DECIMALS {
        return Ok(vec![one]);
    }
    let (price, dearer) = share(amount.net, quantity.units, decimals)?;
    let (tax, higher_taxed) = share(amount.tax, quantity.units, decimals)?;
    let (first, second) = (dearer.min(higher_taxed), dearer.max(higher_taxed));
    let pieces = [
        (first, 1, 1),
        (second - first, i64::from(dearer > higher_taxed), i64::from(higher_taxed > dearer)),
        (quantity.units - second, 0, 0),
    ];
    let units = pieces.into_iter().filter(|(units, _, _)| *units > 0);
    Ok(units
        .map(|(units, price_grain, tax_grain)| Piece {
            quantity: Decimal::new(units, 0),
            price: Decimal::new(price + price_grain, decimals).normalized(),
            tax: Decimal::new(tax + tax_grain, decimals).normalized(),
        })
        .collect())
}

/// The lower unit amount in grains, and how many units bear one grain more.
fn share(whole: Decimal, units: i64, decimals: u8) -> Result<(i64, i64), Unpriceable> {
    let grains = whole.rounded(decimals, Rounding::HalfUp)?.units;
    Ok((grains.div_euclid(units), grains.rem_euclid(units)))
}

/// What is missing to the total when only the sum is rounded.
fn residue(lines: &[Vec<Piece>], target: Target) -> Result<Decimal, Unpriceable> {
    let mut sum = Decimal::ZERO;
    for piece in lines.iter().flatten() {
        let unit = piece.price.checked_add(piece.tax)?;
        sum = sum.checked_add(unit.checked_mul(piece.quantity)?)?;
    }
    Ok(target.total.checked_sub(sum.rounded(target.minor, Rounding::HalfUp)?)?)
}

/// Whether each line keeps its own net and its own tax to less than a minor unit: what one line gains in rounding and
/// another loses would come to the total, and be wrong in the till's reports.
fn faithful(amounts: &[Amount], lines: &[Vec<Piece>], minor: u8) -> Result<bool, Unpriceable> {
    let unit = Decimal::new(1, minor);
    for (amount, pieces) in amounts.iter().zip(lines) {
        let (mut net, mut tax) = (amount.net, amount.tax);
        for piece in pieces {
            net = net.checked_sub(piece.price.checked_mul(piece.quantity)?)?;
            tax = tax.checked_sub(piece.tax.checked_mul(piece.quantity)?)?;
        }
        if net.checked_abs()? >= unit || tax.checked_abs()? >= unit {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether every way of rounding gives the total: on the sum or on each line, with the tax or apart from it, half up
/// or half to even.
fn comes_to(lines: &[Vec<Piece>], residue: Decimal, target: Target) -> Result<bool, Unpriceable> {
    if let Some(total) = only_total(lines, residue, target.minor)? {
        return Ok(total == target.total);
    }
    for rounding in [Rounding::HalfUp, Rounding::HalfEven] {
        let at_minor = |value: Decimal| value.rounded(target.minor, rounding);
        let (mut net_sum, mut tax_sum) = (residue, Decimal::ZERO);
        let (mut by_line, mut by_part) = (residue, residue);
        for piece in lines.iter().flatten() {
            let net = piece.price.checked_mul(piece.quantity)?;
            let tax = piece.tax.checked_mul(piece.quantity)?;
            net_sum = net_sum.checked_add(net)?;
            tax_sum = tax_sum.checked_add(tax)?;
            by_line = by_line.checked_add(at_minor(net.checked_add(tax)?)?)?;
            by_part = by_part.checked_add(at_minor(net)?.checked_add(at_minor(tax)?)?)?;
        }
        let by_sum = at_minor(net_sum.checked_add(tax_sum)?)?;
        let by_sums = at_minor(net_sum)?.checked_add(at_minor(tax_sum)?)?;
        if [by_line, by_part, by_sum, by_sums].iter().any(|total| *total != target.total) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The total where every part of it is a whole number of minor units: there is nothing to round, so there is only one.
fn only_total(
    lines: &[Vec<Piece>],
    residue: Decimal,
    minor: u8,
) -> Result<Option<Decimal>, Unpriceable> {
    let is_whole = |part: Decimal| part.normalized().scale <= minor;
    let mut total = residue;
    for piece in lines.iter().flatten() {
        let net = piece.price.checked_mul(piece.quantity)?;
        let tax = piece.tax.checked_mul(piece.quantity)?;
        if !is_whole(net) || !is_whole(tax) {
            return Ok(None);
        }
        total = total.checked_add(net)?.checked_add(tax)?;
    }
    Ok(is_whole(residue).then_some(total))
}

fn sum_of(amounts: &[Amount]) -> Result<Decimal, Unpriceable> {
    Ok(Decimal::sum(amounts.iter().flat_map(|amount| [amount.net, amount.tax]))?)
}

/// A unit amount as the till keeps it.
pub(crate) fn unit(value: Decimal) -> Result<Decimal, DecimalError> {
    Ok(value.rounded(UNIT_DECIMALS.min(value.scale), Rounding::HalfUp)?.normalized())
}
