//! The options of a server with its own listener.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use hospes::egress::Roots;

use crate::client::Network;
use crate::transport::TransportKind;

/// The options of a server with its own listener: the flags of `hospes serve`.
#[derive(Clone, Debug)]
pub struct Options {
    /// The solution file
    pub solution: PathBuf,
    /// The environment; optional if there is only one
    pub env: Option<String>,
    /// The address to listen on; port 0 chooses a free one. For other addresses than loopback, say who may run
    /// nodes: --execute-token, --callers or --open
    pub listen: SocketAddr,
    /// A second address for operators, with health, metrics, pages and changes, isolated from executions and their
    /// clients
    pub admin_listen: Option<SocketAddr>,
    /// The most connections from clients at once; one address gets half [default: 4096, or half of the open files]
    pub connections: Option<u32>,
    /// The most bytes of requests and responses in memory at once; one address gets
    /// half
    pub client_bytes: u64,
    /// A host name of the server, in addition to its addresses
    pub host: Vec<String>,
    /// The operator's token, for changing nodes and inspecting policies; without one,
    /// both are off
    pub token: Option<String>,
    /// The token of an approver, for changes that give a node more or break its callers; `approve=true` is then
    /// refused
    pub approve_token: Option<String>,
    /// A token for running nodes and flows, with the name of its caller; repeatable [default: no token is needed]
    pub execute_token: Vec<String>,
    /// A file of callers, with their tokens and the nodes and flows that they may use
    pub callers: Option<PathBuf>,
    /// Lets everyone who can reach the server run nodes and flows without a
    /// token
    pub open: bool,
    /// Requests per second for each token, in bursts of up to one second's worth [default:
    /// unlimited]
    pub caller_rate: Option<u32>,
    /// Requests at once for each token [default: half of --executions]
    pub caller_concurrency: Option<u32>,
    /// Requests per second for each address without a token [default: 100, unlimited on loopback]
    pub peer_rate: Option<u32>,
    /// Requests at once for each address without a token [default: 64, unlimited on loopback]
    pub peer_concurrency: Option<u32>,
    /// Serves TLS with this certificate and its chain (PEM); read again when it changes
    #[cfg(feature = "tls")]
    pub tls_cert: Option<PathBuf>,
    /// The private key of that certificate (PEM)
    #[cfg(feature = "tls")]
    pub tls_key: Option<PathBuf>,
    /// The address or network of a proxy that terminates TLS for this server and sets X-Forwarded-For; no other
    /// address may send requests. Without a value: a proxy on this machine, 127.0.0.0/8
    pub behind_proxy: Vec<Network>,
    /// A secret that decides which callers a canary gets: servers with the same one decide alike [default: the
    /// store's own, or a random one]
    pub canary_key: Option<String>,
    /// The most executions at once, over all nodes
    pub executions: u32,
    /// Lets debuggers and core dumps see the process's memory, including keys
    pub dumpable: bool,
    /// Memory for the executions of all nodes together, such as 2GiB [default: three quarters of the machine's
    /// or container's, at most 64 MiB for each execution and 4 GiB]
    pub memory: Option<u64>,
    /// Follows the solution file and the components that it names, and applies changes
    pub watch: bool,
    /// Adds the caller's trace to the requests of nodes: `traceparent` and `tracestate`
    pub propagate_trace: bool,
    /// Sends spans of requests, executions and nodes' requests to this OpenTelemetry collector, as OTLP over HTTP,
    /// such as http://127.0.0.1:4318
    #[cfg(feature = "otlp")]
    pub otlp: Option<String>,
    /// A header for the collector, such as `authorization=env:COLLECTOR`
    #[cfg(feature = "otlp")]
    pub otlp_header: Vec<String>,
    /// How long running executions may take to finish when the server exits or their revision is replaced
    pub drain: Duration,
    /// Trusts only the certificate authorities in this file (PEM) for requests to upstreams
    pub roots: Option<Roots>,
    /// What sends the requests of nodes
    pub transport: TransportKind,
    /// Appends a line of JSON for each request of a node to this file; `-` means standard
    /// error
    pub audit: Option<PathBuf>,
    /// Stores published revisions and sessions in this directory, so that a restarted server comes back with them
    pub store: Option<PathBuf>,
    /// The key that seals the store's files: 64 hexadecimal digits; further lines are earlier keys [default: one that
    /// is in the store]
    pub store_key: Option<String>,
    /// Accepts a store whose files are not sealed, and seals them; once, for a store of an earlier version
    pub adopt_store: bool,
    /// How many revisions of a node the store keeps
    pub keep: usize,
    /// How long the store keeps old revisions
    pub keep_for: Duration,
    /// The most sessions of flows; a new one replaces one that has ended or was never answered
    pub sessions: u32,
    /// The most sessions for each token, or for each address without one [default: half of --sessions]
    pub caller_sessions: Option<u32>,
    /// A key that encrypts the sessions in the store: 64 hexadecimal digits; further lines are earlier keys
    pub session_key: Option<String>,
    /// How long a session waits for an answer
    pub session_idle: Duration,
    /// Caches compiled components in this directory [default: `cache` in the store; without a store, or with
    /// --store-key, a temporary one]
    pub cache: Option<PathBuf>,
    /// The most memory for compiling a component, which a separate process does
    pub compile_memory: u64,
    /// The program that compiles components, and its argument; it has to call `hospes::compile_worker`
    pub compiler: Option<(PathBuf, String)>,
}

impl Options {
    pub(crate) fn has_tls(&self) -> bool {
        #[cfg(feature = "tls")]
        return self.tls_cert.is_some();
        #[cfg(not(feature = "tls"))]
        false
    }
}
