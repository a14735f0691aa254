//! What hostile upstreams leave behind: no thread, no socket.
//!
//! The test runs in a process of its own.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use hospes::{Context, Policy, Runtime};
use hospes_artifacts as guests;
use serde_json::json;

use super::pour;
use crate::support::{alone, builder_over, guest, result};
use crate::upstream::Upstream;

/// Threads and descriptors of this process.
fn held() -> (usize, usize) {
    let count = |dir: &str| fs::read_dir(dir).unwrap().count();
    (count("/proc/self/task"), count("/proc/self/fd"))
}

#[test]
fn hostile_upstreams_leave_no_thread_and_no_socket_behind() {
    if !alone("hostile::leak::hostile_upstreams_leave_no_thread_and_no_socket_behind") {
        return;
    }
    // Threads for blocking work end soon after they have none.
    let tokio = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .thread_keep_alive(Duration::from_millis(50))
        .enable_all()
        .build()
        .unwrap();
    let runtimes = [false, true].map(|is_hyper| {
        let builder = builder_over(is_hyper).executions(8);
        // What is kept for a rollback holds the image of its memory open.
        builder.keep_revisions(0).build().unwrap()
    });
    let upstreams = [
        Upstream::new(|_, stream| pour(stream, &[b'x'; 4096])),
        Upstream::new(|_, stream| pour(stream, b"HTTP/1.1 100 Continue\r\n\r\n")),
        Upstream::canned("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfull and more"),
        Upstream::canned("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf"),
        Upstream::canned("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"),
        Upstream::canned("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfull"),
        Upstream::new(|_, _| false),
    ];
    let round = |runtime: &Runtime| {
        for upstream in &upstreams {
            let limits = [("request-timeout", "50ms")];
            let policy = Policy::parse([upstream.origin()]).unwrap();
            let node = guest(guests::FETCH, &limits).policy(policy);
            runtime.load("node", node).unwrap();
            let request = json!({"method": "GET", "url": upstream.origin() + "/"});
            let requests = json!(vec![request; 4]);
            let payload = requests.to_string();
            let execution = tokio.block_on(runtime.execute("node", &payload, &Context::new()));
            assert_eq!(result(&execution.unwrap()).as_array().unwrap().len(), 4);
            // And once more, given up by its caller half-way.
            tokio.block_on(async {
                let context = Context::new();
                let execution = runtime.execute("node", &payload, &context);
                _ = tokio::time::timeout(Duration::from_millis(10), execution).await;
            });
        }
        // The last revision and its connections go.
        let empty = guest(guests::HELLO, &[]);
        runtime.load("node", empty).unwrap();
    };
    // What is made once is made here: the compiler's threads, the images of
    // both components.
    for runtime in &runtimes {
        for component in [guests::FETCH, guests::HELLO] {
            runtime.load("node", guest(component, &[])).unwrap();
            let execution = tokio.block_on(runtime.execute("node", "[]", &Context::new()));
            drop(execution.unwrap());
        }
    }
    let before = held();
    for _ in 0..5 {
        runtimes.iter().for_each(round);
    }
    let until = Instant::now() + Duration::from_secs(20);
    loop {
        let now = held();
        if now.0 <= before.0 && now.1 <= before.1 {
            break;
        }
        assert!(Instant::now() < until, "{now:?}, and there were {before:?}");
        thread::yield_now();
    }
}
