//! The engine that runs components, and how they are loaded into it.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};
use wasmtime::component::Linker;
use wasmtime::{Config, Engine};

use super::cache::CodeCache;
use super::code::Component;
use super::error::LoadError;
use super::limits::{MEMORY_RESERVATION_BYTES, PANIC_BYTES_MAX, STACK_BYTES_MAX, TRACE_FRAMES_MAX};
use super::state::State;
use super::ticks::Ticks;
use super::{imports, load, wasi};
use crate::record::{hex, one_line};

/// How a runtime is set up.
#[derive(Debug, Clone, Default)]
pub struct RuntimeOptions {
    /// Where compiled code is kept; it is made if it isn't there, and closed to other users. Without it each start
    /// compiles each component, a tenth of a second or more.
    pub cache_dir: Option<PathBuf>,
}

/// Loads and runs components. One serves the whole process; a thread of its own counts the time they compute.
pub struct Runtime {
    engine: Engine,
    linker: Linker<State>,
    ticks: Arc<Ticks>,
    cache: Option<CodeCache>,
    /// Tells code compiled by this engine, with these settings, from any other's.
    engine_hash: u64,
}

impl Runtime {
    /// Sets up the engine, and the directory of compiled code if there is to be one.
    pub fn new(options: RuntimeOptions) -> Result<Arc<Self>, LoadError> {
        Self::with_config(&config(), options)
    }

    pub(super) fn with_config(
        config: &Config,
        options: RuntimeOptions,
    ) -> Result<Arc<Self>, LoadError> {
        let fault = |error: wasmtime::Error| LoadError::Engine { message: format!("{error:#}") };
        let engine = Engine::new(config).map_err(fault)?;
        let mut linker = Linker::new(&engine);
        imports::link(&mut linker).map_err(fault)?;
        wasi::link(&mut linker).map_err(fault)?;
        let ticks = Ticks::start(&engine).map_err(|error| fault(error.into()))?;
        let cache = match options.cache_dir {
            Some(path) => Some(
                CodeCache::open(path.clone())
                    .map_err(|source| LoadError::Cache { path, source })?,
            ),
            None => None,
        };
        let mut hasher = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        Ok(Arc::new(Self { engine_hash: hasher.finish(), engine, linker, ticks, cache }))
    }

    /// Loads a component from its file, compiling it if its code isn't in the cache.
    pub fn load(&self, path: &Path) -> Result<Arc<Component>, LoadError> {
        self.load_bytes(path, &load::read(path)?)
    }

    /// Loads a component from its bytes. `path` names it in messages.
    pub fn load_bytes(&self, path: &Path, wasm: &[u8]) -> Result<Arc<Component>, LoadError> {
        load::sniff(path, wasm)?;
        let digest = hex(&Sha256::digest(wasm));
        let code = self.compiled(path, wasm, &digest)?;
        let interfaces = load::interfaces(path, &self.engine, &code.component_type())?;
        let unfit = |message: String| LoadError::Unfit {
            path: path.to_owned(),
            message: one_line(&message, PANIC_BYTES_MAX),
        };
        let linked = match interfaces.imports.iter().any(|import| wasi::refused::is_refused(import))
        {
            true => {
                let mut linker = self.linker.clone();
                wasi::refused::link(&mut linker, &code).and_then(|()| linker.instantiate_pre(&code))
            }
            false => self.linker.instantiate_pre(&code),
        };
        let linked = linked.map_err(|error| unfit(format!("{error:#}")))?;
        let component = Component::new(
            path,
            digest,
            wasm.len() as u64,
            interfaces,
            linked,
            Arc::clone(&self.ticks),
        )
        .map_err(unfit)?;
        Ok(Arc::new(component))
    }

    /// Lets computing time pass, as if this many ticks went by, for tests that can't wait for the clock.
    #[cfg(test)]
    pub(super) fn advance(&self, ticks: u64) {
        self.ticks.advance(ticks);
    }

    /// The code of a component, from the cache or compiled now.
    fn compiled(
        &self,
        path: &Path,
        wasm: &[u8],
        digest: &str,
    ) -> Result<wasmtime::component::Component, LoadError> {
        let name = format!("{digest}-{:016x}", self.engine_hash);
        if let Some(code) = self.cache.as_ref().and_then(|cache| cache.get(&name)) {
            // What another version of the engine wrote, it refuses itself, and is compiled anew.
            if let Ok(component) = deserialize(&self.engine, &code) {
                return Ok(component);
            }
        }
        let component =
            wasmtime::component::Component::from_binary(&self.engine, wasm).map_err(|error| {
                LoadError::Malformed {
                    path: path.to_owned(),
                    message: one_line(&format!("{error:#}"), PANIC_BYTES_MAX),
                }
            })?;
        if let (Some(cache), Ok(code)) = (&self.cache, component.serialize()) {
            cache.put(&name, &code);
        }
        Ok(component)
    }
}

#[allow(
    unsafe_code,
    reason = "the cache gives only what this host has written: see its own documentation"
)]
fn deserialize(engine: &Engine, code: &[u8]) -> wasmtime::Result<wasmtime::component::Component> {
    // SAFETY: the bytes are what `Component::serialize` gave: their digest was compared, and they come from a
    // directory that nobody but this user can write to.
    unsafe { wasmtime::component::Component::deserialize(engine, code) }
}

/// The engine's settings. Those that change the code are part of the cache's names.
pub(super) fn config() -> Config {
    let mut config = Config::new();
    config
        // Computing time is bounded by epochs. They cost a few per cent, and unlike counted instructions they mean
        // time, which is what a pipeline waits for.
        .epoch_interruption(true)
        .max_wasm_stack(STACK_BYTES_MAX)
        .memory_reservation(MEMORY_RESERVATION_BYTES)
        // The same input gives the same output on every machine, so that a run can be replayed on another.
        .cranelift_nan_canonicalization(true)
        .relaxed_simd_deterministic(true)
        .wasm_backtrace_max_frames(NonZeroUsize::new(TRACE_FRAMES_MAX));
    config
}
