//! Calling a node and bare wasmtime in turns.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hospes::{ExecuteError, Node};
use tokio::task::JoinSet;

use crate::bare::Bare;
use crate::load::Load;
use crate::process::{Used, resident_kib};
use crate::report::{Calls, Ratio, Report, Sum};

/// The shortest turn: long enough for the hundredths of a second in which the
/// system counts CPU time.
const TURN: Duration = Duration::from_millis(500);
/// One tenth of the time passes before anything is counted.
const WARM_UP: u32 = 10;
/// How often resident memory is read.
const SAMPLE: Duration = Duration::from_millis(20);

/// How one call ended: its kind, and how many requests it sent.
type Ended = (&'static str, u64);

/// Measures a node under a load, and its component on bare wasmtime in turns
/// with it. Blocks; builds an async runtime of its own.
///
/// # Errors
///
/// If the load's payload is refused or the node is gone, or there are no
/// threads. Failures and faults of the node are counted, and are not errors.
pub fn bench(node: &Node, load: &Load, bare: Option<Bare>) -> Result<Report, ExecuteError> {
    let tokio = tokio::runtime::Builder::new_multi_thread()
        .enable_time()
        .build()
        .map_err(ExecuteError::Thread)?;
    // What can't be run at all is found out before anything is measured.
    tokio.block_on(node.execute(load.payload.as_str(), &load.context))?;
    let called = Arc::new((node.clone(), load.clone(), bare));
    let to_call = Arc::clone(&called);
    let ours = move || {
        let called = Arc::clone(&to_call);
        async move {
            let (node, load, _) = &*called;
            let outcome = node.execute(load.payload.as_str(), &load.context).await;
            outcome.map_or(("refused", 0), |outcome| {
                (outcome.kind(), outcome.usage.http_requests)
            })
        }
    };
    let to_call = Arc::clone(&called);
    let theirs = move || {
        let called = Arc::clone(&to_call);
        async move {
            match &*called {
                (_, load, Some(bare)) => bare.call(load.payload.as_str()).await,
                _ => ("refused", 0),
            }
        }
    };
    let has_bare = called.2.is_some();
    let turns = (load.duration.as_millis() / TURN.as_millis()).clamp(1, 20);
    let turn = load.duration / u32::try_from(turns).unwrap_or(1);
    let (mut hospes, mut wasmtime) = (Sum::default(), Sum::default());
    tokio.block_on(async {
        let warm_up = load.duration / WARM_UP;
        take_turn(load.callers, warm_up, &mut Sum::default(), &ours).await;
        if has_bare {
            take_turn(load.callers, warm_up, &mut Sum::default(), &theirs).await;
        }
        for _ in 0..turns {
            take_turn(load.callers, turn, &mut hospes, &ours).await;
            if has_bare {
                take_turn(load.callers, turn, &mut wasmtime, &theirs).await;
            }
        }
    });
    let hospes = hospes.measured();
    let wasmtime = has_bare.then(|| wasmtime.measured());
    let digest = node.revision().map(|revision| revision.digest.clone());
    Ok(Report {
        node: node.name().to_owned(),
        component: digest.unwrap_or_default(),
        callers: load.callers,
        ratio: wasmtime.as_ref().and_then(|bare| Ratio::of(&hospes, bare)),
        hospes,
        wasmtime,
        why_not_wasmtime: None,
    })
}

/// Lets so many call again and again until the time is over, and adds up how
/// their calls ended.
async fn take_turn<F>(
    callers: u32,
    time: Duration,
    sum: &mut Sum,
    call: &(impl Fn() -> F + Clone + Send + 'static),
) where
    F: Future<Output = Ended> + Send + 'static,
{
    let before = (Used::now(), resident_kib());
    let began = Instant::now();
    let until = began + time;
    let mut all = JoinSet::new();
    for _ in 0..callers {
        all.spawn(caller(until, call.clone()));
    }
    let mut most = before.1;
    let mut sample = tokio::time::interval(SAMPLE);
    loop {
        tokio::select! {
            ended = all.join_next() => match ended {
                // A caller that panicked has counted nothing.
                Some(ended) => sum.add(ended.unwrap_or_default()),
                None => break,
            },
            _ = sample.tick() => most = most.max(resident_kib()),
        }
    }
    sum.time += began.elapsed();
    if let (Some(before), Some(now)) = (before.0, Used::now()) {
        let used = now.since(before);
        let so_far = sum.used.unwrap_or_default();
        sum.used = Some(so_far.and(used));
    }
    if let (Some(least), Some(most)) = (before.1, most) {
        let (first, highest) = sum.resident_kib.unwrap_or((least, most));
        sum.resident_kib = Some((first, highest.max(most)));
    }
}

/// Calls until the time is over.
async fn caller<F>(until: Instant, call: impl Fn() -> F) -> Calls
where
    F: Future<Output = Ended>,
{
    let mut calls = Calls::default();
    loop {
        let began = Instant::now();
        let (kind, requests) = call().await;
        calls.latencies.push(began.elapsed());
        calls.requests += requests;
        *calls.outcomes.entry(kind).or_default() += 1;
        if Instant::now() >= until {
            return calls;
        }
        // A call that waits for nothing never lets the others have the thread.
        tokio::task::yield_now().await;
    }
}
