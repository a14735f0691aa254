//! How many sessions there are, whose they are, and how they are kept.

use std::fs;

use hospes_artifacts::HELLO;
use serde_json::{Value, json};

use super::callers::{as_caller, private};
use super::server::{Answer, Request, Server, solution};
use crate::dir::Dir;

const CRM: &str = "the token of the crm, 1";
const SHOP: &str = "the token of the shop, 1";
const KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

/// A flow that asks two questions.
fn asking() -> Dir {
    let dir = solution(&[("hello", HELLO, "[flow.ask]\nfile = \"ask.toml\"")]);
    let field =
        |name: &str| format!("{{ name = \"{name}\", kind = \"text\", prompt = \"{name}?\" }}");
    let (first, second) = (field("name"), field("city"));
    dir.file(
        "ask.toml",
        format!(
            "start = \"ask\"\n[step.ask]\ncollect = [{first}, {second}]\nnext = \"done\"\nfailure = \"done\"\n\
             [step.done]\nend = \"done\"\n"
        ),
    );
    private(&dir, "crm", CRM);
    private(&dir, "shop", SHOP);
    dir
}

fn post(path: &str, body: &Value) -> Request {
    Request::new("POST", path)
        .header("Content-Type", "application/json")
        .body(body.to_string())
}

/// Starts a session, or tells why not.
fn start(server: &Server, token: &str) -> Answer {
    server.send(&as_caller(
        post("/v1/flows/ask/sessions", &json!({})),
        token,
    ))
}

fn path(answer: Answer) -> String {
    let started = answer.status(201).json();
    format!(
        "/v1/sessions/{}",
        started["session"]["id"].as_str().unwrap()
    )
}

fn answer(server: &Server, path: &str, turn: u64, token: &str) -> Answer {
    let body = json!({"turn": turn, "answer": "Ada"});
    server.send(&as_caller(post(&format!("{path}/answer"), &body), token))
}

fn files(dir: &Dir) -> usize {
    let sessions = fs::read_dir(dir.path().join("store/sessions")).unwrap();
    sessions.count()
}

#[test]
fn no_number_of_starts_throws_out_anybody_who_has_answered() {
    let dir = asking();
    let server = Server::start(&dir, &["--sessions", "4", "--store", "store"]);
    let begin = || path(start(&server, "of nobody"));
    let mine = begin();
    answer(&server, &mine, 1, "of nobody").status(200);
    // The ones that nobody has answered make room for one another.
    for _ in 0..40 {
        begin();
    }
    let others: Vec<String> = (0..3).map(|_| begin()).collect();
    for other in &others {
        answer(&server, other, 1, "of nobody").status(200);
    }
    let words =
        "there is room for 4 sessions, and all of them are in use: try again after `Retry-After`";
    let full = start(&server, "of nobody");
    assert_eq!(full.header("retry-after"), Some("1"));
    full.is_error(503, "sessions-full", words);
    let ended = answer(&server, &mine, 2, "of nobody").status(200).json();
    assert_eq!(ended["session"]["end"], "done");
    // What is over makes room, too.
    begin();
    server.get(&mine).status(404);
    for other in others {
        server.get(&other).status(200);
    }
}

#[test]
fn a_caller_has_no_more_sessions_than_its_quota_and_takes_none_of_others() {
    let dir = asking();
    dir.file(
        "callers.toml",
        "[caller.crm]\ntokens = [\"file:crm\"]\nflows = [\"ask\"]\nsessions = 2\n\
         [caller.shop]\ntokens = [\"file:shop\"]\nflows = [\"ask\"]\n",
    );
    let server = Server::start(&dir, &["--sessions", "8", "--callers", "callers.toml"]);
    let shop = path(start(&server, SHOP));
    for _ in 0..20 {
        path(start(&server, CRM));
    }
    answer(&server, &shop, 1, SHOP).status(200);
    for _ in 0..2 {
        let crm = path(start(&server, CRM));
        answer(&server, &crm, 1, CRM).status(200);
    }
    let words = "this caller may have 2 sessions at once, and all of them are in use: try again after `Retry-After`";
    start(&server, CRM).is_error(503, "sessions-full", words);
    // Half of all is what a caller has of whom nothing else is said.
    for _ in 0..3 {
        let more = path(start(&server, SHOP));
        answer(&server, &more, 1, SHOP).status(200);
    }
    let words = words.replace("may have 2", "may have 4");
    start(&server, SHOP).is_error(503, "sessions-full", &words);
}

#[test]
fn what_people_said_is_encrypted_with_the_operators_key() {
    let dir = asking();
    private(&dir, "key", KEY);
    let args = ["--store", "store", "--session-key", "file:key"];
    let server = Server::start(&dir, &args);
    let mine = path(start(&server, "of nobody"));
    answer(&server, &mine, 1, "of nobody").status(200);
    drop(server);
    let sessions = dir.path().join("store/sessions");
    for file in fs::read_dir(&sessions).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(3).any(|part| part == b"Ada"));
    }
    // Without the right key nothing starts, and nothing is lost.
    private(&dir, "other", &KEY.replace('0', "f"));
    let name = mine.rsplit('/').next().unwrap();
    let words = format!(
        "error: store/sessions/{name}.json: the session is encrypted with a key that was not given: give \
         it with --session-key\n"
    );
    let serve = |args: &[&str]| dir.hospes(["serve", "--listen", "127.0.0.1:0"]).args(args);
    for args in [
        &["--store", "store"][..],
        &["--store", "store", "--session-key", "file:other"],
    ] {
        let ended = serve(args).run().code(2);
        assert!(ended.stderr.ends_with(&words), "{}", ended.stderr);
        assert_eq!(files(&dir), 1);
    }
    private(&dir, "short", &KEY[1..]);
    let ended = serve(&["--store", "store", "--session-key", "file:short"]).run();
    let words =
        "error: --session-key: a key is 64 hexadecimal digits: `openssl rand -hex 32` makes one\n";
    assert!(ended.code(2).stderr.ends_with(words));
    let server = Server::start(&dir, &args);
    let ended = answer(&server, &mine, 2, "of nobody").status(200).json();
    assert_eq!(ended["session"]["end"], "done");
    assert_eq!(files(&dir), 0);
}
