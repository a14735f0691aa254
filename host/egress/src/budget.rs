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

/// The requests and bytes of one execution, all its attempts together. Shared
/// by everything that sends on the execution's behalf.
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
    /// Where its requests take memory; nowhere, if nobody counts it.
    memory: Option<Arc<Share>>,
    /// Whether the host had no memory for something.
    short: AtomicBool,
}

impl fmt::Debug for RequestBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestBudget")
            .field("execution_id", &self.execution_id)
            .finish_non_exhaustive()
    }
}

/// How long an execution has waited for requests, several at once counted once.
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

/// What a node has left, at most, to make something of an answer that does not
/// come.
const LEFT: Duration = Duration::from_millis(500);

/// Refused requests of an execution that are recorded.
const MAX_REFUSED: u64 = 256;

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    /// It is judged.
    Judged,
    /// It is the first that is not, and the last to be recorded.
    Last,
    /// It is neither judged nor recorded.
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
    /// The budget of an execution that has until `deadline`.
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

    /// The same for an execution whose writes are recorded or replayed.
    pub fn with_writes(mut self, writes: WriteReplay) -> RequestBudget {
        self.writes = writes;
        self
    }

    /// The same for an execution of a node, whose requests take these permits,
    /// which all its executions share.
    pub fn with_node_semaphore(mut self, node: Option<Arc<ResizableSemaphore>>) -> RequestBudget {
        self.node_in_flight = node;
        self
    }

    /// The same for an execution that is part of a trace.
    pub fn with_trace(mut self, trace: Option<Arc<TraceContext>>) -> RequestBudget {
        self.trace = trace;
        self
    }

    /// The same for an execution whose requests take their memory of this share.
    pub fn with_memory(mut self, memory: &Arc<Share>) -> RequestBudget {
        self.memory = Some(Arc::clone(memory));
        self
    }

    /// Room for a request, nothing of it taken yet.
    pub fn room(&self) -> Room {
        self.memory.as_ref().map(Room::of).unwrap_or_default()
    }

    /// Notes that the host has no memory for a request or its answer, and says
    /// what the node is told.
    pub(crate) fn no_room(&self) -> SendError {
        self.run_short();
        SendError::Exhausted("the host has no memory for it".to_owned())
    }

    /// Notes that the host has no memory for what the execution wants: it ends
    /// with the host's own word.
    pub fn run_short(&self) {
        self.short.store(true, Relaxed);
    }

    /// Whether the host had no memory for it.
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

    /// Until when a request that begins now may take: a tenth of the time that
    /// the execution has left is for the node to answer in.
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

    /// Counts a call, before anything is known of it. Refused requests cost a
    /// node nothing but its time, and each is recorded: without an end to them
    /// a node could flood the operator's records.
    pub(crate) fn call(&self) -> Call {
        let last = self.judged();
        match self.calls.fetch_add(1, Relaxed) {
            before if before < last => Call::Judged,
            before if before == last => Call::Last,
            _ => Call::Unheard,
        }
    }

    /// The most calls of an execution that are judged.
    fn judged(&self) -> u64 {
        self.max_requests.saturating_add(MAX_REFUSED)
    }

    /// The most calls of an execution that are judged or recorded: no further
    /// one is anything but an error.
    pub fn heard(&self) -> u64 {
        self.judged().saturating_add(1)
    }

    /// Takes one request with a body of that many bytes, and tells how many
    /// bytes its answer may have.
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

    /// Takes a body of that many bytes, and tells how many bytes the answer may
    /// have.
    pub(crate) fn take_body(&self, body: u64) -> Result<u64, SendError> {
        let received = self.bytes_in.load(Relaxed);
        let room = |sent: u64| {
            let sent = sent.checked_add(body)?;
            // Without a byte left for an answer the request makes no sense.
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

    /// Counts the body of an answer. Requests that run side by side have each
    /// been promised what was left when they started; the one that breaks the
    /// budget is told so here.
    pub(crate) fn receive(&self, body: u64) -> Result<(), SendError> {
        // A transport may answer whatever it likes: a sum that wrapped around
        // would be room again.
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
