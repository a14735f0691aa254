//! The API's description: valid, whole, and true.

use std::collections::BTreeSet;

use hospes_artifacts::{HELLO, TRAP};
use serde_json::{Value, json};

use super::server::{Answer, Request, Server, TOKEN, solution};

/// Every `$ref` of a document.
fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            if let Some(Value::String(reference)) = map.get("$ref") {
                found.insert(reference.clone());
            }
            map.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

/// Checks an answer against what the description says about it.
#[track_caller]
fn check(api: &Value, method: &str, path: &str, answer: &Answer) {
    let responses = &api["paths"][path][method]["responses"];
    let response = &responses[answer.status.to_string()];
    assert!(
        response.is_object(),
        "{method} {path} does not say {}: {}",
        answer.status,
        answer.body
    );
    let schema = &response["content"]["application/json"]["schema"];
    assert!(
        schema.is_object(),
        "{method} {path} {}: {response}",
        answer.status
    );
    let schema = json!({"allOf": [schema], "components": api["components"]});
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let body = answer.json();
    let errors: Vec<String> = validator
        .iter_errors(&body)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(
        errors.is_empty(),
        "{method} {path} {}: {errors:#?} in {body:#}",
        answer.status
    );
}

#[test]
fn the_description_is_whole() {
    let dir = solution(&[("hello", HELLO, "")]);
    let command = dir.hospes(["serve", "--listen", "127.0.0.1:0"]);
    let tokens = ["--token", "env:TOKEN", "--execute-token", "env:CALLER"];
    let command = command.args(tokens).env("TOKEN", TOKEN);
    let server = Server::run(command.env("CALLER", "a token of a caller"));
    let api = server.get("/openapi.json").status(200).json();
    assert_eq!(api["openapi"], "3.1.0");
    let mut found = BTreeSet::new();
    references(&api, &mut found);
    assert!(found.len() > 5);
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(api.pointer(pointer).is_some(), "{reference}");
    }
    let mut operations = 0;
    let mut names = BTreeSet::new();
    for (path, item) in api["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            operations += 1;
            assert!(
                names.insert(operation["operationId"].as_str().unwrap()),
                "{path}"
            );
            assert!(operation["summary"].is_string(), "{method} {path}");
            let quoted: Vec<&str> = path
                .split('/')
                .filter(|part| part.starts_with('{'))
                .collect();
            let described = operation["parameters"].as_array().into_iter().flatten();
            assert_eq!(
                described
                    .filter(|parameter| parameter["in"] == "path")
                    .count(),
                quoted.len()
            );
            // It is there, and what needs the token says so.
            let path = path.replace("{node}", "hello").replace("{flow}", "none");
            let path = path.replace("{session}", "none");
            let request = Request::new(&method.to_uppercase(), &path);
            let answer = server.send(&request);
            let code = &answer.json_or_null()["error"]["code"];
            assert_ne!(*code, "unknown-route", "{method} {path}");
            assert_ne!(answer.status, 405, "{method} {path}");
            assert_eq!(
                answer.status == 401,
                operation["security"].is_array(),
                "{method} {path}"
            );
        }
    }
    assert_eq!(operations, names.len());
}

#[test]
fn answers_are_what_the_description_says() {
    let ask = "[flow.ask]\nfile = \"ask.toml\"";
    let dir = solution(&[("hello", HELLO, ""), ("trap", TRAP, ask)]);
    dir.file(
        "ask.toml",
        "start = \"ask\"\n[step.ask]\ncollect = [{ name = \"name\", kind = \"text\", prompt = \"Who?\" }]\n\
         next = \"done\"\nfailure = \"done\"\n[step.done]\nend = \"done\"\n",
    );
    let server = Server::start(&dir, &[]);
    let api = server.get("/openapi.json").status(200).json();
    let execute = "/v1/nodes/{node}/execute";
    let explain = "/v1/policy/explain";
    let question = |url: &str| {
        let body = json!({"node": "hello", "url": url}).to_string();
        let request = Request::new("POST", explain).header("Content-Type", "application/json");
        request.body(body).token()
    };
    let flow = "/v1/flows/{flow}/sessions";
    let session = |name: &str| {
        let request = Request::new("POST", &flow.replace("{flow}", name));
        request
            .header("Content-Type", "application/json")
            .body("{}")
    };
    let get = |path: &str| Request::new("GET", path);
    for (method, path, request, status) in [
        (
            "post",
            execute,
            Request::execute("hello", &json!({"name": "Ada"})),
            200,
        ),
        ("post", execute, Request::execute("hello", &json!({})), 200),
        ("post", execute, Request::execute("trap", &json!({})), 502),
        ("post", execute, Request::execution("hello", "{"), 400),
        ("post", execute, Request::execute("nobody", &json!(1)), 404),
        ("get", "/v1/nodes", get("/v1/nodes"), 200),
        ("get", "/v1/nodes/{node}", get("/v1/nodes/hello"), 200),
        ("get", "/v1/nodes/{node}", get("/v1/nodes/nobody"), 404),
        ("get", "/v1/flows", get("/v1/flows"), 200),
        ("post", flow, session("ask"), 201),
        ("post", flow, session("nothing"), 404),
        (
            "get",
            "/v1/sessions/{session}",
            get("/v1/sessions/none"),
            404,
        ),
        ("get", "/healthz", get("/healthz"), 200),
        ("get", "/readyz", get("/readyz"), 200),
        ("post", explain, question("https://a.example"), 200),
        ("post", explain, question("not a url"), 200),
        (
            "post",
            explain,
            question("https://a.example").header("Authorization", "x"),
            401,
        ),
    ] {
        let answer = server.send(&request);
        assert_eq!(answer.status, status, "{answer:?}");
        check(&api, method, path, &answer);
    }
}
