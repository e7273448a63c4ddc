//! Why an entry cannot be posted, and what a person can do about it.

use penstock_connector_sdk::decimal::DecimalError;
use penstock_connector_sdk::types::Failure;

/// A fact in plain words, and its cure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) message: String,
    pub(crate) hint: String,
}

impl Refusal {
    /// A fact, lower case and without a full stop, and one imperative that mends it.
    pub(crate) fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Refusal { message: message.into(), hint: hint.into() }
    }

    /// The same, with the place in front: "line 2 `MUG-BLU`: ...".
    pub(crate) fn at(self, place: &str) -> Self {
        Refusal { message: format!("{place}: {}", self.message), ..self }
    }
}

impl From<DecimalError> for Refusal {
    /// No shop sells for such an amount, so it is a fault of the order's figures.
    fn from(error: DecimalError) -> Self {
        let message = format!("the order's figures can't be reckoned exactly: {error}");
        Refusal::new(message, "correct the order in the shop")
    }
}

impl From<Refusal> for Failure {
    /// Where not one entry but the set-up is at fault, the pipeline stops until someone mends it.
    fn from(Refusal { message, hint }: Refusal) -> Self {
        Failure::Misconfigured(format!("{message}; {hint}"))
    }
}
