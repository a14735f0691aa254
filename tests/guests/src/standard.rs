//! `wasi:http` 0.2, as any toolchain speaks it: requests from JSON, answers as
//! JSON.
//!
//! `{"method", "url", "headers": [[name, value]], "body", "first_byte_ms"}`

use serde_json::{Value, json};
use wasip2::http::outgoing_handler::{FutureIncomingResponse, handle};
use wasip2::http::types::{
    Fields, IncomingBody, Method, OutgoingBody, OutgoingRequest, RequestOptions, Scheme,
};
use wasip2::io::streams::StreamError;

/// Scheme, authority, and path with query of a URL.
pub fn split(url: &str) -> (&str, &str, &str) {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let path = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(path);
    (scheme, authority, if path.is_empty() { "/" } else { path })
}

/// The texts of a list of pairs.
pub fn pairs(list: &Value) -> impl Iterator<Item = (&str, &str)> {
    let pairs = list.as_array().into_iter().flatten();
    pairs.filter_map(|pair| Some((pair.get(0)?.as_str()?, pair.get(1)?.as_str()?)))
}

/// A text of an object, or nothing.
pub fn text<'v>(spec: &'v Value, key: &str) -> &'v str {
    spec.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// A POST, to change as needed.
///
/// # Errors
///
/// What the host does not take, in its own word.
pub fn post(url: &str, headers: &[(&str, &str)]) -> Result<OutgoingRequest, String> {
    let fields = Fields::new();
    for (name, value) in headers {
        fields
            .append(name, value.as_bytes())
            .map_err(|error| format!("{name}: {error:?}"))?;
    }
    let request = OutgoingRequest::new(fields);
    let (scheme, authority, path) = split(url);
    let scheme = match scheme {
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        other => Scheme::Other(other.to_owned()),
    };
    let set = request.set_method(&Method::Post).is_ok()
        && request.set_scheme(Some(&scheme)).is_ok()
        && request.set_authority(Some(authority)).is_ok()
        && request.set_path_with_query(Some(path)).is_ok();
    set.then_some(request).ok_or("not a URL".to_owned())
}

/// Begins a request and writes its body.
///
/// # Errors
///
/// What the host does not take, in its own word.
pub fn begin(spec: &Value) -> Result<FutureIncomingResponse, String> {
    let headers: Vec<_> = pairs(&spec["headers"]).collect();
    let request = post(text(spec, "url"), &headers)?;
    let method = match text(spec, "method") {
        "GET" => Method::Get,
        "POST" => Method::Post,
        other => Method::Other(other.to_owned()),
    };
    request.set_method(&method).map_err(|()| "not a method")?;
    let options = spec["first_byte_ms"].as_u64().map(|millis| {
        let options = RequestOptions::new();
        _ = options.set_first_byte_timeout(Some(millis * 1_000_000));
        options
    });
    let body = match spec.get("body").and_then(Value::as_str) {
        Some(text) => Some((request.body().map_err(|()| "no body")?, text)),
        None => None,
    };
    let future = handle(request, options).map_err(|error| format!("{error:?}"))?;
    if let Some((body, text)) = body {
        _ = write(&body, text.as_bytes());
        OutgoingBody::finish(body, None).map_err(|error| format!("{error:?}"))?;
    }
    Ok(future)
}

/// Writes bytes of a body.
///
/// # Errors
///
/// If the host wants no more.
pub fn write(body: &OutgoingBody, bytes: &[u8]) -> Result<(), StreamError> {
    let Ok(stream) = body.write() else {
        return Err(StreamError::Closed);
    };
    bytes
        .chunks(4096)
        .try_for_each(|chunk| stream.blocking_write_and_flush(chunk))
}

/// Waits for an answer.
pub fn answer(future: &FutureIncomingResponse) -> Value {
    let pollable = future.subscribe();
    let response = loop {
        match future.get() {
            Some(Ok(Ok(response))) => break response,
            Some(Ok(Err(error))) => return json!({"error": format!("{error:?}")}),
            Some(Err(())) => return json!({"error": "taken"}),
            None => pollable.block(),
        }
    };
    let headers: Vec<_> = response
        .headers()
        .entries()
        .into_iter()
        .map(|(name, value)| (name, String::from_utf8_lossy(&value).into_owned()))
        .collect();
    let mut bytes = Vec::new();
    if let Ok(body) = response.consume() {
        if let Ok(stream) = body.stream() {
            while let Ok(more) = stream.blocking_read(64 << 10) {
                bytes.extend(more);
            }
        }
        drop(IncomingBody::finish(body));
    }
    json!({
        "status": response.status(),
        "headers": headers,
        "body": String::from_utf8_lossy(&bytes),
    })
}
