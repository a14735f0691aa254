//! Sends a request to the payload's URL and answers with what became of it.

use hospes_guest::http::Request;

test_guests::node!(|payload, _| {
    match Request::get(payload.as_str().unwrap_or_default()).send() {
        Ok(response) => Ok(response.status.into()),
        Err(error) => Ok(format!("{error:?}").into()),
    }
});
