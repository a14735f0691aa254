//! Sends a request with as many bytes as the payload says: `[url, bytes]`.

use hospes_guest::http::Request;

test_guests::node!(|payload, _| {
    let (url, bytes): (String, usize) = serde_json::from_value(payload).unwrap_or_default();
    let sent = Request::post(url).body("x".repeat(bytes)).send();
    Ok(format!("{:?}", sent.map(|response| response.status)).into())
});
