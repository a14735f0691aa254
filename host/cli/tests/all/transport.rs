//! `--transport`: what sends the requests of nodes.

use std::io::Read;
use std::net::TcpListener;
use std::thread;

use hospes_artifacts::FETCH;
use serde_json::json;

use crate::dir::Dir;

/// Whether the first thing that a client of TLS says offers HTTP/2. It gets no
/// answer.
fn offers_http2(transport: &[&str]) -> bool {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("https://{}", listener.local_addr().unwrap());
    let hello = thread::spawn(move || {
        let mut bytes = [0; 4096];
        let length = listener.accept().unwrap().0.read(&mut bytes).unwrap();
        bytes[..length].windows(3).any(|window| window == b"\x02h2")
    });
    let dir = Dir::new();
    let payload = json!([{"method": "GET", "url": format!("{origin}/")}]).to_string();
    let args = [
        "run",
        FETCH,
        "--payload",
        &payload,
        "--allow",
        &origin,
        "--json",
    ];
    let ended = dir.hospes(args).args(transport).run().code(0);
    assert!(ended.json()["result"][0]["error"].is_string());
    hello.join().unwrap()
}

#[test]
fn the_transport_that_was_chosen_sends_the_requests() {
    assert!(offers_http2(&["--transport", "hyper"]));
    assert!(!offers_http2(&["--transport", "ureq"]));
    assert!(!offers_http2(&[]));
}

#[test]
fn a_transport_that_there_is_not_is_refused_with_those_that_there_are() {
    let args = ["run", FETCH, "--payload", "[]", "--transport", "curl"];
    let ended = Dir::new().hospes(args).run().code(2);
    assert!(ended.stderr.contains("ureq, hyper"), "{}", ended.stderr);
}

#[test]
fn bench_has_no_use_for_a_transport() {
    let args = ["bench", FETCH, "--payload", "[]", "--transport", "hyper"];
    let ended = Dir::new().hospes(args).run().code(2);
    assert!(ended.stderr.contains("golden case"), "{}", ended.stderr);
}
