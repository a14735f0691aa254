//! The tasks that drive a connection.

use std::sync::{Arc, Mutex};

use tokio::task::{AbortHandle, JoinSet};
use tracing::instrument::WithSubscriber as _;
use tracing::subscriber::NoSubscriber;

use crate::lock::lock;

/// The tasks that hyper starts for a connection of HTTP/2. They end with the
/// last copy of this.
///
/// No subscriber sees them: h2 shows what an upstream says when it goes away,
/// which may repeat a secret.
#[derive(Clone, Default)]
pub(super) struct Tasks(Arc<Mutex<JoinSet<()>>>);

impl Tasks {
    /// Waits until all of them have ended.
    pub(super) async fn ended(&self) {
        let mut tasks = std::mem::take(&mut *lock(&self.0));
        while tasks.join_next().await.is_some() {}
    }
}

impl<F: Future<Output = ()> + Send + 'static> hyper::rt::Executor<F> for Tasks {
    fn execute(&self, task: F) {
        let mut tasks = lock(&self.0);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(task.with_subscriber(NoSubscriber::new()));
    }
}

/// A task that ends when this is dropped.
pub(super) struct Driver(AbortHandle);

impl Driver {
    pub(super) fn spawn(task: impl Future<Output = ()> + Send + 'static) -> Driver {
        let task = tokio::spawn(task.with_subscriber(NoSubscriber::new()));
        Driver(task.abort_handle())
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}
