//! The floor: the same component on wasmtime, with nothing of the runtime.

use std::fmt;
use std::path::Path;

use hospes::Json;
use hospes::egress::TransportError;
use wasmtime::component::{Component, HasData, InstancePre, Linker, ResourceTable};
use wasmtime::{Engine, Store, StoreLimits};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use crate::upstream::Upstream;
use bindings::exports::hospes::node::action::GuestIndices;
use bindings::hospes::node::{http, log, types};

mod bindings {
    #![allow(
        missing_docs,
        missing_debug_implementations,
        unreachable_pub,
        unused_qualifications,
        clippy::allow_attributes_without_reason,
        reason = "generated code"
    )]
    wasmtime::component::bindgen!({
        path: "wit",
        world: "node",
        imports: { "hospes:node/http@0.1.0": async },
        exports: { default: async },
    });
}

/// A component on bare async wasmtime, with the runtime's engine configuration
/// and a fresh instance for each call: no gate, no limits but the stack's and
/// the pool's, no clock that stops it.
pub struct Bare {
    engine: Engine,
    instance: InstancePre<State>,
    action: GuestIndices,
    context: types::Context,
    upstream: Upstream,
}

/// Why a component can't run on bare wasmtime.
#[derive(Clone, Debug)]
pub struct BareError(String);

impl fmt::Display for BareError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BareError {}

impl fmt::Debug for Bare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bare").finish_non_exhaustive()
    }
}

impl Bare {
    /// Compiles a component for as many callers at once. Its requests go to the
    /// upstream, past any gate; secrets in them are empty.
    ///
    /// # Errors
    ///
    /// If it needs more than `hospes:node/http`, `log` and WASI, or is of the
    /// world `node-async`, or there is no room for so many instances.
    pub fn new(component: &Path, callers: u32, upstream: Upstream) -> Result<Bare, BareError> {
        let failed = |error: wasmtime::Error| BareError(format!("{error:#}"));
        let engine = Engine::new(&hospes::engine::config(callers.max(16))).map_err(failed)?;
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker).map_err(failed)?;
        wasmtime_wasi::p3::add_to_linker(&mut linker).map_err(failed)?;
        http::add_to_linker::<State, Has>(&mut linker, |state| state).map_err(failed)?;
        log::add_to_linker::<State, Has>(&mut linker, |state| state).map_err(failed)?;
        let component = Component::from_file(&engine, component).map_err(failed)?;
        let instance = linker.instantiate_pre(&component).map_err(failed)?;
        let action = GuestIndices::new(&instance)
            .map_err(|_| BareError("only nodes of the world `node` run on it".to_owned()))?;
        Ok(Bare {
            engine,
            instance,
            action,
            context: types::Context {
                execution_id: "7d5e2c2e-9a0b-4a53-9d8e-3f1c5b7a9e11".to_owned(),
                attempt: 1,
                env: String::new(),
                params: "{}".to_owned(),
                secrets: Vec::new(),
                variables: "{}".to_owned(),
                remaining_ms: 10_000,
            },
            upstream,
        })
    }

    /// What its context says: the environment with its params, the names of the
    /// secrets, the variables. Defaults to nothing.
    #[must_use]
    pub fn context(
        mut self,
        env: &str,
        params: &Json,
        secrets: Vec<String>,
        variables: &Json,
    ) -> Bare {
        self.context.env = env.to_owned();
        self.context.params = params.as_str().to_owned();
        self.context.secrets = secrets;
        self.context.variables = variables.as_str().to_owned();
        self
    }

    /// Calls it once; says how that ended and how many requests it sent.
    pub(crate) async fn call(&self, payload: &str) -> (&'static str, u64) {
        match self.try_call(payload).await {
            Ok((Ok(_), requests)) => ("success", requests),
            Ok((Err(failure), requests)) => (kind(failure.kind), requests),
            Err(_) => ("trap", 0),
        }
    }

    async fn try_call(
        &self,
        payload: &str,
    ) -> wasmtime::Result<(Result<String, types::Failure>, u64)> {
        let state = State {
            wasi: WasiCtx::builder().build(),
            table: ResourceTable::new(),
            limits: StoreLimits::default(),
            upstream: self.upstream.clone(),
            requests: 0,
        };
        let mut store = Store::new(&self.engine, state);
        store.limiter(|state| &mut state.limits);
        store.set_epoch_deadline(u64::MAX / 2);
        let instance = self.instance.instantiate_async(&mut store).await?;
        let guest = self.action.load(&mut store, &instance)?;
        let answer = guest
            .call_execute(&mut store, &payload.to_owned(), &self.context)
            .await?;
        Ok((answer, store.data().requests))
    }
}

/// The word of the contract, as the runtime's outcomes have it.
fn kind(kind: types::FailureKind) -> &'static str {
    use types::FailureKind as Kind;
    match kind {
        Kind::InvalidPayload => "invalid-payload",
        Kind::InvalidParams => "invalid-params",
        Kind::Denied => "denied",
        Kind::Unauthorized => "unauthorized",
        Kind::Rejected => "rejected",
        Kind::Partial => "partial",
        Kind::RateLimited => "rate-limited",
        Kind::Unavailable => "unavailable",
        Kind::Protocol => "protocol",
        Kind::Internal => "internal",
        Kind::Unknown => "unknown",
    }
}

/// The content of a bare store.
struct State {
    wasi: WasiCtx,
    table: ResourceTable,
    limits: StoreLimits,
    upstream: Upstream,
    requests: u64,
}

struct Has;

impl HasData for Has {
    type Data<'a> = &'a mut State;
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl http::Host for State {
    async fn send(&mut self, request: http::Request) -> Result<http::Response, http::Error> {
        self.requests += 1;
        send(&self.upstream, request).await
    }

    async fn send_all(
        &mut self,
        requests: Vec<http::Request>,
    ) -> Vec<Result<http::Response, http::Error>> {
        self.requests += requests.len() as u64;
        let sent = requests.into_iter().map(|request| {
            let upstream = self.upstream.clone();
            tokio::spawn(async move { send(&upstream, request).await })
        });
        let mut answers = Vec::new();
        for sent in sent.collect::<Vec<_>>() {
            let answer = sent.await;
            answers.push(answer.unwrap_or(Err(http::Error::Interrupted(String::new()))));
        }
        answers
    }
}

impl log::Host for State {
    fn log(&mut self, _level: log::Level, _message: String, _fields: Vec<(String, String)>) {}
}

impl types::Host for State {}

async fn send(upstream: &Upstream, request: http::Request) -> Result<http::Response, http::Error> {
    let body = request.body.as_deref().unwrap_or_default();
    let answer = upstream.answer(&request.method, &request.url, body).await;
    let answer = answer.map_err(|error| match error {
        TransportError::Timeout => http::Error::Timeout,
        TransportError::Unreachable(why) => http::Error::Unreachable(why),
        error => http::Error::Interrupted(error.to_string()),
    })?;
    let headers = answer.headers().iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes());
        (name.as_str().to_owned(), value.into_owned())
    });
    Ok(http::Response {
        status: answer.status().as_u16(),
        headers: headers.collect(),
        body: answer.body().whole().unwrap_or_default().to_vec(),
    })
}
