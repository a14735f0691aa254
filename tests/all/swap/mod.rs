//! Replacing a node in a running host, without losing or doubling anything.

mod back;
mod canary;
mod draining;
mod golden;
mod history;
mod observer;
pub(crate) mod protection;
mod publish;
mod refused;
mod shadow;
mod signed;
mod under_load;

use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hospes::egress::{
    Body, BoxFuture, Dial, EgressEvent, Transport, TransportError, UreqTransport, Verdict, http,
};
use hospes::swap::{HistoryEntry, SwapEvent, SwapKind};
use hospes::{Observer, Runtime};

use crate::support::compiled;

/// A runtime of its own, whose events and transports can be looked at.
pub(crate) struct House {
    pub(crate) runtime: Runtime,
    pub(crate) events: Arc<Events>,
    /// Transports that live.
    pub(crate) transports: Arc<AtomicUsize>,
}

impl House {
    pub(crate) fn new() -> House {
        let (events, transports) = (Arc::new(Events::default()), Arc::new(AtomicUsize::new(0)));
        let counted = Arc::clone(&transports);
        let runtime = Runtime::builder()
            .executions(64)
            .compile_cache(compiled())
            .observer(Arc::clone(&events) as Arc<dyn Observer>)
            .transport(move |limits| {
                counted.fetch_add(1, Ordering::SeqCst);
                Arc::new(Counted {
                    wire: UreqTransport::new(limits),
                    alive: Arc::clone(&counted),
                })
            })
            .build()
            .unwrap();
        House {
            runtime,
            events,
            transports,
        }
    }

    /// The history in short: generation, what happened, state, executions.
    pub(crate) fn history(&self, node: &str) -> Vec<String> {
        let short = |entry: HistoryEntry| {
            let state = serde_json::to_value(entry.state).unwrap();
            let (generation, running) = (entry.revision.generation, entry.running);
            let state = state.as_str().unwrap();
            format!("{generation} {}: {state}, {running} running", entry.how)
        };
        let history = self.runtime.history(node).unwrap();
        history.into_iter().map(short).collect()
    }

    /// The generation published last.
    pub(crate) fn latest(&self) -> u64 {
        self.runtime.nodes()[0].revision.generation
    }

    pub(crate) fn transports(&self) -> usize {
        self.transports.load(Ordering::SeqCst)
    }
}

/// Remembers what it is told of revisions: `GENERATION WHAT`.
#[derive(Default)]
pub(crate) struct Events {
    swaps: Mutex<Vec<String>>,
    verdicts: Mutex<Vec<String>>,
}

impl Events {
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.swaps.lock().unwrap())
    }

    /// The verdict of each request, or the word of its denial.
    pub(crate) fn verdicts(&self) -> Vec<String> {
        self.verdicts.lock().unwrap().clone()
    }
}

impl Observer for Events {
    fn swap(&self, event: &SwapEvent) {
        let what = match &event.kind {
            SwapKind::Published { how, .. } => format!("published, {how}"),
            SwapKind::Refused { error } => format!("refused: {error}"),
            SwapKind::Held { changes } => {
                let lines: Vec<&str> = changes.to_approve().collect();
                format!("held: {}", lines.join(", "))
            }
            SwapKind::Superseded { by } => format!("superseded by {by}"),
            SwapKind::Quarantined { reason, .. } => format!("quarantined: {reason}"),
            SwapKind::Recovered => "recovered".to_owned(),
            SwapKind::Aborted { reason } => format!("aborted: {reason}"),
            SwapKind::Differs {
                served, shadow, at, ..
            } => format!("differs: {served}, {shadow}, {at:?}"),
            SwapKind::Removed => "removed".to_owned(),
            SwapKind::Freed => "freed".to_owned(),
            other => panic!("{other:?}"),
        };
        let line = format!("{} {what}", event.revision.generation);
        self.swaps.lock().unwrap().push(line);
    }

    fn egress(&self, event: &EgressEvent) {
        let word = match &event.verdict {
            Verdict::Denied(denial) => denial.reason.as_str(),
            verdict => verdict.as_str(),
        };
        self.verdicts.lock().unwrap().push(word.to_owned());
    }
}

/// The real transport, counted for as long as it lives.
struct Counted {
    wire: UreqTransport,
    alive: Arc<AtomicUsize>,
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.alive.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Transport for Counted {
    fn resolve<'a>(
        &'a self,
        host: &'a str,
        timeout: Duration,
    ) -> BoxFuture<'a, Result<Vec<IpAddr>, TransportError>> {
        self.wire.resolve(host, timeout)
    }

    fn send(
        &self,
        request: http::Request<Body>,
        dial: Dial,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
        self.wire.send(request, dial)
    }
}
