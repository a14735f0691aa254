//! Which transport sends the requests of nodes.

use std::sync::Arc;

use hospes::Limits;
use hospes::egress::{HyperTransport, Roots, Transport, UreqTransport};

/// What sends the requests of nodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TransportKind {
    /// HTTP/1.1, a thread for each request while it waits.
    #[default]
    Ureq,
    /// HTTP/1.1 and HTTP/2, and no thread for a request that waits.
    Hyper,
}

impl TransportKind {
    /// A transport for one revision of one node, which trusts these
    /// authorities or else those that Mozilla trusts.
    pub fn transport(self, limits: &Limits, roots: Option<&Roots>) -> Arc<dyn Transport> {
        match (self, roots) {
            (TransportKind::Ureq, None) => Arc::new(UreqTransport::new(limits)),
            (TransportKind::Ureq, Some(roots)) => {
                Arc::new(UreqTransport::with_roots(limits, roots))
            }
            (TransportKind::Hyper, None) => Arc::new(HyperTransport::new(limits)),
            (TransportKind::Hyper, Some(roots)) => {
                Arc::new(HyperTransport::with_roots(limits, roots))
            }
        }
    }
}
