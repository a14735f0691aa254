//! What a store holds, and how a store is made.

use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use wasmtime::component::ResourceTable;
use wasmtime::{Store, UpdateDeadline};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtxView, WasiHttpView};

use crate::capability::http::HttpCtx;
use crate::capability::log::LogCtx;
use crate::capability::wasi;
use crate::capability::wasi_http::WasiHttpState;
use crate::engine::Engine;
use crate::engine::limiter::Limiter;
use crate::limits::Limits;

/// The state of one attempt. Opaque, but for what a host's own capability may
/// want to know.
pub struct HostState {
    wasi: WasiCtx,
    wasi_http: WasiHttpState,
    table: ResourceTable,
    http: HttpCtx,
    log: LogCtx,
    limiter: Limiter,
    node: Arc<str>,
    execution_id: Arc<str>,
}

impl HostState {
    /// The node's name in the runtime.
    pub fn node(&self) -> &str {
        &self.node
    }

    /// The execution's id, the same for every attempt.
    pub fn execution_id(&self) -> &str {
        &self.execution_id
    }

    pub(crate) fn http(&mut self) -> &mut HttpCtx {
        &mut self.http
    }

    pub(crate) fn log(&mut self) -> &mut LogCtx {
        &mut self.log
    }
}

impl WasiView for HostState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl WasiHttpView for HostState {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        self.wasi_http.view(&mut self.table)
    }
}

/// Makes a store for one attempt, with every limit in force before the guest
/// runs its first instruction.
pub(crate) fn new_store(
    engine: &Engine,
    limits: &Limits,
    node: &Arc<str>,
    execution_id: &Arc<str>,
    http: HttpCtx,
    log: LogCtx,
    meter: &Arc<Meter>,
) -> Store<HostState> {
    let state = HostState {
        wasi: wasi::context(&log, limits),
        wasi_http: WasiHttpState::new(http.clone(), limits),
        table: wasi::table(limits),
        http,
        log,
        limiter: Limiter::new(Arc::clone(meter), limits),
        node: Arc::clone(node),
        execution_id: Arc::clone(execution_id),
    };
    let mut store = Store::new(engine.raw(), state);
    store.limiter(|state| &mut state.limiter);
    store.set_hostcall_fuel(hostcall_fuel(limits));
    store.set_max_component_handles(usize::try_from(limits.handles).unwrap_or(usize::MAX));
    store.set_epoch_deadline(1);
    let (meter, cpu) = (Arc::clone(meter), limits.cpu);
    store.epoch_deadline_callback(move |_store| match meter.stop_reason(cpu) {
        Some(stopped) => Err(stopped.into()),
        None => Ok(UpdateDeadline::Yield(1)),
    });
    store
}

/// The bytes a guest may hand over in one call of the host: the largest thing
/// that it has a right to hand over, and some room for what goes around it.
fn hostcall_fuel(limits: &Limits) -> usize {
    let largest = limits
        .result
        .max(limits.request_body)
        .max(limits.log_record);
    let room = (1 << 20) + limits.request_header_bytes;
    usize::try_from(largest + room).unwrap_or(usize::MAX)
}

/// What one execution has used so far; shared by its attempts, and outlives a
/// store that was dropped in mid-flight.
pub(crate) struct Meter {
    start: Instant,
    deadline: Instant,
    /// CPU nanoseconds of the attempts before this one.
    cpu_before: AtomicU64,
    /// CPU nanoseconds of this attempt up to the latest poll.
    cpu: AtomicU64,
    /// When the poll in progress began, in nanoseconds after `start`.
    poll_began: AtomicU64,
    memory_peak: AtomicU64,
}

impl Meter {
    pub(crate) fn new(deadline: Duration) -> Meter {
        let start = Instant::now();
        Meter {
            start,
            deadline: start + deadline,
            cpu_before: AtomicU64::new(0),
            cpu: AtomicU64::new(0),
            poll_began: AtomicU64::new(0),
            memory_peak: AtomicU64::new(0),
        }
    }

    pub(crate) fn start(&self) -> Instant {
        self.start
    }

    pub(crate) fn deadline(&self) -> Instant {
        self.deadline
    }

    pub(crate) fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// The next attempt starts with its CPU budget unspent.
    pub(crate) fn next_attempt(&self) {
        let spent = self.cpu.swap(0, Ordering::Relaxed);
        self.cpu_before.fetch_add(spent, Ordering::Relaxed);
    }

    /// Runs the guest's future and counts the time of its polls: what it
    /// spends waiting is no CPU time.
    pub(crate) async fn run<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        poll_fn(|cx| {
            let began = self.nanos();
            self.poll_began.store(began, Ordering::Relaxed);
            let result = future.as_mut().poll(cx);
            self.cpu.fetch_add(self.nanos() - began, Ordering::Relaxed);
            result
        })
        .await
    }

    pub(crate) fn cpu(&self) -> Duration {
        let nanos = self.cpu_before.load(Ordering::Relaxed) + self.cpu.load(Ordering::Relaxed);
        Duration::from_nanos(nanos)
    }

    pub(crate) fn saw_memory(&self, bytes: u64) {
        self.memory_peak.fetch_max(bytes, Ordering::Relaxed);
    }

    pub(crate) fn memory_peak(&self) -> u64 {
        self.memory_peak.load(Ordering::Relaxed)
    }

    /// Called from within a poll, at every tick.
    fn stop_reason(&self, cpu_limit: Duration) -> Option<Stopped> {
        let now = self.nanos();
        if self.start + Duration::from_nanos(now) >= self.deadline {
            return Some(Stopped::Deadline(self.deadline - self.start));
        }
        let poll = now.saturating_sub(self.poll_began.load(Ordering::Relaxed));
        let cpu = self.cpu.load(Ordering::Relaxed) + poll;
        (Duration::from_nanos(cpu) > cpu_limit).then_some(Stopped::Cpu(cpu_limit))
    }

    fn nanos(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

/// The error that travels through the trap when a computing guest is stopped.
#[derive(Debug)]
pub(crate) enum Stopped {
    Deadline(Duration),
    Cpu(Duration),
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Stopped::Deadline(_) => "the deadline has passed",
            Stopped::Cpu(_) => "the CPU time is used up",
        })
    }
}

impl std::error::Error for Stopped {}
