//! What a server that listens by itself is started with.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use hospes::egress::Roots;

use crate::client::Network;

/// What a server that listens by itself is started with: what the flags of
/// `hospes serve` say.
#[derive(Clone, Debug)]
pub struct Options {
    /// The solution file
    pub solution: PathBuf,
    /// The environment; may be left out if there is only one
    pub env: Option<String>,
    /// Where to listen; port 0 takes a free one. Beyond loopback, say who may run nodes: --execute-token, --callers or --open
    pub listen: SocketAddr,
    /// Where health, metrics, the pages and what changes nodes answer as well, apart from executions and their clients
    pub admin_listen: Option<SocketAddr>,
    /// How many connections clients may have at once; one address gets half [default: 4096, or half of the open files]
    pub connections: Option<u32>,
    /// How many bytes of requests and answers are held at once; one address gets half
    pub client_bytes: u64,
    /// A name that clients may call the server by, beside its addresses
    pub host: Vec<String>,
    /// The token for changing nodes and looking at policies; without one, both are off
    pub token: Option<String>,
    /// The token of whoever approves what gives a node more or breaks its callers; with one, `approve=true` does not
    pub approve_token: Option<String>,
    /// A token for running nodes and flows, under the name of its caller; may be given several times [default: no token is
    /// needed]
    pub execute_token: Vec<String>,
    /// A file that says which callers may use which nodes and flows, with which tokens
    pub callers: Option<PathBuf>,
    /// Lets whoever reaches the server run nodes and flows, without a token
    pub open: bool,
    /// Requests a second of each token, a second's worth of them at once [default: not bounded]
    pub caller_rate: Option<u32>,
    /// Requests at once of each token [default: half of --executions]
    pub caller_concurrency: Option<u32>,
    /// Requests a second of each address without a token [default: 100, and not bounded on loopback]
    pub peer_rate: Option<u32>,
    /// Requests at once of each address without a token [default: 64, and not bounded on loopback]
    pub peer_concurrency: Option<u32>,
    /// Speaks TLS with this certificate and its chain (PEM); read again when it changes
    pub tls_cert: Option<PathBuf>,
    /// The private key of that certificate (PEM)
    pub tls_key: Option<PathBuf>,
    /// The address or network of a proxy that speaks TLS for this server, and says in X-Forwarded-For whom; no other
    /// address may send requests. Without a value: a proxy on this machine, 127.0.0.0/8
    pub behind_proxy: Vec<Network>,
    /// A secret by which canaries choose their callers: servers with the same one choose alike [default: one of the
    /// store's own, or a random one]
    pub canary_key: Option<String>,
    /// How many executions run at once, all nodes together
    pub executions: u32,
    /// Lets debuggers and core dumps see the process's memory, keys included
    pub dumpable: bool,
    /// Memory for the executions of all nodes together, such as 2GiB; three quarters of the machine's, or of the
    /// container's, if nothing is said, and no more than 64 MiB for each execution or 4 GiB
    pub memory: Option<u64>,
    /// Follows the solution file and the components that it names, and takes over what changes
    pub watch: bool,
    /// Lets the requests of nodes carry the caller's trace: `traceparent` and `tracestate`
    pub propagate_trace: bool,
    /// Sends spans of requests, executions and nodes' requests to this OpenTelemetry collector, as OTLP over HTTP:
    /// http://127.0.0.1:4318, say
    pub otlp: Option<String>,
    /// A header for the collector, such as `authorization=env:COLLECTOR`
    pub otlp_header: Vec<String>,
    /// How long running executions may take to finish when the server ends, or when their revision was replaced
    pub drain: Duration,
    /// Checks upstreams' certificates against the authorities in this file (PEM), and no others
    pub roots: Option<Roots>,
    /// Appends a line of JSON for each request of a node to this file; `-` is standard error
    pub audit: Option<PathBuf>,
    /// Keeps what is published, and sessions, in this directory, so that a server that is started again comes back with it
    pub store: Option<PathBuf>,
    /// The key that the store's files are sealed with: 64 hexadecimal digits; further lines are earlier keys [default:
    /// one that the store keeps itself]
    pub store_key: Option<String>,
    /// Takes a store whose files carry no seals as it is, and gives them theirs; once, for a store of an earlier form
    pub adopt_store: bool,
    /// How many revisions of a node the store keeps
    pub keep: usize,
    /// How long the store keeps old revisions
    pub keep_for: Duration,
    /// How many sessions of flows are held; a new one takes the place of one that nobody has answered or that is over
    pub sessions: u32,
    /// How many of them each token may have, or each address without one [default: half of --sessions]
    pub caller_sessions: Option<u32>,
    /// A key that encrypts the sessions in the store: 64 hexadecimal digits; further lines are earlier keys
    pub session_key: Option<String>,
    /// How long a session is held without an answer
    pub session_idle: Duration,
    /// Keeps compiled components in this directory [default: `cache` in the store, or else, as with --store-key, a
    /// temporary one]
    pub cache: Option<PathBuf>,
    /// How much memory compiling a component may take; a process of its own does it
    pub compile_memory: u64,
    /// The program that compiles components, and its argument: it has to call `hospes::compile_worker`
    pub compiler: Option<(PathBuf, String)>,
}
