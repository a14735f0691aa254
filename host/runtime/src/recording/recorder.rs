//! Makes the recording of one execution.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hospes_egress::shares::Holding;
use hospes_egress::{Gate, HeaderValue, Request, RequestBody, Response, SendError};

use super::chain::Chain;
use super::event::{
    Answer, Base64, Body, Clock, Decision, Event, FORMAT, Failure, Header, HeaderText, Interface,
    Outcome as End, RandomSource, Revision, SendError as Refusal, Subject, Timeouts, VERSION,
};
use super::value::Recording;
use crate::limits::{TABLE, millis};
use crate::outcome::{self, LogRecord, Outcome};

/// What a line takes besides its text.
const LINE: u64 = 64;

/// How many random bytes are in a line. WASI draws a number of 4 bytes for each
/// byte that it gives a node.
const DRAWN: usize = 1024;

/// Makes the recording of one execution, shared by its attempts. Every text of
/// the node, its caller or an upstream is blanked on its way in.
pub(crate) struct Recorder {
    gate: Arc<Gate>,
    state: Mutex<State>,
    /// Whether a secret was blanked out.
    blanked: AtomicBool,
}

struct State {
    lines: Vec<Box<str>>,
    chain: Chain,
    bytes_left: u64,
    left_out: u64,
    requests: u64,
    /// Random bytes that were drawn since the last line.
    drawn: Option<(RandomSource, Vec<u8>)>,
    /// The lines' part of the memory that all nodes share.
    memory: Holding,
    /// Where the random bytes of the node come from; `None` if the system has
    /// none.
    random: Option<blake3::OutputReader>,
    insecure_seed: [u8; 16],
}

impl Recorder {
    pub(crate) fn new(gate: Arc<Gate>, subject: Subject<'_>, memory: Holding) -> Recorder {
        let mut chain = Chain::default();
        let limits = TABLE.iter().map(|limit| {
            let value = limit.unit.show(limit.value(subject.limits));
            (limit.name, value)
        });
        let header = Header {
            format: FORMAT,
            version: VERSION,
            contract: subject.contract,
            node: subject.node,
            component: subject.component,
            revision: Revision {
                generation: subject.generation,
                version: subject.version,
            },
            execution_id: subject.execution_id,
            policy: subject.policy,
            limits: limits.collect(),
        };
        let mut key = [0; 32];
        let random = getrandom::fill(&mut key).ok();
        let random = random.map(|()| blake3::Hasher::new_keyed(&key).finalize_xof());
        let state = State {
            lines: chain.line(&header).into_iter().collect(),
            chain,
            bytes_left: Recording::MAX_BYTES,
            left_out: u64::from(random.is_none()),
            requests: 0,
            drawn: None,
            memory,
            random,
            insecure_seed: [0; 16],
        };
        Recorder {
            gate,
            state: Mutex::new(state),
            blanked: AtomicBool::new(false),
        }
    }

    /// What the execution is given.
    pub(crate) fn call(
        &self,
        env: &str,
        params: &str,
        secrets: &[String],
        variables: &str,
        payload: &str,
    ) {
        self.state().push(&Event::Call {
            env,
            params: self.text(params),
            secrets,
            variables: self.text(variables),
            payload: self.text(payload),
        });
    }

    /// An attempt begins.
    pub(crate) fn attempt(&self, attempt: u32, remaining_ms: u64) {
        let mut state = self.state();
        let mut seed = [0; 16];
        if let Some(random) = &mut state.random {
            random.fill(&mut seed);
        }
        state.insecure_seed = seed;
        state.push(&Event::Attempt {
            attempt,
            remaining_ms,
            insecure_seed: Base64(&seed),
        });
    }

    /// The seed of this attempt's insecure random numbers; `None` if the
    /// recorder has no random bytes to give.
    pub(crate) fn insecure_seed(&self) -> Option<u128> {
        let state = self.state();
        let seed = u128::from_le_bytes(state.insecure_seed);
        state.random.is_some().then_some(seed)
    }

    /// Fills `bytes` with random ones.
    pub(crate) fn random(&self, source: RandomSource, bytes: &mut [u8]) {
        let mut state = self.state();
        if let Some(random) = &mut state.random {
            random.fill(bytes);
        }
        state.draw(source, bytes);
    }

    /// The node has read a clock.
    pub(crate) fn clock(&self, clock: Clock, ns: u64) {
        self.state().push(&Event::Clock { clock, ns });
    }

    /// The node has written a log record, from which secrets are blanked
    /// already.
    pub(crate) fn log(&self, record: &LogRecord) {
        self.state().push(&Event::Log {
            level: record.level,
            message: &record.message,
            fields: &record.fields,
        });
    }

    /// The node makes a request. Returns the request to send, whose body
    /// records itself if the node is still writing it, and the request's
    /// number.
    pub(crate) fn request(
        self: &Arc<Recorder>,
        interface: Interface,
        request: Request,
    ) -> (Request, u64) {
        let mut state = self.state();
        let id = state.requests;
        state.requests += 1;
        let headers = request.headers.iter().map(|(name, value)| {
            let value = match value {
                HeaderValue::Text(text) => HeaderText::Text {
                    text: self.text(text),
                },
                HeaderValue::Secret { name, prefix } => HeaderText::Secret {
                    secret: self.text(name),
                    prefix: self.text(prefix),
                },
            };
            (self.text(name), value)
        });
        let ms = |time: Option<Duration>| time.map(millis);
        state.push(&Event::Request {
            id,
            interface,
            method: self.text(&request.method),
            url: self.text(&request.url),
            headers: headers.collect(),
            body: match &request.body {
                RequestBody::Whole(body) => Some(self.body(body)),
                RequestBody::None | RequestBody::Coming(_) => None,
            },
            timeouts: Timeouts {
                total_ms: ms(request.timeouts.total),
                connect_ms: ms(request.timeouts.connect),
                first_byte_ms: ms(request.timeouts.first_byte),
                between_bytes_ms: ms(request.timeouts.between_bytes),
            },
        });
        drop(state);
        let body = match request.body {
            RequestBody::Coming(body) => {
                let recorder = Arc::clone(self);
                RequestBody::Coming(Box::pin(async move {
                    let body = body.await;
                    if let Ok(body) = &body {
                        recorder.request_body(id, body.as_deref());
                    }
                    body
                }))
            }
            body => body,
        };
        (Request { body, ..request }, id)
    }

    fn request_body(&self, id: u64, body: Option<&[u8]>) {
        let body = body.map(|body| self.body(body));
        self.state().push(&Event::RequestBody { id, body });
    }

    /// The node gets the answer to its request with that number.
    pub(crate) fn answer(&self, id: u64, answer: &Result<Response, SendError>) {
        let decision = match answer {
            Err(SendError::Denied(_)) => Decision::Denied,
            Err(
                SendError::Invalid(_)
                | SendError::Url(_)
                | SendError::Body(_)
                | SendError::Exhausted(_),
            ) => Decision::Refused,
            Ok(_) | Err(_) => Decision::Allowed,
        };
        let answer = match answer {
            Ok(response) => Answer::Response {
                status: response.status,
                headers: &response.headers,
                body: match str::from_utf8(&response.body) {
                    Ok(text) => Body::Text(text.into()),
                    Err(_) => Body::Base64(Base64(&response.body)),
                },
            },
            Err(error) => Answer::Error {
                error: self.refusal(error),
            },
        };
        self.state().push(&Event::Answer {
            id,
            decision,
            answer,
        });
    }

    fn refusal<'a>(&self, error: &'a SendError) -> Refusal<'a> {
        let (cause, message) = match error {
            SendError::Denied(reason) => (None, Cow::Owned(reason.to_string())),
            SendError::Url(why) => (Some("url"), self.text(why)),
            SendError::Body(error) => (Some("body"), Cow::Owned(error.to_string())),
            SendError::Unresolved(why) => (Some("unresolved"), self.text(why)),
            SendError::Invalid(why)
            | SendError::Unreachable(why)
            | SendError::Interrupted(why)
            | SendError::Exhausted(why) => (None, self.text(why)),
            SendError::Timeout | SendError::TooLarge => (None, Cow::Borrowed("")),
        };
        Refusal {
            case: error.case().as_str(),
            cause,
            message,
        }
    }

    /// The recording of an execution that has this outcome. What is recorded
    /// later is lost.
    pub(crate) fn finish(&self, outcome: &Outcome) -> Recording {
        let end = match &outcome.answer {
            Ok(outcome::Answer::Success(result)) => End::Success {
                result: self.text(result.as_str()),
            },
            Ok(outcome::Answer::Failure(failure)) => End::Failure {
                failure: Failure {
                    kind: failure.kind.as_str(),
                    message: self.text(&failure.message),
                    retry_after_ms: failure.retry_after.map(millis),
                    details: failure
                        .details
                        .as_ref()
                        .map(|json| self.text(json.as_str())),
                    source: "node",
                },
            },
            Err(fault) => End::Failure {
                failure: Failure {
                    kind: fault.kind(),
                    message: Cow::Owned(self.gate.scrub(&fault.to_string()).into_owned()),
                    retry_after_ms: fault.retry_after().map(millis),
                    details: None,
                    source: "host",
                },
            },
        };
        let mut state = self.state();
        state.write_drawn();
        let mut lines = std::mem::take(&mut state.lines);
        let left_out = state.left_out;
        let end = state.chain.line(&Event::Outcome {
            outcome: end,
            attempts: outcome.attempts,
            usage: outcome.usage,
            left_out,
            blanked: self.blanked.load(Relaxed),
        });
        lines.extend(end);
        // Nothing is taken any more.
        state.bytes_left = 0;
        Recording {
            lines,
            complete: left_out == 0,
        }
    }

    /// The text without secrets.
    fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let clean = self.gate.scrub(text);
        if matches!(clean, Cow::Owned(_)) {
            self.blanked.store(true, Relaxed);
        }
        clean
    }

    /// A body that the node made. One that is not text and holds a secret is
    /// recorded as the text that is nearest to it.
    fn body<'a>(&self, body: &'a [u8]) -> Body<'a> {
        if let Ok(text) = str::from_utf8(body) {
            return Body::Text(self.text(text));
        }
        match self.text(&String::from_utf8_lossy(body)) {
            Cow::Owned(clean) => Body::Text(Cow::Owned(clean)),
            Cow::Borrowed(_) => Body::Base64(Base64(body)),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn push(&mut self, event: &Event<'_>) {
        self.write_drawn();
        self.add(event);
    }

    /// Adds random bytes to those of the line to come, as long as they have one
    /// source.
    fn draw(&mut self, source: RandomSource, bytes: &[u8]) {
        let fits = |(of, drawn): &(RandomSource, Vec<u8>)| *of == source && drawn.len() < DRAWN;
        if !self.drawn.as_ref().is_some_and(fits) {
            self.write_drawn();
        }
        let (_, drawn) = self.drawn.get_or_insert_with(|| (source, Vec::new()));
        drawn.extend_from_slice(bytes);
    }

    fn write_drawn(&mut self) {
        if let Some((source, bytes)) = self.drawn.take() {
            let bytes = Base64(&bytes);
            self.add(&Event::Random { source, bytes });
        }
    }

    /// Adds a line if there is room for it. Nothing follows what was left out,
    /// so that a recording has no gaps.
    fn add(&mut self, event: &Event<'_>) {
        let taken = Chain::length(event) + LINE;
        let fits = self.left_out == 0 && taken <= self.bytes_left;
        // The list of lines has up to twice the capacity that it needs.
        if !fits || !self.memory.take(taken + LINE) {
            self.left_out += 1;
            return;
        }
        self.bytes_left -= taken;
        let line = self.chain.line(event);
        self.lines.extend(line);
    }
}
