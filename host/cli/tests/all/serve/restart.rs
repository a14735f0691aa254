//! A server that is killed and comes back with exactly what served before.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use hospes_artifacts::{CONTEXT, COUNTER, FETCH, HELLO};
use serde_json::{Value, json};

use super::server::{Request, Server, solution};
use crate::dir::Dir;

const STORE: &[&str] = &["--store", "store", "--cache", "cache"];

fn node(server: &Server, name: &str) -> Value {
    let node = server.get(&format!("/v1/nodes/{name}")).status(200).json();
    json!({"revision": node["revision"], "policy": node["policy"]})
}

/// Ends a server without warning.
fn kill(mut server: Server) {
    server.signal("KILL");
    server.wait();
}

fn manifests(dir: &Dir, node: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir.path().join("store/revisions").join(node)).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

#[test]
fn a_killed_server_comes_back_with_what_served() {
    let dir = solution(&[
        ("node", HELLO, "allow = [\"GET https://a.example\"]"),
        ("other", HELLO, ""),
    ]);
    let mut expected = None;
    let components = [COUNTER, CONTEXT, FETCH, HELLO].map(|path| fs::read(path).unwrap());
    for component in &components {
        let server = Server::start(&dir, STORE);
        if let Some(expected) = &expected {
            assert_eq!(node(&server, "node"), *expected);
        }
        let changed = server
            .upload("node", component, "?approve=true")
            .status(200)
            .json();
        let serves = node(&server, "node");
        assert_eq!(serves["revision"], changed["revision"]);
        expected = Some(serves);
        kill(server);
    }
    // A rollback and a removal come back too.
    let server = Server::start(&dir, STORE);
    server
        .admin("POST", "/v1/nodes/node/rollback?why=x")
        .status(200);
    server.admin("DELETE", "/v1/nodes/other").status(200);
    let back = node(&server, "node");
    kill(server);
    let server = Server::start(&dir, STORE);
    assert_eq!(node(&server, "node"), back);
    server.get("/v1/nodes/other").status(404);

    // The history goes on, and everything of it can be taken back.
    let answer = server
        .admin("GET", "/v1/nodes/node/history")
        .status(200)
        .json();
    let history = answer["history"].as_array().unwrap();
    let how: Vec<&Value> = history.iter().map(|line| &line["how"]).collect();
    assert_eq!(
        how,
        [
            "loaded",
            "uploaded",
            "uploaded",
            "uploaded",
            "uploaded",
            "rolled-back"
        ]
    );
    let generations: Vec<u64> = history
        .iter()
        .map(|line| line["revision"]["generation"].as_u64().unwrap())
        .collect();
    assert!(
        generations.is_sorted_by(|one, two| one < two),
        "{generations:?}"
    );
    for line in history {
        let path = format!(
            "/v1/nodes/node/rollback?to={}",
            line["revision"]["generation"]
        );
        let changed = server.admin("POST", &path).status(200).json();
        assert_eq!(changed["revision"]["digest"], line["revision"]["digest"]);
    }
}

#[test]
fn a_server_killed_in_the_middle_of_uploads_comes_back_whole() {
    let dir = solution(&[("node", HELLO, "")]);
    let components = [HELLO, COUNTER, CONTEXT].map(|path| fs::read(path).unwrap());
    let mut acknowledged = 0;
    for round in 0..6 {
        let server = Server::start(&dir, STORE);
        let serves = node(&server, "node")["revision"]["generation"]
            .as_u64()
            .unwrap();
        // What was answered is never lost; what was not may be there.
        assert!(serves >= acknowledged, "{serves} after {acknowledged}");
        // Two clients upload at the same time; one of them has had enough after
        // some answers, and kills the server in the middle of what the other does.
        let upload = |component: &[u8]| -> Option<Value> {
            let mut stream = TcpStream::connect(server.address()).ok()?;
            let request = Request::upload("node", component, "?approve=true");
            stream.write_all(&request.bytes(server.address())).ok()?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer).ok()?;
            serde_json::from_str(answer.split_once("\r\n\r\n")?.1).ok()
        };
        let newest = AtomicU64::new(serves);
        let note = |answer: &Value| {
            // One that was begun earlier may be told that it was superseded.
            let generation = answer["revision"]["generation"].as_u64();
            newest.fetch_max(generation.unwrap_or(0), SeqCst);
        };
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while let Some(answer) = upload(&components[round % 3]) {
                    note(&answer);
                }
            });
            for component in components.iter().cycle().take(3 + round) {
                note(&upload(component).unwrap());
            }
            server.signal("KILL");
        });
        acknowledged = newest.into_inner();
    }
    let mut server = Server::start(&dir, STORE);
    server.execute("node", &json!({"name": "Ada"})).status(200);
    server.signal("TERM");
    assert_eq!(server.wait().code(), Some(0));
}

#[test]
fn what_the_solution_says_anew_follows_what_served() {
    let dir = solution(&[("node", HELLO, "")]);
    let toml = |more: &str| {
        let text = format!("name = \"test\"\n[node.node]\ncomponent = \"node.wasm\"\n{more}");
        dir.file("hospes.toml", text);
    };
    let server = Server::start(&dir, STORE);
    let uploaded = server
        .upload("node", fs::read(COUNTER).unwrap(), "?approve=true")
        .status(200)
        .json();
    let before = node(&server, "node");
    kill(server);

    // Another policy: with the component that was uploaded.
    toml("allow = [\"GET https://a.example\"]");
    let server = Server::start(&dir, STORE);
    let after = node(&server, "node");
    assert_eq!(after["revision"]["digest"], uploaded["revision"]["digest"]);
    assert_ne!(after["policy"], before["policy"]);
    assert_ne!(
        after["revision"]["generation"],
        before["revision"]["generation"]
    );
    kill(server);

    // The same again changes nothing.
    let server = Server::start(&dir, STORE);
    assert_eq!(node(&server, "node"), after);
    kill(server);

    // Another component in the file.
    fs::copy(CONTEXT, dir.path().join("node.wasm")).unwrap();
    let server = Server::start(&dir, STORE);
    let file = node(&server, "node");
    assert_ne!(file["revision"]["digest"], after["revision"]["digest"]);
    kill(server);

    // A broken one is reported, and what served comes back.
    fs::write(dir.path().join("node.wasm"), "broken").unwrap();
    let mut server = Server::start(&dir, STORE);
    assert_eq!(node(&server, "node"), file);
    let line = server.logged(|line| line["level"] == "ERROR");
    let words = "the solution's changes are not applied: this is not a component: it is not a WebAssembly file";
    assert_eq!(line["message"], words);
}

#[test]
fn a_damaged_store_is_named_and_nothing_is_guessed() {
    let dir = solution(&[("node", HELLO, "")]);
    let server = Server::start(&dir, STORE);
    server
        .upload("node", fs::read(COUNTER).unwrap(), "?approve=true")
        .status(200);
    let process = server.id();
    let second = dir
        .hospes(["serve", "--listen", "127.0.0.1:0"])
        .args(STORE)
        .run();
    let words = format!("error: another process uses the store store: its id is {process}\n");
    second.is(2, "", &words);
    kill(server);

    let newest = manifests(&dir, "node").pop().unwrap();
    let whole = fs::read(&newest).unwrap();
    fs::write(&newest, &whole[..whole.len() / 2]).unwrap();
    let ended = dir
        .hospes(["serve", "--listen", "127.0.0.1:0"])
        .args(STORE)
        .run()
        .code(2);
    let words = format!(
        "error: node `node`: what served before is unknown: store/revisions/node/{}: its seal does not match: it was \
         changed or moved, or written without the store's key. Remove that file to return to the revision before it\n",
        newest.file_name().unwrap().display()
    );
    assert!(ended.stderr.ends_with(&words), "{}", ended.stderr);
    fs::remove_file(&newest).unwrap();
    let server = Server::start(&dir, STORE);
    assert_eq!(node(&server, "node")["revision"]["generation"], 1);
}

#[test]
fn old_revisions_go_when_there_are_too_many() {
    let dir = solution(&[("node", HELLO, "")]);
    let server = Server::start(&dir, &["--store", "store", "--keep", "3"]);
    let components = [HELLO, COUNTER, CONTEXT].map(|path| fs::read(path).unwrap());
    for round in 0..6 {
        server
            .upload("node", &components[round % 3], "?approve=true")
            .status(200);
    }
    drop(server);
    // Those of the last moment go when it starts again.
    let server = Server::start(&dir, &["--store", "store", "--keep", "3"]);
    assert_eq!(manifests(&dir, "node").len(), 3);
    assert_eq!(node(&server, "node")["revision"]["generation"], 7);
}

#[test]
fn compiled_code_is_kept_where_the_store_is_or_as_long_as_the_server() {
    let dir = solution(&[("node", HELLO, "")]);
    let server = Server::start(&dir, &["--store", "store"]);
    let kept = |at: &str| fs::read_dir(dir.path().join(at)).unwrap().count();
    // The key, and the component.
    assert_eq!(kept("store/cache"), 2);
    kill(server);
    let server = Server::start(&dir, &["--store", "store", "--cache", "cache"]);
    assert_eq!((kept("store/cache"), kept("cache")), (2, 2));
    kill(server);

    let tmp = dir.path().join("tmp");
    fs::create_dir(&tmp).unwrap();
    let command = dir.hospes(["serve", "--listen", "127.0.0.1:0"]);
    let mut server = Server::run(command.env("TMPDIR", tmp.to_str().unwrap()));
    assert_eq!(kept("tmp"), 1);
    server.signal("TERM");
    server.wait();
    assert_eq!(kept("tmp"), 0);
}

#[test]
fn no_way_back_leads_behind_a_removal_unless_it_is_named() {
    let dir = solution(&[("node", HELLO, "")]);
    let server = Server::start(&dir, STORE);
    let upload = |component: &str| {
        let component = fs::read(component).unwrap();
        let answer = server.upload("node", component, "?approve=true");
        answer.status(200).json()["revision"].clone()
    };
    let removed = upload(COUNTER);
    server.admin("DELETE", "/v1/nodes/node").status(200);
    upload(CONTEXT);
    let back = "/v1/nodes/node/rollback";
    let refused = |server: &Server| {
        let message = "`node` has no earlier revision any more";
        let answer = server.admin("POST", back);
        answer.is_error(404, "unknown-generation", message);
    };
    refused(&server);
    kill(server);
    let server = Server::start(&dir, STORE);
    refused(&server);
    let named = format!("{back}?to={}", removed["generation"]);
    let changed = server.admin("POST", &named).status(200).json();
    assert_eq!(changed["revision"]["digest"], removed["digest"]);
}
