//! The page `docs/egress.md`: its commands are run, its tables compared.

use std::fs;
use std::path::Path;
use std::process::Command;

use hospes::policy::{Method, Reason, Rule};

use crate::dir::{Dir, eq};

fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/egress.md");
    fs::read_to_string(path).unwrap()
}

/// The fenced blocks of a language.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    let inside = |rest: &str| rest[..rest.find("```").unwrap()].to_owned();
    page.split(&fence).skip(1).map(inside).collect()
}

/// The rows of the table under a heading, cell by cell.
fn table(page: &str, heading: &str) -> Vec<Vec<String>> {
    let (_, section) = page.split_once(&format!("\n## {heading}\n")).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| "));
    let cells = |row: &str| {
        row.trim_end_matches(" |")
            .split(" | ")
            .map(|cell| cell.trim_matches('`').to_owned())
            .collect()
    };
    rows.skip(2).map(cells).collect()
}

#[test]
fn every_command_of_the_page_prints_what_stands_there() {
    let (page, dir) = (page(), Dir::new());
    dir.file("hospes.toml", &blocks(&page, "toml")[0]);
    let mut run = 0;
    for block in blocks(&page, "console") {
        for example in block.split("$ ").skip(1) {
            let (command, expected) = example.split_once('\n').unwrap();
            let command = command.strip_prefix("hospes ").unwrap();
            // Words and quotes are the shell's to read.
            let output = Command::new("/bin/sh")
                .args(["-c", &format!("\"$HOSPES\" {command}")])
                .env("HOSPES", env!("CARGO_BIN_EXE_hospes"))
                .current_dir(dir.path())
                .output()
                .unwrap();
            assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "{command}");
            eq(&String::from_utf8(output.stdout).unwrap(), expected);
            let denied = expected.starts_with("denied") || expected.contains("\"deny\"");
            assert_eq!(output.status.code(), Some(i32::from(denied)), "{command}");
            run += 1;
        }
    }
    assert_eq!(run, 6);
}

#[test]
fn the_table_of_reasons_is_the_one_in_the_code() {
    let in_code: Vec<_> = Reason::ALL
        .iter()
        .map(|reason| vec![reason.as_str().to_owned(), reason.meaning().to_owned()])
        .collect();
    assert_eq!(table(&page(), "Reasons"), in_code);
}

#[test]
fn the_forms_of_the_grammar_are_rules() {
    let rows = table(&page(), "Rules");
    let form = |row: usize| rows[row][1].split("`, `").map(str::to_owned);
    let rule = |line: String| drop(Rule::parse(&line).unwrap());
    for methods in form(0) {
        rule(format!("{methods} https://a.example"));
    }
    for scheme in form(1) {
        rule(format!("{scheme}://a.example"));
    }
    for host in form(2).chain(form(3)).chain(form(4)) {
        rule(format!("https://{host}{}{}", rows[5][1], rows[6][1]));
    }
    for method in Method::ALL {
        assert!(rows[0][2].contains(method.as_str()), "{method}");
    }
}

#[test]
fn the_table_of_the_audit_log_has_every_key() {
    let keys: Vec<String> = table(&page(), "The audit log")
        .iter()
        .flat_map(|row| row[0].split("`, `").map(str::to_owned).collect::<Vec<_>>())
        .collect();
    assert_eq!(keys, crate::policy::AUDIT_KEYS);
}
