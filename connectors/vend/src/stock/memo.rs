//! What is remembered of a write of adjustments: all by which they are known again. Nothing in an adjustment is ours but
//! its reason, so it is product, outlet, reason, quantity and user together, among what is newer than the till was
//! before the write was sent.

use penstock_connector_sdk::decimal::Decimal;
use penstock_connector_sdk::types::{Failure, Request};
use serde::{Deserialize, Serialize};

use super::reason::Sign;
use crate::api::stock::{ADJUSTMENTS, Adjustment, NewAdjustment, REASONS, adjust, create_reason};

/// Stored as JSON text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Memo {
    pub(super) sign: Sign,
    /// The reason's name.
    pub(super) reason: String,
    /// Its id; nothing while it is still to be created: that is then the write's first step.
    pub(super) reason_id: Option<String>,
    pub(super) outlet: String,
    /// The token's user, in whose name adjustments are made.
    pub(super) user: String,
    /// A version that the till had reached before the write was sent: what is ours is above it.
    pub(super) after: u64,
    /// In the order of `covers`.
    pub(super) rows: Vec<Row>,
    /// How often the list of adjustments was looked at, and something was missing.
    #[serde(default)]
    pub(super) looks: u32,
    /// What the till said, where it answered and not all of it took effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) objection: Option<String>,
}

/// One adjustment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Row {
    pub(super) product: String,
    /// As it was adjusted by: below zero where it was taken off.
    pub(super) quantity: Decimal,
    /// What the till showed before.
    pub(super) level: Decimal,
    /// The version of the record that showed it.
    pub(super) version: u64,
    pub(super) cause: String,
    /// Whether a level was wanted rather than a difference: then it is never sent a second time as it stands.
    pub(super) to_level: bool,
}

impl Memo {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        // Text and decimals have no form that JSON can't hold, so there is nothing to fail on.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// As it was stored; nothing where it was written by another version of this connector.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Memo> {
        serde_json::from_slice(bytes).ok()
    }

    /// What is to be sent: the adjustments or, before them, their reason.
    pub(super) fn request(&self) -> Result<Request, Failure> {
        let Some(reason_id) = &self.reason_id else {
            return Ok(create_reason(&self.reason, self.sign.word()));
        };
        let rows: Vec<NewAdjustment<'_>> = self
            .rows
            .iter()
            .map(|row| NewAdjustment::new(&row.product, &self.outlet, row.quantity, reason_id))
            .collect();
        adjust(&rows)
    }

    /// The read that shows whether it took effect.
    pub(super) fn probe(&self) -> Request {
        match self.reason_id {
            Some(_) => ADJUSTMENTS.page(Some(self.after)),
            None => REASONS.page(None),
        }
    }

    /// Whether an adjustment that the till shows may be this row.
    pub(super) fn is_row(&self, row: &Row, shown: &Adjustment) -> bool {
        let by_us = shown.user_id.as_deref().is_none_or(|user| user == self.user);
        by_us
            && shown.version > self.after
            && shown.product_id == row.product
            && shown.outlet_id == self.outlet
            && shown.quantity == row.quantity
            && shown.custom_inventory_adjustment_reason_id == self.reason_id
    }
}
