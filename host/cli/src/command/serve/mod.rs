//! `hospes serve`: the nodes of a solution over HTTP.

mod access;
mod admission;
mod app;
mod approve;
mod aside;
mod auth;
mod body;
mod canary;
mod change;
mod collector;
mod counts;
mod describe;
mod descriptors;
mod document;
mod error;
mod execute;
mod executor;
mod extract;
mod guard;
mod health;
mod history;
mod listen;
mod machine;
mod metrics;
mod nodes;
mod number;
mod observe;
mod page;
mod peer;
mod policy;
mod pool;
mod running;
mod sessions;
mod span;
mod store;
mod stream;
mod telemetry;
mod tls;
mod trial;
mod upkeep;
mod watch;
mod wire;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use anyhow::{Context, anyhow, bail};
use hospes::{Runtime, RuntimeBuilder};
use hospes_deploy::store::{Retention, Store, digest};
use hospes_deploy::{DeployError, Deployer};
use serde_json::json;
use tokio::net::TcpListener;

use crate::args::Serve;
use crate::audit::Audit;
use crate::command::compile_worker::compiling_apart;
use crate::exit::{Exit, Fault};
use crate::host;
use crate::protect;
use crate::roots::Roots;
use crate::signal::Signals;
use crate::solution;

use admission::{Admission, Bounds, Show};
use app::{App, Shared, Side};
use aside::Aside;
use auth::{Auth, Exposure};
use change::Pools;
use executor::Executor;
use metrics::Metrics;
use observe::Watch;
use peer::Proxies;
use sessions::{Flows, Sessions};
use telemetry::Telemetry;
use tls::Tls;
use watch::Files;

pub(crate) use peer::Network;

pub(crate) fn run(args: Serve) -> anyhow::Result<Exit> {
    let exposure = Exposure::of(&args)?;
    let tls = match (&args.tls_cert, &args.tls_key) {
        (Some(certificate), Some(key)) => Some(Tls::read(certificate, key)?),
        _ => None,
    };
    let telemetry = Telemetry::start(args.otlp.as_deref(), &args.otlp_header)?;
    let audit = args.audit.as_deref();
    let audit = audit
        .map(|path| Audit::open(path, telemetry.lines()))
        .transpose()?;
    let admission = Admission::new(bounds(&args)?);
    // Secrets in files stay where they are, wherever the server runs.
    let file = std::path::absolute(&args.solution)?;
    let digest = digest(&hospes::files::read(&file, hospes::files::TEXT).unwrap_or_default());
    let store = store::open(&args)?.map(Arc::new);
    let metrics = Arc::new(Metrics::new(vec![
        Box::new(Show(Arc::clone(&admission))),
        Box::new(telemetry.dropped()),
    ]));
    let (changes, changed) = std::sync::mpsc::channel();
    let builder = Runtime::builder()
        .executions(args.executions)
        .memory(memory(&args))
        .propagate_trace(args.propagate_trace)
        .first_generation(first_generation(store.as_deref()))
        .observer(Arc::new(Watch {
            audit,
            metrics: Arc::clone(&metrics),
            changed: changes,
        }));
    let builder = match canary::key(args.canary_key.as_deref(), store.as_deref())? {
        Some(key) => builder.canary_key(key),
        None => builder,
    };
    let roots = Roots::read(args.roots.as_deref())?;
    let temporary = tempfile::Builder::new().prefix("hospes-").tempdir()?;
    let runtime = compiling_apart(builder)?
        .compiler_memory(args.compile_memory)
        .transport(move |limits| Arc::new(roots.transport(limits)))
        .compile_cache(cache(&args, temporary.path()))
        .build();
    let runtime = runtime.map_err(|error| match error {
        hospes::engine::BuildError::Cache(_) => anyhow!("{error}"),
        _ => Fault(error.to_string()).into(),
    })?;
    if !args.dumpable {
        protect::memory()?;
    }
    let mut keep = Retention::default();
    keep.revisions = args.keep;
    keep.age = args.keep_for;
    let flows = Arc::new(Flows::default());
    let deployer = match store.clone() {
        Some(store) => Deployer::open(runtime, store)?,
        None => Deployer::new(runtime),
    };
    let deployer = deployer
        .retention(keep)
        .dependents(Arc::clone(&flows) as _)
        .separate_approval(args.approve_token.is_some());
    let deployer = Arc::new(deployer);
    let solution = deployer.read(&file).map_err(solution::error)?;
    let auth = Auth::new(&args, &solution, exposure)?;
    flows.set(&solution);
    let files = Files::new(file, digest, &solution);
    let nodes = hospes_deploy::grants(&solution, args.env.as_deref())
        .map_err(|error| anyhow!("{}: {error}", args.solution.display()))?;
    deployer.start(nodes).map_err(not_started)?;
    let sessions = Sessions::open(store, sessions::Bounds::of(&args))?;
    // Guests compute elsewhere once they have for a while; until then, sockets are
    // looked at often.
    let tokio = tokio::runtime::Builder::new_multi_thread()
        .event_interval(4)
        .enable_all()
        .build()?;
    upkeep::start(&deployer, changed, args.drain, tokio.handle().clone())?;
    let (stop, stopping) = tokio::sync::watch::channel(false);
    let app: Shared = Arc::new(App {
        executor: Executor::new(Arc::clone(&deployer), Arc::clone(&metrics)),
        pools: Pools::new()?,
        deployer,
        metrics,
        flows,
        sessions: Arc::new(sessions),
        auth: Arc::new(auth),
        proxies: Proxies(args.behind_proxy.clone()),
        hosts: args.host.clone(),
        stopping,
        openapi: OnceLock::new(),
    });
    let doors = Doors { admission, tls };
    let ended = tokio.block_on(serve(args, app, doors, stop, files));
    telemetry.end();
    ended
}

/// The runtime's first generation, after those of a store.
fn first_generation(store: Option<&Store>) -> u64 {
    store.map_or(1, |store| store.highest_generation() + 1)
}

/// The error of a start, in the right exit class.
fn not_started(error: DeployError) -> anyhow::Error {
    match error.inner() {
        DeployError::Refused(refused) if host::is_refused(refused) => {
            Fault(error.to_string()).into()
        }
        // With its causes in it.
        _ => anyhow!("{error}"),
    }
}

/// What clients may take: as the operator says, as far as the descriptors go.
fn bounds(args: &Serve) -> anyhow::Result<Bounds> {
    let descriptors = descriptors::raise();
    let most = Bounds::connections(descriptors);
    let connections = match args.connections {
        None => most,
        Some(wanted) if u64::from(wanted) <= descriptors / 2 => wanted as usize,
        Some(wanted) => bail!(
            "--connections {wanted}: the process may open {descriptors} files, and half of them are for connections: \
             raise its limit (`ulimit -n`), or say at most {}",
            descriptors / 2
        ),
    };
    let bounds = Bounds::new(connections, args.client_bytes);
    // A proxy is one address, and brings everybody's connections.
    Ok(match args.behind_proxy.is_empty() {
        true => bounds,
        false => bounds.for_one_peer(),
    })
}

/// Every component is looked at before it is loaded, so there always is a cache.
/// What is in it is run, so that whoever is kept away from the store's key is kept
/// away from it, too.
fn cache(args: &Serve, temporary: &Path) -> PathBuf {
    let store = args.store.as_ref().filter(|_| args.store_key.is_none());
    let cache = args
        .cache
        .clone()
        .or(store.map(|store| store.join("cache")));
    cache.unwrap_or_else(|| temporary.to_owned())
}

/// What the nodes may take together: never more than the machine has to give.
fn memory(args: &Serve) -> u64 {
    let wanted = RuntimeBuilder::default_memory(args.executions);
    let there = machine::memory().map_or(u64::MAX, |bytes| bytes / 4 * 3);
    args.memory.unwrap_or(wanted.min(there))
}

/// What a connection passes.
struct Doors {
    admission: Arc<Admission>,
    tls: Option<Tls>,
}

async fn serve(
    args: Serve,
    app: Shared,
    Doors { admission, tls }: Doors,
    stop: tokio::sync::watch::Sender<bool>,
    files: Files,
) -> anyhow::Result<Exit> {
    // Before the first line, so that whoever reads it can end the server.
    let mut signals = Signals::new().context("can't wait for signals")?;
    let listener = TcpListener::bind(args.listen).await;
    let listener = listener.map_err(|error| anyhow!("can't listen on {}: {error}", args.listen))?;
    if args.watch {
        watch::start(&app, files, args.env)?;
    }
    tokio::spawn(Arc::clone(&app.sessions).tidy());
    tokio::spawn(Arc::clone(&app.auth).follow());
    let scheme = if tls.is_some() { "https" } else { "http" };
    if let Some(tls) = tls.clone() {
        tokio::spawn(tls.follow());
    }
    let url = format!("{scheme}://{}", listener.local_addr()?);
    let aside = args.admin_listen.map(|address| {
        let router = app::router(&app, Side::Whole);
        Aside::start(address, tls.clone(), args.client_bytes, args.drain, router)
    });
    let aside = aside.transpose()?;
    let router = match &aside {
        Some(_) => app::router(&app, Side::Clients),
        None => app::router(&app, Side::Whole),
    };
    let admin_url = aside
        .as_ref()
        .map(|aside| format!("{scheme}://{}", aside.address));
    let first = match admin_url {
        Some(admin_url) => json!({ "url": url, "admin_url": admin_url }),
        None => json!({ "url": url }),
    };
    let mut out = io::stdout().lock();
    writeln!(out, "{first}")?;
    out.flush()?;
    drop(out);
    tracing::info!(target: "hospes::serve", url, nodes = app.deployer.runtime().nodes().len(), admin = app.auth.has_operator(), "serving");
    let serving = listen::serve(
        listener,
        tls,
        router,
        admission,
        app.stopping.clone(),
        args.drain,
    );
    tokio::pin!(serving);
    tokio::select! {
        _ = &mut serving => {}
        () = signals.next() => {}
    }
    tracing::info!(target: "hospes::serve", drain_ms = millis(args.drain), "draining");
    _ = stop.send(true);
    // Operators see it end: their listener goes last.
    let ending = async {
        let cut = serving.await;
        if let Some(aside) = aside {
            aside.end().await;
        }
        cut
    };
    let cut = tokio::select! {
        cut = ending => Some(cut),
        () = signals.next() => None,
    };
    tracing::info!(target: "hospes::serve", cut, "ended");
    Ok(Exit::Success)
}

fn millis(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
