//! `wasi:http` 0.2 and 0.3, for nodes that use the standard interface: every
//! request goes to the gate, as with `hospes:node/http`.
//!
//! Only the outgoing half is provided (`outgoing-handler` or `client`, and
//! `types`), with these restrictions:
//!
//! * a body is collected before anything is sent, within its limit and the
//!   request's time, and a response is complete when its head arrives;
//! * trailers are refused;
//! * `content-length` is compared with the body and never sent: the transport
//!   does the framing;
//! * headers that only the host may set are forbidden, and left out of
//!   responses.

mod body;
mod drain;
mod error;
mod hooks;
mod request;
mod response;
mod scope;

use std::mem::size_of;

use ::http::{HeaderName, HeaderValue};
use wasmtime::component::{Linker, ResourceTable};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView, p2, p3};

use self::hooks::Hooks;
use crate::capability::http::HttpCtx;
use crate::limits::Limits;

/// The `wasi:http` state of one attempt.
pub(crate) struct WasiHttpState {
    ctx: WasiHttpCtx,
    hooks: Hooks,
}

impl WasiHttpState {
    pub(crate) fn new(http: HttpCtx, limits: &Limits) -> WasiHttpState {
        let mut ctx = WasiHttpCtx::new();
        ctx.set_field_size_limit(field_size_limit(limits));
        WasiHttpState {
            ctx,
            hooks: Hooks::new(http, limits.egress.request_body),
        }
    }

    pub(crate) fn view<'a>(&'a mut self, table: &'a mut ResourceTable) -> WasiHttpCtxView<'a> {
        WasiHttpCtxView {
            hooks: &mut self.hooks,
            table,
            ctx: &mut self.ctx,
        }
    }
}

/// Adds the outgoing half of both versions to a linker.
pub(crate) fn add_to_linker<T: WasiHttpView + 'static>(
    linker: &mut Linker<T>,
) -> wasmtime::Result<()> {
    p2::add_only_http_to_linker_async(linker)?;
    p3::add_to_linker(linker)
}

/// The memory for the headers of one request, as wasmtime counts it; the gate
/// counts again, exactly. A stated `content-length` is added.
fn field_size_limit(limits: &Limits) -> usize {
    const ENTRY: u64 = (size_of::<HeaderName>() + size_of::<HeaderValue>()) as u64;
    let headers = limits.egress.request_headers.saturating_add(2);
    let bytes = limits.egress.request_header_bytes + headers.saturating_mul(ENTRY);
    usize::try_from(bytes).unwrap_or(usize::MAX)
}
