//! An observer may call everything: nothing is locked while it is told.

use std::cell::Cell;
use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::mpsc::channel;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use hospes::egress::EgressEvent;
use hospes::outcome::LogRecord;
use hospes::swap::{Approval, Rollout, SwapEvent};
use hospes::{Context, NodeConfig, Observer, Outcome, Runtime};
use hospes_artifacts as guests;

use crate::support::{compiled, guest};

/// Longer than any machine needs: whoever waits longer waits for ever.
const FOR_EVER: Duration = Duration::from_secs(300);

thread_local! {
    /// What it does itself it is told, too.
    static BUSY: Cell<bool> = const { Cell::new(false) };
}

/// Calls everything of the runtime, whatever it is told.
#[derive(Default)]
struct Curious {
    runtime: OnceLock<Runtime>,
    calls: AtomicU64,
}

impl Curious {
    fn look(&self) {
        let Some(runtime) = self.runtime.get() else {
            return;
        };
        if BUSY.replace(true) {
            return;
        }
        self.calls.fetch_add(1, SeqCst);
        for node in runtime.nodes() {
            runtime.history(&node.node).unwrap();
            runtime.node(&node.node).unwrap();
        }
        runtime.history("node");
        BUSY.set(false);
    }

    fn change(&self) {
        let Some(runtime) = self.runtime.get() else {
            return;
        };
        if BUSY.replace(true) {
            return;
        }
        let hello = || NodeConfig::from_file(guests::HELLO);
        _ = runtime.load("other", hello());
        let staged = runtime.stage("node", hello());
        // Somebody may be faster, or the node be gone: all that counts is that
        // it comes to an end.
        _ = staged.map(|staged| runtime.publish(staged, Approval::Same));
        _ = runtime.swap("other", hello().rollout(Rollout::Shadow), Approval::Wider);
        _ = runtime.promote("other");
        _ = runtime.swap("other", hello().rollout(Rollout::Shadow), Approval::Wider);
        _ = runtime.abort("other", "");
        _ = runtime.rollback("node", None, Approval::Wider, "");
        _ = runtime.inspect(&hello());
        _ = runtime.remove("other");
        BUSY.set(false);
        self.look();
    }
}

impl Observer for Curious {
    fn egress(&self, _: &EgressEvent) {
        self.change();
    }

    fn swap(&self, _: &SwapEvent) {
        self.change();
    }

    fn span_id(&self, _: &tracing::Span) -> Option<NonZeroU64> {
        self.change();
        None
    }

    fn executed(&self, _: &Outcome) {
        self.look();
    }
}

/// Runs something that might hang.
fn ends(what: impl FnOnce() + Send + 'static) {
    let (done, ended) = channel();
    std::thread::spawn(move || {
        what();
        _ = done.send(());
    });
    assert_eq!(ended.recv_timeout(FOR_EVER), Ok(()), "it hangs");
}

fn runtime() -> (Runtime, Arc<Curious>) {
    let curious = Arc::new(Curious::default());
    let runtime = Runtime::builder()
        .executions(16)
        .compile_cache(compiled())
        .propagate_trace(true)
        .observer(Arc::clone(&curious) as Arc<dyn Observer>)
        .build()
        .unwrap();
    (runtime, curious)
}

#[test]
fn an_observer_may_call_everything_from_every_event() {
    ends(|| {
        let (runtime, curious) = runtime();
        let load = |config| runtime.load("node", config).unwrap();
        load(guest(guests::HELLO, &[]));
        curious.runtime.set(runtime.clone()).unwrap();
        for path in [
            guests::BREAKS,
            guests::TRAP,
            guests::LOG_LINES,
            guests::FETCH,
        ] {
            let protection = hospes::protection::Protection::default();
            load(guest(path, &[]).protection(protection));
            for payload in ["\"trap\"", "1", "{\"url\": \"https://a.example\"}"] {
                for _ in 0..10 {
                    let listening = curious.clone();
                    let context = Context::new().on_log(move |_: &LogRecord| listening.change());
                    runtime.execute_blocking("node", payload, &context).unwrap();
                }
            }
        }
        runtime.remove("node").unwrap();
        assert!(curious.calls.load(SeqCst) > 50);
        assert!(curious.runtime.get().is_some());
    });
}

#[test]
fn a_revision_that_goes_while_somebody_reads_the_history_hangs_nobody() {
    ends(|| {
        let (runtime, curious) = runtime();
        // Whoever looks publishes, too, and may be faster.
        let load = || _ = runtime.load("node", guest(guests::HELLO, &[]));
        load();
        // Only looks: swaps have to be quick.
        BUSY.set(true);
        curious.runtime.set(runtime.clone()).unwrap();
        let stop = AtomicU64::new(0);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while stop.load(SeqCst) == 0 {
                        runtime.history("node").unwrap();
                    }
                });
            }
            let executing = scope.spawn(|| {
                BUSY.set(true);
                for _ in 0..3000 {
                    runtime
                        .execute_blocking("node", "{}", &Context::new())
                        .unwrap();
                }
            });
            while !executing.is_finished() {
                load();
            }
            stop.store(1, SeqCst);
        });
    });
}
