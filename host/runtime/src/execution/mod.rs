//! One call of a node: attempts, deadline, outcome.

mod attempt;
mod context;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::time::{Instant, sleep, timeout_at};

pub use context::{Context, ContextError};

use crate::capability::http::HttpCtx;
use crate::capability::log::LogCtx;
use crate::egress::Allowance;
use crate::engine::{Engine, Meter};
use crate::json::Json;
use crate::outcome::{Answer, Fault, Outcome, Usage};
use crate::revision::Revision;

/// Everything that the attempts of one execution share.
pub(crate) struct Execution<'a> {
    engine: &'a Engine,
    revision: &'a Revision,
    id: Arc<str>,
    payload: String,
    variables: Option<&'a Json>,
    meter: Arc<Meter>,
    allowance: Arc<Allowance>,
    log: LogCtx,
}

/// Runs a node once, with as many attempts as its revision allows.
pub(crate) async fn execute(
    engine: &Engine,
    revision: &Arc<Revision>,
    payload: &Json,
    context: &Context,
) -> Outcome {
    let limits = &revision.limits;
    let deadline = context
        .deadline
        .unwrap_or(limits.deadline)
        .min(limits.deadline);
    let meter = Arc::new(Meter::new(deadline));
    let id = context.execution_id();
    let mut execution = Execution {
        engine,
        revision,
        payload: String::new(),
        variables: context.variables.as_ref(),
        allowance: Arc::new(Allowance::new(Arc::clone(&id), limits, meter.deadline())),
        log: LogCtx::new(Arc::clone(&revision.gate), limits, context.listener.clone()),
        meter,
        id,
    };
    let mut attempts = 0;
    let answer = execution.admitted(payload, deadline, &mut attempts).await;
    execution.outcome(answer, attempts)
}

impl Execution<'_> {
    /// Waits for a place and runs the attempts.
    async fn admitted(
        &mut self,
        payload: &Json,
        deadline: Duration,
        attempts: &mut u32,
    ) -> Result<Answer, Fault> {
        let (bytes, limit) = (payload.as_str().len() as u64, self.revision.limits.payload);
        if bytes > limit {
            return Err(Fault::PayloadTooLarge { bytes, limit });
        }
        self.payload = payload.as_str().to_owned();
        let ends = Instant::from_std(self.meter.deadline());
        let attempts = async {
            let _place = self.revision.places.enter().await?;
            self.attempts(attempts).await
        };
        // A panic of the host's own code, or of a capability that the host
        // added, ends this execution and no other.
        match timeout_at(ends, AssertUnwindSafe(attempts).catch_unwind()).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_panic)) => Err(Fault::Trap {
                message: "the host panicked while it served the node".to_owned(),
            }),
            Err(_elapsed) => Err(Fault::Deadline { limit: deadline }),
        }
    }

    async fn attempts(&self, attempts: &mut u32) -> Result<Answer, Fault> {
        loop {
            *attempts += 1;
            let answer = self.attempt(*attempts).await?;
            let Answer::Failure(failure) = &answer else {
                return Ok(answer);
            };
            // A wait that would end after the deadline helps nobody: the
            // caller gets the failure with its wait at once.
            let wait = self.revision.retry.wait(*attempts, failure);
            let Some(wait) = wait.filter(|wait| *wait < self.meter.remaining()) else {
                return Ok(answer);
            };
            sleep(wait).await;
            self.meter.next_attempt();
        }
    }

    fn http(&self) -> HttpCtx {
        HttpCtx {
            gate: Arc::clone(&self.revision.gate),
            allowance: Arc::clone(&self.allowance),
        }
    }

    fn outcome(self, answer: Result<Answer, Fault>, attempts: u32) -> Outcome {
        let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        let spent = self.allowance.spent();
        Outcome {
            answer,
            node: Arc::clone(&self.revision.node),
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
            logs: self.log.take(),
        }
    }
}
