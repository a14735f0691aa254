//! Serving nodes.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::ValueHint;
use hospes_server::Network;

use super::transport::Transport;
use super::value::{size, time};

/// Serves the nodes of a solution file over HTTP, and replaces them while it serves
///
/// The first line on standard output is {"url": "http://ADDRESS:PORT"}. On standard error, there is a line of JSON
/// for each request. On SIGTERM or an interrupt, the server finishes running executions and exits; a second signal
/// cuts them off.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hospes serve
  hospes serve --solution hospes.toml --env prod --store /var/lib/hospes --token file:/run/secrets/token")]
pub(crate) struct Serve {
    /// The solution file
    #[arg(long, value_name = "FILE", default_value = "hospes.toml", value_hint = ValueHint::FilePath)]
    pub(crate) solution: PathBuf,
    /// The environment; optional if there is only one
    #[arg(long, value_name = "NAME")]
    pub(crate) env: Option<String>,
    /// The address to listen on; port 0 chooses a free one. For other addresses than loopback, say who may run
    /// nodes: --execute-token, --callers or --open
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:7117")]
    pub(crate) listen: SocketAddr,
    /// A second address for operators, with health, metrics, pages and changes, isolated from executions and their
    /// clients
    #[arg(long, value_name = "ADDR")]
    pub(crate) admin_listen: Option<SocketAddr>,
    /// The most connections from clients at once; one address gets half [default: 4096, or half of the open files]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(2..=1_000_000))]
    pub(crate) connections: Option<u32>,
    /// The most bytes of requests and responses in memory at once; one address gets
    /// half
    #[arg(long, value_name = "SIZE", default_value = "256MiB", value_parser = size)]
    pub(crate) client_bytes: u64,
    /// A host name of the server, in addition to its addresses
    #[arg(long, value_name = "NAME")]
    pub(crate) host: Vec<String>,
    /// The operator's token, for changing nodes and inspecting policies; without one,
    /// both are off
    // Parsed later: clap would repeat a wrong value, which may be the token itself.
    #[arg(long, value_name = "env:VAR|file:PATH")]
    pub(crate) token: Option<String>,
    /// The token of an approver, for changes that give a node more or break its callers; `approve=true` is then
    /// refused
    // Parsed later, as above.
    #[arg(long, value_name = "env:VAR|file:PATH", requires = "token")]
    pub(crate) approve_token: Option<String>,
    /// A token for running nodes and flows, with the name of its caller; repeatable [default: no token is needed]
    // Parsed later, as above.
    #[arg(long, value_name = "[NAME=]env:VAR|file:PATH")]
    pub(crate) execute_token: Vec<String>,
    /// A file of callers, with their tokens and the nodes and flows that they may use
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) callers: Option<PathBuf>,
    /// Lets everyone who can reach the server run nodes and flows without a
    /// token
    #[arg(long, conflicts_with_all = ["execute_token", "callers"])]
    pub(crate) open: bool,
    /// Requests per second for each token, in bursts of up to one second's worth [default:
    /// unlimited]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) caller_rate: Option<u32>,
    /// Requests at once for each token [default: half of --executions]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) caller_concurrency: Option<u32>,
    /// Requests per second for each address without a token [default: 100, unlimited on loopback]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) peer_rate: Option<u32>,
    /// Requests at once for each address without a token [default: 64, unlimited on loopback]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) peer_concurrency: Option<u32>,
    /// Serves TLS with this certificate and its chain (PEM); read again when it changes
    #[arg(long, value_name = "FILE", requires = "tls_key", value_hint = ValueHint::FilePath)]
    pub(crate) tls_cert: Option<PathBuf>,
    /// The private key of that certificate (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert", value_hint = ValueHint::FilePath)]
    pub(crate) tls_key: Option<PathBuf>,
    /// The address or network of a proxy that terminates TLS for this server and sets X-Forwarded-For; no other
    /// address may send requests. Without a value: a proxy on this machine, 127.0.0.0/8
    #[arg(long, value_name = "ADDR[/BITS]", num_args = 0..=1, default_missing_value = "127.0.0.0/8")]
    pub(crate) behind_proxy: Vec<Network>,
    /// A secret that decides which callers a canary gets: servers with the same one decide alike [default: the
    /// store's own, or a random one]
    // Parsed later: clap would repeat a wrong value, which may be the secret itself.
    #[arg(long, value_name = "env:VAR|file:PATH")]
    pub(crate) canary_key: Option<String>,
    /// The most executions at once, over all nodes
    #[arg(long, value_name = "NUMBER", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) executions: u32,
    /// Lets debuggers and core dumps see the process's memory, including keys
    #[arg(long)]
    pub(crate) dumpable: bool,
    /// Memory for the executions of all nodes together, such as 2GiB [default: three quarters of the machine's
    /// or container's, at most 64 MiB for each execution and 4 GiB]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(crate) memory: Option<u64>,
    /// Follows the solution file and the components that it names, and applies changes
    #[arg(long)]
    pub(crate) watch: bool,
    /// Adds the caller's trace to the requests of nodes: `traceparent` and `tracestate`
    #[arg(long)]
    pub(crate) propagate_trace: bool,
    /// Sends spans of requests, executions and nodes' requests to this OpenTelemetry collector, as OTLP over HTTP,
    /// such as http://127.0.0.1:4318
    // Parsed later: clap would repeat a wrong value, which may hold a password.
    #[arg(long, value_name = "URL")]
    pub(crate) otlp: Option<String>,
    /// A header for the collector, such as `authorization=env:COLLECTOR`
    #[arg(long, value_name = "NAME=env:VAR|file:PATH", requires = "otlp")]
    pub(crate) otlp_header: Vec<String>,
    /// How long running executions may take to finish when the server exits or their revision is replaced
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = time)]
    pub(crate) drain: Duration,
    /// Trusts only the certificate authorities in this file (PEM) for requests to upstreams
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) roots: Option<PathBuf>,
    /// What sends the requests of nodes
    #[arg(long, value_enum, default_value = "ureq")]
    pub(crate) transport: Transport,
    /// Appends a line of JSON for each request of a node to this file; `-` means standard
    /// error
    #[arg(long, value_name = "FILE|-", value_hint = ValueHint::FilePath)]
    pub(crate) audit: Option<PathBuf>,
    /// Stores published revisions and sessions in this directory, so that a restarted server comes back with them
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) store: Option<PathBuf>,
    /// The key that seals the store's files: 64 hexadecimal digits; further lines are earlier keys [default: one that
    /// is in the store]
    // Parsed later: clap would repeat a wrong value, which may be the key itself.
    #[arg(long, value_name = "env:VAR|file:PATH", requires = "store")]
    pub(crate) store_key: Option<String>,
    /// Accepts a store whose files are not sealed, and seals them; once, for a store of an earlier version
    #[arg(long, requires = "store")]
    pub(crate) adopt_store: bool,
    /// How many revisions of a node the store keeps
    #[arg(long, value_name = "NUMBER", default_value_t = 20, requires = "store")]
    pub(crate) keep: usize,
    /// How long the store keeps old revisions
    #[arg(long, value_name = "TIME", default_value = "129600m", requires = "store", value_parser = time)]
    pub(crate) keep_for: Duration,
    /// The most sessions of flows; a new one replaces one that has ended or was never answered
    #[arg(long, value_name = "NUMBER", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) sessions: u32,
    /// The most sessions for each token, or for each address without one [default: half of --sessions]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) caller_sessions: Option<u32>,
    /// A key that encrypts the sessions in the store: 64 hexadecimal digits; further lines are earlier keys
    // Parsed later: clap would repeat a wrong value, which may be the key itself.
    #[arg(long, value_name = "env:VAR|file:PATH", requires = "store")]
    pub(crate) session_key: Option<String>,
    /// How long a session waits for an answer
    #[arg(long, value_name = "TIME", default_value = "60m", value_parser = time)]
    pub(crate) session_idle: Duration,
    /// Caches compiled components in this directory [default: `cache` in the store; without a store, or with
    /// --store-key, a temporary one]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) cache: Option<PathBuf>,
    /// The most memory for compiling a component, which a separate process does
    #[arg(long, value_name = "SIZE", default_value = "2GiB", value_parser = size)]
    pub(crate) compile_memory: u64,
}
