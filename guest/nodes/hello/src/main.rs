//! The component of the `hello` node.

hospes_guest::export!(hello::Hello);

fn main() {}
