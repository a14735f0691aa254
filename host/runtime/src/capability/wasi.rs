//! WASI 0.2 and 0.3, so that the standard library of any language starts, but
//! with no access to anything:
//!
//! * no files, no environment, no arguments, an empty standard input;
//! * no sockets and no name lookup;
//! * standard output and standard error become log records, bounded;
//! * clocks with a resolution of one millisecond;
//! * random bytes, limited in each call;
//! * `exit` ends the execution with an error.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::io::AsyncWrite;
use wasmtime::component::Linker;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};
use wasmtime_wasi::{HostMonotonicClock, HostWallClock, WasiCtx, WasiCtxBuilder, WasiView};

use crate::capability::log::LogCtx;
use crate::capability::recorded::{RecordedClock, RecordedRandom};
use crate::limits::Limits;
use crate::outcome::Level;
use crate::recording::{RandomSource, Recorder};

/// A context with the abilities listed above and no others.
pub(crate) fn context(log: &LogCtx, limits: &Limits) -> WasiCtx {
    let budget = Arc::new(Mutex::new(limits.output));
    let stream = |level| Output {
        lines: Arc::new(Mutex::new(Lines {
            log: log.clone(),
            level,
            budget: Arc::clone(&budget),
            line: Vec::new(),
        })),
    };
    let mut builder = WasiCtx::builder();
    builder
        .allow_tcp(false)
        .allow_udp(false)
        .allow_ip_name_lookup(false)
        .stdout(stream(Level::Info))
        .stderr(stream(Level::Warn))
        .max_random_size(limits.random)
        .wall_clock(Coarse)
        .monotonic_clock(CoarseSince(Instant::now()));
    if let Some(recorder) = log.recorder() {
        record(&mut builder, recorder);
    }
    builder.build()
}

/// Puts clocks and random numbers that are recorded in place of the others.
fn record(builder: &mut WasiCtxBuilder, recorder: &Arc<Recorder>) {
    builder
        .wall_clock(RecordedClock {
            clock: Coarse,
            recorder: Arc::clone(recorder),
        })
        .monotonic_clock(RecordedClock {
            clock: CoarseSince(Instant::now()),
            recorder: Arc::clone(recorder),
        });
    let Some(seed) = recorder.insecure_seed() else {
        return;
    };
    let random = |source| RecordedRandom {
        source,
        recorder: Arc::clone(recorder),
    };
    builder
        .secure_random(random(RandomSource::Secure))
        .insecure_random(random(RandomSource::Insecure))
        .insecure_random_seed(seed);
}

/// Adds WASI to a linker.
pub(crate) fn add_to_linker<T: WasiView>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    wasmtime_wasi::p2::add_to_linker_async(linker)?;
    wasmtime_wasi::p3::add_to_linker(linker)
}

/// The resolution of a guest's clocks. Finer clocks help to observe neighbours.
const GRANULARITY: Duration = Duration::from_millis(1);

struct Coarse;

impl HostWallClock for Coarse {
    fn resolution(&self) -> Duration {
        GRANULARITY
    }

    fn now(&self) -> Duration {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Duration::from_millis(u64::try_from(now.as_millis()).unwrap_or(u64::MAX))
    }
}

struct CoarseSince(Instant);

impl HostMonotonicClock for CoarseSince {
    fn resolution(&self) -> u64 {
        1_000_000
    }

    fn now(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_millis())
            .unwrap_or(u64::MAX)
            .saturating_mul(1_000_000)
    }
}

/// Standard output or standard error of one attempt.
#[derive(Clone)]
struct Output {
    lines: Arc<Mutex<Lines>>,
}

/// Splits a guest's output into lines and logs each.
struct Lines {
    log: LogCtx,
    level: Level,
    budget: Arc<Mutex<u64>>,
    line: Vec<u8>,
}

impl Lines {
    /// Takes bytes, and returns the lines that are now complete.
    fn push(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        let kept = {
            let mut budget = self.budget.lock().unwrap_or_else(PoisonError::into_inner);
            let kept = bytes
                .len()
                .min(usize::try_from(*budget).unwrap_or(usize::MAX));
            *budget -= kept as u64;
            kept
        };
        self.line
            .extend_from_slice(bytes.get(..kept).unwrap_or(bytes));
        if !self.line.contains(&b'\n') {
            return Vec::new();
        }
        let text = std::mem::take(&mut self.line);
        let mut lines: Vec<Vec<u8>> = text
            .split(|byte| *byte == b'\n')
            .map(<[u8]>::to_vec)
            .collect();
        self.line = lines.pop().unwrap_or_default();
        lines
    }
}

fn write(log: &LogCtx, level: Level, line: &[u8]) {
    log.write(level, &String::from_utf8_lossy(line), &[]);
}

impl Drop for Lines {
    fn drop(&mut self) {
        if !self.line.is_empty() {
            write(&self.log, self.level, &self.line);
        }
    }
}

impl Output {
    fn push(&self, bytes: &[u8]) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let (log, level, whole) = (lines.log.clone(), lines.level, lines.push(bytes));
        // The log listener is called here: no lock may be held meanwhile.
        drop(lines);
        for line in whole {
            write(&log, level, &line);
        }
    }
}

impl IsTerminal for Output {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Output {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

impl OutputStream for Output {
    fn write(&mut self, bytes: bytes::Bytes) -> StreamResult<()> {
        self.push(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(4096)
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Output {
    async fn ready(&mut self) {}
}

impl AsyncWrite for Output {
    fn poll_write(
        self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.push(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
