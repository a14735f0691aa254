//! An execution from its start to its consequences.

use std::sync::Arc;

use hospes_egress::tell;

use crate::context::Context;
use crate::engine::Meter;
use crate::execution::{Call, execute, meter, not_begun};
use crate::json::Json;
use crate::node::callers::Caller;
use crate::node::health::Probe;
use crate::node::live::{LiveRevision, Ticket};
use crate::node::shadow::Shadow;
use crate::node::{Shared, Slot};
use crate::outcome::{Fault, Outcome};

impl Slot {
    /// Begins an execution, on the canary if it is chosen for it, otherwise on
    /// the revision that serves.
    pub(crate) fn enter(&self, context: &Context) -> Option<Entry> {
        let id = context.execution_id();
        loop {
            let serving = self.serving.load();
            let serving = serving.as_ref()?;
            let trial = serving.trial.as_ref();
            let canary = trial.filter(|trial| trial.takes(context, &id));
            let live = canary.map_or(&serving.live, |trial| &trial.live);
            // A live revision is retired only after the next one has been
            // stored.
            if let Some(ticket) = live.enter() {
                let shadow = trial.and_then(Shadow::new);
                return Some(Entry { id, ticket, shadow });
            }
        }
    }

    /// Runs an execution that has begun to its end, and handles the
    /// consequences.
    pub(crate) async fn execute(
        self: Arc<Slot>,
        shared: Arc<Shared>,
        entry: Entry,
        payload: Json,
        context: Context,
        meter: Arc<Meter>,
    ) -> Outcome {
        let call = self.call(&shared, &entry, &payload, &context, meter);
        let caller = self.caller(&context, &payload);
        let (outcome, probe) = match entry.admitted(&caller) {
            Ok(probe) => (execute(call).await, probe),
            Err(fault) => (not_begun(call, fault), None),
        };
        let live = entry.live();
        self.judge(&shared, live, &outcome, probe.is_some(), &caller);
        tell(|| shared.observer.executed(&outcome));
        drop(probe);
        if let Some(shadow) = entry.shadow(&outcome) {
            shadow.run(&shared, &self, payload, context, &outcome);
        }
        outcome
    }

    fn call<'a>(
        &'a self,
        shared: &'a Shared,
        entry: &'a Entry,
        payload: &'a Json,
        context: &'a Context,
        meter: Arc<Meter>,
    ) -> Call<'a> {
        let live = entry.ticket.live();
        let shadow = entry.shadow.as_ref();
        Call {
            engine: &shared.engine,
            revision: &live.revision,
            payload,
            context,
            id: Arc::clone(&entry.id),
            writes: shadow.map(Shadow::writes).unwrap_or_default(),
            places: Some(&self.places),
            requests: Some(self.requests()),
            running: &live.running,
            meter,
            stake: &live.stake,
        }
    }
}

/// One execution that has begun.
pub(crate) struct Entry {
    id: Arc<str>,
    ticket: Ticket,
    shadow: Option<Shadow>,
}

impl Entry {
    /// The live revision that it runs on.
    pub(crate) fn live(&self) -> &Arc<LiveRevision> {
        self.ticket.live()
    }

    /// The time that it has, from now on.
    pub(crate) fn meter(&self, context: &Context) -> Arc<Meter> {
        meter(&self.live().revision, context)
    }

    /// Whether it may run: because the node is not quarantined, or as its
    /// probe.
    fn admitted(&self, caller: &Caller<'_>) -> Result<Option<Probe<'_>>, Fault> {
        self.ticket.live().health.enter(caller)
    }

    /// The shadow execution that follows it, if the node was called.
    fn shadow(self, outcome: &Outcome) -> Option<Shadow> {
        self.shadow.filter(|_| outcome.attempts > 0)
    }

    /// How deep its payload may nest.
    pub(crate) fn depth(&self) -> u64 {
        self.ticket.live().revision.admitted.limits.depth
    }
}
