//! From a connector's traits to the component's exports.

use std::cell::OnceCell;
use std::marker::PhantomData;

use crate::audit::{Audit, Examine, KnownTo, LinkedPair, Standing};
use crate::bindings;
use crate::commerce::Entry;
use crate::connector::{Connector, Descriptor, Finding, OptionFault, Usage};
use crate::directory::{Directory, Find};
use crate::host::Imports;
use crate::sink::{Answer, Change, Conclusion, Explain, Intake, Plan, Prepare, Sink, Write};
use crate::source::{Page, Pull, Source};
use crate::transform::{Apply, Horizon, Transform, Verdict};
use crate::types::{Failure, Instant, Pair, Response};
use crate::webhook::{Receive, Received, Webhook};

/// Makes a component of a connector: its type, and the roles it takes.
///
/// ```text
/// penstock_connector_sdk::export!(Ecwid: source, directory);
/// ```
///
/// Roles are `source`, `directory`, `sink`, `transform`, `audit` and `webhook`. What is not named is
/// not exported. Natively the macro only checks that the type has the roles, so that several connectors
/// may be linked into one test.
#[macro_export]
macro_rules! export {
    ($connector:ty: $($role:ident),+ $(,)?) => {
        const _: () = {
            $($crate::export::check::$role::<$connector>();)+
        };
        #[cfg(target_family = "wasm")]
        #[allow(unsafe_code, reason = "exported symbols, generated from the contract")]
        const _: () = {
            impl $crate::export::Instance for $connector {
                fn cell<R>(use_cell: impl FnOnce(&::std::cell::OnceCell<Self>) -> R) -> R {
                    use ::std::cell::OnceCell;
                    ::std::thread_local! {
                        static OPENED: OnceCell<$connector> = const { OnceCell::new() };
                    }
                    OPENED.with(use_cell)
                }
            }
            #[global_allocator]
            static ALLOCATOR: $crate::allocator::Allocator = $crate::allocator::Allocator::new();
            type Exported = $crate::export::Exported<$connector>;
            use $crate::bindings;
            bindings::connector::export!(Exported with_types_in bindings::connector);
            $(bindings::$role::export!(Exported with_types_in bindings::$role);)+
        };
    };
}

/// One function a role, which only a connector in that role fits.
#[doc(hidden)]
pub mod check {
    use super::{Audit, Directory, Sink, Source, Transform, Webhook};

    pub const fn source<T: Source>() {}
    pub const fn directory<T: Directory>() {}
    pub const fn sink<T: Sink>() {}
    pub const fn transform<T: Transform>() {}
    pub const fn audit<T: Audit>() {}
    pub const fn webhook<T: Webhook>() {}
}

/// Where the one connector of a component lives after `open`. Implemented by
/// [`export!`](crate::export!).
#[doc(hidden)]
pub trait Instance: Connector {
    /// Uses the cell.
    fn cell<R>(use_cell: impl FnOnce(&OnceCell<Self>) -> R) -> R;
}

/// The exports of a connector. Used by [`export!`](crate::export!).
#[doc(hidden)]
#[derive(Debug)]
pub struct Exported<T>(PhantomData<T>);

const HOST: Imports = Imports::of_component();

/// A call on an instance that was not opened is the host's fault: it is told, not trapped.
fn not_opened() -> Failure {
    Failure::Misconfigured("the host called the connector before `open`".to_owned())
}

fn with<T: Instance, R>(call: impl FnOnce(&T) -> Result<R, Failure>) -> Result<R, Failure> {
    T::cell(|cell| cell.get().map_or_else(|| Err(not_opened()), call))
}

impl<T: Instance> bindings::connector::exports::penstock::connector::connector::Guest
    for Exported<T>
{
    fn describe() -> Descriptor {
        T::describe()
    }

    fn open(options: String) -> Result<(), Vec<OptionFault>> {
        let opened = T::open(&options)?;
        T::cell(|cell| cell.set(opened)).map_err(|_| {
            let message = "the host opened this instance twice".to_owned();
            vec![OptionFault { pointer: String::new(), message, hint: None }]
        })
    }

    fn check(usages: Vec<Usage>) -> Result<Vec<Finding>, Failure> {
        with(|connector: &T| connector.check(&usages, &HOST))
    }
}

impl<T: Instance + Source> bindings::source::exports::penstock::connector::source::Guest
    for Exported<T>
{
    fn pull(
        collection: String,
        options: String,
        after: Option<Vec<u8>>,
        limit: u32,
        now: Instant,
    ) -> Result<Page, Failure> {
        let call = Pull {
            collection: &collection,
            options: &options,
            after: after.as_deref(),
            limit,
            now,
        };
        with(|connector: &T| connector.pull(&call, &HOST))
    }
}

impl<T: Instance + Directory> bindings::directory::exports::penstock::connector::directory::Guest
    for Exported<T>
{
    fn find(
        collection: String,
        options: String,
        by: String,
        values: Vec<String>,
    ) -> Result<Vec<Vec<Entry>>, Failure> {
        let call = Find { collection: &collection, options: &options, by: &by, values: &values };
        with(|connector: &T| connector.find(&call, &HOST))
    }
}

impl<T: Instance + Sink> bindings::sink::exports::penstock::connector::sink::Guest for Exported<T> {
    fn prepare(
        collection: String,
        options: String,
        intakes: Vec<Intake>,
        known: Option<u64>,
    ) -> Result<Plan, Failure> {
        let call = Prepare { collection: &collection, options: &options, intakes, known };
        with(|connector: &T| connector.prepare(call, &HOST))
    }

    fn explain(
        collection: String,
        options: String,
        write: Write,
        intakes: Vec<Intake>,
    ) -> Vec<Change> {
        let call = Explain {
            collection: &collection,
            options: &options,
            write: &write,
            intakes: &intakes,
        };
        with(|connector: &T| Ok(connector.explain(&call))).unwrap_or_default()
    }

    fn conclude(
        collection: String,
        options: String,
        write: Write,
        response: Response,
    ) -> Conclusion {
        let call = Answer {
            collection: &collection,
            options: &options,
            write: &write,
            response: &response,
        };
        with(|connector: &T| Ok(connector.conclude(&call))).unwrap_or_else(Conclusion::Failed)
    }

    fn settle(collection: String, options: String, write: Write, probe: Response) -> Conclusion {
        let call =
            Answer { collection: &collection, options: &options, write: &write, response: &probe };
        with(|connector: &T| Ok(connector.settle(&call, &HOST))).unwrap_or_else(Conclusion::Failed)
    }
}

impl<T: Instance + Transform> bindings::transform::exports::penstock::connector::transform::Guest
    for Exported<T>
{
    fn apply(
        input: String,
        entries: Vec<Entry>,
        horizons: Vec<Horizon>,
    ) -> Result<Vec<Verdict>, Failure> {
        let call = Apply { input: &input, entries, horizons: &horizons };
        with(|connector: &T| connector.apply(call, &HOST))
    }
}

impl<T: Instance + Audit> bindings::audit::exports::penstock::connector::audit::Guest
    for Exported<T>
{
    fn examine(pairs: Vec<LinkedPair>, known: Vec<KnownTo>) -> Result<Vec<Standing>, Failure> {
        let call = Examine { pairs: &pairs, known: &known };
        with(|connector: &T| connector.examine(&call, &HOST))
    }
}

impl<T: Instance + Webhook> bindings::webhook::exports::penstock::connector::webhook::Guest
    for Exported<T>
{
    fn receive(query: Vec<Pair>, headers: Vec<Pair>, body: Vec<u8>) -> Result<Received, String> {
        let call = Receive { query: &query, headers: &headers, body: &body };
        let unopened = || Err("the host called the connector before `open`".to_owned());
        T::cell(|cell| cell.get().map_or_else(unopened, |connector| connector.receive(&call)))
    }
}
