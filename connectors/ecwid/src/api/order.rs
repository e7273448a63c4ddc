//! Orders, as `GET /orders` and `GET /orders/{id}` answer them.

use penstock_connector_sdk::json::{self, Text};
use penstock_connector_sdk::types::{Decimal, Failure, Response};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::Id;

/// What we read of an order.
pub(crate) const FIELDS: &str = concat!(
    "id,internalId,orderNumber,vendorOrderNumber,email,customerId,paymentStatus,fulfillmentStatus,",
    "createTimestamp,createDate,updateTimestamp,updateDate,pricesIncludeTax,",
    "total,tax,discount,couponDiscount,customDiscount,refundedAmount,",
    "giftCardRedemption,totalBeforeGiftCardRedemption,",
    "loyalty(redemption(amount)),storeCredit(redemption(amount)),",
    "paymentMethod,orderComments,discountCoupon(code),",
    "billingPerson(name,phone),shippingPerson(name,phone),",
    "shippingOption(shippingMethodName,shippingRate,discountedShippingRate,fulfillmentType),",
    "handlingFee(name,value),",
    "customSurcharges[](id,description,total,totalWithoutTax,taxes[](name,value,total)),",
    "taxesOnShipping[](name,value,total),",
    "items[](id,productId,combinationId,sku,name,price,quantity,couponAmount,discounts[](total),",
    "taxes[](name,value,total,taxOnDiscountedSubtotal,taxOnShipping,taxOnHandlingFee),",
    "giftCard,trackQuantity,compositeComponents[](productId),selectedOptions[](name,value))",
);

/// A page of a search.
#[derive(Debug, Deserialize)]
pub(crate) struct Orders<'a> {
    /// All matches, not those of this page.
    pub(crate) total: u64,
    #[serde(borrow)]
    pub(crate) items: Vec<Order<'a>>,
}

/// The ids of a page of a search.
#[derive(Debug, Deserialize)]
pub(crate) struct OrderIds<'a> {
    #[serde(borrow)]
    pub(crate) items: Vec<OrderId<'a>>,
}

/// Enough of an order to find or to name it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrderId<'a> {
    #[serde(default, borrow)]
    pub(crate) id: Option<Text<'a>>,
    #[serde(default, borrow)]
    pub(crate) internal_id: Option<Id<'a>>,
    #[serde(default, borrow)]
    pub(crate) order_number: Option<Id<'a>>,
}

/// An order.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Order<'a> {
    #[serde(borrow)]
    pub(crate) id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) internal_id: Option<Id<'a>>,
    #[serde(borrow)]
    pub(crate) order_number: Option<Id<'a>>,
    #[serde(borrow)]
    pub(crate) vendor_order_number: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) email: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) customer_id: Option<Id<'a>>,
    #[serde(borrow)]
    pub(crate) payment_status: Text<'a>,
    #[serde(borrow)]
    pub(crate) fulfillment_status: Option<Text<'a>>,
    pub(crate) create_timestamp: Option<i64>,
    #[serde(borrow)]
    pub(crate) create_date: Option<Text<'a>>,
    pub(crate) update_timestamp: Option<i64>,
    #[serde(borrow)]
    pub(crate) update_date: Option<Text<'a>>,
    pub(crate) prices_include_tax: Option<bool>,
    pub(crate) total: Decimal,
    pub(crate) tax: Option<Decimal>,
    pub(crate) discount: Option<Decimal>,
    pub(crate) coupon_discount: Option<Decimal>,
    pub(crate) custom_discount: Option<Vec<Decimal>>,
    pub(crate) refunded_amount: Option<Decimal>,
    pub(crate) gift_card_redemption: Option<Decimal>,
    pub(crate) total_before_gift_card_redemption: Option<Decimal>,
    pub(crate) loyalty: Option<Redeemed>,
    pub(crate) store_credit: Option<Redeemed>,
    #[serde(borrow)]
    pub(crate) payment_method: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) order_comments: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) discount_coupon: Option<Coupon<'a>>,
    #[serde(borrow)]
    pub(crate) billing_person: Option<Person<'a>>,
    #[serde(borrow)]
    pub(crate) shipping_person: Option<Person<'a>>,
    #[serde(borrow)]
    pub(crate) shipping_option: Option<ShippingOption<'a>>,
    #[serde(borrow)]
    pub(crate) handling_fee: Option<HandlingFee<'a>>,
    #[serde(borrow)]
    pub(crate) custom_surcharges: Option<Vec<Surcharge<'a>>>,
    #[serde(borrow)]
    pub(crate) taxes_on_shipping: Option<Vec<PlainTax<'a>>>,
    #[serde(borrow)]
    pub(crate) items: Option<Vec<Item<'a>>>,
}

/// Loyalty points or store credit that paid a part.
#[derive(Debug, Deserialize)]
pub(crate) struct Redeemed {
    redemption: Option<Redemption>,
}

impl Redeemed {
    pub(crate) fn amount(&self) -> Option<Decimal> {
        self.redemption.as_ref()?.amount
    }
}

#[derive(Debug, Deserialize)]
struct Redemption {
    amount: Option<Decimal>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Coupon<'a> {
    #[serde(borrow)]
    pub(crate) code: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Person<'a> {
    #[serde(borrow)]
    pub(crate) name: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) phone: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ShippingOption<'a> {
    #[serde(borrow)]
    pub(crate) shipping_method_name: Option<Text<'a>>,
    pub(crate) shipping_rate: Option<Decimal>,
    pub(crate) discounted_shipping_rate: Option<Decimal>,
    #[serde(borrow)]
    pub(crate) fulfillment_type: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct HandlingFee<'a> {
    #[serde(borrow)]
    pub(crate) name: Option<Text<'a>>,
    pub(crate) value: Option<Decimal>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Surcharge<'a> {
    #[serde(borrow)]
    pub(crate) id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) description: Option<Text<'a>>,
    pub(crate) total: Decimal,
    pub(crate) total_without_tax: Option<Decimal>,
    #[serde(borrow)]
    pub(crate) taxes: Option<Vec<PlainTax<'a>>>,
}

/// A tax of which only the amount is told.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct PlainTax<'a> {
    #[serde(borrow)]
    pub(crate) name: Option<Text<'a>>,
    /// In percent.
    pub(crate) value: Option<Decimal>,
    pub(crate) total: Decimal,
}

/// An ordered item.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Item<'a> {
    #[serde(borrow)]
    pub(crate) id: Option<Id<'a>>,
    #[serde(borrow)]
    pub(crate) product_id: Option<Id<'a>>,
    #[serde(borrow)]
    pub(crate) combination_id: Option<Id<'a>>,
    #[serde(borrow)]
    pub(crate) sku: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) name: Option<Text<'a>>,
    /// Of one unit, before discounts; gross or net as `pricesIncludeTax` says.
    pub(crate) price: Decimal,
    pub(crate) quantity: Decimal,
    /// Of the whole line.
    pub(crate) coupon_amount: Option<Decimal>,
    pub(crate) discounts: Option<Vec<Discount>>,
    #[serde(borrow)]
    pub(crate) taxes: Option<Vec<ItemTax<'a>>>,
    pub(crate) gift_card: Option<bool>,
    pub(crate) track_quantity: Option<bool>,
    pub(crate) composite_components: Option<Vec<serde::de::IgnoredAny>>,
    #[serde(borrow)]
    pub(crate) selected_options: Option<Vec<SelectedOption<'a>>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Discount {
    /// The line's share.
    pub(crate) total: Decimal,
}

/// A tax of an item, which also carries the item's share of the tax on shipping and handling.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ItemTax<'a> {
    #[serde(borrow)]
    pub(crate) name: Option<Text<'a>>,
    /// In percent.
    pub(crate) value: Option<Decimal>,
    pub(crate) total: Option<Decimal>,
    pub(crate) tax_on_discounted_subtotal: Option<Decimal>,
    pub(crate) tax_on_shipping: Option<Decimal>,
    pub(crate) tax_on_handling_fee: Option<Decimal>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct SelectedOption<'a> {
    #[serde(borrow)]
    pub(crate) name: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) value: Option<Text<'a>>,
}

/// Reads a page of orders. A row that can't be read is named by its order's number.
pub(crate) fn read_page(response: &Response) -> Result<Orders<'_>, Failure> {
    json::read(response, "the list of orders").map_err(|failure| name_row(&response.body, failure))
}

/// Finds the first row that can't be read, to tell its order instead of its position. Only errors
/// come here.
fn name_row(body: &[u8], failure: Failure) -> Failure {
    #[derive(Deserialize)]
    struct Rows<'a> {
        #[serde(borrow)]
        items: Vec<&'a RawValue>,
    }
    let Ok(rows) = serde_json::from_slice::<Rows<'_>>(body) else {
        return failure;
    };
    let named = rows.items.into_iter().find_map(|row| {
        let number = serde_json::from_str::<OrderId>(row.get()).unwrap_or_default();
        let id = number.internal_id.or(number.order_number);
        let shown = number.id.as_deref().or(id.map(|id| id.0));
        let what = format!("order `{}`", shown.unwrap_or("without an id"));
        json::from_slice::<Order<'_>>(row.get().as_bytes(), &what).err()
    });
    named.unwrap_or(failure)
}
