//! What clients may take of the server, given to them before they take it:
//! connections, bytes, time.
//!
//! Both connections and bytes have a total, and one peer address gets half of
//! it. A connection beyond either gets one of a few places in reserve, where
//! only the server's health can be asked for.

mod budget;
mod connection;
mod pace;
mod peers;
mod places;
mod reserve;
mod show;

use std::fmt;

pub(crate) use connection::Connection;
pub(crate) use pace::{GRACE, RATE, due};
pub(crate) use places::Share;
pub(crate) use places::{Admission, Place};
pub(crate) use reserve::{HEALTH, only_health};
pub(crate) use show::Show;

use crate::error::{ApiError, OVERLOADED, TOO_MANY_REQUESTS};

/// How many connections there are at most unless somebody says otherwise.
const CONNECTIONS: usize = 4096;

/// What all clients together may take, and what one peer address may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// Connections at once.
    pub(super) connections: usize,
    /// Of these, those of one peer.
    pub(super) connections_of_a_peer: usize,
    /// Connections beyond either, which can ask for health.
    pub(super) reserve: usize,
    /// Bytes of requests and answers that are held at once.
    pub(super) bytes: u64,
    /// Of these, those of one peer.
    pub(super) bytes_of_a_peer: u64,
}

impl Bounds {
    /// The bounds for so many connections and bytes.
    pub(super) fn new(connections: usize, bytes: u64) -> Bounds {
        Bounds {
            connections,
            connections_of_a_peer: connections.div_ceil(2),
            reserve: (connections / 16).clamp(1, 64),
            bytes,
            bytes_of_a_peer: bytes / 2,
        }
    }

    /// The same where one peer may have everything.
    pub(super) fn for_one_peer(self) -> Bounds {
        Bounds {
            connections_of_a_peer: self.connections,
            bytes_of_a_peer: self.bytes,
            ..self
        }
    }

    /// The most connections that a process with so many descriptors should
    /// have: the other half is for upstreams, the store and the log.
    pub(super) fn connections(descriptors: u64) -> usize {
        let half = usize::try_from(descriptors / 2).unwrap_or(usize::MAX);
        half.clamp(1, CONNECTIONS)
    }
}

/// What there was not enough of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Short {
    /// Connections, all clients together.
    Connections,
    /// Connections of this peer.
    PeerConnections,
    /// Bytes, all clients together.
    Bytes,
    /// Bytes of this peer.
    PeerBytes,
}

impl Short {
    const ALL: [Short; 4] = [
        Short::Connections,
        Short::PeerConnections,
        Short::Bytes,
        Short::PeerBytes,
    ];

    /// A word for metrics.
    fn word(self) -> &'static str {
        match self {
            Short::Connections => "connections",
            Short::PeerConnections => "peer-connections",
            Short::Bytes => "bytes",
            Short::PeerBytes => "peer-bytes",
        }
    }

    /// What a client is answered.
    pub(super) fn refusal(self) -> ApiError {
        let code = match self {
            Short::Connections | Short::Bytes => &OVERLOADED,
            Short::PeerConnections | Short::PeerBytes => &TOO_MANY_REQUESTS,
        };
        ApiError::new(code, self.to_string())
    }
}

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Short::Connections => "the server has as many connections as it may",
            Short::PeerConnections => "your address has as many connections as one may",
            Short::Bytes => "the server holds as many bytes of requests and answers as it may",
            Short::PeerBytes => {
                "the server holds as many bytes of your address's requests and answers as it may"
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
            let bounds = Bounds::new(Bounds::connections(descriptors), 100);
            assert_eq!(bounds.connections, connections);
            assert_eq!(bounds.connections_of_a_peer, of_a_peer);
            assert_eq!(bounds.reserve, reserve);
            let proxied = bounds.for_one_peer();
            assert_eq!(proxied.connections_of_a_peer, connections);
            assert_eq!(proxied.bytes_of_a_peer, 100);
        }
    }
}
