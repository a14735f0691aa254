//! What clients may take: room is given before it is taken.

use std::io::{Read, Write};
use std::net::TcpStream;

use hospes_artifacts::{ENDLESS_SLEEP, HELLO};
use serde_json::{Value, json};

use super::server::{Answer, Request, Server, solution, until};
use crate::dir::Dir;

/// A request whose body has so many bytes, and none of them is there.
fn announced(bytes: usize) -> Request {
    Request::execution("hello", "").header("Content-Length", &bytes.to_string())
}

/// A number from the server's metrics.
fn metric(server: &Server, name: &str) -> Option<u64> {
    let metrics = server.get("/metrics").body;
    let line = metrics
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line?.parse().ok()
}

/// A node that answers, and one that never does.
fn nodes() -> Dir {
    let limits = "[node.sleeps.limits]\ndeadline = \"60m\"";
    solution(&[("hello", HELLO, ""), ("sleeps", ENDLESS_SLEEP, limits)])
}

/// Waits until so many bytes are held.
fn held(server: &Server, bytes: u64) {
    until(|| (metric(server, "hospes_client_bytes") == Some(bytes)).then_some(()));
}

/// Begins an execution whose payload has so many bytes, and which does not end.
fn sleeping(server: &Server, bytes: usize) -> TcpStream {
    server.begin(&Request::execute("sleeps", &json!("x".repeat(bytes - 2))))
}

fn hello(length: usize) -> Value {
    json!({"name": "x".repeat(length)})
}

#[test]
fn a_body_gets_room_before_it_is_read_and_gives_it_back() {
    let dir = nodes();
    let server = Server::start(&dir, &["--client-bytes", "1MiB"]);
    // It stays taken while the node runs.
    let sleeping = sleeping(&server, 400 << 10);
    held(&server, 400 << 10);

    // Half of the megabyte is the most for one address; nothing of it was sent.
    let refused = Answer::read(server.begin(&announced(200 << 10)));
    let words = "your address has reached its limit of bytes for requests and responses";
    refused.is_error(429, "too-many-requests", words);
    assert_eq!(refused.header("retry-after"), Some("1"));
    let short = "hospes_turned_away_total{short=\"peer-bytes\"}";
    assert_eq!(metric(&server, short), Some(1));

    // What fits beside it goes on, and the room comes back with its client's end.
    server.execute("hello", &hello(1000)).status(200);
    drop(sleeping);
    held(&server, 0);
    server.execute("hello", &hello(200 << 10)).status(200);
    held(&server, 0);
}

#[test]
fn a_body_larger_than_all_room_is_read_when_it_is_alone() {
    let dir = nodes();
    let server = Server::start(&dir, &["--client-bytes", "4KiB"]);
    server.execute("hello", &hello(500_000)).status(200);
    let _sleeping = sleeping(&server, 1 << 10);
    held(&server, 1 << 10);
    server.execute("hello", &hello(500_000)).status(429);
}

#[test]
fn a_body_that_does_not_say_its_length_gets_room_as_it_comes() {
    let dir = nodes();
    let server = Server::start(&dir, &["--client-bytes", "512KiB"]);
    let chunked = Request::execution("hello", "").header("Transfer-Encoding", "chunked");
    let _sleeping = sleeping(&server, 100 << 10);
    held(&server, 100 << 10);
    // 64 KiB of room to begin with, and twice as much again and again: 256 KiB are too much.
    let mut stream = server.begin(&chunked);
    let chunk = format!("4000\r\n{}\r\n", " ".repeat(0x4000));
    while stream.write_all(chunk.as_bytes()).is_ok() {}
    let short = "hospes_turned_away_total{short=\"peer-bytes\"}";
    assert_eq!(metric(&server, short), Some(1));
    held(&server, 100 << 10);

    let mut stream = server.begin(&chunked);
    let body = r#"{"payload": {"name": "Ada"}}"#;
    let (one, two) = body.split_at(7);
    for part in [one, two, ""] {
        let chunk = format!("{:x}\r\n{part}\r\n", part.len());
        stream.write_all(chunk.as_bytes()).unwrap();
    }
    Answer::read(stream).status(200);
}

#[test]
fn a_body_that_stops_coming_is_not_waited_for() {
    let dir = solution(&[("hello", HELLO, "")]);
    let server = Server::start(&dir, &[]);
    let mut stream = server.begin(&announced(100));
    stream.write_all(b"{").unwrap();
    let words = "after 2 s, a body needs 16384 bytes per second";
    Answer::read(stream).is_error(408, "body-too-slow", words);
}

#[test]
fn a_head_that_stops_coming_is_not_waited_for() {
    let dir = solution(&[("hello", HELLO, "")]);
    let server = Server::start(&dir, &[]);
    let (one, two) = (
        "GET /healthz HTTP/1.1\r\nHo",
        "st: localhost\r\nConnection: close\r\n\r\n",
    );
    let (mut slow, mut idle, mut honest) = (server.connect(), server.connect(), server.connect());
    slow.write_all(one.as_bytes()).unwrap();
    for part in [one, two] {
        honest.write_all(part.as_bytes()).unwrap();
    }
    Answer::read(honest).status(200);
    assert_eq!(slow.read(&mut [0]).unwrap(), 0);
    // One that has said nothing yet is waited for longer.
    for part in [one, two] {
        idle.write_all(part.as_bytes()).unwrap();
    }
    Answer::read(idle).status(200);
}

#[test]
fn health_can_be_asked_for_when_every_place_is_taken() {
    let dir = nodes();
    let server = Server::start(&dir, &["--connections", "8"]);
    let sleeping: Vec<TcpStream> = (0..4).map(|_| sleeping(&server, 100)).collect();
    held(&server, 400);
    // Those in reserve come and go.
    let _idle: Vec<TcpStream> = (0..20).map(|_| server.connect()).collect();
    for path in ["/healthz", "/readyz"] {
        let answer = server.get(path).status(200);
        assert_eq!(answer.header("connection"), Some("close"));
    }
    let refused = server.execute("hello", &hello(10));
    let words = "your address has reached its limit of connections";
    refused.is_error(429, "too-many-requests", words);
    assert_eq!(refused.header("retry-after"), Some("1"));
    drop(sleeping);
    until(|| (server.execute("hello", &hello(10)).status == 200).then_some(()));
}

#[test]
fn a_connection_that_idles_makes_room_for_one_that_does_not() {
    let dir = solution(&[("hello", HELLO, "")]);
    let server = Server::start(&dir, &["--connections", "4"]);
    let mut idle = [server.connect(), server.connect()];
    until(|| (server.execute("hello", &hello(10)).status == 200).then_some(()));
    // The one that has idled longest went, with nothing said.
    assert_eq!(idle[0].read(&mut [0]).unwrap(), 0);
    idle[1]
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .unwrap();
    let [_, other] = idle;
    Answer::read(other).status(200);
}

#[test]
fn what_clients_may_take_is_checked_before_the_server_starts() {
    let dir = solution(&[("hello", HELLO, "")]);
    let words = "error: invalid value '0KiB' for '--client-bytes <SIZE>': write a size such as 64KiB or 8MiB\n\n\
                 For more information, try '--help'.\n";
    dir.hospes(["serve", "--client-bytes", "0KiB"])
        .run()
        .is(2, "", words);
}

#[test]
fn a_name_that_nobody_types_costs_nothing_and_is_repeated_in_part() {
    let dir = solution(&[("hello", HELLO, "")]);
    let server = Server::start(&dir, &[]);
    for (path, code) in [("/v1/nodes/", "unknown-node"), ("/", "unknown-route")] {
        let answer = server.get(&format!("{path}{}", "x".repeat(30_000)));
        let answer = answer.status(404);
        assert!(answer.body.len() < 400, "{}", answer.body.len());
        assert_eq!(answer.json()["error"]["code"], code);
    }
}

#[test]
fn no_answer_is_kept_on_the_way_or_taken_for_something_else() {
    let dir = solution(&[("hello", HELLO, "")]);
    let server = Server::start(&dir, &[]);
    let execution = Request::execute("hello", &hello(1));
    for (request, status, kept) in [
        (execution.clone(), 200, "no-store"),
        (
            execution.header("Accept", "text/event-stream"),
            200,
            "no-cache",
        ),
        (Request::new("GET", "/v1/nodes"), 200, "no-store"),
        (Request::new("GET", "/v1/nodes/none"), 404, "no-store"),
        (Request::new("GET", "/metrics"), 200, "no-store"),
        (Request::new("GET", "/nothing"), 404, "no-store"),
        (Request::new("GET", "/"), 200, "no-cache"),
        (
            Request::new("GET", "/healthz").header("Host", "evil.example"),
            403,
            "no-store",
        ),
    ] {
        let answer = server.send(&request).status(status);
        assert_eq!(answer.header("cache-control"), Some(kept), "{answer:?}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    }
}
