//! Conversations over HTTP, against the strict Braze.

use std::io::Write;

use hospes_artifacts::{ENDLESS_SLEEP, HELLO};
use serde_json::{Value, json};

use super::server::{Answer, Request, Server, solution};
use crate::dir::Dir;
use crate::flow::example;
use crate::mock::Mock;

/// The example's server, with its sandbox at the mock.
pub(crate) fn onboarding(dir: &Dir, mock: &Mock, args: &[&str]) -> Server {
    let command = dir
        .hospes(["serve", "--listen", "127.0.0.1:0", "--env", "sandbox"])
        .args(args)
        .env("BRAZE_API_KEY", &mock.key);
    Server::run(command)
}

fn post(path: &str, body: &Value) -> Request {
    Request::new("POST", path)
        .header("Content-Type", "application/json")
        .body(body.to_string())
}

fn start(flow: &str, inputs: &Value) -> Request {
    post(
        &format!("/v1/flows/{flow}/sessions"),
        &json!({ "inputs": inputs }),
    )
}

/// A client that answers whatever turn it is.
struct Client<'s> {
    server: &'s Server,
    at: Value,
}

impl<'s> Client<'s> {
    fn start(server: &'s Server, flow: &str, inputs: &Value) -> Client<'s> {
        let at = server.send(&start(flow, inputs)).status(201).json();
        Client { server, at }
    }

    fn path(&self) -> String {
        format!(
            "/v1/sessions/{}",
            self.at["session"]["id"].as_str().unwrap()
        )
    }

    fn request(&self, turn: u64, text: &str) -> Request {
        let body = json!({"turn": turn, "answer": text});
        post(&format!("{}/answer", self.path()), &body)
    }

    fn turn(&self) -> u64 {
        self.at["session"]["turn"].as_u64().unwrap()
    }

    fn try_answer(&self, text: &str) -> Answer {
        self.server.send(&self.request(self.turn(), text))
    }

    fn answer(&mut self, text: &str) -> &Value {
        self.at = self.try_answer(text).status(200).json();
        self.last()
    }

    fn last(&self) -> &Value {
        self.at["outputs"].as_array().unwrap().last().unwrap()
    }

    fn events(&self) -> Vec<&str> {
        let outputs = self.at["outputs"].as_array().unwrap();
        outputs
            .iter()
            .map(|output| output["event"].as_str().unwrap())
            .collect()
    }
}

/// What is answered up to the last question.
const DETAILS: [&str; 5] = ["Ada", "Example", "ada@example.com", "10 Dec 1990", "London"];

#[test]
fn a_conversation_over_http_comes_to_its_end() {
    let dir = Dir::new();
    let mut mock = Mock::start(&dir, &json!([]), &[]);
    example(&dir, "onboarding", &mock.url);
    let server = onboarding(&dir, &mock, &[]);
    let flows = server.get("/v1/flows").status(200).json();
    assert_eq!(flows["flows"][0]["name"], "onboarding");
    let input = json!({"user_id": {"kind": "text", "choices": [], "optional": true}});
    assert_eq!(flows["flows"][0]["inputs"], input);

    let mut client = Client::start(&server, "onboarding", &json!({"user_id": "web-7"}));
    assert_eq!(client.events(), ["say", "edge", "ask"]);
    assert_eq!(client.at["session"]["state"], "asking");
    assert_eq!(
        client.at["session"]["revision"],
        flows["flows"][0]["revision"]
    );
    let path = client.path();
    assert_eq!(server.get(&path).status(200).json(), client.at);
    client.answer("Ada");
    assert_eq!(client.last()["prompt"], "And your last name, Ada?");
    client.answer("Example");
    client.answer("ada@example.com");
    // One that can't be used is asked for again, with the reason.
    let again = client.answer("3/4/1990");
    assert_eq!(again["field"], "born");
    assert_eq!(
        again["reason"],
        "`3/4/1990` can be March 4 or April 3: write 1990-03-04 or 1990-04-03."
    );
    client.answer("10 Dec 1990");
    client.answer("");
    client.answer("linux");
    assert_eq!(
        client.events(),
        ["edge", "act", "outcome", "edge", "say", "edge", "end"]
    );
    let standing = &client.at["session"];
    assert_eq!(standing["state"], "ended");
    assert_eq!(standing["end"], "signed up");
    assert_eq!(standing["failed"], false);
    let received = mock.line();
    assert_eq!(received["body"]["attributes"][0]["external_id"], "web-7");
    assert_eq!(received["body"]["attributes"][0]["dob"], "1990-12-10");
    // Executions have another id: one that may stand in logs.
    let id = standing["id"].as_str().unwrap();
    assert!(!client.at["outputs"].to_string().contains(id));
    assert!(!client.at["outputs"].to_string().contains(&mock.key));
    client
        .try_answer("more")
        .is_error(409, "session-ended", "the session is over");
    assert_eq!(server.get(&path).status(200).json(), client.at);
}

#[test]
fn what_does_not_fit_is_said() {
    let dir = Dir::new();
    let mock = Mock::start(&dir, &json!([]), &[]);
    example(&dir, "onboarding", &mock.url);
    let server = onboarding(&dir, &mock, &[]);
    server.send(&start("onbording", &json!({}))).is_error(
        404,
        "unknown-flow",
        "no flow is called `onbording`: did you mean `onboarding`?",
    );
    server
        .send(&start("onboarding", &json!({"user_ix": "x"})))
        .is_error(
            400,
            "invalid-request",
            "the flow has no input `user_ix`: did you mean `user_id`?",
        );
    let none = "there is no such session, or it was idle for too long";
    server
        .get("/v1/sessions/x")
        .is_error(404, "unknown-session", none);
    let foreign = start("onboarding", &json!({})).header("Origin", "https://evil.example");
    assert_eq!(server.send(&foreign).status, 403);

    // An answer that is sent again counts once.
    let mut client = Client::start(&server, "onboarding", &json!({}));
    client.answer("Ada");
    let again = server.send(&client.request(1, "Ada"));
    let standing = again.json()["error"]["session"].clone();
    again.is_error(
        409,
        "stale-turn",
        "the answer is to turn 1, but the session is at turn 2",
    );
    assert_eq!(standing, client.at["session"]);
}

/// A flow that calls a node which never ends by itself.
fn sleeper(more: &str) -> Dir {
    let limits = "[node.sleeps.limits]\ndeadline = \"60m\"\n[flow.sleep]\nfile = \"sleep.toml\"";
    let dir = solution(&[("hello", HELLO, ""), ("sleeps", ENDLESS_SLEEP, limits)]);
    dir.file("sleep.toml", flow(more));
    dir
}

fn flow(prompt: &str) -> String {
    format!(
        "start = \"ask\"\n[step.ask]\ncollect = [{{ name = \"name\", kind = \"text\", prompt = \"{prompt}\" }}]\n\
         next = \"sleep\"\nfailure = \"bad\"\n[step.sleep]\naction = \"sleeps\"\npayload = {{ name = \"{{name}}\" }}\n\
         success = \"good\"\nfailure = \"bad\"\non = {{ unknown = \"lost\" }}\n[step.good]\nend = \"good\"\n\
         [step.bad]\nend = \"bad\"\nfailed = true\n[step.lost]\nend = \"lost\"\nfailed = true\n"
    )
}

#[cfg(unix)]
#[test]
fn a_killed_server_goes_on_and_calls_nothing_twice() {
    let dir = sleeper("Who?");
    let args = ["--store", "store", "--sessions", "2"];
    let server = Server::start(&dir, &args);
    let idle = Client::start(&server, "sleep", &json!({})).at;
    let busy = Client::start(&server, "sleep", &json!({}));
    let mut stream = server.connect();
    let request = busy.request(1, "Ada");
    stream.write_all(&request.bytes(server.address())).unwrap();
    server.until("/v1/nodes/sleeps", |node| node["running"] == 1);
    let seen = server.get(&busy.path()).status(200).json();
    assert_eq!(seen["session"]["state"], "acting");
    assert_eq!(seen["outputs"][1]["node"], "sleeps");
    // One answer at a time, also when its client is gone.
    drop(stream);
    let words = "the session is still processing another answer: wait and try again";
    busy.try_answer("Ada").is_error(409, "session-busy", words);
    // The other one makes room for a new one, and then both are busy.
    let third = Client::start(&server, "sleep", &json!({}));
    let gone = format!("/v1/sessions/{}", idle["session"]["id"].as_str().unwrap());
    assert_eq!(server.get(&gone).status, 404);
    let mut stream = server.connect();
    stream
        .write_all(&third.request(1, "Ada").bytes(server.address()))
        .unwrap();
    server.until("/v1/nodes/sleeps", |node| node["running"] == 2);
    let full = server.send(&start("sleep", &json!({})));
    assert_eq!(full.header("retry-after"), Some("1"));
    let words =
        "there is room for 2 sessions, and all of them are in use: try again after `Retry-After`";
    full.is_error(503, "sessions-full", words);

    let path = busy.path();
    server.signal("KILL");
    drop((idle, busy, third));
    let mut server = server;
    server.wait();
    let server = Server::start(&dir, &args);
    // Looking at it goes on with nothing; only a POST does.
    for _ in 0..2 {
        let seen = server.get(&path).status(200).json();
        assert_eq!(seen["session"]["state"], "acting");
        assert_eq!(seen["session"]["interrupted"], true);
    }
    let resume = Request::new("POST", &format!("{path}/resume"));
    let lost = server.send(&resume).status(200).json();
    assert_eq!(lost["session"]["end"], "lost");
    assert_eq!(lost["session"]["turn"], 2);
    assert_eq!(server.send(&resume).status(200).json(), lost);
    assert_eq!(server.get(&path).status(200).json(), lost);
    let node = server.get("/v1/nodes/sleeps").json();
    assert_eq!(node["running"], 0);
    assert_eq!(node["failed"], 0);
}

#[test]
fn a_session_comes_back_where_it_was() {
    let dir = Dir::new();
    let mut mock = Mock::start(&dir, &json!([]), &[]);
    example(&dir, "onboarding", &mock.url);
    let server = onboarding(&dir, &mock, &["--store", "store"]);
    let mut client = Client::start(&server, "onboarding", &json!({}));
    for text in DETAILS {
        client.answer(text);
    }
    let at = client.at.clone();
    drop(server);
    let server = onboarding(&dir, &mock, &["--store", "store"]);
    let mut client = Client {
        server: &server,
        at,
    };
    assert_eq!(server.get(&client.path()).status(200).json(), client.at);
    assert_eq!(client.answer("")["end"], "signed up");
    assert_eq!(mock.line()["body"]["attributes"][0]["first_name"], "Ada");
    // What is over is on disk no longer.
    let files = || std::fs::read_dir(dir.path().join("store/sessions")).unwrap();
    assert_eq!(files().count(), 0);
    assert_eq!(server.get(&client.path()).json(), client.at);
    let path = Client::start(&server, "onboarding", &json!({})).path();
    assert_eq!(files().count(), 1);
    drop(server);

    // Who has not answered for long enough is forgotten, on disk too.
    let idle = ["--store", "store", "--session-idle", "1ms"];
    let server = onboarding(&dir, &mock, &idle);
    assert_eq!(server.get(&path).status, 404);
    assert_eq!(files().count(), 0);
}

#[test]
fn a_changed_flow_is_taken_over_and_its_sessions_say_so() {
    let dir = sleeper("Who?");
    let mut server = Server::start(&dir, &["--watch"]);
    let before = Client::start(&server, "sleep", &json!({})).at;
    let rename = |text: &str| {
        let fresh = dir.file("fresh.toml", text);
        std::fs::rename(fresh, dir.path().join("sleep.toml")).unwrap();
    };
    // Checked as `hospes check` does: nothing of it is taken over.
    rename(&flow("Who?").replace("\"sleeps\"", "\"slept\""));
    let line = server.logged(|line| line["level"] == "ERROR");
    let message = line["message"].as_str().unwrap();
    assert!(message.contains("did you mean `sleeps`?"), "{message}");
    rename(&flow("And who?"));
    let now = server.until("/v1/flows", |flows| {
        flows["flows"][0]["revision"] != before["session"]["revision"]
    });
    let path = format!("/v1/sessions/{}", before["session"]["id"].as_str().unwrap());
    assert_eq!(server.get(&path).json()["session"]["changed"], true);
    let body = json!({"turn": 1, "answer": "Ada"});
    let answer = server.send(&post(&format!("{path}/answer"), &body));
    let words = format!(
        "the flow `sleep` has changed: the session was started with revision {}, and it is now {}",
        before["session"]["revision"].as_str().unwrap(),
        now["flows"][0]["revision"].as_str().unwrap()
    );
    answer.is_error(409, "flow-changed", &words);
}

#[test]
fn a_server_checks_nodes_and_flows_before_it_starts() {
    let dir = sleeper("Who?");
    dir.file(
        "sleep.toml",
        flow("Who?").replace("\"sleeps\"", "\"slept\""),
    );
    std::fs::write(dir.path().join("hello.wasm"), "broken").unwrap();
    let check = dir.hospes(["check"]).run().code(2);
    let serve = dir.hospes(["serve"]).run().code(2);
    assert_eq!(serve.stdout, "");
    let tail = |text: &str| {
        text.lines()
            .skip(1)
            .map(|line| line.rsplit('/').next().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(tail(&serve.stderr), tail(&check.stderr));
    assert!(serve.stderr.contains("did you mean `sleeps`?"));
}
