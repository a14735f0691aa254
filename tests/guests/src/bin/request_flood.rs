//! Sends requests to the payload's URL until it is told to stop, and answers
//! with how many got through.

use hospes_guest::http::{Error, Request};

test_guests::node!(|payload, _| {
    let url = payload.as_str().unwrap_or_default();
    let mut sent = 0;
    loop {
        match Request::get(url).send() {
            Ok(_) => sent += 1,
            Err(Error::Exhausted(why)) => {
                return Ok(serde_json::json!({"sent": sent, "stopped": why}));
            }
            Err(error) => return Err(error.into()),
        }
    }
});
