//! The way back over HTTP, and over a restart: nothing that was taken from a
//! node comes back by itself, or by hand without a word.

use std::fs;

use hospes_artifacts::{BREAKS, HELLO};
use serde_json::{Value, json};

use super::server::{Server, solution};
use crate::dir::Dir;

const STORE: &[&str] = &["--store", "store", "--cache", "cache"];
const WIDE: &str = "allow = [\"GET https://a.example\"]\n";
const PROTECTED: &str = "[node.node.protection]\nfaults = 3\nrest = \"60m\"\n";

fn node(server: &Server) -> Value {
    server.get("/v1/nodes/node").status(200).json()
}

fn restarted(mut server: Server, dir: &Dir) -> Server {
    server.signal("KILL");
    server.wait();
    Server::start(dir, STORE)
}

/// Writes the solution file anew, with another component if there is one.
fn rewrite(dir: &Dir, component: Option<&str>, more: &str) {
    let text =
        format!("name = \"test\"\n[node.node]\ncomponent = \"node.wasm\"\n{more}{PROTECTED}");
    dir.file("hospes.toml", text);
    if let Some(component) = component {
        fs::copy(component, dir.path().join("node.wasm")).unwrap();
    }
}

fn burst(server: &Server) {
    for _ in 0..3 {
        server.execute("node", &json!("trap")).status(502);
    }
}

#[test]
fn a_rule_that_was_taken_back_stays_away_after_a_burst_and_a_restart() {
    let dir = solution(&[("node", HELLO, &format!("{WIDE}{PROTECTED}"))]);
    let server = Server::start(&dir, STORE);
    let first = node(&server);
    rewrite(&dir, Some(BREAKS), "");
    let mut server = restarted(server, &dir);
    let narrow = node(&server);
    assert_ne!(narrow["policy"], first["policy"]);
    burst(&server);
    server.logged(|line| line["message"] == "rolled back automatically");
    let check = |server: &Server| {
        let now = node(server);
        assert_eq!(now["revision"]["digest"], first["revision"]["digest"]);
        assert_eq!(now["policy"], narrow["policy"]);
        server.execute("node", &json!({"name": "Ada"})).status(200);
    };
    check(&server);
    let server = restarted(server, &dir);
    check(&server);

    // By hand, from the store and from memory: with a word.
    let to = first["revision"]["generation"].as_u64().unwrap();
    let path = format!("/v1/nodes/node/rollback?to={to}");
    let answer = server.admin("POST", &path);
    answer.is_error(
        409,
        "needs-approval",
        "the earlier revision has more than the one that serves: rule GET https://a.example",
    );
    let changes = answer.json()["error"]["changes"].clone();
    assert_eq!(changes["wider"], json!(["rule GET https://a.example"]));
    check(&server);
    let path = format!("{path}&approve=true");
    server.admin("POST", &path).status(200);
    assert_eq!(node(&server)["policy"], first["policy"]);
    let server = restarted(server, &dir);
    assert_eq!(node(&server)["policy"], first["policy"]);
}

#[test]
fn a_burst_of_a_node_whose_rules_were_taken_back_sets_it_aside() {
    let dir = solution(&[("node", BREAKS, &format!("{WIDE}{PROTECTED}"))]);
    let server = Server::start(&dir, STORE);
    rewrite(&dir, None, "");
    let mut server = restarted(server, &dir);
    let narrow = node(&server);
    burst(&server);
    let line = server.logged(|line| line["message"] == "quarantined");
    assert_eq!(
        line["detail"],
        "3 of 3 executions broke within 30s, the last one with `trap`; what served before is the same component with \
         other grants"
    );
    // And after a restart, which forgets that it was set aside.
    let server = restarted(server, &dir);
    burst(&server);
    server.execute("node", &json!("well")).status(503);
    assert_eq!(node(&server)["policy"], narrow["policy"]);
}

#[test]
fn nothing_comes_back_without_the_signature_that_is_wanted_now() {
    let dir = solution(&[("node", HELLO, PROTECTED)]);
    let server = Server::start(&dir, STORE);
    let first = node(&server)["revision"].clone();
    let key = dir.hospes(["key", "release.pem", "--new"]).run().code(0);
    let key = key.stdout.trim().to_owned();
    let signed = format!("signature = \"node.sig\"\nsigned_by = [\"{key}\"]\n");
    rewrite(&dir, Some(BREAKS), &signed);
    dir.file("node.sig", "");
    let args = [
        "sign",
        "node",
        "--key",
        "release.pem",
        "--component",
        BREAKS,
    ];
    let signature = dir.hospes(args).run().code(0).stdout;
    dir.file("node.sig", signature);
    let mut server = restarted(server, &dir);
    let second = node(&server)["revision"].clone();
    assert_ne!(second["digest"], first["digest"]);
    burst(&server);
    let line = server.logged(|line| line["message"] == "quarantined");
    let detail = line["detail"].as_str().unwrap();
    assert!(
        detail.contains("what served before may not serve now: the signature is for the component"),
        "{detail}"
    );
    let path = format!(
        "/v1/nodes/node/rollback?approve=true&to={}",
        first["generation"]
    );
    let refused = |server: &Server| {
        let error = server.admin("POST", &path).status(422).json()["error"].clone();
        assert_eq!(error["code"], "component-refused");
        assert_eq!(node(server)["revision"], second);
    };
    refused(&server);
    let server = restarted(server, &dir);
    refused(&server);
    burst(&server);
    server.execute("node", &json!("well")).status(503);
    assert_eq!(node(&server)["revision"], second);
}
