//! `hospes serve`: real processes, real sockets.

mod server;

/// Who may do what.
mod access;
/// What clients may take.
mod admission;
/// One uploads, another approves.
mod approval;
/// The operators' own listener.
mod aside;
/// The way back, which gives nothing that was taken.
mod back;
/// Callers and their tokens.
mod callers;
/// Components that are too much for the compiler.
mod compiling;
/// Descriptors that are few.
mod descriptors;
/// The page `docs/serving.md`, with its commands.
pub(crate) mod docs;
/// Running nodes over HTTP.
mod execute;
/// Starting and ending.
mod life;
/// The numbers.
mod metrics;
/// What a new solution file takes away.
mod narrowing;
/// The API's description.
mod openapi;
/// The page for operators, in a browser.
mod page;
/// How many sessions there are, and how they are kept.
mod quotas;
/// How much each caller may ask for.
mod rates;
/// A server that is killed and comes back.
mod restart;
/// The API's description, by somebody else's tool.
mod schemathesis;
/// A store in the hands of somebody without its key.
mod seals;
/// Conversations.
pub(crate) mod sessions;
/// Clients that read slowly, and logs that nobody reads.
mod slow;
/// What is stuck.
mod stuck;
/// Replacing nodes.
mod swap;
/// TLS in the server itself.
mod tls;
/// Spans, as a collector gets them.
mod traces;
/// Canaries, shadows, and nodes that keep breaking.
mod trial;
/// Following files.
mod watch;
