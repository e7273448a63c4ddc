//! A loaded component: what it is, before any of it is opened.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use wasmtime::component::InstancePre;

use super::call::{Call, Role};
use super::checks::{self, Declared};
use super::error::{CallError, OpenError};
use super::exports::Exports;
use super::instance::Instance;
use super::limits::CallLimits;
use super::load::Interfaces;
use super::services::{NoServices, Services};
use super::state::State;
use super::ticks::Ticks;
use crate::contract::{Descriptor, Instant};

/// A component that was loaded: compiled, linked, and known to fit the contract.
pub struct Component {
    digest: String,
    bytes: u64,
    interfaces: Interfaces,
    linked: InstancePre<State>,
    exports: Exports,
    ticks: Arc<Ticks>,
    /// What it may use before it is described: nothing.
    undescribed: Arc<Declared>,
    described: OnceLock<Described>,
}

struct Described {
    descriptor: Descriptor,
    declared: Arc<Declared>,
}

impl Component {
    /// Makes an instance and throws it away, to know that the types of the exports are the contract's.
    pub(super) fn new(
        path: &Path,
        digest: String,
        bytes: u64,
        interfaces: Interfaces,
        linked: InstancePre<State>,
        ticks: Arc<Ticks>,
    ) -> Result<Self, String> {
        let name = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let exports =
            Exports::find(&linked, &interfaces.roles).map_err(|error| format!("{error:#}"))?;
        let component = Self {
            digest,
            bytes,
            interfaces,
            linked,
            exports,
            ticks,
            undescribed: Arc::new(Declared::nothing(name)),
            described: OnceLock::new(),
        };
        component
            .started(&component.undescribed, Box::new(NoServices), CallLimits::default())
            .map_err(|error| match error {
                CallError::Faulty { rule, .. } => rule,
                other => other.to_string(),
            })?;
        Ok(component)
    }

    /// SHA-256 of the component's bytes, in hexadecimal.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Size of the component's file, in bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The roles that it takes, in the order of the contract.
    pub fn roles(&self) -> &[Role] {
        &self.interfaces.roles
    }

    /// Version of the contract that it was built for.
    pub fn contract_version(&self) -> &str {
        &self.interfaces.version
    }

    /// The interfaces that it imports, with their versions.
    pub fn imports(&self) -> &[String] {
        &self.interfaces.imports
    }

    /// What the connector says of itself. It is asked once, and held to its promise of saying the same for ever: on
    /// one instance twice, and on another one that has other random numbers and another time.
    pub fn describe(&self) -> Result<&Descriptor, CallError> {
        Ok(&self.described()?.descriptor)
    }

    /// Makes an instance for these options.
    ///
    /// The instance is kept for a run, one thread at a time; making one costs some tens of microseconds.
    pub fn open(
        &self,
        options: &str,
        services: Box<dyn Services>,
        limits: CallLimits,
    ) -> Result<Instance, OpenError> {
        let declared = &self.described()?.declared;
        let mut instance = self.started(declared, services, limits)?;
        instance.open(options)?;
        Ok(instance)
    }

    fn described(&self) -> Result<&Described, CallError> {
        if let Some(described) = self.described.get() {
            return Ok(described);
        }
        let described = self.ask()?;
        Ok(self.described.get_or_init(|| described))
    }

    fn ask(&self) -> Result<Described, CallError> {
        let mut one =
            self.started(&self.undescribed, Box::new(Moment::default()), CallLimits::default())?;
        let descriptor = one.describe()?;
        let again = one.describe()?;
        let elsewhere = Moment { now: 1_234_567_890_123, seed: 1_234_567_890 };
        let mut other =
            self.started(&self.undescribed, Box::new(elsewhere), CallLimits::default())?;
        let rule = match (descriptor == again, descriptor == other.describe()?) {
            (false, _) => Some("asked twice, it described itself in two ways".to_owned()),
            (true, false) => Some("it describes itself by the time or by chance".to_owned()),
            (true, true) => checks::descriptor(&descriptor).err(),
        };
        if let Some(rule) = rule {
            return Err(CallError::Faulty {
                connector: self.undescribed.name.clone(),
                call: Call::Describe,
                rule,
            });
        }
        let declared = Arc::new(Declared::new(&descriptor));
        Ok(Described { descriptor, declared })
    }

    /// A fresh instance, not yet opened.
    fn started(
        &self,
        declared: &Arc<Declared>,
        services: Box<dyn Services>,
        limits: CallLimits,
    ) -> Result<Instance, CallError> {
        let state = State::new(Arc::clone(declared), limits, services, Arc::clone(&self.ticks));
        Instance::start(&self.linked, &self.exports, state)
    }
}

/// A time and a seed, and nothing else.
#[derive(Default)]
struct Moment {
    now: Instant,
    seed: u64,
}

impl Services for Moment {
    fn now(&mut self) -> Instant {
        self.now
    }

    fn seed(&mut self) -> u64 {
        self.seed
    }
}
