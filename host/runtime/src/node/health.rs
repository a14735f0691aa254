//! Whether a revision keeps breaking, and whether it is called meanwhile.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::limits::Limits;
use crate::node::callers::Caller;
use crate::outcome::{Fault, Outcome};
use crate::protection::Protection;

/// How often the rest is doubled at most.
const DOUBLINGS: u32 = 4;

/// Counts the outcomes of executions on one live revision. A node that works
/// costs one atomic addition for each execution, and no lock.
pub(crate) struct Health {
    protection: Option<Protection>,
    /// Until when a burst causes a rollback.
    probation: Option<Instant>,
    executions: AtomicU64,
    faults: AtomicU64,
    aside: AtomicBool,
    state: Mutex<State>,
}

struct State {
    /// The latest faults.
    recent: VecDeque<Broken>,
    /// The end of the rest.
    until: Instant,
    rests: u32,
    probing: bool,
    /// The caller of the last probe, which did not show that the node works.
    last: Option<u64>,
    /// Whether another caller has asked since.
    others: bool,
}

/// An execution that broke.
struct Broken {
    at: Instant,
    /// How many executions there had been by then.
    executions: u64,
    /// Its caller.
    caller: u64,
}

/// What follows from an execution's end.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum HealthChange {
    /// Nothing.
    Fine,
    /// Too many have broken. Holds the reason, and whether the revision is so
    /// new that a rollback follows.
    Burst { reason: String, new: bool },
    /// The node was quarantined, and works again.
    Recovered,
}

impl Health {
    /// `new` tells whether the revision has not served before.
    pub(crate) fn new(protection: Option<Protection>, new: bool) -> Health {
        let now = Instant::now();
        let probation = protection.as_ref().filter(|_| new);
        Health {
            probation: probation.and_then(|protection| now.checked_add(protection.probation)),
            protection,
            executions: AtomicU64::new(0),
            faults: AtomicU64::new(0),
            aside: AtomicBool::new(false),
            state: Mutex::new(State {
                recent: VecDeque::new(),
                until: now,
                rests: 0,
                probing: false,
                last: None,
                others: false,
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of executions for which the node was called, and how many of
    /// them broke.
    pub(crate) fn counts(&self) -> (u64, u64) {
        (self.executions.load(Relaxed), self.faults.load(Relaxed))
    }

    /// The time left to rest, if the node is quarantined.
    pub(crate) fn rest(&self) -> Option<Duration> {
        let aside = self.aside.load(Relaxed);
        aside.then(|| self.state().until.saturating_duration_since(Instant::now()))
    }

    /// Lets an execution through, or refuses it while the node is quarantined,
    /// except as a probe. If there are several callers they take turns at
    /// probing, otherwise one of them could keep the node from all others.
    pub(crate) fn enter(&self, caller: &Caller<'_>) -> Result<Option<Probe<'_>>, Fault> {
        if !self.aside.load(Relaxed) {
            return Ok(None);
        }
        let (now, caller) = (Instant::now(), caller.id());
        let mut state = self.state();
        let rest = state.until.saturating_duration_since(now);
        if rest.is_zero() && !state.probing && self.has_turn(&state, caller, now) {
            state.probing = true;
            return Ok(Some(Probe(self)));
        }
        state.others |= state.last.is_some_and(|last| last != caller);
        // How long the probe takes is unknown, so suggest a moment.
        let retry_after = rest.max(Duration::from_millis(100));
        Err(Fault::Quarantined { retry_after })
    }

    /// Whether this caller may probe the node: not if it made the last probe
    /// and others have asked since. The others have one rest's time to come
    /// back.
    fn has_turn(&self, state: &State, caller: u64, now: Instant) -> bool {
        let rest = self.protection.as_ref().map(|protection| protection.rest);
        let theirs = state.until.checked_add(rest.unwrap_or_default());
        state.last != Some(caller) || !state.others || theirs.is_some_and(|theirs| now >= theirs)
    }

    /// Records a probe's end. A probe that its caller or the host ended shows
    /// nothing, and only changes whose turn it is.
    fn probed(&self, outcome: &Outcome, caller: &Caller<'_>) -> HealthChange {
        let mut state = self.state();
        if outcome.answer.is_err() {
            state.last = Some(caller.id());
            state.others = false;
            return HealthChange::Fine;
        }
        state.recent.clear();
        state.rests = 0;
        state.last = None;
        self.aside.store(false, Relaxed);
        HealthChange::Recovered
    }

    /// Records an execution's end.
    pub(crate) fn saw(
        &self,
        outcome: &Outcome,
        limits: &Limits,
        probe: bool,
        caller: &Caller<'_>,
    ) -> HealthChange {
        if outcome.attempts == 0 {
            return match probe {
                true => self.probed(outcome, caller),
                false => HealthChange::Fine,
            };
        }
        let executions = self.executions.fetch_add(1, Relaxed) + 1;
        let broke = fault_of_node(outcome, limits);
        if broke.is_some() {
            self.faults.fetch_add(1, Relaxed);
        }
        let Some(protection) = &self.protection else {
            return HealthChange::Fine;
        };
        if probe {
            if broke.is_some() {
                self.rest_again(protection);
            }
            return self.probed(outcome, caller);
        }
        match broke {
            Some(fault) if !self.aside.load(Relaxed) => {
                self.count(protection, executions, fault, caller)
            }
            _ => HealthChange::Fine,
        }
    }

    fn count(
        &self,
        protection: &Protection,
        executions: u64,
        fault: &Fault,
        caller: &Caller<'_>,
    ) -> HealthChange {
        let now = Instant::now();
        let mut state = self.state();
        state.recent.push_back(Broken {
            at: now,
            executions,
            caller: caller.id(),
        });
        let faults = protection.faults as usize;
        while state.recent.len() > faults {
            state.recent.pop_front();
        }
        let Some(first) = state.recent.front() else {
            return HealthChange::Fine;
        };
        let meanwhile = executions.saturating_sub(first.executions) + 1;
        let faults = u64::from(protection.faults);
        let is_burst = state.recent.len() as u64 >= faults
            && now.duration_since(first.at) <= protection.window
            && faults * 100 >= meanwhile * u64::from(protection.percent)
            && (caller.is_alone() || are_of_several(&state.recent));
        if !is_burst {
            return HealthChange::Fine;
        }
        state.recent.clear();
        let new = self.probation.is_some_and(|until| now < until);
        let (window, kind) = (protection.window, fault.kind());
        HealthChange::Burst {
            reason: format!(
                "{faults} of {meanwhile} executions broke within {window:?}, the last one with `{kind}`"
            ),
            new,
        }
    }

    /// Quarantines the node, and returns how long it rests; `None` if it is
    /// quarantined already.
    pub(crate) fn set_aside(&self) -> Option<Duration> {
        let protection = self.protection.as_ref()?;
        let already = self.aside.swap(true, Relaxed);
        (!already).then(|| self.rest_again(protection))
    }

    fn rest_again(&self, protection: &Protection) -> Duration {
        let mut state = self.state();
        let rest = protection.rest.saturating_mul(1 << state.rests);
        state.rests = (state.rests + 1).min(DOUBLINGS);
        let now = Instant::now();
        state.until = now.checked_add(rest).unwrap_or(now);
        rest
    }
}

/// The one execution that may show whether a node works again. However it ends,
/// another one may follow.
pub(crate) struct Probe<'a>(&'a Health);

impl Drop for Probe<'_> {
    fn drop(&mut self) {
        self.0.state().probing = false;
    }
}

/// Whether at least a quarter of the faults come from other callers than the
/// most frequent one.
fn are_of_several(recent: &VecDeque<Broken>) -> bool {
    let of = |caller: u64| {
        recent
            .iter()
            .filter(|broken| broken.caller == caller)
            .count()
    };
    let most = recent.iter().map(|broken| of(broken.caller)).max();
    (recent.len() - most.unwrap_or(0)) * 4 >= recent.len()
}

/// The fault, if it counts against the node: not if the host, an upstream or a
/// caller's short deadline caused it.
fn fault_of_node<'a>(outcome: &'a Outcome, limits: &Limits) -> Option<&'a Fault> {
    let fault = outcome.answer.as_ref().err()?;
    match fault {
        Fault::Cpu { .. }
        | Fault::Memory { .. }
        | Fault::Stack
        | Fault::Trap { .. }
        | Fault::ResultTooLarge { .. }
        | Fault::InvalidResult { .. } => Some(fault),
        // The node is not to blame if others held it up for half of its time.
        Fault::Deadline { limit } => {
            (*limit == limits.deadline && outcome.held_up * 2 < *limit).then_some(fault)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::context::Context;
    use crate::json::Json;
    use crate::node::callers::Callers;
    use crate::outcome::{Answer, Usage};

    /// A node that is quarantined for an hour.
    struct QuarantinedNode {
        health: Health,
        callers: Callers,
    }

    impl QuarantinedNode {
        fn new() -> QuarantinedNode {
            let protection = Protection {
                rest: Duration::from_secs(3600),
                ..Protection::default()
            };
            let health = Health::new(Some(protection), false);
            health.set_aside();
            QuarantinedNode {
                health,
                callers: Callers::default(),
            }
        }

        /// Ends the rest, as of the given time ago.
        fn rests_no_more(&self, since: Duration) {
            self.health.state().until = Instant::now().checked_sub(since).unwrap();
        }

        /// `who` asks for an execution that would end with `answer`. Returns
        /// the finding, or `None` if the node is not called.
        fn asks(&self, who: &str, answer: Result<Answer, Fault>) -> Option<HealthChange> {
            let context = Context::new().with_caller(who);
            let payload = Json::parse("1").unwrap();
            let caller = Caller {
                callers: &self.callers,
                context: &context,
                payload: &payload,
            };
            let probe = self.health.enter(&caller).ok()?;
            let attempts = u32::from(!matches!(answer, Err(Fault::PayloadTooLarge { .. })));
            let outcome = Outcome {
                answer,
                node: "node".into(),
                revision: Arc::default(),
                execution_id: "e".into(),
                attempts,
                usage: Usage::default(),
                logs: Vec::new(),
                held_up: Duration::ZERO,
            };
            let limits = Limits::default();
            let finding = self.health.saw(&outcome, &limits, probe.is_some(), &caller);
            Some(finding)
        }
    }

    fn works() -> Result<Answer, Fault> {
        Ok(Answer::Success(Json::parse("1").unwrap()))
    }

    fn trap() -> Result<Answer, Fault> {
        let message = "the node trapped".to_owned();
        Err(Fault::Trap { message })
    }

    #[test]
    fn a_caller_whose_probe_broke_lets_others_try_the_node() {
        let aside = QuarantinedNode::new();
        assert_eq!(aside.asks("eve", works()), None, "it rests");
        aside.rests_no_more(Duration::ZERO);
        assert_eq!(aside.asks("eve", trap()), Some(HealthChange::Fine));
        assert_eq!(aside.asks("ada", works()), None, "it rests again");
        aside.rests_no_more(Duration::ZERO);
        for _ in 0..3 {
            assert_eq!(aside.asks("eve", trap()), None, "it is another one's turn");
        }
        assert_eq!(aside.asks("ada", works()), Some(HealthChange::Recovered));
        assert_eq!(aside.asks("eve", works()), Some(HealthChange::Fine));
    }

    #[test]
    fn a_caller_tries_again_when_nobody_else_wants_to() {
        let aside = QuarantinedNode::new();
        aside.rests_no_more(Duration::ZERO);
        assert_eq!(aside.asks("ada", trap()), Some(HealthChange::Fine));
        aside.rests_no_more(Duration::ZERO);
        assert_eq!(aside.asks("ada", trap()), Some(HealthChange::Fine));
        // Another caller has asked, and does not come back.
        assert_eq!(aside.asks("bob", works()), None);
        aside.rests_no_more(Duration::ZERO);
        assert_eq!(aside.asks("ada", works()), None);
        aside.rests_no_more(Duration::from_secs(3600));
        assert_eq!(aside.asks("ada", works()), Some(HealthChange::Recovered));
    }

    #[test]
    fn a_probe_that_shows_nothing_is_no_reason_to_serve_and_none_to_rest() {
        let limit = Duration::from_millis(1);
        let too_large = Fault::PayloadTooLarge { bytes: 2, limit: 1 };
        for nothing in [Fault::Deadline { limit }, Fault::Cancelled, too_large] {
            let aside = QuarantinedNode::new();
            aside.rests_no_more(Duration::ZERO);
            assert_eq!(aside.asks("eve", Err(nothing)), Some(HealthChange::Fine));
            assert_eq!(aside.health.rest(), Some(Duration::ZERO));
            assert_eq!(aside.asks("ada", works()), Some(HealthChange::Recovered));
        }
    }
}
