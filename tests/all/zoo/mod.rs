//! The zoo: guests that misbehave, each kept where it can do no harm.
//!
//! Whatever a guest does, four things hold, and [`contained`] checks them for
//! every one: the end is typed, it comes in time, the memory stays within the
//! limit, and a neighbour on the same runtime does not notice.

pub(crate) mod about;
mod contract;
mod endless;
mod greed;
mod lies;
mod multiplied;
pub(crate) mod rust;
pub(crate) mod sending;
mod size;
mod tasks;
mod wasi;
mod wat;

use std::sync::LazyLock;
use std::thread;
use std::time::{Duration, Instant};

use hospes::{Context, Limits, LoadError, NodeConfig, Outcome};
use hospes_artifacts as guests;
use serde_json::json;

use crate::support::{RUNTIME, load, result};

/// The promise is 100 ms. The tests run side by side on machines with few
/// cores, so that a thread which is due may wait for others.
pub(crate) const LATE: Duration = Duration::from_secs(1);

/// The neighbour of every guest.
static NEIGHBOUR: LazyLock<String> = LazyLock::new(|| load(NodeConfig::from_file(guests::HELLO)));

/// Calls the neighbour, which has to answer rightly and soon.
#[track_caller]
fn greets() {
    let start = Instant::now();
    let outcome = RUNTIME
        .execute_blocking(&NEIGHBOUR, "{}", &Context::new())
        .unwrap();
    assert_eq!(result(&outcome), json!({"greeting": "Hello, world."}));
    let took = start.elapsed();
    assert!(took < LATE, "the neighbour took {took:?}");
}

/// Loads a guest and runs it once, with the neighbour called before, meanwhile
/// and after.
#[track_caller]
pub(crate) fn contained(
    guest: NodeConfig,
    limits: &Limits,
    payload: &str,
) -> Result<Outcome, LoadError> {
    greets();
    let guest = guest.limits(limits.clone());
    let name = thread::current().name().unwrap_or("guest").to_owned();
    let ended = thread::scope(|scope| {
        let ended = scope.spawn(|| {
            RUNTIME.load(&name, guest)?;
            let start = Instant::now();
            let outcome = RUNTIME.execute_blocking(&name, payload, &Context::new());
            let late = start.elapsed().saturating_sub(limits.deadline);
            assert!(late < LATE, "{late:?} late");
            Ok(outcome.unwrap())
        });
        (0..3).for_each(|_| greets());
        ended.join().unwrap()
    });
    greets();
    if let Ok(outcome) = &ended {
        let peak = outcome.usage.memory_peak_bytes;
        assert!(peak <= limits.memory, "{peak} bytes of memory");
    }
    ended
}

/// How a guest ended in one word, and the whole sentence or result with it.
pub(crate) fn end(ended: Result<Outcome, LoadError>) -> (&'static str, String) {
    match ended {
        Err(error) => ("refused", error.to_string()),
        Ok(outcome) => match outcome.answer {
            Err(fault) => (fault.kind(), fault.to_string()),
            Ok(hospes::outcome::Answer::Success(result)) => ("result", result.to_string()),
            Ok(hospes::outcome::Answer::Failure(failure)) => ("failure", failure.message),
        },
    }
}
