//! The state that handlers share.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use axum::extract::FromRef;
use hospes_deploy::{DeployError, Deployer};
use tokio_util::sync::CancellationToken;
use utoipa::openapi::OpenApi;

use crate::auth::Auth;
use crate::client::Proxies;
use crate::error::ApiError;
use crate::executor::Executor;
use crate::metrics::Metrics;
use crate::middleware::guard::Guard;
use crate::pool::{Pools, Work};
use crate::sessions::{Flows, Sessions};

/// The state that handlers share.
#[derive(Clone)]
pub(crate) struct Shared(Arc<App>);

/// Everything that the handlers of one server share.
pub(crate) struct App {
    pub(crate) deployer: Arc<Deployer>,
    pub(crate) executor: Executor,
    pub(crate) pools: Pools,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) flows: Arc<Flows>,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) auth: Arc<Auth>,
    /// The proxies that are trusted to report clients' addresses.
    pub(crate) proxies: Arc<Proxies>,
    pub(crate) guard: Guard,
    /// Cancelled when the server is shutting down.
    pub(crate) stop: CancellationToken,
    pub(crate) openapi: OnceLock<OpenApi>,
}

impl Shared {
    pub(crate) fn new(app: App) -> Shared {
        Shared(Arc::new(app))
    }

    /// Makes a change on a thread that may block. It continues if the client
    /// disconnects, so that no change is half made.
    pub(crate) async fn change<T: Send + 'static>(
        &self,
        kind: Work,
        change: impl FnOnce(&Deployer) -> Result<T, DeployError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let deployer = Arc::clone(&self.deployer);
        let changed = self.pools.of(kind).run(move || {
            let changed = change(&deployer);
            // After the result is known, and without delaying the response.
            std::thread::spawn(move || deployer.collect());
            changed
        });
        Ok(changed.await??)
    }
}

impl Deref for Shared {
    type Target = App;

    fn deref(&self) -> &App {
        &self.0
    }
}

impl FromRef<Shared> for Arc<Auth> {
    fn from_ref(app: &Shared) -> Arc<Auth> {
        Arc::clone(&app.auth)
    }
}
