//! What goes to the host and comes back, as plain values.

mod error;
mod level;
mod request;
mod response;

pub use error::Error;
pub use level::Level;
pub use request::{HeaderValue, Request};
pub use response::Response;
