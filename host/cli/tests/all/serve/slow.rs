//! Clients that read slowly, and a log that nobody reads.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};

use hospes_artifacts::{HELLO, LOG_FLOOD};
use serde_json::{Value, json};

use super::server::{Request, Server, solution};

#[test]
fn an_execution_ends_whether_its_client_reads_or_not() {
    // More than what fits between server and client.
    let limits = "[node.flood.limits]\nlog-records = 8000\nlog-bytes = \"64MiB\"\ncpu = \"10m\"\ndeadline = \"10m\"";
    let dir = solution(&[("flood", LOG_FLOOD, limits)]);
    let server = Server::start(&dir, &[]);
    let request = Request::execute("flood", &json!(8000)).header("Accept", "text/event-stream");
    let stream = server.begin(&request);
    server.until("/v1/nodes/flood", |node| {
        node["succeeded"] == 1 && node["running"] == 0
    });

    // It then reads what there was room for, how much is missing, and the outcome with everything.
    let mut answer = String::new();
    BufReader::new(stream).read_to_string(&mut answer).unwrap();
    let mut events = answer.split("event: ").skip(1).map(|event| {
        let (name, data) = event.split_once("\ndata: ").unwrap();
        let data = data.lines().next().unwrap();
        (name, serde_json::from_str::<Value>(data).unwrap())
    });
    let logs = events
        .by_ref()
        .take_while(|(name, _)| *name == "log")
        .count() as u64;
    let lost = answer.split("event: lost\ndata: ").nth(1).unwrap();
    let lost: Value = serde_json::from_str(lost.lines().next().unwrap()).unwrap();
    assert_eq!(logs + lost["records"].as_u64().unwrap(), 8000);
    let (name, outcome) = events.last().unwrap();
    assert_eq!(name, "outcome");
    assert_eq!(outcome["logs"].as_array().unwrap().len(), 8000);
}

/// A server whose standard error is a pipe that nobody reads.
struct Unread(Child);

impl Drop for Unread {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

#[test]
fn a_log_that_nobody_reads_stops_nothing() {
    let dir = solution(&[("hello", HELLO, "")]);
    let mut command = dir
        .hospes(["serve", "--listen", "127.0.0.1:0", "--audit", "-"])
        .command();
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = Unread(command.spawn().unwrap());
    let mut first = String::new();
    let mut output = BufReader::new(child.0.stdout.take().unwrap());
    output.read_line(&mut first).unwrap();
    let first: Value = serde_json::from_str(&first).unwrap();
    let address = first["url"]
        .as_str()
        .unwrap()
        .strip_prefix("http://")
        .unwrap();

    // More lines than the pipe and the queue hold, on one connection.
    let mut stream = BufReader::new(TcpStream::connect(address).unwrap());
    let mut get = |path: &str, close: &str| {
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{close}\r\n");
        stream.get_mut().write_all(request.as_bytes()).unwrap();
        let (mut head, mut length) = (String::new(), 0);
        while !head.ends_with("\r\n\r\n") {
            let start = head.len();
            stream.read_line(&mut head).unwrap();
            if let Some(value) = head[start..].strip_prefix("content-length: ") {
                length = value.trim().parse().unwrap();
            }
        }
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
        let mut body = vec![0; length];
        stream.read_exact(&mut body).unwrap();
        String::from_utf8(body).unwrap()
    };
    for _ in 0..3000 {
        get("/healthz", "");
    }
    let metrics = get("/metrics", "Connection: close\r\n");
    let dropped = metrics
        .lines()
        .find_map(|line| line.strip_prefix("hospes_log_dropped_total "))
        .unwrap();
    assert!(dropped.parse::<u64>().unwrap() > 0, "{dropped}");
}

#[cfg(unix)]
#[test]
fn an_audit_log_is_its_owner_s_alone() {
    use std::os::unix::fs::PermissionsExt;

    let dir = solution(&[("hello", HELLO, "")]);
    let _server = Server::start(&dir, &["--audit", "audit.jsonl"]);
    let file = std::fs::metadata(dir.path().join("audit.jsonl")).unwrap();
    assert_eq!(file.permissions().mode() & 0o777, 0o600);
}
