//! How orders and products look in answers. What was planted never appears here.

use super::order::{Charge, OrderDetail, OrderLine, OrderRow, Person};
use super::{Product, Shop, Variation, internal_id, public_id};
use crate::chance::mix;
use crate::clock;
use crate::json::Object;
use crate::knobs::{AdHocProductId, NoShippingTax, TipSurchargeId};
use crate::money::{WHOLE, share};
use crate::shop::order::LineKind;
use rust_decimal::Decimal;

/// One order as it is to be shown.
pub(super) struct OrderView<'v> {
    pub position: u32,
    pub row: &'v OrderRow,
    pub detail: &'v OrderDetail,
}

/// An order.
pub(super) fn order(out: &mut Object<'_>, shop: &Shop, view: OrderView<'_>) {
    let (row, detail) = (view.row, view.detail);
    identity(out, shop, &view);
    out.text("email", &detail.email);
    out.text("paymentMethod", &detail.payment_method);
    out.text("paymentStatus", row.payment.word());
    out.text("fulfillmentStatus", row.fulfillment.word());
    times(out, "create", row.created_s);
    times(out, "update", row.updated_s);
    out.flag("pricesIncludeTax", detail.prices_include_tax);
    out.flag("customerTaxExempt", detail.tax_exempt);
    out.flag("reversedTaxApplied", false);
    amounts(out, shop, detail);
    charges(out, shop, detail);
    out.objects("items", &detail.lines, |item, line| {
        order_item(item, shop, line, detail.prices_include_tax);
    });
    if let Some(billing) = &detail.billing {
        out.object("billingPerson", |out| person(out, billing));
    }
    if let Some(shipping) = &detail.shipping_person {
        out.object("shippingPerson", |out| person(out, shipping));
    }
    out.text_if("orderComments", detail.comments.as_deref());
    out.text_if("privateAdminNotes", detail.admin_notes.as_deref());
    out.text("lang", "en");
    out.flag("hidden", false);
}

fn identity(out: &mut Object<'_>, shop: &Shop, view: &OrderView<'_>) {
    let (id, internal) = (public_id(view.position), internal_id(view.position).cast_signed());
    out.text("id", &id);
    out.int("internalId", internal);
    out.int("orderNumber", internal);
    out.text("vendorOrderNumber", &id);
    out.text("publicUid", &id);
    out.text_by("externalTransactionId", || {
        format!("ch_{:012x}", mix(&[shop.parts.seed, 11, u64::from(view.position)]) >> 16)
    });
}

fn times(out: &mut Object<'_>, what: &str, at_s: i64) {
    out.text_by(&format!("{what}Date"), || clock::shop_text(at_s));
    out.int(&format!("{what}Timestamp"), at_s);
}

fn amounts(out: &mut Object<'_>, shop: &Shop, detail: &OrderDetail) {
    let mut amount = |name, minor| money(out, shop, name, minor);
    let goods_tax: i64 =
        detail.lines.iter().flat_map(|line| &line.taxes).map(|tax| tax.goods_minor).sum();
    let stripped = if detail.prices_include_tax { goods_tax } else { 0 };
    amount("subtotal", detail.subtotal_minor);
    amount("subtotalWithoutTax", detail.subtotal_minor - stripped);
    amount("couponDiscount", detail.coupon_minor);
    amount("discount", detail.discount_minor);
    amount("volumeDiscount", 0);
    amount("membershipBasedDiscount", 0);
    amount("totalAndMembershipBasedDiscount", detail.discount_minor);
    amount("tax", detail.tax_minor);
    amount("total", detail.total_minor);
    amount("totalWithoutTax", detail.total_minor - detail.tax_minor);
    amount("giftCardRedemption", 0);
    amount("totalBeforeGiftCardRedemption", detail.total_minor);
    amount("refundedAmount", detail.refunded_minor);
    // An illustration only, as at the vendor: nobody may account with it.
    amount("usdTotal", share(detail.total_minor, 109, 100));
    let refunded = (detail.refunded_minor > 0).then_some(detail.refunded_minor);
    out.objects("refunds", refunded, |refund, minor| {
        refund.text("source", "CP");
        money(refund, shop, "amount", minor);
    });
}

fn charges(out: &mut Object<'_>, shop: &Shop, detail: &OrderDetail) {
    discounts(out, shop, detail);
    shipping(out, shop, detail);
    if let Some(fee) = &detail.handling {
        handling(out, shop, fee, detail.prices_include_tax);
    }
    shipping_taxes(out, shop, detail);
    let surcharges = detail.surcharges.iter().enumerate();
    out.objects("customSurcharges", surcharges, |out, (index, it)| {
        out.text("id", surcharge_id(shop, it.is_tip, index));
        money(out, shop, "value", it.amount_minor);
        out.text("type", "ABSOLUTE");
        money(out, shop, "total", it.amount_minor);
        money(out, shop, "totalWithoutTax", it.amount_minor);
        out.text("description", if it.is_tip { "Tip" } else { "Small order surcharge" });
        out.flag("taxable", false);
        out.objects("taxes", [(); 0], |_, ()| {});
    });
}

fn discounts(out: &mut Object<'_>, shop: &Shop, detail: &OrderDetail) {
    if detail.coupon_milli_percent > 0 {
        out.object("discountCoupon", |coupon| {
            coupon.int("id", 41);
            coupon.text("name", "Welcome");
            coupon.text("code", "WELCOME");
            coupon.text("discountType", "PERCENT");
            coupon.decimal("discount", Decimal::new(detail.coupon_milli_percent, 3));
        });
    }
    let promotion = (detail.discount_minor > 0).then_some(detail.discount_minor);
    out.objects("discountInfo", promotion, |info, minor| {
        money(info, shop, "value", minor);
        info.text("type", "ABS");
        info.text("base", "SUBTOTAL");
        info.text("description", "Promotion");
    });
}

fn shipping(out: &mut Object<'_>, shop: &Shop, detail: &OrderDetail) {
    let pickup = Charge { name: "Pick-up".to_owned(), ..Charge::default() };
    let charge = detail.shipping.as_ref().unwrap_or(&pickup);
    out.object("shippingOption", |option| {
        option.text("shippingMethodName", &charge.name);
        money(option, shop, "shippingRate", charge.amount_minor);
        let net = net_of(charge, detail.prices_include_tax);
        money(option, shop, "shippingRateWithoutTax", net);
        option.flag("isPickup", detail.pickup);
        option.text("fulfillmentType", if detail.pickup { "PICKUP" } else { "SHIPPING" });
    });
}

fn handling(out: &mut Object<'_>, shop: &Shop, fee: &Charge, gross: bool) {
    out.object("handlingFee", |out| {
        out.text("name", &fee.name);
        money(out, shop, "value", fee.amount_minor);
        money(out, shop, "valueWithoutTax", net_of(fee, gross));
        out.text("description", "");
        out.objects("taxes", &fee.taxes, |out, tax| named_tax(out, shop, *tax));
    });
}

fn net_of(charge: &Charge, gross: bool) -> i64 {
    if gross { charge.amount_minor - charge.tax_minor() } else { charge.amount_minor }
}

fn surcharge_id(shop: &Shop, is_tip: bool, index: usize) -> &'static str {
    match (is_tip, shop.knobs.tip_surcharge_id) {
        (true, TipSurchargeId::Tips) => "tips",
        (true, TipSurchargeId::Tip) => "tip",
        _ => ["90817", "90818", "90819"][index.min(2)],
    }
}

/// Tax on shipping and handling together, which the lines carry too.
fn shipping_taxes(out: &mut Object<'_>, shop: &Shop, detail: &OrderDetail) {
    let mut sums: Vec<(usize, i64)> = Vec::new();
    for charge in [&detail.shipping, &detail.handling].into_iter().flatten() {
        for (tax, minor) in &charge.taxes {
            match sums.iter_mut().find(|(known, _)| known == tax) {
                Some((_, sum)) => *sum += minor,
                None => sums.push((*tax, *minor)),
            }
        }
    }
    sums.retain(|(_, minor)| *minor != 0);
    if sums.is_empty() && shop.knobs.no_shipping_tax == NoShippingTax::Null {
        return out.null("taxesOnShipping");
    }
    out.objects("taxesOnShipping", sums, |out, tax| named_tax(out, shop, tax));
}

fn named_tax(out: &mut Object<'_>, shop: &Shop, (tax, minor): (usize, i64)) {
    let tax = &shop.parts.taxes[tax];
    out.text("name", &tax.name);
    out.decimal("value", Decimal::new(tax.milli_percent, 3));
    money(out, shop, "total", minor);
}

fn order_item(out: &mut Object<'_>, shop: &Shop, line: &OrderLine, gross: bool) {
    out.int("id", line.id.cast_signed());
    match (line.product_id, shop.knobs.ad_hoc_product_id) {
        (Some(id), _) => out.int("productId", id.cast_signed()),
        (None, AdHocProductId::Zero) => out.int("productId", 0),
        (None, AdHocProductId::Missing) => {}
    }
    if let Some(id) = line.combination_id {
        out.int("combinationId", id.cast_signed());
    }
    out.text("sku", &line.sku);
    out.text("name", &line.name);
    out.int("quantity", line.quantity);
    money(out, shop, "price", line.price_minor);
    let rates: i64 = line.taxes.iter().map(|it| shop.parts.taxes[it.tax].milli_percent).sum();
    let net = if gross { share(line.price_minor, WHOLE, WHOLE + rates) } else { line.price_minor };
    money(out, shop, "priceWithoutTax", net);
    money(out, shop, "productPrice", line.price_minor);
    out.flag("couponApplied", line.coupon_minor > 0);
    money(out, shop, "couponAmount", line.coupon_minor);
    out.objects("discounts", (line.discount_minor > 0).then_some(()), |out, ()| {
        out.object("discountInfo", |info| {
            info.text("type", "ABS");
            info.text("base", "SUBTOTAL");
        });
        money(out, shop, "total", line.discount_minor);
    });
    money(out, shop, "tax", line.taxes.iter().map(|tax| tax.total_minor()).sum());
    item_taxes(out, shop, line, gross);
    item_flags(out, shop, line);
}

fn item_taxes(out: &mut Object<'_>, shop: &Shop, line: &OrderLine, gross: bool) {
    out.objects("taxes", &line.taxes, |out, it| {
        let tax = &shop.parts.taxes[it.tax];
        out.text("name", &tax.name);
        out.decimal("value", Decimal::new(tax.milli_percent, 3));
        money(out, shop, "total", it.total_minor());
        money(out, shop, "taxOnDiscountedSubtotal", it.goods_minor);
        money(out, shop, "taxOnShipping", it.shipping_minor);
        money(out, shop, "taxOnHandlingFee", it.handling_minor);
        out.flag("includeInPrice", gross);
        out.int("sourceTaxRateId", tax.id.cast_signed());
        out.text("sourceTaxRateType", "MANUAL");
    });
}

fn item_flags(out: &mut Object<'_>, shop: &Shop, line: &OrderLine) {
    let product = line.product_id.and_then(|id| shop.products.get(id));
    out.flag("taxable", !line.taxes.is_empty());
    out.flag("digital", line.kind == LineKind::GiftCard);
    out.flag("giftCard", line.kind == LineKind::GiftCard);
    out.flag("isShippingRequired", line.kind != LineKind::GiftCard);
    out.flag("productAvailable", product.is_some());
    let counted = product.and_then(|product| product.stock_of(line.combination_id)).is_some();
    out.flag("trackQuantity", counted);
    if line.kind == LineKind::Composite {
        out.objects("compositeComponents", [1, 2], |part, index| {
            part.int("productId", 4400 + index);
            part.int("quantity", 1);
        });
    }
    out.objects("selectedOptions", &line.options, |out, (name, value)| {
        out.text("name", name);
        out.text("type", "CHOICE");
        out.text("value", value);
        out.texts("valuesArray", [value.as_str()]);
        out.objects("selections", [value], |out, value| {
            out.text("selectionTitle", value);
            out.int("selectionModifier", 0);
            out.text("selectionModifierType", "ABSOLUTE");
        });
    });
}

fn person(out: &mut Object<'_>, person: &Person) {
    out.text("name", &person.name);
    if let Some((first, last)) = person.name.rsplit_once(' ') {
        out.text("firstName", first);
        out.text("lastName", last);
    }
    out.text("street", &person.street);
    out.text("city", &person.city);
    out.text("countryCode", &person.country_code);
    out.text("postalCode", &person.postal_code);
    out.text("phone", &person.phone);
}

/// A product.
pub(super) fn product(out: &mut Object<'_>, shop: &Shop, product: &Product) {
    out.int("id", product.id.cast_signed());
    out.text("sku", &product.sku);
    stock(out, product.stock);
    out.flag("inStock", product.in_stock());
    out.text("name", &product.name);
    money(out, shop, "price", product.price_minor);
    out.flag("enabled", product.enabled);
    out.object("tax", |tax| {
        tax.flag("taxable", !product.taxes.is_empty());
        let ids = product.taxes.iter().map(|tax| shop.parts.taxes[*tax].id.cast_signed());
        tax.ints("enabledManualTaxes", ids);
    });
    out.flag("isGiftCard", product.kind == LineKind::GiftCard);
    out.flag("isSampleProduct", false);
    if product.kind == LineKind::Composite {
        out.objects("compositeComponents", [1, 2], |part, index| {
            part.int("productId", 4400 + index);
            part.int("quantity", 1);
        });
    }
    out.objects("combinations", product.variations.iter().enumerate(), |out, it| {
        variation(out, shop, product, it);
    });
    out.text_by("created", || clock::shop_text(product.created_s));
    out.int("createTimestamp", product.created_s);
    out.text_by("updated", || clock::shop_text(product.updated_s));
    out.int("updateTimestamp", product.updated_s);
}

/// A variation with its place among its sisters.
pub(super) fn variation(
    out: &mut Object<'_>,
    shop: &Shop,
    product: &Product,
    (index, it): (usize, &Variation),
) {
    let pieces = product.stock_of(Some(it.id));
    out.int("id", it.id.cast_signed());
    out.int("combinationNumber", index as i64 + 1);
    out.objects("options", &it.options, |out, (name, value)| {
        out.text("name", name);
        out.text("value", value);
    });
    out.text_if("sku", it.sku.as_deref());
    stock(out, pieces);
    out.flag("inStock", pieces.is_none_or(|pieces| pieces > 0));
    money(out, shop, "price", it.price_minor);
}

/// The number is missing where nothing is counted, and that is not zero.
fn stock(out: &mut Object<'_>, stock: Option<i64>) {
    if let Some(pieces) = stock {
        out.int("quantity", pieces);
    }
    out.flag("unlimited", stock.is_none());
}

fn money(out: &mut Object<'_>, shop: &Shop, name: &str, minor: i64) {
    out.decimal(name, shop.parts.currency.decimal(minor));
}
