//! Repeats executions of the serving revision on a new one.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use hospes_egress::{Recording, WriteReplay};
use serde_json::Value;
use tokio::sync::OwnedSemaphorePermit;

use crate::context::Context;
use crate::execution::{self, Call};
use crate::golden::difference;
use crate::json::Json;
use crate::node::trial::Trial;
use crate::node::{Shared, Slot};
use crate::outcome::{Answer, Fault, Outcome, word};
use crate::swap::SwapKind;

/// An execution that is to be repeated.
pub(crate) struct Shadow {
    trial: Arc<Trial>,
    place: OwnedSemaphorePermit,
    recording: Arc<Recording>,
}

impl Shadow {
    pub(super) fn new(trial: &Arc<Trial>) -> Option<Shadow> {
        Some(Shadow {
            place: trial.shadow()?,
            trial: Arc::clone(trial),
            recording: Arc::default(),
        })
    }

    /// How the writes of the serving revision's execution are recorded.
    pub(super) fn writes(&self) -> WriteReplay {
        WriteReplay::Recording(Arc::clone(&self.recording))
    }

    /// Runs it in a separate task, for which nothing waits.
    pub(crate) fn run(
        self,
        shared: &Arc<Shared>,
        slot: &Arc<Slot>,
        payload: Json,
        context: Context,
        outcome: &Outcome,
    ) {
        let (shared, slot) = (Arc::clone(shared), Arc::clone(slot));
        // The caller's listener must not get the shadow's records.
        let context = context.unheard();
        let id = Arc::clone(&outcome.execution_id);
        let served = outcome.answer.clone();
        let threads = Arc::clone(&shared);
        threads.threads.spawn(async move {
            let _place = self.place;
            let Some(ticket) = self.trial.live.enter() else {
                return;
            };
            let live = ticket.live();
            let call = Call {
                engine: &shared.engine,
                revision: &live.revision,
                payload: &payload,
                context: &context,
                id,
                writes: WriteReplay::Replaying(self.recording),
                places: None,
                requests: Some(slot.requests()),
                running: &live.running,
                meter: execution::meter(&live.revision, &context),
                stake: &live.stake,
            };
            let outcome = execution::execute(call).await;
            // A shadow that was cancelled with its trial shows nothing.
            if outcome.answer == Err(Fault::Cancelled) {
                return;
            }
            let caller = slot.caller(&context, &payload);
            slot.judge(&shared, live, &outcome, false, &caller);
            if let Some(differs) = compare(&outcome, &served) {
                self.trial.differing.fetch_add(1, Relaxed);
                shared.tell(slot.name(), &live.revision.id, differs);
            }
        });
    }
}

/// How the shadow's outcome differs: stable words and a position, but no
/// values, which may be private data.
fn compare(shadow: &Outcome, served: &Result<Answer, Fault>) -> Option<SwapKind> {
    let differs = |at| {
        Some(SwapKind::Differs {
            execution_id: Arc::clone(&shadow.execution_id),
            served: word(served),
            shadow: word(&shadow.answer),
            at,
        })
    };
    match (served, &shadow.answer) {
        (Ok(Answer::Success(served)), Ok(Answer::Success(shadow))) => {
            let (served, shadow): (Value, Value) = (served.to().ok()?, shadow.to().ok()?);
            let difference = difference(&served, &shadow).or_else(|| difference(&shadow, &served));
            difference.and_then(|(at, ..)| differs(Some(at)))
        }
        _ if word(served) == word(&shadow.answer) => None,
        _ => differs(None),
    }
}
