//! Logs, and leaves a line unfinished on standard output and on standard error.

use std::io::Write;

use hospes_guest::log;

test_guests::node!(|payload, _| {
    log::info("whole");
    print!("out");
    _ = std::io::stdout().flush();
    eprint!("err");
    Ok(payload)
});
