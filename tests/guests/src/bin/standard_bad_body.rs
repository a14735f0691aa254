//! Sends a request by `wasi:http` 0.2 whose body does not end as it should:
//! `[url, how]`. Answers with the error.

use serde_json::{Value, json};
use test_guests::standard::{answer, post, write};
use wasip2::http::outgoing_handler::handle;
use wasip2::http::types::{Fields, OutgoingBody};

fn send(url: &str, how: &str) -> Result<Value, String> {
    let length = match how {
        "short" => &[("content-length", "5")][..],
        "long" => &[("content-length", "1")],
        _ => &[],
    };
    let request = post(url, length)?;
    let body = request.body().map_err(|()| "no body")?;
    let future = handle(request, None).map_err(|error| format!("{error:?}"))?;
    match how {
        // Nobody ends this body.
        "silent" => {
            _ = write(&body, b"x");
            return Ok(answer(&future));
        }
        "flood" => {
            if let Ok(stream) = body.write() {
                while stream.blocking_write_and_flush(&[b'x'; 4096]).is_ok() {}
            }
        }
        "given-up" => {
            _ = write(&body, b"x");
            drop(body);
            return Ok(answer(&future));
        }
        _ => _ = write(&body, b"xx"),
    }
    let trailers = (how == "trailers").then(|| {
        let fields = Fields::new();
        _ = fields.append("x-late", b"1");
        fields
    });
    _ = OutgoingBody::finish(body, trailers);
    Ok(answer(&future))
}

test_guests::node!(|payload, _| {
    let text = |at: usize| payload.get(at).and_then(Value::as_str).unwrap_or_default();
    Ok(send(text(0), text(1)).unwrap_or_else(|error| json!({"error": error})))
});
