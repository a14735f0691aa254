//! Two people for a change: one uploads, the other approves.

use std::fs;

use hospes_artifacts::{CONTEXT, COUNTER, HELLO};
use serde_json::json;

use super::callers::as_caller;
use super::server::{Answer, Request, Server, TOKEN, solution};

const APPROVER: &str = "the token of the approver";

/// A server with a node that serves, and an approver.
fn server(dir: &crate::dir::Dir, args: &[&str]) -> Server {
    let command = dir.hospes(["serve", "--listen", "127.0.0.1:0", "--token", "env:TOKEN"]);
    let command = command.args(args).args(["--approve-token", "env:APPROVER"]);
    Server::run(command.env("TOKEN", TOKEN).env("APPROVER", APPROVER))
}

fn approve(id: &str) -> Request {
    Request::new("POST", &format!("/v1/nodes/node/approvals/{id}"))
}

fn list() -> Request {
    Request::new("GET", "/v1/nodes/node/approvals")
}

/// The id of a change that needs approval.
fn held(answer: &Answer) -> String {
    assert_eq!(answer.status, 409, "{answer:?}");
    let error = &answer.json()["error"];
    assert_eq!(error["code"], "needs-approval");
    error["approval"].as_str().unwrap().to_owned()
}

#[test]
fn who_uploads_does_not_approve_and_who_approves_does_not_upload() {
    let dir = solution(&[("node", HELLO, "")]);
    let server = server(&dir, &[]);
    let counter = fs::read(COUNTER).unwrap();
    let id = held(&server.upload("node", &counter, ""));

    // The operator alone gets no further.
    let answer = server.upload("node", &counter, "?approve=true");
    answer.is_error(
        403,
        "forbidden",
        "this server has an approver: leave `approve` out, and have the change approved with the approver's token",
    );
    let answer = server.admin("POST", "/v1/nodes/node/rollback?approve=true");
    assert_eq!(answer.status, 403);
    let answer = server.send(&approve(&id).token());
    let message = "this needs the approver's token";
    answer.is_error(403, "forbidden", message);
    server.send(&approve(&id)).status(401);
    assert_eq!(held(&server.upload("node", &counter, "")), id);

    // Nor does the approver.
    let upload = as_caller(Request::upload("node", &counter, ""), APPROVER);
    let message = "this needs the operator's token";
    server.send(&upload).is_error(403, "forbidden", message);

    // Both see what it is about.
    for token in [TOKEN, APPROVER] {
        let approvals = server.send(&as_caller(list(), token)).status(200).json();
        let one = &approvals["approvals"][0];
        assert_eq!(one["id"], *id);
        assert_eq!(
            (&one["serving"], &one["approved"]),
            (&json!(1), &json!(false))
        );
        assert_ne!(one["lines"], json!([]));
        assert_eq!(approvals["approvals"].as_array().unwrap().len(), 1);
    }
    server.send(&list()).status(401);

    // Approved is one change, once.
    let approved = server.send(&as_caller(approve(&id), APPROVER)).status(200);
    assert_eq!(approved.json()["approved"], true);
    let other = held(&server.upload("node", fs::read(CONTEXT).unwrap(), ""));
    assert_ne!(other, id);
    server.upload("node", &counter, "?why=together").status(200);
    let hello = fs::read(HELLO).unwrap();
    server.upload("node", &hello, "").status(200);
    let again = held(&server.upload("node", &counter, ""));
    assert_ne!(again, id, "something else serves than when it was approved");
}

#[test]
fn what_cannot_be_approved_is_said() {
    let dir = solution(&[("node", HELLO, ""), ("other", HELLO, "")]);
    let server = server(&dir, &[]);
    let id = held(&server.upload("node", fs::read(COUNTER).unwrap(), ""));
    let none = "0".repeat(64);
    let answer = server.send(&as_caller(approve(&none), APPROVER));
    let message = format!("`node` has no change `{none}` that waits for approval");
    answer.is_error(404, "unknown-approval", &message);
    let elsewhere = Request::new("POST", &format!("/v1/nodes/other/approvals/{id}"));
    let answer = server.send(&as_caller(elsewhere, APPROVER));
    assert_eq!(answer.json()["error"]["code"], "unknown-approval");
    let nowhere = Request::new("GET", "/v1/nodes/none/approvals");
    let answer = server.send(&as_caller(nowhere, APPROVER));
    assert_eq!(answer.json()["error"]["code"], "unknown-node");
}

#[test]
fn without_an_approver_the_operator_approves() {
    let dir = solution(&[("node", HELLO, "")]);
    let server = Server::start(&dir, &[]);
    let counter = fs::read(COUNTER).unwrap();
    let answer = server.upload("node", &counter, "").status(409);
    assert_eq!(answer.json()["error"].get("approval"), None);
    let approvals = server.send(&list().token()).status(200);
    assert_eq!(approvals.json(), json!({"approvals": []}));
    let answer = server.send(&approve("00").token());
    answer.is_error(
        403,
        "forbidden",
        "this server has no approver: repeat the change with `approve=true`",
    );
    server.upload("node", &counter, "?approve=true").status(200);
}

#[test]
fn a_rollback_that_widens_waits_for_the_approver_too() {
    let allow = "allow = [\"GET https://a.example\"]\n";
    let dir = solution(&[("node", HELLO, allow)]);
    let args = ["--store", "store"];
    drop(server(&dir, &args));
    let text = fs::read_to_string(dir.path().join("hospes.toml")).unwrap();
    dir.file("hospes.toml", text.replace(allow, ""));
    let server = server(&dir, &args);
    let back = || server.admin("POST", "/v1/nodes/node/rollback?to=1");
    let id = held(&back());
    server.send(&as_caller(approve(&id), APPROVER)).status(200);
    back().status(200);
    // From memory, as well.
    let narrow = server.admin("POST", "/v1/nodes/node/rollback?to=2");
    narrow.status(200);
    let id = held(&back());
    server.send(&as_caller(approve(&id), APPROVER)).status(200);
    back().status(200);
}
