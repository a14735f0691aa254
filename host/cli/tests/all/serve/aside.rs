//! The operators' own listener.

use std::net::TcpStream;

use hospes_artifacts::HELLO;
use serde_json::json;

use super::server::{Request, Server, send, solution};

#[test]
fn operators_have_a_listener_of_their_own() {
    let dir = solution(&[("hello", HELLO, "")]);
    let server = Server::start(&dir, &["--admin-listen", "127.0.0.1:0"]);
    let component = std::fs::read(HELLO).unwrap();
    let upload = Request::upload("hello", component, "");
    for (request, here) in [
        (Request::new("GET", "/healthz"), true),
        (Request::new("GET", "/readyz"), true),
        (Request::execute("hello", &json!({"name": "Ada"})), true),
        (Request::new("GET", "/v1/flows"), true),
        (Request::new("GET", "/openapi.json"), true),
        (Request::new("GET", "/v1/nodes"), false),
        (Request::new("GET", "/v1/nodes/hello"), false),
        (
            Request::new("GET", "/v1/nodes/hello/history").token(),
            false,
        ),
        (Request::new("GET", "/metrics"), false),
        (Request::new("GET", "/"), false),
        (Request::new("GET", "/chat"), false),
        (upload, false),
    ] {
        send(server.operators(), &request).status(200);
        let answer = server.send(&request);
        assert_eq!(answer.status, if here { 200 } else { 404 }, "{answer:?}");
    }
    let words = "there is no `/metrics` here: routes for operators are on the operators' listener";
    server.get("/metrics").is_error(404, "unknown-route", words);
}

#[test]
fn operators_are_answered_when_clients_have_taken_every_place() {
    let dir = solution(&[("hello", HELLO, "")]);
    let args = ["--admin-listen", "127.0.0.1:0", "--connections", "2"];
    let server = Server::start(&dir, &args);
    let slow = Request::execution("hello", "").header("Content-Length", "100");
    let _slow: Vec<TcpStream> = (0..20).map(|_| server.begin(&slow)).collect();
    let ask = |request: &Request| send(server.operators(), request).status(200);
    ask(&Request::new("GET", "/healthz"));
    let component = std::fs::read(HELLO).unwrap();
    ask(&Request::upload("hello", component, ""));
    ask(&Request::new("POST", "/v1/nodes/hello/rollback").token());
}

#[cfg(unix)]
#[test]
fn operators_see_the_server_end() {
    let limits = "[node.sleeps.limits]\ndeadline = \"60m\"";
    let dir = solution(&[("sleeps", hospes_artifacts::ENDLESS_SLEEP, limits)]);
    let mut server = Server::start(&dir, &["--admin-listen", "127.0.0.1:0"]);
    let running = server.begin(&Request::execute("sleeps", &json!(1)));
    let node = Request::new("GET", "/v1/nodes/sleeps");
    let count = || send(server.operators(), &node).json()["running"] == 1;
    super::server::until(|| count().then_some(()));
    server.signal("TERM");
    server.logged(|line| line["message"] == "draining");
    let ready = send(server.operators(), &Request::new("GET", "/readyz"));
    ready.is_error(503, "shutting-down", "the server is shutting down");
    drop(running);
    assert_eq!(server.wait().code(), Some(0));
}

#[test]
fn a_listener_of_operators_that_others_reach_needs_a_token() {
    let dir = solution(&[("hello", HELLO, "")]);
    let words = "error: 0.0.0.0:0 can be reached from other machines: say who may run nodes with --execute-token or --callers, \
                 let everyone with --open, or listen on 127.0.0.1\n";
    dir.hospes(["serve", "--admin-listen", "0.0.0.0:0"])
        .run()
        .is(2, "", words);
}
