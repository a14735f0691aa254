//! `--roots`: upstreams with certificates of one's own authority.
//!
//! The certificates are those of the library's tests: for 127.0.0.1, and the key
//! of the root that signed them is gone.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;

use hospes_artifacts::FETCH;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, Stream};
use serde_json::json;

use crate::dir::Dir;

macro_rules! pem {
    ($name:literal) => {
        include_bytes!(concat!("../../../egress/src/tests/transports/tls/", $name))
    };
}

/// An upstream that answers whoever agrees to its certificate; its origin.
fn upstream() -> String {
    let chain = vec![CertificateDer::from_pem_slice(pem!("server.pem")).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(pem!("server.key")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("https://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut tls = Stream::new(&mut connection, &mut stream);
            // Whoever does not agree has gone.
            _ = tls.read(&mut [0; 4096]);
            _ = tls.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n");
        }
    });
    origin
}

#[test]
fn an_authority_of_ones_own_is_trusted_where_it_was_given() {
    let (dir, origin) = (Dir::new(), upstream());
    dir.file("roots.pem", pem!("root.pem"));
    let payload = json!([{"method": "GET", "url": format!("{origin}/")}]).to_string();
    let run = |roots: &[&str]| {
        let args = [
            "run",
            FETCH,
            "--payload",
            &payload,
            "--allow",
            &origin,
            "--json",
        ];
        let ended = dir.hospes(args).args(roots).run().code(0);
        ended.json()["result"][0].clone()
    };
    assert_eq!(run(&["--roots", "roots.pem"])["status"], 204);
    let refused = run(&[]);
    assert_eq!(refused["status"], json!(null), "{refused}");
}

#[test]
fn a_file_without_authorities_is_named() {
    let dir = Dir::new();
    dir.file("empty.pem", "");
    dir.file("key.pem", pem!("server.key"));
    dir.file("hospes.toml", "name = \"acme\"");
    for (file, message) in [
        (
            "none.pem",
            "can't read none.pem: No such file or directory (os error 2)",
        ),
        (
            "empty.pem",
            "empty.pem: the root certificates can't be used: there is no certificate in it",
        ),
        (
            "key.pem",
            "key.pem: the root certificates can't be used: there is something else than certificates in it",
        ),
    ] {
        for args in [&["run", FETCH, "--payload", "1"][..], &["serve"]] {
            let ended = dir.hospes(args).args(["--roots", file]).run();
            ended.is(2, "", &format!("error: {message}\n"));
        }
    }
}
