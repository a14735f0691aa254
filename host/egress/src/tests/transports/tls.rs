//! TLS: which certificates are trusted, and that sessions stay with their node.
//!
//! The certificates in `tls/` are for 127.0.0.1, some for names besides, and a
//! hundred years. The keys of the roots that signed them are gone.

use std::sync::Mutex;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{HandshakeKind, ServerConfig, ServerConnection, Stream};

use super::*;

const ROOT: &[u8] = include_bytes!("tls/root.pem");
const SERVER: &[u8] = include_bytes!("tls/server.pem");
const KEY: &[u8] = include_bytes!("tls/server.key");

/// What an upstream with the names `one.test` and `two.test` needs besides, and
/// what its clients have to trust.
pub(crate) const NAMES_ROOT: &[u8] = include_bytes!("tls/names-root.pem");

pub(crate) fn names(protocols: &[&str]) -> Arc<ServerConfig> {
    let mut config = config(
        include_bytes!("tls/names.pem"),
        include_bytes!("tls/names.key"),
    );
    config.alpn_protocols = protocols
        .iter()
        .map(|name| name.as_bytes().to_vec())
        .collect();
    Arc::new(config)
}

fn config(chain: &[u8], key: &[u8]) -> ServerConfig {
    let chain = vec![CertificateDer::from_pem_slice(chain).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(key).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap()
}

/// An upstream that answers one request to a connection, and takes down how
/// each of them agreed on TLS.
fn upstream() -> (Upstream, Arc<Mutex<Vec<Option<HandshakeKind>>>>) {
    let config = Arc::new(config(SERVER, KEY));
    let handshakes = Arc::<Mutex<Vec<_>>>::default();
    let seen = Arc::clone(&handshakes);
    let upstream = Upstream::start(move |stream| {
        let mut connection = ServerConnection::new(Arc::clone(&config)).unwrap();
        let mut tls = Stream::new(&mut connection, stream);
        let mut request = Vec::new();
        let mut byte = [0];
        while !request.ends_with(b"\r\n\r\n") {
            tls.read_exact(&mut byte)?;
            request.push(byte[0]);
        }
        seen.lock().unwrap().push(tls.conn.handshake_kind());
        tls.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok")?;
        tls.conn.send_close_notify();
        tls.flush()
    });
    (upstream, handshakes)
}

fn with_root(over: Over, url: &str) -> House {
    let roots = Roots::from_pem(ROOT).unwrap();
    house_over(url, &[], |limits| over.with_roots(limits, &roots))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_root_is_trusted_where_it_was_given_and_nowhere_else() {
    for over in transports() {
        let (upstream, _) = upstream();
        let url = upstream.url("/").replace("http:", "https:");
        let origin = url.trim_end_matches('/');
        let answer = with_root(over, origin).get(&url).await.unwrap();
        assert_eq!((answer.status, body(&answer)), (200, "ok"));

        let refused = over.house_with(origin, &[]).get(&url).await.unwrap_err();
        let why = "TLS failed: the certificate was not accepted";
        assert_eq!(refused, SendError::Unreachable(why.to_owned()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_resumed_by_its_node_and_by_no_other() {
    for over in transports() {
        let (upstream, handshakes) = upstream();
        let url = upstream.url("/").replace("http:", "https:");
        let origin = url.trim_end_matches('/');
        let (one, other) = (with_root(over, origin), with_root(over, origin));
        for house in [&one, &one, &other] {
            house.get(&url).await.unwrap();
        }
        let kinds: Vec<_> = handshakes
            .lock()
            .unwrap()
            .iter()
            .flatten()
            .copied()
            .collect();
        let full = HandshakeKind::Full;
        assert_eq!(kinds, [full, HandshakeKind::Resumed, full]);
    }
}

#[test]
fn roots_that_are_none_are_refused() {
    let refused = |pem: &[u8]| Roots::from_pem(pem).unwrap_err().to_string();
    let words = "the root certificates can't be used: ";
    assert_eq!(
        refused(b""),
        format!("{words}there is no certificate in it")
    );
    assert_eq!(
        refused(b"roots"),
        format!("{words}there is no certificate in it")
    );
    assert_eq!(
        refused(&[ROOT, KEY].concat()),
        format!("{words}there is something else than certificates in it")
    );
    assert_eq!(
        refused(b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"),
        format!("{words}it is not PEM")
    );
}
