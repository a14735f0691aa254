//! The routes in another application.

use std::error::Error;
use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use hospes_deploy::Deployer;
use hospes_deploy::store::Store;
use hospes_solution::SecretFrom;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use crate::admission::{AdmissionControl, AdmissionLimits, Shortage};
use crate::auth::{Auth, Exposure, Sources};
use crate::client::{Peer, Proxies};
use crate::executor::Executor;
use crate::middleware::guard::Guard;
use crate::observer::ServerObserver;
use crate::pool::Pools;
use crate::router::{self, OptionalRoutes, RouteSet};
use crate::sessions::{self, Flows, Sessions};
use crate::setup::Setup;
use crate::state::{App, Shared};
use crate::upkeep;

/// Requests at once.
const REQUESTS: usize = 4096;
/// Bytes of requests and responses that are held at once.
const BYTES: u64 = 256 << 20;
/// Sessions, and for how long they wait for an answer.
const SESSIONS: usize = 1000;
const SESSION_IDLE: Duration = Duration::from_secs(3600);

/// Why a state can't be built, or its upkeep can't start.
#[derive(Debug)]
#[non_exhaustive]
pub enum StateError {
    /// Nothing says who may use the routes: give a token, or call
    /// [`ServerStateBuilder::open`] or
    /// [`ServerStateBuilder::authenticated_in_front`].
    NoAuthentication,
    /// There is an approver, but no operator, or the deployer has no
    /// [`separate_approval`](Deployer::separate_approval).
    Approver,
    /// A token or the callers file can't be used; says which, and why.
    Tokens(String),
    /// The sessions in the store can't be read; says why.
    Sessions(String),
    /// A thread could not be started.
    Threads(io::Error),
    /// The upkeep was started outside of a tokio runtime.
    NoTokioRuntime,
    /// The upkeep is already running.
    UpkeepRuns,
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StateError::NoAuthentication => f.write_str(
                "nothing says who may use the routes: give a token, let everyone run nodes with `open`, or say with \
                 `authenticated_in_front` that your application checks who sends a request",
            ),
            StateError::Approver => f.write_str(
                "an approver needs an operator (`operator_token` or `authenticated_in_front`) and a deployer with \
                 `separate_approval`",
            ),
            StateError::Tokens(why) | StateError::Sessions(why) => f.write_str(why),
            StateError::Threads(error) => write!(f, "a thread could not be started: {error}"),
            StateError::NoTokioRuntime => f.write_str("call `start_upkeep` within a tokio runtime"),
            StateError::UpkeepRuns => f.write_str("the upkeep is already running"),
        }
    }
}

impl Error for StateError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            StateError::Threads(error) => Some(error),
            _ => None,
        }
    }
}

/// The state behind [`router`]. Cheap to clone: all clones share one state.
#[derive(Clone)]
pub struct ServerState {
    shared: Shared,
    observer: Arc<ServerObserver>,
    parts: OptionalRoutes,
    admission: Arc<AdmissionControl>,
}

impl fmt::Debug for ServerState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerState")
            .field("deployer", &self.shared.deployer)
            .field("parts", &self.parts)
            .finish_non_exhaustive()
    }
}

impl ServerState {
    /// Begins a state for the nodes of this deployer. Its runtime needs to have
    /// been built with this observer.
    pub fn builder(deployer: Arc<Deployer>, observer: Arc<ServerObserver>) -> ServerStateBuilder {
        ServerStateBuilder {
            deployer,
            observer,
            sources: Sources::default(),
            open: false,
            in_front: false,
            hosts: Vec::new(),
            flows: Arc::default(),
            store: None,
            parts: OptionalRoutes::ALL,
        }
    }

    /// Starts the work between requests, on the current tokio runtime: automatic
    /// rollbacks are stored, executions on replaced revisions end after `drain`,
    /// idle sessions are forgotten, and changed token files are read again. It
    /// ends with that tokio runtime, or with the deployer's runtime. Call it
    /// once.
    ///
    /// # Errors
    ///
    /// [`StateError::NoTokioRuntime`], and [`StateError::UpkeepRuns`] the second
    /// time.
    pub fn start_upkeep(&self, drain: Duration) -> Result<(), StateError> {
        let tokio = Handle::try_current().map_err(|_| StateError::NoTokioRuntime)?;
        let changes = self.observer.changes().ok_or(StateError::UpkeepRuns)?;
        tokio.spawn(Arc::clone(&self.shared.sessions).tidy());
        tokio.spawn(Arc::clone(&self.shared.auth).follow());
        upkeep::start(&self.shared.deployer, changes, drain, tokio).map_err(StateError::Threads)
    }

    /// Makes `/readyz` return 503, so that load balancers send no new requests.
    /// Requests that still arrive are served; the application's graceful shutdown
    /// waits for them.
    pub fn shut_down(&self) {
        self.shared.stop.cancel();
    }
}

/// Builds a [`ServerState`]; see [`ServerState::builder`].
pub struct ServerStateBuilder {
    deployer: Arc<Deployer>,
    observer: Arc<ServerObserver>,
    sources: Sources,
    open: bool,
    in_front: bool,
    hosts: Vec<String>,
    flows: Arc<Flows>,
    store: Option<Arc<Store>>,
    parts: OptionalRoutes,
}

impl fmt::Debug for ServerStateBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerStateBuilder")
            .field("deployer", &self.deployer)
            .field("parts", &self.parts)
            .finish_non_exhaustive()
    }
}

impl ServerStateBuilder {
    /// The token that allows changing and inspecting nodes. Defaults to none:
    /// both are refused.
    #[must_use]
    pub fn operator_token(mut self, from: SecretFrom) -> ServerStateBuilder {
        self.sources.operator = Some(from);
        self
    }

    /// The token of an approver, who is someone other than the operator. What gives
    /// a node more or breaks its callers then needs the approver's consent, and
    /// `approve=true` is refused. Give the deployer
    /// [`separate_approval`](Deployer::separate_approval) as well. Defaults to none:
    /// the operator approves.
    #[must_use]
    pub fn approver_token(mut self, from: SecretFrom) -> ServerStateBuilder {
        self.sources.approver = Some(from);
        self
    }

    /// The token of a caller, who may run every node and play every flow. Call it
    /// several times for several callers or tokens. Defaults to none.
    #[must_use]
    pub fn caller_token(mut self, name: &str, from: SecretFrom) -> ServerStateBuilder {
        let tokens = self.sources.flags.entry(name.to_owned()).or_default();
        tokens.push(from);
        self
    }

    /// A file of callers with their tokens, and the nodes and flows that each may
    /// use. Defaults to none.
    #[must_use]
    pub fn callers(mut self, file: impl Into<PathBuf>) -> ServerStateBuilder {
        self.sources.file = Some(file.into());
        self
    }

    /// Lets everyone who reaches the routes run nodes and play flows without a
    /// token. Off by default.
    #[must_use]
    pub fn open(mut self) -> ServerStateBuilder {
        self.open = true;
        self
    }

    /// States that your application lets only operators reach the routes. A
    /// request without a token may then do everything, under any `Host`. Requests
    /// from pages of other sites are still refused. Off by default.
    #[must_use]
    pub fn authenticated_in_front(mut self) -> ServerStateBuilder {
        self.in_front = true;
        self
    }

    /// A name of your application, in addition to its addresses and `localhost`.
    /// Requests with any other `Host` are refused, unless an authentication stands
    /// in front: otherwise a web page could point a name of its own at your
    /// application and use it through its visitor's browser. Defaults to none.
    #[must_use]
    pub fn host(mut self, name: &str) -> ServerStateBuilder {
        self.hosts.push(name.to_owned());
        self
    }

    /// The flows that can be played. Give them to
    /// [`Deployer::dependents`] as well, so that an upload that breaks one needs
    /// approval. Defaults to none.
    #[must_use]
    pub fn flows(mut self, flows: Arc<Flows>) -> ServerStateBuilder {
        self.flows = flows;
        self
    }

    /// Keeps sessions in this store. Defaults to memory: a restart loses them.
    #[must_use]
    pub fn session_store(mut self, store: Arc<Store>) -> ServerStateBuilder {
        self.store = Some(store);
        self
    }

    /// Whether to serve the two pages, `/` and `/chat`. Defaults to true.
    #[must_use]
    pub fn pages(mut self, pages: bool) -> ServerStateBuilder {
        self.parts.pages = pages;
        self
    }

    /// Whether to serve `/metrics`. Defaults to true.
    #[must_use]
    pub fn metrics(mut self, metrics: bool) -> ServerStateBuilder {
        self.parts.metrics = metrics;
        self
    }

    /// Whether to serve `/v1/flows` and `/v1/sessions`. Defaults to true.
    #[must_use]
    pub fn sessions(mut self, sessions: bool) -> ServerStateBuilder {
        self.parts.sessions = sessions;
        self
    }

    /// Reads the tokens and the stored sessions, and builds the state.
    ///
    /// # Errors
    ///
    /// See [`StateError`].
    pub fn build(self) -> Result<ServerState, StateError> {
        let knows_callers = self.sources.know_callers();
        let has_operator = self.sources.operator.is_some();
        if !(knows_callers || has_operator || self.open || self.in_front) {
            return Err(StateError::NoAuthentication);
        }
        let has_approver = self.sources.approver.is_some();
        let can_approve = self.deployer.has_separate_approval() && (has_operator || self.in_front);
        if has_approver && !can_approve {
            return Err(StateError::Approver);
        }
        // With the operator's token alone, only the operator runs nodes.
        let needs_token = knows_callers || !(self.open || self.in_front);
        let exposure = Exposure::mounted(needs_token, self.in_front);
        let auth = Auth::mounted(self.sources, exposure);
        let auth = auth.map_err(|error| StateError::Tokens(format!("{error:#}")))?;
        let limits = sessions::SessionLimits {
            most: SESSIONS,
            each: SESSIONS / 2,
            idle: SESSION_IDLE,
        };
        let sessions = Sessions::open(self.store, limits, Setup::Builder);
        let sessions = sessions.map_err(|error| StateError::Sessions(format!("{error:#}")))?;
        let metrics = self.observer.metrics();
        let shared = Shared::new(App {
            executor: Executor::new(Arc::clone(&self.deployer), Arc::clone(&metrics)),
            pools: Pools::new().map_err(StateError::Threads)?,
            deployer: self.deployer,
            metrics,
            flows: self.flows,
            sessions: Arc::new(sessions),
            auth: Arc::new(auth),
            proxies: Arc::new(Proxies::default()),
            guard: Guard {
                hosts: (!self.in_front).then(|| self.hosts.into()),
                behind_proxy: false,
                setup: Setup::Builder,
            },
            stop: CancellationToken::new(),
            openapi: OnceLock::new(),
        });
        Ok(ServerState {
            shared,
            observer: self.observer,
            parts: self.parts,
            // Only the application knows its clients; here they count as one.
            admission: AdmissionControl::new(AdmissionLimits::new(REQUESTS, BYTES).for_one_peer()),
        })
    }
}

/// The routes, to `nest` under any path of your application, with your layers
/// around them. You can mount them several times, and under a path with
/// parameters, which they ignore. Don't call those `node`, `flow`, `session` or
/// `id`: the routes use these names.
///
/// They serve at most 4096 requests at once, and hold at most 256 MiB of requests
/// and responses; a request beyond that gets 503. Bounding a single client is up
/// to your application.
pub fn router(state: ServerState) -> Router {
    let routes = router::router(&state.shared, RouteSet::All, state.parts);
    routes.layer(from_fn_with_state(state.admission, admit))
}

/// Admits a request as if it came on a connection of its own.
async fn admit(
    State(admission): State<Arc<AdmissionControl>>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let peer = peer.map(|ConnectInfo(peer)| *peer);
    let address = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
    let Some(permit) = admission.admit(address) else {
        return Shortage::Connections.refusal().into_response();
    };
    permit.connection.begin();
    if let Some(peer) = peer {
        request.extensions_mut().insert(Peer(peer));
    }
    request.extensions_mut().insert(Arc::new(permit));
    next.run(request).await
}
