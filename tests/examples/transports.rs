//! What waiting costs over each transport: callers of one node, whose upstream
//! answers after a delay, over both transports in turns.
//!
//! ```text
//! cargo run --release -p hospes-tests --example transports
//! cargo run --release -p hospes-tests --example transports -- --callers 512 --delay 100 --json
//! ```
//!
//! The upstream runs in the same process, so its share of the processor and of
//! the memory is in both rows. CPU time is of the whole process.

use std::error::Error;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use clap::Parser;
use hospes::egress::{HyperTransport, UreqTransport};
use hospes::{Context, Limits, NodeConfig, Policy, Runtime};
use hospes_tests::{Held, Latencies};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

type Failure = Box<dyn Error + Send + Sync>;

/// Compares the two transports.
#[derive(Parser)]
struct Args {
    /// How many call at once.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 64, 512])]
    callers: Vec<u32>,
    /// How long the upstream takes, in milliseconds.
    #[arg(long, value_delimiter = ',', default_values_t = [0, 100])]
    delay: Vec<u64>,
    /// How long each turn lasts, in seconds.
    #[arg(long, default_value_t = 3)]
    seconds: u64,
    /// How many turns each transport has.
    #[arg(long, default_value_t = 3)]
    turns: u32,
    /// Prints a line of JSON for each row instead of a table.
    #[arg(long)]
    json: bool,
}

fn main() -> Result<(), Failure> {
    let args = Args::parse();
    if !args.json {
        println!(
            "transport  callers  delay  calls/s  failed     p50 us     p99 us  CPU us  threads    MiB"
        );
    }
    for delay in &args.delay {
        let origin = upstream(Duration::from_millis(*delay))?;
        for callers in &args.callers {
            let mut sides = [
                Side::new("ureq", *callers, &origin)?,
                Side::new("hyper", *callers, &origin)?,
            ];
            for _ in 0..args.turns {
                for side in &mut sides {
                    side.turn(*callers, Duration::from_secs(args.seconds))?;
                }
            }
            for side in sides {
                side.print(*callers, *delay, args.json);
            }
        }
    }
    Ok(())
}

/// One transport, and what was measured of it.
struct Side {
    name: &'static str,
    runtime: Runtime,
    payload: Arc<str>,
    tokio: tokio::runtime::Runtime,
    latencies: Latencies,
    failed: u64,
    time: Duration,
    cpu: Duration,
    most: Held,
}

impl Side {
    fn new(name: &'static str, callers: u32, origin: &str) -> Result<Side, Failure> {
        let builder = Runtime::builder()
            .executions(callers.max(16))
            .origin_requests(callers.max(16));
        let builder = match name {
            "hyper" => builder.transport(|limits| Arc::new(HyperTransport::new(limits))),
            _ => builder.transport(|limits| Arc::new(UreqTransport::new(limits))),
        };
        let runtime = builder.build()?;
        let mut limits = Limits::default();
        limits.concurrency = callers.into();
        limits.egress.node_requests_in_flight = callers.max(32).into();
        let node = NodeConfig::from_file(hospes_artifacts::FETCH)
            .limits(limits)
            .policy(Policy::parse([origin])?);
        runtime.load("node", node)?;
        let request = json!([{"method": "GET", "url": format!("{origin}/")}]);
        Ok(Side {
            name,
            runtime,
            payload: request.to_string().into(),
            tokio: tokio::runtime::Builder::new_multi_thread()
                .enable_all()
                .build()?,
            latencies: Latencies::default(),
            failed: 0,
            time: Duration::ZERO,
            cpu: Duration::ZERO,
            most: Held::of("self")?,
        })
    }

    /// Calls again and again until the time is over.
    fn turn(&mut self, callers: u32, time: Duration) -> Result<(), Failure> {
        let (start, cpu) = (Instant::now(), cpu());
        let calling: Vec<_> = (0..callers)
            .map(|_| {
                let (runtime, payload) = (self.runtime.clone(), Arc::clone(&self.payload));
                self.tokio.spawn(async move {
                    let (mut latencies, mut failed) = (Latencies::default(), 0);
                    while start.elapsed() < time {
                        let began = Instant::now();
                        let outcome = runtime.execute("node", &payload, &Context::new()).await;
                        let result = outcome
                            .ok()
                            .and_then(|outcome| outcome.result().map(|result| result.to_string()));
                        if result.is_some_and(|result| result.contains("200")) {
                            latencies.push(began.elapsed());
                        } else {
                            failed += 1;
                        }
                    }
                    (latencies, failed)
                })
            })
            .collect();
        // In the middle, everything is in use.
        thread::sleep(time / 2);
        let held = Held::of("self")?;
        if held.memory_kib > self.most.memory_kib {
            self.most.memory_kib = held.memory_kib;
        }
        self.most.threads = held.threads;
        for caller in calling {
            let (latencies, failed) = self.tokio.block_on(caller)?;
            self.latencies.append(latencies);
            self.failed += failed;
        }
        self.time += start.elapsed();
        self.cpu += crate::cpu().saturating_sub(cpu);
        Ok(())
    }

    fn print(self, callers: u32, delay: u64, as_json: bool) {
        let calls = self.latencies.micros().len();
        let per_second = calls as f64 / self.time.as_secs_f64();
        let cpu = self.cpu.as_secs_f64() * 1e6 / calls.max(1) as f64;
        let (threads, mib) = (self.most.threads, self.most.memory_kib / 1024);
        let (name, failed) = (self.name, self.failed);
        let latency = self.latencies.summary();
        if as_json {
            let row = json!({
                "transport": name, "callers": callers, "delay_ms": delay,
                "calls_per_second": per_second, "failed": failed, "latency_us": latency,
                "cpu_us": cpu, "threads": threads, "resident_mib": mib,
            });
            println!("{row}");
        } else {
            println!(
                "{name:9} {callers:8} {delay:6} {per_second:8.0} {failed:7} {:10} {:10} {cpu:7.0} {threads:8} {mib:6}",
                latency.p50_us, latency.p99_us
            );
        }
    }
}

/// CPU time of this process so far.
fn cpu() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(
        u64::try_from(time.tv_sec).unwrap_or_default(),
        u32::try_from(time.tv_nsec).unwrap_or_default(),
    )
}

/// An upstream on a thread of its own that answers each request after the
/// delay. Gives its origin.
fn upstream(delay: Duration) -> Result<String, Failure> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let origin = format!("http://{}", listener.local_addr()?);
    let tokio = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    thread::spawn(move || {
        tokio.block_on(async {
            let Ok(listener) = TcpListener::from_std(listener) else {
                return;
            };
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, delay));
            }
        });
    });
    Ok(origin)
}

async fn answer(mut stream: TcpStream, delay: Duration) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut head = Vec::new();
    while stream.read_buf(&mut head).await? > 0 {
        if !head.ends_with(b"\r\n\r\n") {
            continue;
        }
        head.clear();
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
        stream.write_all(answer).await?;
    }
    Ok(())
}
