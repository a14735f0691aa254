//! `wasi:http` 0.2 and 0.3, for nodes that speak the standard interface: every
//! request goes to the gate, as those of `hospes:node/http` do.
//!
//! Only the outgoing half is there (`outgoing-handler` or `client`, and
//! `types`). What the interface has and a gate has no use for is narrowed:
//!
//! * a body is collected before anything is sent, within its limit and the
//!   request's time, and an answer is there as a whole when its head is;
//! * trailers are refused;
//! * `content-length` is compared with the body and never sent: framing is the
//!   transport's own;
//! * headers that only the host may set are forbidden, and left out of answers.

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

/// One attempt's `wasi:http`.
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

/// What the headers of one request take in memory, as wasmtime counts it: the
/// gate counts again, and to the byte. A stated `content-length` comes on top.
fn field_size_limit(limits: &Limits) -> usize {
    const ENTRY: u64 = (size_of::<HeaderName>() + size_of::<HeaderValue>()) as u64;
    let headers = limits.egress.request_headers.saturating_add(2);
    let bytes = limits.egress.request_header_bytes + headers.saturating_mul(ENTRY);
    usize::try_from(bytes).unwrap_or(usize::MAX)
}
