//! Sends the payload's requests by `wasi:http` 0.2, side by side, and answers
//! with what came back.

use serde_json::{Value, json};
use test_guests::standard::{answer, begin};

test_guests::node!(|payload, _| {
    let specs = payload.as_array().into_iter().flatten();
    let begun: Vec<_> = specs.map(begin).collect();
    let answers = begun.iter().map(|begun| match begun {
        Ok(future) => answer(future),
        Err(error) => json!({"error": error}),
    });
    Ok(Value::Array(answers.collect()))
});
