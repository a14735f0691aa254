//! Starting and ending.

use std::io::{Read, Write};
use std::thread;
use std::time::Instant;

use hospes_artifacts::{ENDLESS_SLEEP, HELLO};
use serde_json::json;

use super::server::{Answer, Request, Server, solution};

#[test]
fn a_server_says_that_it_is_there_and_ready() {
    let dir = solution(&[("hello", HELLO, "")]);
    let server = Server::start(&dir, &[]);
    assert_eq!(
        server.get("/healthz").status(200).json(),
        json!({"status": "ok"})
    );
    assert_eq!(
        server.get("/readyz").status(200).json(),
        json!({"status": "ready", "solution_applied": true})
    );
}

/// A dump would hold every key.
#[cfg(target_os = "linux")]
#[test]
fn a_server_leaves_no_core_dump_unless_it_is_told_to() {
    let dir = solution(&[("hello", HELLO, "")]);
    for (flags, expected) in [(&[][..], Some("0")), (&["--dumpable"], None)] {
        let server = Server::start(&dir, flags);
        let limits = std::fs::read_to_string(format!("/proc/{}/limits", server.id())).unwrap();
        let own = std::fs::read_to_string("/proc/self/limits").unwrap();
        let hard = |limits: &str| {
            let line = limits
                .lines()
                .find(|line| line.starts_with("Max core file size"));
            line.unwrap().split_whitespace().nth(5).unwrap().to_owned()
        };
        assert_eq!(
            hard(&limits),
            expected.map_or_else(|| hard(&own), str::to_owned)
        );
        server.execute("hello", &json!({"name": "Ada"})).status(200);
    }
}

#[test]
fn what_is_wrong_keeps_a_server_from_starting() {
    let dir = solution(&[("hello", HELLO, "")]);
    dir.file("broken.toml", "name = \"x\"\nnod = 1\n");
    let file = dir.path().join("broken.toml");
    let words = format!(
        "error: the solution has 1 fault:\n{}:2:1: nod: unknown key: did you mean `node`?\n",
        file.display()
    );
    dir.hospes(["serve", "--solution", "broken.toml"])
        .run()
        .is(2, "", &words);
    let server = Server::start(&dir, &[]);
    let address = server.address().to_string();
    let words = format!("error: can't listen on {address}: Address already in use (os error 98)");
    let ended = dir.hospes(["serve", "--listen", &address]).run();
    let ended = ended.code(2);
    assert_eq!(ended.stderr.lines().last(), Some(&*words));
}

#[cfg(unix)]
#[test]
fn a_server_that_is_asked_to_end_finishes_what_runs() {
    let dir = solution(&[(
        "sleeps",
        ENDLESS_SLEEP,
        "[node.sleeps.limits]\ndeadline = \"1s\"",
    )]);
    for signal in ["TERM", "INT"] {
        let mut server = Server::start(&dir, &[]);
        let mut idle = server.connect();
        let mut stream = server.connect();
        let request = Request::execute("sleeps", &json!(1));
        stream.write_all(&request.bytes(server.address())).unwrap();
        server.until("/v1/nodes/sleeps", |node| node["running"] == 1);
        server.signal(signal);
        assert_eq!(
            Answer::read(stream).status(504).json()["error"]["code"],
            "deadline"
        );
        assert_eq!(idle.read(&mut [0]).unwrap(), 0);
        let line = server.logged(|line| line["message"] == "ended");
        assert_eq!(line["cut"], 0);
        assert_eq!(server.wait().code(), Some(0));
    }
}

#[cfg(unix)]
#[test]
fn a_drain_that_never_ends_is_cut_off() {
    let dir = solution(&[(
        "sleeps",
        ENDLESS_SLEEP,
        "[node.sleeps.limits]\ndeadline = \"60m\"",
    )]);
    for (drain, signals) in [("50ms", 1), ("60m", 2)] {
        let mut server = Server::start(&dir, &["--drain", drain]);
        let mut stream = server.connect();
        let request = Request::execute("sleeps", &json!(1));
        stream.write_all(&request.bytes(server.address())).unwrap();
        server.until("/v1/nodes/sleeps", |node| node["running"] == 1);
        for _ in 0..signals {
            server.signal("TERM");
            server.logged(|line| line["message"] == "draining" || line["message"] == "ended");
        }
        assert_eq!(server.wait().code(), Some(0));
        let mut answer = Vec::new();
        _ = stream.read_to_end(&mut answer);
        assert_eq!(answer, b"");
    }
}

#[test]
fn what_runs_on_a_replaced_revision_is_ended_when_its_time_is_up() {
    let limits = "[node.sleeps.limits]\ndeadline = \"60m\"";
    let dir = solution(&[("sleeps", ENDLESS_SLEEP, limits)]);
    let server = Server::start(&dir, &["--drain", "100ms"]);
    thread::scope(|scope| {
        let running = scope.spawn(|| server.execute("sleeps", &json!(1)).status(503).json());
        server.until("/v1/nodes/sleeps", |node| node["running"] == 1);
        let hello = std::fs::read(HELLO).unwrap();
        server.upload("sleeps", hello, "?approve=true").status(200);
        assert_eq!(running.join().unwrap()["failure"]["kind"], "cancelled");
    });
    server
        .execute("sleeps", &json!({"name": "Ada"}))
        .status(200);
}

#[test]
fn a_client_that_disappears_takes_its_execution_with_it() {
    let dir = solution(&[(
        "sleeps",
        ENDLESS_SLEEP,
        "[node.sleeps.limits]\ndeadline = \"60m\"",
    )]);
    let server = Server::start(&dir, &[]);
    for accept in ["application/json", "text/event-stream"] {
        let start = Instant::now();
        let mut stream = server.connect();
        let request = Request::execute("sleeps", &json!(1)).header("Accept", accept);
        stream.write_all(&request.bytes(server.address())).unwrap();
        server.until("/v1/nodes/sleeps", |node| node["running"] == 1);
        drop(stream);
        server.until("/v1/nodes/sleeps", |node| node["running"] == 0);
        assert!(start.elapsed().as_secs() < 30);
    }
    let counted = || {
        let metrics = server.get("/metrics").body;
        metrics.contains("hospes_dropped_total{node=\"sleeps\"} 2")
    };
    let start = Instant::now();
    while !counted() {
        assert!(start.elapsed().as_secs() < 30);
    }
}
