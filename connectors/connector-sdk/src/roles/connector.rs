//! What every connector says of itself.

pub use crate::bindings::connector::exports::penstock::connector::connector::{
    Auth, Collection, Descriptor, Endpoint, Finding, Kind, NeededDirectory, Oauth2, OptionFault,
    OrderPart, Port, RateLimit, Severity, Usage,
};

use crate::host::VendorHost;
use crate::types::Failure;

/// Every connector has this, whatever roles it takes besides.
pub trait Connector: Sized + 'static {
    /// What the connector is and can do. Called by the host whenever it looks at the component, by
    /// `check`, `inspect` and `run` alike. Pure: the same answer for ever for the same component,
    /// before and after `open`.
    fn describe() -> Descriptor;

    /// Makes an instance for one connection or one stage. Called once on a fresh instance, before
    /// anything else, with the options as JSON text, already held against `options_schema`. Must
    /// not read. What the instance remembers is only a cache: the host throws instances away at
    /// will.
    ///
    /// # Errors
    /// All faults at once, each at a JSON pointer. The host shows them at their places in the
    /// pipeline file and runs nothing.
    fn open(options: &str) -> Result<Self, Vec<OptionFault>>;

    /// Reads the account and tells whether everything that a pipeline needs is there: called by
    /// `check --online`, once a connection, with the collections in use. A rule has nothing to read
    /// and keeps this body.
    ///
    /// # Errors
    /// `unauthorized` pauses the connection, `misconfigured` stops the pipeline, `retry-after`
    /// calls again, `unexpected` fails the check. What can be told as a finding should be told as
    /// one.
    fn check(&self, usages: &[Usage], host: &impl VendorHost) -> Result<Vec<Finding>, Failure> {
        let _ = (usages, host);
        Ok(Vec::new())
    }
}

impl Descriptor {
    /// A descriptor of a rule with nothing filled in but its name: no account, no endpoints, no
    /// ports.
    #[must_use]
    pub fn rule(name: &str, version: &str, summary: &str) -> Self {
        Self {
            name: name.to_owned(),
            version: version.to_owned(),
            summary: summary.to_owned(),
            account: String::new(),
            endpoints: Vec::new(),
            collections: Vec::new(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            directories: Vec::new(),
            options_schema: String::new(),
            attributes: Vec::new(),
        }
    }

    /// A descriptor of a connector to a vendor's system: `account` names the account, as in
    /// `acme:{store_id}`. It begins with the name of the connector's file.
    #[must_use]
    pub fn vendor(name: &str, version: &str, summary: &str, account: &str) -> Self {
        Self { account: account.to_owned(), ..Self::rule(name, version, summary) }
    }
}

impl Finding {
    /// Something that keeps the pipeline from working, with its cure.
    #[must_use]
    pub fn fault(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { severity: Severity::Fault, message: message.into(), hint: Some(hint.into()) }
    }

    /// Something that a person should know before the first run, with its cure.
    #[must_use]
    pub fn warning(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, message: message.into(), hint: Some(hint.into()) }
    }

    /// A fact worth showing.
    #[must_use]
    pub fn note(message: impl Into<String>) -> Self {
        Self { severity: Severity::Note, message: message.into(), hint: None }
    }
}
