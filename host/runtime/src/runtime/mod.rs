//! The runtime's public interface.

mod blocking;
mod builder;
mod handle;
mod node;
mod swap;

pub use builder::RuntimeBuilder;
pub use handle::Runtime;
pub use node::Node;
