//! Following files while the server runs.

use std::fs;
use std::io::Write;

use hospes_artifacts::{CONTEXT, COUNTER, FETCH, HELLO};
use serde_json::{Value, json};

use super::server::{Server, solution};
use crate::dir::Dir;

fn digest(server: &Server) -> Value {
    server.get("/v1/nodes/node").status(200).json()["revision"]["digest"].clone()
}

/// A file renamed over the component, as a build or a deployment does it.
fn replace(dir: &Dir, content: &[u8]) {
    let fresh = dir.file("node.wasm.new", content);
    fs::rename(fresh, dir.path().join("node.wasm")).unwrap();
}

fn published(server: &mut Server) -> Value {
    server.logged(|line| line["message"] == "published")
}

#[test]
fn a_component_is_taken_over_when_it_is_whole() {
    let dir = solution(&[("node", CONTEXT, "")]);
    let mut server = Server::start(&dir, &["--watch"]);
    published(&mut server);
    let (counter, context) = (fs::read(COUNTER).unwrap(), fs::read(CONTEXT).unwrap());
    let first = digest(&server);

    // Renamed into its place.
    replace(&dir, &counter);
    assert_eq!(published(&mut server)["generation"], 2);
    let second = digest(&server);
    assert_ne!(second, first);

    // A burst of saves: only what is left in the end has to serve.
    for round in 0..20 {
        let content = if round % 2 == 0 { &counter } else { &context };
        fs::write(dir.path().join("node.wasm"), content).unwrap();
    }
    let line = server.logged(|line| line["message"] == "published" && line["digest"] != second);
    let third = line["digest"].clone();
    assert_eq!(digest(&server), third);

    // Broken: reported once, and what serves goes on serving.
    replace(&dir, b"broken");
    let line = server.logged(|line| line["level"] == "ERROR");
    assert_eq!(
        line["message"],
        "not applied, what serves goes on serving: this is not a component: it is not a WebAssembly file"
    );
    assert_eq!(line["node"], "node");
    assert_eq!(digest(&server), third);
    replace(&dir, b"broken");

    // Half-written, and the rest later.
    let mut file = fs::File::create(dir.path().join("node.wasm")).unwrap();
    file.write_all(&counter[..counter.len() / 2]).unwrap();
    let line = server.logged(|line| line["level"] == "ERROR");
    let message = line["message"].as_str().unwrap();
    assert!(
        message.contains("the component does not compile: "),
        "{message}"
    );
    file.write_all(&counter[counter.len() / 2..]).unwrap();
    published(&mut server);
    assert_eq!(digest(&server), second);

    // Gone: what serves goes on serving.
    fs::remove_file(dir.path().join("node.wasm")).unwrap();
    server.logged(|line| line["message"] == "the file is gone; what serves goes on serving");
    server.execute("node", &json!({})).status(200);
}

#[test]
fn a_file_says_nothing_about_what_somebody_agreed_to() {
    let dir = solution(&[("node", HELLO, "")]);
    let mut server = Server::start(&dir, &["--watch"]);
    let before = digest(&server);
    replace(&dir, &fs::read(FETCH).unwrap());
    let line = server.logged(|line| line["level"] == "ERROR");
    let message = line["message"].as_str().unwrap();
    let words = "not applied, what serves goes on serving: the component has more than the one that serves: ";
    assert!(message.starts_with(words), "{message}");
    assert_eq!(digest(&server), before);
    server
        .upload("node", fs::read(FETCH).unwrap(), "?approve=true")
        .status(200);
}

#[test]
fn the_solution_file_is_taken_over_whole_or_not_at_all() {
    let dir = solution(&[("node", HELLO, ""), ("other", CONTEXT, "")]);
    let mut server = Server::start(&dir, &["--watch", "--store", "store"]);
    published(&mut server);
    published(&mut server);
    let policy = |server: &Server| server.get("/v1/nodes/node").json()["policy"].clone();
    let before = policy(&server);
    let write = |text: &str| {
        let fresh = dir.file("fresh.toml", format!("name = \"test\"\n{text}"));
        fs::rename(fresh, dir.path().join("hospes.toml")).unwrap();
    };
    // One fault, and nothing of it is taken over.
    write(
        "[node.node]\ncomponent = \"node.wasm\"\nallow = [\"GET https://a.example\"]\n[node.other]\ncomponnt = \"x\"\n",
    );
    let line = server.logged(|line| line["level"] == "ERROR");
    let message = line["message"].as_str().unwrap();
    assert!(
        message.starts_with("not applied, nothing is changed: the solution has "),
        "{message}"
    );
    assert!(message.contains("did you mean `component`?"), "{message}");
    assert_eq!(policy(&server), before);
    server.get("/v1/nodes/other").status(200);

    // Another policy, a node less, and a new one.
    write(
        "[node.node]\ncomponent = \"node.wasm\"\nallow = [\"GET https://a.example\"]\n[node.new]\ncomponent = \"other.wasm\"\n",
    );
    server.logged(|line| line["message"] == "published" && line["node"] == "new");
    let line = server.logged(|line| line["message"] == "published" && line["node"] == "node");
    assert_eq!(line["detail"], "swapped for generation 1");
    assert_ne!(policy(&server), before);
    server.get("/v1/nodes/other").status(404);
    server.get("/v1/nodes/new").status(200);
    // The new node's file is watched too.
    fs::copy(COUNTER, dir.path().join("other.wasm")).unwrap();
    server.logged(|line| line["message"] == "published" && line["node"] == "new");
}
