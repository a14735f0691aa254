//! What the runtime adds to wasmtime: one execution of the Braze track node
//! with a transport that answers at once, beside the same component on bare
//! wasmtime with the same engine configuration.
//!
//! `cargo bench --workspace --bench execution` prints criterion's figures, and then the ratio of
//! medians measured in turns, which is what noise on a machine spares.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a benchmark that can't start has nothing to say"
)]

use std::future::Future;
use std::hint::black_box;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::Criterion;
use hospes::egress::{self, Body, BoxFuture, Dial, Secret, Transport, TransportError};
use hospes::policy::Origin;
use hospes::{Context, Json, NodeConfig, Policy, Runtime, SecretGrant};
use wasmtime::component::{Component, InstancePre, Linker, ResourceTable};
use wasmtime::{Engine, Store, StoreLimits};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use bindings::exports::hospes::node::action::{Guest, GuestIndices};
use bindings::hospes::node::{http, log, types};

mod bindings {
    #![allow(missing_docs, unused_qualifications, reason = "generated code")]
    wasmtime::component::bindgen!({
        path: "wit",
        world: "node",
        imports: { "hospes:node/http@0.1.0": async },
        exports: { default: async },
    });
}

const URL: &str = "http://127.0.0.1:1";
const ANSWER: &[u8] = br#"{"message":"success","attributes_processed":1,"events_processed":1}"#;
const PAYLOAD: &str = r#"{
    "user": {
        "external_id": "u-1815", "first_name": "Ada", "last_name": "Lovelace",
        "email": "ada@example.com", "dob": "1815-12-10", "home_city": "London",
        "operating_system": "iOS"
    },
    "event": {"name": "onboarded", "time": "2026-01-02T03:04:05Z"}
}"#;

fn params() -> String {
    format!(r#"{{"braze_url":"{URL}"}}"#)
}

/// Answers at once, so that only the runtime is measured.
struct Instantly;

impl Transport for Instantly {
    fn resolve<'a>(
        &'a self,
        _host: &'a str,
        _timeout: Duration,
    ) -> BoxFuture<'a, Result<Vec<IpAddr>, TransportError>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn send(
        &self,
        _request: egress::http::Request<Body>,
        _dial: Dial,
    ) -> BoxFuture<'_, Result<egress::http::Response<Body>, TransportError>> {
        Box::pin(async {
            let response = egress::http::Response::builder()
                .status(201)
                .header("content-type", "application/json");
            Ok(response.body(Body::from(ANSWER.to_vec())).unwrap())
        })
    }
}

fn braze(runtime: &Runtime) {
    let config = NodeConfig::from_file(hospes_artifacts::BRAZE_TRACK)
        .env("sandbox", Json::parse(params()).unwrap())
        .policy(Policy::parse([format!("POST {URL}/users/track")]).unwrap())
        .secret(
            SecretGrant::new("braze_api_key", Secret::new("a-key-for-tests").unwrap())
                .to([Origin::parse(URL).unwrap()]),
        );
    runtime.load("braze-track", config).unwrap();
}

fn hospes_runtime() -> Runtime {
    let runtime = Runtime::builder()
        .executions(64)
        .transport(|_| Arc::new(Instantly))
        .build()
        .unwrap();
    braze(&runtime);
    runtime
}

/// The state of a bare store: WASI, limits, and a host that answers at once.
struct Bare {
    wasi: WasiCtx,
    table: ResourceTable,
    limits: StoreLimits,
}

impl WasiView for Bare {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl http::Host for Bare {
    async fn send(&mut self, _request: http::Request) -> Result<http::Response, http::Error> {
        Ok(http::Response {
            status: 201,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: ANSWER.to_vec(),
        })
    }

    async fn send_all(
        &mut self,
        _requests: Vec<http::Request>,
    ) -> Vec<Result<http::Response, http::Error>> {
        Vec::new()
    }
}

impl log::Host for Bare {
    fn log(&mut self, _: log::Level, _: String, _: Vec<(String, String)>) {}
}

impl types::Host for Bare {}

struct BareNode {
    engine: Engine,
    instance: InstancePre<Bare>,
    action: GuestIndices,
}

impl BareNode {
    fn new() -> BareNode {
        let engine = Engine::new(&hospes::engine::config(64)).unwrap();
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker).unwrap();
        wasmtime_wasi::p3::add_to_linker(&mut linker).unwrap();
        http::add_to_linker::<Bare, Has>(&mut linker, |state| state).unwrap();
        log::add_to_linker::<Bare, Has>(&mut linker, |state| state).unwrap();
        let component = Component::from_file(&engine, hospes_artifacts::BRAZE_TRACK).unwrap();
        let instance = linker.instantiate_pre(&component).unwrap();
        let action = GuestIndices::new(&instance).unwrap();
        BareNode {
            engine,
            instance,
            action,
        }
    }

    fn store(&self) -> Store<Bare> {
        let state = Bare {
            wasi: WasiCtx::builder().build(),
            table: ResourceTable::new(),
            limits: StoreLimits::default(),
        };
        let mut store = Store::new(&self.engine, state);
        store.limiter(|state| &mut state.limits);
        store.set_epoch_deadline(u64::MAX / 2);
        store
    }

    async fn fresh(&self) {
        let mut store = self.store();
        let instance = self.instance.instantiate_async(&mut store).await.unwrap();
        let guest = self.action.load(&mut store, &instance).unwrap();
        call(&mut store, &guest).await;
    }
}

struct Has;

impl wasmtime::component::HasData for Has {
    type Data<'a> = &'a mut Bare;
}

async fn call(store: &mut Store<Bare>, guest: &Guest) {
    let context = types::Context {
        execution_id: "7d5e2c2e-9a0b-4a53-9d8e-3f1c5b7a9e11".to_owned(),
        attempt: 1,
        env: "sandbox".to_owned(),
        params: params(),
        secrets: vec!["braze_api_key".to_owned()],
        variables: "{}".to_owned(),
        remaining_ms: 10_000,
    };
    let answer = guest
        .call_execute(store, &PAYLOAD.to_owned(), &context)
        .await
        .unwrap();
    assert!(black_box(answer).is_ok());
}

async fn execute(runtime: &Runtime) {
    let outcome = runtime
        .execute("braze-track", PAYLOAD, &Context::new())
        .await
        .unwrap();
    assert!(black_box(outcome).result().is_some());
}

fn executions(criterion: &mut Criterion) {
    let tokio = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let (bare, runtime) = (BareNode::new(), hospes_runtime());
    let mut group = criterion.benchmark_group("execution");
    group.bench_function("wasmtime fresh", |bencher| {
        bencher.iter(|| tokio.block_on(bare.fresh()));
    });
    group.bench_function("wasmtime warm", |bencher| {
        let mut store = bare.store();
        let instance = tokio
            .block_on(bare.instance.instantiate_async(&mut store))
            .unwrap();
        let guest = bare.action.load(&mut store, &instance).unwrap();
        bencher.iter(|| tokio.block_on(call(&mut store, &guest)));
    });
    group.bench_function("hospes", |bencher| {
        bencher.iter(|| tokio.block_on(execute(&runtime)));
    });
    group.finish();
}

fn loading(criterion: &mut Criterion) {
    let dir = tempfile::tempdir().unwrap();
    let cached = Runtime::builder()
        .executions(2)
        .compile_cache(dir.path().join("compiled"))
        .build()
        .unwrap();
    let cold = Runtime::builder().executions(2).build().unwrap();
    let mut group = criterion.benchmark_group("load");
    group.sample_size(10);
    group.bench_function("cold", |bencher| bencher.iter(|| braze(&cold)));
    braze(&cached);
    group.bench_function("cached", |bencher| bencher.iter(|| braze(&cached)));
    group.finish();
}

/// Measures both in turns and prints the ratio of their medians.
fn ratio() {
    const ROUNDS: usize = 201;
    const CALLS: u32 = 50;
    let tokio = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let (bare, runtime) = (BareNode::new(), hospes_runtime());
    let timed = |call: &dyn Fn() -> Pin<Box<dyn Future<Output = ()>>>| {
        let start = Instant::now();
        for _ in 0..CALLS {
            tokio.block_on(call());
        }
        start.elapsed() / CALLS
    };
    let (bare, runtime) = (Arc::new(bare), Arc::new(runtime));
    let (mut floor, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let node = Arc::clone(&bare);
        floor.push(timed(&move || {
            let node = Arc::clone(&node);
            Box::pin(async move { node.fresh().await })
        }));
        let host = Arc::clone(&runtime);
        ours.push(timed(&move || {
            let host = Arc::clone(&host);
            Box::pin(async move { execute(&host).await })
        }));
    }
    let median = |times: &mut Vec<Duration>| {
        times.sort();
        times[ROUNDS / 2]
    };
    let (floor, ours) = (median(&mut floor), median(&mut ours));
    println!("bare wasmtime, fresh instance: {floor:?}");
    println!("hospes:                        {ours:?}");
    println!(
        "ratio:                         {:.2}",
        ours.as_secs_f64() / floor.as_secs_f64()
    );
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    executions(&mut criterion);
    loading(&mut criterion);
    criterion.final_summary();
    ratio();
}
