//! What an action sees of the host, and what a caller sees of the action.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hospes_guest::http::{Error, HeaderValue, Request, Response, send_all};
use hospes_guest::log::{self, Level};
use hospes_guest::testing::{Host, check_case};
use hospes_guest::{Action, AsyncAction, Context, Failure, FailureKind};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Answers with everything it was told.
struct Echo;

#[derive(Deserialize, Serialize)]
struct Payload {
    name: String,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Params {
    #[serde(default)]
    loud: bool,
}

impl Action for Echo {
    type Payload = Payload;
    type Params = Params;
    type Output = Value;

    fn execute(payload: Payload, ctx: Context<Params>) -> Result<Value, Failure> {
        Ok(json!({
            "payload": payload,
            "params": ctx.params,
            "execution_id": ctx.execution_id,
            "attempt": ctx.attempt,
            "env": ctx.env,
            "has_key": ctx.has_secret("key"),
            "has_other": ctx.has_secret("other"),
            "variables": ctx.variables(),
            "remaining": ctx.remaining().as_millis(),
        }))
    }
}

/// The same through the other trait.
struct EchoAsync;

impl AsyncAction for EchoAsync {
    type Payload = Payload;
    type Params = Params;
    type Output = Value;

    async fn execute(payload: Payload, ctx: Context<Params>) -> Result<Value, Failure> {
        Echo::execute(payload, ctx)
    }
}

#[test]
fn an_action_sees_what_the_host_says() {
    let host = Host::new()
        .execution_id("e1")
        .attempt(2)
        .env("sandbox")
        .params(json!({"loud": true}))
        .secret("key")
        .variables(json!({"step": 3}))
        .remaining(Duration::from_millis(1_500));
    let expected = json!({
        "payload": {"name": "Ada"},
        "params": {"loud": true},
        "execution_id": "e1",
        "attempt": 2,
        "env": "sandbox",
        "has_key": true,
        "has_other": false,
        "variables": {"step": 3},
        "remaining": 1_500,
    });
    assert_eq!(
        host.run::<Echo>(json!({"name": "Ada"})).as_ref(),
        Ok(&expected)
    );
    assert_eq!(
        host.run_async::<EchoAsync>(json!({"name": "Ada"})),
        Ok(expected)
    );
}

#[test]
fn what_does_not_deserialise_never_reaches_the_action() {
    let host = Host::new();
    let failure = Failure::invalid_payload(
        "payload.name: expected a string, found a number (line 1, column 12)",
    );
    assert_eq!(
        host.run::<Echo>(json!({"name": 4711})),
        Err(failure.clone())
    );
    assert_eq!(
        host.run_async::<EchoAsync>(json!({"name": 4711})),
        Err(failure)
    );

    let host = host.params(json!({"laud": true}));
    assert_eq!(
        host.run::<Echo>(json!({"name": 4711})),
        Err(Failure::invalid_params(
            "params.laud: unknown field `laud`, expected `loud` (line 1, column 7)"
        ))
    );
}

/// Asks the URLs of its payload, and answers with what came back.
struct Ask;

impl Action for Ask {
    type Payload = Vec<String>;
    type Params = ();
    type Output = Vec<String>;

    fn execute(urls: Vec<String>, _: Context<()>) -> Result<Vec<String>, Failure> {
        log::info_with("asking", &[("urls", &urls.len().to_string())]);
        let requests = urls.into_iter().map(|url| {
            Request::get(url)
                .header("X-Trace", "1")
                .secret("authorization", "key", "Bearer ")
        });
        let answers = send_all(requests.collect());
        answers
            .into_iter()
            .map(|answer| Ok(answer?.text().into_owned()))
            .collect()
    }
}

#[test]
fn requests_are_answered_by_the_script_and_recorded() {
    let host = Host::new()
        .params(json!({"unit": "accepts any params"}))
        .answer_next(Response::new(200).with_body("one"))
        .answer_with(|request| Ok(Response::new(200).with_body(request.url.as_str())));
    assert_eq!(
        host.run::<Ask>(["https://a.example", "https://b.example"]),
        Ok(json!(["one", "https://b.example"]))
    );

    let requests = host.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(
        requests[0].find_header("x-trace"),
        Some(&HeaderValue::Text("1".into()))
    );
    assert_eq!(
        requests[0].find_header("Authorization"),
        Some(&HeaderValue::Secret {
            name: "key".into(),
            prefix: "Bearer ".into()
        })
    );

    let logs = host.logs();
    assert_eq!((logs[0].level, &*logs[0].message), (Level::Info, "asking"));
    assert_eq!(logs[0].fields, [("urls".to_owned(), "2".to_owned())]);
}

#[test]
fn a_request_that_fails_becomes_a_failure_of_the_action() {
    let host = Host::new().fail_next(Error::Timeout);
    let failure = host.run::<Ask>(["https://a.example"]).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unknown);
}

#[test]
fn a_request_gets_the_first_answer_for_its_method_and_url() {
    let answer = |text: &str| Response::new(200).with_body(text);
    let host = Host::new()
        .answer("GET", "https://b.example", answer("b"))
        .answer("POST", "https://a.example", answer("posted"))
        .answer("GET", "https://a.example", answer("a"))
        .answer_next(answer("any"));
    assert_eq!(
        host.run::<Ask>([
            "https://a.example",
            "https://a.example",
            "https://b.example"
        ]),
        Ok(json!(["a", "any", "b"]))
    );
    assert_eq!(host.unused(), ["POST https://a.example"]);
}

#[test]
fn each_fault_of_a_request_becomes_its_failure() {
    for (error, kind) in [
        (Error::Timeout, FailureKind::Unknown),
        (Error::Interrupted("reset".into()), FailureKind::Unknown),
        (Error::TooLarge, FailureKind::Protocol),
        (
            Error::Unreachable("no route".into()),
            FailureKind::Unavailable,
        ),
        (Error::Denied("no-rule".into()), FailureKind::Denied),
        (Error::Exhausted("requests".into()), FailureKind::Denied),
    ] {
        let host = Host::new().fail("GET", "https://a.example", error);
        let failure = host.run::<Ask>(["https://a.example"]).unwrap_err();
        assert_eq!(failure.kind, kind);
    }
}

#[test]
fn a_golden_case_holds_natively_or_says_what_differs() {
    let case = |case: Value| {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("case-{}.json", NEXT.fetch_add(1, Ordering::Relaxed));
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::write(&file, case.to_string()).unwrap();
        let checked = check_case::<Ask>(&file, Host::new());
        checked.map(|host| host.requests().len()).map_err(|error| {
            let error = error.to_string();
            error.split_once(": ").unwrap().1.to_owned()
        })
    };
    let url = "https://a.example";
    let get = |fields: Value| {
        let mut exchange = json!({"method": "GET", "url": url});
        exchange
            .as_object_mut()
            .unwrap()
            .extend(fields.as_object().unwrap().clone());
        exchange
    };
    let of = |exchanges: Value, expect: Value| {
        case(json!({"name": "it", "payload": [url], "exchanges": exchanges, "expect": expect}))
    };
    let success = json!({"route": "success", "result": ["a"]});
    assert_eq!(
        of(json!([get(json!({"response": "a"}))]), success.clone()),
        Ok(1)
    );
    for (error, kind) in [
        ("timeout", "unknown"),
        ("interrupted", "unknown"),
        ("too-large", "protocol"),
        ("unreachable", "unavailable"),
        ("denied", "denied"),
        ("exhausted", "denied"),
    ] {
        let expect = json!({"route": "failure", "kind": kind});
        assert_eq!(of(json!([get(json!({"error": error}))]), expect), Ok(1));
    }
    for (exchanges, message) in [
        (
            json!([get(json!({"response": "b"}))]),
            r#"it: expected is "a" at /result/0; found was "b""#,
        ),
        (
            json!([]),
            "it: expected is no request but those of the case; found was GET https://a.example",
        ),
        (
            json!([get(json!({"response": "a"})), get(json!({}))]),
            "it: expected is GET https://a.example; found was no such request",
        ),
    ] {
        let message = message.to_owned();
        assert_eq!(of(exchanges, success.clone()), Err(message));
    }
    let misspelt = json!([get(json!({"responce": "a"}))]);
    let error = of(misspelt, success).unwrap_err();
    assert!(error.starts_with("unknown field `responce`"), "{error}");
}

#[test]
fn a_missing_answer_and_a_missing_host_are_told_apart() {
    let send = || {
        Request::get("https://a.example")
            .send()
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        Host::new().enter(send),
        "the upstream is unreachable: the script has no answer for GET https://a.example"
    );
    assert_eq!(
        send(),
        "the upstream is unreachable: there is no host outside `hospes_guest::testing::Host::run`"
    );
    log::info("dropped");
}

#[test]
fn a_host_inside_another_is_its_own() {
    let (outer, inner) = (Host::new().answer_next(Response::new(200)), Host::new());
    outer.enter(|| {
        assert!(
            inner
                .enter(|| Request::get("https://a.example").send())
                .is_err()
        );
        assert!(Request::get("https://b.example").send().is_ok());
    });
    assert_eq!(inner.requests()[0].url, "https://a.example");
    assert_eq!(outer.requests()[0].url, "https://b.example");
}
