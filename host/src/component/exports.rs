//! The exports of a component, of which it has those of its roles.

use wasmtime::component::{Instance, InstancePre};
use wasmtime::error::Context as _;
use wasmtime::{Result, Store};

use super::call::Role;
use super::state::State;
use crate::contract::exports::penstock::connector::{
    audit, connector, directory, sink, source, transform, webhook,
};

/// Where a component's exports are, found once.
pub(super) struct Exports {
    connector: connector::GuestIndices,
    source: Option<source::GuestIndices>,
    directory: Option<directory::GuestIndices>,
    sink: Option<sink::GuestIndices>,
    transform: Option<transform::GuestIndices>,
    audit: Option<audit::GuestIndices>,
    webhook: Option<webhook::GuestIndices>,
}

/// The exports of one instance, ready to be called.
pub(super) struct Functions {
    pub(super) connector: connector::Guest,
    pub(super) source: Option<source::Guest>,
    pub(super) directory: Option<directory::Guest>,
    pub(super) sink: Option<sink::Guest>,
    pub(super) transform: Option<transform::Guest>,
    pub(super) audit: Option<audit::Guest>,
    pub(super) webhook: Option<webhook::Guest>,
}

impl Exports {
    /// Finds the interfaces of these roles, and each function in them.
    pub(super) fn find(linked: &InstancePre<State>, roles: &[Role]) -> Result<Self> {
        let has = |role: Role| roles.contains(&role);
        Ok(Self {
            connector: connector::GuestIndices::new(linked)?,
            source: has(Role::Source).then(|| source::GuestIndices::new(linked)).transpose()?,
            directory: has(Role::Directory)
                .then(|| directory::GuestIndices::new(linked))
                .transpose()?,
            sink: has(Role::Sink).then(|| sink::GuestIndices::new(linked)).transpose()?,
            transform: has(Role::Transform)
                .then(|| transform::GuestIndices::new(linked))
                .transpose()?,
            audit: has(Role::Audit).then(|| audit::GuestIndices::new(linked)).transpose()?,
            webhook: has(Role::Webhook).then(|| webhook::GuestIndices::new(linked)).transpose()?,
        })
    }

    /// Takes the functions out of an instance; their types are compared with the contract's.
    pub(super) fn load(&self, store: &mut Store<State>, instance: &Instance) -> Result<Functions> {
        Ok(Functions {
            connector: self.connector.load(&mut *store, instance).context("in `connector`")?,
            source: loaded("source", &self.source, |role| role.load(&mut *store, instance))?,
            directory: loaded("directory", &self.directory, |role| {
                role.load(&mut *store, instance)
            })?,
            sink: loaded("sink", &self.sink, |role| role.load(&mut *store, instance))?,
            transform: loaded("transform", &self.transform, |role| {
                role.load(&mut *store, instance)
            })?,
            audit: loaded("audit", &self.audit, |role| role.load(&mut *store, instance))?,
            webhook: loaded("webhook", &self.webhook, |role| role.load(&mut *store, instance))?,
        })
    }
}

/// The functions of a role, if the component has it; a fault names the interface.
fn loaded<I, G>(
    name: &str,
    role: &Option<I>,
    load: impl FnOnce(&I) -> Result<G>,
) -> Result<Option<G>> {
    role.as_ref().map(load).transpose().with_context(|| format!("in `{name}`"))
}
