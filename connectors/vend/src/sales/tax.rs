//! Which of the till's taxes a line bears, and how a charge over goods of several rates is parted.
//!
//! The till trusts the tax amount it is sent, and its reports use the tax's id: so an amount is copied from the order,
//! and an id is taken only where it is the one that fits. Nothing falls back to a default rate.

use std::collections::BTreeMap;

use penstock_connector_sdk::commerce::Tax;
use penstock_connector_sdk::decimal::{Decimal, DecimalError, Rounding};

use crate::reference::{Found, TillTax, by_id_or_name};
use crate::refusal::Refusal;

const HUNDRED: Decimal = Decimal::new(100, 0);

/// A part of an amount under one of the till's taxes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TaxedPart<'a> {
    pub(crate) net: Decimal,
    pub(crate) tax: Decimal,
    pub(crate) tax_id: &'a str,
}

/// The till's taxes, and how the shop's are mapped to them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TaxTable<'a> {
    pub(crate) till: &'a [TillTax],
    /// The shop's tax name, or a rate in percent, and the till's tax, by name or id.
    pub(crate) mapped: &'a BTreeMap<String, String>,
    /// The till's tax for what bears none, by name or id.
    pub(crate) none: Option<&'a str>,
}

impl<'a> TaxTable<'a> {
    /// The till's tax for a line, all of whose taxes lie on the same amount.
    pub(crate) fn match_line(&self, taxes: &[Tax]) -> Result<&'a str, Refusal> {
        if taxes.iter().all(|tax| tax.amount.is_zero()) {
            return self.untaxed(taxes);
        }
        let is_none = |tax: &&Tax| tax.amount.is_zero() && tax.rate == Some(Decimal::ZERO);
        let borne = || taxes.iter().filter(|tax| !is_none(tax));
        let mut mapped = borne().map(|tax| self.mapping_of(tax));
        if let Some(Some(first)) = mapped.next()
            && mapped.all(|name| name == Some(first))
        {
            return self.by_name(first);
        }
        let mut sum = Decimal::ZERO;
        for tax in borne() {
            let Some(rate) = tax.rate else {
                return Err(rate_untold(&tax.name));
            };
            sum = sum.checked_add(rate)?;
        }
        match self.mapping_of_rate(sum) {
            Some(name) => self.by_name(name),
            None => self.by_rate(sum),
        }
    }

    /// Parts a charge. Its taxes may all lie on the whole of it (state and county), or each on a share of it (shipping
    /// of goods at 7 % and 19 %): the figures tell which.
    pub(crate) fn part_charge(
        &self,
        net: Decimal,
        taxes: &[Tax],
        minor: u8,
    ) -> Result<Vec<TaxedPart<'a>>, Refusal> {
        let whole = || -> Result<_, Refusal> {
            let tax = Decimal::sum(taxes.iter().map(|tax| tax.amount))?;
            Ok(vec![TaxedPart { net, tax, tax_id: self.match_line(taxes)? }])
        };
        let borne = || taxes.iter().filter(|tax| !tax.amount.is_zero());
        if borne().nth(1).is_none() {
            return whole();
        }
        let borne: Vec<&Tax> = borne().collect();
        match shares(net, &borne, minor)? {
            Shares::Whole => whole(),
            Shares::Apart(shares) => {
                let part = |(tax, net): (&&Tax, Decimal)| {
                    let tax_id = self.match_line(std::slice::from_ref(*tax))?;
                    Ok(TaxedPart { net, tax: tax.amount, tax_id })
                };
                borne.iter().zip(shares).map(part).collect()
            }
            Shares::Unclear => Err(Refusal::new(
                format!(
                    "its taxes ({}) fit neither the whole of {net} nor shares of it",
                    list(&borne)
                ),
                "enter this sale by hand in the till, then skip it here",
            )),
        }
    }

    /// A tax of 0 % counts as no tax, unless the options name one of the till's for it.
    fn untaxed(&self, taxes: &[Tax]) -> Result<&'a str, Refusal> {
        let zero_rated = taxes.iter().filter(|tax| tax.rate == Some(Decimal::ZERO));
        let named = zero_rated.filter_map(|tax| self.mapping_of(tax)).next();
        match named.or(self.none) {
            Some(name) => self.by_name(name),
            None => Err(Refusal::new(
                "the till names no tax for lines without tax",
                "set `no_tax` in the sink's options to the till's tax of 0 %",
            )),
        }
    }

    fn mapping_of(&self, tax: &Tax) -> Option<&'a str> {
        let by_name = self.mapped.get(&tax.name).map(String::as_str);
        by_name.or_else(|| tax.rate.and_then(|rate| self.mapping_of_rate(rate)))
    }

    fn mapping_of_rate(&self, rate: Decimal) -> Option<&'a str> {
        let same = |key: &str| Decimal::parse(key.trim()).is_ok_and(|key| key == rate);
        self.mapped.iter().find(|(key, _)| same(key)).map(|(_, name)| name.as_str())
    }

    fn by_name(&self, name: &str) -> Result<&'a str, Refusal> {
        match by_id_or_name(self.till, name) {
            Found::One(tax) => Ok(&tax.id),
            Found::Nothing => Err(Refusal::new(
                format!("the till has no tax `{name}`"),
                format!("create `{name}` in the till, or name another in `taxes` or `no_tax`"),
            )),
            Found::Several => Err(Refusal::new(
                format!("the till has several taxes named `{name}`"),
                "name the tax by its id in `taxes` or `no_tax`",
            )),
        }
    }

    fn by_rate(&self, rate: Decimal) -> Result<&'a str, Refusal> {
        let mut fitting = self.till.iter().filter(|tax| tax.rate_percent == Some(rate));
        let (first, second) = (fitting.next(), fitting.next());
        let named = |tax: &TillTax| format!("`{}`", tax.name);
        let rate = rate.normalized();
        match (first, second) {
            (Some(tax), None) => Ok(&tax.id),
            (None, _) => Err(Refusal::new(
                format!("the till has no tax of {rate} %"),
                format!("create it in the till, or name one: `taxes = {{ \"{rate}\" = \"…\" }}`"),
            )),
            (Some(first), Some(second)) => {
                let names: Vec<String> =
                    [first, second].into_iter().chain(fitting).map(named).collect();
                Err(Refusal::new(
                    format!("the till has several taxes of {rate} %: {}", names.join(", ")),
                    format!("choose one: `taxes = {{ \"{rate}\" = \"{}\" }}`", first.name),
                ))
            }
        }
    }
}

/// What the figures say of a charge with several taxes.
enum Shares {
    /// Each tax lies on the whole amount.
    Whole,
    /// Each tax lies on a share of its own; together they make the amount.
    Apart(Vec<Decimal>),
    Unclear,
}

/// Judges by the figures alone; one minor unit is what rounding may explain of a tax amount.
fn shares(net: Decimal, taxes: &[&Tax], minor: u8) -> Result<Shares, DecimalError> {
    let unit = Decimal::new(1, minor);
    let (mut all_on_whole, mut sum, mut tolerance) = (true, Decimal::ZERO, unit);
    let mut shares = Vec::with_capacity(taxes.len());
    for tax in taxes {
        let Some(rate) = tax.rate.filter(|rate| rate.is_positive()) else {
            return Ok(Shares::Unclear);
        };
        let share_of = |amount: Decimal| {
            amount.checked_mul(HUNDRED)?.checked_div(rate, minor, Rounding::HalfUp)
        };
        let on_whole = net.checked_mul(rate)?.checked_div(HUNDRED, minor, Rounding::HalfUp)?;
        all_on_whole &= on_whole.checked_sub(tax.amount)?.checked_abs()? <= unit;
        let share = share_of(tax.amount)?;
        sum = sum.checked_add(share)?;
        tolerance = tolerance.checked_add(share_of(unit)?)?;
        shares.push(share);
    }
    if all_on_whole {
        return Ok(Shares::Whole);
    }
    let one_sign = shares.iter().all(|share| share.is_negative() == net.is_negative());
    if !one_sign || net.checked_sub(sum)?.checked_abs()? > tolerance {
        return Ok(Shares::Unclear);
    }
    // The shares were reckoned from rounded taxes: they tell the proportions, and the amount itself is parted by them.
    let weights: Result<Vec<Decimal>, _> = shares.iter().map(|share| share.checked_abs()).collect();
    Ok(Shares::Apart(net.allocate(&weights?, minor.max(net.normalized().scale))?))
}

fn rate_untold(name: &str) -> Refusal {
    Refusal::new(
        format!("the shop tells no rate for the tax `{name}`"),
        format!("name the till's tax for it: `taxes = {{ \"{name}\" = \"…\" }}`"),
    )
}

fn list(taxes: &[&Tax]) -> String {
    let one = |tax: &&Tax| match tax.rate {
        Some(rate) => format!("{} {} %: {}", tax.name, rate.normalized(), tax.amount),
        None => format!("{}: {}", tax.name, tax.amount),
    };
    taxes.iter().map(one).collect::<Vec<_>>().join(", ")
}
