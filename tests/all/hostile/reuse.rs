//! Connections that are left dirty: what an upstream sends too much or too
//! late never becomes the answer to another request.

use std::io::Write;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;

use super::{ask, get, lost, node};
use crate::support::{load, over_each_transport};
use crate::upstream::Upstream;

const SMUGGLED: &str = "HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\nsmuggled";

/// Asks an upstream for one path after the other; each answer has to be the
/// answer to that path, `"/N"`.
#[track_caller]
fn in_order(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> usize {
    let upstream = Upstream::new(move |request, stream| {
        let path = request.split(' ').nth(1).unwrap();
        stream.write_all(answer(path).as_bytes()).is_ok()
    });
    let node = load(node(&upstream, &[]));
    for n in 0..5 {
        let answer = ask(&node, get(&upstream, &format!("/{n}")));
        assert_eq!(answer["body"], json!(format!("/{n}")), "{answer}");
    }
    upstream.connections()
}

fn ok(path: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{path}",
        path.len()
    )
}

#[test]
fn a_clean_connection_is_used_again() {
    over_each_transport(|| {
        assert_eq!(in_order(ok), 1);
        let chunked = |path: &str| {
            let length = path.len();
            format!(
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{length}\r\n{path}\r\n0\r\n\r\n"
            )
        };
        assert_eq!(in_order(chunked), 1);
    });
}

#[test]
fn bytes_behind_an_answer_are_no_answer() {
    over_each_transport(|| {
        assert_eq!(in_order(|path| ok(path) + SMUGGLED), 5);
        assert_eq!(in_order(|path| ok(path) + "\r\n"), 5);
        assert_eq!(in_order(|path| ok(path) + "x"), 5);
        let chunked = |path: &str| {
            let length = path.len();
            format!(
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{length}\r\n{path}\r\n0\r\n\r\n{SMUGGLED}"
            )
        };
        assert_eq!(in_order(chunked), 5);
        // Many of them, beyond any buffer.
        assert_eq!(in_order(|path| ok(path) + &SMUGGLED.repeat(20_000)), 5);
    });
}

#[test]
fn a_connection_that_the_upstream_closes_is_not_used_again() {
    over_each_transport(|| {
        let closing = |path: &str| ok(path).replacen("\r\n", "\r\nconnection: close\r\n", 1);
        assert_eq!(in_order(closing), 5);
        let old = |path: &str| ok(path).replacen("HTTP/1.1", "HTTP/1.0", 1);
        assert_eq!(in_order(old), 5);
    });
}

#[test]
fn a_body_where_none_belongs_is_no_answer_to_the_next_request() {
    over_each_transport(|| {
        for (method, head) in [
            ("HEAD", "HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n"),
            ("GET", "HTTP/1.1 204 No Content\r\n\r\n"),
            ("GET", "HTTP/1.1 304 Not Modified\r\n\r\n"),
        ] {
            let upstream = Upstream::new(move |request, stream| {
                let answer = match request.contains(" /first ") {
                    true => format!("{head}{SMUGGLED}"),
                    false => ok("honest"),
                };
                stream.write_all(answer.as_bytes()).is_ok()
            });
            let node = load(node(&upstream, &[]));
            let url = upstream.origin() + "/first";
            let first = ask(&node, json!({"method": method, "url": url}));
            assert!(!first.to_string().contains("smuggled"), "{head}: {first}");
            let second = ask(&node, get(&upstream, "/second"));
            assert_eq!(second["body"], json!("honest"), "{head}");
            assert_eq!(upstream.connections(), 2, "{head}");
        }
    });
}

/// The first answer comes after its deadline, when the second request is
/// already there.
#[test]
fn a_late_answer_is_nobodys_answer() {
    over_each_transport(|| {
        let (late, now) = channel::<()>();
        let now = Arc::new(Mutex::new(now));
        let upstream = Upstream::new(move |request, stream| {
            if request.contains(" /first ") {
                _ = now.lock().unwrap().recv_timeout(Duration::from_secs(20));
                return stream.write_all(ok("late").as_bytes()).is_ok();
            }
            stream.write_all(ok("honest").as_bytes()).is_ok()
        });
        let node = load(node(&upstream, &[("request-timeout", "200ms")]));
        assert_eq!(ask(&node, get(&upstream, "/first")), lost("Timeout"));
        late.send(()).unwrap();
        for connections in [2, 2, 2] {
            let second = ask(&node, get(&upstream, "/second"));
            assert_eq!(second["body"], json!("honest"));
            assert_eq!(upstream.connections(), connections);
        }
    });
}

/// Bytes that come while nobody has asked for anything.
#[test]
fn an_answer_before_its_request_is_nobodys_answer() {
    over_each_transport(|| {
        let (push, pushing) = channel::<()>();
        let (pushed, done) = channel::<()>();
        let (pushing, pushed) = (Mutex::new(pushing), Mutex::new(pushed));
        let upstream = Upstream::new(move |request, stream| {
            if !request.contains(" /first ") {
                return stream.write_all(ok("honest").as_bytes()).is_ok();
            }
            _ = stream.write_all(ok("first").as_bytes());
            _ = pushing
                .lock()
                .unwrap()
                .recv_timeout(Duration::from_secs(20));
            let sent = stream.write_all(SMUGGLED.as_bytes()).is_ok();
            _ = pushed.lock().unwrap().send(());
            sent
        });
        let node = load(node(&upstream, &[]));
        assert_eq!(ask(&node, get(&upstream, "/first"))["body"], json!("first"));
        push.send(()).unwrap();
        done.recv_timeout(Duration::from_secs(20)).unwrap();
        let second = ask(&node, get(&upstream, "/second"));
        assert_eq!(second["body"], json!("honest"), "{second}");
    });
}
