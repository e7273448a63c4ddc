//! A change that can be made, or why it can't.

use penstock_connector_sdk::commerce::{Payload, StockChange, StockMove};
use penstock_connector_sdk::decimal::DecimalError;
use penstock_connector_sdk::request;
use penstock_connector_sdk::sink::Intake;
use penstock_connector_sdk::types::{Decimal, Method, Request};

use super::memo::Quantity;
use crate::api::ENDPOINT;
use crate::counters::{Counter, Owner};

/// Why a change can't be made, and what a person can do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) message: &'static str,
    pub(crate) hint: &'static str,
}

/// A change as far as it can be judged without the counter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Change<'a> {
    pub(crate) owner: Owner<'a>,
    pub(crate) quantity: Quantity,
    pub(crate) stated: &'a StockChange,
}

impl<'a> Change<'a> {
    /// Reads an intake.
    pub(crate) fn of(intake: &'a Intake) -> Result<Self, Refusal> {
        let Payload::StockChange(stated) = &intake.entry.payload else {
            return Err(Refusal {
                message: "it is no change of stock",
                hint: "join this sink to a port of stock changes",
            });
        };
        let owner = Owner::parse(&stated.owner).ok_or(Refusal {
            message: "it names no counter of the shop",
            hint: "give the counter as `4410`, or `4410-88` for a variation's own",
        })?;
        if !stated.location.is_empty() {
            return Err(Refusal {
                message: "it names a location, and this shop's counters have none",
                hint: "leave `location` empty",
            });
        }
        let quantity = match stated.quantity {
            StockMove::By(delta) => Quantity::By(whole(delta)?),
            StockMove::To(level) => Quantity::To(whole(level)?),
        };
        if matches!(quantity, Quantity::To(level) if level.is_negative()) {
            return Err(Refusal {
                message: "no counter of the shop is set below zero",
                hint: "set it to zero, or correct the level where it comes from",
            });
        }
        Ok(Self { owner, quantity, stated })
    }

    /// The call that makes it. `quantity` alone is sent: whether the shop counts at all is the
    /// merchant's to say, and every other field too.
    ///
    /// `PUT …/inventory` takes `quantityDelta`, a whole number; `PUT` of the product or variation
    /// sets `quantity` (docs.ecwid.com, "Adjust product stock", "Update product" and those of
    /// variations).
    pub(crate) fn request(&self) -> Request {
        let product = request::to(Method::Put, ENDPOINT).segment("products");
        let product = product.segment(self.owner.product);
        let counter = match self.owner.combination {
            Some(combination) => product.segment("combinations").segment(combination),
            None => product,
        };
        let (call, body) = match self.quantity {
            Quantity::By(delta) => {
                (counter.segment("inventory"), format!(r#"{{"quantityDelta":{delta}}}"#))
            }
            Quantity::To(level) => (counter, format!(r#"{{"quantity":{level}}}"#)),
        };
        call.keep(&["updateCount"]).json_body(body).build()
    }

    /// How far it moves a counter that shows `level`.
    pub(crate) fn delta(&self, level: Decimal) -> Result<Decimal, DecimalError> {
        match self.quantity {
            Quantity::By(delta) => Ok(delta),
            Quantity::To(target) => target.checked_sub(level),
        }
    }
}

/// The shop counts whole pieces: the vendor's client has an integer for `quantityDelta`.
fn whole(quantity: Decimal) -> Result<Decimal, Refusal> {
    let quantity = quantity.normalized();
    if quantity.scale == 0 {
        return Ok(quantity);
    }
    Err(Refusal {
        message: "the shop counts whole pieces, and this is a part of one",
        hint: "keep the part back until it makes a whole piece",
    })
}

/// What a counter shows, where it can be moved.
pub(crate) fn level_of(counter: Option<&Counter>) -> Result<Decimal, Refusal> {
    let counter = counter.ok_or(GONE)?;
    counter.on_hand.ok_or(UNLIMITED)
}

/// The counter was there when the change was thought of. Deleted, or joined with another one.
pub(crate) const GONE: Refusal = Refusal {
    message: "the shop has no such counter any more: the product or variation is gone, or shares another's",
    hint: "link the till's item with another counter",
};

/// The tracking flag is the merchant's: it is never set here.
pub(crate) const UNLIMITED: Refusal = Refusal {
    message: "the shop does not count this item: its stock is unlimited",
    hint: "have the shop track its quantity, then accept the levels anew",
};
