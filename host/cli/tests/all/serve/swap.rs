//! Replacing nodes while they serve.

use std::fs;
use std::io::{Read, Write};

use hospes_artifacts::{
    BRAZE_TRACK, CONTEXT, COUNTER, DESCRIBE_TRAPS, ENDLESS_SLEEP, FETCH, HELLO, UNKNOWN_IMPORT,
};
use serde_json::{Value, json};

use super::server::{Answer, Request, Server, TOKEN, solution};

fn generation(server: &Server, node: &str) -> u64 {
    let node = server.get(&format!("/v1/nodes/{node}")).status(200).json();
    node["revision"]["generation"].as_u64().unwrap()
}

fn history(server: &Server, node: &str) -> Vec<Value> {
    let answer = server.admin("GET", &format!("/v1/nodes/{node}/history"));
    answer.status(200).json()["history"]
        .as_array()
        .unwrap()
        .clone()
}

#[test]
fn an_upload_serves_and_can_be_taken_back() {
    let dir = solution(&[("node", HELLO, "")]);
    let mut server = Server::start(&dir, &[]);
    let answer = server.upload(
        "node",
        fs::read(COUNTER).unwrap(),
        "?why=release%207&approve=true",
    );
    let changed = answer.status(200).json();
    assert_eq!(changed["node"], "node");
    assert_eq!(changed["revision"]["generation"], 2);
    assert_eq!(changed["previous"]["generation"], 1);
    assert!(changed["changes"].is_object() && changed["summary"].is_array());
    let outcome = server
        .execute("node", &json!({"name": "Ada"}))
        .status(200)
        .json();
    assert_eq!(outcome["revision"], changed["revision"]);
    assert_eq!(outcome["result"], 1);
    let line = server.logged(|line| line["message"] == "published" && line["generation"] == 2);
    assert_eq!(line["detail"], "swapped for generation 1");
    assert_eq!(
        line["changes"],
        "~ schema of the payload; ~ schema of the result; ~ name hello to none"
    );

    let back = server
        .admin("POST", "/v1/nodes/node/rollback?why=it%20counts")
        .status(200)
        .json();
    assert_eq!(back["revision"]["generation"], 3);
    assert_eq!(back["revision"]["digest"], changed["previous"]["digest"]);
    let outcome = server
        .execute("node", &json!({"name": "Ada"}))
        .status(200)
        .json();
    assert_eq!(outcome["result"], json!({"greeting": "Hello, Ada."}));
    let forth = server
        .admin("POST", "/v1/nodes/node/rollback?to=2")
        .status(200)
        .json();
    assert_eq!(forth["revision"]["digest"], changed["revision"]["digest"]);

    let history = history(&server, "node");
    let lines: Vec<_> = history
        .iter()
        .map(|line| (&line["how"], &line["note"], &line["state"]))
        .collect();
    assert_eq!(
        lines,
        [
            (
                &json!("loaded"),
                &json!("the solution file"),
                &json!("kept")
            ),
            (&json!("swapped"), &json!("release 7"), &json!("kept")),
            (&json!("rolled-back"), &json!(""), &json!("kept")),
            (&json!("rolled-back"), &json!(""), &json!("serving")),
        ]
    );
    assert_eq!(history[2]["reason"], "it counts");
    assert_eq!(history[2]["to"], 1);
    let metrics = server.get("/metrics").body;
    assert!(
        metrics.contains("hospes_swaps_total{node=\"node\",change=\"published\"} 4"),
        "{metrics}"
    );

    let answer = server.admin("POST", "/v1/nodes/node/rollback?to=99");
    answer.is_error(
        404,
        "unknown-generation",
        "generation 99 of `node` is not kept; kept are 1, 2, 3, 4",
    );
}

#[test]
fn an_upload_that_can_not_serve_changes_nothing_and_says_why() {
    let dir = solution(&[("node", HELLO, "[node.node.limits]\ncomponent = \"2MiB\"")]);
    let server = Server::start(&dir, &[]);
    let hello = fs::read(HELLO).unwrap();
    let next = r#"(component
        (core module $guest (func (export "execute")))
        (core instance $node (instantiate $guest))
        (func $execute (canon lift (core func $node "execute")))
        (instance $action (export "execute" (func $execute)))
        (export "hospes:node/action@0.2.0" (instance $action)))"#;
    let whole = |path: &str| fs::read(path).unwrap();
    for (component, status, code, message) in [
        (
            Vec::new(),
            422,
            "component-refused",
            "this is not a component: it is empty",
        ),
        (
            b"hello".to_vec(),
            422,
            "component-refused",
            "this is not a component: it is not a WebAssembly file",
        ),
        (
            b"\0asm\x01\0\0\0".to_vec(),
            422,
            "component-refused",
            "this is not a component: it is a core WebAssembly module; build it for the target wasm32-wasip2",
        ),
        (
            wat::parse_str(next).unwrap(),
            422,
            "component-refused",
            "the component is not a node: it exports `hospes:node/action@0.2.0`, and this host speaks \
             `hospes:node/action@0.1.0`",
        ),
        (
            vec![0; (2 << 20) + 1],
            413,
            "body-too-large",
            "the body has more than 2097152 bytes",
        ),
    ] {
        let answer = server.upload("node", component, "?approve=true");
        answer.is_error(status, code, message);
    }
    // Whose words are wasmtime's, or long.
    for (component, code, words) in [
        (
            hello[..hello.len() / 2].to_vec(),
            "component-refused",
            "the component does not compile: ",
        ),
        (
            whole(UNKNOWN_IMPORT),
            "component-refused",
            "the component imports what this host does not grant: ",
        ),
        (
            whole(DESCRIBE_TRAPS),
            "component-refused",
            "the component breaks when asked about itself: ",
        ),
        (
            whole(BRAZE_TRACK),
            "not-granted",
            "the component needs more than it is granted: the param `braze_url` is ",
        ),
    ] {
        let answer = server
            .upload("node", component, "?approve=true")
            .status(422);
        let error = &answer.json()["error"];
        assert_eq!(error["code"], code);
        assert!(
            error["message"].as_str().unwrap().starts_with(words),
            "{error}"
        );
    }
    assert_eq!(generation(&server, "node"), 1);
    server.execute("node", &json!({"name": "Ada"})).status(200);
}

#[test]
fn a_wrong_upload_is_refused_before_it_is_looked_at() {
    let dir = solution(&[("node", HELLO, "")]);
    let server = Server::start(&dir, &[]);
    let upload = |query: &str| Request::upload("node", b"x", query);
    for (request, status, code, message) in [
        (
            upload("").header("Authorization", "Bearer nobody"),
            401,
            "unauthorized",
            "the server does not know this token",
        ),
        (
            upload("").header("Content-Type", "application/json"),
            415,
            "wrong-content-type",
            "this needs the header `Content-Type: application/wasm`",
        ),
        (
            upload("?approve=yes"),
            400,
            "invalid-request",
            "Failed to deserialize query string: approve: provided string was not `true` or `false`",
        ),
        (
            upload("?aprove=true"),
            400,
            "invalid-request",
            "Failed to deserialize query string: aprove: unknown field `aprove`, expected one of `approve`, `why`, `rollout`, `percent`, `key`",
        ),
        (
            upload("?why=a%0Ab"),
            400,
            "invalid-request",
            "why: at most 500 characters on one line",
        ),
        (
            Request::upload("other", b"x", ""),
            404,
            "unknown-node",
            "the solution file has no node `other`, so nothing says what it may do",
        ),
    ] {
        server.send(&request).is_error(status, code, message);
    }
    // Without the token, the body is not even read.
    let mut stream = server.connect();
    let request = upload("")
        .header("Authorization", "Bearer x")
        .header("Content-Length", "1000000");
    stream.write_all(&request.bytes(server.address())).unwrap();
    assert_eq!(Answer::read(stream).status, 401);
}

#[test]
fn an_upload_that_is_cut_off_changes_nothing() {
    let dir = solution(&[("node", HELLO, "")]);
    let mut server = Server::start(&dir, &[]);
    let component = fs::read(COUNTER).unwrap();
    for header in ["Content-Length", "Transfer-Encoding"] {
        let mut stream = server.connect();
        let value = if header == "Content-Length" {
            component.len().to_string()
        } else {
            "chunked".to_owned()
        };
        let request = Request::upload("node", b"", "?approve=true")
            .header(header, &value)
            .header("X-Request-Id", header);
        let mut bytes = request.bytes(server.address());
        if header == "Content-Length" {
            bytes.extend(&component[..component.len() / 2]);
        } else {
            bytes.extend(format!("{:x}\r\n", component.len()).as_bytes());
            bytes.extend(&component);
            bytes.extend(b"\r\n");
        }
        stream.write_all(&bytes).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        _ = stream.read_to_end(&mut Vec::new());
    }
    assert_eq!(generation(&server, "node"), 1);
    server
        .upload("node", &component, "?approve=true")
        .status(200);
    let line = server.logged(|line| line["message"] == "published" && line["generation"] != 1);
    assert_eq!(line["generation"], 2);
}

#[test]
fn a_component_that_asks_for_more_is_held_until_somebody_agrees() {
    let dir = solution(&[("node", HELLO, "")]);
    let server = Server::start(&dir, &[]);
    let fetch = fs::read(FETCH).unwrap();
    let answer = server.upload("node", &fetch, "").status(409);
    let error = &answer.json()["error"];
    assert_eq!(error["code"], "needs-approval");
    let message = error["message"].as_str().unwrap();
    assert!(
        message.starts_with("the component has more than the one that serves: import "),
        "{message}"
    );
    assert!(message.contains("import hospes:node/http"), "{message}");
    let wider = error["changes"]["wider"].as_array().unwrap();
    assert!(wider.contains(&json!("import hospes:node/http")), "{error}");
    assert_eq!(generation(&server, "node"), 1);
    let changed = server
        .upload("node", &fetch, "?approve=true")
        .status(200)
        .json();
    let summary = changed["summary"].as_array().unwrap();
    assert!(
        summary.contains(&json!("+ import hospes:node/http")),
        "{changed}"
    );
    // And back without a word: nobody has to agree to less.
    let hello = fs::read(HELLO).unwrap();
    server.upload("node", &hello, "").status(200);
}

#[test]
fn what_runs_stays_on_its_revision_until_it_is_drained() {
    let limits = "[node.node.limits]\ndeadline = \"60m\"";
    let dir = solution(&[("node", ENDLESS_SLEEP, limits)]);
    let server = Server::start(&dir, &[]);
    let mut stream = server.connect();
    let request = Request::execute("node", &json!(1));
    stream.write_all(&request.bytes(server.address())).unwrap();
    server.until("/v1/nodes/node", |node| node["running"] == 1);
    server
        .upload("node", fs::read(CONTEXT).unwrap(), "?approve=true")
        .status(200);
    let node = server.get("/v1/nodes/node").json();
    assert_eq!(node["running"], 0);
    assert_eq!(node["draining"][0]["revision"]["generation"], 1);
    assert_eq!(node["draining"][0]["running"], 1);
    server.execute("node", &json!(1)).status(200);
    // A drain that would never end by itself.
    let report = server
        .admin("POST", "/v1/nodes/node/drain?deadline_ms=20")
        .status(200)
        .json();
    assert_eq!(report, json!({"running": 1, "cancelled": 1, "stuck": 0}));
    let outcome = Answer::read(stream).status(503);
    assert_eq!(outcome.header("retry-after"), Some("1"));
    assert_eq!(outcome.json()["error"]["code"], "cancelled");
    let report = server
        .admin("POST", "/v1/nodes/node/drain")
        .status(200)
        .json();
    assert_eq!(report, json!({"running": 0, "cancelled": 0, "stuck": 0}));
    let answer = server.admin("POST", "/v1/nodes/node/drain?deadline_ms=3600001");
    answer.is_error(
        400,
        "invalid-request",
        "deadline_ms: at most an hour, 3600000",
    );
}

#[test]
fn a_node_that_is_removed_is_gone_until_an_upload() {
    let dir = solution(&[("node", HELLO, ""), ("other", HELLO, "")]);
    let server = Server::start(&dir, &[]);
    let report = server
        .admin("DELETE", "/v1/nodes/node?why=broken")
        .status(200)
        .json();
    assert_eq!(report, json!({"running": 0, "cancelled": 0, "stuck": 0}));
    let unknown = "no node is called `node`";
    server
        .execute("node", &json!({}))
        .is_error(404, "unknown-node", unknown);
    server
        .admin("DELETE", "/v1/nodes/node")
        .is_error(404, "unknown-node", unknown);
    server
        .admin("POST", "/v1/nodes/node/rollback")
        .is_error(404, "unknown-node", unknown);
    assert_eq!(
        server.get("/v1/nodes").json()["nodes"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(history(&server, "node").last().unwrap()["how"], "removed");
    server
        .upload("node", fs::read(HELLO).unwrap(), "?approve=true")
        .status(200);
    server.execute("node", &json!({"name": "Ada"})).status(200);
}

#[test]
fn nobody_changes_anything_without_the_token() {
    let dir = solution(&[("node", HELLO, "")]);
    let server = Server::start(&dir, &[]);
    for (method, path) in [
        ("PUT", "/v1/nodes/node/component"),
        ("POST", "/v1/nodes/node/rollback"),
        ("POST", "/v1/nodes/node/drain"),
        ("DELETE", "/v1/nodes/node"),
        ("GET", "/v1/nodes/node/history"),
        ("POST", "/v1/policy/explain"),
    ] {
        server.send(&Request::new(method, path)).status(401);
        let wrong = Request::new(method, path).header("Authorization", "Bearer 0123456789abcdef");
        let answer = server.send(&wrong).status(401);
        assert!(!answer.body.contains(TOKEN));
    }
    assert_eq!(generation(&server, "node"), 1);
}

#[test]
fn no_execution_is_lost_while_nodes_are_replaced() {
    let dir = solution(&[("node", HELLO, "")]);
    let server = Server::start(&dir, &["--cache", "cache"]);
    let hello = fs::read(HELLO).unwrap();
    let context = fs::read(CONTEXT).unwrap();
    std::thread::scope(|scope| {
        let callers: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let answer = |_| {
                        server
                            .execute("node", &json!({"name": "Ada"}))
                            .status(200)
                            .json()
                    };
                    (0..60)
                        .map(answer)
                        .filter(|outcome| outcome["route"] == "success")
                        .count()
                })
            })
            .collect();
        for round in 0..10 {
            let component = if round % 2 == 0 { &context } else { &hello };
            server
                .upload("node", component, "?approve=true")
                .status(200);
        }
        for caller in callers {
            assert_eq!(caller.join().unwrap(), 60);
        }
    });
    assert_eq!(generation(&server, "node"), 11);
}
