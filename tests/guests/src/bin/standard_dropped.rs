//! Begins requests to the payload's URL by `wasi:http` 0.2 and drops each at
//! once, over and over; keeps the last for as long as it may.

use serde_json::{Value, json};
use test_guests::standard::{answer, begin};

test_guests::node!(|payload, _| {
    let spec = json!({"method": "GET", "url": payload});
    for _ in 0..1000 {
        drop(begin(&spec));
    }
    Ok(begin(&spec).map_or(Value::Null, |future| answer(&future)))
});
