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
use tokio::sync::watch;

use crate::admission::{Admission, Bounds, Short};
use crate::auth::{Auth, Exposure, Sources};
use crate::client::{Peer, Proxies};
use crate::executor::Executor;
use crate::middleware::guard::Guard;
use crate::observer::ServerObserver;
use crate::pool::Pools;
use crate::router::{self, Parts, Side};
use crate::sessions::{self, Flows, Sessions};
use crate::state::{App, Shared};
use crate::upkeep;

/// Requests at once.
const REQUESTS: usize = 4096;
/// Bytes of requests and responses that are held at once.
const BYTES: u64 = 256 << 20;
/// Sessions, and for how long they wait for an answer.
const SESSIONS: usize = 1000;
const SESSION_IDLE: Duration = Duration::from_secs(3600);

/// Why there is no state, or no upkeep.
#[derive(Debug)]
#[non_exhaustive]
pub enum StateError {
    /// Nothing says who may use the routes: give a token, call
    /// [`ServerStateBuilder::open`], or say that an authentication stands in front.
    NoAuthentication,
    /// A token or the callers file can't be used; says which, and why.
    Tokens(String),
    /// The sessions in the store can't be read; says why.
    Sessions(String),
    /// The system gives no thread.
    Threads(io::Error),
    /// The upkeep was started outside of a tokio runtime.
    NoTokioRuntime,
    /// The upkeep runs already.
    UpkeepRuns,
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StateError::NoAuthentication => f.write_str(
                "nothing says who may use the routes: give a token, let everybody run nodes with `open`, or say with \
                 `authenticated_in_front` that the application checks who sends a request",
            ),
            StateError::Tokens(why) | StateError::Sessions(why) => f.write_str(why),
            StateError::Threads(error) => write!(f, "the system gives no thread: {error}"),
            StateError::NoTokioRuntime => f.write_str("the upkeep needs a tokio runtime"),
            StateError::UpkeepRuns => f.write_str("the upkeep runs already"),
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

/// What [`router`] answers from. Cloning it is cheap; all clones are one state.
#[derive(Clone)]
pub struct ServerState {
    shared: Shared,
    observer: Arc<ServerObserver>,
    parts: Parts,
    admission: Arc<Admission>,
    stop: Arc<watch::Sender<bool>>,
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
    /// A state for the nodes of this deployer, whose runtime has this observer.
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
            parts: Parts::ALL,
        }
    }

    /// Begins what goes on beside requests, in the tokio runtime that this is
    /// called in: what the runtime does by itself is written down, executions on
    /// replaced revisions end after `drain`, sessions are forgotten when nobody
    /// answers, and tokens follow their files. It ends with that tokio runtime,
    /// and with the deployer's runtime.
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

    /// From here on, `/readyz` answers 503, so that no new requests are sent here.
    /// Those that come are answered all the same: the application's own graceful
    /// shutdown waits for them.
    pub fn shut_down(&self) {
        // Nobody may be listening.
        _ = self.stop.send(true);
    }
}

/// What [`ServerState::builder`] begins.
pub struct ServerStateBuilder {
    deployer: Arc<Deployer>,
    observer: Arc<ServerObserver>,
    sources: Sources,
    open: bool,
    in_front: bool,
    hosts: Vec<String>,
    flows: Arc<Flows>,
    store: Option<Arc<Store>>,
    parts: Parts,
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
    /// The token for changing nodes and looking at them. Defaults to none: then
    /// both are refused.
    #[must_use]
    pub fn operator_token(mut self, from: SecretFrom) -> ServerStateBuilder {
        self.sources.operator = Some(from);
        self
    }

    /// A token of a caller, who may run every node and play every flow. There may
    /// be several. Defaults to none.
    #[must_use]
    pub fn caller_token(mut self, name: &str, from: SecretFrom) -> ServerStateBuilder {
        let tokens = self.sources.flags.entry(name.to_owned()).or_default();
        tokens.push(from);
        self
    }

    /// A file that says which callers may use which nodes and flows, with which
    /// tokens. Defaults to none.
    #[must_use]
    pub fn callers(mut self, file: impl Into<PathBuf>) -> ServerStateBuilder {
        self.sources.file = Some(file.into());
        self
    }

    /// Lets everybody who reaches the routes run nodes and play flows, without a
    /// token. Defaults to no.
    #[must_use]
    pub fn open(mut self) -> ServerStateBuilder {
        self.open = true;
        self
    }

    /// Says that the application lets only operators reach the routes: what comes
    /// without a token may do everything then, under every `Host`. Pages of other
    /// sites are refused still. Defaults to no.
    #[must_use]
    pub fn authenticated_in_front(mut self) -> ServerStateBuilder {
        self.in_front = true;
        self
    }

    /// A name that clients call the application by, beside its addresses and
    /// `localhost`: without an authentication in front, no other `Host` is
    /// answered, or a page could reach an application on its visitor's machine
    /// through a name that it points there. Defaults to none.
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

    /// Keeps sessions in this store. Defaults to memory: a restart forgets them.
    #[must_use]
    pub fn session_store(mut self, store: Arc<Store>) -> ServerStateBuilder {
        self.store = Some(store);
        self
    }

    /// Whether there are the two pages, `/` and `/chat`. Defaults to yes.
    #[must_use]
    pub fn pages(mut self, pages: bool) -> ServerStateBuilder {
        self.parts.pages = pages;
        self
    }

    /// Whether there is `/metrics`. Defaults to yes.
    #[must_use]
    pub fn metrics(mut self, metrics: bool) -> ServerStateBuilder {
        self.parts.metrics = metrics;
        self
    }

    /// Whether there are `/v1/flows` and `/v1/sessions`. Defaults to yes.
    #[must_use]
    pub fn sessions(mut self, sessions: bool) -> ServerStateBuilder {
        self.parts.sessions = sessions;
        self
    }

    /// Reads the tokens, and the sessions in the store.
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
        // With the operator's token alone, only the operator runs nodes.
        let needs_token = knows_callers || !(self.open || self.in_front);
        let exposure = Exposure::mounted(needs_token, self.in_front);
        let auth = Auth::mounted(self.sources, exposure);
        let auth = auth.map_err(|error| StateError::Tokens(format!("{error:#}")))?;
        let bounds = sessions::Bounds {
            most: SESSIONS,
            each: SESSIONS / 2,
            idle: SESSION_IDLE,
        };
        let sessions = Sessions::open(self.store, bounds);
        let sessions = sessions.map_err(|error| StateError::Sessions(format!("{error:#}")))?;
        let (stop, stopping) = watch::channel(false);
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
            },
            stopping,
            openapi: OnceLock::new(),
        });
        Ok(ServerState {
            shared,
            observer: self.observer,
            parts: self.parts,
            // The application knows its clients; here, they are one.
            admission: Admission::new(Bounds::new(REQUESTS, BYTES).for_one_peer()),
            stop: Arc::new(stop),
        })
    }
}

/// The routes, to be mounted under any path of an application: `nest` them, with
/// the application's layers around them. They may be mounted several times, also
/// under a path with parameters, which they don't look at; their parameters are
/// called `node`, `flow`, `session` and `id`.
///
/// At most 4096 requests are answered at once, and 256 MiB of requests and
/// responses held. What is beyond is answered 503. How much one client may ask
/// for is up to the application.
pub fn router(state: ServerState) -> Router {
    let routes = router::router(&state.shared, Side::Whole, state.parts);
    routes.layer(from_fn_with_state(state.admission, admit))
}

/// Admits a request as if it came on a connection of its own.
async fn admit(
    State(admission): State<Arc<Admission>>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let peer = peer.map(|ConnectInfo(peer)| *peer);
    let address = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
    let Some(place) = admission.admit(address) else {
        return Short::Connections.refusal().into_response();
    };
    place.connection.begin();
    if let Some(peer) = peer {
        request.extensions_mut().insert(Peer(peer));
    }
    request.extensions_mut().insert(Arc::new(place));
    next.run(request).await
}
