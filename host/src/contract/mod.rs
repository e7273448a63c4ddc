//! The contract in `wit/` as Rust types, generated: the one data model of the host.
//!
//! The types are the newest version's. A component built for an older version is served by an adapter that turns its
//! types into these, so nothing else in the host knows of versions.

#![allow(missing_docs, reason = "the documentation stands in wit/, from which this is generated")]
#![allow(clippy::all, reason = "generated code")]

wasmtime::component::bindgen!({
    path: "../wit",
    inline: "
        package penstock:host;
        // Every role at once, so that one set of types serves all components. Which roles a component has is
        // told by its exports.
        world every-role {
            include penstock:connector/vendor@0.1.0;
            include penstock:connector/auditing-rule@0.1.0;
        }
    ",
    world: "penstock:host/every-role",
    additional_derives: [Clone, PartialEq, serde::Serialize, serde::Deserialize],
});

pub use exports::penstock::connector::audit::{
    Accord, Counter, Difference, KnownTo, LinkedPair, Pause, Remark, Standing, Stuck,
};
pub use exports::penstock::connector::connector::{
    Auth, Collection, Descriptor, Endpoint, Finding, Kind, NeededDirectory, Oauth2, OptionFault,
    OrderPart, Port, RateLimit, Severity, Usage,
};
pub use exports::penstock::connector::sink::{
    Action, Applied, Change, Conclusion, Deferral, Doubt, Earlier, Existing, Intake, Movement,
    Plan, Rejection, Settled, Step, Write,
};
pub use exports::penstock::connector::source::Page;
pub use exports::penstock::connector::transform::{Horizon, Matching, Output, Verdict};
pub use exports::penstock::connector::webhook::{Hint, Signed};
pub use penstock::connector::commerce::{
    Charge, ChargeKind, Customer, CustomerLink, Document, Entry, LineKind, Order, OrderLine,
    Payload, PaymentStatus, Product, StockChange, StockLevel, StockMove, Tax, Tender,
};
pub use penstock::connector::ledger::{Effect, EffectStatus};
pub use penstock::connector::links::Link;
pub use penstock::connector::log::Level;
pub use penstock::connector::types::{Decimal, Failure, Instant, Method, Pair, Request, Response};

/// Version of the contract that the host speaks.
pub const VERSION: &str = "0.1.0";
