//! Running nodes over HTTP.

use std::io::Write;

use hospes_artifacts::{
    DESCRIBE_LOOPS, FAILS, HELLO, HUGE_RESULT, LOG_LINES, MEMORY_BOMB, STACK_BOMB, TRAP,
};
use serde_json::{Value, json};

use super::server::{Answer, Request, Server, solution};

#[test]
fn an_execution_is_answered_with_the_outcome_document() {
    let dir = solution(&[("hello", HELLO, "")]);
    let server = Server::start(&dir, &[]);
    let answer = server.execute("hello", &json!({"name": "Zoë"})).status(200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let outcome = answer.json();
    assert_eq!(outcome["route"], "success");
    assert_eq!(outcome["result"], json!({"greeting": "Hello, Zoë."}));
    assert_eq!(outcome["node"], "hello");
    assert_eq!(outcome["revision"]["generation"], 1);
    assert_eq!(outcome.get("error"), None);

    // The same document as that of the command line, but for what differs.
    let run = dir.hospes(["run", "hello", "--payload", "{\"name\": \"Zoë\"}", "--json"]);
    let same = |mut outcome: Value| {
        outcome["usage"] = Value::Null;
        outcome["execution_id"] = Value::Null;
        outcome
    };
    assert_eq!(same(run.run().code(0).json()), same(outcome));
}

#[test]
fn what_the_caller_says_reaches_the_node() {
    let dir = solution(&[("context", hospes_artifacts::CONTEXT, "")]);
    let server = Server::start(&dir, &[]);
    let body = r#"{"payload": null, "variables": {"city": "Rome"}, "execution_id": "again-7", "deadline_ms": 5000}"#;
    let outcome = server
        .send(&Request::execution("context", body))
        .status(200)
        .json();
    assert_eq!(outcome["execution_id"], "again-7");
    let seen = outcome["result"].to_string();
    assert!(seen.contains("Rome"), "{seen}");
}

#[test]
fn whatever_a_node_does_has_a_status_and_an_outcome() {
    let dir = solution(&[
        ("hello", HELLO, ""),
        ("trap", TRAP, ""),
        ("memory", MEMORY_BOMB, ""),
        ("stack", STACK_BOMB, ""),
        ("huge", HUGE_RESULT, ""),
        ("fails", FAILS, ""),
        (
            "sleeps",
            hospes_artifacts::ENDLESS_SLEEP,
            "[node.sleeps.limits]\ndeadline = \"50ms\"",
        ),
    ]);
    let server = Server::start(&dir, &[]);
    for (node, status, kind) in [
        ("trap", 502, "trap"),
        ("memory", 502, "memory"),
        ("stack", 502, "stack"),
        ("huge", 502, "result-too-large"),
        ("sleeps", 504, "deadline"),
    ] {
        let outcome = server
            .execute(node, &json!(2_000_000))
            .status(status)
            .json();
        assert_eq!(outcome["failure"]["kind"], kind);
        assert_eq!(outcome["failure"]["source"], "host");
        let error = json!({"code": kind, "message": outcome["failure"]["message"]});
        assert_eq!(outcome["error"], error);
    }
    // A failure of the node's own is an answer like any other.
    let outcome = server
        .execute("hello", &json!({"name": 7}))
        .status(200)
        .json();
    assert_eq!(outcome["route"], "failure");
    assert_eq!(outcome["failure"]["source"], "node");
}

#[test]
fn a_shorter_deadline_of_the_caller_holds() {
    let dir = solution(&[("sleeps", hospes_artifacts::ENDLESS_SLEEP, "")]);
    let server = Server::start(&dir, &[]);
    let header = |body: &str| Request::execution("sleeps", body).header("X-Deadline-Ms", "20");
    for request in [
        Request::execution("sleeps", r#"{"payload": 1, "deadline_ms": 20}"#),
        header(r#"{"payload": 1}"#),
        header(r#"{"payload": 1, "deadline_ms": 60000}"#),
    ] {
        let outcome = server.send(&request).status(504).json();
        let words = "the execution did not end within 20ms (limit `deadline`)";
        assert_eq!(outcome["error"]["message"], words);
    }
}

#[test]
fn a_wrong_request_is_refused_with_what_would_be_right() {
    let dir = solution(&[("hello", HELLO, "[node.hello.limits]\npayload = \"1KiB\"")]);
    let server = Server::start(&dir, &[]);
    let execution = |body: &str| Request::execution("hello", body);
    let long = format!("{{\"payload\": \"{}\"}}", "x".repeat(8000));
    for (request, status, code, message) in [
        (
            execution("{"),
            400,
            "invalid-request",
            "the body: EOF while parsing an object at line 1 column 1",
        ),
        (
            execution("{}"),
            400,
            "invalid-request",
            "the body: missing field `payload` at line 1 column 2",
        ),
        (
            execution(r#"{"payload": 1, "variable": {}}"#),
            400,
            "invalid-request",
            "the body: unknown field `variable`, expected one of `payload`, `variables`, `execution_id`, `deadline_ms` \
             at line 1 column 25",
        ),
        (
            execution(r#"{"payload": 1, "variables": []}"#),
            400,
            "invalid-request",
            "variables: variables are a JSON object",
        ),
        (
            execution(r#"{"payload": 1, "execution_id": "a b"}"#),
            400,
            "invalid-request",
            "execution_id: an execution id has 1 to 128 visible ASCII characters",
        ),
        (
            execution(r#"{"payload": 1, "deadline_ms": 0}"#),
            400,
            "invalid-request",
            "a deadline is at least 1 ms",
        ),
        (
            execution(r#"{"payload": 1}"#).header("x-deadline-ms", "soon"),
            400,
            "invalid-request",
            "x-deadline-ms: this is not a number of milliseconds",
        ),
        (
            execution(r#"{"payload": 1}"#).header("Content-Type", "text/plain"),
            415,
            "wrong-content-type",
            "this needs the header `Content-Type: application/json`",
        ),
        (
            execution(&long),
            413,
            "body-too-large",
            "the body has more than 6144 bytes",
        ),
        (
            Request::execute("helo", &json!(1)),
            404,
            "unknown-node",
            "no node is called `helo`: did you mean `hello`?",
        ),
        (
            Request::new("GET", "/v1/nodes/hello/execute"),
            405,
            "wrong-method",
            "`/v1/nodes/hello/execute` has no GET: see /openapi.json",
        ),
        (
            Request::new("GET", "/v2/nodes"),
            404,
            "unknown-route",
            "there is no `/v2/nodes`: see /openapi.json",
        ),
    ] {
        server.send(&request).is_error(status, code, message);
    }
    // Not the body, but the payload in it.
    let body = format!("{{\"payload\": \"{}\"}}", "x".repeat(1100));
    let outcome = server.send(&execution(&body)).status(413).json();
    assert_eq!(outcome["error"]["code"], "payload-too-large");
    assert_eq!(outcome["route"], "failure");
}

#[test]
fn a_body_that_says_it_is_too_large_is_not_waited_for() {
    let dir = solution(&[("hello", HELLO, "")]);
    let server = Server::start(&dir, &[]);
    let mut stream = server.connect();
    let request = Request::execution("hello", "").header("Content-Length", "99999999999");
    stream.write_all(&request.bytes(server.address())).unwrap();
    let message = "the body has more than 2101248 bytes";
    Answer::read(stream).is_error(413, "body-too-large", message);

    // One that does not say it is cut off at the limit.
    let mut stream = server.connect();
    let request = Request::execution("hello", "").header("Transfer-Encoding", "chunked");
    stream.write_all(&request.bytes(server.address())).unwrap();
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    while stream.write_all(chunk.as_bytes()).is_ok() {}
}

#[test]
fn a_stream_has_each_log_record_and_then_the_outcome() {
    let dir = solution(&[("logs", LOG_LINES, "")]);
    let server = Server::start(&dir, &[]);
    let request =
        Request::execute("logs", &json!(["one", "two"])).header("Accept", "text/event-stream");
    let answer = server.send(&request).status(200);
    assert_eq!(answer.header("content-type"), Some("text/event-stream"));
    let events: Vec<(&str, Value)> = answer
        .body
        .lines()
        .collect::<Vec<_>>()
        .windows(2)
        .filter_map(|pair| {
            let (event, data) = (
                pair[0].strip_prefix("event: ")?,
                pair[1].strip_prefix("data: ")?,
            );
            Some((event, serde_json::from_str(data).unwrap()))
        })
        .collect();
    let (last, logs) = events.split_last().unwrap();
    assert_eq!(last.0, "outcome");
    assert_eq!(last.1["route"], "success");
    let records: Vec<Value> = logs
        .iter()
        .map(|(event, record)| {
            assert_eq!(*event, "log");
            record.clone()
        })
        .collect();
    assert_eq!(records.len(), 6);
    assert_eq!(Value::Array(records), last.1["logs"]);
}

#[test]
fn a_component_that_breaks_at_load_keeps_the_server_from_starting() {
    let dir = solution(&[("loops", DESCRIBE_LOOPS, "")]);
    let ended = dir
        .hospes(["serve", "--listen", "127.0.0.1:0"])
        .run()
        .code(2);
    assert_eq!(ended.stdout, "");
    let file = dir.path().join("hospes.toml");
    let words = format!(
        "{}:3:13: node.loops.component: the component breaks when asked about itself:",
        file.display()
    );
    let last = ended.stderr.lines().last().unwrap();
    assert!(last.starts_with(&words), "{}", ended.stderr);
}

#[test]
fn the_caller_s_trace_reaches_the_upstream_if_the_operator_says_so() {
    let upstream = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = upstream.local_addr().unwrap();
    let heads = std::thread::spawn(move || {
        let mut heads = Vec::new();
        for _ in 0..2 {
            let (mut stream, _) = upstream.accept().unwrap();
            let mut head = String::new();
            let mut reader = std::io::BufReader::new(&stream);
            while !head.ends_with("\r\n\r\n") {
                std::io::BufRead::read_line(&mut reader, &mut head).unwrap();
            }
            stream
                .write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
                .unwrap();
            heads.push(head.to_lowercase());
        }
        heads
    });
    let dir = solution(&[(
        "node",
        hospes_artifacts::FETCH,
        &format!("allow = [\"GET http://{address}\"]"),
    )]);
    let payload = json!([{"method": "GET", "url": format!("http://{address}/")}]);
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let request = Request::execute("node", &payload)
        .header("traceparent", &format!("00-{trace}-b7ad6b7169203331-01"))
        .header("tracestate", "acme=1");
    for args in [&["--propagate-trace"][..], &[]] {
        let server = Server::start(&dir, args);
        server.send(&request).status(200);
    }
    let heads = heads.join().unwrap();
    assert!(
        heads[0].contains(&format!("traceparent: 00-{trace}-")),
        "{}",
        heads[0]
    );
    assert!(
        !heads[0].contains("b7ad6b7169203331") && heads[0].contains("tracestate: acme=1"),
        "{}",
        heads[0]
    );
    assert!(!heads[1].contains("trace"), "{}", heads[1]);
}
