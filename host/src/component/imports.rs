//! The contract's own imports: what a guest asks of the host, checked before the services see it.

use wasmtime::component::Linker;
use wasmtime::{Result, StoreContextMut};

use super::call::Power;
use super::checks;
use super::limits::{READS_AT_ONCE_MAX, VALUES_AT_ONCE_MAX};
use super::services::Lookup;
use super::state::{HostFault, State};
use crate::contract::{self, Effect, Entry, Failure, Level, Link, Request, Response};

type Looked = std::result::Result<Vec<Vec<Entry>>, Failure>;
type Read = std::result::Result<Response, Failure>;

/// Links every import of the contract, at the version that the host speaks.
pub(super) fn link(linker: &mut Linker<State>) -> Result<()> {
    let name = |interface: &str| format!("penstock:connector/{interface}@{}", contract::VERSION);

    let mut http = linker.instance(&name("http"))?;
    http.func_wrap("read", |store, (request,)| Ok((read(store, request)?,)))?;
    http.func_wrap("read-all", |store, (requests,)| Ok((read_all(store, requests)?,)))?;

    let mut lookup = linker.instance(&name("lookup"))?;
    lookup.func_wrap("find", |store, (directory, collection, by, values, not_before)| {
        Ok((find(store, Lookup { directory, collection, by, values, not_before })?,))
    })?;

    let mut state = linker.instance(&name("state"))?;
    state.func_wrap("get", |store, (keys,)| Ok((state_get(store, keys)?,)))?;
    state.func_wrap("put", |store, (entries,)| state_put(store, entries))?;

    let mut ledger = linker.instance(&name("ledger"))?;
    ledger.func_wrap("effects", |store, (input, owner, after): (String, String, u64)| {
        Ok((effects(store, &input, &owner, after)?,))
    })?;

    let mut links = linker.instance(&name("links"))?;
    links.func_wrap("find", |store, (input, owners): (String, Vec<String>)| {
        Ok((find_links(store, &input, owners)?,))
    })?;

    let mut log = linker.instance(&name("log"))?;
    log.func_wrap(
        "write",
        |mut store: Guest<'_>, (level, message, about): (Level, String, Option<String>)| {
            store.data_mut().log(level, &message, about.as_deref());
            Ok(())
        },
    )?;
    Ok(())
}

type Guest<'a> = StoreContextMut<'a, State>;

fn read(mut store: Guest<'_>, request: Request) -> Result<Read> {
    let state = store.data_mut();
    state.claim(Power::Read)?;
    checks::read_request(&state.declared, &request).map_err(HostFault::Faulty)?;
    Ok(state.serve(|services| services.read(request))?)
}

fn read_all(mut store: Guest<'_>, requests: Vec<Request>) -> Result<Vec<Read>> {
    let state = store.data_mut();
    state.claim(Power::Read)?;
    at_most(requests.len(), READS_AT_ONCE_MAX, "reads at once")?;
    for request in &requests {
        checks::read_request(&state.declared, request).map_err(HostFault::Faulty)?;
    }
    let asked = requests.len();
    let answers = state.serve(|services| services.read_all(requests))?;
    one_each(asked, answers.len())?;
    Ok(answers)
}

fn find(mut store: Guest<'_>, lookup: Lookup) -> Result<Looked> {
    let state = store.data_mut();
    state.claim(Power::LookUp)?;
    at_most(lookup.values.len(), VALUES_AT_ONCE_MAX, "values in one look-up")?;
    checks::declared_name(&state.declared.directories, &lookup.directory, "directory")
        .map_err(HostFault::Faulty)?;
    let asked = lookup.values.len();
    let found = state.serve(|services| services.find(lookup))?;
    if let Ok(lists) = &found {
        one_each(asked, lists.len())?;
    }
    Ok(found)
}

fn state_get(mut store: Guest<'_>, keys: Vec<String>) -> Result<Vec<Option<Vec<u8>>>> {
    let state = store.data_mut();
    state.claim(Power::State)?;
    at_most(keys.len(), VALUES_AT_ONCE_MAX, "keys of the state at once")?;
    let asked = keys.len();
    let values = state.serve(|services| services.state_get(keys))?.map_err(HostFault::from)?;
    one_each(asked, values.len())?;
    Ok(values)
}

fn state_put(mut store: Guest<'_>, entries: Vec<(String, Option<Vec<u8>>)>) -> Result<()> {
    let state = store.data_mut();
    state.claim(Power::Remember)?;
    at_most(entries.len(), VALUES_AT_ONCE_MAX, "keys of the state at once")?;
    for (key, value) in &entries {
        checks::state_entry(key, value.as_deref()).map_err(HostFault::Faulty)?;
        state.stage(key.len() + value.as_ref().map_or(0, Vec::len))?;
    }
    state.serve(|services| services.state_put(entries))?.map_err(HostFault::from)?;
    Ok(())
}

fn effects(mut store: Guest<'_>, input: &str, owner: &str, after: u64) -> Result<Vec<Effect>> {
    let state = store.data_mut();
    state.claim(Power::Ledger)?;
    checks::declared_name(&state.declared.inputs, input, "input").map_err(HostFault::Faulty)?;
    Ok(state.serve(|services| services.effects(input, owner, after))?.map_err(HostFault::from)?)
}

fn find_links(mut store: Guest<'_>, input: &str, owners: Vec<String>) -> Result<Vec<Option<Link>>> {
    let state = store.data_mut();
    state.claim(Power::Links)?;
    at_most(owners.len(), VALUES_AT_ONCE_MAX, "links at once")?;
    checks::declared_name(&state.declared.inputs, input, "input").map_err(HostFault::Faulty)?;
    let asked = owners.len();
    let links = state.serve(|services| services.links(input, owners))?.map_err(HostFault::from)?;
    one_each(asked, links.len())?;
    Ok(links)
}

fn at_most(count: usize, count_max: usize, what: &str) -> Result<(), HostFault> {
    match count > count_max {
        true => Err(HostFault::Faulty(format!(
            "it asked for {count} {what}, and {count_max} are allowed"
        ))),
        false => Ok(()),
    }
}

/// Holds the services to their promise before a guest relies on it.
fn one_each(asked: usize, answered: usize) -> Result<(), HostFault> {
    match asked == answered {
        true => Ok(()),
        false => {
            Err(HostFault::Host(format!("{asked} questions were asked, and {answered} answered")))
        }
    }
}
