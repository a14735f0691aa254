//! How long a component of 20 MB takes to load: compiled, and from a warm
//! compile cache.
//!
//! `cargo bench --workspace --bench loading`

#![allow(
    clippy::unwrap_used,
    reason = "a benchmark that can't start has nothing to say"
)]

use criterion::Criterion;
use hospes::{Limits, NodeConfig, Runtime};

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("large.wasm");
    std::fs::write(&file, hospes_tests::large_component(20 << 20).unwrap()).unwrap();
    let mut limits = Limits::default();
    limits.set("component", "32MiB").unwrap();
    limits.set("compile", "10m").unwrap();
    let cache = dir.path().join("compiled");
    let runtime = Runtime::builder()
        .executions(2)
        .compile_cache(&cache)
        .build()
        .unwrap();
    let load = || {
        let config = NodeConfig::from_file(&file).limits(limits.clone());
        runtime.load("large", config).unwrap()
    };
    let start = std::time::Instant::now();
    load();
    println!("compiled in {:?}", start.elapsed());
    for entry in std::fs::read_dir(&cache).unwrap() {
        let bytes = entry.unwrap().metadata().unwrap().len();
        println!("a file of {bytes} bytes in the cache");
    }
    let mut group = criterion.benchmark_group("loading");
    group.sample_size(50);
    group.bench_function("20 MB, cached", |bencher| bencher.iter(load));
    group.finish();
    criterion.final_summary();
}
