//! Who may do what.

use hospes_artifacts::HELLO;
use serde_json::json;

use super::server::{Request, Server, TOKEN, solution};

/// A request of an admin, as it would be right.
fn question() -> Request {
    Request::new("POST", "/v1/policy/explain")
        .header("Content-Type", "application/json")
        .body(r#"{"node": "hello", "url": "https://a.example/x"}"#)
}

#[test]
fn what_shows_or_changes_policy_needs_the_token() {
    let dir = solution(&[("hello", HELLO, "allow = [\"GET https://a.example\"]")]);
    let server = Server::start(&dir, &[]);
    let explained = server.send(&question().token()).status(200).json();
    assert_eq!(explained["verdict"], "allow");
    assert_eq!(explained["rule"], "GET https://a.example");
    let missing = "this needs the header `Authorization: Bearer TOKEN`";
    let wrong = "the server does not know this token";
    let answer = server.send(&question());
    answer.is_error(401, "unauthorized", missing);
    assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    for (header, message) in [
        ("Bearer ".to_owned() + &TOKEN[1..], wrong),
        ("Bearer ".to_owned() + TOKEN + "x", wrong),
        ("Bearer".to_owned(), wrong),
        ("Basic ".to_owned() + TOKEN, wrong),
        ("Bearer ü".to_owned(), missing),
    ] {
        let answer = server.send(&question().header("Authorization", &header));
        answer.is_error(401, "unauthorized", message);
        assert!(!answer.body.contains(TOKEN));
    }
    server
        .send(&question().header("Authorization", &format!("bearer {TOKEN}")))
        .status(200);
}

#[test]
fn without_a_token_nothing_can_be_changed() {
    let dir = solution(&[("hello", HELLO, "")]);
    let server = Server::run(dir.hospes(["serve", "--listen", "127.0.0.1:0"]));
    let message = "this server was started without a token: start it with `--token env:VARIABLE` or `--token file:PATH`";
    server
        .send(&question().token())
        .is_error(403, "admin-off", message);
    server.execute("hello", &json!({"name": "Ada"})).status(200);
}

#[test]
fn a_token_that_can_be_guessed_or_read_is_refused_and_not_shown() {
    let dir = solution(&[("hello", HELLO, "")]);
    dir.file("short", "0123456789abcde\n");
    let mut open = format!(
        "error: --token: the file {} can be read by everyone (mode 0644)",
        "open"
    );
    open.push_str(": run `chmod 600 open`\n");
    dir.file("open", TOKEN);
    #[cfg(unix)]
    for (file, mode) in [("short", 0o600), ("open", 0o644)] {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
        std::fs::set_permissions(dir.path().join(file), mode).unwrap();
    }
    for (from, words) in [
        (
            "hunter2hunter2hunter2",
            "error: --token: a token comes from `env:VARIABLE` or `file:PATH`\n",
        ),
        (
            "env:NOT_SET",
            "error: --token: the environment variable `NOT_SET` is not set\n",
        ),
        (
            "file:short",
            "error: --token: a token has at least 16 characters\n",
        ),
        ("file:open", open.as_str()),
    ] {
        dir.hospes(["serve", "--token", from])
            .run()
            .is(2, "", words);
    }
}

#[test]
fn pages_of_other_sites_are_kept_out() {
    let dir = solution(&[("hello", HELLO, "")]);
    let server = Server::start(&dir, &["--host", "nodes.internal"]);
    let request = || Request::execute("hello", &json!({"name": "Ada"}));
    let own = format!("http://{}", server.address());
    server.send(&request().header("Origin", &own)).status(200);
    server
        .send(&request().header("Host", "nodes.internal"))
        .status(200);
    for origin in ["null", "http://evil.example"] {
        let answer = server.send(&request().header("Origin", origin).token());
        answer.is_error(
            403,
            "foreign-origin",
            "pages of other sites may not use this server",
        );
    }
    let answer = server.send(&request().header("Host", "evil.example"));
    let message = "this server is not called `evil.example`: start it with `--host NAME` for each of its names";
    answer.is_error(403, "foreign-host", message);
    let answer = server.send(&Request::new("GET", "http://evil.example/v1/nodes"));
    assert_eq!(answer.status, 403);
}

#[test]
fn every_request_has_an_id_and_a_line_in_the_log() {
    let dir = solution(&[("hello", HELLO, "")]);
    let mut server = Server::start(&dir, &[]);
    let execution = Request::execute("hello", &json!({"name": "Ada"}));
    let answer = server
        .send(&execution.clone().header("X-Request-Id", "trace-7"))
        .status(200);
    assert_eq!(answer.header("x-request-id"), Some("trace-7"));
    let line = server.logged(|line| line["request_id"] == "trace-7");
    assert_eq!(line["target"], "hospes::access");
    assert_eq!(line["method"], "POST");
    assert_eq!(line["route"], "/v1/nodes/{node}/execute");
    assert_eq!(line["status"], 200);
    assert_eq!(line["peer"], "127.0.0.1");
    assert_eq!(line["node"], "hello");
    assert_eq!(line["generation"], 1);
    assert_eq!(line["outcome"], "success");
    assert_eq!(line["execution_id"], answer.json()["execution_id"]);
    assert!(line["elapsed_us"].as_u64().unwrap() > 0);

    // An id that could forge a line is replaced.
    for id in ["a b", "{\"x\":1}", ""] {
        let answer = server.send(&execution.clone().header("X-Request-Id", id));
        let made = answer.header("x-request-id").unwrap().to_owned();
        assert_eq!(made.len(), 36);
        server.logged(|line| line["request_id"] == *made);
    }
    let answer = server.send(&question().header("X-Request-Id", "no-token"));
    answer.status(401);
    let line = server.logged(|line| line["request_id"] == "no-token");
    assert_eq!(line["error"], "unauthorized");
    assert_eq!(line["status"], 401);
}
