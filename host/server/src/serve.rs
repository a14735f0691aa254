//! A server with its own listener, as `hospes serve` runs it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use anyhow::{Context, anyhow, bail};
use hospes::limits::millis;
use hospes::{Runtime, RuntimeBuilder};
use hospes_deploy::store::{Retention, digest};
use hospes_deploy::{DeployError, Deployer};
use hospes_solution::Findings;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::admission::{AdmissionControl, AdmissionLimits, AdmissionMetrics};
use crate::audit::AuditLog;
use crate::auth::{Auth, Exposure};
use crate::client::Proxies;
use crate::executor::Executor;
use crate::invalid_file::InvalidFile;
use crate::listen::admin::AdminListener;
use crate::listen::tls::Tls;
use crate::listen::{self, descriptors};
use crate::metrics::Metrics;
use crate::middleware::guard::Guard;
use crate::observer::ServerObserver;
use crate::options::Options;
use crate::pool::Pools;
use crate::protect::protect_memory;
use crate::router::{self, OptionalRoutes, RouteSet};
use crate::sessions::{self, Flows, Sessions};
use crate::setup::Setup;
use crate::signal::Signals;
use crate::state::{App, Shared};
use crate::telemetry::Telemetry;
use crate::watch::{self, Files};
use crate::{canary, machine, store, upkeep};

/// Where a server listens.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Listening {
    /// For clients. With `admin_listen`, operators have their own address.
    pub url: String,
    /// For operators, if they have their own listener.
    pub admin_url: Option<String>,
}

/// Why a server can't start.
#[derive(Debug)]
#[non_exhaustive]
pub enum ServeError {
    /// The solution file or the callers file has faults.
    InvalidFile {
        /// Which file.
        what: &'static str,
        /// All of its faults.
        findings: Findings,
    },
    /// A component was refused, or this machine can't run components.
    Refused(String),
    /// The callback `ready` failed.
    Ready(io::Error),
    /// An option is wrong, or what it names can't be used.
    Option(String),
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ServeError::InvalidFile { what, findings } => {
                write!(f, "{what} has faults:\n{findings}")
            }
            ServeError::Refused(why) | ServeError::Option(why) => f.write_str(why),
            ServeError::Ready(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ServeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            ServeError::InvalidFile { findings, .. } => Some(findings),
            ServeError::Ready(error) => Some(error),
            ServeError::Refused(_) | ServeError::Option(_) => None,
        }
    }
}

impl From<anyhow::Error> for ServeError {
    fn from(error: anyhow::Error) -> ServeError {
        let error = match error.downcast::<InvalidFile>() {
            Ok(InvalidFile { what, findings }) => {
                return ServeError::InvalidFile { what, findings };
            }
            Err(error) => error,
        };
        match error.downcast::<Refused>() {
            Ok(Refused(why)) => ServeError::Refused(why),
            Err(error) => ServeError::Option(format!("{error:#}")),
        }
    }
}

/// An error of a node or the machine, which no option or file could change.
#[derive(Debug)]
struct Refused(String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

/// Serves a solution until the process is asked to end. On SIGTERM or an
/// interrupt, it drains; a second one cuts off what still runs. It logs lines of
/// JSON to standard error.
///
/// Once it listens, it calls `ready` with the addresses.
///
/// # Errors
///
/// If it can't start: see [`ServeError`].
pub fn serve(
    options: Options,
    ready: impl FnOnce(&Listening) -> io::Result<()>,
) -> Result<(), ServeError> {
    let (tokio, telemetry, start) = prepare(options)?;
    let ended = tokio.block_on(run(start, ready));
    telemetry.end();
    ended
}

/// A server that is ready to listen.
struct Prepared {
    options: Options,
    app: Shared,
    connections: ConnectionSetup,
    files: Files,
    /// Removed with the server. It may contain compiled code.
    temporary: TempDir,
}

fn prepare(args: Options) -> anyhow::Result<(tokio::runtime::Runtime, Telemetry, Prepared)> {
    let exposure = Exposure::of(&args)?;
    let tls = Tls::of(&args)?;
    let telemetry = Telemetry::start(&args)?;
    let audit = args.audit.as_deref();
    let audit = match audit {
        Some(path) if path == "-" => Some(AuditLog::new(telemetry.lines())),
        Some(path) => {
            let audit = AuditLog::open(path);
            Some(audit.map_err(|error| anyhow!("--audit {}: {error}", path.display()))?)
        }
        None => None,
    };
    let admission = AdmissionControl::new(limits(&args)?);
    // An absolute path, so that paths of secrets in it don't depend on the
    // current directory.
    let file = std::path::absolute(&args.solution)?;
    let digest = digest(&hospes::files::read(&file, hospes::files::TEXT).unwrap_or_default());
    let store = store::open(&args)?.map(Arc::new);
    let metrics = Metrics::new(vec![
        Box::new(AdmissionMetrics(Arc::clone(&admission))),
        Box::new(telemetry.dropped()),
    ]);
    let observer = ServerObserver::counting(audit, metrics);
    let builder = Runtime::builder()
        .executions(args.executions)
        .memory(memory(&args))
        .propagate_trace(args.propagate_trace)
        .observer(Arc::clone(&observer));
    let builder = match canary::key(args.canary_key.as_deref(), store.as_deref())? {
        Some(key) => builder.canary_key(key),
        None => builder,
    };
    let builder = match &args.compiler {
        Some((program, verb)) => builder.compiler(program, [verb]),
        None => builder,
    };
    let (transport, roots) = (args.transport, args.roots.clone());
    let temporary = tempfile::Builder::new().prefix("hospes-").tempdir()?;
    let runtime = builder
        .compiler_memory(args.compile_memory)
        .transport(move |limits| transport.transport(limits, roots.as_ref()))
        .compile_cache(cache(&args, temporary.path()))
        .build();
    let runtime = runtime.map_err(|error| match error {
        hospes::engine::BuildError::Cache(_) => anyhow!("{error}"),
        _ => Refused(error.to_string()).into(),
    })?;
    if !args.dumpable {
        protect_memory().context("can't keep the process's memory out of core dumps")?;
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
    let solution = deployer
        .read(&file)
        .map_err(|error| InvalidFile::of("the solution", error))?;
    let auth = Auth::new(&args, &solution, exposure)?;
    flows.set(&solution);
    let files = Files::new(file, digest, &solution);
    let nodes = hospes_deploy::grants(&solution, args.env.as_deref())
        .map_err(|error| anyhow!("{}: {error}", args.solution.display()))?;
    deployer.start(nodes).map_err(not_started)?;
    let sessions = Sessions::open(store, sessions::SessionLimits::of(&args), Setup::Flags)?;
    // Guests that compute for long move to their own threads. Until then, poll
    // sockets often.
    let tokio = tokio::runtime::Builder::new_multi_thread()
        .event_interval(4)
        .enable_all()
        .build()?;
    if let Some(changes) = observer.changes() {
        upkeep::start(&deployer, changes, args.drain, tokio.handle().clone())?;
    }
    let metrics = observer.metrics();
    let app = Shared::new(App {
        executor: Executor::new(Arc::clone(&deployer), Arc::clone(&metrics)),
        pools: Pools::new()?,
        deployer,
        metrics,
        flows,
        sessions: Arc::new(sessions),
        auth: Arc::new(auth),
        proxies: Arc::new(Proxies(args.behind_proxy.clone())),
        guard: Guard {
            hosts: Some(args.host.clone().into()),
            behind_proxy: !args.behind_proxy.is_empty(),
            setup: Setup::Flags,
        },
        stop: CancellationToken::new(),
        openapi: OnceLock::new(),
    });
    let prepared = Prepared {
        options: args,
        app,
        connections: ConnectionSetup { admission, tls },
        files,
        temporary,
    };
    Ok((tokio, telemetry, prepared))
}

/// The error of a start, in the right class.
fn not_started(error: DeployError) -> anyhow::Error {
    match error.inner() {
        DeployError::Refused(refused) if refused.is_refusal() => Refused(error.to_string()).into(),
        // The text includes the causes.
        _ => anyhow!("{error}"),
    }
}

/// What clients may use: what the operator says, within the limit of file
/// descriptors.
fn limits(args: &Options) -> anyhow::Result<AdmissionLimits> {
    let descriptors = descriptors::raise();
    let most = AdmissionLimits::connections(descriptors);
    let connections = match args.connections {
        None => most,
        Some(wanted) if u64::from(wanted) <= descriptors / 2 => wanted as usize,
        Some(wanted) => bail!(
            "--connections {wanted}: the process may open {descriptors} files, and half of them are for connections; \
             raise its limit (`ulimit -n`), or set at most {}",
            descriptors / 2
        ),
    };
    let limits = AdmissionLimits::new(connections, args.client_bytes);
    // A proxy is a single address with the connections of all clients.
    Ok(match args.behind_proxy.is_empty() {
        true => limits,
        false => limits.for_one_peer(),
    })
}

/// The cache, which always exists, because every component is inspected before it
/// is loaded. It contains code that is run, so if the store's key is kept
/// elsewhere, the cache is not in the store either.
fn cache(args: &Options, temporary: &Path) -> PathBuf {
    let store = args.store.as_ref().filter(|_| args.store_key.is_none());
    let cache = args
        .cache
        .clone()
        .or(store.map(|store| store.join("cache")));
    cache.unwrap_or_else(|| temporary.to_owned())
}

/// The memory for all nodes together, which is never more than the machine has.
fn memory(args: &Options) -> u64 {
    let wanted = RuntimeBuilder::default_memory(args.executions);
    let there = machine::memory().map_or(u64::MAX, |bytes| bytes / 4 * 3);
    args.memory.unwrap_or(wanted.min(there))
}

/// What a connection passes.
struct ConnectionSetup {
    admission: Arc<AdmissionControl>,
    tls: Option<Tls>,
}

async fn run(
    prepared: Prepared,
    ready: impl FnOnce(&Listening) -> io::Result<()>,
) -> Result<(), ServeError> {
    let Prepared {
        options: args,
        app,
        connections: ConnectionSetup { admission, tls },
        files,
        temporary: _temporary,
    } = prepared;
    // Before `ready` is called, so that whoever learns the address can also end
    // the server.
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
    let address = listener.local_addr().context("can't listen")?;
    let url = format!("{scheme}://{address}");
    let admin = args.admin_listen.map(|address| {
        let router = router::router(&app, RouteSet::All, OptionalRoutes::ALL);
        AdminListener::start(address, tls.clone(), args.client_bytes, args.drain, router)
    });
    let admin = admin.transpose()?;
    let router = match &admin {
        Some(_) => router::router(&app, RouteSet::Clients, OptionalRoutes::ALL),
        None => router::router(&app, RouteSet::All, OptionalRoutes::ALL),
    };
    let admin_url = admin
        .as_ref()
        .map(|admin| format!("{scheme}://{}", admin.address));
    let listening = Listening { url, admin_url };
    ready(&listening).map_err(ServeError::Ready)?;
    tracing::info!(target: "hospes::serve", url = listening.url, nodes = app.deployer.runtime().nodes().len(), admin = app.auth.has_operator(), "serving");
    let serving = listen::serve(
        listener,
        tls,
        router,
        admission,
        app.stop.clone(),
        args.drain,
    );
    tokio::pin!(serving);
    tokio::select! {
        _ = &mut serving => {}
        () = signals.next() => {}
    }
    app.stop.cancel();
    tracing::info!(target: "hospes::serve", drain_ms = millis(args.drain), "draining");
    // The operators' listener ends last, so that operators can watch.
    let ending = async {
        let cut = serving.await;
        if let Some(admin) = admin {
            admin.end().await;
        }
        cut
    };
    let cut = tokio::select! {
        cut = ending => Some(cut),
        () = signals.next() => None,
    };
    tracing::info!(target: "hospes::serve", cut, "ended");
    Ok(())
}
