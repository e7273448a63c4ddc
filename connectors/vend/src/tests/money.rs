//! Baskets of every kind: priced exactly, or refused; never off. The checker below shares no code with the pricing: it
//! counts in whole hundred-thousandths with integers and rounds by remainders.

use penstock_connector_sdk::decimal::{Decimal, Rounding};
use proptest::prelude::*;

use crate::sales::money::{Amount, Piece, Priced, Target, Unpriceable, price};

fn decimal(text: &str) -> Decimal {
    Decimal::parse(text).unwrap()
}

fn amount(quantity: &str, net: &str, tax: &str) -> Amount {
    Amount { quantity: decimal(quantity), net: decimal(net), tax: decimal(tax) }
}

fn sum(amounts: &[Amount]) -> Decimal {
    Decimal::sum(amounts.iter().flat_map(|amount| [amount.net, amount.tax])).unwrap()
}

fn target(total: &str) -> Target {
    Target { total: decimal(total), minor: 2, rounding_line: false }
}

/// `value` in units of ten to the power of minus `decimals`; it must have no more decimals than that.
fn grains(value: Decimal, decimals: u32) -> i128 {
    let value = value.normalized();
    let scale = u32::from(value.scale);
    assert!(scale <= decimals, "{value} has more than {decimals} decimals");
    i128::from(value.units) * 10i128.pow(decimals - scale)
}

/// Rounds grains to multiples of `unit`, ties away from zero or to even.
fn round_grains(grains: i128, unit: i128, to_even: bool) -> i128 {
    let (whole, rest) = (grains.abs() / unit, grains.abs() % unit);
    let up = match (rest * 2).cmp(&unit) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Equal => !to_even || whole % 2 == 1,
    };
    (whole + i128::from(up)) * unit * grains.signum()
}

/// The totals that a till might show, in grains of ten decimals (five of the price, five of the quantity).
fn possible_totals(priced: &Priced, minor: u8) -> Vec<i128> {
    let unit = 10i128.pow(10 - u32::from(minor));
    let mut totals = Vec::new();
    let rows: Vec<(i128, i128)> = priced
        .lines
        .iter()
        .flatten()
        .map(|piece| {
            let quantity = grains(piece.quantity, 5);
            (grains(piece.price, 5) * quantity, grains(piece.tax, 5) * quantity)
        })
        .chain([(grains(priced.rounding, 10), 0)])
        .collect();
    for to_even in [false, true] {
        let at = |value| round_grains(value, unit, to_even);
        totals.push(at(rows.iter().map(|(net, tax)| net + tax).sum()));
        totals
            .push(at(rows.iter().map(|row| row.0).sum()) + at(rows.iter().map(|row| row.1).sum()));
        totals.push(rows.iter().map(|(net, tax)| at(net + tax)).sum());
        totals.push(rows.iter().map(|(net, tax)| at(*net) + at(*tax)).sum());
    }
    totals
}

/// Asserts what must hold of every basket that was priced.
fn check(amounts: &[Amount], target: Target, priced: &Priced) {
    let total = grains(target.total, 10);
    let minor = 10i128.pow(10 - u32::from(target.minor));
    for shown in possible_totals(priced, target.minor) {
        assert_eq!(shown, total, "a till may show {shown}, the order says {total}: {priced:?}");
    }
    assert_eq!(amounts.len(), priced.lines.len());
    for (amount, pieces) in amounts.iter().zip(&priced.lines) {
        let quantity: i128 = pieces.iter().map(|piece| grains(piece.quantity, 5)).sum();
        assert_eq!(quantity, grains(amount.quantity, 5), "no unit is lost or added");
        let sum = |of: fn(&Piece) -> Decimal| -> i128 {
            pieces.iter().map(|piece| grains(of(piece), 5) * grains(piece.quantity, 5)).sum()
        };
        let (net, tax) = (sum(|piece| piece.price), sum(|piece| piece.tax));
        assert!((net - grains(amount.net, 10)).abs() < minor, "{amount:?} became {pieces:?}");
        assert!((tax - grains(amount.tax, 10)).abs() < minor, "{amount:?} became {pieces:?}");
    }
    let rounding = grains(priced.rounding, 10).abs();
    assert!(rounding <= minor * amounts.len() as i128, "rounding of {rounding} grains");
    assert!(target.rounding_line || rounding == 0);
}

#[test]
fn an_order_that_divides_keeps_one_price_a_line() {
    let amounts = [amount("2", "36.00", "4.50"), amount("1", "5.00", "0.63")];
    let priced = price(&amounts, target("46.13")).unwrap();
    assert_eq!(priced.lines[0].len(), 1);
    assert_eq!(priced.lines[0][0].price, decimal("18"));
    assert_eq!(priced.lines[0][0].tax, decimal("2.25"));
    check(&amounts, target("46.13"), &priced);
}

#[test]
fn three_for_ten_bear_five_decimals() {
    let amounts = [amount("3", "10.00", "0")];
    let priced = price(&amounts, target("10.00")).unwrap();
    assert_eq!(priced.lines[0].len(), 1);
    assert_eq!(priced.lines[0][0].price, decimal("3.33333"));
    check(&amounts, target("10.00"), &priced);
}

#[test]
fn many_units_that_do_not_divide_are_split() {
    let amounts = [amount("7000", "10000.00", "1250.01")];
    let priced = price(&amounts, target("11250.01")).unwrap();
    assert!(priced.lines[0].len() > 1, "{priced:?}");
    check(&amounts, target("11250.01"), &priced);
}

#[test]
fn a_residue_needs_a_rounding_line() {
    let amounts = [amount("1", "10.00", "1.25")];
    let refused = price(&amounts, target("11.26")).unwrap_err();
    assert_eq!(refused, Unpriceable::NeedsRounding { residue: decimal("0.01") });
    let allowed = Target { rounding_line: true, ..target("11.26") };
    let priced = price(&amounts, allowed).unwrap();
    assert_eq!(priced.rounding, decimal("0.01"));
    check(&amounts, allowed, &priced);
}

#[test]
fn more_than_a_minor_unit_a_line_is_refused() {
    let amounts = [amount("1", "10.00", "1.25")];
    let allowed = Target { rounding_line: true, ..target("11.27") };
    assert_eq!(price(&amounts, allowed).unwrap_err(), Unpriceable::Off { sum: decimal("11.25") });
}

#[test]
fn fractions_of_a_cent_that_round_differently_on_each_line_are_settled() {
    // Three lines of 0.335: a till that rounds the sum shows 1.01 (1.005), one that rounds lines 1.02 or 1.00.
    let amounts = [amount("1", "0.335", "0"), amount("1", "0.335", "0"), amount("1", "0.335", "0")];
    let refused = price(&amounts, target("1.01")).unwrap_err();
    assert_eq!(refused, Unpriceable::NeedsRounding { residue: decimal("-0.01") });
    let allowed = Target { rounding_line: true, ..target("1.01") };
    check(&amounts, allowed, &price(&amounts, allowed).unwrap());
}

#[test]
fn currencies_without_minor_unit_and_with_three_decimals() {
    let yen = Target { total: decimal("1100"), minor: 0, rounding_line: false };
    let amounts = [amount("3", "1000", "100")];
    check(&amounts, yen, &price(&amounts, yen).unwrap());
    let dinar = Target { total: decimal("1.051"), minor: 3, rounding_line: false };
    let amounts = [amount("3", "1.001", "0.050")];
    check(&amounts, dinar, &price(&amounts, dinar).unwrap());
}

#[test]
fn amounts_too_large_are_refused_not_wrapped() {
    let huge = Decimal::new(i64::MAX, 0);
    let amounts = [Amount { quantity: Decimal::ONE, net: huge, tax: huge }];
    assert_eq!(price(&amounts, target("1.00")).unwrap_err(), Unpriceable::TooLarge);
}

/// One line as a shop would make it: list price, quantity, discount, rates, prices with or without tax.
fn shop_line(cents: i64, quantity: i64, discount: i64, rates: &[i64], gross: bool) -> Amount {
    let line = (cents * quantity - discount).max(0);
    let tax: i64 = rates
        .iter()
        .map(|rate| {
            let all: i64 = rates.iter().sum();
            let base = if gross { line * 1000 / (1000 + all) } else { line };
            (base * rate + 500) / 1000
        })
        .sum();
    let net = if gross { line - tax } else { line };
    Amount {
        quantity: Decimal::new(quantity, 0),
        net: Decimal::new(net, 2),
        tax: Decimal::new(tax, 2),
    }
}

fn shop_lines() -> impl Strategy<Value = Vec<Amount>> {
    let rates = proptest::collection::vec(
        prop_oneof![Just(0i64), Just(50), Just(125), Just(190), 1..300i64],
        0..3,
    );
    let line = (0..20_000i64, 1..40i64, 0..3_000i64, rates, any::<bool>()).prop_map(
        |(cents, quantity, discount, rates, gross)| {
            shop_line(cents, quantity, discount, &rates, gross)
        },
    );
    let charge = (1..2_000i64, 0..300i64, any::<bool>()).prop_map(|(net, tax, discount)| Amount {
        quantity: Decimal::new(if discount { -1 } else { 1 }, 0),
        net: Decimal::new(if discount { -net } else { net }, 2),
        tax: Decimal::new(if discount { -tax } else { tax }, 2),
    });
    (proptest::collection::vec(line, 1..8), proptest::collection::vec(charge, 0..3))
        .prop_map(|(lines, charges)| [lines, charges].concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1500) })]

    /// Orders in whole cents, as nearly all are, always come out, and without a rounding line.
    #[test]
    fn whole_cents_always_come_out(amounts in shop_lines()) {
        let total = sum(&amounts);
        let target = Target { total, minor: 2, rounding_line: false };
        let priced = price(&amounts, target);
        prop_assert!(priced.is_ok(), "{priced:?}");
        check(&amounts, target, &priced.unwrap());
    }

    /// Any amounts and any total near them: exact in every reading, or refused.
    #[test]
    fn anything_is_exact_or_refused(
        rows in proptest::collection::vec((1..3_000i64, 0..3u8, -5_000_000..50_000_000i64, 0..9_000_000i64, 0..6u8), 1..9),
        off in -12..12i64,
        minor in prop_oneof![Just(0u8), Just(2), Just(3)],
        rounding_line in any::<bool>(),
    ) {
        let amounts: Vec<Amount> = rows
            .iter()
            .map(|(quantity, fraction, net, tax, scale)| Amount {
                quantity: Decimal::new(*quantity, *fraction),
                net: Decimal::new(*net, *scale),
                tax: Decimal::new(*tax, *scale),
            })
            .collect();
        let rounded = sum(&amounts).rounded(minor, Rounding::HalfUp).unwrap();
        let total = rounded.checked_add(Decimal::new(off, minor)).unwrap();
        let target = Target { total, minor, rounding_line };
        match price(&amounts, target) {
            Ok(priced) => check(&amounts, target, &priced),
            Err(Unpriceable::Off { .. }) => prop_assert!(off.unsigned_abs() as usize > amounts.len()),
            Err(Unpriceable::NeedsRounding { residue }) => {
                prop_assert!(!rounding_line);
                prop_assert!(!residue.is_zero());
            }
            Err(Unpriceable::Uncertain) => {}
            Err(Unpriceable::TooLarge) => prop_assert!(false, "no amount here is large"),
        }
    }
}
