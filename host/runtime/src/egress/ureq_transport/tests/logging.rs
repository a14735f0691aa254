//! ureq logs whole request heads at its most talkative level. What it was
//! never given, it can't log.

use std::sync::Mutex;

use super::*;

struct Capture(Mutex<String>);

const THREADS: &str = "logged";

static CAPTURE: Capture = Capture(Mutex::new(String::new()));

impl log::Log for Capture {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        // Other tests run at the same time, on threads of their own.
        if std::thread::current().name() == Some(THREADS) {
            let mut text = self.0.lock().unwrap();
            text.push_str(&record.args().to_string());
            text.push('\n');
        }
    }

    fn flush(&self) {}
}

/// The bytes of ureq's dumps, sixteen to a line in hexadecimal.
fn dumped(log: &str) -> Vec<u8> {
    let digits = |line: &str| -> Option<Vec<u8>> {
        let hex: String = line
            .get(..40)?
            .chars()
            .filter(|c| *c != ' ' && *c != '-')
            .collect();
        (0..hex.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok())
            .collect()
    };
    log.lines().filter_map(digits).flatten().collect()
}

#[test]
fn no_secret_is_logged_at_any_level() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name(THREADS)
        .enable_all()
        .build()
        .unwrap();
    log::set_logger(&CAPTURE).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
    let upstream = Upstream::answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    let house = house(&upstream);
    let headers = vec![
        secret("x-logged-key", "key", "Key "),
        secret("authorization", "other", ""),
    ];
    let request = Request {
        headers,
        ..request("GET", &upstream.url("/logged"))
    };
    runtime.block_on(house.send(request)).unwrap();
    log::set_max_level(log::LevelFilter::Off);

    let log = CAPTURE.0.lock().unwrap();
    let dumped = String::from_utf8_lossy(&dumped(&log)).into_owned();
    let stars = "*".repeat("Key ".len() + SECRET.len());
    assert!(
        dumped.contains(&format!("x-logged-key: {stars}")),
        "the dump was not understood:\n{log}"
    );
    assert!(dumped.contains("GET /logged"));
    assert!(
        !dumped.contains("Key sentinel") && !dumped.contains("authorization: another-sentinel")
    );
    assert!(!log.contains("Key sentinel"));
}
