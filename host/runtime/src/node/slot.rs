//! One name: which revision serves, and executions on it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use hospes_egress::semaphore::ResizableSemaphore;
use hospes_egress::shares::Stake;
use hospes_egress::tell;

use crate::context::Context;
use crate::engine::Meter;
use crate::execution::{Call, Places, execute, meter, not_begun};
use crate::json::Json;
use crate::limits::Limits;
use crate::node::House;
use crate::node::back::Back;
use crate::node::callers::{Caller, Callers};
use crate::node::health::{Finding, Probe};
use crate::node::lane::{Lane, Ticket};
use crate::node::ledger::Ledger;
use crate::node::serving::Serving;
use crate::node::shadow::Shadow;
use crate::outcome::{Fault, Outcome};
use crate::swap::{Draining, HistoryEntry, How, NodeStatus, SwapKind};

/// The revision that serves now, and what is the node's whatever revision
/// serves. Replacing the revision is one atomic store: executions that run
/// stay on the one they began with.
pub(crate) struct Slot {
    name: Arc<str>,
    pub(super) serving: ArcSwapOption<Serving>,
    pub(super) places: Places,
    requests: Arc<ResizableSemaphore>,
    callers: Callers,
    ledger: Mutex<Ledger>,
}

impl Slot {
    pub(crate) fn new(name: Arc<str>) -> Slot {
        Slot {
            name,
            serving: ArcSwapOption::empty(),
            places: Places::new(),
            requests: Arc::new(ResizableSemaphore::new(0)),
            callers: Callers::default(),
            ledger: Mutex::default(),
        }
    }

    pub(crate) fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// The permits of the node's requests, whatever revision sends them.
    pub(super) fn requests(&self) -> Arc<ResizableSemaphore> {
        Arc::clone(&self.requests)
    }

    /// Gives executions and requests the room that these limits say.
    pub(super) fn resize(&self, limits: &Limits) {
        self.places.resize(limits);
        self.requests.resize(limits.node_requests_in_flight);
    }

    /// What serves, if the node was not removed.
    pub(super) fn state(&self) -> Option<Arc<Serving>> {
        self.serving.load_full()
    }

    /// The lane that serves.
    pub(crate) fn serving(&self) -> Option<Arc<Lane>> {
        let serving = self.serving.load();
        Some(Arc::clone(&serving.as_ref()?.lane))
    }

    /// Held for a publish and for a look, never while anything runs.
    pub(super) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins an execution, on the canary if it belongs there, and else on the
    /// revision that serves.
    pub(crate) fn enter(&self, context: &Context) -> Option<Entry> {
        let id = context.execution_id();
        loop {
            let serving = self.serving.load();
            let serving = serving.as_ref()?;
            let trial = serving.trial.as_ref();
            let canary = trial.filter(|trial| trial.takes(context, &id));
            let lane = canary.map_or(&serving.lane, |trial| &trial.lane);
            // Whoever retires a lane has stored the next one before.
            if let Some(ticket) = lane.enter() {
                let shadow = trial.and_then(Shadow::new);
                return Some(Entry { id, ticket, shadow });
            }
        }
    }

    /// Runs an execution that has begun, to its end and what follows from it.
    pub(crate) async fn execute(
        self: Arc<Slot>,
        house: Arc<House>,
        entry: Entry,
        payload: Json,
        context: Context,
        meter: Arc<Meter>,
    ) -> Outcome {
        let call = self.call(&house, &entry, &payload, &context, meter);
        let caller = self.caller(&context, &payload);
        let (outcome, probe) = match entry.admitted(&caller) {
            Ok(probe) => (execute(call).await, probe),
            Err(fault) => (not_begun(call, fault), None),
        };
        let lane = entry.lane();
        self.judge(&house, lane, &outcome, probe.is_some(), &caller);
        tell(|| house.observer.executed(&outcome));
        drop(probe);
        if let Some(shadow) = entry.shadow(&outcome) {
            shadow.run(&house, &self, payload, context, &outcome);
        }
        outcome
    }

    fn call<'a>(
        &'a self,
        house: &'a House,
        entry: &'a Entry,
        payload: &'a Json,
        context: &'a Context,
        meter: Arc<Meter>,
    ) -> Call<'a> {
        let lane = entry.ticket.lane();
        let shadow = entry.shadow.as_ref();
        Call {
            engine: &house.engine,
            revision: &lane.revision,
            payload,
            context,
            id: Arc::clone(&entry.id),
            writes: shadow.map(Shadow::writes).unwrap_or_default(),
            places: Some(&self.places),
            requests: Some(self.requests()),
            running: &lane.running,
            meter,
            stake: &lane.stake,
        }
    }

    /// What the node has of what all nodes share: the same, whatever serves.
    pub(super) fn stake(&self, house: &House) -> Arc<Stake> {
        match self.serving() {
            Some(lane) => Arc::clone(&lane.stake),
            None => house.engine.shares().stake(),
        }
    }

    /// Who called.
    pub(super) fn caller<'a>(&'a self, context: &'a Context, payload: &'a Json) -> Caller<'a> {
        Caller {
            callers: &self.callers,
            context,
            payload,
        }
    }

    /// Does what has to be done when a node keeps breaking.
    pub(super) fn judge(
        &self,
        house: &House,
        lane: &Arc<Lane>,
        outcome: &Outcome,
        probe: bool,
        caller: &Caller<'_>,
    ) {
        if outcome.attempts > 0 {
            self.callers.saw(caller);
        }
        let admitted = &lane.revision.admitted;
        match lane.health.saw(outcome, &admitted.limits, probe, caller) {
            Finding::Fine => {}
            Finding::Burst { reason, new } => {
                let Some(serving) = self.state() else { return };
                match &serving.trial {
                    Some(trial) if Arc::ptr_eq(&trial.lane, lane) => {
                        if trial.is_worse_than(&serving.lane) {
                            self.give_up(house, &serving, lane, reason);
                        }
                    }
                    // A canary has been measured by the default protection.
                    _ if admitted.protection.is_none() => {}
                    _ => self.burst(house, lane, reason, new),
                }
            }
            Finding::Recovered => {
                self.ledger().note(lane, How::Recovered, String::new());
                house.tell(&self.name, &lane.revision.id, SwapKind::Recovered);
            }
        }
    }

    /// The previous revision comes back if this one is new, and if there is
    /// one that may; otherwise the node is set aside.
    fn burst(&self, house: &House, lane: &Arc<Lane>, reason: String, new: bool) {
        match new.then(|| self.retreat(house, lane, reason.clone())) {
            Some(Back::Done) => {}
            Some(Back::Closed(why)) => self.set_aside(house, lane, format!("{reason}; {why}")),
            Some(Back::Nothing) | None => self.set_aside(house, lane, reason),
        }
    }

    pub(super) fn set_aside(&self, house: &House, lane: &Arc<Lane>, reason: String) {
        let serves = self.state().is_some_and(|serving| serving.has(lane));
        let Some(rest) = lane.health.set_aside().filter(|_| serves) else {
            return;
        };
        let how = How::Quarantined {
            reason: reason.clone(),
        };
        self.ledger().note(lane, how, String::new());
        let kind = SwapKind::Quarantined {
            reason,
            retry_after_ms: millis(rest),
        };
        house.tell(&self.name, &lane.revision.id, kind);
    }

    /// What has served here, oldest first.
    pub(crate) fn history(&self) -> Vec<HistoryEntry> {
        // In this order: what is dropped last is told to the observer, and the
        // lock is free again by then.
        let (state, mut seen) = (self.state(), Vec::new());
        self.ledger().history(state.as_deref(), &mut seen)
    }

    /// The lanes on which no execution begins any more and that still live.
    pub(super) fn old(&self, serving: Option<&Serving>) -> Vec<Arc<Lane>> {
        let mut lanes = self.ledger().lanes();
        lanes.retain(|lane| !serving.is_some_and(|serving| serving.has(lane)));
        lanes
    }

    /// How the node is now, if anything serves.
    pub(crate) fn status(&self) -> Option<NodeStatus> {
        let state = self.state()?;
        let serving = &state.lane;
        let admitted = &serving.revision.admitted;
        let draining = self.old(Some(&state));
        let (executions, faults) = serving.health.counts();
        Some(NodeStatus {
            node: Arc::clone(&self.name),
            revision: Arc::clone(&serving.revision.id),
            description: admitted.description.clone(),
            policy: admitted.policy.hash(),
            running: serving.running.count(),
            executions,
            faults,
            quarantined_ms: serving.health.rest().map(millis),
            waiting: self.places.waiting(),
            trial: state.trial.as_ref().map(|trial| trial.status()),
            draining: draining
                .iter()
                .map(|lane| Draining {
                    revision: Arc::clone(&lane.revision.id),
                    running: lane.running.count(),
                })
                .filter(|draining| draining.running > 0)
                .collect(),
        })
    }
}

/// One execution that has begun.
pub(crate) struct Entry {
    id: Arc<str>,
    ticket: Ticket,
    shadow: Option<Shadow>,
}

impl Entry {
    /// The lane it runs on.
    pub(crate) fn lane(&self) -> &Arc<Lane> {
        self.ticket.lane()
    }

    /// The time it has, from now on.
    pub(crate) fn meter(&self, context: &Context) -> Arc<Meter> {
        meter(&self.lane().revision, context)
    }

    /// Whether it may run: as the probe of a node that was set aside, or because
    /// the node was not.
    fn admitted(&self, caller: &Caller<'_>) -> Result<Option<Probe<'_>>, Fault> {
        self.ticket.lane().health.enter(caller)
    }

    /// The shadow that is to follow it, if the node was called.
    fn shadow(self, outcome: &Outcome) -> Option<Shadow> {
        self.shadow.filter(|_| outcome.attempts > 0)
    }

    /// How deep its payload may nest.
    pub(crate) fn depth(&self) -> u64 {
        self.ticket.lane().revision.admitted.limits.depth
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
