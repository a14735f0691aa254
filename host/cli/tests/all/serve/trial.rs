//! Canaries and shadows, nodes that keep breaking, and golden cases, as an
//! operator has them.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use hospes_artifacts::{BREAKS, CONTEXT, COUNTER, FETCH, HELLO};
use serde_json::{Value, json};

use super::server::{Request, Server, solution};
use crate::dir::Dir;

const STORE: &[&str] = &["--store", "store", "--cache", "cache"];

fn node(server: &Server) -> Value {
    server.get("/v1/nodes/node").status(200).json()
}

/// What a restart must not change.
fn state(server: &Server) -> Value {
    let node = node(server);
    let trial = |key: &str| node["trial"][key].clone();
    json!({
        "serving": node["revision"],
        "trial": [trial("revision"), trial("rollout"), trial("percent"), trial("key")],
    })
}

fn restarted(mut server: Server, dir: &Dir) -> Server {
    server.signal("KILL");
    server.wait();
    Server::start(dir, STORE)
}

fn upload(server: &Server, component: &str, query: &str) -> Value {
    let component = fs::read(component).unwrap();
    server.upload("node", component, query).status(200).json()
}

fn post(server: &Server, what: &str) -> Value {
    let answer = server.admin("POST", &format!("/v1/nodes/node/{what}"));
    answer.status(200).json()
}

fn hows(server: &Server) -> Vec<(String, String)> {
    let answer = server.admin("GET", "/v1/nodes/node/history").status(200);
    let history = answer.json()["history"].as_array().unwrap().clone();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let line = |line: &Value| (text(&line["how"]), text(&line["state"]));
    history.iter().map(line).collect()
}

fn lines(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = |(how, state): &(&str, &str)| ((*how).to_owned(), (*state).to_owned());
    expected.iter().map(own).collect()
}

/// The revision that a user gets.
fn way(server: &Server, user: usize) -> Value {
    let body = json!({"payload": {"name": "Ada"}, "variables": {"user": user}});
    let answer = server.send(&Request::execution("node", &body.to_string()));
    answer.status(200).json()["revision"].clone()
}

#[test]
fn servers_with_the_same_secret_choose_the_same_callers() {
    let private = |dir: &Dir, text: &str| {
        let file = dir.file("fleet", text);
        fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
    };
    let ways = |text: &str| {
        let dir = solution(&[("node", HELLO, "")]);
        private(&dir, text);
        let server = Server::start(&dir, &["--canary-key", "file:fleet"]);
        let query = "?approve=true&rollout=canary&percent=50&key=user";
        let tried = upload(&server, COUNTER, query)["revision"].clone();
        let tries = |user| way(&server, user) == tried;
        (0..40).map(tries).collect::<Vec<bool>>()
    };
    let ours = ways("a secret of a fleet");
    assert_eq!(ours, ways("a secret of a fleet"));
    assert_ne!(ours, ways("a secret of another one"));
    let dir = solution(&[("node", HELLO, "")]);
    private(&dir, "short");
    let args = [
        "serve",
        "--canary-key",
        "file:fleet",
        "--listen",
        "127.0.0.1:0",
    ];
    let words = "error: --canary-key: the secret has at least 16 characters\n";
    dir.hospes(args).run().is(2, "", words);
}

#[test]
fn a_canary_takes_its_share_survives_a_crash_and_is_promoted() {
    let dir = solution(&[("node", HELLO, "")]);
    let server = Server::start(&dir, STORE);
    let tried = upload(
        &server,
        COUNTER,
        "?approve=true&rollout=canary&percent=50&key=user",
    );
    assert_eq!(tried["rollout"], "canary");
    let first = state(&server);
    assert_eq!(first["serving"], tried["previous"]);
    assert_eq!(
        first["trial"],
        json!([tried["revision"], "canary", 50, "user"])
    );

    // The same user always goes the same way.
    let run = |user: usize| way(&server, user);
    let users: Vec<Value> = (0..40).map(run).collect();
    assert_eq!(users, (0..40).map(run).collect::<Vec<_>>());
    let on_canary = users
        .iter()
        .filter(|one| **one == tried["revision"])
        .count();
    assert!((5..=35).contains(&on_canary), "{on_canary}");
    assert_eq!(node(&server)["trial"]["executions"], 2 * on_canary);

    let server = restarted(server, &dir);
    assert_eq!(state(&server), first);
    // Also after a restart.
    assert_eq!(
        users,
        (0..40).map(|user| way(&server, user)).collect::<Vec<_>>()
    );
    let promoted = post(&server, "promote?why=it%20counts");
    assert_eq!(promoted["revision"], tried["revision"]);
    assert_eq!(promoted["previous"], tried["previous"]);
    assert_eq!(promoted["rollout"], "all");
    let server = restarted(server, &dir);
    assert_eq!(node(&server)["revision"], tried["revision"]);
    assert_eq!(node(&server)["trial"], Value::Null);
    assert_eq!(
        hows(&server),
        lines(&[("loaded", "kept"), ("promoted", "serving")])
    );
    // The way back leads to what served before.
    let back = post(&server, "rollback");
    assert_eq!(back["revision"]["digest"], tried["previous"]["digest"]);
}

#[test]
fn a_trial_that_was_aborted_stays_away() {
    let dir = solution(&[("node", HELLO, "")]);
    let server = Server::start(&dir, STORE);
    let tried = upload(&server, COUNTER, "?approve=true&rollout=shadow");
    assert_eq!(tried["rollout"], "shadow");
    server.execute("node", &json!({"name": "Ada"})).status(200);
    let seen = server.until("/v1/nodes/node", |node| node["trial"]["differing"] == 1);
    assert_eq!(seen["revision"], tried["previous"]);
    let out = post(&server, "abort?why=it%20differs");
    assert_eq!(out["revision"], tried["previous"]);
    assert_eq!(out["previous"], tried["revision"]);
    for what in ["promote", "abort"] {
        let answer = server.admin("POST", &format!("/v1/nodes/node/{what}"));
        answer.is_error(409, "no-trial", "`node` has neither a canary nor a shadow");
    }
    let before = state(&server);
    let server = restarted(server, &dir);
    assert_eq!(state(&server), before);
    // Another revision is another trial.
    let again = upload(&server, COUNTER, "?approve=true&rollout=canary&percent=1");
    assert!(again["revision"]["generation"].as_u64() > tried["revision"]["generation"].as_u64());
    // And whatever is published ends it.
    let whole = upload(&server, FETCH, "?approve=true");
    let server = restarted(server, &dir);
    assert_eq!(
        state(&server),
        json!({"serving": whole["revision"], "trial": [null, null, null, null]})
    );
    // A removal, too.
    upload(&server, COUNTER, "?approve=true&rollout=shadow");
    server.admin("DELETE", "/v1/nodes/node").status(200);
    let server = restarted(server, &dir);
    server.get("/v1/nodes/node").status(404);
}

#[test]
fn a_rollout_that_makes_no_sense_is_refused() {
    let dir = solution(&[("node", HELLO, "")]);
    let server = Server::start(&dir, &[]);
    for (query, message) in [
        (
            "?rollout=canary",
            "percent: a canary has a share from 1 to 99",
        ),
        (
            "?rollout=canary&percent=0",
            "percent: a canary has a share from 1 to 99",
        ),
        (
            "?rollout=shadow&percent=5",
            "percent: only a canary has a share",
        ),
        ("?key=user", "key: only a canary has one"),
    ] {
        let answer = server.upload("node", fs::read(COUNTER).unwrap(), query);
        answer.is_error(400, "invalid-request", message);
    }
    let whole = upload(&server, COUNTER, "?approve=true&rollout=all");
    assert_eq!(whole["rollout"], "all");
}

#[test]
fn the_solution_file_says_how_a_component_begins() {
    let more = "rollout = { canary = 10 }";
    let dir = solution(&[("node", HELLO, more)]);
    let server = Server::start(&dir, STORE);
    // Nothing serves beside which the first could be tried.
    assert_eq!(node(&server)["trial"], Value::Null);
    let tried = upload(&server, COUNTER, "?approve=true");
    assert_eq!(tried["rollout"], "canary");
    // A file that was changed while no server ran begins the same way.
    post(&server, "abort");
    drop(server);
    fs::copy(FETCH, dir.path().join("node.wasm")).unwrap();
    let server = Server::start(&dir, STORE);
    let found = state(&server);
    assert_eq!(found["serving"], tried["previous"]);
    assert_eq!(found["trial"][1], "canary");
    // Aborted, it is not tried again by the next start.
    post(&server, "abort");
    let server = restarted(server, &dir);
    assert_eq!(state(&server)["trial"][0], Value::Null);
}

/// Lets an execution break, which is a fault of the node.
fn fault(server: &Server) {
    server.execute("node", &json!("trap")).status(502);
}

const PROTECTED: &str = "[node.node.protection]\nfaults = 3\nrest = \"60m\"";

#[test]
fn a_burst_of_faults_rolls_back_and_a_restart_knows_it() {
    let dir = solution(&[("node", HELLO, PROTECTED)]);
    let mut server = Server::start(&dir, STORE);
    let bad = upload(&server, BREAKS, "?approve=true");
    (0..3).for_each(|_| fault(&server));
    let line = server.logged(|line| line["message"] == "rolled back automatically");
    assert_eq!(line["generation"], 3);
    let reason = "3 of 3 executions broke within 30s, the last one with `trap`";
    assert_eq!(line["why"], reason);
    let serving = node(&server)["revision"].clone();
    assert_eq!(serving["digest"], bad["previous"]["digest"]);
    server.execute("node", &json!({"name": "Ada"})).status(200);
    let history = server.admin("GET", "/v1/nodes/node/history").json();
    assert_eq!(history["history"][2]["reason"], reason);
    let path = format!(
        "/v1/nodes/node/rollback?to={}",
        bad["revision"]["generation"]
    );
    let server = restarted(server, &dir);
    assert_eq!(node(&server)["revision"], serving);
    // What was rolled back from can be had all the same.
    let back = server.admin("POST", &path).status(200).json();
    assert_eq!(back["revision"]["digest"], bad["revision"]["digest"]);
}

#[test]
fn a_burst_of_faults_after_a_restart_leads_back_too() {
    let dir = solution(&[("node", HELLO, PROTECTED)]);
    let server = Server::start(&dir, STORE);
    let bad = upload(&server, BREAKS, "?approve=true");
    let mut server = restarted(server, &dir);
    assert_eq!(node(&server)["revision"], bad["revision"]);
    (0..3).for_each(|_| fault(&server));
    server.logged(|line| line["message"] == "rolled back automatically");
    let digest = node(&server)["revision"]["digest"].clone();
    assert_eq!(digest, bad["previous"]["digest"]);
    // And from there, no way leads back to what broke.
    let mut server = restarted(server, &dir);
    assert_eq!(node(&server)["revision"]["digest"], digest);
    let answer = server.admin("POST", "/v1/nodes/node/rollback");
    answer.is_error(
        404,
        "unknown-generation",
        "`node` has no earlier revision any more",
    );
    server.execute("node", &json!("trap")).status(200);
    server.signal("TERM");
    server.wait();
}

#[test]
fn a_node_that_keeps_breaking_is_set_aside_and_says_until_when() {
    let dir = solution(&[("node", BREAKS, PROTECTED)]);
    let mut server = Server::start(&dir, &[]);
    (0..3).for_each(|_| fault(&server));
    let line = server.logged(|line| line["message"] == "quarantined");
    assert_eq!(
        line["detail"],
        "3 of 3 executions broke within 30s, the last one with `trap`"
    );
    let answer = server.execute("node", &json!("well")).status(503);
    assert_eq!(answer.json()["failure"]["kind"], "overloaded");
    let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((3500..=3600).contains(&wait), "{wait}");
    let left = node(&server)["quarantined_ms"].as_u64().unwrap();
    assert!((3_500_000..=3_600_000).contains(&left), "{left}");
    let metrics = server.get("/metrics").body;
    for line in [
        r#"hospes_quarantined{node="node"} 1"#,
        r#"hospes_swaps_total{node="node",change="quarantined"} 1"#,
    ] {
        assert!(metrics.contains(line), "{metrics}");
    }
    // A revision that works is let in at once.
    upload(&server, HELLO, "?approve=true");
    server.execute("node", &json!({"name": "Ada"})).status(200);
    assert_eq!(node(&server)["quarantined_ms"], Value::Null);
}

#[test]
fn a_canary_that_breaks_is_taken_out_and_a_restart_knows_it() {
    let dir = solution(&[("node", HELLO, PROTECTED)]);
    let mut server = Server::start(&dir, STORE);
    let tried = upload(&server, BREAKS, "?approve=true&rollout=canary&percent=99");
    let outcome = |_| server.execute("node", &json!("trap")).json();
    let broken = (0..100)
        .map(outcome)
        .filter(|one| one["revision"] == tried["revision"]);
    assert_eq!(broken.take(3).count(), 3);
    let line = server.logged(|line| line["message"] == "aborted");
    assert_eq!(line["generation"], tried["revision"]["generation"]);
    assert_eq!(node(&server)["trial"], Value::Null);
    server.until("/v1/nodes/node", |_| {
        let trial = fs::read_to_string(dir.path().join("store/trials/node.json")).unwrap();
        trial.contains("executions broke within")
    });
    let before = state(&server);
    let server = restarted(server, &dir);
    assert_eq!(state(&server), before);
}

#[test]
fn a_component_that_fails_its_golden_case_does_not_serve() {
    let dir = solution(&[("node", HELLO, "golden = [\"greets.json\"]")]);
    let case = |greeting: &str| {
        json!({
            "name": "greets", "payload": {"name": "Ada"},
            "expect": {"route": "success", "result": {"greeting": greeting}},
        })
        .to_string()
    };
    dir.file("greets.json", case("Hello, Ada."));
    let server = Server::start(&dir, &[]);
    let answer = server.upload("node", fs::read(COUNTER).unwrap(), "?approve=true");
    answer.is_error(
        422,
        "component-refused",
        "golden case `greets`: expected is {\"greeting\":\"Hello, Ada.\"} at the result; found was 1",
    );
    assert_eq!(node(&server)["revision"]["generation"], 1);
    // The case is read anew for each component.
    dir.file("greets.json", "{");
    let answer = server
        .upload("node", fs::read(HELLO).unwrap(), "")
        .status(500);
    let message = answer.json()["error"]["message"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(message.contains("greets.json: "), "{message}");
    dir.file("greets.json", case("Hello, Ada."));
    upload(&server, HELLO, "");
}

#[test]
fn an_upload_needs_the_signature_that_the_solution_wants() {
    let dir = Dir::new();
    let key = dir.hospes(["key", "release.pem", "--new"]).run().code(0);
    let key = key.stdout.trim().to_owned();
    let text = format!(
        "name = \"test\"\n[node.node]\ncomponent = \"node.wasm\"\nsignature = \"node.sig\"\nsigned_by = [\"{key}\"]\n"
    );
    dir.file("hospes.toml", text);
    let sign = |component: &str| {
        let args = [
            "sign",
            "node",
            "--key",
            "release.pem",
            "--component",
            component,
        ];
        dir.hospes(args).run().code(0).stdout.trim().to_owned()
    };
    fs::copy(HELLO, dir.path().join("node.wasm")).unwrap();
    dir.file("node.sig", sign("node.wasm"));
    let mut server = Server::start(&dir, &["--store", "store", "--watch"]);
    let first = node(&server)["revision"].clone();
    let put = |server: &Server, signature: &str| {
        let request = Request::upload("node", fs::read(COUNTER).unwrap(), "?approve=true");
        server.send(&request.header("Hospes-Signature", signature))
    };
    let refused = server.upload("node", fs::read(COUNTER).unwrap(), "?approve=true");
    let words = "the signature is for the component ";
    let message = refused.status(422).json()["error"]["message"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(message.starts_with(words), "{message}");
    put(&server, "ed25519").is_error(
        400,
        "invalid-request",
        "hospes-signature: not a signature: one reads `component=sha256:... grants=sha256:... ed25519=...`",
    );
    assert_eq!(node(&server)["revision"], first);
    let second = put(&server, &sign(COUNTER)).status(200).json()["revision"].clone();
    // The watched file, whose signature comes after it.
    fs::copy(CONTEXT, dir.file("fresh.wasm", "")).unwrap();
    fs::rename(dir.path().join("fresh.wasm"), dir.path().join("node.wasm")).unwrap();
    server.logged(|line| {
        let message = line["message"].as_str().unwrap_or_default();
        message.starts_with(
            "not applied, what serves goes on serving: the signature is for the component ",
        )
    });
    dir.file("node.sig", sign(CONTEXT));
    server.logged(|line| {
        line["message"] == "published"
            && line["generation"].as_u64() > second["generation"].as_u64()
    });
    // Signatures and component that change together are one swap.
    let lines = hows(&server).len();
    dir.file("node.sig", format!("{}\n{}\n", sign(CONTEXT), sign(HELLO)));
    fs::copy(HELLO, dir.file("fresh.wasm", "")).unwrap();
    fs::rename(dir.path().join("fresh.wasm"), dir.path().join("node.wasm")).unwrap();
    server.logged(|line| line["message"] == "published" && line["digest"] == first["digest"]);
    // Another file's turn comes after theirs.
    let toml = fs::read_to_string(dir.path().join("hospes.toml")).unwrap();
    dir.file(
        "hospes.toml",
        format!("{toml}[node.other]\ncomponent = \"node.wasm\"\n"),
    );
    server.logged(|line| line["message"] == "published" && line["node"] == "other");
    assert_eq!(hows(&server).len(), lines + 1);
    // What comes back from the store is checked too, and its signature is there.
    let before = node(&server)["revision"].clone();
    server.signal("KILL");
    server.wait();
    let server = Server::start(&dir, &["--store", "store"]);
    assert_eq!(node(&server)["revision"], before);
}
