//! The span of a request, and its trace.

use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode};
use tracing::Span;
use tracing::field::Empty;

use super::join;
pub(crate) use super::join::id;

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
    let given = trace_id(request.headers());
    let exported = join::join(&span, request.headers_mut(), given.is_some());
    (span, exported.or(given))
}

/// Records the status of the response.
pub(crate) fn answered(span: &Span, status: StatusCode) {
    span.record("http.response.status_code", i64::from(status.as_u16()));
    if status.is_server_error() {
        span.record("otel.status_code", "ERROR");
    }
}

/// The id of the trace in the headers, if it is valid.
fn trace_id(headers: &HeaderMap) -> Option<String> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let parent = text("traceparent")?;
    hospes::Context::new()
        .with_traceparent(parent, text("tracestate"))
        .ok()?;
    parent.split('-').nth(1).map(str::to_owned)
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
