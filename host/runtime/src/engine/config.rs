//! The configuration of wasmtime.

use std::num::NonZeroUsize;

use wasmtime::{Config, Enabled, PoolingAllocationConfig, WasmBacktraceDetails};

/// The largest `memory` and `table-elements` that a node's limits can grant.
const MAX_MEMORY: usize = 1 << 30;
const MAX_TABLE_ELEMENTS: usize = 100_000;

/// The most that a node's limits can grant to one component.
const MAX_INSTANCES: u32 = 100;
pub(crate) const MAX_MEMORIES: u32 = 16;
const MAX_TABLES: u32 = 32;

/// How many tables one permit has room for, beside its one memory. A memory
/// reserves 4 GiB of address space, a table less than 1 MiB.
pub(crate) const TABLES: u32 = 8;

/// The configuration of wasmtime for a runtime with so many permits, of which
/// each has room for an instance with one memory and eight tables. Benchmarks
/// build their bare engines with it.
pub fn config(permits: u32) -> Config {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(permits)
        .total_stacks(permits)
        .total_core_instances(permits.saturating_mul(MAX_INSTANCES))
        .total_memories(permits)
        .total_tables(permits.saturating_mul(TABLES))
        .max_core_instances_per_component(MAX_INSTANCES)
        .max_memories_per_component(MAX_MEMORIES)
        .max_tables_per_component(MAX_TABLES)
        .max_tables_per_module(MAX_TABLES)
        .max_memories_per_module(MAX_MEMORIES)
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
