//! Joins exported spans to the traces of callers.

use std::num::NonZeroU64;

use axum::http::HeaderMap;
use opentelemetry::Context;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TraceContextExt;
use opentelemetry_http::{HeaderExtractor, HeaderInjector};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// Puts a span below that of the caller, if the headers have a valid one, and
/// into its place in the headers. Returns the id of its trace, or nothing and
/// does nothing if the span is not exported.
pub(crate) fn join(span: &Span, headers: &mut HeaderMap, has_caller: bool) -> Option<String> {
    let propagator = TraceContextPropagator::new();
    let caller = match has_caller {
        true => propagator.extract_with_context(&Context::new(), &HeaderExtractor(headers)),
        false => Context::new(),
    };
    // Without a collector, this does nothing.
    _ = span.set_parent(caller);
    let own = span.context();
    let exported = own.span().span_context().clone();
    if !exported.is_valid() {
        return None;
    }
    headers.remove("traceparent");
    headers.remove("tracestate");
    propagator.inject_context(&own, &mut HeaderInjector(headers));
    Some(exported.trace_id().to_string())
}

/// The id of an exported span.
pub(crate) fn id(span: &Span) -> Option<NonZeroU64> {
    let context = span.context();
    let id = context.span().span_context().span_id();
    NonZeroU64::new(u64::from_be_bytes(id.to_bytes()))
}
