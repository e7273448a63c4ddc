mod any_order;

use penstock_connector_sdk::commerce::{ChargeKind, LineKind, Order, Payload, PaymentStatus};
use penstock_connector_sdk::types::{Decimal, Failure};
use serde_json::{Value, json};

use super::order;
use crate::api::order as api;
use crate::api::profile::Money;

const READ_AT: i64 = 1_767_605_500_000;

/// The worked example of the vendor's order, in net prices.
fn example() -> Value {
    json!({
        "id": "QK7M2", "internalId": 733100201, "orderNumber": 733100201, "vendorOrderNumber": "QK7M2",
        "email": "buyer@example.org", "customerId": 55120077,
        "paymentStatus": "PAID", "fulfillmentStatus": "AWAITING_PROCESSING", "paymentMethod": "Credit card",
        "createDate": "2026-01-05 09:30:11 +0000", "createTimestamp": 1767605411,
        "updateDate": "2026-01-05 09:31:02 +0000", "updateTimestamp": 1767605462,
        "pricesIncludeTax": false, "discount": 0, "couponDiscount": 4.00, "tax": 5.13, "total": 46.13,
        "giftCardRedemption": 0, "totalBeforeGiftCardRedemption": 46.13, "refundedAmount": 0,
        "items": [{
            "id": 901, "productId": 4410, "combinationId": 88, "sku": "MUG-BLU", "name": "Mug",
            "price": 20.00, "quantity": 2, "couponAmount": 4.00, "discounts": [],
            "taxes": [{ "name": "VAT", "value": 12.5, "total": 5.13, "taxOnDiscountedSubtotal": 4.50, "taxOnShipping": 0.63 }],
            "selectedOptions": [{ "name": "Color", "type": "CHOICE", "value": "Blue" }]
        }],
        "shippingOption": { "shippingMethodName": "Post", "shippingRate": 5.00, "fulfillmentType": "SHIPPING" },
        "taxesOnShipping": [{ "name": "VAT", "value": 12.5, "total": 0.63 }],
        "customSurcharges": [],
        "billingPerson": { "name": "Buyer One", "phone": "555-0100" }
    })
}

/// The example with some fields put in place of its own.
fn example_with(changes: &Value) -> Value {
    let mut value = example();
    for (name, change) in changes.as_object().unwrap() {
        value[name] = change.clone();
    }
    value
}

fn try_map(value: &Value) -> Result<Order, Failure> {
    let answer = json!({ "total": 1, "items": [value] }).to_string();
    let answer = penstock_connector_sdk::script::json(&answer);
    let read = api::read_page(&answer)?;
    let money = Money { currency: "EUR".to_owned(), precision: Some(2) };
    let entry = order(&read.items[0], &money, READ_AT)?;
    assert_eq!(entry.read_at, READ_AT);
    match entry.payload {
        Payload::Order(order) => Ok(order),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn map(value: &Value) -> Order {
    try_map(value).unwrap()
}

fn revision(value: &Value) -> String {
    let text = value.to_string();
    let read: api::Order<'_> = serde_json::from_str(&text).unwrap();
    order(&read, &Money { currency: "EUR".to_owned(), precision: Some(2) }, READ_AT)
        .unwrap()
        .revision
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// Lines, charges and taxes.
fn parts(order: &Order) -> Decimal {
    let lines = order.lines.iter().map(|line| (line.amount, &line.taxes));
    let charges = order.charges.iter().map(|charge| (charge.amount, &charge.taxes));
    let sums = lines.chain(charges).flat_map(|(amount, taxes)| {
        std::iter::once(amount).chain(taxes.iter().map(|tax| tax.amount))
    });
    Decimal::sum(sums).unwrap()
}

fn tendered(order: &Order) -> Decimal {
    Decimal::sum(order.tenders.iter().map(|tender| tender.amount)).unwrap()
}

#[track_caller]
fn check_adds_up(order: &Order) {
    assert_eq!(parts(order), order.total, "{order:#?}");
    assert_eq!(tendered(order), order.total, "{order:#?}");
}

#[test]
fn the_worked_example() {
    let order = map(&example());
    check_adds_up(&order);
    assert_eq!((order.id.as_str(), order.number.as_str()), ("733100201", "QK7M2"));
    assert_eq!((order.placed_at, order.updated_at), (1_767_605_411_000, 1_767_605_462_000));
    assert_eq!(
        (order.currency.as_str(), order.payment_status.clone()),
        ("EUR", PaymentStatus::Paid)
    );
    let [line] = order.lines.as_slice() else { panic!("{:?}", order.lines) };
    assert_eq!(line.kind, LineKind::Goods);
    assert_eq!((line.product.as_deref(), line.stock_owner.as_deref()), (Some("4410-88"), None));
    assert_eq!(
        (line.amount, line.unit_price, line.unit_discount),
        (decimal("36"), decimal("18"), decimal("2"))
    );
    assert_eq!(
        (line.taxes[0].amount, line.taxes[0].rate),
        (decimal("4.50"), Some(decimal("12.5")))
    );
    assert!(line.takes_stock);
    assert_eq!((line.options[0].name.as_str(), line.options[0].value.as_str()), ("Color", "Blue"));
    let [shipping] = order.charges.as_slice() else { panic!("{:?}", order.charges) };
    assert_eq!((shipping.kind.clone(), shipping.name.as_str()), (ChargeKind::Shipping, "Post"));
    assert_eq!((shipping.amount, shipping.taxes[0].amount), (decimal("5"), decimal("0.63")));
    assert_eq!(order.tenders[0].method, "Credit card");
    let customer = order.customer.unwrap();
    assert_eq!(customer.email.as_deref(), Some("buyer@example.org"));
    assert_eq!(
        (customer.name.as_deref(), customer.phone.as_deref()),
        (Some("Buyer One"), Some("555-0100"))
    );
    let attributes: Vec<_> =
        order.attributes.iter().map(|pair| (pair.name.as_str(), pair.value.as_str())).collect();
    let expected =
        [("fulfillment_status", "awaiting-processing"), ("fulfillment_type", "shipping")];
    assert_eq!(attributes, expected);
}

/// The vendor's sample of 2018: two items, two taxes, and the tax on shipping and handling carried
/// by the second.
#[test]
fn the_sample_of_2018() {
    let tax = |name: &str, value: u32, total: &str, goods: &str, shipping: &str| {
        let number = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        json!({ "name": name, "value": value, "total": number(total),
                "taxOnDiscountedSubtotal": number(goods), "taxOnShipping": number(shipping) })
    };
    let order = map(&example_with(&json!({
        "discount": 4, "couponDiscount": 22, "tax": 488.48, "total": 2014.97,
        "totalBeforeGiftCardRedemption": null, "giftCardRedemption": null,
        "shippingOption": { "shippingRate": 471.85 }, "handlingFee": { "name": "Wrapping", "value": 4 },
        "taxesOnShipping": [{ "name": "A", "value": 12, "total": 57.10 }, { "name": "B", "value": 20, "total": 95.17 }],
        "items": [
            { "id": 1, "productId": 1, "price": 1060, "quantity": 1, "couponAmount": 21.66, "discounts": [{ "total": 3.94 }],
              "taxes": [tax("A", 12, "124.13", "124.13", "0"), tax("B", 20, "206.88", "206.88", "0")] },
            { "id": 2, "productId": 2, "price": 4.16, "quantity": 4, "couponAmount": 0.34, "discounts": [{ "total": 0.06 }],
              "taxes": [tax("A", 12, "59.05", "1.95", "57.10"), tax("B", 20, "98.42", "3.25", "95.17")] },
        ],
    })));
    check_adds_up(&order);
    assert_eq!(order.total, decimal("2014.97"));
    assert_eq!(order.lines[0].amount, decimal("1034.40"));
    assert_eq!(
        (order.lines[1].amount, order.lines[1].unit_price),
        (decimal("16.24"), decimal("4.06"))
    );
    let kinds: Vec<_> = order.charges.iter().map(|charge| (&charge.kind, charge.amount)).collect();
    assert_eq!(
        kinds,
        [(&ChargeKind::Shipping, decimal("471.85")), (&ChargeKind::Handling, decimal("4"))]
    );
    assert_eq!(order.charges[0].taxes.len(), 2);
}

/// Pattern 35: the tax is the shop's own figure, and never reckoned anew.
///
/// The gross sample: an item of 10 that contains 0.91 of tax.
#[test]
fn gross_prices_lose_their_tax() {
    let order = map(&example_with(&json!({
        "pricesIncludeTax": true, "couponDiscount": 0, "tax": 1.36, "total": 15.00, "totalBeforeGiftCardRedemption": 15,
        "items": [{ "id": 1, "productId": 7, "price": 10, "quantity": 1,
            "taxes": [{ "name": "GST", "value": 10, "total": 1.36, "taxOnDiscountedSubtotal": 0.91, "taxOnShipping": 0.45 }] }],
    })));
    check_adds_up(&order);
    assert_eq!(
        (order.lines[0].amount, order.lines[0].unit_price),
        (decimal("9.09"), decimal("9.09"))
    );
    assert_eq!(order.lines[0].stock_owner.as_deref(), Some("7"));
    assert_eq!(order.charges[0].amount, decimal("4.55"));
}

/// Where an answer does not split a tax, what the goods leave of it is shipping's, or the handling
/// fee's.
#[test]
fn a_tax_that_is_not_split_is_split_by_its_rest() {
    let items = json!([{ "id": 1, "productId": 7, "price": 36, "quantity": 1,
        "taxes": [{ "name": "VAT", "value": 12.5, "total": 5.13, "taxOnDiscountedSubtotal": 4.50 }] }]);
    let order = map(&example_with(&json!({ "items": items, "couponDiscount": 0 })));
    check_adds_up(&order);
    assert_eq!(order.charges[0].taxes[0].amount, decimal("0.63"));
    let fee = json!({ "items": items, "couponDiscount": 0, "shippingOption": null, "handlingFee": { "value": 5 } });
    let handled = map(&example_with(&fee));
    check_adds_up(&handled);
    assert_eq!((&handled.charges[0].kind, handled.charges.len()), (&ChargeKind::Handling, 1));
}

#[test]
fn a_discount_on_gross_prices_is_shown_without_tax() {
    let order = map(&example_with(&json!({
        "pricesIncludeTax": true, "couponDiscount": 2.2, "tax": 1.8, "total": 19.8, "totalBeforeGiftCardRedemption": 19.8,
        "shippingOption": null, "taxesOnShipping": null,
        "items": [{ "id": 1, "productId": 7, "price": 11, "quantity": 2, "couponAmount": 2.2,
            "taxes": [{ "name": "GST", "value": 10, "total": 1.8, "taxOnDiscountedSubtotal": 1.8 }] }],
    })));
    check_adds_up(&order);
    assert_eq!(
        (order.lines[0].unit_price, order.lines[0].unit_discount),
        (decimal("9"), decimal("1"))
    );
}

#[test]
fn without_tax_and_with_odd_quantities() {
    let order = map(&example_with(&json!({
        "couponDiscount": 0, "tax": 0, "total": 10.00, "totalBeforeGiftCardRedemption": 10, "shippingOption": null,
        "taxesOnShipping": null,
        "items": [
            { "id": 1, "productId": 7, "price": 3.50, "quantity": 3, "discounts": [{ "total": 0.51 }, { "total": 0.01 }] },
            { "id": 2, "productId": 8, "price": 0.04, "quantity": 0.5 },
            { "id": 3, "productId": 9, "price": 7, "quantity": 0 },
        ],
        "discount": 0.52,
    })));
    check_adds_up(&order);
    assert_eq!(
        (order.lines[0].amount, order.lines[0].unit_price),
        (decimal("9.98"), decimal("3.32667"))
    );
    assert_eq!(order.lines[1].unit_price, decimal("0.04"));
    assert_eq!(order.lines[2].unit_price, Decimal::ZERO);
}

/// Pattern 42: in part or whole, it is what the order was paid with.
#[test]
fn a_gift_card_is_a_tender_and_not_a_discount() {
    let order = map(&example_with(
        &json!({ "total": 16.13, "giftCardRedemption": 30, "totalBeforeGiftCardRedemption": 46.13 }),
    ));
    check_adds_up(&order);
    let tenders: Vec<_> =
        order.tenders.iter().map(|tender| (tender.method.as_str(), tender.amount)).collect();
    assert_eq!(tenders, [("Credit card", decimal("16.13")), ("gift card", decimal("30"))]);
    let whole = map(&example_with(
        &json!({ "total": 0, "giftCardRedemption": 46.13, "totalBeforeGiftCardRedemption": null }),
    ));
    check_adds_up(&whole);
    assert_eq!(whole.tenders.len(), 1);
}

#[test]
fn points_and_credit_are_tenders_where_the_total_says_so() {
    let redeemed = json!({ "redemption": { "amount": 6.13 } });
    let taken_off = map(&example_with(
        &json!({ "total": 40, "totalBeforeGiftCardRedemption": 40, "loyalty": redeemed }),
    ));
    check_adds_up(&taken_off);
    assert_eq!(taken_off.total, decimal("46.13"));
    assert_eq!(taken_off.tenders[1].method, "loyalty");
    let not_taken_off = map(&example_with(&json!({ "storeCredit": redeemed })));
    check_adds_up(&not_taken_off);
    assert_eq!(not_taken_off.tenders.len(), 1);
}

#[test]
fn discounts_that_no_line_bears_are_charges() {
    let order = map(&example_with(
        &json!({ "discount": 3, "total": 43.13, "totalBeforeGiftCardRedemption": 43.13 }),
    ));
    check_adds_up(&order);
    assert_eq!(
        (order.charges[1].kind.clone(), order.charges[1].amount),
        (ChargeKind::Discount, decimal("-3"))
    );
    let beside = map(&example_with(
        &json!({ "customDiscount": [1, 0.5], "total": 44.63, "totalBeforeGiftCardRedemption": 44.63 }),
    ));
    check_adds_up(&beside);
    assert_eq!(beside.charges[1].amount, decimal("-1.5"));
    let contained = map(&example_with(
        &json!({ "customDiscount": [3], "discount": 3, "total": 43.13, "totalBeforeGiftCardRedemption": 43.13 }),
    ));
    check_adds_up(&contained);
    let coupon_twice = map(&example_with(&json!({ "discount": 4 })));
    check_adds_up(&coupon_twice);
    assert_eq!(coupon_twice.charges.len(), 1);
}

#[test]
fn a_discount_on_shipping_is_in_its_rate() {
    let option =
        json!({ "shippingMethodName": "Post", "shippingRate": 8, "discountedShippingRate": 5 });
    check_adds_up(&map(&example_with(&json!({ "shippingOption": option }))));
    let told_again = map(&example_with(&json!({ "shippingOption": option, "discount": 3 })));
    check_adds_up(&told_again);
    assert_eq!(told_again.charges.len(), 1);
}

#[test]
fn surcharges_and_tips_are_charges() {
    let order = map(&example_with(&json!({
        "total": 50.63, "totalBeforeGiftCardRedemption": 50.63,
        "customSurcharges": [{ "id": "tips", "description": "Thanks!", "total": 2 }, { "description": "Card fee", "total": 2.5 }],
    })));
    check_adds_up(&order);
    assert_eq!(
        (order.charges[1].kind.clone(), order.charges[2].kind.clone()),
        (ChargeKind::Tip, ChargeKind::Surcharge)
    );
    assert_eq!(order.charges[2].name, "Card fee");
    let taxed = map(&example_with(&json!({
        "total": 48.38, "totalBeforeGiftCardRedemption": 48.38,
        "customSurcharges": [{ "id": "fee", "total": 2.25, "totalWithoutTax": 2, "taxes": [{ "name": "VAT", "value": 12.5, "total": 0.25 }] }],
    })));
    check_adds_up(&taxed);
    assert_eq!(taxed.charges[1].amount, decimal("2"));
}

/// Pattern 36: money of a kind that is not known is missing from the parts, and the host holds the
/// order.
#[test]
fn what_does_not_add_up_is_given_as_it_is() {
    let order = map(&example_with(&json!({ "total": 600, "totalBeforeGiftCardRedemption": 600 })));
    assert_eq!((order.total, parts(&order)), (decimal("600"), decimal("46.13")));
    assert_eq!(order.charges.len(), 1);
}

#[test]
fn kinds_of_lines_are_told() {
    let order = map(&example_with(&json!({ "items": [
        { "id": 1, "productId": 1, "price": 1, "quantity": 1, "giftCard": true },
        { "id": 2, "productId": 2, "price": 1, "quantity": 1, "compositeComponents": [{}] },
        { "id": 3, "productId": 0, "price": 1, "quantity": 1, "name": "Engraving" },
        { "id": 4, "price": 1, "quantity": 1 },
        { "id": 5, "productId": 5, "price": 1, "quantity": 1, "sku": "  ", "trackQuantity": false, "compositeComponents": [] },
    ] })));
    let ad_hoc = LineKind::Other("ad-hoc".to_owned());
    let kinds: Vec<_> = order.lines.iter().map(|line| line.kind.clone()).collect();
    assert_eq!(
        kinds,
        [LineKind::GiftCard, LineKind::Composite, ad_hoc.clone(), ad_hoc, LineKind::Goods]
    );
    let stock: Vec<_> = order.lines.iter().map(|line| line.takes_stock).collect();
    assert_eq!(stock, [true, true, false, false, false]);
    assert_eq!((order.lines[2].product.as_deref(), order.lines[4].sku.as_deref()), (None, None));
}

#[test]
fn a_cancelled_order_gave_its_goods_back() {
    for (status, takes_stock) in [
        ("CANCELLED", false),
        ("INCOMPLETE", false),
        ("AWAITING_PAYMENT", true),
        ("REFUNDED", true),
    ] {
        assert_eq!(
            map(&example_with(&json!({ "paymentStatus": status }))).lines[0].takes_stock,
            takes_stock,
            "{status}"
        );
    }
    let custom = map(&example_with(&json!({ "paymentStatus": "CUSTOM_PAYMENT_STATUS_1" })));
    assert_eq!(custom.payment_status, PaymentStatus::Other("CUSTOM_PAYMENT_STATUS_1".to_owned()));
}

#[test]
fn a_buyer_is_named_by_what_there_is() {
    let shipped_to = map(&example_with(
        &json!({ "billingPerson": { "name": " " }, "shippingPerson": { "name": "Recipient", "phone": "1" }, "email": "" }),
    ));
    let customer = shipped_to.customer.unwrap();
    assert_eq!((customer.name.as_deref(), customer.email), (Some("Recipient"), None));
    let anonymous =
        map(&example_with(&json!({ "billingPerson": null, "email": "  ", "customerId": 0 })));
    assert_eq!(anonymous.customer, None);
    let as_it_came = map(&example_with(&json!({ "email": " Mina@Example.ORG" }))).customer.unwrap();
    assert_eq!(as_it_came.email.as_deref(), Some(" Mina@Example.ORG"));
}

/// The forms of 2014: dates with an offset, a sequential number, no timestamps, tax on shipping
/// beside the items.
#[test]
fn an_old_order_is_read() {
    let order = map(&json!({
        "orderNumber": 35, "vendorOrderNumber": "35", "paymentStatus": "PAID", "paymentMethod": "Credit card",
        "createDate": "2014-11-05 12:53:30 -0800", "updateDate": "2014-11-05 12:55:41 -0800",
        "tax": 3.82, "total": 54.72, "discount": 0, "couponDiscount": 0,
        "items": [{ "id": 43440342, "productId": 41269881, "price": 22.95, "quantity": 2, "trackQuantity": false,
                    "taxes": [{ "name": "State tax", "value": 7.5, "total": 3.44 }] }],
        "shippingOption": { "shippingMethodName": "Ground", "shippingRate": 5 },
        "taxesOnShipping": [{ "name": "State tax", "value": 7.5, "total": 0.38 }],
    }));
    check_adds_up(&order);
    assert_eq!((order.id.as_str(), order.number.as_str()), ("35", "35"));
    assert_eq!(order.placed_at, 1_415_220_810_000);
    assert_eq!(order.charges[0].taxes[0].amount, decimal("0.38"));
}

#[test]
fn a_revision_tells_every_change() {
    let first = revision(&example());
    assert_eq!(first, revision(&example()));
    assert!(first.starts_with("1767605462-"));
    let same_second = revision(&example_with(&json!({ "paymentStatus": "REFUNDED" })));
    assert_ne!(first, same_second);
    // An amount that is written otherwise is no change.
    assert_eq!(first, revision(&example_with(&json!({ "total": 46.130 }))));
}

#[track_caller]
fn check_refused(changes: &Value, expected: &str) {
    match try_map(&example_with(changes)) {
        Err(Failure::Unexpected(message)) => assert!(message.starts_with(expected), "{message}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_field_that_money_needs_is_named_when_it_is_wrong() {
    check_refused(
        &json!({ "total": "much" }),
        "order `QK7M2`: `total`: expected an amount, found \"much\"",
    );
    check_refused(
        &json!({ "total": null }),
        "order `QK7M2`: `total`: expected an amount, found null",
    );
    check_refused(
        &json!({ "items": [{ "price": 1 }] }),
        "order `QK7M2`: `items[0]`: missing field `quantity`",
    );
    check_refused(
        &json!({ "items": [{ "price": 1, "quantity": 1, "taxes": [{ "name": "VAT" }] }] }),
        "order `QK7M2`: `items[0]`: a tax has neither",
    );
    check_refused(
        &json!({ "updateTimestamp": null, "updateDate": null }),
        "order `QK7M2`: `updateTimestamp` is missing",
    );
    check_refused(&json!({ "paymentStatus": null }), "order `QK7M2`: `paymentStatus`");
    check_refused(
        &json!({ "internalId": null, "orderNumber": null }),
        "order `QK7M2`: neither `internalId`",
    );
    let huge: Value = serde_json::from_str("9e18").unwrap();
    check_refused(
        &json!({ "items": [{ "price": huge, "quantity": 2 }] }),
        "order `QK7M2`: `items[0]`: the answer holds a number",
    );
}
