//! Guests that do not keep to the contract, or want what no engine here grants.

use crate::zoo::wat::guests;

guests! {
    another_type: "refused",
        "the component is not a node: it exports a function of another type: expected 2-tuple, found 1-tuple";
    nothing_inside: "refused",
        "the component is not a node: instance export `hospes:node/action@0.1.0` does not have export `execute`";
    of_the_next_version: "refused",
        "the component is not a node: it exports `hospes:node/action@0.2.0`, and this host speaks `hospes:node/action@0.1.0`";
    asks_for_the_next_version: "refused",
        "the component imports what this host does not grant: `hospes:node/http@0.2.0`";
    asks_for_much: "refused",
        "the component imports what this host does not grant: `acme:extras/vault@0.1.0`, `wasi:random/insecure@0.2.0`, `acme:extras/later@0.1.0`, `plain`";
    asks_for_the_host: "refused",
        "the component imports what this host does not grant: `system`, `wasi:sockets/raw@0.2.0`";
    shared_memory: "refused",
        "the component does not compile: failed to parse WebAssembly module: threads must be enabled for shared memories";
    memory_of_64_bits: "refused",
        "the component does not compile: failed to parse WebAssembly module: memory64 must be enabled for 64-bit memories";
}
