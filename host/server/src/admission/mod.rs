//! What clients may use of the server: connections, bytes and time. It is
//! granted before it is used.
//!
//! Connections and bytes each have a total, and one peer address gets half of
//! it. A connection beyond either gets one of a few reserve permits, with which
//! a client can only query the server's health.

mod budget;
mod connection;
mod metrics;
mod pace;
mod peers;
mod permits;
mod reserve;

use std::fmt;

#[cfg(feature = "serve")]
pub(crate) use connection::Connection;
#[cfg(feature = "serve")]
pub(crate) use metrics::AdmissionMetrics;
pub(crate) use pace::{GRACE, RATE, due};
pub(crate) use permits::ByteReservation;
pub(crate) use permits::{AdmissionControl, ConnectionPermit};
pub(crate) use reserve::{HEALTH, only_health};

use crate::error::{ApiError, OVERLOADED, TOO_MANY_REQUESTS};

/// The default for the most connections.
const CONNECTIONS: usize = 4096;

/// What all clients together may use, and what one peer address may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AdmissionLimits {
    /// Connections at once.
    pub(super) connections: usize,
    /// The part of them that one peer may have.
    pub(super) connections_of_a_peer: usize,
    /// Connections beyond either limit, which can query health.
    pub(super) reserve: usize,
    /// Bytes of requests and responses held at once.
    pub(super) bytes: u64,
    /// The part of them that one peer may have.
    pub(super) bytes_of_a_peer: u64,
}

impl AdmissionLimits {
    /// The limits for these totals.
    pub(super) fn new(connections: usize, bytes: u64) -> AdmissionLimits {
        AdmissionLimits {
            connections,
            connections_of_a_peer: connections.div_ceil(2),
            reserve: (connections / 16).clamp(1, 64),
            bytes,
            bytes_of_a_peer: bytes / 2,
        }
    }

    /// The same limits, without a limit for one peer.
    pub(super) fn for_one_peer(self) -> AdmissionLimits {
        AdmissionLimits {
            connections_of_a_peer: self.connections,
            bytes_of_a_peer: self.bytes,
            ..self
        }
    }

    /// The most connections for a process with this many file descriptors. The
    /// other half is for upstreams, the store and the log.
    pub(super) fn connections(descriptors: u64) -> usize {
        let half = usize::try_from(descriptors / 2).unwrap_or(usize::MAX);
        half.clamp(1, CONNECTIONS)
    }
}

/// What a client could not get.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Shortage {
    /// Connections of all clients together.
    Connections,
    /// Connections of this peer.
    PeerConnections,
    /// Bytes of all clients together.
    Bytes,
    /// Bytes of this peer.
    PeerBytes,
}

impl Shortage {
    const ALL: [Shortage; 4] = [
        Shortage::Connections,
        Shortage::PeerConnections,
        Shortage::Bytes,
        Shortage::PeerBytes,
    ];

    /// The value of the metric's label.
    fn word(self) -> &'static str {
        match self {
            Shortage::Connections => "connections",
            Shortage::PeerConnections => "peer-connections",
            Shortage::Bytes => "bytes",
            Shortage::PeerBytes => "peer-bytes",
        }
    }

    /// The error for the client.
    pub(super) fn refusal(self) -> ApiError {
        let code = match self {
            Shortage::Connections | Shortage::Bytes => &OVERLOADED,
            Shortage::PeerConnections | Shortage::PeerBytes => &TOO_MANY_REQUESTS,
        };
        ApiError::new(code, self.to_string())
    }
}

impl fmt::Display for Shortage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Shortage::Connections => "the server has reached its limit of connections",
            Shortage::PeerConnections => "your address has reached its limit of connections",
            Shortage::Bytes => {
                "the server has reached its limit of bytes for requests and responses"
            }
            Shortage::PeerBytes => {
                "your address has reached its limit of bytes for requests and responses"
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_derived_from_descriptors() {
        for (descriptors, connections, of_a_peer, reserve) in [
            (1, 1, 1, 1),
            (64, 32, 16, 2),
            (1024, 512, 256, 32),
            (8192, 4096, 2048, 64),
            (u64::MAX, 4096, 2048, 64),
        ] {
            let limits = AdmissionLimits::new(AdmissionLimits::connections(descriptors), 100);
            assert_eq!(limits.connections, connections);
            assert_eq!(limits.connections_of_a_peer, of_a_peer);
            assert_eq!(limits.reserve, reserve);
            let proxied = limits.for_one_peer();
            assert_eq!(proxied.connections_of_a_peer, connections);
            assert_eq!(proxied.bytes_of_a_peer, 100);
        }
    }
}
