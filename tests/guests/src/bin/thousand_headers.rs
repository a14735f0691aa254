//! Sends a request with a thousand headers to the payload's URL.

use hospes_guest::http::Request;

test_guests::node!(|payload, _| {
    let mut request = Request::get(payload.as_str().unwrap_or_default());
    for n in 0..1000 {
        request = request.header(format!("x-{n}"), "1");
    }
    Ok(format!("{:?}", request.send().map(|response| response.status)).into())
});
