//! Orders as the shop answers them, as far as the plain program reads them.

use std::borrow::Cow;

use serde::Deserialize;

use super::money::Money;

/// The fields that are asked for: what the product asks for, so that both read the same answers.
pub(crate) const FIELDS: &str = concat!(
    "total,items(id,internalId,orderNumber,vendorOrderNumber,email,customerId,paymentStatus,fulfillmentStatus,",
    "createTimestamp,createDate,updateTimestamp,updateDate,pricesIncludeTax,",
    "total,tax,discount,couponDiscount,customDiscount,refundedAmount,",
    "giftCardRedemption,totalBeforeGiftCardRedemption,",
    "loyalty(redemption(amount)),storeCredit(redemption(amount)),",
    "paymentMethod,orderComments,discountCoupon(code),",
    "billingPerson(name,phone),shippingPerson(name,phone),",
    "shippingOption(shippingMethodName,shippingRate,discountedShippingRate,fulfillmentType),",
    "handlingFee(name,value),",
    "customSurcharges(id,description,total,totalWithoutTax,taxes(name,value,total)),",
    "taxesOnShipping(name,value,total),",
    "items(id,productId,combinationId,sku,name,price,quantity,couponAmount,discounts(total),",
    "taxes(name,value,total,taxOnDiscountedSubtotal,taxOnShipping,taxOnHandlingFee),",
    "giftCard,trackQuantity,compositeComponents(productId),selectedOptions(name,value)))",
);

#[derive(Debug, Deserialize)]
pub(crate) struct Page<'a> {
    /// All matches, not those of this page.
    pub(crate) total: usize,
    #[serde(borrow)]
    pub(crate) items: Vec<Order<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Order<'a> {
    #[serde(borrow)]
    pub(super) id: Cow<'a, str>,
    pub(super) internal_id: u64,
    #[serde(borrow)]
    pub(crate) email: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) payment_status: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) payment_method: Cow<'a, str>,
    pub(super) create_timestamp: i64,
    #[serde(default)]
    pub(super) prices_include_tax: bool,
    pub(super) total: Money,
    #[serde(borrow)]
    pub(super) order_comments: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(crate) items: Vec<Item<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Item<'a> {
    pub(super) id: u64,
    #[serde(borrow)]
    pub(crate) sku: Cow<'a, str>,
    pub(super) price: Money,
    pub(super) quantity: Money,
    #[serde(default)]
    pub(super) coupon_amount: Money,
    #[serde(default)]
    pub(super) discounts: Vec<Discount>,
    #[serde(default)]
    pub(super) taxes: Vec<Tax>,
    #[serde(default, borrow)]
    pub(super) selected_options: Vec<Chosen<'a>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Discount {
    pub(super) total: Money,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Tax {
    /// In percent.
    pub(super) value: Money,
    pub(super) tax_on_discounted_subtotal: Money,
}

#[derive(Debug, Deserialize)]
pub(super) struct Chosen<'a> {
    #[serde(borrow)]
    pub(super) name: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) value: Cow<'a, str>,
}

impl Order<'_> {
    pub(crate) fn is_paid(&self) -> bool {
        self.payment_status == "PAID"
    }
}
