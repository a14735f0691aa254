//! The siege: clients that are slow, many, huge and lying, nodes that loop and
//! flood, all at once, while a neighbour that behaves goes on.
//!
//! ```text
//! cargo build --release && cargo build --release --workspace --example siege
//! target/release/examples/siege target/release/hospes --seconds 60
//! ```
//!
//! The besiegers come from 127.0.0.2 and up, the neighbour from 127.0.0.1. They
//! use the server's own processors, at a low priority: compare figures of one
//! machine only. What it prints: the neighbour's p99 over that of the quiet before (at most 2), the
//! p99 of `/healthz` at the operators' listener (under 100 ms), resident memory
//! (under a bound that follows from the limits), descriptors and threads (back
//! where they were), and what was lost (nothing).

mod args;
mod attacks;
mod client;
mod report;
mod server;

use std::error::Error;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use clap::Parser;
use hospes_tests::Latencies;

use crate::args::Args;
use crate::client::Client;
use crate::report::Report;
use crate::server::Server;

type Failure = Box<dyn Error + Send + Sync>;

/// How long the server gets to be as it was.
const SETTLE: Duration = Duration::from_secs(45);

fn main() -> Result<ExitCode, Failure> {
    let args = Args::parse();
    let server = Server::start(&args.server)?;
    let siege = Duration::from_secs(args.seconds);
    // The first round warms up.
    watch(&server, siege / 10)?;
    let quiet = watch(&server, siege / 3)?;
    let warm = server.held()?;

    let stop = AtomicBool::new(false);
    let (besieged, done) = thread::scope(|scope| {
        let attacks = attacks::begin(scope, &server, &args, &stop);
        let besieged = watch(&server, siege);
        stop.store(true, Ordering::Relaxed);
        let done = attacks.into_iter().map(|(name, attack)| {
            let count = attack.join().unwrap_or(0);
            (name, count)
        });
        let done: Vec<_> = done.collect();
        besieged.map(|besieged| (besieged, done))
    })?;

    let until = Instant::now() + SETTLE;
    let mut last = server.held()?;
    while Instant::now() < until && !report::is_back(warm, last) {
        thread::sleep(Duration::from_millis(500));
        last = server.held()?;
    }
    let report = Report::new(quiet, besieged, done, warm, last, server.bound(warm));
    report.print(args.json)?;
    Ok(match report.is_good() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// How often the server's memory is read.
const COUNTED: Duration = Duration::from_millis(250);

/// What the neighbour and those who watch the server see for a while.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) executions: Latencies,
    pub(crate) health: Latencies,
    /// Executions that did not end as they should.
    pub(crate) lost: Vec<String>,
    pub(crate) memory_kib: u64,
}

fn watch(server: &Server, time: Duration) -> Result<Seen, Failure> {
    let end = Instant::now() + time;
    let goes_on = move || Instant::now() < end;
    thread::scope(|scope| {
        let neighbour = scope.spawn(move || {
            let mut client = Client::new(server.address);
            let (mut latencies, mut lost) = (Latencies::default(), Vec::new());
            while goes_on() {
                let begun = Instant::now();
                let answer = client.execute("hello", "{\"name\":\"Ada\"}");
                latencies.push(begun.elapsed());
                match answer {
                    Ok(answer) if answer.contains("Hello, Ada.") => {}
                    Ok(answer) => lost.push(answer),
                    Err(error) => lost.push(error.to_string()),
                }
                thread::sleep(Duration::from_millis(6));
            }
            (latencies, lost)
        });
        let mut seen = Seen::default();
        let mut client = Client::new(server.operators);
        // Counting what a server holds takes a while of the very processors it needs.
        let mut counted = Instant::now();
        while goes_on() {
            let begun = Instant::now();
            let answer = client.get("/healthz")?;
            seen.health.push(begun.elapsed());
            if !answer.contains("\"ok\"") {
                seen.lost.push(answer);
            }
            if counted.elapsed() > COUNTED {
                seen.memory_kib = seen.memory_kib.max(server.held()?.memory_kib);
                counted = Instant::now();
            }
            thread::sleep(Duration::from_millis(10));
        }
        let (executions, lost) = neighbour.join().map_err(|_| "the neighbour panicked")?;
        seen.executions = executions;
        seen.lost.extend(lost);
        Ok(seen)
    })
}
