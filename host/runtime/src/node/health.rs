//! Whether a revision keeps breaking, and what it is allowed meanwhile.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::limits::Limits;
use crate::node::callers::Caller;
use crate::outcome::{Fault, Outcome};
use crate::protection::Protection;

/// How often a rest is doubled.
const DOUBLINGS: u32 = 4;

/// Counts what the executions on one lane come to. A node that behaves costs
/// one atomic addition for each execution, and no lock.
pub(crate) struct Health {
    protection: Option<Protection>,
    /// Until when a burst rolls back.
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
}

/// One execution that broke.
struct Broken {
    at: Instant,
    /// How many executions there had been.
    executions: u64,
    /// Whose it was.
    caller: u64,
}

/// What an execution's end means.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    /// Nothing.
    Fine,
    /// Too many have broken; holds the reason, and whether the revision is so
    /// new that the one before it is to come back.
    Burst { reason: String, new: bool },
    /// The node was set aside, and works again.
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
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Executions that the node was called for, and those of them that broke.
    pub(crate) fn counts(&self) -> (u64, u64) {
        (self.executions.load(Relaxed), self.faults.load(Relaxed))
    }

    /// The rest that is left, if the node was set aside.
    pub(crate) fn rest(&self) -> Option<Duration> {
        let aside = self.aside.load(Relaxed);
        aside.then(|| self.state().until.saturating_duration_since(Instant::now()))
    }

    /// Lets an execution through; perhaps as the probe of a node that was set
    /// aside, and otherwise not while it is.
    pub(crate) fn enter(&self) -> Result<Option<Probe<'_>>, Fault> {
        if !self.aside.load(Relaxed) {
            return Ok(None);
        }
        let mut state = self.state();
        let rest = state.until.saturating_duration_since(Instant::now());
        if rest.is_zero() && !state.probing {
            state.probing = true;
            return Ok(Some(Probe(self)));
        }
        // While the probe runs, nobody knows better than that it takes a moment.
        let retry_after = rest.max(Duration::from_millis(100));
        Err(Fault::Quarantined { retry_after })
    }

    /// Takes note of an execution's end.
    pub(crate) fn saw(
        &self,
        outcome: &Outcome,
        limits: &Limits,
        probe: bool,
        caller: &Caller<'_>,
    ) -> Finding {
        if outcome.attempts == 0 {
            return Finding::Fine;
        }
        let executions = self.executions.fetch_add(1, Relaxed) + 1;
        let broke = fault_of_node(outcome, limits);
        if broke.is_some() {
            self.faults.fetch_add(1, Relaxed);
        }
        let Some(protection) = &self.protection else {
            return Finding::Fine;
        };
        if probe {
            return match broke {
                Some(_) => {
                    self.rest_again(protection);
                    Finding::Fine
                }
                None => {
                    let mut state = self.state();
                    state.recent.clear();
                    state.rests = 0;
                    self.aside.store(false, Relaxed);
                    Finding::Recovered
                }
            };
        }
        match broke {
            Some(fault) if !self.aside.load(Relaxed) => {
                self.count(protection, executions, fault, caller)
            }
            _ => Finding::Fine,
        }
    }

    fn count(
        &self,
        protection: &Protection,
        executions: u64,
        fault: &Fault,
        caller: &Caller<'_>,
    ) -> Finding {
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
            return Finding::Fine;
        };
        let meanwhile = executions.saturating_sub(first.executions) + 1;
        let faults = u64::from(protection.faults);
        let is_burst = state.recent.len() as u64 >= faults
            && now.duration_since(first.at) <= protection.window
            && faults * 100 >= meanwhile * u64::from(protection.percent)
            && (caller.is_alone() || are_of_several(&state.recent));
        if !is_burst {
            return Finding::Fine;
        }
        state.recent.clear();
        let new = self.probation.is_some_and(|until| now < until);
        let (window, kind) = (protection.window, fault.kind());
        Finding::Burst {
            reason: format!(
                "{faults} of {meanwhile} executions broke within {window:?}, the last one with `{kind}`"
            ),
            new,
        }
    }

    /// Sets the node aside; nothing if it is already. Gives back the rest.
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

/// The one execution that may show whether a node works again. However it
/// ends, another may follow.
pub(crate) struct Probe<'a>(&'a Health);

impl Drop for Probe<'_> {
    fn drop(&mut self) {
        self.0.state().probing = false;
    }
}

/// Whether at least a quarter of the faults are not those of one caller.
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

/// The fault, if it is one that speaks against the node: nothing that the host,
/// an upstream or a caller's short deadline does.
fn fault_of_node<'a>(outcome: &'a Outcome, limits: &Limits) -> Option<&'a Fault> {
    let fault = outcome.answer.as_ref().err()?;
    match fault {
        Fault::Cpu { .. }
        | Fault::Memory { .. }
        | Fault::Stack
        | Fault::Trap { .. }
        | Fault::ResultTooLarge { .. }
        | Fault::InvalidResult { .. } => Some(fault),
        // Whoever held it up for half of its time is why it was late.
        Fault::Deadline { limit } => {
            (*limit == limits.deadline && outcome.held_up * 2 < *limit).then_some(fault)
        }
        _ => None,
    }
}
