//! The component of the `enrich` node.

hospes_guest::export!(async enrich::Enrich);

fn main() {}
