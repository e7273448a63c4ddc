//! The real host: each trait is one import. Natively the generated imports can't be called; tests
//! use `script`.

use super::{Effect, Http, Ledger, Level, Link, Links, Log, Lookup, Search, State};
use crate::bindings::base::penstock::connector::{http, ledger, links, log, lookup, state};
use crate::commerce::Entry;
use crate::types::{Failure, Request, Response};

/// Most reads that the host takes at once; with more of them the connector would break the contract.
const READS_AT_ONCE_MAX: usize = 100;

/// The host behind the imports. The export macro hands it to a connector; nothing else makes one.
#[derive(Clone, Copy, Debug)]
pub struct Imports(());

impl Imports {
    #[doc(hidden)]
    #[must_use]
    pub const fn of_component() -> Self {
        Self(())
    }
}

impl Http for Imports {
    fn read(&self, request: &Request) -> Result<Response, Failure> {
        http::read(request)
    }

    fn read_all(&self, requests: &[Request]) -> Vec<Result<Response, Failure>> {
        requests.chunks(READS_AT_ONCE_MAX).flat_map(http::read_all).collect()
    }
}

impl Lookup for Imports {
    fn find(&self, search: &Search<'_>) -> Result<Vec<Vec<Entry>>, Failure> {
        lookup::find(
            search.directory,
            search.collection,
            search.by,
            search.values,
            search.not_before,
        )
    }
}

impl State for Imports {
    fn get(&self, keys: &[String]) -> Vec<Option<Vec<u8>>> {
        state::get(keys)
    }

    fn put(&self, entries: &[(String, Option<Vec<u8>>)]) {
        state::put(entries);
    }
}

impl Ledger for Imports {
    fn effects(&self, input: &str, owner: &str, after: u64) -> Vec<Effect> {
        ledger::effects(input, owner, after)
    }
}

impl Links for Imports {
    fn links(&self, input: &str, owners: &[String]) -> Vec<Option<Link>> {
        links::find(input, owners)
    }
}

impl Log for Imports {
    fn write(&self, level: Level, message: &str, about: Option<&str>) {
        log::write(level, message, about);
    }
}
