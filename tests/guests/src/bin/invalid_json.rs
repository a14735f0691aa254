//! Answers with the payload's string as it is, which need not be JSON.

test_guests::raw!(|payload| {
    let text: String = serde_json::from_str(&payload).unwrap_or_default();
    Ok(text)
});

fn main() {}
