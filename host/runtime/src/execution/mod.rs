//! One call of a node: attempts, deadline, outcome.

mod attempt;
pub(crate) mod golden;
mod queue;
mod threads;
mod tracker;

use std::future::poll_fn;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use futures_util::FutureExt;
use hospes_egress::semaphore::ResizableSemaphore;
use hospes_egress::shares::{self, Stake};
use hospes_egress::{RequestBudget, WriteReplay, tell};
use tokio::time::{Instant, sleep, timeout_at};
use tracing::Span;
use tracing::field::Empty;

pub(crate) use queue::ExecutionQueue;
pub(crate) use threads::{Pace, Threads};
pub(crate) use tracker::ExecutionTracker;

use crate::capability::http::HttpCtx;
use crate::capability::log::LogCtx;
use crate::context::Context;
use crate::engine::{Engine, Meter};
use crate::json::Json;
use crate::outcome::{Answer, Fault, Outcome, Usage, word};
use crate::recording::{Recorder, Subject};
use crate::revision::{CONTRACT, Revision};

/// One call of a node.
pub(crate) struct Call<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) revision: &'a Revision,
    pub(crate) payload: &'a Json,
    pub(crate) context: &'a Context,
    pub(crate) id: Arc<str>,
    /// Whether its writes are recorded or replayed.
    pub(crate) writes: WriteReplay,
    /// The permits that it needs before it runs.
    pub(crate) places: Option<&'a ExecutionQueue>,
    /// The permits of the node's requests.
    pub(crate) requests: Option<Arc<ResizableSemaphore>>,
    /// Where it is counted, and by which it can be ended.
    pub(crate) running: &'a ExecutionTracker,
    /// Its time, which has already begun.
    pub(crate) meter: Arc<Meter>,
    /// Where it takes its permits and its memory from.
    pub(crate) stake: &'a Arc<Stake>,
}

/// Everything that the attempts of one execution share.
pub(crate) struct Execution<'a> {
    call: Call<'a>,
    revision: &'a Revision,
    id: Arc<str>,
    payload: String,
    meter: Arc<Meter>,
    budget: Arc<RequestBudget>,
    log: LogCtx,
    recorder: Option<Arc<Recorder>>,
}

/// The span for subscribers of `tracing`; without one it costs next to nothing.
fn span(call: &Call<'_>) -> Span {
    let id = &call.revision.id;
    tracing::info_span!(
        "execution",
        node = &*call.revision.admitted.node,
        digest = id.digest,
        generation = id.generation,
        execution_id = &*call.id,
        attempt = Empty,
        outcome = Empty,
    )
}

/// The time of an execution: the revision's, or less if the caller asks for
/// less.
pub(crate) fn meter(revision: &Revision, context: &Context) -> Arc<Meter> {
    let limit = revision.admitted.limits.deadline;
    let deadline = context.deadline.unwrap_or(limit).min(limit);
    Arc::new(Meter::new(deadline))
}

/// Records a call.
fn recorder(call: &Call<'_>) -> Arc<Recorder> {
    let (admitted, id) = (&call.revision.admitted, &call.revision.id);
    let subject = Subject {
        contract: CONTRACT,
        node: &admitted.node,
        component: &id.digest,
        generation: id.generation,
        version: &id.version,
        execution_id: &call.id,
        policy: admitted.policy.hash(),
        limits: &admitted.limits,
    };
    let memory = call.stake.memory.holding();
    Arc::new(Recorder::new(
        Arc::clone(&call.revision.gate),
        subject,
        memory,
    ))
}

/// The outcome of an execution that never began.
pub(crate) fn not_begun(call: Call<'_>, fault: Fault) -> Outcome {
    Execution::new(call).outcome(Err(fault), 0)
}

/// Runs a node once, with as many attempts as its revision allows.
pub(crate) async fn execute(call: Call<'_>) -> Outcome {
    let span = span(&call);
    let mut execution = Execution::new(call);
    let mut attempts = 0;
    let answer = execution.admitted(&mut attempts, &span).await;
    span.record("attempt", attempts);
    span.record("outcome", word(&answer));
    execution.outcome(answer, attempts)
}

impl<'a> Execution<'a> {
    fn new(call: Call<'a>) -> Execution<'a> {
        let revision = call.revision;
        let limits = &revision.admitted.limits;
        let meter = Arc::clone(&call.meter);
        let id = Arc::clone(&call.id);
        let budget = RequestBudget::new(Arc::clone(&id), &limits.egress, meter.deadline())
            .with_writes(call.writes.clone())
            .with_node_semaphore(call.requests.clone())
            .with_trace(call.context.trace.clone())
            .with_memory(&call.stake.memory);
        let recorder = call.context.recording.is_some().then(|| recorder(&call));
        Execution {
            revision,
            payload: String::new(),
            budget: Arc::new(budget),
            log: LogCtx::new(
                Arc::clone(&revision.gate),
                limits,
                call.context.listener.clone(),
                call.stake.memory.holding(),
            )
            .recorded(recorder.clone()),
            recorder,
            meter,
            id,
            call,
        }
    }
}

impl Execution<'_> {
    /// Waits for a permit and runs the attempts.
    async fn admitted(&mut self, attempts: &mut u32, span: &Span) -> Result<Answer, Fault> {
        let limits = &self.revision.admitted.limits;
        let payload = self.call.payload.as_str();
        let (bytes, limit) = (payload.len() as u64, limits.payload);
        if bytes > limit {
            return Err(Fault::PayloadTooLarge { bytes, limit });
        }
        let mut memory = self.call.stake.memory.holding();
        if !memory.take(self.needs()) {
            return Err(self.no_memory());
        }
        self.payload = payload.to_owned();
        self.record_call();
        let ends = Instant::from_std(self.meter.deadline());
        let attempts = async {
            let _place = match self.call.places {
                Some(places) => Some(places.enter(limits).await?),
                None => None,
            };
            let shared = &self.call.stake.places;
            let mut place = shared.holding();
            let permits = u64::from(self.revision.admitted.permits);
            if !place.take(permits.min(shared.whole())) {
                let message = self.call.engine.full().to_owned();
                return Err(Fault::Overloaded { message });
            }
            self.attempts(attempts).await
        };
        // A panic of the host's code, or of a capability that the host added,
        // ends only this execution.
        let mut attempts = pin!(timeout_at(ends, AssertUnwindSafe(attempts).catch_unwind()));
        let mut stopped = pin!(self.call.running.stopped());
        // Whether it was stopped is only checked while it waits. The future is
        // large: it is polled in place, and not moved into another.
        let ended = poll_fn(|cx| {
            let _within = span.enter();
            match attempts.as_mut().poll(cx) {
                Poll::Ready(ended) => Poll::Ready(Some(ended)),
                // The node must not handle this error.
                Poll::Pending if self.budget.is_short() => Poll::Ready(None),
                Poll::Pending => stopped.as_mut().poll(cx).map(|()| None),
            }
        });
        let ended = ended.await;
        if self.budget.is_short() {
            return Err(self.no_memory());
        }
        match ended {
            Some(Ok(Ok(answer))) => answer,
            Some(Ok(Err(_panic))) => Err(Fault::panicked()),
            Some(Err(_elapsed)) => Err(Fault::Deadline {
                limit: self.meter.time(),
            }),
            None => Err(Fault::Cancelled),
        }
    }

    async fn attempts(&self, attempts: &mut u32) -> Result<Answer, Fault> {
        loop {
            *attempts += 1;
            Span::current().record("attempt", *attempts);
            let answer = self.attempt(*attempts).await?;
            let Answer::Failure(failure) = &answer else {
                return Ok(answer);
            };
            // Waiting beyond the deadline would be useless: the caller gets the
            // failure with its wait at once.
            let wait = self.revision.admitted.retry.wait(*attempts, failure);
            let Some(wait) = wait.filter(|wait| *wait < self.meter.remaining()) else {
                return Ok(answer);
            };
            sleep(wait).await;
            self.meter.next_attempt();
        }
    }

    /// The memory that the host takes for it in any case, in bytes: its store,
    /// its payload (parsed, kept and passed on), its variables, and an
    /// incomplete line of its output.
    fn needs(&self) -> u64 {
        const STORE: u64 = 64 << 10;
        let (payload, context) = (self.call.payload, self.call.context);
        let payload = payload.as_str().len() as u64;
        let variables = context.variables.as_ref();
        let variables = variables.map_or(0, |variables| variables.as_str().len() as u64);
        STORE + 3 * payload + 2 * variables + self.revision.admitted.limits.output
    }

    /// The host's error, which says nothing about the node.
    fn no_memory(&self) -> Fault {
        Fault::Overloaded {
            message: shares::in_use(self.call.stake.memory.whole()),
        }
    }

    fn http(&self) -> HttpCtx {
        HttpCtx {
            gate: Arc::clone(&self.revision.gate),
            budget: Arc::clone(&self.budget),
            recorder: self.recorder.clone(),
        }
    }

    fn outcome(self, answer: Result<Answer, Fault>, attempts: u32) -> Outcome {
        let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        let spent = self.budget.spent();
        let outcome = Outcome {
            answer,
            node: Arc::clone(&self.revision.admitted.node),
            revision: Arc::clone(&self.revision.id),
            execution_id: self.id,
            attempts,
            usage: Usage {
                wall_us: micros(self.meter.start().elapsed()),
                cpu_us: micros(self.meter.cpu()),
                memory_peak_bytes: self.meter.memory_peak(),
                http_requests: spent.requests,
                http_bytes_in: spent.bytes_in,
                http_bytes_out: spent.bytes_out,
            },
            held_up: self.budget.waited() + self.meter.held_up(),
            logs: self.log.take(),
        };
        if let (Some(recorder), Some(listener)) = (self.recorder, &self.call.context.recording) {
            tell(|| listener(recorder.finish(&outcome)));
        }
        outcome
    }

    /// Records what the node is given.
    fn record_call(&self) {
        let Some(recorder) = &self.recorder else {
            return;
        };
        let admitted = &self.revision.admitted;
        let variables = self.call.context.variables.as_ref();
        recorder.call(
            &admitted.env,
            admitted.params.as_str(),
            &admitted.secret_names,
            variables.map_or("{}", Json::as_str),
            &self.payload,
        );
    }
}
