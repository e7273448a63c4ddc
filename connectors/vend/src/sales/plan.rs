//! An order as one closed sale: an internal plan in decimals, which `body` writes in either generation's words.

use std::borrow::Cow;

use penstock_connector_sdk::commerce::{CustomerLink, Order, PaymentStatus};
use penstock_connector_sdk::decimal::Decimal;
use penstock_connector_sdk::fingerprint;
use penstock_connector_sdk::instant::{Instant, to_rfc3339};
use penstock_connector_sdk::sink::{Intake, Movement};
use uuid::Uuid;
use uuid::fmt::Hyphenated;

use super::lines::{Booking, Desk, Origin, push_number};
use super::memo::Memo;
use super::money::{Piece, Priced, Target, Unpriceable, minor_unit_decimals, price};
use crate::options::{HOLD, SaleDate, SalesOptions, ZeroTotal};
use crate::products::stock_owner;
use crate::reference::{Found, Named, by_id_or_name};
use crate::refusal::Refusal;

/// Characters that the till keeps of an invoice number; what is longer it cuts off silently.
const NUMBER_CHARS_MAX: usize = 20;

/// Room for the name of a part of a sale, of which its id is made.
const PART_BYTES: usize = 40;

/// A sale as the till will have it.
#[derive(Clone, Debug)]
pub(crate) struct Sale<'a> {
    /// Chosen by us: the intake's token.
    pub(crate) id: &'a str,
    pub(crate) source_type: &'a str,
    pub(crate) source_id: String,
    pub(crate) register_id: &'a str,
    pub(crate) user_id: &'a str,
    /// None is a walk-in.
    pub(crate) customer_id: Option<&'a str>,
    pub(crate) date: Instant,
    /// The date as RFC 3339.
    pub(crate) date_text: String,
    pub(crate) number: String,
    pub(crate) note: String,
    pub(crate) lines: Vec<SaleLine<'a>>,
    pub(crate) payments: Vec<Payment<'a>>,
    pub(crate) total: Decimal,
    pub(crate) currency: &'a str,
}

/// One line: `quantity` units at one price.
#[derive(Clone, Debug)]
pub(crate) struct SaleLine<'a> {
    pub(crate) id: PartId,
    pub(crate) product_id: &'a str,
    pub(crate) piece: Piece,
    pub(crate) unit_discount: Decimal,
    pub(crate) tax_id: &'a str,
    pub(crate) note: Option<Cow<'a, str>>,
}

/// How much was paid by which of the till's payment types.
#[derive(Clone, Debug)]
pub(crate) struct Payment<'a> {
    pub(crate) id: PartId,
    pub(crate) type_id: &'a str,
    pub(crate) amount: Decimal,
}

/// An id of a part of the sale, in text: the same for ever, so that a sale that is sent again can't double its parts.
/// It is the sale's own with the fingerprint of the part's name upon it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PartId([u8; Hyphenated::LENGTH]);

impl PartId {
    pub(crate) fn of(token: &Uuid, part: &str) -> PartId {
        // The two bits that make it a UUID are not the fingerprint's; the version is in the other half.
        let fingerprint = fingerprint::of(&part) & (u64::MAX >> 2);
        let id = Uuid::from_u128(token.as_u128() ^ u128::from(fingerprint));
        let mut text = [0; Hyphenated::LENGTH];
        id.hyphenated().encode_lower(&mut text);
        PartId(text)
    }

    pub(crate) fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// The name of a piece of a line of the sale, of which its id is made.
pub(crate) fn piece_part(origin: &Origin<'_>, piece: usize) -> String {
    let mut part = String::with_capacity(PART_BYTES);
    origin.push_key(&mut part);
    part.push(':');
    push_number(&mut part, piece);
    part
}

/// The name of the payment of a tender, of which its id is made.
pub(crate) fn payment_part(tender: usize) -> String {
    let mut part = String::with_capacity(PART_BYTES);
    part.push_str("payment:");
    push_number(&mut part, tender);
    part
}

/// A sale, and the counters it will move.
#[derive(Clone, Debug)]
pub(crate) struct Planned<'a> {
    pub(crate) sale: Sale<'a>,
    pub(crate) movements: Vec<Movement>,
    /// What is remembered of it with the write.
    pub(crate) memo: Memo<'a>,
}

/// Plans the sale of one order, the intake at position `index` of its batch. All or nothing: never half a sale.
pub(crate) fn plan<'a>(
    desk: Desk<'a>,
    index: u32,
    intake: &'a Intake,
    order: &'a Order,
) -> Result<Planned<'a>, Refusal> {
    let minor = minor_unit_decimals(&order.currency);
    sellable(order, minor, desk)?;
    let token: Hyphenated = intake.token.parse().map_err(|_| {
        let fact = format!("the host's token `{}` is not a UUID", intake.token);
        Refusal::new(fact, "update Penstock")
    })?;
    let token = token.into_uuid();
    let bookings = desk.bookings(order, minor)?;
    let (bookings, pieces) = priced(desk, order, bookings, minor)?;
    let customer_id = customer_of(intake, order)?;
    let movements = movements(desk, index, &intake.entry.key, &bookings)?;
    let (number, whole) = number(&desk.options.number_prefix, &order.number, &token);
    let date = sale_date(desk.options, order);
    let register = &desk.reference.register;
    let memo = Memo::of(&intake.token, order, customer_id, &register.name)?;
    let sale = Sale {
        id: &intake.token,
        source_type: &desk.options.source_name,
        source_id: source_id(&intake.entry.key),
        register_id: &register.id,
        user_id: &desk.reference.user_id,
        customer_id,
        date,
        date_text: to_rfc3339(date),
        number,
        note: note(desk, order, whole),
        lines: lines(&token, bookings, &pieces)?,
        payments: payments(desk, &token, order, minor)?,
        total: order.total,
        currency: &order.currency,
    };
    Ok(Planned { sale, movements, memo })
}

/// The instant that dates an order's sale.
pub(crate) fn sale_date(options: &SalesOptions, order: &Order) -> Instant {
    match options.sale_date {
        SaleDate::Placed => order.placed_at,
        SaleDate::Paid => order.paid_at.unwrap_or(order.placed_at),
    }
}

/// The customer's id in the till, given by a matching transform or by the write that this one waited for.
pub(crate) fn customer_of<'a>(
    intake: &'a Intake,
    order: &'a Order,
) -> Result<Option<&'a str>, Refusal> {
    match &order.matched_customer {
        None => Ok(None),
        Some(CustomerLink::Id(id)) => Ok(Some(id)),
        Some(CustomerLink::Entry(key)) => {
            let resolved = intake.resolved.iter().find(|pair| pair.name == *key);
            let id = resolved.map(|pair| Some(pair.value.as_str()));
            id.ok_or_else(|| {
                Refusal::new(
                    format!("its customer `{key}` is not yet in the till"),
                    "look at the customer's own write, mend it, then retry",
                )
            })
        }
    }
}

/// What must hold of the order as a whole.
fn sellable(order: &Order, minor: u8, desk: Desk<'_>) -> Result<(), Refusal> {
    if order.payment_status != PaymentStatus::Paid {
        let fact = format!("the order is not paid: {}", status_name(&order.payment_status));
        return Err(Refusal::new(fact, "skip it here, or retry once the shop shows it as paid"));
    }
    if !order.refunded.is_zero() {
        let fact = format!("{} {} was given back already", order.refunded, order.currency);
        return Err(Refusal::new(fact, "enter this sale by hand in the till, then skip it here"));
    }
    if order.currency != desk.reference.currency {
        let (shop, till) = (&order.currency, &desk.reference.currency);
        let fact = format!("the order is in {shop}, the till sells in {till}");
        return Err(Refusal::new(fact, "join the shop to a till of its own currency"));
    }
    if order.total.normalized().scale > minor || order.total.is_negative() {
        let fact = format!("{} {} is no amount to pay", order.total, order.currency);
        return Err(Refusal::new(fact, "correct the order in the shop"));
    }
    if order.total.is_zero() && desk.options.zero_total == ZeroTotal::Hold {
        let hint = "set `zero_total = \"post\"`, or skip it here";
        return Err(Refusal::new("there is nothing to pay", hint));
    }
    if order.lines.is_empty() {
        return Err(Refusal::new("the order has no lines", "correct the order in the shop"));
    }
    Ok(())
}

/// The word for a payment status, as people say it.
pub(crate) fn status_name(status: &PaymentStatus) -> &str {
    match status {
        PaymentStatus::AwaitingPayment => "awaiting payment",
        PaymentStatus::Paid => "paid",
        PaymentStatus::PartiallyRefunded => "partially refunded",
        PaymentStatus::Refunded => "refunded",
        PaymentStatus::Cancelled => "cancelled",
        PaymentStatus::Incomplete => "incomplete",
        PaymentStatus::Other(name) => name,
    }
}

/// The bookings with their prices, and with a rounding line where one is needed and allowed.
fn priced<'a>(
    desk: Desk<'a>,
    order: &Order,
    mut bookings: Vec<Booking<'a>>,
    minor: u8,
) -> Result<(Vec<Booking<'a>>, Vec<Vec<Piece>>), Refusal> {
    let rounding_line = desk.options.rounding_sku.is_some();
    let target = Target { total: order.total, minor, rounding_line };
    let amounts: Vec<_> = bookings.iter().map(|booking| booking.amount).collect();
    let Priced { mut lines, rounding } =
        price(&amounts, target).map_err(|cause| unpriceable(cause, order))?;
    if !rounding.is_zero() {
        let booking = desk.rounding(rounding)?;
        let amount = booking.amount;
        let price = rounding.checked_abs()?;
        lines.push(vec![Piece { quantity: amount.quantity, price, tax: Decimal::ZERO }]);
        bookings.push(booking);
    }
    Ok((bookings, lines))
}

fn unpriceable(cause: Unpriceable, order: &Order) -> Refusal {
    let (total, currency) = (order.total, &order.currency);
    match cause {
        Unpriceable::TooLarge => Refusal::new(
            "the order's figures are too large to be reckoned exactly",
            "correct the order in the shop",
        ),
        Unpriceable::Off { sum } => Refusal::new(
            format!(
                "lines, charges and taxes come to {} {currency}, the order's total is {total} {currency}",
                sum.normalized()
            ),
            "correct the order in the shop, or enter this sale by hand in the till and skip it here",
        ),
        Unpriceable::NeedsRounding { residue } => Refusal::new(
            format!(
                "{residue} {currency} of rounding is left between the lines and the total of {total} {currency}"
            ),
            "set `rounding_sku` to the SKU of a service product that may carry it",
        ),
        Unpriceable::Uncertain => Refusal::new(
            format!("the till's rounding could make another total than {total} {currency}"),
            "enter this sale by hand in the till, then skip it here",
        ),
    }
}

fn lines<'a>(
    token: &Uuid,
    bookings: Vec<Booking<'a>>,
    pieces: &[Vec<Piece>],
) -> Result<Vec<SaleLine<'a>>, Refusal> {
    let mut lines = Vec::with_capacity(bookings.len());
    for (booking, pieces) in bookings.into_iter().zip(pieces) {
        let unit_discount = super::money::unit(booking.unit_discount)?;
        for (index, piece) in pieces.iter().enumerate() {
            lines.push(SaleLine {
                id: PartId::of(token, &piece_part(&booking.origin, index)),
                product_id: booking.product_id,
                piece: *piece,
                unit_discount,
                tax_id: booking.tax_id,
                note: booking.note.clone(),
            });
        }
    }
    Ok(lines)
}

/// One payment a tender, which together are the total.
fn payments<'a>(
    desk: Desk<'a>,
    token: &Uuid,
    order: &Order,
    minor: u8,
) -> Result<Vec<Payment<'a>>, Refusal> {
    let paid = Decimal::sum(order.tenders.iter().map(|tender| tender.amount))?;
    if paid != order.total {
        let (total, currency) = (order.total, &order.currency);
        let fact = format!("{paid} {currency} was paid, the total is {total} {currency}");
        return Err(Refusal::new(fact, "correct the order in the shop, then retry"));
    }
    let mut payments = Vec::with_capacity(order.tenders.len());
    for (index, tender) in order.tenders.iter().enumerate() {
        if tender.amount.is_zero() {
            continue;
        }
        if tender.amount.is_negative() || tender.amount.normalized().scale > minor {
            let fact = format!("`{}` of {} is no payment", tender.method, tender.amount);
            return Err(Refusal::new(
                fact,
                "enter this sale by hand in the till, then skip it here",
            ));
        }
        payments.push(Payment {
            id: PartId::of(token, &payment_part(index)),
            type_id: &payment_type(desk, &tender.method)?.id,
            amount: tender.amount,
        });
    }
    Ok(payments)
}

fn payment_type<'a>(desk: Desk<'a>, method: &str) -> Result<&'a Named, Refusal> {
    let named = desk.options.payments.get(method);
    let wanted = match named {
        Some(wanted) => wanted,
        None if desk.options.other_payments == HOLD => {
            return Err(Refusal::new(
                format!("no payment type of the till is named for `{method}`"),
                format!("name one: `payments = {{ \"{method}\" = \"…\" }}`"),
            ));
        }
        None => &desk.options.other_payments,
    };
    match by_id_or_name(&desk.reference.payment_types, wanted) {
        Found::One(found) => Ok(found),
        Found::Nothing => Err(Refusal::new(
            format!("the till has no payment type `{wanted}`, which `{method}` is to be booked as"),
            format!("create `{wanted}` in the till, or name another for `{method}` in `payments`"),
        )),
        Found::Several => Err(Refusal::new(
            format!("the till has several payment types named `{wanted}`"),
            format!("name one by its id: `payments = {{ \"{method}\" = \"…\" }}`"),
        )),
    }
}

fn movements(
    desk: Desk<'_>,
    index: u32,
    key: &str,
    bookings: &[Booking<'_>],
) -> Result<Vec<Movement>, Refusal> {
    let mut movements = Vec::with_capacity(bookings.len());
    for booking in bookings.iter().filter(|booking| booking.counts_stock) {
        let Origin::Line { line, .. } = booking.origin else {
            continue;
        };
        movements.push(Movement {
            intake: index,
            owner: stock_owner(booking.product_id, &desk.reference.register.outlet_id),
            delta: booking.amount.quantity.checked_neg()?,
            cause: [key, "#", &line.id].concat(),
        });
    }
    Ok(movements)
}

/// The order's identity in the shop, out of a key like `ecwid:1003/orders/733100201`: `1003:733100201`.
fn source_id(key: &str) -> String {
    let mut parts = key.splitn(3, '/');
    let (Some(account), Some(_), Some(id)) = (parts.next(), parts.next(), parts.next()) else {
        return key.to_owned();
    };
    let store = account.split_once(':').map_or(account, |(_, store)| store);
    [store, ":", id].concat()
}

/// The invoice number, and whether it is the whole one. One that is too long keeps its beginning, by which people
/// search, and ends in four digits of the sale's id, so that two of them stay two.
fn number(prefix: &str, number: &str, token: &Uuid) -> (String, bool) {
    let whole = [prefix, number].concat();
    if whole.chars().count() <= NUMBER_CHARS_MAX {
        return (whole, true);
    }
    let digits = token.simple().to_string();
    let head: String = whole.chars().take(NUMBER_CHARS_MAX - 5).collect();
    (format!("{head}~{}", &digits[..4]), false)
}

fn note(desk: Desk<'_>, order: &Order, number_is_whole: bool) -> String {
    let template = &desk.options.note;
    let note = filled(template, |field| match field {
        "source" => Some(Cow::Borrowed(&desk.options.source_name)),
        "number" => Some(Cow::Borrowed(&order.number)),
        "placed_at" => Some(Cow::Owned(to_rfc3339(order.placed_at))),
        "buyer_note" => Some(Cow::Borrowed(order.note.as_deref().unwrap_or_default())),
        _ => None,
    });
    let trimmed = note.trim();
    match number_is_whole || template.contains("{number}") {
        true if trimmed.len() == note.len() => note,
        true => trimmed.to_owned(),
        false => [trimmed, " ", &order.number].concat().trim().to_owned(),
    }
}

/// A template with its fields, as in `{source}`, replaced by their values. Braces around anything else stay.
fn filled<'a>(template: &str, value: impl Fn(&str) -> Option<Cow<'a, str>>) -> String {
    let mut filled = String::with_capacity(2 * template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let field = after.split_once('}');
        match field.and_then(|(name, after)| Some((value(name)?, after))) {
            Some((value, after)) => {
                filled.push_str(&value);
                rest = after;
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled
}
