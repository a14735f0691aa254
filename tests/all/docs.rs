//! The pages in `docs/` say what the code says.

use std::fmt::Write;
use std::fs;
use std::path::Path;

fn page(name: &str) -> String {
    fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../docs")
            .join(name),
    )
    .unwrap()
}

#[test]
fn the_table_of_limits_is_the_one_in_the_code() {
    let mut table =
        String::from("| limit | default | from | to | what |\n| --- | --- | --- | --- | --- |\n");
    for limit in hospes::limits::TABLE {
        let show = |value| limit.unit.show(value);
        let (default, min, max) = (show(limit.default), show(limit.min), show(limit.max));
        writeln!(
            table,
            "| `{}` | {default} | {min} | {max} | {} |",
            limit.name, limit.summary
        )
        .unwrap();
    }
    assert!(
        page("limits.md").contains(&table),
        "docs/limits.md should hold:\n\n{table}"
    );
}

/// All source text of a folder.
fn sources(dir: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text += &sources(&path);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text += &fs::read_to_string(&path).unwrap();
        } else if path.extension().is_some_and(|extension| extension == "wat") {
            // A guest by hand has a test of its name.
            let name = path.file_stem().unwrap().to_str().unwrap();
            text += &format!("fn {name}(");
        }
    }
    text
}

#[test]
fn every_test_that_the_security_page_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = [
        "all",
        "memory",
        "guests/wat",
        "../fuzz/targets",
        "../guest/nodes",
        "../host/cli",
        "../host/deploy/src",
        "../host/egress/src",
        "../host/mock-braze",
        "../host/runtime/src",
        "../host/server/src",
        "../host/solution",
    ]
    .map(|dir| sources(&root.join(dir)))
    .concat();
    let page = page("security.md");
    let promises: Vec<&str> = page
        .lines()
        .filter(|line| line.starts_with("| ") && line.contains(". **"))
        .collect();
    assert!(promises.len() >= 14, "{} promises", promises.len());
    let traps: Vec<&str> = page
        .split("## Traps")
        .nth(1)
        .unwrap()
        .lines()
        .filter(|line| line.starts_with("| ") && line.contains('`'))
        .collect();
    assert!(traps.len() > 20, "{} traps", traps.len());
    for promise in promises.into_iter().chain(traps) {
        let tests: Vec<&str> = promise
            .rsplit(" | ")
            .next()
            .unwrap()
            .split('`')
            .skip(1)
            .step_by(2)
            .collect();
        assert!(!tests.is_empty(), "{promise}");
        for test in tests {
            assert!(
                text.contains(&format!("fn {test}(")),
                "there is no test `{test}`"
            );
        }
    }
}
