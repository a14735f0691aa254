//! The answers a test puts before the honest ones.
//!
//! A script is a list of steps, one for each request in order of arrival. Each step starts from the honest
//! answer and replaces only what it names. When the steps are used up, the server is honest again.
//!
//! As JSON a script is an array; a step is the word `"honest"` or an object of these fields, all optional:
//!
//! | field | value | meaning |
//! |---|---|---|
//! | `times` | number from 1 | play this step for so many requests; default 1 |
//! | `status` | 200 to 599 | this status; without `body` it brings the usual words for it |
//! | `headers` | name -> string or list | replace headers of that name |
//! | `body` | JSON | a string is sent as it is, anything else as JSON |
//! | `delay_ms` | number | wait so long before answering; the objects are accepted before |
//! | `reset` | `before`, `after`, `truncated` | end the connection, see [`Reset`] |
//! | `echo` | `header`, `body`, `location` | send the received `Authorization` back, see [`Echo`] |
//! | `accept` | boolean | whether the sound objects are taken, see [`ScriptStep::accept`] |

mod error;
mod json;

use std::collections::VecDeque;
use std::str::FromStr;
use std::time::Duration;

use hyper::header::{CONTENT_LENGTH, HeaderName, HeaderValue, TRANSFER_ENCODING};
use serde::Deserialize;
use serde_json::Value;

pub use error::ScriptError;

/// The steps still to play.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Script {
    steps: VecDeque<ScriptStep>,
}

/// The answer to one request, or to several.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ScriptStep {
    pub(crate) times: Option<u32>,
    pub(crate) status: Option<u16>,
    #[serde(deserialize_with = "json::headers")]
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Option<Value>,
    pub(crate) delay_ms: Option<u64>,
    pub(crate) reset: Option<Reset>,
    pub(crate) echo: Option<Echo>,
    pub(crate) accept: Option<bool>,
}

/// How a connection ends without a proper answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reset {
    /// TCP reset after the headers: the body is not read and nothing is taken.
    Before,
    /// TCP reset after the whole request was read and its objects were taken.
    After,
    /// All headers and half the body of the answer, then the connection is closed. The objects were taken.
    Truncated,
}

/// Where a hostile or careless server repeats the `Authorization` it received.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Echo {
    /// In `X-Echo-Authorization`.
    Header,
    /// As the whole body.
    Body,
    /// In `Location`.
    Location,
}

impl Script {
    /// A script of these steps.
    pub fn new(steps: impl IntoIterator<Item = ScriptStep>) -> Self {
        Self {
            steps: steps.into_iter().collect(),
        }
    }

    /// Reads a script in the JSON form the module describes.
    ///
    /// # Errors
    ///
    /// Names the step, from 1, and the field that cannot be read or makes no sense.
    pub fn from_json(text: &str) -> Result<Self, ScriptError> {
        let script = json::parse(text)?;
        script.check()?;
        Ok(script)
    }

    /// Tells a step that contradicts itself before anything is served.
    pub(crate) fn check(&self) -> Result<(), ScriptError> {
        for (index, step) in self.steps.iter().enumerate() {
            step.check()
                .map_err(|(field, problem)| ScriptError::step(index, Some(field), problem))?;
        }
        Ok(())
    }

    /// The step for the next request; `None` once the script is over.
    pub(crate) fn advance(&mut self) -> Option<ScriptStep> {
        let step = self.steps.front_mut()?;
        let left = step.times.unwrap_or(1);
        if left > 1 {
            step.times = Some(left - 1);
            return Some(step.clone());
        }
        self.steps.pop_front()
    }
}

impl FromStr for Script {
    type Err = ScriptError;

    fn from_str(text: &str) -> Result<Script, ScriptError> {
        Script::from_json(text)
    }
}

impl From<Vec<ScriptStep>> for Script {
    fn from(steps: Vec<ScriptStep>) -> Self {
        Self::new(steps)
    }
}

impl<const N: usize> From<[ScriptStep; N]> for Script {
    fn from(steps: [ScriptStep; N]) -> Self {
        Self::new(steps)
    }
}

impl ScriptStep {
    /// The honest answer, between other steps.
    pub fn honest() -> Self {
        Self::default()
    }

    /// An answer with this status and the words Braze uses for it.
    pub fn status(status: u16) -> Self {
        Self {
            status: Some(status),
            ..Self::default()
        }
    }

    /// The honest answer, so much later.
    pub fn delayed(delay: Duration) -> Self {
        Self::default().delay(delay)
    }

    /// A connection that ends as [`Reset`] says.
    pub fn reset(reset: Reset) -> Self {
        Self {
            reset: Some(reset),
            ..Self::default()
        }
    }

    /// Plays the step for this many requests. Default: 1.
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// Adds a header; it replaces those of its name the server would have sent.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sets the body: a string is sent as it is, anything else as JSON.
    pub fn body(mut self, body: impl Into<Value>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// Waits before answering, with a precision of milliseconds. Default: no wait.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay_ms = Some(u64::try_from(delay.as_millis()).unwrap_or(u64::MAX));
        self
    }

    /// Cuts the answer in the middle of its body.
    pub fn truncated(mut self) -> Self {
        self.reset = Some(Reset::Truncated);
        self
    }

    /// Sends the received `Authorization` back.
    pub fn echo(mut self, echo: Echo) -> Self {
        self.echo = Some(echo);
        self
    }

    /// Says whether the objects are taken that the honest server would have taken, whatever is answered.
    ///
    /// Default: yes for a 2xx and for a connection that ends after the request, no for other statuses.
    pub fn accept(mut self, accept: bool) -> Self {
        self.accept = Some(accept);
        self
    }

    /// Whether the step changes nothing.
    pub(crate) fn is_honest(&self) -> bool {
        Self {
            times: None,
            ..self.clone()
        } == Self::default()
    }

    /// Whether valid objects are accepted when `status` is answered.
    pub(crate) fn takes(&self, status: u16) -> bool {
        let usual = match self.reset {
            Some(Reset::Before) => false,
            Some(Reset::After | Reset::Truncated) => true,
            None => (200..300).contains(&status),
        };
        self.accept.unwrap_or(usual)
    }

    /// The field that makes no sense, and why.
    fn check(&self) -> Result<(), (&'static str, String)> {
        if self.times == Some(0) {
            return Err(("times", "a step is played at least once".to_owned()));
        }
        if self
            .status
            .is_some_and(|status| !(200..600).contains(&status))
        {
            return Err(("status", "a final status is between 200 and 599".to_owned()));
        }
        for (name, value) in &self.headers {
            check_header(name, value).map_err(|problem| ("headers", problem))?;
        }
        if self.echo == Some(Echo::Body) && self.body.is_some() {
            return Err(("echo", "the body is given already".to_owned()));
        }
        match self.reset {
            Some(Reset::Before | Reset::After) if self.answers() => Err((
                "reset",
                "no answer is sent, so status, headers, body and echo mean nothing".to_owned(),
            )),
            Some(Reset::Before) if self.accept == Some(true) => Err((
                "accept",
                "nothing was read, so nothing can be taken".to_owned(),
            )),
            _ => Ok(()),
        }
    }

    fn answers(&self) -> bool {
        self.status.is_some()
            || !self.headers.is_empty()
            || self.body.is_some()
            || self.echo.is_some()
    }
}

fn check_header(name: &str, value: &str) -> Result<(), String> {
    let parsed = HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| format!("\"{name}\" is no header name"))?;
    if parsed == CONTENT_LENGTH || parsed == TRANSFER_ENCODING {
        return Err(format!("\"{name}\" is set by the server itself"));
    }
    HeaderValue::from_str(value).map_err(|_| format!("the value of \"{name}\" cannot be sent"))?;
    Ok(())
}

#[cfg(test)]
mod tests;
