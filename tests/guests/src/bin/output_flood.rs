//! Prints for ever, without ever ending a line.

use std::io::Write;

test_guests::node!(|_, _| {
    let text = [b'x'; 4096];
    loop {
        _ = std::io::stdout().write_all(&text);
        _ = std::io::stdout().flush();
    }
});
