//! What sends the requests of nodes.

use clap::ValueEnum;
use hospes_server::TransportKind;

/// What sends requests.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Transport {
    /// HTTP/1.1, a thread for each request while it waits
    Ureq,
    /// HTTP/1.1 and HTTP/2, and no thread for a request that waits
    Hyper,
}

impl From<Transport> for TransportKind {
    fn from(transport: Transport) -> TransportKind {
        match transport {
            Transport::Ureq => TransportKind::Ureq,
            Transport::Hyper => TransportKind::Hyper,
        }
    }
}
