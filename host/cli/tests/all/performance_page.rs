//! The page `docs/performance.md`: its commands are run.

use std::fs;
use std::path::Path;

use hospes_artifacts::{BRAZE_TRACK, HELLO};

use crate::dir::Dir;
use crate::serve::docs::words;

#[test]
fn every_command_of_the_page_measures() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/performance.md");
    let (page, dir) = (fs::read_to_string(path).unwrap(), Dir::new());
    let (_, case) = page.split_once("```json\n").unwrap();
    dir.file("accepted.json", case.split("```").next().unwrap());
    fs::copy(HELLO, dir.path().join("hello.wasm")).unwrap();
    fs::copy(BRAZE_TRACK, dir.path().join("braze-track.wasm")).unwrap();
    let (_, table) = page.split_once("            per second").unwrap();
    let head = table.lines().next().unwrap();
    let commands: Vec<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("$ hospes "))
        .collect();
    assert_eq!(commands.len(), 2);
    for command in commands {
        let run = dir
            .hospes(words(command, ""))
            .env("BRAZE_API_KEY", "a-key-for-tests");
        let shown = run.run().code(0).stdout;
        assert!(shown.contains(head), "{shown}");
        assert!(!shown.contains("not on bare wasmtime"), "{shown}");
    }
}
