//! Logs each string of the payload, and prints each one too.

use hospes_guest::log;

test_guests::node!(|payload, _| {
    for line in payload
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|line| line.as_str())
    {
        log::warn_with(line, &[("line", line)]);
        println!("out: {line}");
        eprintln!("err: {line}");
    }
    Ok(payload)
});
