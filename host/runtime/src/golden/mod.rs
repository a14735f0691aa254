//! Golden cases: tests that a component has to pass before it serves.

mod case;
mod exchange;
mod script;

pub(crate) use case::difference;
pub use case::{GoldenCase, GoldenError, GoldenExchange, GoldenExpectation};
pub(crate) use script::Scripted;
