//! Runs every misbehaving guest again and again beside a node that behaves, and
//! shows what that leaves behind: memory, threads, file descriptors.
//!
//! `cargo run --release -p hospes-tests --example soak [ROUNDS]`, 10 rounds by
//! default. Each round executes every guest once, all of them hostile, and the
//! good node as often as there is time for. The first four fifths of the rounds
//! warm up: the pool keeps memories for reuse, those for loads too, and fills
//! slowly, on a busy machine more so. The exit code is 1 if the good node was
//! harmed or something stayed behind.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use hospes::{Context, Limits, NodeConfig, Runtime};
use hospes_tests::{Held, guest_by_hand, guests_by_hand};

/// Room for exactly the executions that are in use, the hostile one counted four
/// times: as many memories as the default limits allow. A guest that took more
/// would take the good node's place.
const EXECUTIONS: u32 = 5;

/// What may come and go with the allocator.
const SLACK_KIB: u64 = 8 << 10;

fn main() -> Result<ExitCode, Box<dyn Error + Send + Sync>> {
    let rounds = std::env::args()
        .nth(1)
        .map_or(Ok(10), |text| text.parse::<u32>())?;
    let runtime = Runtime::builder().executions(EXECUTIONS).build()?;
    runtime.load("good", NodeConfig::from_file(hospes_artifacts::HELLO))?;
    let mut limits = Limits::default();
    limits.set("deadline", "50ms")?;

    let mut hostile = Vec::new();
    for path in compiled_guests()? {
        let config = NodeConfig::from_file(&path).limits(limits.clone());
        let name = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        hostile.extend(runtime.load(&name, config).is_ok().then_some(name));
    }
    for name in guests_by_hand()? {
        let config = NodeConfig::from_bytes(guest_by_hand(&name)?).limits(limits.clone());
        hostile.extend(runtime.load(&name, config).is_ok().then_some(name));
    }
    println!("{} hostile nodes, {rounds} rounds", hostile.len());
    println!("round  hostile      good    slowest  memory KiB  threads  descriptors");

    let (good, harmed) = (AtomicU64::new(0), AtomicU64::new(0));
    let mut last = Held::of("self")?;
    let mut warm = last;
    for round in 1..=rounds {
        let done = AtomicBool::new(false);
        let slowest = thread::scope(|scope| {
            let neighbour = scope.spawn(|| {
                let mut slowest = Duration::ZERO;
                while !done.load(Ordering::Relaxed) {
                    let start = Instant::now();
                    let outcome =
                        runtime.execute_blocking("good", r#"{"name": "Ada"}"#, &Context::new());
                    slowest = slowest.max(start.elapsed());
                    let greeted = outcome.is_ok_and(|outcome| outcome.result().is_some());
                    good.fetch_add(1, Ordering::Relaxed);
                    harmed.fetch_add(u64::from(!greeted), Ordering::Relaxed);
                }
                slowest
            });
            for name in &hostile {
                _ = runtime.execute_blocking(name, r#"{"a": 1}"#, &Context::new());
            }
            done.store(true, Ordering::Relaxed);
            neighbour.join().unwrap_or(Duration::MAX)
        });
        last = Held::of("self")?;
        if round <= (4 * rounds).div_ceil(5) {
            warm = last;
        }
        let (count, calls) = (hostile.len() as u32 * round, good.load(Ordering::Relaxed));
        let Held {
            memory_kib,
            threads,
            descriptors,
        } = last;
        println!(
            "{round:5}  {count:7}  {calls:8}  {slowest:8.1?}  {memory_kib:10}  {threads:7}  {descriptors:11}"
        );
    }

    let harmed = harmed.load(Ordering::Relaxed);
    let flat = last.memory_kib <= warm.memory_kib + SLACK_KIB
        && last.threads <= warm.threads
        && last.descriptors <= warm.descriptors;
    println!("harmed calls of the good node: {harmed}");
    println!(
        "memory, threads and descriptors since the warm-up: {}",
        if flat { "flat" } else { "NOT FLAT" }
    );
    Ok(if flat && harmed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The guests of `tests/guests`, compiled.
fn compiled_guests() -> std::io::Result<Vec<PathBuf>> {
    let dir = Path::new(hospes_artifacts::COUNTER)
        .parent()
        .unwrap_or(Path::new("."));
    let mut paths = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        paths.extend(
            path.extension()
                .is_some_and(|extension| extension == "wasm")
                .then_some(path),
        );
    }
    paths.sort();
    Ok(paths)
}
