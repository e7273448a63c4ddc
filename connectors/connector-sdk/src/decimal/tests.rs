use proptest::prelude::*;

use super::{Decimal, DecimalError, Rounding, text};

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

#[test]
fn text_keeps_its_digits() {
    for text in
        ["0", "12.50", "-0.05", "1000000", "0.000", "-9223372036854775808", "92233720368.54775807"]
    {
        assert_eq!(decimal(text).to_string(), text);
    }
}

#[test]
fn exponents_are_exact() {
    assert_eq!(decimal("1.25e2").to_string(), "125");
    assert_eq!(decimal("125E-4").to_string(), "0.0125");
    assert_eq!(decimal("0e999999"), Decimal::ZERO);
    assert_eq!("1e19".parse::<Decimal>(), Err(DecimalError::OutOfRange));
    assert_eq!("1e-19".parse::<Decimal>(), Err(DecimalError::OutOfRange));
    assert_eq!(decimal("1000e-21").to_string(), "0.000000000000000001");
}

#[test]
fn what_is_no_number_is_refused() {
    for text in [
        "", "-", "1.", ".5", "1,5", "0x1", "1e", "1e+", "NaN", "--1", "1-", " 1", "1 ", "+1",
        "1.2.3", "\u{661}",
    ] {
        assert_eq!(text.parse::<Decimal>(), Err(DecimalError::NotANumber), "{text:?}");
    }
    assert_eq!("9".repeat(39).parse::<Decimal>(), Err(DecimalError::OutOfRange));
    assert_eq!("0".repeat(5_000).parse::<Decimal>(), Err(DecimalError::OutOfRange));
}

#[test]
fn halves_round_as_named() {
    let cases = [
        ("0.125", "0.13", "0.12"),
        ("0.135", "0.14", "0.14"),
        ("-0.125", "-0.13", "-0.12"),
        ("0.1251", "0.13", "0.13"),
        ("2.5", "2.50", "2.50"),
    ];
    for (value, up, even) in cases {
        assert_eq!(decimal(value).rounded(2, Rounding::HalfUp).unwrap().to_string(), up);
        assert_eq!(decimal(value).rounded(2, Rounding::HalfEven).unwrap().to_string(), even);
    }
}

#[test]
fn values_compare_across_scales() {
    assert_eq!(decimal("12.5"), decimal("12.50"));
    assert!(decimal("0.1") > decimal("0.09999"));
    assert!(decimal("-0.1") < decimal("-0.09999"));
    assert!(Decimal::new(1, 0) > Decimal::new(i64::MAX, 200));
    assert!(Decimal::new(-1, 0) < Decimal::new(i64::MIN, 200));
    assert!(Decimal::new(0, 0) < Decimal::new(1, 255));
    assert_eq!(Decimal::new(0, 7), Decimal::new(0, 255));
}

#[test]
fn what_does_not_fit_is_an_error() {
    let largest = Decimal::new(i64::MAX, 0);
    assert_eq!(largest.checked_add(Decimal::ONE), Err(DecimalError::OutOfRange));
    assert_eq!(largest.checked_add(Decimal::new(1, 2)), Err(DecimalError::OutOfRange));
    assert_eq!(Decimal::new(i64::MIN, 0).checked_neg(), Err(DecimalError::OutOfRange));
    assert_eq!(largest.checked_mul(largest), Err(DecimalError::OutOfRange));
    assert_eq!(
        Decimal::ONE.checked_div(Decimal::ZERO, 2, Rounding::HalfUp),
        Err(DecimalError::DivisionByZero)
    );
    assert_eq!(Decimal::new(1, 200).checked_add(Decimal::new(1, 0)), Err(DecimalError::OutOfRange));
    assert_eq!(
        Decimal::new(1, 0).checked_div(Decimal::ONE, 255, Rounding::HalfUp),
        Err(DecimalError::OutOfRange)
    );
}

#[test]
fn shares_sum_up() {
    let weights = [decimal("1"), decimal("1"), decimal("1")];
    let shares = decimal("10.00").allocate(&weights, 2).unwrap();
    assert_eq!(
        shares.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["3.34", "3.33", "3.33"]
    );
    assert_eq!(decimal("10").allocate(&[Decimal::ZERO], 2), Err(DecimalError::DivisionByZero));
    assert_eq!(decimal("10.005").allocate(&weights, 2), Err(DecimalError::OutOfRange));
    assert_eq!(decimal("10").allocate(&[], 2), Err(DecimalError::DivisionByZero));
}

#[test]
fn json_goes_by_text() {
    #[derive(serde::Deserialize, serde::Serialize)]
    struct Row {
        amount: Decimal,
        rest: Option<Decimal>,
    }
    let row: Row =
        serde_json::from_str(r#"{"amount": 0.10000000000000001, "rest": null}"#).unwrap();
    assert_eq!(row.amount.to_string(), "0.10000000000000001");
    assert_eq!(
        serde_json::to_string(&row).unwrap(),
        r#"{"amount":0.10000000000000001,"rest":null}"#
    );
    let row: Row = serde_json::from_str(r#"{"amount": "7.50"}"#).unwrap();
    assert_eq!((row.amount, row.rest), (decimal("7.5"), None));
    assert!(serde_json::from_str::<Row>(r#"{"amount": true}"#).is_err());
    assert!(serde_json::from_str::<Row>(r#"{"amount": ""}"#).is_err());
}

/// Units at the edges of what is reckoned in fewer bits, and any others.
fn any_units() -> impl Strategy<Value = i64> {
    let edges = [0, 1 << 31, 1 << 32, 1_000_000_000_000, 999_999_999_999_999_999, i64::MAX];
    let near_edge = (prop::sample::select(edges.to_vec()), -2_i64..=2, any::<bool>()).prop_map(
        |(edge, step, negative)| {
            let units = edge.saturating_add(step);
            if negative { units.saturating_neg() } else { units }
        },
    );
    prop_oneof![near_edge, any::<i64>()]
}

/// The value times ten to the power of eighteen.
fn exact(value: Decimal) -> i128 {
    i128::from(value.units) * 10_i128.pow(18 - u32::from(value.scale))
}

fn any_money() -> impl Strategy<Value = Decimal> {
    (-1_000_000_000_000_i64..1_000_000_000_000, 0_u8..6)
        .prop_map(|(units, scale)| Decimal::new(units, scale))
}

proptest! {
    #[test]
    fn every_decimal_survives_its_text(units: i64, scale in 0_u8..=18) {
        let value = Decimal::new(units, scale);
        let read = value.to_string().parse::<Decimal>().unwrap();
        prop_assert_eq!((read.units, read.scale), (units, scale));
    }

    #[test]
    fn no_text_panics(text in "[-+0-9.eE]{0,40}") {
        let _ = text.parse::<Decimal>();
    }

    #[test]
    fn nothing_panics_on_any_units_and_scale(units: i64, scale: u8, other_units: i64, other_scale: u8, to: u8) {
        let (left, right) = (Decimal::new(units, scale), Decimal::new(other_units, other_scale));
        let _ = (left.checked_add(right), left.checked_sub(right), left.checked_mul(right), left.cmp(&right));
        let _ = (left.checked_div(right, to, Rounding::HalfEven), left.rounded(to, Rounding::HalfUp));
        let _ = (left.allocate(&[right, left], to), left.to_string());
    }

    #[test]
    fn texts_of_any_length_are_read_alike(digits in "[0-9]{1,17}", fraction in "[0-9]{0,4}", negative: bool) {
        let sign = if negative { "-" } else { "" };
        let point = if fraction.is_empty() { "" } else { "." };
        let text = format!("{sign}{digits}{point}{fraction}");
        prop_assert_eq!(text::plain(&text).map_or_else(|| text::any(&text), Ok), text::any(&text));
        let places = text::any(&text).map(|value| value.scale);
        prop_assert_eq!(text.parse::<Decimal>().map(|value| value.scale), places);
    }

    #[test]
    fn sums_and_order_are_exact_at_the_edges(
        left in (any_units(), 0_u8..=18),
        right in (any_units(), 0_u8..=18),
    ) {
        let (left, right) = (Decimal::new(left.0, left.1), Decimal::new(right.0, right.1));
        if let Ok(sum) = left.checked_add(right) {
            prop_assert_eq!(exact(sum), exact(left) + exact(right));
        }
        prop_assert_eq!(left.cmp(&right), exact(left).cmp(&exact(right)));
    }

    #[test]
    fn sums_are_exact(left in any_money(), right in any_money()) {
        let sum = left.checked_add(right).unwrap();
        prop_assert_eq!(sum.checked_sub(right).unwrap(), left);
        prop_assert_eq!(right.checked_add(left).unwrap(), sum);
    }

    #[test]
    fn order_agrees_with_the_sign_of_the_difference(left in any_money(), right in any_money()) {
        let difference = left.checked_sub(right).unwrap();
        prop_assert_eq!(left.cmp(&right), difference.units.cmp(&0));
    }

    #[test]
    fn equal_values_hash_alike(value in any_money(), zeros in 0_u32..3) {
        let longer = Decimal::new(value.units * 10_i64.pow(zeros), value.scale + u8::try_from(zeros).unwrap());
        prop_assert_eq!(value, longer);
        prop_assert_eq!(crate::fingerprint::of(&value), crate::fingerprint::of(&longer));
    }

    #[test]
    fn rounding_moves_by_half_a_unit_at_most(value in any_money(), scale in 0_u8..5) {
        for rounding in [Rounding::HalfUp, Rounding::HalfEven] {
            let moved = value.rounded(scale, rounding).unwrap().checked_sub(value).unwrap().checked_abs().unwrap();
            prop_assert!(moved <= Decimal::new(5, scale + 1));
        }
    }

    #[test]
    fn division_undoes_multiplication(value in any_money(), factor in 1_i64..10_000) {
        let product = value.checked_mul(Decimal::new(factor, 1)).unwrap();
        let back = product.checked_div(Decimal::new(factor, 1), value.scale, Rounding::HalfUp).unwrap();
        prop_assert_eq!(back, value);
    }

    #[test]
    fn shares_sum_up_to_the_whole(
        whole in any_money(),
        weights in prop::collection::vec((0_i64..100_000, 0_u8..4), 1..8),
    ) {
        let weights: Vec<Decimal> = weights.into_iter().map(|(units, scale)| Decimal::new(units, scale)).collect();
        prop_assume!(weights.iter().any(|weight| !weight.is_zero()));
        let shares = whole.allocate(&weights, 6).unwrap();
        prop_assert_eq!(Decimal::sum(shares.iter().copied()).unwrap(), whole);
        for (share, weight) in shares.iter().zip(&weights) {
            prop_assert!(!weight.is_zero() || share.checked_abs().unwrap() <= Decimal::new(1, 6));
        }
    }
}
