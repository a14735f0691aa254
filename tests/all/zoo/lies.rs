//! Guests that lie to the host about their memory and their answer.

use crate::zoo::wat::guests;

guests! {
    realloc_beyond_memory: "trap",
        "the node broke the contract: realloc return: beyond end of memory";
    realloc_at_the_end_of_addresses: "trap",
        "the node broke the contract: realloc return: beyond end of memory";
    realloc_misaligned: "trap", "the node broke the contract: realloc return: result not aligned";
    realloc_overlaps: "invalid-result",
        "the node's result is not valid JSON: trailing characters at line 1 column 3";
    result_beyond_memory: "trap",
        "the node broke the contract: string pointer/length out of bounds of memory";
    result_of_four_gib: "trap",
        "the node broke the contract: string pointer/length out of bounds of memory";
    result_that_wraps_around: "trap",
        "the node broke the contract: string pointer/length out of bounds of memory";
    result_at_no_address: "trap", "the node broke the contract: pointer out of bounds of memory";
    result_misaligned: "trap", "the node broke the contract: return pointer not aligned";
    result_of_no_text: "trap",
        "the node broke the contract: invalid utf-8 sequence of 1 bytes from index 1";
    result_with_half_a_surrogate: "trap",
        "the node broke the contract: invalid utf-8 sequence of 1 bytes from index 1";
    result_of_no_case: "trap", "the node broke the contract: invalid expected discriminant";
    failure_of_no_kind: "trap", "the node broke the contract: unexpected discriminant: 99";
    failure_of_no_end: "trap",
        "the node broke the contract: string pointer/length out of bounds of memory";
    logs_at_no_level: "trap", "the node broke the contract: unexpected discriminant: 9";
    logs_beyond_memory: "trap",
        "the node broke the contract: string pointer/length out of bounds of memory";
    logs_no_end_of_fields: "trap",
        "the node broke the contract: list pointer/length out of bounds of memory";
}
