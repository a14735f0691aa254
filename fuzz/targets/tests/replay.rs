//! Every seed through its target, without instrumentation: what was found
//! once stays found.

#![allow(clippy::unwrap_used, reason = "the helpers of tests may fail a test")]

use std::fs;
use std::path::Path;

fn replay(target: &str, run: fn(&[u8])) {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../seeds")
        .join(target);
    let mut paths: Vec<_> = fs::read_dir(seeds)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    assert!(paths.len() >= 20, "{} seeds for {target}", paths.len());
    for path in paths {
        // Shown if the target fails.
        println!("{}", path.display());
        run(&fs::read(path).unwrap());
    }
}

#[test]
fn rule() {
    replay("rule", hospes_fuzz_targets::rule);
}

#[test]
fn headers() {
    replay("headers", hospes_fuzz_targets::headers);
}

#[test]
fn boundary() {
    replay("boundary", hospes_fuzz_targets::boundary);
}

#[test]
fn component() {
    replay("component", hospes_fuzz_targets::component);
}

#[test]
fn solution() {
    replay("solution", hospes_fuzz_targets::solution);
}
