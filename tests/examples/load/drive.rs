//! Runs executions and swaps side by side.

use std::error::Error;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::args::Args;
use crate::brazes::{Variant, payload};
use crate::host::{Ended, Host};
use hospes_tests::Held;
use hospes_tests::Latencies;

/// Everything that happened.
pub(crate) struct Driven {
    /// Each execution by number, and how it ended.
    pub(crate) ended: Vec<(u64, Ended)>,
    pub(crate) quiet: Latencies,
    pub(crate) swapped: Latencies,
    pub(crate) swaps: Latencies,
    pub(crate) rollbacks: Latencies,
    pub(crate) kills: u64,
    pub(crate) seconds: f64,
    /// What the host held after the first turn, which warms up, and at the end.
    pub(crate) warm: Option<Held>,
    pub(crate) last: Option<Held>,
}

type Failure = Box<dyn Error + Send + Sync>;

pub(crate) fn drive(args: &Args, host: &impl Host) -> Result<Driven, Failure> {
    let began = Instant::now();
    let slice = args.executions.div_ceil(2 * args.turns);
    let numbers = AtomicU64::new(0);
    let mut serving = Variant::A;
    let mut driven = Driven {
        ended: Vec::new(),
        quiet: Latencies::default(),
        swapped: Latencies::default(),
        swaps: Latencies::default(),
        rollbacks: Latencies::default(),
        kills: 0,
        seconds: 0.0,
        warm: host.held()?,
        last: host.held()?,
    };
    for turn in 0..args.turns {
        let quiet = work(args, host, &numbers, slice, &AtomicBool::new(true))?;
        driven.quiet.append(quiet.latencies);
        driven.ended.extend(quiet.ended);

        let done = AtomicBool::new(false);
        let work = thread::scope(|scope| {
            let workers = scope.spawn(|| work(args, host, &numbers, slice, &done));
            let swapped = disturb(args, host, turn, &mut serving, &mut driven);
            done.store(true, Ordering::Relaxed);
            let work = workers.join().map_err(|_| "a worker panicked")?;
            swapped.and(work)
        })?;
        driven.swapped.append(work.latencies);
        driven.ended.extend(work.ended);
        driven.last = host.held()?;
        if turn == 0 {
            driven.warm = driven.last;
        }
    }
    driven.seconds = began.elapsed().as_secs_f64();
    Ok(driven)
}

/// The share of a total that falls to a turn.
fn share(total: u64, turn: u64, turns: u64) -> u64 {
    total * (turn + 1) / turns - total * turn / turns
}

/// Swaps, rolls back and kills as often as falls to this turn.
fn disturb(
    args: &Args,
    host: &impl Host,
    turn: u64,
    serving: &mut Variant,
    driven: &mut Driven,
) -> Result<(), Failure> {
    let swaps = share(args.swaps, turn, args.turns);
    let kills = share(args.kills, turn, args.turns);
    for number in 1..=swaps.max(kills) {
        if number <= swaps {
            let began = Instant::now();
            // The revision before the one that serves is always the other variant.
            *serving = serving.other();
            if args.rollback_every > 0 && number.is_multiple_of(args.rollback_every) {
                host.rollback()?;
                driven.rollbacks.push(began.elapsed());
            } else {
                host.swap(*serving)?;
                driven.swaps.push(began.elapsed());
            }
        }
        if number <= kills {
            *serving = host.kill_while_swapping(serving.other())?;
            driven.kills += 1;
        }
        thread::sleep(Duration::from_millis(args.pause));
    }
    Ok(())
}

#[derive(Default)]
struct Work {
    ended: Vec<(u64, Ended)>,
    latencies: Latencies,
}

/// Runs so many executions at least, and goes on until `done`.
fn work(
    args: &Args,
    host: &impl Host,
    numbers: &AtomicU64,
    executions: u64,
    done: &AtomicBool,
) -> Result<Work, Failure> {
    let (began, first) = (Instant::now(), numbers.load(Ordering::Relaxed));
    let all = Mutex::new(Work::default());
    thread::scope(|scope| {
        for _ in 0..args.workers {
            scope.spawn(|| {
                let mut mine = Work::default();
                loop {
                    let number = numbers.fetch_add(1, Ordering::Relaxed);
                    if number - first >= executions && done.load(Ordering::Relaxed) {
                        break;
                    }
                    // With a rate, latency counts from when it was due, so that
                    // a host that stalls is not asked less often.
                    let due = match args.rate {
                        Some(rate) => {
                            began + Duration::from_secs_f64((number - first) as f64 / rate)
                        }
                        None => Instant::now(),
                    };
                    thread::sleep(due.saturating_duration_since(Instant::now()));
                    let ended = host.execute(&format!("e{number}"), &payload(number));
                    mine.latencies.push(due.elapsed());
                    mine.ended.push((number, ended));
                }
                if let Ok(mut all) = all.lock() {
                    all.ended.append(&mut mine.ended);
                    all.latencies.append(mine.latencies);
                }
            });
        }
    });
    all.into_inner().map_err(|_| "a worker panicked".into())
}
