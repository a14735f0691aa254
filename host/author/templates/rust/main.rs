//! The component.

hospes_guest::export!(@CRATE@::Node);

fn main() {}
