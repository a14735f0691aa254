//! Guests that abuse the standard interfaces.

use crate::zoo::wat::guests;

guests! {
    handle_leak: "memory", "the node wanted more than 256 handles (limit `handles`)";
    drops_twice: "trap", "the node broke the contract: unknown handle index 1";
    polls_for_ever: "deadline", "the execution did not end within 300ms (limit `deadline`)";
    polls_a_lie: "trap", "the node broke the contract: list pointer/length out of bounds of memory";
    polls_nothing: "trap", "the node broke the contract: empty poll list";
    a_few_random_bytes: "result", "null";
    random_flood: "trap",
        "the node broke the contract: requested len 1073741824 exceeds limit 65536";
    random_for_ever: "deadline", "the execution did not end within 300ms (limit `deadline`)";
}
