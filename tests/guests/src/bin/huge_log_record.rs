//! Writes one log record of half a mebibyte, with two thousand fields.

use hospes_guest::log;

test_guests::node!(|payload, _| {
    let names: Vec<String> = (0..2000).map(|n| format!("field-{n}")).collect();
    let fields: Vec<(&str, &str)> = names
        .iter()
        .map(|name| (name.as_str(), "some value"))
        .collect();
    log::error_with(&"long ".repeat(100_000), &fields);
    Ok(payload)
});
