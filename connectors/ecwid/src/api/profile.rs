//! The store's profile: orders carry no currency of their own.

use penstock_connector_sdk::types::{Failure, Request, Response};
use penstock_connector_sdk::{json, request};
use serde::Deserialize;

use super::{ENDPOINT, refusal};
use crate::fields::Fields;

const FIELDS: &str = "formatsAndUnits(currency,currencyPrecision)";

/// What the store's amounts are in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Money {
    /// ISO 4217.
    pub(crate) currency: String,
    /// Digits after the point that the store shows: 0, 2 or 3.
    pub(crate) precision: Option<u8>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Profile {
    formats_and_units: FormatsAndUnits,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FormatsAndUnits {
    currency: String,
    currency_precision: Option<u8>,
}

/// The request for it.
pub(crate) fn request() -> Request {
    let fields = Fields::new(FIELDS);
    let request = request::get(ENDPOINT).segment("profile").query("responseFields", &fields.asked);
    request.keep(&fields.kept).build()
}

/// Reads the answer.
pub(crate) fn read(response: &Response) -> Result<Money, Failure> {
    refusal::check(response, "read_store_profile")?;
    let units = json::read::<Profile>(response, "the store's profile")?.formats_and_units;
    if units.currency.len() != 3 || !units.currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
        let currency = units.currency;
        return Err(Failure::unexpected(format!(
            "the store's profile: `{currency}` is no currency"
        )));
    }
    Ok(Money { currency: units.currency, precision: units.currency_precision })
}
