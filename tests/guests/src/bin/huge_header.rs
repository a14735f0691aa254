//! Sends a request with a header of 64 KiB to the payload's URL.

use hospes_guest::http::Request;

test_guests::node!(|payload, _| {
    let request = Request::get(payload.as_str().unwrap_or_default());
    let sent = request.header("x-long", "a".repeat(64 << 10)).send();
    Ok(format!("{:?}", sent.map(|response| response.status)).into())
});
