//! Whole orders of every kind, through the sink and into both generations' words: what the till will show is the
//! order's total to the minor unit, or the order is held with a reason. The checker reads the JSON that would be sent
//! and shares no code with the pricing.

use penstock_connector_sdk::commerce::{Charge, ChargeKind, Order, OrderLine, Tax};
use penstock_connector_sdk::decimal::Decimal;
use penstock_connector_sdk::samples;
use penstock_connector_sdk::sink::Plan;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::till::{Till, body, decimal, intake, prepare_with, tax, tender, vend};

/// A JSON number in units of ten to the power of minus ten, from its text.
fn grains(number: &Value) -> i128 {
    let text = number.to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    assert!(fraction.len() <= 10, "{text}");
    let digits = format!("{}{fraction:0<10}", whole.trim_start_matches('-'));
    let size: i128 = digits.parse().unwrap();
    if text.starts_with('-') { -size } else { size }
}

/// One line as the till will reckon it.
struct Row {
    net: i128,
    tax: i128,
    quantity: i128,
    tax_id: String,
}

fn row(quantity: &Value, price: &Value, tax: &Value, tax_id: &Value) -> Row {
    let scale = 10i128.pow(10);
    let quantity = grains(quantity);
    let product = |unit: i128| {
        assert_eq!(unit % 100_000, 0, "a unit amount has more than five decimals");
        assert_eq!(unit * quantity % scale, 0, "quantities here are whole");
        unit * quantity / scale
    };
    Row {
        net: product(grains(price)),
        tax: product(grains(tax)),
        quantity,
        tax_id: tax_id.as_str().unwrap().to_owned(),
    }
}

fn rows(body: &Value) -> Vec<Row> {
    let list = |name: &str| body[name].as_array().cloned().unwrap_or_default();
    let dated = |line: &Value| {
        row(
            &line["quantity"],
            &line["pricing"]["price"],
            &line["tax"]["amount"],
            &line["tax"]["id"],
        )
    };
    let classic =
        |line: &Value| row(&line["quantity"], &line["price"], &line["tax"], &line["tax_id"]);
    list("line_items")
        .iter()
        .map(dated)
        .chain(list("register_sale_products").iter().map(classic))
        .collect()
}

fn payments(body: &Value) -> i128 {
    let list = |name: &str| body[name].as_array().cloned().unwrap_or_default();
    let all = [list("payments"), list("register_sale_payments")].concat();
    all.iter().map(|payment| grains(&payment["amount"])).sum()
}

/// Nearest cent, ties away from zero, in grains.
fn to_cent(grains: i128) -> i128 {
    const CENT: i128 = 100_000_000;
    let up = (grains.abs() + CENT / 2) / CENT * CENT;
    up * grains.signum()
}

fn check_sale(order: &Order, body: &Value) {
    let total = grains(&serde_json::from_str(&order.total.to_string()).unwrap());
    let rows = rows(body);
    assert_eq!(to_cent(rows.iter().map(|row| row.net + row.tax).sum()), total, "{body:#}");
    assert_eq!(rows.iter().map(|row| to_cent(row.net + row.tax)).sum::<i128>(), total, "{body:#}");
    assert_eq!(payments(body), total, "{body:#}");
    let sold: i128 = rows.iter().filter(|row| row.quantity > 0).map(|row| row.quantity).sum();
    let ordered: i64 = order.lines.iter().map(|line| line.quantity.units).sum();
    assert!(sold >= i128::from(ordered) * 10i128.pow(10), "{sold} of {ordered}");
    // What bears tax has a taxed id, and what bears none has not, so that the till's reports are right.
    for row in rows.iter().filter(|row| row.tax == 0) {
        assert!(row.net.abs() < 10i128.pow(10) || row.tax_id == "t-none", "{body:#}");
    }
    assert!(rows.iter().filter(|row| row.tax != 0).all(|row| row.tax_id != "t-none"), "{body:#}");
}

fn check_plan(order: &Order, plan: &Plan) {
    assert_eq!(plan.writes.len() + plan.rejections.len(), 1, "exactly one outcome");
    for write in &plan.writes {
        check_sale(order, &body(write));
        let moved: i64 = write.movements.iter().map(|movement| movement.delta.units).sum();
        let ordered: i64 = order.lines.iter().map(|line| line.quantity.units).sum();
        assert_eq!(moved, -ordered);
    }
    for rejection in &plan.rejections {
        assert!(rejection.hint.as_deref().is_some_and(|hint| !hint.is_empty()), "{rejection:?}");
    }
}

/// Rates in thousandths, with the name that the till's tax has.
fn rate() -> impl Strategy<Value = Vec<i64>> {
    prop_oneof![Just(vec![]), Just(vec![125]), Just(vec![70]), Just(vec![40, 45])]
}

fn taxes(net: i64, rates: &[i64]) -> Vec<Tax> {
    let cents = |rate: i64| (net.abs() * rate + 500) / 1000 * net.signum();
    rates
        .iter()
        .map(|rate| {
            tax(
                "T",
                &Decimal::new(*rate, 1).to_string(),
                &Decimal::new(cents(*rate), 2).to_string(),
            )
        })
        .collect()
}

fn line() -> impl Strategy<Value = OrderLine> {
    (1..30_000i64, 1..25i64, 0..2_000i64, rate(), any::<bool>()).prop_map(
        |(price, quantity, discount, rates, gross)| {
            let line = (price * quantity - discount).max(0);
            let all: i64 = rates.iter().sum();
            let base = if gross { line * 1000 / (1000 + all) } else { line };
            let taxes = taxes(base, &rates);
            let tax: i64 = taxes.iter().map(|tax| tax.amount.units).sum();
            let net = if gross { line - tax } else { line };
            OrderLine {
                quantity: Decimal::new(quantity, 0),
                amount: Decimal::new(net, 2),
                unit_discount: Decimal::new(discount / quantity, 2),
                taxes,
                ..samples::line("0", "MUG-BLU")
            }
        },
    )
}

fn charges() -> impl Strategy<Value = Vec<Charge>> {
    let shipping = (1..3_000i64, rate()).prop_map(|(net, rates)| Charge {
        kind: ChargeKind::Shipping,
        name: "Post".to_owned(),
        amount: Decimal::new(net, 2),
        taxes: taxes(net, &rates),
    });
    // A discount over goods of two rates: each tax lies on a share of it.
    let discount = (1..2_000i64, 1..2_000i64).prop_map(|(first, second)| Charge {
        kind: ChargeKind::Discount,
        name: "Loyal".to_owned(),
        amount: Decimal::new(-first - second, 2),
        taxes: [taxes(-first, &[125]), taxes(-second, &[70])].concat(),
    });
    let discounts = proptest::collection::vec(discount, 0..2);
    (proptest::collection::vec(shipping, 0..2), discounts)
        .prop_map(|(shipping, discounts)| [shipping, discounts].concat())
}

fn order() -> impl Strategy<Value = Order> {
    (proptest::collection::vec(line(), 1..6), charges(), -2..3i64, 0..100i64).prop_map(
        |(mut lines, charges, off, first_percent)| {
            for (index, line) in lines.iter_mut().enumerate() {
                line.id = index.to_string();
            }
            let of_lines = lines.iter().map(|line| (line.amount, &line.taxes));
            let of_charges = charges.iter().map(|charge| (charge.amount, &charge.taxes));
            let total: i64 = of_lines
                .chain(of_charges)
                .map(|(net, taxes)| {
                    net.units + taxes.iter().map(|tax| tax.amount.units).sum::<i64>()
                })
                .sum::<i64>()
                + off;
            let first = total * first_percent / 100;
            let text = |cents: i64| Decimal::new(cents, 2).to_string();
            Order {
                lines,
                charges,
                total: decimal(&text(total)),
                tenders: vec![
                    tender("Credit card", &text(first)),
                    tender("Points", &text(total - first)),
                ],
                ..samples::order("1")
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    /// Pattern 34: of any basket, to the minor unit.
    #[test]
    fn a_sale_shows_the_orders_total_or_is_held(order in order(), rounding in any::<bool>()) {
        let mut options = json!({"payments": {"Credit card": "Online", "Points": "Voucher"}, "shipping_sku": "SHIP"});
        if rounding {
            options["rounding_sku"] = json!("ROUND");
        }
        let till = Till::new().product("ROUND", "p-round", false);
        let mut figures = Vec::new();
        for generation in ["2026-07", "0.9"] {
            let orders = vec![intake(order.clone())];
            let plan = prepare_with(&vend(generation), &till.clone().host(), &options, orders, None).unwrap();
            check_plan(&order, &plan);
            let held = plan.rejections.first().map(|rejection| rejection.message.clone());
            let rows = plan.writes.first().map(|write| rows(&body(write)));
            let rows: Vec<(i128, i128)> = rows.into_iter().flatten().map(|row| (row.net, row.tax)).collect();
            figures.push((held, rows));
        }
        prop_assert_eq!(&figures[0], &figures[1], "both generations say the same");
    }

    /// An order whose figures add up is posted: holding it would be safe, and useless.
    #[test]
    fn an_order_that_adds_up_is_not_held(lines in proptest::collection::vec(line(), 1..6)) {
        let sum = |line: &OrderLine| line.amount.units + line.taxes.iter().map(|tax| tax.amount.units).sum::<i64>();
        let total = Decimal::new(lines.iter().map(sum).sum(), 2);
        let order = Order { lines, total, tenders: vec![tender("Credit card", &total.to_string())], ..samples::order("1") };
        let options = json!({"payments": {"Credit card": "Online"}});
        let host = Till::new().host();
        let plan = prepare_with(&vend("2026-07"), &host, &options, vec![intake(order)], None).unwrap();
        prop_assert_eq!(plan.writes.len(), 1, "{:?}", plan.rejections);
    }
}
