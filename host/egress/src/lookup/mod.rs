//! Looks up names for the transports.
//!
//! The system's resolver is asked, on threads of their own, which all
//! transports of a process share: 256, of which one transport takes at most 8.
//! Further lookups wait, within their time. A lookup can't be interrupted: it
//! keeps its thread until the system's resolver gives up.
//!
//! A transport looks a name up once for all requests that ask for it at the
//! same time, so a name that never answers takes one thread. What was found is
//! kept for [`KEEP`], because the system doesn't say how long a record may be
//! kept. Failures are not kept. Nothing is shared between two transports, so no
//! node can tell what another has looked up.
//!
//! What is kept is not trusted: the gate checks the addresses again for each
//! request.

mod kept;
mod names;
mod system;
#[cfg(test)]
pub(crate) mod tests;

use std::io;
use std::net::IpAddr;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use tokio::runtime::Handle;

use self::names::{Answer, Begun, Names};
use crate::pool::{Part, Pool};
use crate::transport::TransportError;

/// The threads of all transports, and how many of them one may have.
static THREADS: LazyLock<Option<Arc<Pool>>> =
    LazyLock::new(|| Pool::new("hospes-lookup", 256).ok().map(Arc::new));
const MAX_LOOKUPS: usize = 8;

/// How long the addresses of a name are used again.
const KEEP: Duration = Duration::from_secs(1);

/// All addresses of a name. Blocks.
type Resolve = dyn Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync;

/// The lookups of one transport.
pub(crate) struct Lookups {
    /// `None` if there are no threads.
    threads: Option<Part>,
    names: Arc<Names>,
    resolve: Arc<Resolve>,
}

impl Default for Lookups {
    fn default() -> Lookups {
        Lookups::new(KEEP, system::lookup)
    }
}

impl Lookups {
    fn new(
        keep: Duration,
        resolve: impl Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync + 'static,
    ) -> Lookups {
        Lookups {
            threads: THREADS.as_ref().map(|pool| Part::new(pool, MAX_LOOKUPS)),
            names: Arc::new(Names::new(keep)),
            resolve: Arc::new(resolve),
        }
    }

    /// All addresses of a name.
    pub(crate) async fn resolve(
        &self,
        host: &str,
        timeout: Duration,
    ) -> Result<Vec<IpAddr>, TransportError> {
        let unreachable = |why: &str| TransportError::Unreachable(why.to_owned());
        // Waiting needs its timers.
        if Handle::try_current().is_err() {
            return Err(unreachable("there is no tokio runtime to run it on"));
        }
        let threads = self.threads.as_ref();
        let threads = threads.ok_or_else(|| unreachable("the host has no thread for it"))?;
        let found = async { self.find(threads, host).await.addresses().await };
        match tokio::time::timeout(timeout, found).await {
            Ok(Some(addresses)) => Ok(addresses.to_vec()),
            Ok(None) => Err(unreachable("the name could not be resolved")),
            Err(_) => Err(TransportError::Timeout),
        }
    }

    async fn find(&self, threads: &Part, host: &str) -> Answer {
        if let Some(answer) = self.names.find(host) {
            return answer;
        }
        let place = threads.take().await;
        // Another request may have begun while this one waited.
        match self.names.begin(host) {
            Begun::Before(answer) => answer,
            Begun::Now(lookup, answer) => {
                let resolve = Arc::clone(&self.resolve);
                // Without the pool, the lookup ends at once, without addresses.
                drop(place.run(move || lookup.run(&*resolve)));
                answer
            }
        }
    }
}
