//! Components that are too much for the compiler, sent to a server.

use hospes_artifacts::HELLO;
use serde_json::json;

use super::server::{Server, solution};
use crate::compiler::hungry;

#[test]
fn a_server_compiles_apart_and_goes_on_when_that_is_too_much() {
    let patience = "[node.node.limits]\ncompile = \"10m\"";
    let dir = solution(&[("node", HELLO, patience)]);
    let server = Server::start(&dir, &["--compile-memory", "400MiB"]);
    server.upload("node", hungry(), "").is_error(
        422,
        "component-refused",
        "the component needs more than 400MiB of memory to compile, or breaks the compiler",
    );
    let answer = server.execute("node", &json!({})).status(200).json();
    assert_eq!(answer["result"], json!({"greeting": "Hello, world."}));
}
