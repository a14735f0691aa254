//! Golden cases: what a component has to answer before it serves.

mod case;
mod script;

pub(crate) use case::difference;
pub use case::{GoldenCase, GoldenError, GoldenExchange, GoldenExpectation};
pub(crate) use script::Scripted;
