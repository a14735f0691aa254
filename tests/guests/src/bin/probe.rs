//! Looks for anything that the sandbox should not have, through the standard
//! library, and answers with what it found.

use std::net::{TcpListener, TcpStream, ToSocketAddrs, UdpSocket};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use serde_json::json;

test_guests::node!(|_, _| {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let start = Instant::now();
    Ok(json!({
        "environment": std::env::vars().count(),
        "arguments": std::env::args().count(),
        "root": std::fs::read_dir("/").is_ok(),
        "file": std::fs::read("/etc/passwd").is_ok(),
        "write": std::fs::write("/tmp/hospes-probe", "x").is_ok(),
        "stdin": std::io::read_to_string(std::io::stdin()).unwrap_or_default(),
        "connect": TcpStream::connect("127.0.0.1:80").is_ok(),
        "listen": TcpListener::bind("127.0.0.1:0").is_ok(),
        "udp": UdpSocket::bind("127.0.0.1:0").is_ok(),
        "resolve": ("localhost", 80).to_socket_addrs().is_ok(),
        "sub_millisecond_clock": !now.as_nanos().is_multiple_of(1_000_000)
            || !start.elapsed().as_nanos().is_multiple_of(1_000_000),
        "clock_works": now.as_secs() > 1_700_000_000,
    }))
});
