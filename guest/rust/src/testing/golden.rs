//! Golden cases, run natively.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::Host;
use crate::http::{Error, Request, Response};
use crate::{Action, AsyncAction, Failure};

/// Runs one golden case, and returns the host with its requests and logs.
///
/// The host brings what a case leaves out: secrets, params, environment. A case
/// can have params of its own.
///
/// ```no_run
/// # use hospes_guest::{Action, Context, Failure};
/// # struct Node;
/// # impl Action for Node {
/// #     type Payload = ();
/// #     type Params = ();
/// #     type Output = ();
/// #     fn execute(_: (), _: Context<()>) -> Result<(), Failure> { Ok(()) }
/// # }
/// use hospes_guest::testing::{Host, check_case};
///
/// let host = check_case::<Node>("golden/created.json", Host::new().secret("crm_key")).unwrap();
/// assert_eq!(host.requests().len(), 1);
/// ```
///
/// # Errors
///
/// A file that is not a golden case, another outcome than the expected one, a
/// request that the case does not list, or an exchange that is never used.
pub fn check_case<A: Action>(file: impl AsRef<Path>, host: Host) -> Result<Host, CaseError> {
    check(file.as_ref(), host, |host, payload| host.run::<A>(payload))
}

/// As [`check_case`], for a node of the async world.
///
/// # Errors
///
/// As [`check_case`].
pub fn check_case_async<A: AsyncAction>(
    file: impl AsRef<Path>,
    host: Host,
) -> Result<Host, CaseError> {
    check(file.as_ref(), host, |host, payload| {
        host.run_async::<A>(payload)
    })
}

/// How a golden case failed.
#[derive(Clone, PartialEq, Eq)]
pub struct CaseError(String);

impl fmt::Display for CaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The message, so that `unwrap` in a test shows it as it is.
impl fmt::Debug for CaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for CaseError {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    payload: Value,
    #[serde(default)]
    variables: BTreeMap<String, Value>,
    #[serde(default)]
    params: Option<BTreeMap<String, Value>>,
    #[serde(default)]
    exchanges: Vec<Exchange>,
    expect: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exchange {
    method: String,
    url: String,
    #[serde(default)]
    request: Option<Value>,
    #[serde(default = "ok")]
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    response: Option<Value>,
    #[serde(default)]
    error: Option<Fault>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Fault {
    Unreachable,
    Timeout,
    Interrupted,
    TooLarge,
    Denied,
    Exhausted,
}

fn ok() -> u16 {
    200
}

fn check(
    file: &Path,
    host: Host,
    run: impl FnOnce(&Host, &Value) -> Result<Value, Failure>,
) -> Result<Host, CaseError> {
    let unfit = |error: &dyn fmt::Display| CaseError(format!("{}: {error}", file.display()));
    let text = fs::read_to_string(file).map_err(|error| unfit(&error))?;
    let case: Case = serde_json::from_str(&text).map_err(|error| unfit(&error))?;
    let mut host = host.variables(case.variables.into_iter().collect());
    if let Some(params) = case.params {
        host = host.params(params.into_iter().collect());
    }
    for exchange in case.exchanges {
        host = exchange.script(host);
    }
    let fails = |expected: &str, found: &str| {
        let (file, name) = (file.display(), &case.name);
        Err(CaseError(format!(
            "{file}: {name}: expected is {expected}; found was {found}"
        )))
    };
    let found = found(run(&host, &case.payload));
    if let Some(missing) = &host.state.borrow().missing {
        return fails("no request but those of the case", missing);
    }
    if let Some((at, expected, found)) = difference(&case.expect, &found) {
        return fails(&format!("{expected} at {at}"), &found.to_string());
    }
    match host.unused().first() {
        Some(request) => fails(request, "no such request"),
        None => Ok(host),
    }
}

/// An outcome as a golden case states it.
fn found(outcome: Result<Value, Failure>) -> Value {
    match outcome {
        Ok(result) => serde_json::json!({"route": "success", "result": result}),
        Err(failure) => serde_json::json!({
            "route": "failure",
            "kind": failure.kind.as_str(),
            "message": failure.message,
            "retry_after_ms": failure.retry_after.map(|wait| wait.as_millis()),
            "details": failure.details,
        }),
    }
}

impl Exchange {
    fn script(self, host: Host) -> Host {
        let outcome = match self.error {
            None => Ok(self.answer()),
            Some(fault) => Err(fault.error()),
        };
        let fits = move |request: &Request| {
            let Some(expected) = &self.request else {
                return true;
            };
            let body = request.body.as_deref().unwrap_or_default();
            let body: Result<Value, _> = serde_json::from_slice(body);
            body.is_ok_and(|body| difference(expected, &body).is_none())
        };
        host.script(Some((self.method, self.url)), fits, outcome)
    }

    fn answer(&self) -> Response {
        let body = match &self.response {
            None => Vec::new(),
            Some(Value::String(text)) => text.as_bytes().to_vec(),
            Some(json) => json.to_string().into_bytes(),
        };
        let response = Response::new(self.status).with_body(body);
        let headers = self.headers.iter();
        headers.fold(response, |response, (name, value)| {
            response.with_header(name, value)
        })
    }
}

impl Fault {
    fn error(self) -> Error {
        let why = "the golden case says so";
        match self {
            Fault::Unreachable => Error::Unreachable(why.to_owned()),
            Fault::Timeout => Error::Timeout,
            Fault::Interrupted => Error::Interrupted(why.to_owned()),
            Fault::TooLarge => Error::TooLarge,
            Fault::Denied => Error::Denied("no-rule".to_owned()),
            Fault::Exhausted => Error::Exhausted(why.to_owned()),
        }
    }
}

/// Where `found` does not contain what is expected, as a JSON pointer with both
/// values. Objects may contain more than is expected, lists may not.
fn difference(expected: &Value, found: &Value) -> Option<(String, Value, Value)> {
    let below = |key: &str, expected: &Value, found: &Value| {
        let (pointer, expected, found) = difference(expected, found)?;
        let key = key.replace('~', "~0").replace('/', "~1");
        Some((format!("/{key}{pointer}"), expected, found))
    };
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            expected.iter().find_map(|(key, expected)| {
                below(key, expected, found.get(key).unwrap_or(&Value::Null))
            })
        }
        (Value::Array(expected), Value::Array(found)) if expected.len() == found.len() => {
            let mut pairs = expected.iter().zip(found).enumerate();
            pairs.find_map(|(at, (expected, found))| below(&at.to_string(), expected, found))
        }
        (Value::Number(one), Value::Number(other)) if one.as_f64() == other.as_f64() => None,
        _ if expected == found => None,
        _ => Some((String::new(), expected.clone(), found.clone())),
    }
}
