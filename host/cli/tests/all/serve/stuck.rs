//! What is stuck holds up nothing else.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use hospes_artifacts::{COUNTER, FETCH, HELLO};
use serde_json::json;

use super::server::{Request, Server, solution};

/// Requests that one execution sends side by side, and executions of one node
/// that have all the permits of its requests.
const AT_ONCE: usize = 8;
const EXECUTIONS: usize = 4;
const NODES: usize = 16;

#[test]
fn sixteen_nodes_with_stuck_upstreams_hold_up_no_operator_and_no_other_node() {
    let (arrived, has_arrived) = mpsc::channel();
    // One for each node, since an origin gets only so many requests at once.
    let origins: Vec<String> = (0..=NODES).map(|_| upstream(arrived.clone())).collect();
    let named = origins.iter().enumerate().map(|(n, origin)| {
        let more = format!(
            "allow = [\"{origin}\"]\nlimits = {{ deadline = \"60m\", request-timeout = \"60m\" }}"
        );
        (format!("fetch-{n}"), more)
    });
    let named: Vec<(String, String)> = named.collect();
    let mut nodes: Vec<(&str, &str, &str)> = named
        .iter()
        .map(|(name, more)| (name.as_str(), FETCH, more.as_str()))
        .collect();
    nodes.push(("node", HELLO, ""));
    let dir = solution(&nodes);
    let server = Server::start(&dir, &[]);
    let counter = fs::read(COUNTER).unwrap();
    server.upload("node", &counter, "?approve=true").status(200);

    let stuck: Vec<_> = (0..NODES)
        .flat_map(|node| std::iter::repeat_n(node, EXECUTIONS))
        .map(|node| {
            let url = format!("{}/stuck", origins[node]);
            let requests = vec![json!({"method": "GET", "url": url}); AT_ONCE];
            let mut stream = server.connect();
            let request = Request::execute(&named[node].0, &json!(requests));
            stream.write_all(&request.bytes(server.address())).unwrap();
            stream
        })
        .collect();
    // Each node has some of the threads, and all of them have nearly all.
    for _ in 0..NODES * EXECUTIONS * AT_ONCE - 64 {
        has_arrived.recv_timeout(Duration::from_secs(60)).unwrap();
    }
    server.admin("POST", "/v1/nodes/node/rollback").status(200);
    server.upload("node", &counter, "?approve=true").status(200);
    let quick = json!([{"method": "GET", "url": format!("{}/quick", origins[NODES])}]);
    let outcome = server.execute(&named[NODES].0, &quick).status(200).json();
    assert_eq!(outcome["result"][0]["body"], "ok");
    server.get("/healthz").status(200);
    drop(stuck);
}

/// An upstream that reads and never answers, but for what it knows.
fn upstream(arrived: mpsc::Sender<()>) -> String {
    let upstream = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", upstream.local_addr().unwrap());
    thread::spawn(move || {
        let mut held = Vec::new();
        for stream in upstream.incoming() {
            let mut stream = stream.unwrap();
            let arrived = arrived.clone();
            held.push(thread::spawn(move || {
                let mut head = [0; 1024];
                let read = stream.read(&mut head).unwrap();
                if head[..read].starts_with(b"GET /quick ") {
                    let answer =
                        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok";
                    stream.write_all(answer).unwrap();
                    return;
                }
                _ = arrived.send(());
                _ = stream.read(&mut head);
            }));
        }
    });
    origin
}
