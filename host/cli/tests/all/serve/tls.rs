//! TLS in the server itself.
//!
//! One certificate is that of the library's tests, the other one signed itself;
//! clients look at what they are shown and compare.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use hospes_artifacts::HELLO;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned};

use super::callers::private;
use super::server::{Request, Server, solution};
use crate::dir::Dir;

const FIRST: &[u8] = include_bytes!("../../../../egress/src/tests/transports/tls/server.pem");
const FIRST_KEY: &str = include_str!("../../../../egress/src/tests/transports/tls/server.key");
const SECOND: &[u8] = include_bytes!("tls/second.pem");
const SECOND_KEY: &str = include_str!("tls/second.key");

const TLS: [&str; 4] = ["--tls-cert", "server.pem", "--tls-key", "server.key"];

/// Takes every certificate: the test compares it.
#[derive(Debug)]
struct Anything;

impl ServerCertVerifier for Anything {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        default_provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// A directory with a node and the first certificate.
fn secure() -> Dir {
    let dir = solution(&[("hello", HELLO, "")]);
    dir.file("server.pem", FIRST);
    private(&dir, "server.key", FIRST_KEY);
    dir
}

/// Sends a request over TLS; the certificate that was shown, and the answer.
fn send(server: &Server, request: &Request) -> (CertificateDer<'static>, String) {
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anything))
        .with_no_client_auth();
    let name = ServerName::from(server.address().ip());
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = StreamOwned::new(connection, server.connect());
    stream.write_all(&request.bytes(server.address())).unwrap();
    let mut answer = Vec::new();
    // The server closes when it has answered, with or without a farewell.
    _ = stream.read_to_end(&mut answer);
    let shown = stream.conn.peer_certificates().unwrap()[0].clone();
    (shown.into_owned(), String::from_utf8(answer).unwrap())
}

fn certificate(pem: &[u8]) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem).unwrap()
}

#[test]
fn a_server_speaks_tls_and_its_certificate_follows_its_files() {
    let dir = secure();
    let mut server = Server::start(&dir, &TLS);
    let hello = Request::execute("hello", &serde_json::json!({"name": "Ada"}));
    let (shown, answer) = send(&server, &hello);
    assert_eq!(shown, certificate(FIRST));
    assert!(answer.contains("Hello, Ada."), "{answer}");
    // Half a renewal changes nothing, a whole one does.
    private(&dir, "server.pem", std::str::from_utf8(SECOND).unwrap());
    let line = server.logged(|line| line["target"] == "hospes::tls");
    assert_eq!(line["level"], "ERROR");
    assert_eq!(send(&server, &hello).0, certificate(FIRST));
    private(&dir, "server.key", SECOND_KEY);
    let line = server.logged(|line| line["target"] == "hospes::tls");
    assert_eq!(line["message"], "the certificate has changed");
    let (shown, answer) = send(&server, &hello);
    assert_eq!(shown, certificate(SECOND));
    assert!(answer.contains("Hello, Ada."), "{answer}");
}

#[test]
fn who_does_not_shake_hands_is_let_go_and_harms_nobody() {
    let dir = secure();
    let server = Server::start(&dir, &TLS);
    let mut clear = server.connect();
    clear
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .unwrap();
    let mut answer = Vec::new();
    _ = clear.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
    let silent = server.connect();
    let (_, answer) = send(&server, &Request::new("GET", "/healthz"));
    assert!(answer.contains("200 OK"), "{answer}");
    // Its time for shaking hands is bounded.
    let mut silent: TcpStream = silent;
    silent
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    assert_eq!(silent.read(&mut [0]).unwrap(), 0);
}

#[test]
fn what_is_wrong_with_a_certificate_is_said_and_nothing_starts() {
    let dir = secure();
    private(&dir, "second.key", SECOND_KEY);
    dir.file("empty.pem", "");
    dir.file("open.key", FIRST_KEY);
    #[cfg(unix)]
    fs::set_permissions(
        dir.path().join("open.key"),
        std::os::unix::fs::PermissionsExt::from_mode(0o644),
    )
    .unwrap();
    for (certificate, key, words) in [
        (
            "none.pem",
            "server.key",
            "--tls-cert: can't read none.pem: No such file or directory (os error 2)",
        ),
        (
            "empty.pem",
            "server.key",
            "--tls-cert: the file contains no certificate",
        ),
        (
            "server.pem",
            "open.key",
            "--tls-key: the file open.key can be read by everyone (mode 0644): run `chmod 600 open.key`",
        ),
        (
            "server.pem",
            "server.pem",
            "--tls-key: the file server.pem can be read by everyone (mode 0644): run `chmod 600 server.pem`",
        ),
        (
            "server.pem",
            "second.key",
            "--tls-cert and --tls-key: keys may not be consistent: KeyMismatch",
        ),
    ] {
        let args = [
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--tls-cert",
            certificate,
            "--tls-key",
            key,
        ];
        dir.hospes(args)
            .run()
            .is(2, "", &format!("error: {words}\n"));
    }
}

#[test]
fn no_token_crosses_a_network_in_clear_text() {
    let dir = secure();
    private(&dir, "crm", "the token of the crm, 1");
    let words = "error: 0.0.0.0:0 can be reached from other machines, and tokens would be sent in clear text: give a \
                 certificate with --tls-cert and --tls-key, or say with --behind-proxy which proxy speaks TLS for this \
                 server\n";
    let serve = || dir.hospes(["serve", "--listen", "0.0.0.0:0"]);
    let token = ["--execute-token", "file:crm"];
    serve().args(token).run().is(2, "", words);
    serve()
        .args(["--open", "--token", "file:crm"])
        .run()
        .is(2, "", words);
    let server = Server::run(serve().args(token).args(TLS));
    let (_, answer) = send(&server, &Request::new("GET", "/v1/flows"));
    assert!(answer.contains("401 Unauthorized"), "{answer}");
    let server = Server::run(serve().args(token).args(["--behind-proxy", "127.0.0.1"]));
    server.get("/v1/flows").status(401);
}
