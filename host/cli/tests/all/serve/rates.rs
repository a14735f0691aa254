//! How much each caller may ask for, and each address without a token.

use std::io::Write;

use hospes_artifacts::{ENDLESS_SLEEP, HELLO};
use serde_json::json;

use super::callers::{as_caller, private};
use super::server::{Request, Server, solution};
use crate::dir::Dir;

const CRM: &str = "the token of the crm, 1";
const SHOP: &str = "the token of the shop, 1";

fn callers() -> Dir {
    let limits = "[node.sleeps.limits]\ndeadline = \"60m\"";
    let dir = solution(&[("hello", HELLO, ""), ("sleeps", ENDLESS_SLEEP, limits)]);
    private(&dir, "crm", CRM);
    private(&dir, "shop", SHOP);
    dir
}

fn hello() -> Request {
    Request::execute("hello", &json!({"name": "Ada"}))
}

#[test]
fn who_asks_too_often_waits_and_nobody_else_does() {
    let dir = callers();
    dir.file(
        "callers.toml",
        "[caller.crm]\ntokens = [\"file:crm\"]\nnodes = [\"*\"]\nrate = 1\n\
         [caller.shop]\ntokens = [\"file:shop\"]\nnodes = [\"*\"]\n",
    );
    let server = Server::start(&dir, &["--callers", "callers.toml", "--peer-rate", "1"]);
    let crm = || server.send(&as_caller(hello(), CRM));
    // However long one takes: of so many, some come too early.
    let answers: Vec<_> = (0..40).map(|_| crm()).collect();
    assert_eq!(answers[0].status, 200);
    let refused: Vec<_> = answers
        .iter()
        .filter(|answer| answer.status != 200)
        .collect();
    assert!(!refused.is_empty());
    for answer in refused {
        assert_eq!(answer.header("retry-after"), Some("1"));
        let words = "the caller `crm` has reached its rate limit: try again after `Retry-After`";
        answer.is_error(429, "too-many-requests", words);
    }
    // Others go on meanwhile, on the same address; and so does the operator.
    for _ in 0..40 {
        server.send(&as_caller(hello(), SHOP)).status(200);
        server.send(&hello().token()).status(200);
    }
    // Who guesses tokens has those of his address only; health is always told.
    let guesses = (0..40).map(|_| server.send(&as_caller(hello(), "of nobody")));
    let mut statuses: Vec<u16> = guesses.map(|answer| answer.status).collect();
    statuses.sort();
    statuses.dedup();
    assert_eq!(statuses, [401, 429]);
    for _ in 0..40 {
        server.get("/healthz").status(200);
    }
    server.send(&as_caller(hello(), SHOP)).status(200);
}

#[test]
fn what_runs_for_a_caller_is_bounded_until_it_is_over() {
    let dir = callers();
    let args = [
        "--execute-token",
        "file:crm",
        "--execute-token",
        "file:shop",
    ];
    let args = [&args[..], &["--caller-concurrency", "2"]].concat();
    let server = Server::start(&dir, &args);
    let begin = |events: bool| {
        let request = as_caller(Request::execute("sleeps", &json!(1)), CRM);
        let request = match events {
            true => request.header("Accept", "text/event-stream"),
            false => request,
        };
        let mut stream = server.connect();
        stream.write_all(&request.bytes(server.address())).unwrap();
        stream
    };
    let running = |count: u64| {
        loop {
            let node = server.admin("GET", "/v1/nodes/sleeps").json();
            if node["running"] == count {
                break;
            }
            std::thread::yield_now();
        }
    };
    // A stream counts for as long as it lasts.
    let (plain, stream) = (begin(false), begin(true));
    running(2);
    let words = "the caller `crm` has reached its rate limit: try again after `Retry-After`";
    let answer = server.send(&as_caller(hello(), CRM));
    answer.is_error(429, "too-many-requests", words);
    server.send(&as_caller(hello(), SHOP)).status(200);
    drop(stream);
    running(1);
    loop {
        // Its place is free a moment after its execution has ended.
        if server.send(&as_caller(hello(), CRM)).status == 200 {
            break;
        }
    }
    drop(plain);
}

#[test]
fn who_hangs_up_on_a_session_has_its_place_until_its_node_has_ended() {
    let dir = callers();
    dir.file(
        "sleep.toml",
        "start = \"ask\"\n[step.ask]\ncollect = [{ name = \"name\", kind = \"text\", prompt = \"Who?\" }]\n\
         next = \"sleep\"\nfailure = \"done\"\n[step.sleep]\naction = \"sleeps\"\npayload = { name = \"{name}\" }\n\
         success = \"done\"\nfailure = \"done\"\n[step.done]\nend = \"done\"\n",
    );
    let toml = std::fs::read_to_string(dir.path().join("hospes.toml")).unwrap();
    dir.file(
        "hospes.toml",
        toml + "[flow.sleep]\nfile = \"sleep.toml\"\n",
    );
    let args = ["--execute-token", "file:crm", "--caller-concurrency", "1"];
    let server = Server::start(&dir, &args);
    let post = |path: &str, body: &str| {
        let request = Request::new("POST", path).header("Content-Type", "application/json");
        as_caller(request.body(body), CRM)
    };
    let started = server
        .send(&post("/v1/flows/sleep/sessions", "{}"))
        .status(201);
    let id = started.json()["session"]["id"].clone();
    let path = format!("/v1/sessions/{}/answer", id.as_str().unwrap());
    let answer = post(&path, "{\"turn\": 1, \"answer\": \"Ada\"}");
    let mut stream = server.connect();
    stream.write_all(&answer.bytes(server.address())).unwrap();
    while server.admin("GET", "/v1/nodes/sleeps").json()["running"] != 1 {
        std::thread::yield_now();
    }
    drop(stream);
    // Sooner or later the server sees that the client is gone: it changes nothing.
    for _ in 0..50 {
        server.send(&as_caller(hello(), CRM)).status(429);
    }
}

#[test]
fn behind_a_proxy_each_client_is_its_own_peer_and_nobody_goes_past_it() {
    let dir = callers();
    let proxied = ["--peer-rate", "1", "--behind-proxy", "127.0.0.1"];
    let mut server = Server::start(&dir, &proxied);
    let from = |client: &str| server.send(&hello().header("X-Forwarded-For", client));
    let spent = |client: &str| (0..40).any(|_| from(client).status == 429);
    assert!(spent("192.0.2.1"));
    assert!(spent("198.51.100.9, 192.0.2.1"));
    from("192.0.2.2").status(200);
    // Without a value, the proxy is on this machine.
    let local = Server::start(&dir, &["--behind-proxy", "--peer-rate", "1"]);
    let from = |client: &str| local.send(&hello().header("X-Forwarded-For", client));
    assert!((0..40).any(|_| from("192.0.2.1").status == 429));
    from("192.0.2.2").status(200);
    // The header is a stranger's word where no proxy is named; here, another one is.
    server.logged(|line| line["peer"] == "192.0.2.2");
    let server = Server::start(&dir, &["--behind-proxy", "192.0.2.0/24"]);
    let words = "requests have to come through this server's proxy";
    let past = server.send(&hello().header("X-Forwarded-For", "192.0.2.1"));
    past.is_error(403, "past-the-proxy", words);
    server.get("/healthz").status(200);
    server.get("/readyz").status(200);
}
