//! The bound on a guest's memory and tables.

use wasmtime::ResourceLimiter;

use crate::component::error::Limit;
use crate::component::limits::CallLimits;

/// Allows growth up to a bound on all memories and tables of an instance together, and remembers what it denied: a
/// guest that gets no memory panics, and only this tells that panic from any other.
pub(in crate::component) struct Limiter {
    memory_bytes: usize,
    memory_bytes_max: usize,
    table_elements: usize,
    table_elements_max: usize,
    core_instances_max: usize,
    /// The growth that was allowed last, taken back if the system then hasn't got it.
    granted: usize,
    denied: Option<Limit>,
}

impl Limiter {
    pub(super) fn new(limits: &CallLimits) -> Self {
        Self {
            memory_bytes: 0,
            memory_bytes_max: limits.memory_bytes,
            table_elements: 0,
            table_elements_max: limits.table_elements,
            core_instances_max: limits.core_instances,
            granted: 0,
            denied: None,
        }
    }

    /// Forgets what an earlier call was denied.
    pub(super) fn begin(&mut self) {
        self.denied = None;
    }

    /// What was denied first in this call.
    pub(in crate::component) fn denied(&self) -> Option<Limit> {
        self.denied
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let bytes_wanted = self.memory_bytes.saturating_add(desired.saturating_sub(current));
        if bytes_wanted > self.memory_bytes_max {
            self.denied
                .get_or_insert(Limit::Memory { bytes_max: self.memory_bytes_max, bytes_wanted });
            return Ok(false);
        }
        self.granted = bytes_wanted - self.memory_bytes;
        self.memory_bytes = bytes_wanted;
        Ok(true)
    }

    fn memory_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.memory_bytes -= std::mem::take(&mut self.granted).min(self.memory_bytes);
        Ok(())
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let wanted = self.table_elements.saturating_add(desired.saturating_sub(current));
        if wanted > self.table_elements_max {
            self.denied.get_or_insert(Limit::Tables { elements_max: self.table_elements_max });
            return Ok(false);
        }
        self.table_elements = wanted;
        Ok(true)
    }

    fn instances(&self) -> usize {
        self.core_instances_max
    }

    fn tables(&self) -> usize {
        self.core_instances_max
    }

    fn memories(&self) -> usize {
        self.core_instances_max
    }
}
