//! The span of a request, and its trace.

use std::num::NonZeroU64;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{SpanContext, TraceContextExt};
use opentelemetry_http::{HeaderExtractor, HeaderInjector};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing::field::Empty;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// The methods that OpenTelemetry knows; others are `_OTHER`.
const METHODS: [Method; 9] = [
    Method::CONNECT,
    Method::DELETE,
    Method::GET,
    Method::HEAD,
    Method::OPTIONS,
    Method::PATCH,
    Method::POST,
    Method::PUT,
    Method::TRACE,
];

/// Starts the span of a request, and returns the id of its trace if it has one.
///
/// If spans are exported, this one replaces the caller's in the headers, so
/// that everything the request causes is below it.
pub(crate) fn begin(
    request: &mut Request,
    route: Option<&str>,
    id: &str,
) -> (Span, Option<String>) {
    let known = METHODS.contains(request.method());
    let method = if known {
        request.method().as_str()
    } else {
        "_OTHER"
    };
    let span = tracing::info_span!(
        target: "hospes::http",
        "request",
        otel.name = name(if known { method } else { "HTTP" }, route).as_str(),
        otel.kind = "server",
        http.request.method = method,
        http.route = route,
        url.path = path(request.uri().path(), route),
        request_id = id,
        http.response.status_code = Empty,
        otel.status_code = Empty,
    );
    let propagator = TraceContextPropagator::new();
    let nobody = opentelemetry::Context::new();
    let caller = if is_sound(request.headers()) {
        propagator.extract_with_context(&nobody, &HeaderExtractor(request.headers()))
    } else {
        nobody
    };
    let trace = |context: &SpanContext| context.is_valid().then(|| context.trace_id().to_string());
    let callers = trace(caller.span().span_context());
    // Without a collector, this does nothing.
    _ = span.set_parent(caller);
    let own = span.context();
    let owns = trace(own.span().span_context());
    if owns.is_some() {
        stand_in(request.headers_mut(), &propagator, &own);
    }
    (span, owns.or(callers))
}

/// Records the status of the response.
pub(crate) fn answered(span: &Span, status: StatusCode) {
    span.record("http.response.status_code", i64::from(status.as_u16()));
    if status.is_server_error() {
        span.record("otel.status_code", "ERROR");
    }
}

/// The id of an exported span.
pub(crate) fn id(span: &Span) -> Option<NonZeroU64> {
    let context = span.context();
    let id = context.span().span_context().span_id();
    NonZeroU64::new(u64::from_be_bytes(id.to_bytes()))
}

/// Whether the caller's trace is valid. The library is stricter than the
/// propagator.
fn is_sound(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    text("traceparent").is_some_and(|parent| {
        hospes::Context::new()
            .with_traceparent(parent, text("tracestate"))
            .is_ok()
    })
}

fn stand_in(
    headers: &mut HeaderMap<HeaderValue>,
    propagator: &TraceContextPropagator,
    own: &opentelemetry::Context,
) {
    headers.remove("traceparent");
    headers.remove("tracestate");
    propagator.inject_context(own, &mut HeaderInjector(headers));
}

fn name(method: &str, route: Option<&str>) -> String {
    match route {
        Some(route) => format!("{method} {route}"),
        None => method.to_owned(),
    }
}

/// The path, unless it contains something private: only nodes' names are
/// public.
fn path<'a>(path: &'a str, route: Option<&str>) -> Option<&'a str> {
    let route = route?.replace("{node}", "");
    (!route.contains('{')).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_shown_only_if_all_that_varies_is_a_node() {
        for (route, shown) in [
            (Some("/metrics"), true),
            (Some("/v1/nodes/{node}/execute"), true),
            (Some("/v1/other/{key}"), false),
            (Some("/v1/nodes/{node}/{key}"), false),
            (None, false),
        ] {
            assert_eq!(path("/p", route).is_some(), shown, "{route:?}");
        }
    }
}
