//! The node of `docs/conformance.md`, but for how it sends: each world has its
//! own way.

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hospes_guest::http::{Error, Request, Response};
use hospes_guest::log;
use hospes_guest::{Context, Description, Failure, FailureKind};
use serde_json::{Value, json};

/// What a payload asks for.
pub enum Step {
    /// It is done.
    Done(Value),
    /// These requests are to be sent together.
    Send(Vec<Request>),
}

/// What the node says about itself.
pub fn description() -> Description {
    Description::new("conformance", "0.1.0")
        .optional_param("text", "")
        .optional_param("flag", "")
        .optional_param("number", "")
}

/// Does what the payload says, up to its requests.
///
/// # Errors
///
/// The failure that the payload asks for, or that it is wrong.
pub fn start(payload: &Value, context: Context<Value>) -> Result<Step, Failure> {
    Ok(Step::Done(match text(payload, "do") {
        "echo" => payload.get("value").cloned().unwrap_or_default(),
        "params" => context.params,
        "context" => json!({
            "attempt": context.attempt,
            "env": context.env,
            "secrets": context.secrets,
            "variables": context.variables(),
        }),
        "fail" => return Err(failure(payload)),
        "send" => {
            let requests = list(payload, "requests").iter();
            return Ok(Step::Send(requests.map(request).collect()));
        }
        "log" => {
            write(payload);
            Value::Null
        }
        "draw" => json!([RandomState::new().hash_one(()).to_string()]),
        "clock" => {
            let now = SystemTime::now().duration_since(UNIX_EPOCH);
            let now = now.unwrap_or_default().as_millis();
            u64::try_from(now).unwrap_or_default().into()
        }
        other => return Err(Failure::invalid_payload(format!("'{other}' is unknown"))),
    }))
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    let list = value.get(name).and_then(Value::as_array);
    list.map_or(&[], Vec::as_slice)
}

fn failure(payload: &Value) -> Failure {
    let kind = text(payload, "kind");
    let kind = FailureKind::ALL.iter().find(|known| known.as_str() == kind);
    let failure = Failure::new(
        kind.copied().unwrap_or(FailureKind::InvalidPayload),
        text(payload, "message"),
    );
    let wait = payload.get("retry_after_ms").and_then(Value::as_u64);
    failure
        .retry_after(Duration::from_millis(wait.unwrap_or_default()))
        .details(&payload.get("details"))
}

fn request(spec: &Value) -> Request {
    let mut request = Request::new(text(spec, "method"), text(spec, "url"));
    for pair in list(spec, "headers") {
        if let Some([Value::String(name), Value::String(value)]) =
            pair.as_array().map(Vec::as_slice)
        {
            request = request.header(name, value);
        }
    }
    match spec.get("body").and_then(Value::as_str) {
        Some(body) => request.body(body),
        None => request,
    }
}

/// What the node says of one answer.
pub fn outcome(answer: Result<Response, Error>) -> Value {
    let word = match answer {
        Ok(response) => {
            return json!({
                "status": response.status,
                "header": response.header("X-Case"),
                "body": response.text(),
            });
        }
        Err(Error::Denied(_)) => "denied",
        Err(Error::Invalid(_)) => "invalid",
        Err(Error::Unreachable(_)) => "unreachable",
        Err(Error::Timeout) => "timeout",
        Err(Error::Interrupted(_)) => "interrupted",
        Err(Error::TooLarge) => "too-large",
        Err(Error::Exhausted(_)) => "exhausted",
    };
    json!({"error": word})
}

fn write(payload: &Value) {
    let fields: Vec<(&str, &str)> = payload
        .get("fields")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.as_str(), value.as_str().unwrap_or_default()))
        .collect();
    let message = text(payload, "message");
    log::trace_with(message, &fields);
    log::debug_with(message, &fields);
    log::info_with(message, &fields);
    log::warn_with(message, &fields);
    log::error_with(message, &fields);
}
