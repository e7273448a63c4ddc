//! Orders as the vendor's arithmetic makes them, whatever the numbers: they must come out to the
//! last digit.

use penstock_connector_sdk::types::Decimal;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{map, parts, tendered};

#[derive(Clone, Debug)]
struct AnyItem {
    price_cents: i64,
    quantity: i64,
    coupon_cents: i64,
    promotion_cents: i64,
    tax_cents: Option<i64>,
    shipping_tax_cents: i64,
    handling_tax_cents: i64,
}

#[derive(Clone, Debug)]
struct AnyOrder {
    gross: bool,
    items: Vec<AnyItem>,
    shipping_cents: i64,
    handling_cents: i64,
    tip_cents: i64,
    custom_cents: i64,
    gift_card_percent: i64,
}

fn any_item() -> impl Strategy<Value = AnyItem> {
    let taxes = (proptest::option::of(0..5_000_i64), 0..300_i64, 0..100_i64);
    (1..1_000_000_i64, 1..9_i64, 0..100_i64, 0..100_i64, taxes).prop_map(
        |(
            price_cents,
            quantity,
            coupon_cents,
            promotion_cents,
            (tax_cents, shipping_tax_cents, handling_tax_cents),
        )| AnyItem {
            price_cents,
            quantity,
            coupon_cents,
            promotion_cents,
            tax_cents,
            shipping_tax_cents,
            handling_tax_cents,
        },
    )
}

fn any_order() -> impl Strategy<Value = AnyOrder> {
    let charges = (0..10_000_i64, 0..1_000_i64, 0..1_000_i64, 0..500_i64, 0..=100_i64);
    (any::<bool>(), prop::collection::vec(any_item(), 1..6), charges).prop_map(
        |(
            gross,
            items,
            (shipping_cents, handling_cents, tip_cents, custom_cents, gift_card_percent),
        )| AnyOrder {
            gross,
            items,
            shipping_cents,
            handling_cents,
            tip_cents,
            custom_cents,
            gift_card_percent,
        },
    )
}

fn money(cents: i64) -> Value {
    serde_json::from_str(&Decimal::new(cents, 2).to_string()).unwrap()
}

impl AnyItem {
    fn all_tax_cents(&self) -> i64 {
        self.tax_cents.map_or(0, |tax| tax + self.shipping_tax_cents + self.handling_tax_cents)
    }

    fn json(&self, position: usize) -> Value {
        let taxes = self.tax_cents.map(|tax| {
            json!([{ "name": format!("Tax {}", position % 2), "value": 10, "total": money(self.all_tax_cents()),
                     "taxOnDiscountedSubtotal": money(tax), "taxOnShipping": money(self.shipping_tax_cents),
                     "taxOnHandlingFee": money(self.handling_tax_cents) }])
        });
        json!({ "id": position, "productId": position + 1, "price": money(self.price_cents), "quantity": self.quantity,
                "couponAmount": money(self.coupon_cents), "discounts": [{ "total": money(self.promotion_cents) }],
                "taxes": taxes })
    }
}

impl AnyOrder {
    /// `subtotal - discount - couponDiscount + tax + shipping + handling + surcharges`, without the
    /// tax where prices contain it.
    fn total_cents(&self) -> i64 {
        let items = self.items.iter();
        let goods: i64 = items
            .clone()
            .map(|item| item.price_cents * item.quantity - item.coupon_cents - item.promotion_cents)
            .sum();
        let tax: i64 = items.map(AnyItem::all_tax_cents).sum();
        goods
            + if self.gross { 0 } else { tax }
            + self.shipping_cents
            + self.handling_cents
            + self.tip_cents
            - self.custom_cents
    }

    fn json(&self) -> Value {
        let total = self.total_cents();
        let card = total.max(0) * self.gift_card_percent / 100;
        let promotions: i64 = self.items.iter().map(|item| item.promotion_cents).sum();
        let coupons: i64 = self.items.iter().map(|item| item.coupon_cents).sum();
        let tax: i64 = self.items.iter().map(AnyItem::all_tax_cents).sum();
        json!({
            "id": "X", "internalId": 1, "paymentStatus": "PAID", "createTimestamp": 1, "updateTimestamp": 2,
            "pricesIncludeTax": self.gross, "tax": money(tax), "total": money(total - card),
            "giftCardRedemption": money(card), "totalBeforeGiftCardRedemption": money(total),
            "discount": money(promotions + self.custom_cents), "couponDiscount": money(coupons),
            "customDiscount": [money(self.custom_cents)], "paymentMethod": "Card",
            "shippingOption": { "shippingRate": money(self.shipping_cents) },
            "handlingFee": { "name": "Handling", "value": money(self.handling_cents) },
            "customSurcharges": [{ "id": "tip", "total": money(self.tip_cents) }],
            "items": self.items.iter().enumerate().map(|(position, item)| item.json(position)).collect::<Vec<_>>(),
        })
    }
}

proptest! {
    #[test]
    fn lines_charges_and_taxes_add_up_to_the_total(any in any_order()) {
        let order = map(&any.json());
        prop_assert_eq!(order.total, Decimal::new(any.total_cents(), 2));
        prop_assert_eq!(parts(&order), order.total);
        prop_assert_eq!(tendered(&order), order.total);
        for line in &order.lines {
            let whole = line.unit_price.checked_mul(line.quantity).unwrap();
            let residue = whole.checked_sub(line.amount).unwrap().checked_abs().unwrap();
            prop_assert!(residue <= line.quantity.checked_mul(Decimal::new(5, 6)).unwrap());
        }
    }
}
