//! Sends ten thousand requests in one call, and answers with how many of them
//! came to which end.

use std::collections::BTreeMap;

use hospes_guest::http::{Request, send_all};

test_guests::node!(|payload, _| {
    let url = payload.as_str().unwrap_or_default();
    let answers = send_all((0..10_000).map(|_| Request::get(url)).collect());
    let mut ends = BTreeMap::<String, u64>::new();
    for answer in answers {
        let end = format!("{:?}", answer.map(|response| response.status));
        *ends.entry(end).or_default() += 1;
    }
    Ok(serde_json::json!(ends))
});
