//! The numbers.

use std::collections::BTreeMap;

use hospes_artifacts::{HELLO, TRAP};
use serde_json::json;

use super::server::{Request, Server, solution};

/// Every sample by its name and labels.
fn samples(text: &str) -> BTreeMap<&str, f64> {
    assert!(text.ends_with("# EOF\n"), "{text}");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let (name, value) = line.rsplit_once(' ').unwrap();
            (name, value.parse().unwrap())
        })
        .collect()
}

#[test]
fn every_execution_and_every_answer_is_counted() {
    let dir = solution(&[("hello", HELLO, ""), ("trap", TRAP, "")]);
    let server = Server::start(&dir, &[]);
    for _ in 0..3 {
        server.execute("hello", &json!({"name": "Ada"})).status(200);
    }
    server.execute("hello", &json!({"name": 7})).status(200);
    server.execute("trap", &json!({})).status(502);
    server.execute("nobody", &json!({})).status(404);
    server.get("/nothing/here").status(404);
    let answer = server.get("/metrics").status(200);
    let content = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert_eq!(answer.header("content-type"), Some(content));
    let samples = samples(&answer.body);
    for (name, value) in [
        (
            r#"hospes_executions_total{node="hello",generation="1",route="success",kind="success"}"#,
            3.0,
        ),
        (
            r#"hospes_executions_total{node="hello",generation="1",route="failure",kind="invalid-payload"}"#,
            1.0,
        ),
        (
            r#"hospes_executions_total{node="trap",generation="2",route="failure",kind="trap"}"#,
            1.0,
        ),
        (r#"hospes_execution_seconds_count{node="hello"}"#, 4.0),
        (
            r#"hospes_execution_seconds_bucket{le="+Inf",node="hello"}"#,
            4.0,
        ),
        (r#"hospes_running{node="hello"}"#, 0.0),
        (r#"hospes_waiting{node="hello"}"#, 0.0),
        (r#"hospes_quarantined{node="hello"}"#, 0.0),
        (
            r#"hospes_answers_total{route="/v1/nodes/{node}/execute",status="200"}"#,
            4.0,
        ),
        (
            r#"hospes_answers_total{route="/v1/nodes/{node}/execute",status="502"}"#,
            1.0,
        ),
        (
            r#"hospes_answers_total{route="/v1/nodes/{node}/execute",status="404"}"#,
            1.0,
        ),
        (r#"hospes_answers_total{route="unknown",status="404"}"#, 1.0),
    ] {
        assert_eq!(samples.get(name), Some(&value), "{name} in {}", answer.body);
    }
    assert!(samples["process_resident_memory_bytes"] > 1e6);
    let serving = answer
        .body
        .lines()
        .filter(|line| line.starts_with("hospes_serving{"))
        .count();
    assert_eq!(serving, 2);
}

#[test]
fn nobody_can_make_the_labels_many() {
    let dir = solution(&[("hello", HELLO, "")]);
    let server = Server::start(&dir, &[]);
    let lines = || server.get("/metrics").body.lines().count();
    server.get("/x").status(404);
    server.execute("nobody", &json!(1)).status(404);
    lines();
    let before = lines();
    for number in 0..20 {
        server
            .execute(&format!("node-{number}"), &json!(1))
            .status(404);
        server.get(&format!("/{number}")).status(404);
        let id = format!("{{\"payload\": 1, \"execution_id\": \"e-{number}\"}}");
        server.send(&Request::execution("nobody", &id)).status(404);
    }
    assert_eq!(lines(), before);
}

#[test]
fn scrapes_at_the_same_time_lose_nothing() {
    let nodes: Vec<String> = (0..8).map(|n| format!("node-{n}")).collect();
    let rows: Vec<_> = nodes
        .iter()
        .map(|node| (node.as_str(), HELLO, ""))
        .collect();
    let server = Server::start(&solution(&rows), &[]);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..25 {
                    let answer = server.get("/metrics").status(200);
                    let samples = samples(&answer.body);
                    for node in &nodes {
                        for gauge in ["running", "waiting", "quarantined"] {
                            let name = format!("hospes_{gauge}{{node=\"{node}\"}}");
                            assert!(samples.contains_key(name.as_str()), "{name}");
                        }
                    }
                }
            });
        }
    });
}
