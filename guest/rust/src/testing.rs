//! A scripted host: tests a node natively, without WebAssembly.
//!
//! ```
//! use hospes_guest::testing::Host;
//! use hospes_guest::{Action, Context, Failure, http};
//! use serde_json::json;
//!
//! struct Ping;
//!
//! impl Action for Ping {
//!     type Payload = String;
//!     type Params = ();
//!     type Output = u16;
//!
//!     fn execute(url: String, _: Context<()>) -> Result<u16, Failure> {
//!         Ok(http::Request::get(url).send()?.status)
//!     }
//! }
//!
//! let host = Host::new()
//!     .answer("GET", "https://a.example", http::Response::new(204))
//!     .fail("GET", "https://b.example", http::Error::Timeout);
//!
//! assert_eq!(host.run::<Ping>("https://a.example"), Ok(json!(204)));
//! assert_eq!(
//!     host.run::<Ping>("https://b.example").unwrap_err().to_string(),
//!     "unknown: no answer in time, but the request may have arrived",
//! );
//! assert_eq!(host.requests().len(), 2);
//! ```
//!
//! Payload, params and output pass through the same JSON boundary as in the
//! component. The scripted host enforces no egress policy, limits or deadlines:
//! it returns what the script says.
//!
//! [`check_case`] runs a golden case: the same file with which a host checks the
//! component.
//!
//! Outside [`Host::run`] and [`Host::enter`] there is no host: requests fail
//! with [`Error::Unreachable`] and log records are dropped.

mod block_on;
mod golden;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use crate::boundary::{Call, execute, execute_async};
use crate::host::{self, Scripted, State};
use crate::http::{Error, Request, Response};
use crate::{Action, AsyncAction, Failure};

use block_on::block_on;

pub use crate::host::Record;
pub use golden::{CaseError, check_case, check_case_async};

/// A scripted host.
///
/// By default the execution is `test-execution`, the attempt 1, the environment
/// `test`, params and variables are empty objects, there are no secrets, 30
/// seconds remain, and the upstream of every request is unreachable.
#[derive(Debug)]
pub struct Host {
    execution_id: String,
    attempt: u32,
    env: String,
    params: Value,
    secrets: Vec<String>,
    variables: Value,
    remaining: Duration,
    state: Rc<RefCell<State>>,
}

impl Default for Host {
    fn default() -> Self {
        Host::new()
    }
}

impl Host {
    /// A host with an empty script.
    pub fn new() -> Self {
        Host {
            execution_id: "test-execution".to_owned(),
            attempt: 1,
            env: "test".to_owned(),
            params: Value::Object(serde_json::Map::new()),
            secrets: Vec::new(),
            variables: Value::Object(serde_json::Map::new()),
            remaining: Duration::from_secs(30),
            state: Rc::default(),
        }
    }

    /// Sets the execution id. Defaults to `test-execution`.
    #[must_use]
    pub fn execution_id(mut self, id: impl Into<String>) -> Self {
        self.execution_id = id.into();
        self
    }

    /// Sets the attempt. Defaults to 1.
    #[must_use]
    pub fn attempt(mut self, attempt: u32) -> Self {
        self.attempt = attempt;
        self
    }

    /// Sets the environment. Defaults to `test`.
    #[must_use]
    pub fn env(mut self, env: impl Into<String>) -> Self {
        self.env = env.into();
        self
    }

    /// Sets the params. Defaults to an empty object.
    #[must_use]
    pub fn params(mut self, params: Value) -> Self {
        self.params = params;
        self
    }

    /// Grants one more secret, by name. Defaults to none.
    #[must_use]
    pub fn secret(mut self, name: impl Into<String>) -> Self {
        self.secrets.push(name.into());
        self
    }

    /// Sets the flow's variables. Defaults to an empty object.
    #[must_use]
    pub fn variables(mut self, variables: Value) -> Self {
        self.variables = variables;
        self
    }

    /// Sets how long the execution may go on. Defaults to 30 seconds.
    #[must_use]
    pub fn remaining(mut self, remaining: Duration) -> Self {
        self.remaining = remaining;
        self
    }

    /// Adds the response to one request with this method and URL. Each response
    /// is used once, in the order of the script.
    #[must_use]
    pub fn answer(
        self,
        method: impl Into<String>,
        url: impl Into<String>,
        response: Response,
    ) -> Self {
        self.script(Some((method.into(), url.into())), |_| true, Ok(response))
    }

    /// Lets one request with this method and URL have no response.
    #[must_use]
    pub fn fail(self, method: impl Into<String>, url: impl Into<String>, error: Error) -> Self {
        self.script(Some((method.into(), url.into())), |_| true, Err(error))
    }

    /// Adds the response to one request, whatever it is.
    #[must_use]
    pub fn answer_next(self, response: Response) -> Self {
        self.script(None, |_| true, Ok(response))
    }

    /// Lets one request have no response, whatever it is.
    #[must_use]
    pub fn fail_next(self, error: Error) -> Self {
        self.script(None, |_| true, Err(error))
    }

    /// Handles every request for which the script has nothing left.
    #[must_use]
    pub fn answer_with(
        self,
        respond: impl FnMut(&Request) -> Result<Response, Error> + 'static,
    ) -> Self {
        self.state.borrow_mut().respond = Some(Box::new(respond));
        self
    }

    /// Executes an action once.
    ///
    /// # Errors
    ///
    /// The failure that a caller would get.
    pub fn run<A: Action>(&self, payload: impl Serialize) -> Result<Value, Failure> {
        value(self.run_text::<A>(&text(payload)?)?)
    }

    /// Executes an async action once.
    ///
    /// # Errors
    ///
    /// The failure that a caller would get.
    pub fn run_async<A: AsyncAction>(&self, payload: impl Serialize) -> Result<Value, Failure> {
        let call = self.call(&text(payload)?);
        value(self.enter(|| block_on(execute_async::<A>(call)))?)
    }

    /// Executes an action once with the exact text of a payload.
    ///
    /// # Errors
    ///
    /// The failure that a caller would get.
    pub fn run_text<A: Action>(&self, payload: &str) -> Result<String, Failure> {
        let call = self.call(payload);
        self.enter(|| execute::<A>(call))
    }

    /// Makes this the host of everything that `body` calls on this thread.
    pub fn enter<T>(&self, body: impl FnOnce() -> T) -> T {
        host::enter(&self.state, body)
    }

    /// Every request so far, in the order in which they were sent.
    pub fn requests(&self) -> Vec<Request> {
        self.state.borrow().requests.clone()
    }

    /// What of the script no request has had, such as `GET https://a.example/`.
    pub fn unused(&self) -> Vec<String> {
        let state = self.state.borrow();
        state.script.iter().map(Scripted::to_string).collect()
    }

    /// How many requests of an [`AsyncAction`] were under way at the same time,
    /// at most.
    pub fn most_at_once(&self) -> usize {
        self.state.borrow().most_at_once
    }

    /// Every log record so far.
    pub fn logs(&self) -> Vec<Record> {
        self.state.borrow().logs.clone()
    }

    fn script(
        self,
        of: Option<(String, String)>,
        fits: impl Fn(&Request) -> bool + 'static,
        outcome: Result<Response, Error>,
    ) -> Self {
        let fits = Box::new(fits);
        self.state
            .borrow_mut()
            .script
            .push(Scripted { of, fits, outcome });
        self
    }

    fn call(&self, payload: &str) -> Call {
        Call {
            payload: payload.to_owned(),
            execution_id: self.execution_id.clone(),
            attempt: self.attempt,
            env: self.env.clone(),
            params: self.params.to_string(),
            secrets: self.secrets.clone(),
            variables: self.variables.to_string(),
            remaining: self.remaining,
        }
    }
}

fn text(payload: impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(&payload).map_err(|error| {
        Failure::invalid_payload(format!(
            "the test's payload cannot be written as JSON: {error}"
        ))
    })
}

fn value(output: String) -> Result<Value, Failure> {
    serde_json::from_str(&output)
        .map_err(|error| Failure::internal(format!("the output is not JSON: {error}")))
}
