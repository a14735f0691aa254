//! The content of a store, and how a store is made.

use std::fmt;
use std::sync::Arc;

use hospes_egress::shares::Stake;
use wasmtime::component::ResourceTable;
use wasmtime::{Store, UpdateDeadline};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
#[cfg(feature = "wasi-http")]
use wasmtime_wasi_http::{WasiHttpCtxView, WasiHttpView};

use crate::capability::http::HttpCtx;
use crate::capability::log::LogCtx;
use crate::capability::wasi;
#[cfg(feature = "wasi-http")]
use crate::capability::wasi_http::WasiHttpState;
use crate::engine::Meter;
use crate::engine::handles::Handles;
use crate::engine::limiter::Limiter;
use crate::engine::meter::Tick;
use crate::limits::Limits;

/// The state of one attempt. Opaque, except for what a capability that the host
/// adds may need.
pub struct ExecutionState {
    wasi: WasiCtx,
    #[cfg(feature = "wasi-http")]
    wasi_http: WasiHttpState,
    table: ResourceTable,
    handles: Handles,
    http: HttpCtx,
    log: LogCtx,
    limiter: Limiter,
    node: Arc<str>,
    execution_id: Arc<str>,
}

impl fmt::Debug for ExecutionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExecutionState")
            .field("node", &self.node)
            .field("execution_id", &self.execution_id)
            .finish_non_exhaustive()
    }
}

impl ExecutionState {
    /// The node's name in the runtime.
    pub fn node(&self) -> &str {
        &self.node
    }

    /// The execution's id, the same for every attempt.
    pub fn execution_id(&self) -> &str {
        &self.execution_id
    }

    /// Called before each call that may add a handle. If there is no memory the
    /// execution ends; until then the table has no room.
    fn make_room(&mut self, http: bool) {
        if !self.handles.make_room(&mut self.table, http) {
            self.http.budget.run_short();
        }
    }

    pub(crate) fn http(&mut self) -> &mut HttpCtx {
        &mut self.http
    }

    pub(crate) fn log(&mut self) -> &mut LogCtx {
        &mut self.log
    }
}

impl WasiView for ExecutionState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        self.make_room(false);
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

#[cfg(feature = "wasi-http")]
impl WasiHttpView for ExecutionState {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        self.make_room(true);
        self.wasi_http.view(&mut self.table)
    }
}

/// Makes a store for one attempt, with every limit in force before the guest
/// runs its first instruction.
#[expect(
    clippy::too_many_arguments,
    reason = "each is a part of the state, and none belongs to another"
)]
pub(crate) fn new_store(
    engine: &wasmtime::Engine,
    limits: &Limits,
    node: &Arc<str>,
    execution_id: &Arc<str>,
    http: HttpCtx,
    log: LogCtx,
    meter: &Arc<Meter>,
    stake: &Stake,
) -> Store<ExecutionState> {
    let handles = Handles::new(limits, stake.memory.holding());
    let state = ExecutionState {
        wasi: wasi::context(&log, limits),
        #[cfg(feature = "wasi-http")]
        wasi_http: WasiHttpState::new(http.clone(), limits),
        table: handles.table(),
        handles,
        http,
        log,
        limiter: Limiter::new(Arc::clone(meter), limits, stake.memory.holding()),
        node: Arc::clone(node),
        execution_id: Arc::clone(execution_id),
    };
    let mut store = Store::new(engine, state);
    store.limiter(|state| &mut state.limiter);
    store.set_hostcall_fuel(hostcall_fuel(limits));
    store.set_max_component_handles(usize::try_from(limits.handles).unwrap_or(usize::MAX));
    store.set_epoch_deadline(1);
    let (meter, cpu) = (Arc::clone(meter), limits.cpu);
    store.epoch_deadline_callback(move |_store| match meter.tick(cpu) {
        Tick::GoOn => Ok(UpdateDeadline::Continue(1)),
        Tick::Yield => Ok(UpdateDeadline::Yield(1)),
        Tick::Stop(stopped) => Err(stopped.into()),
    });
    store
}

/// How many bytes a guest may pass to the host in one call: the largest value
/// that it may pass, and some overhead.
fn hostcall_fuel(limits: &Limits) -> usize {
    let largest = limits
        .result
        .max(limits.egress.request_body)
        .max(limits.log_record);
    let room = (1 << 20) + limits.egress.request_header_bytes;
    usize::try_from(largest + room).unwrap_or(usize::MAX)
}
