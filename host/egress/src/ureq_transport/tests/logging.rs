//! ureq logs whole heads and bodies at its most talkative level. What it was
//! never given, it can't log; what an upstream gives it, it is not asked for
//! while a logger listens.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use crate::pool::{Part, Pool};
use crate::tests::transports::{SECRET, Upstream, house_over, request, secret};
use crate::{Request, SendError, UreqTransport};

struct Capture(Mutex<String>);

const THREADS: &str = "logged";

/// Whether the logger says that it wants to know. It takes down everything in
/// either case.
static LISTENS: AtomicBool = AtomicBool::new(false);

/// Other tests run at the same time, on threads of their own.
fn is_here() -> bool {
    std::thread::current().name() == Some(THREADS)
}

static CAPTURE: Capture = Capture(Mutex::new(String::new()));

impl log::Log for Capture {
    /// Other tests have secrets too, and no logger.
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        LISTENS.load(SeqCst) && is_here()
    }

    fn log(&self, record: &log::Record<'_>) {
        if is_here() {
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
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    log::set_logger(&CAPTURE).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
    let upstream = Upstream::answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    let threads = Arc::new(Pool::new(THREADS, 4).unwrap());
    let house = house_over(&upstream.url(""), &[], |limits| {
        let mut transport = UreqTransport::new(limits);
        transport.workers = Some(Part::new(&threads, 4));
        Arc::new(transport)
    });
    let ask = || {
        let headers = vec![secret("authorization", "key", "Key ")];
        let request = Request {
            headers,
            ..request("GET", &upstream.url("/logged"))
        };
        runtime.block_on(house.send(request))
    };
    LISTENS.store(true, SeqCst);
    runtime
        .block_on(house.get(&upstream.url("/harmless")))
        .unwrap();
    let words =
        "the host's log of `ureq_proto` is at `trace`, where it shows what upstreams answer";
    assert_eq!(ask(), Err(SendError::Unreachable(words.to_owned())));
    assert_eq!(
        runtime.block_on(house.get(&upstream.url("/later"))),
        Err(SendError::Unreachable(words.to_owned()))
    );
    LISTENS.store(false, SeqCst);
    ask().unwrap();
    log::set_max_level(log::LevelFilter::Off);

    let log = CAPTURE.0.lock().unwrap();
    let dumped = String::from_utf8_lossy(&dumped(&log)).into_owned();
    let stars = "*".repeat("Key ".len() + SECRET.len());
    assert!(
        dumped.contains(&format!("authorization: {stars}")),
        "the dump was not understood:\n{log}"
    );
    assert!(dumped.contains("GET /logged") && dumped.contains("GET /harmless"));
    assert!(!dumped.contains("GET /later"));
    assert!(!dumped.contains("Key sentinel"));
    assert!(!log.contains("Key sentinel"));
}
