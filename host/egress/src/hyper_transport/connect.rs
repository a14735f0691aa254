//! Connecting, by TCP and TLS.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::wire::{Socket, Stream};
use crate::transport::TransportError;

/// How long one address may take before the next one is tried beside it, as in
/// RFC 8305.
const STAGGER: Duration = Duration::from_millis(250);

/// A new connection.
pub(super) struct Connected {
    pub(super) stream: Box<dyn Stream>,
    pub(super) socket: Socket,
    pub(super) address: SocketAddr,
    pub(super) is_http2: bool,
}

/// Connects to one of these addresses and no others, and by TLS to this host if
/// there is a configuration for it.
pub(super) async fn connect(
    addresses: &[SocketAddr],
    tls: Option<Arc<ClientConfig>>,
    host: &str,
) -> Result<Connected, TransportError> {
    let connected = tcp(addresses).await;
    let (stream, address) = connected.map_err(|error| unreachable(refusal(&error)))?;
    let socket = Socket::new(stream);
    let Some(config) = tls else {
        return Ok(Connected {
            stream: Box::new(socket.clone()),
            socket,
            address,
            is_http2: false,
        });
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let name = ServerName::try_from(host.to_owned()).map_err(|_| unreachable("TLS failed"))?;
    let handshake = TlsConnector::from(config).connect(name, socket.clone());
    let stream = handshake
        .await
        .map_err(|error| unreachable(tls_failure(&error)))?;
    let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    Ok(Connected {
        stream: Box::new(stream),
        socket,
        address,
        is_http2,
    })
}

/// Tries the addresses in their order, each a little later than the one before.
async fn tcp(addresses: &[SocketAddr]) -> io::Result<(TcpStream, SocketAddr)> {
    let mut left = addresses.iter().copied();
    let mut attempts = FuturesUnordered::new();
    let mut failure = io::Error::from(io::ErrorKind::NotFound);
    loop {
        let next = left.next();
        if let Some(address) = next {
            attempts.push(async move { (TcpStream::connect(address).await, address) });
        }
        let ended = if left.len() > 0 {
            tokio::time::timeout(STAGGER, attempts.next()).await
        } else {
            Ok(attempts.next().await)
        };
        match ended {
            Ok(Some((Ok(stream), address))) => return Ok((stream, address)),
            Ok(Some((Err(error), _))) => failure = error,
            Ok(None) => return Err(failure),
            Err(_) => {}
        }
    }
}

fn refusal(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound => "the name has no address",
        io::ErrorKind::ConnectionRefused => "the connection was refused",
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            "there is no way to the host"
        }
        io::ErrorKind::TimedOut => "connecting took too long",
        _ => "the connection broke before anything was sent",
    }
}

/// TLS errors in words that a node may read: the library's messages may repeat
/// names from a certificate.
fn tls_failure(error: &io::Error) -> &'static str {
    let inner = error.get_ref().and_then(|error| error.downcast_ref());
    match inner {
        Some(rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented) => {
            "TLS failed: the certificate was not accepted"
        }
        Some(_) => "TLS failed",
        None => "the connection broke before anything was sent",
    }
}

pub(super) fn unreachable(why: &str) -> TransportError {
    TransportError::Unreachable(why.to_owned())
}
