//! Guests that do not end, or end badly, wherever the host lets them run.

use crate::zoo::wat::guests;

guests! {
    honest: "result", "null";
    start_loops: "refused",
        "the component does not start: the execution did not end within 1s (limit `deadline`)";
    start_traps: "refused",
        "the component does not start: the node trapped: wasm `unreachable` instruction executed";
    realloc_loops: "deadline", "the execution did not end within 300ms (limit `deadline`)";
    realloc_traps: "trap", "the node trapped: wasm `unreachable` instruction executed";
    realloc_recurses: "stack", "the node's stack overflowed";
    post_return_loops: "deadline", "the execution did not end within 300ms (limit `deadline`)";
    post_return_traps: "trap", "the node trapped: wasm `unreachable` instruction executed";
    recurses_through_a_table: "stack", "the node's stack overflowed";
    calls_nothing: "trap", "the node trapped: uninitialized element";
    reads_beyond_memory: "trap", "the node trapped: out of bounds memory access";
    fills_memory: "deadline", "the execution did not end within 300ms (limit `deadline`)";
}
