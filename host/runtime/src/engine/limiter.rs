//! Memory and table limits over everything in a store. wasmtime's `StoreLimits`
//! bounds each memory separately, so that a component with many memories gets
//! many times the limit.

use std::fmt;
use std::sync::Arc;

use hospes_egress::shares::{self, Holding};
use wasmtime::ResourceLimiter;

use crate::engine::Meter;
use crate::limits::{Limits, Unit};

/// The memory that an element of a table takes, in bytes.
const ELEMENT: u64 = 8;

/// Counts what a store holds and refuses growth beyond the limits.
pub(crate) struct Limiter {
    meter: Arc<Meter>,
    memory: u64,
    memory_limit: u64,
    elements: u64,
    elements_limit: u64,
    /// The store's part of the memory that all nodes share.
    shared: Holding,
    instances: usize,
    memories: usize,
    tables: usize,
}

impl Limiter {
    pub(crate) fn new(meter: Arc<Meter>, limits: &Limits, shared: Holding) -> Limiter {
        let count = |limit| usize::try_from(limit).unwrap_or(usize::MAX);
        Limiter {
            meter,
            memory: 0,
            memory_limit: limits.memory,
            elements: 0,
            elements_limit: limits.table_elements,
            shared,
            instances: count(limits.instances),
            memories: count(limits.memories),
            tables: count(limits.tables),
        }
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if beyond(desired, maximum) {
            return Ok(false);
        }
        let grown = desired.saturating_sub(current) as u64;
        let wanted = self.memory.saturating_add(grown);
        if wanted > self.memory_limit {
            return Err(Exceeded::Memory(self.memory_limit).into());
        }
        if !self.shared.take(grown) {
            return Err(Exceeded::Shared(self.shared.whole()).into());
        }
        self.memory = wanted;
        self.meter.saw_memory(wanted);
        Ok(true)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if beyond(desired, maximum) {
            return Ok(false);
        }
        let grown = desired.saturating_sub(current) as u64;
        let wanted = self.elements.saturating_add(grown);
        if wanted > self.elements_limit {
            return Err(Exceeded::Table(self.elements_limit).into());
        }
        if !self.shared.take(grown.saturating_mul(ELEMENT)) {
            return Err(Exceeded::Shared(self.shared.whole()).into());
        }
        self.elements = wanted;
        Ok(true)
    }

    fn instances(&self) -> usize {
        self.instances
    }

    fn memories(&self) -> usize {
        self.memories
    }

    fn tables(&self) -> usize {
        self.tables
    }
}

/// Whether growing would fail anyway, because the guest itself declares a lower
/// maximum. Memory that it does not get must not be counted.
fn beyond(desired: usize, maximum: Option<usize>) -> bool {
    maximum.is_some_and(|maximum| desired > maximum)
}

/// The error that travels through the trap, so that the outcome can name the
/// limit: a refused growth alone would end as an `unreachable` in the guest.
#[derive(Debug)]
pub(crate) enum Exceeded {
    Memory(u64),
    Table(u64),
    /// All of the shared memory, of this many bytes, is in use.
    Shared(u64),
}

impl fmt::Display for Exceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Exceeded::Memory(limit) => write!(
                f,
                "the node wanted more than {} of memory (limit `memory`)",
                Unit::Bytes.show(*limit)
            ),
            Exceeded::Table(limit) => write!(
                f,
                "the node wanted more than {limit} table elements (limit `table-elements`)"
            ),
            Exceeded::Shared(bytes) => f.write_str(&shares::in_use(*bytes)),
        }
    }
}

impl std::error::Error for Exceeded {}
