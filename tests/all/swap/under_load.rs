//! Swaps while executions run: none is lost, none is doubled, nothing stays.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use hospes::swap::Approval;
use hospes::{Context, NodeConfig, Policy};
use hospes_artifacts as guests;
use serde_json::json;

use super::House;
use crate::support::{alone, guest, result};
use crate::upstream::Upstream;

#[test]
fn each_execution_reaches_the_upstream_once_and_from_one_revision() {
    let house = House::new();
    let runtime = &house.runtime;
    // Answers with what it was asked for.
    let upstream = Upstream::new(|request, stream| {
        let path = request.split(' ').nth(1).unwrap();
        write!(
            stream,
            "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{path}",
            path.len()
        )
        .is_ok()
    });
    let config = || guest(guests::FETCH, &[]).policy(Policy::parse([upstream.origin()]).unwrap());
    runtime.load("node", config()).unwrap();
    let done = AtomicBool::new(false);
    let outcomes = thread::scope(|scope| {
        let callers: Vec<_> = (0..4)
            .map(|caller| {
                let (done, origin) = (&done, upstream.origin());
                scope.spawn(move || {
                    let mut outcomes = Vec::new();
                    while !done.load(Ordering::SeqCst) {
                        let id = format!("{caller}-{}", outcomes.len());
                        let payload = json!([{"method": "POST", "url": format!("{origin}/{id}")}]);
                        let context = Context::new().with_execution_id(&id).unwrap();
                        let outcome = runtime
                            .execute_blocking("node", &payload.to_string(), &context)
                            .unwrap();
                        assert_eq!(result(&outcome)[0]["body"], format!("/{id}"));
                        outcomes.push(outcome);
                    }
                    outcomes
                })
            })
            .collect();
        for n in 0..40 {
            match n % 4 {
                3 => {
                    _ = runtime
                        .rollback("node", Some(house.latest() - 1), Approval::Wider, "")
                        .unwrap()
                }
                _ => _ = runtime.load("node", config()).unwrap(),
            }
        }
        done.store(true, Ordering::SeqCst);
        let callers = callers
            .into_iter()
            .flat_map(|caller| caller.join().unwrap());
        callers.collect::<Vec<_>>()
    });
    let mut requests: BTreeMap<String, usize> = BTreeMap::new();
    for request in upstream.requests() {
        let path = request.split(' ').nth(1).unwrap();
        *requests.entry(path[1..].to_owned()).or_default() += 1;
    }
    let ids: BTreeMap<String, usize> = outcomes
        .iter()
        .map(|outcome| (outcome.execution_id.to_string(), 1))
        .collect();
    assert_eq!(requests, ids);
    let mut generations: Vec<u64> = outcomes
        .iter()
        .map(|outcome| outcome.revision.generation)
        .collect();
    generations.sort();
    generations.dedup();
    assert!(generations.len() > 1, "no swap fell among the executions");
    assert_eq!(house.transports(), 1, "every old revision is gone");
}

#[test]
fn many_swaps_leave_nothing_behind() {
    if !alone("swap::under_load::many_swaps_leave_nothing_behind") {
        return;
    }
    let house = House::new();
    let runtime = &house.runtime;
    let swap = || {
        runtime
            .load("node", NodeConfig::from_file(guests::COUNTER))
            .unwrap();
        let outcome = runtime
            .execute_blocking("node", "{}", &Context::new())
            .unwrap();
        assert_eq!(result(&outcome), json!(1));
    };
    (0..100).for_each(|_| swap());
    let before = Used::now();
    (0..300).for_each(|_| swap());
    let after = Used::now();
    assert_eq!(house.transports(), 1);
    assert_eq!((after.threads, after.files), (before.threads, before.files));
    // A leaked component of this size would make it more than 60 MiB.
    assert!(
        after.memory < before.memory + (8 << 20),
        "{before:?} {after:?}"
    );
}

/// What this process uses.
#[derive(Debug)]
struct Used {
    memory: u64,
    threads: u64,
    files: u64,
}

impl Used {
    fn now() -> Used {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let number = |key: &str| -> u64 {
            let line = status.lines().find_map(|line| line.strip_prefix(key));
            let digits: String = line.unwrap().chars().filter(char::is_ascii_digit).collect();
            digits.parse().unwrap()
        };
        Used {
            memory: number("VmRSS:") << 10,
            threads: number("Threads:"),
            files: std::fs::read_dir("/proc/self/fd").unwrap().count() as u64,
        }
    }
}
