//! Write hospes action nodes in Rust.
//!
//! A node is a type that implements [`Action`]: it takes a payload, does its
//! work, and returns an output or a [`Failure`]. Payload, params and output are
//! ordinary serde types.
//!
//! # A first node
//!
//! Put the action into `src/lib.rs`, where tests can use it:
//!
//! ```
//! use hospes_guest::{Action, Context, Failure, http, log};
//! use serde::{Deserialize, Serialize};
//!
//! /// Looks up how warm it is.
//! pub struct Weather;
//!
//! #[derive(Deserialize)]
//! pub struct Payload {
//!     city: String,
//! }
//!
//! #[derive(Deserialize)]
//! pub struct Params {
//!     weather_url: String,
//! }
//!
//! #[derive(Deserialize, Serialize)]
//! pub struct Report {
//!     celsius: f64,
//! }
//!
//! impl Action for Weather {
//!     type Payload = Payload;
//!     type Params = Params;
//!     type Output = Report;
//!
//!     fn execute(payload: Payload, ctx: Context<Params>) -> Result<Report, Failure> {
//!         log::info("asking for the weather");
//!         let response = http::Request::get(format!("{}/{}", ctx.params.weather_url, payload.city))
//!             .secret("authorization", "weather_key", "Bearer ")
//!             .send()?;
//!         if response.status != 200 {
//!             return Err(Failure::protocol(format!("HTTP {}", response.status)));
//!         }
//!         Ok(response.json()?)
//!     }
//! }
//!
//! // Its test runs natively, against a scripted host.
//! use hospes_guest::testing::Host;
//! use serde_json::json;
//!
//! let host = Host::new()
//!     .params(json!({"weather_url": "https://weather.example"}))
//!     .secret("weather_key")
//!     .answer(
//!         "GET",
//!         "https://weather.example/Oslo",
//!         http::Response::new(200).with_json(&json!({"celsius": 21.5})),
//!     );
//!
//! let report = host.run::<Weather>(json!({"city": "Oslo"}));
//!
//! assert_eq!(report, Ok(json!({"celsius": 21.5})));
//! assert_eq!(host.unused(), [""; 0]);
//! ```
//!
//! and export it in `src/main.rs`:
//!
//! ```
//! # mod weather {
//! #     use hospes_guest::{Action, Context, Failure};
//! #     pub struct Weather;
//! #     impl Action for Weather {
//! #         type Payload = ();
//! #         type Params = ();
//! #         type Output = ();
//! #         fn execute(_: (), _: Context<()>) -> Result<(), Failure> { Ok(()) }
//! #     }
//! # }
//! hospes_guest::export!(weather::Weather);
//!
//! fn main() {}
//! ```
//!
//! `cargo build --release --target wasm32-wasip2` makes the component.
//!
//! # Contents
//!
//! * [`Action`] and [`AsyncAction`]: what a node implements. [`export!`] turns
//!   either into a component.
//! * [`Context`]: what a node knows about the execution: params, names of
//!   secrets, attempt, environment, variables, time.
//! * [`Failure`] and [`FailureKind`]: why an execution did not succeed, in
//!   terms of what the caller can do about it.
//! * [`http`]: requests, as far as the operator allows them. Secrets are
//!   named, never seen.
//! * [`log`]: records that are kept with the execution's outcome.
//! * [`future`]: waiting for several things at once.
//! * [`Description`]: what the node is, and what it asks of the host. With the
//!   feature `schemars`, its schemas come from Rust types.
//! * [`testing`]: a scripted host for native tests.
//!
//! # What a node can rely on
//!
//! A node keeps nothing between calls, in a `static` or otherwise: every call
//! gets a fresh instance. The standard library works, but there are no files, no
//! environment, no arguments and no sockets. Clocks and random numbers work. A
//! panic ends the execution with a trap, which no flow can handle: return a
//! [`Failure`] instead.
//!
//! # Memory
//!
//! By default a component starts with 1 MiB of stack and one page of 64 KiB,
//! which its static data shares with its heap. It grows on demand, which is
//! slow. If your node needs more, ask for it in the `main` of its `build.rs`:
//!
//! ```
//! if std::env::var("CARGO_CFG_TARGET_FAMILY").is_ok_and(|family| family == "wasm") {
//!     println!("cargo::rustc-link-arg-bins=--initial-memory=2097152");
//! }
//! ```
//!
//! The size is in bytes, a multiple of 65536, and includes the stack.

mod action;
mod boundary;
mod context;
mod decode;
mod description;
mod export;
mod failure;
mod host;
mod message;
#[cfg(feature = "schemars")]
mod schema;

pub mod future;
pub mod http;
pub mod log;

#[cfg(target_family = "wasm")]
mod bindings;
#[cfg(target_family = "wasm")]
mod component;
#[cfg(not(target_family = "wasm"))]
pub mod testing;

pub use action::{Action, AsyncAction};
pub use context::Context;
pub use description::{Description, Egress, Input};
pub use failure::{Failure, FailureKind};
#[cfg(feature = "schemars")]
pub use schemars;

/// What [`export!`] expands to. Not part of the API.
#[doc(hidden)]
pub mod __private {
    #[cfg(target_family = "wasm")]
    pub use crate::bindings::{node, node_async, shared};
    #[cfg(target_family = "wasm")]
    pub use crate::component::{AsyncNode, Node};
}
