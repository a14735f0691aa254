//! From the gate's response to wasmtime's.

use ::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use wasmtime_wasi_http::{Error, WasiBody};

use hospes_egress::Room;

/// Converts a response, whose body is complete.
///
/// # Errors
///
/// A response of a custom transport that is not valid HTTP.
pub(super) fn of(answer: hospes_egress::Response) -> Result<Response<WasiBody>, Error> {
    let mut headers = HeaderMap::new();
    for (name, value) in answer.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| Error::HttpProtocolError)?;
        let value = HeaderValue::try_from(value).map_err(|_| Error::HttpProtocolError)?;
        headers
            .try_append(name, value)
            .map_err(|_| Error::HttpResponseHeaderSectionSize(None))?;
    }
    let body = Held {
        body: answer.body,
        _room: answer.room,
    };
    let body = Full::new(Bytes::from_owner(body))
        .map_err(Error::from)
        .boxed_unsync();
    let mut response = Response::new(body);
    *response.status_mut() =
        StatusCode::from_u16(answer.status).map_err(|_| Error::HttpProtocolError)?;
    *response.headers_mut() = headers;
    Ok(response)
}

/// A body that holds its room until the node has read or dropped it.
struct Held {
    body: Vec<u8>,
    _room: Room,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.body
    }
}
