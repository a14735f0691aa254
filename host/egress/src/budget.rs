//! What one execution may still spend on requests.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::limits::Limits;
use crate::room::Room;
use crate::semaphore::ResizableSemaphore;
use crate::send_error::SendError;
use crate::shadow::WriteReplay;
use crate::shares::Share;
use crate::trace_context::TraceContext;
use crate::unit::Unit;

/// The requests and bytes that one execution may use, all its attempts
/// together. Everything that sends on the execution's behalf shares it.
pub struct RequestBudget {
    execution_id: Arc<str>,
    deadline: Instant,
    max_requests: u64,
    max_bytes: u64,
    calls: AtomicU64,
    requests: AtomicU64,
    bytes_in: AtomicU64,
    bytes_out: AtomicU64,
    waiting: Mutex<Waiting>,
    pub(crate) in_flight: ResizableSemaphore,
    /// The permits that all executions of the node share.
    pub(crate) node_in_flight: Option<Arc<ResizableSemaphore>>,
    pub(crate) writes: WriteReplay,
    pub(crate) trace: Option<Arc<TraceContext>>,
    /// Where its requests take memory; `None` if memory is not counted.
    memory: Option<Arc<Share>>,
    /// Whether the host ran out of memory for something.
    short: AtomicBool,
}

impl fmt::Debug for RequestBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestBudget")
            .field("execution_id", &self.execution_id)
            .finish_non_exhaustive()
    }
}

/// How long an execution has waited for requests. Requests that overlap are
/// counted once.
#[derive(Default)]
struct Waiting {
    requests: u64,
    since: Option<Instant>,
    before: Duration,
}

/// A request that its execution waits for, until it is dropped.
pub(crate) struct Waits<'a>(&'a RequestBudget);

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        let mut waiting = self.0.waiting();
        waiting.requests = waiting.requests.saturating_sub(1);
        if waiting.requests == 0
            && let Some(since) = waiting.since.take()
        {
            waiting.before += since.elapsed();
        }
    }
}

/// The most time that is kept for a node to produce a result when no response
/// comes.
const LEFT: Duration = Duration::from_millis(500);

/// The most refused requests of an execution that are recorded.
const MAX_REFUSED: u64 = 256;

/// What happens to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    /// It is checked.
    Judged,
    /// It is the first that is not checked, and the last that is recorded.
    Last,
    /// It is neither checked nor recorded.
    Unheard,
}

/// What an execution has spent on requests so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Requests that the policy allowed.
    pub requests: u64,
    /// Bytes of response bodies.
    pub bytes_in: u64,
    /// Bytes of request bodies.
    pub bytes_out: u64,
}

impl RequestBudget {
    /// The budget of an execution that ends by `deadline`.
    pub fn new(execution_id: Arc<str>, limits: &Limits, deadline: Instant) -> RequestBudget {
        RequestBudget {
            execution_id,
            deadline,
            max_requests: limits.requests,
            max_bytes: limits.http_bytes,
            calls: AtomicU64::new(0),
            requests: AtomicU64::new(0),
            bytes_in: AtomicU64::new(0),
            bytes_out: AtomicU64::new(0),
            waiting: Mutex::default(),
            in_flight: ResizableSemaphore::new(limits.requests_in_flight),
            node_in_flight: None,
            writes: WriteReplay::Off,
            trace: None,
            memory: None,
            short: AtomicBool::new(false),
        }
    }

    /// Records or replays the execution's writes.
    pub fn with_writes(mut self, writes: WriteReplay) -> RequestBudget {
        self.writes = writes;
        self
    }

    /// Makes the execution's requests take permits from this semaphore, which
    /// all executions of the node share.
    pub fn with_node_semaphore(mut self, node: Option<Arc<ResizableSemaphore>>) -> RequestBudget {
        self.node_in_flight = node;
        self
    }

    /// Makes the execution part of a trace.
    pub fn with_trace(mut self, trace: Option<Arc<TraceContext>>) -> RequestBudget {
        self.trace = trace;
        self
    }

    /// Makes the execution's requests take their memory from this share.
    pub fn with_memory(mut self, memory: &Arc<Share>) -> RequestBudget {
        self.memory = Some(Arc::clone(memory));
        self
    }

    /// Room for a request, with nothing taken yet.
    pub fn room(&self) -> Room {
        self.memory.as_ref().map(Room::of).unwrap_or_default()
    }

    /// Notes that the host has no memory for a request or its response, and
    /// returns the error for the node.
    pub(crate) fn no_room(&self) -> SendError {
        self.run_short();
        SendError::Exhausted("the host has no memory for it".to_owned())
    }

    /// Notes that the host has no memory for the execution: it ends with the
    /// host's error.
    pub fn run_short(&self) {
        self.short.store(true, Relaxed);
    }

    /// Whether the host ran out of memory for the execution.
    pub fn is_short(&self) -> bool {
        self.short.load(Relaxed)
    }

    /// What it has spent so far.
    pub fn spent(&self) -> Spent {
        Spent {
            requests: self.requests.load(Relaxed),
            bytes_in: self.bytes_in.load(Relaxed),
            bytes_out: self.bytes_out.load(Relaxed),
        }
    }

    pub(crate) fn execution_id(&self) -> &Arc<str> {
        &self.execution_id
    }

    /// When a request that begins now must have ended: a tenth of the
    /// execution's remaining time is kept for the node to produce its result.
    pub(crate) fn latest(&self, now: Instant) -> Instant {
        let left = self.deadline.saturating_duration_since(now);
        now + (left - (left / 10).min(LEFT))
    }

    /// Notes that the execution waits for a request.
    pub(crate) fn wait(&self, now: Instant) -> Waits<'_> {
        let mut waiting = self.waiting();
        waiting.requests += 1;
        waiting.since.get_or_insert(now);
        Waits(self)
    }

    /// How long it has waited for requests so far.
    pub fn waited(&self) -> Duration {
        let waiting = self.waiting();
        let now = waiting.since.map(|since| since.elapsed());
        waiting.before + now.unwrap_or_default()
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a call before anything about it is checked. A refused request
    /// costs a node only time, and each is recorded: without a limit a node
    /// could flood the operator's records.
    pub(crate) fn call(&self) -> Call {
        let last = self.judged();
        match self.calls.fetch_add(1, Relaxed) {
            before if before < last => Call::Judged,
            before if before == last => Call::Last,
            _ => Call::Unheard,
        }
    }

    /// How many calls of an execution are checked at most.
    fn judged(&self) -> u64 {
        self.max_requests.saturating_add(MAX_REFUSED)
    }

    /// How many calls of an execution are checked or recorded at most. Further
    /// calls only get an error.
    pub fn heard(&self) -> u64 {
        self.judged().saturating_add(1)
    }

    /// Takes one request with a body of `body` bytes, and returns how many
    /// bytes its response body may have.
    pub(crate) fn take(&self, body: u64) -> Result<u64, SendError> {
        self.take_request()?;
        self.take_body(body).inspect_err(|_| {
            self.requests.fetch_sub(1, Relaxed);
        })
    }

    /// Takes one request whose body is still to come.
    fn take_request(&self) -> Result<(), SendError> {
        let another = |requests: u64| (requests < self.max_requests).then_some(requests + 1);
        if self
            .requests
            .fetch_update(Relaxed, Relaxed, another)
            .is_err()
        {
            let max = self.max_requests;
            return Err(SendError::Exhausted(format!(
                "all {max} requests are used up (`requests`)"
            )));
        }
        Ok(())
    }

    /// Takes a body of `body` bytes, and returns how many bytes the response
    /// body may have.
    pub(crate) fn take_body(&self, body: u64) -> Result<u64, SendError> {
        let received = self.bytes_in.load(Relaxed);
        let room = |sent: u64| {
            let sent = sent.checked_add(body)?;
            // A request needs at least one byte left for its response.
            (sent.saturating_add(received) < self.max_bytes).then_some(sent)
        };
        match self.bytes_out.fetch_update(Relaxed, Relaxed, room) {
            Ok(sent_before) => Ok(self
                .max_bytes
                .saturating_sub(sent_before)
                .saturating_sub(body)
                .saturating_sub(received)),
            Err(_) => {
                let max = Unit::Bytes.show(self.max_bytes);
                Err(SendError::Exhausted(format!(
                    "{max} of bodies are used up (`http-bytes`)"
                )))
            }
        }
    }

    /// Counts the body of a response. Concurrent requests were each promised
    /// what was left when they started; the one that exceeds the budget fails
    /// here.
    pub(crate) fn receive(&self, body: u64) -> Result<(), SendError> {
        // A transport may return a body of any length: a sum that wrapped
        // around would leave room again.
        let sum = |before: u64| Some(before.saturating_add(body));
        let before = self.bytes_in.fetch_update(Relaxed, Relaxed, sum);
        let received = before.unwrap_or_default().saturating_add(body);
        let sent = self.bytes_out.load(Relaxed);
        if received.saturating_add(sent) <= self.max_bytes {
            Ok(())
        } else {
            Err(SendError::TooLarge)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(requests: u64, http_bytes: u64) -> RequestBudget {
        let limits = Limits {
            requests,
            http_bytes,
            ..Limits::default()
        };
        RequestBudget::new("e".into(), &limits, Instant::now())
    }

    #[test]
    fn requests_are_counted_and_end() {
        let budget = budget(2, 100);
        assert_eq!(budget.take(10), Ok(90));
        assert_eq!(budget.take(0), Ok(90));
        let error = SendError::Exhausted("all 2 requests are used up (`requests`)".into());
        assert_eq!(budget.take(0), Err(error));
        assert_eq!(
            budget.spent(),
            Spent {
                requests: 2,
                bytes_in: 0,
                bytes_out: 10
            }
        );
    }

    #[test]
    fn bytes_of_both_directions_are_counted_and_end() {
        let budget = budget(10, 1024);
        assert_eq!(budget.take(24), Ok(1000));
        assert_eq!(budget.receive(1000), Ok(()));
        let error = SendError::Exhausted("1KiB of bodies are used up (`http-bytes`)".into());
        assert_eq!(budget.take(0), Err(error.clone()));
        assert_eq!(budget.take(u64::MAX), Err(error));
        assert_eq!(budget.receive(1), Err(SendError::TooLarge));
        assert_eq!(
            budget.spent(),
            Spent {
                requests: 1,
                bytes_in: 1001,
                bytes_out: 24
            }
        );
    }
}
