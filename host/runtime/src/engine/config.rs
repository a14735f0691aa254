//! The configuration of wasmtime. The benchmark builds its bare engine from
//! this file, so that both use the same configuration.

use std::num::NonZeroUsize;

use wasmtime::{Config, Enabled, PoolingAllocationConfig, WasmBacktraceDetails};

/// The largest `memory` and `table-elements` that a node's limits can grant.
const MAX_MEMORY: usize = 1 << 30;
const MAX_TABLE_ELEMENTS: usize = 100_000;

/// What one permit has room for: the largest component that the default limits
/// admit. With less, one node could use up what its neighbours need.
pub(crate) const INSTANCES: u32 = 32;
pub(crate) const MEMORIES: u32 = 4;
pub(crate) const TABLES: u32 = 8;

/// The configuration of an engine with room for `executions` executions at
/// once.
pub(crate) fn config(executions: u32) -> Config {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(executions)
        .total_stacks(executions)
        .total_core_instances(executions.saturating_mul(INSTANCES))
        .total_memories(executions.saturating_mul(MEMORIES))
        .total_tables(executions.saturating_mul(TABLES))
        .max_core_instances_per_component(100)
        .max_memories_per_component(16)
        .max_tables_per_component(32)
        .max_tables_per_module(32)
        .max_memories_per_module(16)
        .max_memory_size(MAX_MEMORY)
        .table_elements(MAX_TABLE_ELEMENTS)
        .table_keep_resident(64 << 10)
        .pagemap_scan(Enabled::Auto);
    // The memory that a guest of ordinary size touches stays resident in its
    // slot and is reset there, which is much cheaper than mapping it again.
    // Where the kernel tells which pages were touched (Linux 6.7), only those
    // are reset. Everything beyond this size is given back, so that a guest
    // which once used all its memory leaves little of it in the pool.
    pool.linear_memory_keep_resident(2 << 20);

    let mut config = compiling();
    config.allocation_strategy(pool);
    config
}

/// The settings that compiled code depends on. A process that only compiles
/// needs no pool.
pub(crate) fn compiling() -> Config {
    let mut config = Config::new();
    config
        .epoch_interruption(true)
        .max_wasm_stack(512 << 10)
        .async_stack_size(2 << 20)
        .wasm_component_model_async(true)
        // No toolchain that targets components needs it; less to trust.
        .wasm_memory64(false)
        .wasm_tail_call(false)
        .wasm_relaxed_simd(false)
        // A guest's backtrace is of no use to a caller. One frame tells whether
        // an error arose in a host call or with the result.
        .wasm_backtrace_details(WasmBacktraceDetails::Disable)
        .wasm_backtrace_max_frames(NonZeroUsize::new(1));
    config
}
