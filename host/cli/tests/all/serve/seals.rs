//! A store in the hands of somebody who does not have its key.

use std::fs;
use std::path::{Path, PathBuf};

use hospes_artifacts::{COUNTER, HELLO};
use hospes_deploy::store::digest;
use serde_json::Value;

use super::callers::private;
use super::server::{Server, solution};
use crate::dir::{Dir, Ended};

const STORE: &[&str] = &["--store", "store", "--cache", "cache"];
const KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

fn serve(dir: &Dir, args: &[&str]) -> Ended {
    let command = dir.hospes(["serve", "--listen", "127.0.0.1:0"]);
    command.args(STORE).args(args).run()
}

fn start(dir: &Dir, args: &[&str]) -> Server {
    Server::start(dir, &[STORE, args].concat())
}

fn serves(server: &Server) -> Value {
    let node = server.get("/v1/nodes/node").status(200).json();
    serde_json::json!([node["revision"], node["policy"]])
}

fn manifests(dir: &Dir) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir.path().join("store/revisions/node")).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// The name of a file in the earlier form: its generation, and a hash.
fn earlier(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap().to_str().unwrap();
    let generation = name.split_once('-').unwrap().0;
    let hash = digest(&fs::read(path).unwrap());
    path.with_file_name(format!("{generation}-{}.json", &hash[7..39]))
}

/// A solution with a store in which a second revision serves.
fn stored(args: &[&str]) -> (Dir, Value) {
    let dir = solution(&[("node", HELLO, "allow = [\"GET https://a.example\"]")]);
    private(&dir, "key", KEY);
    let server = start(&dir, args);
    let component = fs::read(COUNTER).unwrap();
    server
        .upload("node", component, "?approve=true")
        .status(200);
    let serving = serves(&server);
    drop(server);
    (dir, serving)
}

#[test]
fn a_store_of_an_earlier_form_is_refused_and_adopted_once() {
    let (dir, serving) = stored(&[]);
    for path in manifests(&dir) {
        fs::rename(&path, earlier(&path)).unwrap();
    }
    for file in ["store.key", "form"] {
        fs::remove_file(dir.path().join("store").join(file)).unwrap();
    }
    let words = "error: the files of the store store are not sealed: anyone who could write to it may have changed its grants. \
                 If you trust it as it is, start once with --adopt-store, which seals its files\n";
    for _ in 0..2 {
        serve(&dir, &[]).is(2, "", words);
    }
    let mut server = start(&dir, &["--adopt-store"]);
    assert_eq!(serves(&server), serving);
    let line = server.logged(|line| line["level"] == "WARN");
    assert_eq!(line["message"], "the store's files were sealed anew");
    assert_eq!(line["revisions"], 2);
    drop(server);
    assert_eq!(serves(&start(&dir, &[])), serving);

    // Whoever leaves the flag in takes nothing that carries no seal.
    let newest = manifests(&dir).pop().unwrap();
    let text = fs::read_to_string(&newest).unwrap();
    fs::remove_file(&newest).unwrap();
    fs::write(&newest, text.replace("a.example", "b.example")).unwrap();
    fs::rename(&newest, earlier(&newest)).unwrap();
    let ended = serve(&dir, &["--adopt-store"]).code(2);
    assert!(
        ended.stderr.contains("its seal does not match"),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_manifest_that_was_written_without_the_key_does_not_serve() {
    let (dir, serving) = stored(&["--store-key", "file:key"]);
    assert!(!dir.path().join("store/store.key").exists());
    let newest = manifests(&dir).pop().unwrap();
    let whole = fs::read_to_string(&newest).unwrap();
    let wider = whole.replace("a.example", "b.example");
    assert_ne!(whole, wider);
    fs::write(&newest, wider).unwrap();
    let words = format!(
        "error: node `node`: what served before is unknown: store/revisions/node/{}: its seal does not match: it was \
         changed or moved, or written without the store's key. Remove that file to return to the revision before it\n",
        newest.file_name().unwrap().display()
    );
    let ended = serve(&dir, &["--store-key", "file:key"]).code(2);
    assert!(ended.stderr.ends_with(&words), "{}", ended.stderr);
    fs::write(&newest, whole).unwrap();
    assert_eq!(serves(&start(&dir, &["--store-key", "file:key"])), serving);

    // Without the key nothing starts, and another one takes over beside it.
    let words = "error: store/form: the store is sealed with a key that was not given: give it with --store-key\n";
    let other = KEY.replace('0', "f");
    private(&dir, "other", &other);
    for args in [&[][..], &["--store-key", "file:other"]] {
        serve(&dir, args).is(2, "", words);
    }
    private(&dir, "both", &format!("{other}\n{KEY}\n"));
    for file in ["file:both", "file:other"] {
        assert_eq!(serves(&start(&dir, &["--store-key", file])), serving);
    }
    private(&dir, "short", &KEY[1..]);
    let words =
        "error: --store-key: a key is 64 hexadecimal digits: `openssl rand -hex 32` makes one\n";
    serve(&dir, &["--store-key", "file:short"]).is(2, "", words);
}

#[test]
fn what_is_run_is_not_kept_where_the_key_is_kept_away_from() {
    let (dir, _) = stored(&[]);
    fs::rename(dir.path().join("store/store.key"), dir.path().join("moved")).unwrap();
    let args = ["--store", "store", "--store-key", "file:moved"];
    serves(&Server::start(&dir, &args));
    assert!(!dir.path().join("store/cache").exists());
}
