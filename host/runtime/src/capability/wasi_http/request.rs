//! From wasmtime's request to the gate's.

use ::http::Request;
use ::http::header::CONTENT_LENGTH;
use hospes_egress::{HeaderValue, RequestBody, Room, Timeouts};
use http_body::Body as _;
use wasmtime_wasi_http::{RequestOptions, WasiBody};

use super::body;
use super::drain::SharedBody;

/// Converts a request unchanged: the gate parses its URL from the text, and
/// checks everything. Also returns the part of the body that the node still
/// writes.
pub(super) fn of(
    request: Request<WasiBody>,
    options: Option<RequestOptions>,
    max_body: u64,
    room: Room,
) -> (hospes_egress::Request, Option<SharedBody>) {
    let (mut head, body) = request.into_parts();
    let stated = head.headers.remove(CONTENT_LENGTH);
    let stated = stated.and_then(|length| length.to_str().ok()?.parse().ok());
    let coming = (!body.is_end_stream()).then(|| SharedBody::new(body));
    let body = coming.as_ref().map_or(RequestBody::None, |body| {
        RequestBody::Coming(Box::pin(body::collect(
            body.reader(),
            stated,
            max_body,
            room,
        )))
    });
    // The gate refuses values that are not text, naming the header.
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let request = hospes_egress::Request {
        method: head.method.as_str().to_owned(),
        url: head.uri.to_string(),
        headers: head
            .headers
            .iter()
            .map(|(name, value)| {
                let value = HeaderValue::Text(text(value.as_bytes()));
                (name.as_str().to_owned(), value)
            })
            .collect(),
        body,
        timeouts: options.map_or_else(Timeouts::default, |options| Timeouts {
            total: None,
            connect: options.connect_timeout,
            first_byte: options.first_byte_timeout,
            between_bytes: options.between_bytes_timeout,
        }),
    };
    (request, coming)
}
