//! The page `docs/swaps.md`: its solution is loaded, its commands are run.

use std::fs;
use std::path::Path;

use hospes::golden::GoldenCase;
use hospes_artifacts::HELLO;

use crate::dir::Dir;
use crate::serve::docs::words;

fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/swaps.md");
    fs::read_to_string(path).unwrap()
}

/// The fenced blocks of a language.
fn blocks<'p>(page: &'p str, language: &str) -> Vec<&'p str> {
    let fence = format!("```{language}\n");
    let blocks = page.split(&fence).skip(1);
    blocks
        .map(|rest| rest.split("```").next().unwrap())
        .collect()
}

#[test]
fn the_solution_of_the_page_does_what_stands_there() {
    let (page, dir) = (page(), Dir::new());
    fs::copy(HELLO, dir.path().join("greet.wasm")).unwrap();
    let commands: Vec<&str> = blocks(&page, "console")
        .into_iter()
        .flat_map(str::lines)
        .filter_map(|line| line.strip_prefix("$ hospes "))
        .collect();
    let [key, sign, run] = commands[..] else {
        panic!("{commands:?}")
    };
    let run_it = |command: &str| dir.hospes(words(command, "")).run().code(0).stdout;
    let key = run_it(key);
    let toml = blocks(&page, "toml")[0].replace("ed25519:...", key.trim());
    dir.file("hospes.toml", toml);
    dir.file("greets.json", blocks(&page, "json")[0]);
    let (sign, file) = sign.split_once(" > ").unwrap();
    let signature = run_it(sign);
    // Without it, and then with it.
    dir.file(file, "");
    dir.hospes(words(run, "")).run().code(3);
    dir.file(file, signature);
    assert!(run_it(run).contains("Hello, Ada."));
    // The values of `protection` are the defaults.
    let protection = toml_protection(&dir);
    assert_eq!(protection, hospes::protection::Protection::default());
}

fn toml_protection(dir: &Dir) -> hospes::protection::Protection {
    let solution = hospes_solution::Solution::load(dir.path().join("hospes.toml")).unwrap();
    solution.nodes["greet"]
        .admission
        .protection
        .clone()
        .unwrap()
}

#[test]
fn every_golden_case_of_the_page_is_one() {
    let page = page();
    for case in blocks(&page, "json") {
        GoldenCase::from_json(case).unwrap();
    }
}
