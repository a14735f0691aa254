//! One request against settings, script and rate window; the outcome goes to the accepted objects and the record.
//!
//! The server brings bytes and takes away a [`Plan`]. Everything here happens under one lock and without
//! waiting, so a request is checked and written down as a whole.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use hyper::header::{AUTHORIZATION, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use serde_json::Value;

use crate::accepted::AcceptedObjects;
use crate::answer::{MockResponse, RateLimitStyle};
use crate::check::{self, Assessment, Received, Rules};
use crate::exchange::{Ending, Exchange};
use crate::input_array::Counts;
use crate::quota::{Quota, Window};
use crate::script::{Reset, Script, ScriptStep};

/// What [`Builder::on_exchange`](crate::Builder::on_exchange) was given.
pub(crate) type Hook = Box<dyn Fn(&Exchange) + Send + Sync>;

/// What does not change while the server runs.
pub(crate) struct Settings {
    pub(crate) key: String,
    pub(crate) forbidden: bool,
    pub(crate) rules: Rules,
    pub(crate) style: RateLimitStyle,
}

pub(crate) struct Handler {
    settings: Settings,
    state: Mutex<State>,
    decided: Condvar,
    hook: Option<Hook>,
}

struct State {
    arrived: u64,
    script: Script,
    window: Window,
    accepted: AcceptedObjects,
    exchanges: Vec<Exchange>,
}

/// A request whose headers are there, with the step it will get.
pub(crate) struct Arrival {
    request: u64,
    head: Parts,
    /// `None` after the end of the script.
    step: Option<ScriptStep>,
}

/// What the server has to do.
pub(crate) struct Plan {
    pub(crate) delay: Duration,
    pub(crate) answer: Option<MockResponse>,
    pub(crate) ending: Ending,
}

impl Arrival {
    /// Whether the connection ends before the body is read.
    pub(crate) fn is_cut_short(&self) -> bool {
        self.step
            .as_ref()
            .is_some_and(|step| step.reset == Some(Reset::Before))
    }
}

impl Handler {
    pub(crate) fn new(
        settings: Settings,
        script: Script,
        window: Window,
        hook: Option<Hook>,
    ) -> Self {
        let state = State {
            arrived: 0,
            script,
            window,
            accepted: AcceptedObjects::default(),
            exchanges: Vec::new(),
        };
        Self {
            settings,
            state: Mutex::new(state),
            decided: Condvar::new(),
            hook,
        }
    }

    pub(crate) fn key(&self) -> &str {
        &self.settings.key
    }

    pub(crate) fn accepted(&self) -> AcceptedObjects {
        self.lock().accepted.clone()
    }

    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        let mut exchanges = self.lock().exchanges.clone();
        // Bodies that were read side by side end in any order.
        exchanges.sort_by_key(|exchange| exchange.request);
        exchanges
    }

    pub(crate) fn requests(&self) -> u64 {
        self.lock().arrived
    }

    pub(crate) fn wait_for(&self, count: usize, timeout: Duration) -> bool {
        let few = |state: &mut State| state.exchanges.len() < count;
        let waited = self.decided.wait_timeout_while(self.lock(), timeout, few);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.exchanges.len() >= count
    }

    /// Numbers a request and gives it its step; the body is still to come.
    pub(crate) fn arrive(&self, head: Parts) -> Arrival {
        let mut state = self.lock();
        state.arrived += 1;
        Arrival {
            request: state.arrived,
            head,
            step: state.script.advance(),
        }
    }

    /// Decides a request that was read to its end.
    pub(crate) fn decide(&self, arrival: Arrival, received: &Received) -> Plan {
        let step = arrival.step.clone().unwrap_or_default();
        let mut state = self.lock();
        let (assessment, quota) = self.honest(&mut state.window, &arrival.head, received);
        let answer = match step.reset {
            Some(Reset::Before | Reset::After) => None,
            Some(Reset::Truncated) | None => {
                let authorization = first_authorization(&arrival.head);
                Some(MockResponse::new(
                    &assessment,
                    &step,
                    self.settings.style,
                    &quota,
                    &authorization,
                ))
            }
        };
        let mut accepted = Counts::default();
        if step.takes(answer.as_ref().map_or(0, |answer| answer.status)) {
            accepted = Counts::count(&assessment.accepted);
            state.accepted.take(arrival.request, &assessment.accepted);
        }
        let ending = match step.reset {
            None => Ending::Answered,
            Some(Reset::Before) => Ending::ResetBefore,
            Some(Reset::After) => Ending::ResetAfter,
            Some(Reset::Truncated) => Ending::Truncated,
        };
        let mut exchange = self.exchange(&arrival, ending);
        exchange.body = shown(received);
        exchange.body_bytes = received.size;
        exchange.answer.clone_from(&answer);
        exchange.accepted = accepted;
        exchange.refused = assessment.refused;
        exchange.notes = assessment.notes;
        self.record(state, exchange);
        Plan {
            delay: delay(&step),
            answer,
            ending,
        }
    }

    /// Writes down a request whose body was not read to its end.
    pub(crate) fn give_up(&self, arrival: &Arrival) -> Plan {
        let step = arrival.step.clone().unwrap_or_default();
        let ending = if arrival.is_cut_short() {
            Ending::ResetBefore
        } else {
            Ending::Abandoned
        };
        self.record(self.lock(), self.exchange(arrival, ending));
        Plan {
            delay: delay(&step),
            answer: None,
            ending,
        }
    }

    /// What a server without a script would say, and the window beside it.
    fn honest(
        &self,
        window: &mut Window,
        head: &Parts,
        received: &Received,
    ) -> (Assessment, Quota) {
        let Settings {
            key,
            forbidden,
            rules,
            ..
        } = &self.settings;
        let (now, clock) = (Instant::now(), SystemTime::now());
        if let Err(assessment) = check::admit(
            &head.method,
            head.uri.path(),
            &head.headers,
            key,
            *forbidden,
        ) {
            return (assessment, window.peek(now, clock));
        }
        let quota = window.take(now, clock);
        let assessment = if quota.allowed {
            check::content_type(&head.headers)
                .err()
                .unwrap_or_else(|| check::body(received, rules))
        } else {
            Assessment::fatal(429, "Rate limit exceeded")
        };
        (assessment, quota)
    }

    /// The record of a request before anything is known of its body.
    fn exchange(&self, arrival: &Arrival, ending: Ending) -> Exchange {
        let head = &arrival.head;
        let header = |(name, value): (&HeaderName, &HeaderValue)| {
            (
                name.as_str().to_owned(),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            )
        };
        Exchange {
            request: arrival.request,
            method: head.method.to_string(),
            path: head.uri.to_string(),
            body: Value::Null,
            body_bytes: 0,
            answer: None,
            ending,
            accepted: Counts::default(),
            refused: Vec::new(),
            notes: Vec::new(),
            scripted: arrival.step.as_ref().is_some_and(|step| !step.is_honest()),
            raw_headers: head.headers.iter().map(header).collect(),
            key: self.settings.key.clone(),
        }
    }

    fn record(&self, mut state: MutexGuard<'_, State>, exchange: Exchange) {
        let shown = self.hook.as_ref().map(|hook| (hook, exchange.clone()));
        state.exchanges.push(exchange);
        // The hook may read the accepted objects, so the lock goes first.
        drop(state);
        self.decided.notify_all();
        if let Some((hook, exchange)) = shown {
            hook(&exchange);
        }
    }

    /// A panic in a hook must not take the accepted objects with it.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn delay(step: &ScriptStep) -> Duration {
    Duration::from_millis(step.delay_ms.unwrap_or_default())
}

fn first_authorization(head: &Parts) -> String {
    let value = head.headers.get(AUTHORIZATION);
    value
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        .unwrap_or_default()
}

fn shown(received: &Received) -> Value {
    if received.size > received.bytes.len() as u64 {
        return Value::Null;
    }
    serde_json::from_slice(&received.bytes)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&received.bytes).into_owned()))
}
