//! The hooks through which wasmtime passes a request on.

use std::sync::Arc;

use ::http::header::CONTENT_LENGTH;
use ::http::uri::Scheme;
use ::http::{HeaderName, Request, Response};
use hospes_egress::policy::may_set;
use wasmtime_wasi_http::{ForbiddenHeaderFilter, RequestOptions, Result, WasiBody, WasiHttpHooks};

use super::drain::BodyDrain;
use super::scope::RequestScope;
use super::{error, request, response};
use crate::capability::http::HttpCtx;
use crate::recording::Interface;

/// Bytes that are buffered between a node that writes a body and the host that
/// collects it: for each body, even if its request was never sent.
const CHUNK: usize = 16 << 10;

/// Passes every request to the gate.
pub(super) struct Hooks {
    http: HttpCtx,
    max_body: u64,
    on_their_way: RequestScope<Answer>,
    sink: BodyDrain,
}

impl Hooks {
    pub(super) fn new(http: HttpCtx, max_body: u64) -> Hooks {
        Hooks {
            http,
            max_body,
            on_their_way: RequestScope::new(),
            sink: BodyDrain::default(),
        }
    }
}

/// A future of wasmtime's interface.
type Boxed<T> = Box<dyn Future<Output = Result<T>> + Send>;

/// A response, and a future without any work left.
type Answer = (Response<WasiBody>, Boxed<()>);

impl WasiHttpHooks for Hooks {
    fn is_forbidden_header(&mut self, name: &HeaderName) -> bool {
        is_forbidden(name)
    }

    fn forbidden_header_filter(&mut self) -> ForbiddenHeaderFilter {
        Arc::new(is_forbidden)
    }

    /// The gate decides about schemes, and records what it refuses.
    fn is_supported_scheme(&mut self, _: &Scheme) -> bool {
        true
    }

    /// The transport writes the only `host` header.
    fn set_host_header(&mut self) -> bool {
        false
    }

    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _processed: Boxed<()>,
    ) -> Boxed<Answer> {
        let http = self.http.clone();
        let (max_body, sink) = (self.max_body, self.sink.clone());
        let (request, coming) = request::of(request, options, max_body, http.budget.room());
        Box::new(self.on_their_way.hold(async move {
            let answer = http.pass(Interface::Wasi, request).await;
            if let (Err(_), Some(rest)) = (&answer, coming) {
                sink.drain(rest, max_body);
            }
            let answer = answer.map_err(error::of)?;
            let done: Boxed<()> = Box::new(std::future::ready(Ok(())));
            Ok((response::of(answer)?, done))
        }))
    }

    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        CHUNK
    }

    fn p3_outgoing_body_chunk_size(&mut self) -> usize {
        CHUNK
    }
}

/// Forbids host-only headers, except `content-length`: the interface lets a
/// node state the length of its body, and toolchains do.
fn is_forbidden(name: &HeaderName) -> bool {
    *name != CONTENT_LENGTH && !may_set(name.as_str())
}
