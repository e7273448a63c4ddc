//! The hidden truth of stock: who moved which counter, and why.

use rust_decimal::Decimal;
use serde::Serialize;
use uuid::Uuid;

/// Who did something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Actor {
    /// The generator, before the story begins.
    World,
    /// Whoever buys in the shop.
    Buyer,
    /// The merchant, in the shop's or the till's back office.
    Merchant,
    /// Somebody at the till.
    Cashier,
    /// A program that calls the API: the one that is tested.
    Api,
}

/// Why a counter moved. No answer ever shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "of")]
pub enum Cause {
    /// An order took its goods; of its internal id.
    OrderPlaced(u64),
    /// An order gave its goods back: it was cancelled, or refunded with the goods.
    OrderRestocked(u64),
    /// A sale drew its goods.
    Sale(Uuid),
    /// A sale was voided.
    SaleVoided(Uuid),
    /// A sale that was closed already was written again.
    SaleRepeated(Uuid),
    /// A stock adjustment.
    Adjustment(Uuid),
    /// A number was typed in or counted.
    Counted,
    /// A delta by the API of the shop; of the request's sequence.
    ApiDelta(u64),
    /// An absolute number by the API; of the request's sequence.
    ApiSet(u64),
}

/// One movement of one counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Movement<Owner> {
    /// When, in Unix milliseconds.
    pub at_ms: i64,
    /// The counter.
    pub owner: Owner,
    /// By how much.
    pub delta: Decimal,
    /// Why.
    pub cause: Cause,
    /// Who.
    pub by: Actor,
}
