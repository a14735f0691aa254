//! Callers: who may run what, with which token.

use std::fs;
use std::thread;

use hospes_artifacts::{CONTEXT, HELLO, TRAP};
use serde_json::{Value, json};

use super::server::{Answer, Request, Server, TOKEN, solution};
use crate::dir::Dir;

const CRM: &str = "the token of the crm, 1";
const SHOP: &str = "the token of the shop, 1";

/// Two nodes, two flows, and files with tokens.
fn shop() -> Dir {
    let flows = "[flow.ask]\nfile = \"ask.toml\"\n[flow.tell]\nfile = \"ask.toml\"";
    let dir = solution(&[("hello", HELLO, ""), ("context", CONTEXT, flows)]);
    dir.file(
        "ask.toml",
        "start = \"ask\"\n[step.ask]\ncollect = [{ name = \"name\", kind = \"text\", prompt = \"Who?\" }]\n\
         next = \"done\"\nfailure = \"done\"\n[step.done]\nend = \"done\"\n",
    );
    private(&dir, "crm", CRM);
    private(&dir, "shop", SHOP);
    dir
}

/// A file that only its owner reads, put into its place whole.
pub(crate) fn private(dir: &Dir, name: &str, text: &str) {
    let fresh = dir.file("fresh", text);
    #[cfg(unix)]
    fs::set_permissions(&fresh, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    fs::rename(fresh, dir.path().join(name)).unwrap();
}

pub(crate) fn as_caller(request: Request, token: &str) -> Request {
    request.header("Authorization", &format!("Bearer {token}"))
}

fn get(path: &str) -> Request {
    Request::new("GET", path)
}

fn start(flow: &str) -> Request {
    Request::new("POST", &format!("/v1/flows/{flow}/sessions"))
        .header("Content-Type", "application/json")
        .body("{}")
}

fn hello() -> Request {
    Request::execute("hello", &json!({"name": "Ada"}))
}

/// An execution that says which id its node was given.
fn named(id: &str) -> Request {
    Request::execution(
        "context",
        &format!("{{\"payload\": null, \"execution_id\": \"{id}\"}}"),
    )
}

#[test]
fn whoever_calls_a_server_with_callers_needs_a_token() {
    let dir = shop();
    let args = [
        "--execute-token",
        "file:crm",
        "--execute-token",
        "web=env:WEB",
    ];
    let command = dir.hospes(["serve", "--listen", "127.0.0.1:0", "--token", "env:TOKEN"]);
    let command = command.args(args).env("TOKEN", TOKEN).env("WEB", SHOP);
    let mut server = Server::run(command);
    let missing = "this needs the header `Authorization: Bearer TOKEN`";
    for request in [
        hello(),
        get("/v1/flows"),
        start("ask"),
        get("/v1/sessions/x"),
        get("/v1/nodes"),
        get("/v1/nodes/hello"),
        get("/metrics"),
    ] {
        let answer = server.send(&request);
        answer.is_error(401, "unauthorized", missing);
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
        let answer = server.send(&as_caller(request, "the token of nobody, 1"));
        answer.is_error(401, "unauthorized", "the server does not know this token");
    }
    for token in [CRM, SHOP, TOKEN] {
        let answer = server.send(
            &as_caller(hello(), token).header("X-Request-Id", token.get(..9).unwrap_or_default()),
        );
        answer.status(200);
        server.send(&as_caller(get("/v1/flows"), token)).status(200);
    }
    for (name, log) in [("crm", "crm"), ("web", "web"), ("operator", "operator")] {
        let line = server.logged(|line| line["caller"] == log && line["outcome"] == "success");
        assert_eq!(line["caller"], name);
    }
    // What shows more than one's own, and what changes something, is the operator's.
    for path in ["/v1/nodes", "/v1/nodes/hello", "/metrics"] {
        let words = "this needs the operator's token, or a caller's that may `read`";
        server
            .send(&as_caller(get(path), CRM))
            .is_error(403, "forbidden", words);
        server.send(&get(path).token()).status(200);
    }
    let words = "this needs the operator's token";
    server
        .send(&as_caller(get("/v1/nodes/hello/history"), CRM))
        .is_error(403, "forbidden", words);
    for path in ["/healthz", "/readyz", "/openapi.json", "/", "/chat"] {
        server.get(path).status(200);
    }
}

#[test]
fn a_token_is_good_for_its_nodes_and_flows_and_no_others() {
    let dir = shop();
    private(&dir, "scrape", "the token of the scraper");
    dir.file(
        "callers.toml",
        "[caller.crm]\ntokens = [\"file:crm\"]\nnodes = [\"hello\", \"helo\"]\nflows = [\"tell\"]\n\
         [caller.scrape]\ntokens = [\"file:scrape\"]\nread = true\n",
    );
    // What is not there is a slip.
    let args = ["--callers", "callers.toml"];
    let file = "callers.toml:3:19: caller.crm.nodes[1]: no node of the solution is called `helo`: did you mean `hello`?\n";
    let words = format!("error: the callers file has 1 fault:\n{file}");
    let serve = || dir.hospes(["serve", "--listen", "127.0.0.1:0"]).args(args);
    serve().run().is(2, "", &words);
    let text = fs::read_to_string(dir.path().join("callers.toml")).unwrap();
    dir.file("callers.toml", text.replace(", \"helo\"", ""));
    let server = Server::run(serve().args(["--token", "env:TOKEN"]).env("TOKEN", TOKEN));
    let crm = |request| server.send(&as_caller(request, CRM));
    crm(hello()).status(200);
    let flows = crm(get("/v1/flows")).status(200).json();
    assert_eq!(flows["flows"].as_array().unwrap().len(), 1);
    assert_eq!(flows["flows"][0]["name"], "tell");
    crm(start("tell")).status(201);
    // Whether it is there or not makes no difference to who may not use it.
    for node in ["context", "nobody"] {
        let words = format!("this token may not run the node `{node}`");
        crm(Request::execute(node, &json!(null))).is_error(403, "forbidden", &words);
    }
    for flow in ["ask", "nothing"] {
        let words = format!("this token may not play the flow `{flow}`");
        crm(start(flow)).is_error(403, "forbidden", &words);
    }
    server.admin("DELETE", "/v1/nodes/hello").status(200);
    let gone = "no node is called `hello`";
    crm(hello()).is_error(404, "unknown-node", gone);
    // Who watches sees everything but what executions are called.
    let scrape = |request| server.send(&as_caller(request, "the token of the scraper"));
    scrape(get("/metrics")).status(200);
    scrape(get("/v1/nodes")).status(200);
    scrape(hello()).is_error(403, "forbidden", "this token may not run the node `hello`");
}

#[test]
fn an_execution_is_called_differently_for_each_caller() {
    let dir = shop();
    fs::copy(TRAP, dir.path().join("trap.wasm")).unwrap();
    let toml = fs::read_to_string(dir.path().join("hospes.toml")).unwrap();
    dir.file(
        "hospes.toml",
        toml + "[node.trap]\ncomponent = \"trap.wasm\"\n",
    );
    let args = [
        "--execute-token",
        "file:crm",
        "--execute-token",
        "file:shop",
    ];
    let mut server = Server::start(&dir, &args);
    let run = |request, token| server.send(&as_caller(request, token)).json();
    let seen = |outcome: &Value| {
        let mut seen = outcome["result"].clone();
        // What is left of the deadline is for the clock to say.
        seen["remaining_ms"] = Value::Null;
        seen.to_string()
    };
    let crm = run(named("order-7"), CRM);
    assert_eq!(crm["execution_id"], "order-7");
    assert!(seen(&crm).contains("crm:order-7"), "{crm}");
    assert_eq!(seen(&run(named("order-7"), CRM)), seen(&crm));
    let shop = run(named("order-7"), SHOP);
    assert_eq!(shop["execution_id"], "order-7");
    assert!(seen(&shop).contains("shop:order-7"), "{shop}");
    // The longest one is still told apart, and still the same when it is repeated.
    let long = "x".repeat(128);
    let crm = run(named(&long), CRM);
    assert_eq!(crm["execution_id"], *long);
    assert!(seen(&crm).contains("crm:sha256:"), "{crm}");
    assert_eq!(seen(&run(named(&long), CRM)), seen(&crm));
    // A stream says no more than an answer does.
    let events = as_caller(named("order-8"), CRM).header("Accept", "text/event-stream");
    let stream = server.send(&events).status(200).body;
    assert!(stream.contains("\"execution_id\":\"order-8\""), "{stream}");
    server.logged(|line| line["execution_id"] == "crm:order-7");

    let trap = Request::execution("trap", "{\"payload\": null, \"execution_id\": \"order-9\"}");
    server.send(&as_caller(trap, CRM)).status(502);
    let node = server.admin("GET", "/v1/nodes/trap").status(200).json();
    assert_eq!(node["last_failures"][0]["execution_id"], "crm:order-9");
}

#[test]
fn a_session_is_its_callers_and_nobody_elses() {
    let dir = shop();
    let args = [
        "--execute-token",
        "file:crm",
        "--execute-token",
        "file:shop",
        "--store",
        "store",
    ];
    let mut server = Server::start(&dir, &args);
    let started = server
        .send(&as_caller(start("ask"), CRM))
        .status(201)
        .json();
    let path = format!(
        "/v1/sessions/{}",
        started["session"]["id"].as_str().unwrap()
    );
    let answer = || {
        Request::new("POST", &format!("{path}/answer"))
            .header("Content-Type", "application/json")
            .body("{\"turn\": 1, \"answer\": \"Ada\"}")
    };
    let strangers = |server: &Server| {
        let none = "there is no such session, or it was idle for too long";
        for request in [get(&path), answer()] {
            for token in [SHOP, TOKEN] {
                let answer = server.send(&as_caller(request.clone(), token));
                answer.is_error(404, "unknown-session", none);
            }
        }
    };
    strangers(&server);
    // Also after a restart.
    server.signal("KILL");
    server.wait();
    let server = Server::start(&dir, &args);
    strangers(&server);
    let crm = |request| server.send(&as_caller(request, CRM)).status(200).json();
    assert_eq!(crm(get(&path)), started);
    assert_eq!(crm(answer())["session"]["end"], "done");
}

/// Asks again and again until the answer has this status.
fn until(server: &Server, token: &str, status: u16) -> Answer {
    loop {
        let answer = server.send(&as_caller(hello(), token));
        if answer.status == status {
            return answer;
        }
        thread::yield_now();
    }
}

#[test]
fn tokens_are_exchanged_while_the_server_serves() {
    let dir = shop();
    let server = Server::start(&dir, &["--execute-token", "file:crm"]);
    let new = "the token of the crm, 2";
    until(&server, CRM, 200);
    // Both hold for as long as both stand there.
    private(&dir, "crm", &format!("{CRM}\n{new}\n"));
    until(&server, new, 200);
    until(&server, CRM, 200);
    private(&dir, "crm", &format!("{new}\n"));
    until(&server, CRM, 401);
    until(&server, new, 200);
    // A file that is gone lets nobody in.
    fs::remove_file(dir.path().join("crm")).unwrap();
    until(&server, new, 401);
    private(&dir, "crm", CRM);
    until(&server, CRM, 200);
}

#[test]
fn a_callers_file_that_is_broken_changes_nothing_and_one_that_takes_away_does() {
    let dir = shop();
    let callers = |nodes: &str| {
        let text = format!("[caller.crm]\ntokens = [\"file:crm\"]\n{nodes}\n");
        private(&dir, "callers.toml", &text);
    };
    callers("nodes = [\"*\"]");
    let mut server = Server::start(&dir, &["--callers", "callers.toml"]);
    until(&server, CRM, 200);
    callers("nodes = [\"*\"");
    let line = server.logged(|line| line["target"] == "hospes::auth");
    assert_eq!(line["level"], "ERROR");
    until(&server, CRM, 200);
    callers("nodes = [\"context\"]");
    until(&server, CRM, 403);
}

#[test]
fn what_is_wrong_with_callers_is_said_and_nothing_starts() {
    let dir = shop();
    private(&dir, "short", "0123456789abcde");
    dir.file("open", CRM);
    #[cfg(unix)]
    fs::set_permissions(
        dir.path().join("open"),
        std::os::unix::fs::PermissionsExt::from_mode(0o644),
    )
    .unwrap();
    let run = |args: &[&str], words: &str| {
        let command = dir.hospes(["serve", "--listen", "127.0.0.1:0"]).args(args);
        command.run().is(2, "", &format!("error: {words}\n"));
    };
    let token = "--execute-token";
    run(
        &[token, "hunter2"],
        "--execute-token: a token comes from `env:VARIABLE` or `file:PATH`",
    );
    run(
        &[token, "crm=hunter2"],
        "--execute-token: a token comes from `env:VARIABLE` or `file:PATH`",
    );
    run(
        &[token, "file:short"],
        "the caller `short`: a token has at least 16 characters",
    );
    run(
        &[token, "file:open"],
        "the caller `open`: the file open can be read by everyone (mode 0644): run `chmod 600 open`",
    );
    run(
        &[token, "a b=file:crm"],
        "--execute-token: a caller's name has 1 to 32 letters, digits, `-` and `_`",
    );
    run(
        &[token, "operator=file:crm"],
        "--execute-token: `operator` is reserved for the token of `--token`",
    );
    run(
        &[token, "file:crm", token, "file:./crm"],
        "--execute-token: two tokens would be called `crm`: name them, as in `crm=file:./crm`",
    );
    run(
        &[token, "file:crm", token, "web=file:crm"],
        "`crm` and `web` have the same token: give each its own",
    );
    dir.file(
        "callers.toml",
        "[caller.crm]\ntoken = [\"file:crm\"]\nnodes = [\"*\", \"hello\"]\nrate = 0\n[caller.web]\ntokens = [\"hunter2\"]\n",
    );
    let at = |line: &str| format!("callers.toml:{line}");
    let faults = [
        at("1:9: caller.crm: `tokens` is missing: it lists where the caller's tokens come from"),
        at("2:1: caller.crm.token: unknown key: did you mean `tokens`?"),
        at("3:10: caller.crm.nodes[0]: `*` means every node and must stand alone"),
        at("4:8: caller.crm.rate: expected a whole number from 1"),
        at("5:9: caller.web: the caller may use nothing: add `nodes`, `flows` or `read`"),
        at("6:11: caller.web.tokens[0]: a token comes from `env:VARIABLE` or `file:PATH`"),
    ];
    let words = format!("the callers file has 6 faults:\n{}", faults.join("\n"));
    run(&["--callers", "callers.toml"], &words);
}

#[test]
fn a_server_that_others_reach_knows_its_callers_or_says_that_it_does_not() {
    let dir = shop();
    for address in ["0.0.0.0:0", "[::]:0"] {
        for args in [&[][..], &["--token", "file:crm"]] {
            let words = format!(
                "error: {address} can be reached from other machines: say who may run nodes with --execute-token or \
                 --callers, let everyone with --open, or listen on 127.0.0.1\n"
            );
            let command = dir.hospes(["serve", "--listen", address]).args(args);
            command.run().is(2, "", &words);
        }
    }
    let both = dir.hospes(["serve", "--open", "--execute-token", "file:crm"]);
    assert!(both.run().code(2).stderr.contains("cannot be used with"));
    // Whoever reaches an open server runs nodes, and does not look at others' doings.
    let server = Server::run(dir.hospes(["serve", "--listen", "0.0.0.0:0", "--open"]));
    server.send(&hello()).status(200);
    for path in ["/v1/nodes", "/metrics"] {
        assert_eq!(server.get(path).status, 401, "{path}");
    }
}
