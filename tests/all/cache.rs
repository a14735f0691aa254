//! The compile cache: used when its seal is right, and never otherwise.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::thread;

use hospes::{Context, NodeConfig, Runtime};
use hospes_artifacts as guests;
use serde_json::json;

use crate::support::{RUNTIME, result};

fn runtime(dir: &Path) -> Runtime {
    Runtime::builder()
        .executions(1)
        .compile_cache(dir)
        .build()
        .unwrap()
}

/// Loads the guest through the cache and checks that it works.
#[track_caller]
fn works(runtime: &Runtime, guest: &str) {
    runtime
        .load("counter", NodeConfig::from_file(guest))
        .unwrap();
    let outcome = runtime
        .execute_blocking("counter", "null", &Context::new())
        .unwrap();
    assert_eq!(result(&outcome), json!(1));
}

/// The cache's files beside its key.
fn files(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries.filter(|path| !path.ends_with("key")).collect()
}

/// A directory that holds the compiled counter, and the file.
fn filled() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    works(&runtime(dir.path()), guests::COUNTER);
    let [file] = &files(dir.path())[..] else {
        panic!("{:?}", files(dir.path()));
    };
    (dir, file.clone())
}

/// Puts a file in the place of another one. Nobody writes into a file of the
/// cache: what was loaded from it runs from it.
fn put(file: &Path, bytes: &[u8]) {
    fs::remove_file(file).unwrap();
    fs::write(file, bytes).unwrap();
}

#[test]
fn a_sealed_file_is_used_again_by_another_runtime() {
    let (dir, file) = filled();
    let before = fs::metadata(&file).unwrap().ino();
    works(&runtime(dir.path()), guests::COUNTER);
    assert_eq!(
        fs::metadata(&file).unwrap().ino(),
        before,
        "it was compiled again"
    );
}

#[test]
fn a_file_with_a_flipped_bit_anywhere_or_cut_off_is_compiled_again() {
    let (dir, file) = filled();
    let good = fs::read(&file).unwrap();
    let flipped = (0..10).map(|n| {
        let mut bytes = good.clone();
        let at = n * (good.len() - 1) / 9;
        bytes[at] ^= 1 << (n % 8);
        bytes
    });
    let cut = [0, 1, 31, 32, good.len() / 2, good.len() - 1].map(|end| good[..end].to_vec());
    for bad in flipped.chain(cut) {
        put(&file, &bad);
        works(&runtime(dir.path()), guests::COUNTER);
        assert_eq!(
            fs::read(&file).unwrap(),
            good,
            "a bad file of {} bytes was used",
            bad.len()
        );
    }
}

#[test]
fn a_file_sealed_elsewhere_or_for_another_component_is_compiled_again() {
    let ((dir, file), (_elsewhere, foreign)) = (filled(), filled());
    let good = fs::read(&file).unwrap();
    put(&file, &fs::read(&foreign).unwrap());
    works(&runtime(dir.path()), guests::COUNTER);
    assert_eq!(fs::read(&file).unwrap(), good);

    // Under the same key, but under the name of another component.
    let hello = runtime(dir.path());
    hello
        .load("hello", NodeConfig::from_file(guests::HELLO))
        .unwrap();
    let other = files(dir.path())
        .into_iter()
        .find(|path| *path != file)
        .unwrap();
    put(&file, &fs::read(&other).unwrap());
    works(&runtime(dir.path()), guests::COUNTER);
    assert_eq!(fs::read(&file).unwrap(), good);
}

#[test]
fn a_component_that_runs_from_a_file_outlives_the_file() {
    let (dir, file) = filled();
    let runtime = runtime(dir.path());
    works(&runtime, guests::COUNTER);
    put(&file, b"something else");
    fs::remove_dir_all(dir.path()).unwrap();
    let outcome = runtime
        .execute_blocking("counter", "null", &Context::new())
        .unwrap();
    assert_eq!(result(&outcome), json!(1));
}

#[test]
fn a_full_cache_keeps_what_was_used_last() {
    let dir = tempfile::tempdir().unwrap();
    let sizes = [guests::COUNTER, guests::CONTEXT, guests::FETCH].map(|guest| {
        let dir = tempfile::tempdir().unwrap();
        let host = runtime(dir.path());
        host.load("node", NodeConfig::from_file(guest)).unwrap();
        fs::metadata(&files(dir.path())[0]).unwrap().len()
    });
    // Room for two of the three.
    let [counter, _, fetch] = sizes;
    let builder = Runtime::builder().executions(1).compile_cache(dir.path());
    let host = builder
        .compile_cache_bytes(counter + fetch)
        .build()
        .unwrap();
    let load = |guest| drop(host.load("node", NodeConfig::from_file(guest)).unwrap());
    let kept = || {
        let mut sizes: Vec<u64> = files(dir.path())
            .iter()
            .map(|file| fs::metadata(file).unwrap().len())
            .collect();
        sizes.sort();
        sizes
    };
    load(guests::COUNTER);
    load(guests::CONTEXT);
    // From the cache: used, and so not the oldest any more.
    load(guests::COUNTER);
    load(guests::FETCH);
    let mut expected = vec![counter, fetch];
    expected.sort();
    assert_eq!(kept(), expected);
    works(&host, guests::COUNTER);
}

#[test]
fn a_file_of_the_cache_is_read_only() {
    let (_dir, file) = filled();
    assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o400);
}

#[test]
fn a_required_digest_is_compared_with_what_was_sealed() {
    let (dir, _file) = filled();
    let runtime = runtime(dir.path());
    let config = || NodeConfig::from_file(guests::COUNTER);
    let digest = runtime.inspect(&config()).unwrap().digest;
    let uncached = RUNTIME.inspect(&config()).unwrap().digest;
    assert_eq!(digest, uncached);
    runtime.load("counter", config().digest(&digest)).unwrap();
    let error = runtime.load("counter", config().digest("sha256:00"));
    assert_eq!(
        error.unwrap_err().to_string(),
        format!("the component's digest is {digest}, and sha256:00 is required")
    );
}

#[test]
fn a_large_component_from_memory_or_from_a_file_is_kept_once() {
    let dir = tempfile::tempdir().unwrap();
    let component = hospes_tests::large_component(1 << 20).unwrap();
    let file = dir.path().join("large.wasm");
    fs::write(&file, &component).unwrap();
    let cache = dir.path().join("compiled");
    let runtime = runtime(&cache);
    runtime
        .load("large", NodeConfig::from_bytes(component))
        .unwrap();
    let [kept] = &files(&cache)[..] else {
        panic!("{:?}", files(&cache));
    };
    let before = fs::metadata(kept).unwrap().ino();
    runtime.load("large", NodeConfig::from_file(&file)).unwrap();
    assert_eq!(files(&cache).len(), 1);
    assert_eq!(fs::metadata(kept).unwrap().ino(), before);
    let small = crate::support::guest(file.to_str().unwrap(), &[("component", "1MiB")]);
    assert_eq!(
        runtime.load("large", small).unwrap_err().to_string(),
        "the component is larger than 1MiB (limit `component`)"
    );
}

#[test]
fn a_component_that_is_no_file_is_refused_without_waiting_for_it() {
    let dir = tempfile::tempdir().unwrap();
    let pipe = dir.path().join("pipe.wasm");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let link = dir.path().join("link.wasm");
    std::os::unix::fs::symlink(guests::COUNTER, &link).unwrap();
    let cached = runtime(&dir.path().join("cache"));
    for runtime in [&cached, &*RUNTIME] {
        for path in [pipe.as_path(), Path::new("/dev/zero")] {
            let refused = runtime.load("pipe", NodeConfig::from_file(path));
            assert_eq!(
                refused.unwrap_err().to_string(),
                format!("can't read {}: it is no regular file", path.display())
            );
        }
    }
    // An operator's file may be a link.
    works(&cached, link.to_str().unwrap());
}

#[test]
fn code_in_a_cache_that_is_a_link_or_another_users_is_compiled_again() {
    let (dir, file) = filled();
    let whole = fs::read(&file).unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let target = elsewhere.path().join("code");
    fs::rename(&file, &target).unwrap();
    std::os::unix::fs::symlink(&target, &file).unwrap();
    works(&runtime(dir.path()), guests::COUNTER);
    assert!(fs::symlink_metadata(&file).unwrap().is_file());
    assert_eq!(fs::read(&target).unwrap(), whole);
    // Only the superuser can give something away.
    if fs::metadata(dir.path()).unwrap().uid() != 0 {
        return;
    }
    let before = fs::metadata(&file).unwrap().ino();
    std::os::unix::fs::chown(&file, Some(65534), None).unwrap();
    works(&runtime(dir.path()), guests::COUNTER);
    assert_ne!(fs::metadata(&file).unwrap().ino(), before);
    std::os::unix::fs::chown(dir.path(), Some(65534), None).unwrap();
    let refused = Runtime::builder().compile_cache(dir.path()).build();
    assert_eq!(
        refused.unwrap_err().to_string(),
        format!(
            "the compile cache can't be used: {}: it belongs to the user 65534, and this one is 0",
            dir.path().display()
        )
    );
}

#[test]
fn many_writers_at_once_leave_one_whole_file() {
    let dir = tempfile::tempdir().unwrap();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| works(&runtime(dir.path()), guests::COUNTER));
        }
    });
    assert_eq!(files(dir.path()).len(), 1);
    let file = &files(dir.path())[0];
    let before = fs::metadata(file).unwrap().ino();
    works(&runtime(dir.path()), guests::COUNTER);
    assert_eq!(fs::metadata(file).unwrap().ino(), before);
}

#[test]
fn a_cache_that_can_not_be_written_only_costs_time() {
    let dir = tempfile::tempdir().unwrap();
    let runtime = runtime(dir.path());
    fs::remove_dir_all(dir.path()).unwrap();
    works(&runtime, guests::COUNTER);
}

#[test]
fn a_directory_that_others_can_write_to_or_a_key_that_others_can_read_is_refused() {
    let refused = |dir: &Path| {
        let runtime = Runtime::builder().executions(1).compile_cache(dir).build();
        runtime
            .unwrap_err()
            .to_string()
            .replace(&dir.display().to_string(), "DIR")
    };
    let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode));

    let (dir, _) = filled();
    mode(dir.path(), 0o777).unwrap();
    assert_eq!(
        refused(dir.path()),
        "the compile cache can't be used: DIR: others can write to it; run `chmod 700` on it"
    );
    mode(dir.path(), 0o700).unwrap();
    mode(&dir.path().join("key"), 0o644).unwrap();
    assert_eq!(
        refused(dir.path()),
        "the compile cache can't be used: DIR: others can read its key; delete the directory"
    );
    mode(&dir.path().join("key"), 0o600).unwrap();
    works(&runtime(dir.path()), guests::COUNTER);
}
