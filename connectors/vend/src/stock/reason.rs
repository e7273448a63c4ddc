//! The till's reasons that our adjustments are made under: one for each sign, known by name, and nobody else's. The
//! vendor has no field for a reference of ours, so the reason is what tells our adjustments from others.

use penstock_connector_sdk::decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::api::stock::Reason;
use crate::options::StockOptions;
use crate::refusal::Refusal;

/// Which way an adjustment goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Sign {
    Up,
    Down,
}

impl Sign {
    /// Both.
    pub(crate) const ALL: [Sign; 2] = [Sign::Up, Sign::Down];

    /// Of a quantity that is not zero.
    pub(crate) fn of(quantity: Decimal) -> Sign {
        if quantity.is_negative() { Sign::Down } else { Sign::Up }
    }

    /// The vendor's word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Sign::Up => "POSITIVE",
            Sign::Down => "NEGATIVE",
        }
    }

    /// The option that names the reason.
    pub(crate) fn option(self) -> &'static str {
        match self {
            Sign::Up => "reason_up",
            Sign::Down => "reason_down",
        }
    }

    /// The name that the options give it.
    pub(crate) fn name(self, options: &StockOptions) -> &str {
        match self {
            Sign::Up => &options.reason_up,
            Sign::Down => &options.reason_down,
        }
    }
}

/// The id of the reason of this name; nothing where the till has none yet. One that can't be used is refused: it is
/// somebody's, and a second of its name can't be made.
pub(crate) fn usable(
    reasons: &[Reason],
    sign: Sign,
    name: &str,
) -> Result<Option<String>, Refusal> {
    let live = |reason: &&Reason| reason.name == name && reason.deleted_at.is_none();
    let Some(reason) = reasons.iter().find(live) else {
        return Ok(None);
    };
    let option = sign.option();
    if reason.sign != sign.word() {
        let fact = format!("the till's reason `{name}` (`{option}`) is not {}", sign.word());
        return Err(Refusal::new(fact, format!("set `{option}` to a name that is free")));
    }
    if reason.enabled == Some(false) {
        let fact = format!("the till's reason `{name}` (`{option}`) is disabled");
        let hint = format!("enable it in the till, or set `{option}` to a name that is free");
        return Err(Refusal::new(fact, hint));
    }
    Ok(Some(reason.id.clone()))
}
