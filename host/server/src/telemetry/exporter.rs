//! Exports spans to a collector.

use std::time::Duration;

use anyhow::anyhow;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracerProvider,
};
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::registry::LookupSpan;

use crate::options::Options;
use crate::telemetry::collector::{self, Collector};

/// How long a span may wait to be sent together with others.
const DELAY: Duration = Duration::from_secs(1);
/// How many spans may wait; further ones are dropped.
const QUEUE: usize = 4096;
/// How many spans are sent together.
const BATCH: usize = 512;
/// How long sending the last spans may take when the server ends.
const FLUSH: Duration = Duration::from_secs(3);

/// The spans that are exported.
pub(crate) struct Exporter(SdkTracerProvider);

impl Exporter {
    /// To the collector that the options name, if they name one.
    pub(crate) fn of(args: &Options) -> anyhow::Result<Option<Exporter>> {
        let Some(collector) = &args.otlp else {
            return Ok(None);
        };
        provider(collector, &args.otlp_header).map(|provider| Some(Exporter(provider)))
    }

    pub(crate) fn layer<S>(&self) -> impl Layer<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        tracing_opentelemetry::layer()
            .with_tracer(self.0.tracer("hospes"))
            .with_context_activation(false)
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false)
    }

    /// Sends the waiting spans, and stops.
    pub(crate) fn flush(&self) {
        if self.0.shutdown_with_timeout(FLUSH).is_err() {
            tracing::warn!(target: "hospes::otlp", "the last spans did not reach the collector");
        }
    }
}

/// Exports on its own thread. Its resource is set here, not from environment
/// variables.
fn provider(collector: &str, headers: &[String]) -> anyhow::Result<SdkTracerProvider> {
    let exporter = SpanExporter::builder()
        .with_http()
        .with_endpoint(collector::traces(collector)?)
        .with_protocol(Protocol::HttpBinary)
        .with_http_client(Collector::new(headers)?)
        .build()
        .map_err(|error| anyhow!("--otlp: {error}"))?;
    let batches = BatchConfigBuilder::default()
        .with_scheduled_delay(DELAY)
        .with_max_queue_size(QUEUE)
        .with_max_export_batch_size(BATCH)
        .build();
    let processor = BatchSpanProcessor::builder(exporter)
        .with_batch_config(batches)
        .build();
    let version = opentelemetry::KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
    let resource = Resource::builder_empty()
        .with_service_name("hospes")
        .with_attribute(version)
        .build();
    Ok(SdkTracerProvider::builder()
        .with_span_processor(processor)
        .with_sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOn)))
        .with_resource(resource)
        .build())
}
