//! The server's log lines on standard error, and its spans for a collector if
//! there is one.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::io;
use std::panic::{self, PanicHookInfo};
use std::thread;

use prometheus_client::collector as metrics;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use tracing::level_filters::LevelFilter;
use tracing::{Level, Metadata, Subscriber};
use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt, registry};

use crate::options::Options;
use crate::telemetry::exporter::Exporter;

/// How many lines may wait for standard error; further ones are dropped.
const LINES: usize = 1024;

/// The log and the export of spans, which end with the server.
pub(crate) struct Telemetry {
    spans: Option<Exporter>,
    /// Standard error, for lines. Nothing waits for it, so a blocked reader
    /// can't stop the server.
    lines: NonBlocking,
    /// Writes the waiting lines when it is dropped.
    _writer: WorkerGuard,
}

impl Telemetry {
    /// Starts to write lines, and to send spans to the collector that the options
    /// name, if they name one.
    pub(crate) fn start(args: &Options) -> anyhow::Result<Telemetry> {
        let spans = Exporter::of(args)?;
        let exported = spans.as_ref().map(|spans| {
            spans.layer().with_filter(
                filter_fn(|of| of.is_span() && is_ours(of)).with_max_level_hint(LevelFilter::INFO),
            )
        });
        let (stderr, writer) = NonBlockingBuilder::default()
            .buffered_lines_limit(LINES)
            .lossy(true)
            .thread_name("hospes-log")
            .finish(io::stderr());
        let lines = layer(stderr.clone());
        // Only a test of this module has set one already.
        _ = registry().with(lines).with(exported).try_init();
        panic::set_hook(Box::new(log_panic));
        Ok(Telemetry {
            spans,
            lines: stderr,
            _writer: writer,
        })
    }

    /// The log's writer to standard error.
    pub(crate) fn lines(&self) -> NonBlocking {
        self.lines.clone()
    }

    /// How many lines were dropped so far.
    pub(crate) fn dropped(&self) -> Dropped {
        Dropped(self.lines.error_counter())
    }

    /// Sends the waiting spans and lines.
    pub(crate) fn end(self) {
        // Nothing writes lines any more.
        _ = panic::take_hook();
        if let Some(spans) = &self.spans {
            spans.flush();
        }
    }
}

/// Writes one line of JSON for each event.
fn layer<S, W>(writer: W) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_writer(writer)
        .with_filter(
            filter_fn(|of| of.is_event() && is_ours(of)).with_max_level_hint(LevelFilter::INFO),
        )
}

/// Logs a panic as a line. The default hook writes to standard error directly,
/// so a blocked reader could stop the panicking thread.
fn log_panic(info: &PanicHookInfo<'_>) {
    let thread = thread::current();
    let backtrace = Backtrace::capture();
    let is_wanted = backtrace.status() == BacktraceStatus::Captured;
    tracing::error!(
        target: "hospes::panic",
        thread = thread.name(),
        location = info.location().map(ToString::to_string),
        message = info.payload_as_str(),
        backtrace = is_wanted.then(|| backtrace.to_string()),
    );
}

/// The number of dropped lines, for Prometheus.
#[derive(Debug)]
pub(crate) struct Dropped(ErrorCounter);

impl metrics::Collector for Dropped {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let count = ConstCounter::new(self.0.dropped_lines() as u64);
        count.encode(encoder.encode_descriptor(
            "hospes_log_dropped",
            "Log lines that were dropped because nobody read them in time",
            None,
            MetricType::Counter,
        )?)
    }
}

/// Nothing of the libraries below: the transport would log what it sends.
fn is_ours(of: &Metadata<'_>) -> bool {
    of.target().starts_with("hospes") && *of.level() <= Level::INFO
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// Keeps what is written.
    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_panic_is_a_line_of_the_log() {
        let kept = Kept::default();
        let writer = kept.clone();
        let lines = layer(move || writer.clone());
        let log = registry().with(lines);
        let before = panic::take_hook();
        panic::set_hook(Box::new(log_panic));
        let panicked = tracing::subscriber::with_default(log, || {
            panic::catch_unwind(|| panic!("a \u{1b}[31mred\nlie"))
        });
        panic::set_hook(before);
        panicked.unwrap_err();
        let text = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        let line: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(text.lines().count(), 1);
        assert_eq!(line["target"], "hospes::panic");
        assert_eq!(line["message"], "a \u{1b}[31mred\nlie");
        let location = line["location"].as_str().unwrap();
        assert!(location.contains("log.rs:"), "{location}");
    }
}
