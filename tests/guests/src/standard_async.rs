//! `wasi:http` 0.3, as any toolchain speaks it. Requests as in [`crate::standard`].

use futures_util::future::join;
use serde_json::{Value, json};
use wasip3::http::client;
use wasip3::http::types::{
    ErrorCode, Fields, Method, Request, RequestOptions, Response, Scheme, Trailers,
};
use wasip3::wit_bindgen::rt::async_support::{FutureWriter, StreamReader};
use wasip3::{wit_future, wit_stream};

use crate::standard::{pairs, split, text};

/// Where a request's trailers are written to.
pub type TrailersWriter = FutureWriter<Result<Option<Trailers>, ErrorCode>>;

/// A POST, to change as needed.
///
/// # Errors
///
/// What the host does not take, in its own word.
pub fn post(
    url: &str,
    headers: &[(&str, &str)],
    body: Option<StreamReader<u8>>,
    options: Option<RequestOptions>,
) -> Result<(Request, TrailersWriter), String> {
    let fields = Fields::new();
    for (name, value) in headers {
        fields
            .append(name, value.as_bytes())
            .map_err(|error| format!("{name}: {error:?}"))?;
    }
    let (trailers, coming) = wit_future::new(|| Ok(None));
    let (request, _sent) = Request::new(fields, body, coming, options);
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
    set.then_some((request, trailers))
        .ok_or("not a URL".to_owned())
}

/// Sends a request and waits for its answer.
pub async fn fetch(spec: &Value) -> Value {
    match exchange(spec).await {
        Ok(answer) => answer,
        Err(error) => json!({"error": error}),
    }
}

async fn exchange(spec: &Value) -> Result<Value, String> {
    let options = RequestOptions::new();
    if let Some(millis) = spec["first_byte_ms"].as_u64() {
        _ = options.set_first_byte_timeout(Some(millis * 1_000_000));
    }
    let text_of_body = spec.get("body").and_then(Value::as_str);
    let (mut writer, reader) = wit_stream::new();
    let body = text_of_body.map(|_| reader);
    let headers: Vec<_> = pairs(&spec["headers"]).collect();
    let (request, trailers) = post(text(spec, "url"), &headers, body, Some(options))?;
    let method = match text(spec, "method") {
        "GET" => Method::Get,
        "POST" => Method::Post,
        other => Method::Other(other.to_owned()),
    };
    request.set_method(&method).map_err(|()| "not a method")?;
    let write = async {
        if let Some(text) = text_of_body {
            writer.write_all(text.as_bytes().to_vec()).await;
        }
        drop(writer);
        drop(trailers);
    };
    let (answer, ()) = join(client::send(request), write).await;
    match answer {
        Ok(response) => Ok(read(response).await),
        Err(error) => Err(format!("{error:?}")),
    }
}

/// Reads an answer to its end.
pub async fn read(response: Response) -> Value {
    let status = response.get_status_code();
    let headers: Vec<_> = response
        .get_headers()
        .copy_all()
        .into_iter()
        .map(|(name, value)| (name, String::from_utf8_lossy(&value).into_owned()))
        .collect();
    let (_done, processed) = wit_future::new(|| Ok(()));
    let (body, _trailers) = Response::consume_body(response, processed);
    let bytes = body.collect().await;
    json!({
        "status": status,
        "headers": headers,
        "body": String::from_utf8_lossy(&bytes),
    })
}
