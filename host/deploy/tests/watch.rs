//! A watched directory, with everything that editors, compilers and deployments
//! do to files.

#![allow(clippy::unwrap_used, reason = "the helpers of tests may fail a test")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use hospes_deploy::store::digest;
use hospes_deploy::watch::{DEBOUNCE, FileChange, Watch};

/// Far more than anything takes.
const PATIENCE: Duration = Duration::from_secs(30);

struct Scene {
    dir: tempfile::TempDir,
    watch: Watch,
}

impl Scene {
    /// A directory with the file `a`, which is watched and holds `one`.
    fn new() -> Scene {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a"), "one").unwrap();
        let mut watch = Watch::new().unwrap();
        watch
            .files([(dir.path().join("a"), Some(digest(b"one")))])
            .unwrap();
        Scene { dir, watch }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The next thing seen is that `a` holds this, or is gone.
    #[track_caller]
    fn sees(&mut self, content: Option<&str>) {
        let seen = self.watch.next(PATIENCE).unwrap();
        let digest = content.map(|content| digest(content.as_bytes()));
        assert_eq!((seen.path, seen.digest), (self.path("a"), digest));
    }

    /// Nothing is seen but this, however long one looks.
    #[track_caller]
    fn sees_nothing(&mut self) {
        let seen: Option<FileChange> = self.watch.next(4 * DEBOUNCE);
        assert_eq!(seen, None);
    }
}

#[test]
fn a_file_renamed_over_it_is_seen_once() {
    let mut scene = Scene::new();
    for content in ["two", "three"] {
        fs::write(scene.path("a.tmp"), content).unwrap();
        fs::rename(scene.path("a.tmp"), scene.path("a")).unwrap();
        scene.sees(Some(content));
        scene.sees_nothing();
    }
}

#[test]
fn a_burst_of_saves_is_seen_with_its_last_content() {
    let mut scene = Scene::new();
    for number in 0..200 {
        fs::write(scene.path("a"), format!("{number}")).unwrap();
    }
    scene.sees(Some("199"));
    scene.sees_nothing();
}

#[test]
fn a_file_that_is_written_in_pieces_is_seen_when_it_is_whole() {
    let mut scene = Scene::new();
    let mut file = fs::File::create(scene.path("a")).unwrap();
    for _ in 0..50 {
        file.write_all(b"piece ").unwrap();
        file.flush().unwrap();
    }
    drop(file);
    scene.sees(Some(&"piece ".repeat(50)));
    // A writer that makes a long pause is seen twice, and the last time whole.
    let mut file = fs::File::create(scene.path("a")).unwrap();
    file.write_all(b"half").unwrap();
    scene.sees(Some("half"));
    file.write_all(b" and half").unwrap();
    scene.sees(Some("half and half"));
}

#[test]
fn what_changes_nothing_is_not_seen() {
    let mut scene = Scene::new();
    fs::write(scene.path("a"), "one").unwrap();
    fs::write(scene.path("b"), "not watched").unwrap();
    fs::read(scene.path("a")).unwrap();
    scene.sees_nothing();
}

#[test]
fn a_file_that_is_removed_and_comes_back_is_seen_twice() {
    let mut scene = Scene::new();
    fs::remove_file(scene.path("a")).unwrap();
    scene.sees(None);
    scene.sees_nothing();
    fs::write(scene.path("a"), "one").unwrap();
    scene.sees(Some("one"));
}

#[test]
fn a_file_that_changed_before_it_was_watched_is_seen() {
    let mut scene = Scene::new();
    let file = scene.path("a");
    scene
        .watch
        .files([(file.clone(), Some(digest(b"older")))])
        .unwrap();
    scene.sees(Some("one"));
    // Another set of files.
    fs::write(scene.path("b"), "two").unwrap();
    scene
        .watch
        .files([(scene.path("b"), Some(digest(b"two")))])
        .unwrap();
    fs::write(&file, "changed").unwrap();
    scene.sees_nothing();
}

#[cfg(unix)]
#[test]
fn a_link_that_is_turned_over_is_seen() {
    let mut scene = Scene::new();
    let link = |to: &Path, at: &Path| std::os::unix::fs::symlink(to, at).unwrap();
    for (folder, content) in [("v1", "one"), ("v2", "two")] {
        fs::create_dir(scene.path(folder)).unwrap();
        fs::write(scene.path(folder).join("node"), content).unwrap();
    }
    fs::remove_file(scene.path("a")).unwrap();
    link(Path::new("v1"), &scene.path("current"));
    link(Path::new("current/node"), &scene.path("a"));
    scene.sees_nothing();
    link(Path::new("v2"), &scene.path("next"));
    fs::rename(scene.path("next"), scene.path("current")).unwrap();
    scene.sees(Some("two"));
}

#[test]
fn a_file_with_a_relative_path_is_seen_under_that_path() {
    let scene = Scene::new();
    fs::create_dir(scene.path("sub")).unwrap();
    // The other tests have absolute paths only.
    std::env::set_current_dir(scene.dir.path()).unwrap();
    for name in ["b", "./c", "sub/d", "sub/../e"] {
        fs::write(name, "one").unwrap();
        let mut watch = Watch::new().unwrap();
        watch.files([(name.into(), Some(digest(b"one")))]).unwrap();
        assert_eq!(watch.next(4 * DEBOUNCE), None, "{name}");
        fs::write(name, "two").unwrap();
        let seen = watch.next(PATIENCE).unwrap();
        assert_eq!(seen.path, Path::new(name));
        assert_eq!(seen.digest, Some(digest(b"two")));
    }
    let mut watch = Watch::new().unwrap();
    let error = watch.files([(PathBuf::new(), None)]).unwrap_err();
    assert!(error.to_string().starts_with("can't watch : "), "{error}");
}

#[test]
fn a_directory_that_is_not_there_is_named() {
    let mut watch = Watch::new().unwrap();
    let error = watch
        .files([(PathBuf::from("/nowhere/at/all"), None)])
        .unwrap_err();
    let error = error.to_string();
    assert!(error.starts_with("can't watch /nowhere/at: "), "{error}");
}
