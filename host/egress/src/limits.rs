//! How much the requests of one node may use.

use std::time::Duration;

/// How much the requests of one node may use. Plain data: a program that reads
/// limits from a file checks their ranges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Requests of an execution. Defaults to 16.
    pub requests: u64,
    /// Requests of an execution that are in flight at once; further ones queue.
    /// Defaults to 8.
    pub requests_in_flight: u64,
    /// Requests of the node, over all its executions, that are in flight at
    /// once; further ones queue. Defaults to 32.
    pub node_requests_in_flight: u64,
    /// Bytes of a request body. Defaults to 1 MiB.
    pub request_body: u64,
    /// Headers of a request. Defaults to 64.
    pub request_headers: u64,
    /// Bytes of a request's headers. Defaults to 16 KiB.
    pub request_header_bytes: u64,
    /// Bytes of a response body. Defaults to 4 MiB.
    pub response_body: u64,
    /// Bytes of a response's status line and headers. Defaults to 32 KiB.
    pub response_head: u64,
    /// Bytes of all request and response bodies of an execution. Defaults to 16 MiB.
    pub http_bytes: u64,
    /// Time to resolve a name. Defaults to 2 s.
    pub resolve: Duration,
    /// Time to connect, TLS handshake included. Defaults to 3 s.
    pub connect: Duration,
    /// Time for a whole request; always less than the execution has left.
    /// Defaults to 8 s.
    pub request_timeout: Duration,
}

impl Limits {
    /// The defaults.
    pub const DEFAULT: Limits = Limits {
        requests: 16,
        requests_in_flight: 8,
        node_requests_in_flight: 32,
        request_body: 1 << 20,
        request_headers: 64,
        request_header_bytes: 16 << 10,
        response_body: 4 << 20,
        response_head: 32 << 10,
        http_bytes: 16 << 20,
        resolve: Duration::from_secs(2),
        connect: Duration::from_secs(3),
        request_timeout: Duration::from_secs(8),
    };
}

impl Default for Limits {
    fn default() -> Limits {
        Limits::DEFAULT
    }
}

/// A copy, so that limits can be passed by reference.
impl From<&Limits> for Limits {
    fn from(limits: &Limits) -> Limits {
        *limits
    }
}
