//! A solution file that takes something away, and can't be applied as a whole.

use std::fs;

use hospes_artifacts::{COUNTER, FETCH, HELLO};
use serde_json::{Value, json};

use super::server::{Request, Server, solution};
use crate::dir::Dir;

const A: &str = "https://a.example/";
const B: &str = "https://b.example/";
const BOTH: &str = "allow = [\"GET https://a.example\", \"GET https://b.example\"]";
const ONLY_A: &str = "allow = [\"GET https://a.example\"]";
const GOLDEN: &str = "golden = [\"greets.json\"]";
const WATCH: &[&str] = &["--watch", "--store", "store", "--cache", "cache"];

/// A directory with a node that may go to A and B, and a golden case that only
/// `HELLO` passes.
fn wide() -> Dir {
    let dir = solution(&[("node", COUNTER, BOTH)]);
    let expect = json!({"route": "success", "result": {"greeting": "Hello, Ada."}});
    let case = json!({"name": "greets", "payload": {"name": "Ada"}, "expect": expect});
    dir.file("greets.json", case.to_string());
    dir
}

/// Puts another solution file into its place, in one step.
fn write(dir: &Dir, lines: &str) {
    write_all(
        dir,
        &format!("[node.node]\ncomponent = \"node.wasm\"\n{lines}\n"),
    );
}

fn write_all(dir: &Dir, text: &str) {
    let fresh = dir.file("fresh.toml", format!("name = \"test\"\n{text}"));
    fs::rename(fresh, dir.path().join("hospes.toml")).unwrap();
}

/// Whether the policy in force allows a request.
fn allows(server: &Server, url: &str) -> bool {
    let question = json!({"node": "node", "url": url, "resolves_to": ["93.184.216.34"]});
    let request = Request::new("POST", "/v1/policy/explain")
        .header("Content-Type", "application/json")
        .token()
        .body(question.to_string());
    server.send(&request).status(200).json()["verdict"] == "allow"
}

fn refused(server: &mut Server) -> String {
    let line = server.logged(|line| {
        let message = line["message"].as_str().unwrap_or_default();
        message.starts_with("not applied")
    });
    line["message"].as_str().unwrap().to_owned()
}

fn is_applied(server: &Server) -> bool {
    let ready = server.get("/readyz").status(200).json();
    assert_eq!(ready["status"], "ready");
    let applied = ready["solution_applied"].as_bool().unwrap();
    let metrics = server.admin("GET", "/metrics").status(200).body;
    let line = format!("\nhospes_solution_applied {}\n", u8::from(applied));
    assert!(metrics.contains(&line), "{metrics}");
    applied
}

fn why(server: &Server) -> Value {
    server.admin("GET", "/v1/solution").status(200).json()
}

/// Waits until the solution file is applied.
fn applied(server: &Server) {
    server.until("/readyz", |ready| ready["solution_applied"] == true);
}

#[test]
fn what_a_solution_file_takes_away_is_taken_though_its_component_fails() {
    let dir = wide();
    let mut server = Server::start(&dir, &["--watch"]);
    assert!(allows(&server, A) && allows(&server, B));
    assert!(is_applied(&server));

    write(&dir, &format!("{ONLY_A}\n{GOLDEN}"));
    let message = refused(&mut server);
    let words = "not applied, except for what it revokes: golden case `greets`: ";
    assert!(message.starts_with(words), "{message}");
    assert!(allows(&server, A) && !allows(&server, B));
    server.execute("node", &json!({})).status(200);
    server.until("/readyz", |ready| ready["solution_applied"] == false);
    assert!(!is_applied(&server));
    let found = why(&server);
    assert_eq!(
        (&found["applied"], &found["file"]),
        (&json!(false), &Value::Null)
    );
    let reason = found["nodes"]["node"].as_str().unwrap();
    assert!(reason.starts_with("golden case `greets`: "), "{reason}");

    // What is uploaded later gets what the new file grants, and shows what it asks for.
    let counter = fs::read(COUNTER).unwrap();
    let answer = server.upload("node", counter, "?approve=true");
    assert_eq!(
        answer.status(422).json()["error"]["code"],
        "component-refused"
    );
    let hello = fs::read(HELLO).unwrap();
    server.upload("node", hello, "?approve=true").status(200);
    assert!(allows(&server, A) && !allows(&server, B));
    assert!(is_applied(&server));
}

#[test]
fn what_is_taken_away_stays_away_over_a_restart_and_is_taken_then_too() {
    let dir = wide();
    let mut server = Server::start(&dir, WATCH);
    write(&dir, &format!("{ONLY_A}\n{GOLDEN}"));
    refused(&mut server);
    assert!(!allows(&server, B));
    server.signal("KILL");
    server.wait();
    let server = Server::start(&dir, WATCH);
    assert!(allows(&server, A) && !allows(&server, B));
    assert!(!is_applied(&server));
    // The file is right again, and the whole of it applied.
    write(&dir, BOTH);
    applied(&server);
    assert!(allows(&server, A) && allows(&server, B));
    drop(server);

    // Changed while no server ran.
    write(&dir, &format!("{ONLY_A}\n{GOLDEN}"));
    let server = Server::start(&dir, WATCH);
    assert!(allows(&server, A) && !allows(&server, B));
    assert!(!is_applied(&server));
    server.execute("node", &json!({})).status(200);
}

#[test]
fn a_file_that_can_not_be_applied_gives_nothing() {
    let dir = wide();
    write(&dir, ONLY_A);
    let mut server = Server::start(&dir, &["--watch"]);
    write(
        &dir,
        &format!("{BOTH}\n{GOLDEN}\n[node.node.limits]\nrequests = 20"),
    );
    refused(&mut server);
    assert!(allows(&server, A) && !allows(&server, B));
    assert!(!is_applied(&server));
}

#[test]
fn what_is_taken_away_is_taken_though_something_else_is_wrong_with_the_file() {
    let dir = wide();
    let mut server = Server::start(&dir, &["--watch"]);
    write(
        &dir,
        &format!("{ONLY_A}\n[flow.talk]\nfile = \"none.toml\""),
    );
    let message = refused(&mut server);
    let words = "not applied, except for what it revokes: the solution has 1 fault:";
    assert!(message.starts_with(words), "{message}");
    server.until("/readyz", |ready| ready["solution_applied"] == false);
    let found = why(&server);
    let reason = found["file"].as_str().unwrap();
    assert!(reason.contains("none.toml"), "{reason}");
    // It is said first and done then.
    let end = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while allows(&server, B) {
        assert!(std::time::Instant::now() < end);
    }
    assert!(allows(&server, A));
    let fetch = fs::read(FETCH).unwrap();
    server.upload("node", fetch, "?approve=true").status(200);
    assert!(allows(&server, A) && !allows(&server, B));
    write(&dir, BOTH);
    applied(&server);
    assert!(allows(&server, A) && allows(&server, B));
}

#[test]
fn a_file_that_is_no_solution_changes_nothing_and_is_reported_where_people_look() {
    let dir = wide();
    let mut server = Server::start(&dir, &["--watch"]);
    write(&dir, "alow = []");
    let message = refused(&mut server);
    assert!(
        message.starts_with("not applied, nothing is changed: the solution has 1 fault:"),
        "{message}"
    );
    server.until("/readyz", |ready| ready["solution_applied"] == false);
    assert!(!is_applied(&server));
    let found = why(&server);
    let reason = found["file"].as_str().unwrap();
    assert!(reason.contains("did you mean `allow`?"), "{reason}");
    assert_eq!(found["nodes"], json!({}));
    assert!(allows(&server, A) && allows(&server, B));
    server.get("/v1/solution").is_error(
        401,
        "unauthorized",
        "this needs the header `Authorization: Bearer TOKEN`",
    );
    write(&dir, BOTH);
    applied(&server);
    assert!(is_applied(&server));
}

#[test]
fn a_component_that_the_keys_of_today_have_not_signed_goes_out_of_service() {
    let dir = wide();
    let key = dir.hospes(["key", "release.pem", "--new"]).run().code(0);
    let key = key.stdout.trim().to_owned();
    let mut server = Server::start(&dir, WATCH);
    write(&dir, &format!("{BOTH}\nsigned_by = [\"{key}\"]"));
    server.logged(|line| {
        let message = line["message"].as_str().unwrap_or_default();
        message == "out of service: a signature is required, and there is none"
    });
    let message = "`node` is out of service: a signature is required, and there is none";
    let gone = |server: &Server| {
        let answer = server.execute("node", &json!({}));
        answer.is_error(503, "out-of-service", message);
        let counter = fs::read(COUNTER).unwrap();
        let answer = server.upload("node", counter, "?approve=true");
        assert_eq!(
            answer.status(422).json()["error"]["code"],
            "component-refused"
        );
    };
    gone(&server);
    server.signal("KILL");
    server.wait();
    let server = Server::start(&dir, WATCH);
    gone(&server);
    assert!(!is_applied(&server));

    // Without the keys, it serves again; and with what they have signed.
    write(&dir, BOTH);
    applied(&server);
    server.execute("node", &json!({})).status(200);
    write(
        &dir,
        &format!("{BOTH}\nsigned_by = [\"{key}\"]\nsignature = \"node.sig\""),
    );
    server.until("/readyz", |ready| ready["solution_applied"] == false);
    let signed = dir
        .hospes(["sign", "node", "--key", "release.pem"])
        .run()
        .code(0);
    dir.file("node.sig", signed.stdout);
    write(
        &dir,
        &format!("{BOTH}\nsigned_by = [\"{key}\"]\nsignature = \"node.sig\"\n"),
    );
    applied(&server);
    server.execute("node", &json!({})).status(200);
}

#[test]
fn what_was_signed_as_a_whole_is_served_in_part_and_restored() {
    let dir = wide();
    let key = dir.hospes(["key", "release.pem", "--new"]).run().code(0);
    let signed = format!(
        "signed_by = [\"{}\"]\nsignature = \"node.sig\"",
        key.stdout.trim()
    );
    write(&dir, &format!("{BOTH}\n{signed}"));
    let line = dir.hospes(["sign", "node", "--key", "release.pem"]).run();
    dir.file("node.sig", line.code(0).stdout);
    let mut server = Server::start(&dir, WATCH);
    assert!(allows(&server, A) && allows(&server, B));
    // Nobody has signed the component for these grants.
    write(&dir, &format!("{ONLY_A}\n{signed}"));
    let message = refused(&mut server);
    assert!(message.contains("the signature is for"), "{message}");
    assert!(allows(&server, A) && !allows(&server, B));
    server.signal("KILL");
    server.wait();
    let server = Server::start(&dir, WATCH);
    assert!(allows(&server, A) && !allows(&server, B));
    server.execute("node", &json!({})).status(200);
}

#[test]
fn a_trial_with_more_than_the_new_file_allows_ends() {
    let dir = wide();
    write(&dir, ONLY_A);
    let mut server = Server::start(&dir, &["--watch"]);
    write(&dir, &format!("{BOTH}\nrollout = \"shadow\""));
    server.until("/v1/nodes/node", |node| node["trial"] != Value::Null);
    write(&dir, &format!("{ONLY_A}\n{GOLDEN}"));
    refused(&mut server);
    let node = server.get("/v1/nodes/node").status(200).json();
    assert_eq!(node["trial"], Value::Null);
    assert!(allows(&server, A) && !allows(&server, B));
}
