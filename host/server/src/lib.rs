//! Action nodes over HTTP.
//!
//! [`router`] gives the routes to your axum application, under any path, beside
//! your own routes and behind your own authentication:
//!
//! ```no_run
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! use axum::Router;
//! use axum::routing::get;
//! use hospes::Runtime;
//! use hospes_deploy::Deployer;
//! use hospes_server::{ServerObserver, ServerState, router};
//! use hospes_solution::{Grants, Overrides, SecretFrom};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let observer = ServerObserver::new(None);
//! let runtime = Runtime::builder().observer(observer.clone()).build()?;
//! let deployer = Arc::new(Deployer::new(runtime));
//! let grants = Grants::bare("hello.wasm", None, &Overrides::default())?;
//! deployer.start(vec![("hello".to_owned(), grants)])?;
//! let state = ServerState::builder(deployer, observer)
//!     .operator_token(SecretFrom::parse_private("env:TOKEN")?)
//!     .build()?;
//! state.start_upkeep(Duration::from_secs(30))?;
//! let app = Router::new()
//!     .route("/", get(|| async { "ours" }))
//!     .nest("/hospes", router(state));
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
//! axum::serve(listener, app).await?;
//! # Ok(())
//! # }
//! ```
//!
//! Without a token, an authentication in front or `open`, building the state fails
//! with [`StateError::NoAuthentication`].
//!
//! `serve` is `hospes serve`: it reads a solution file, listens and serves until
//! the process is asked to end.
//!
//! # Features
//!
//! All are on by default. Without any, the crate is the router to mount.
//!
//! - `serve`: a server with its own listener.
//! - `tls`: TLS for that listener. Includes `serve`.
//! - `otlp`: spans for an OpenTelemetry collector, and requests that join the
//!   caller's trace. Includes `serve`.

#![cfg_attr(
    not(feature = "serve"),
    allow(dead_code, reason = "the listener uses the rest")
)]

mod admission;
mod audit;
mod auth;
#[cfg(feature = "serve")]
mod canary;
mod client;
mod documents;
mod error;
mod executor;
mod extract;
mod invalid_file;
#[cfg(feature = "serve")]
mod listen;
#[cfg(feature = "serve")]
mod machine;
mod metrics;
mod middleware;
mod mount;
mod number;
mod observer;
mod openapi;
#[cfg(feature = "serve")]
mod options;
mod outcome;
mod pool;
#[cfg(feature = "serve")]
mod protect;
mod route_pattern;
mod router;
mod routes;
#[cfg(feature = "serve")]
mod serve;
mod sessions;
mod setup;
#[cfg(feature = "serve")]
mod signal;
mod state;
#[cfg(feature = "serve")]
mod store;
mod telemetry;
#[cfg(feature = "serve")]
mod transport;
mod upkeep;
#[cfg(feature = "serve")]
mod watch;

pub use audit::AuditLog;
pub use client::Network;
pub use mount::{ServerState, ServerStateBuilder, StateError, router};
pub use observer::ServerObserver;
#[cfg(feature = "serve")]
pub use options::Options;
#[cfg(feature = "serve")]
pub use protect::protect_memory;
#[cfg(feature = "serve")]
pub use serve::{Listening, ServeError, serve};
pub use sessions::Flows;
#[cfg(feature = "serve")]
pub use signal::Signals;
#[cfg(feature = "serve")]
pub use transport::TransportKind;
