//! Help, wrong usage, closed pipes.

use std::process::Stdio;

use hospes_artifacts::HELLO;

use crate::dir::Dir;

const VERBS: [&[&str]; 20] = [
    &[],
    &["demo"],
    &["new"],
    &["build"],
    &["test"],
    &["migrate"],
    &["run"],
    &["check"],
    &["flow"],
    &["flow", "chat"],
    &["flow", "run"],
    &["flow", "graph"],
    &["inspect"],
    &["policy"],
    &["policy", "explain"],
    &["key"],
    &["sign"],
    &["mock"],
    &["mock", "braze"],
    &["completions"],
];

#[test]
fn every_verb_has_help_with_an_example() {
    for verb in VERBS {
        let ended = Dir::new().hospes(verb).arg("--help").run().code(0);
        assert_eq!(ended.stderr, "", "{verb:?}");
        let example = format!("\n  hospes {}", verb.join(" "));
        assert!(
            ended.stdout.contains("Example"),
            "{verb:?}: {}",
            ended.stdout
        );
        assert!(
            ended.stdout.contains(&example),
            "{verb:?}: {}",
            ended.stdout
        );
        assert!(
            !ended.stdout.contains('\u{1b}'),
            "{verb:?}: colours, and no terminal"
        );
    }
    assert!(
        Dir::new()
            .hospes(["--version"])
            .run()
            .code(0)
            .stdout
            .starts_with("hospes 0.")
    );
}

#[test]
fn wrong_usage_is_exit_2_and_prints_no_result() {
    for args in [
        &[][..],
        &["explode"],
        &["new"],
        &["new", "greet", "--lang", "cobol"],
        &["build", "a", "b"],
        &["run"],
        &["run", "hello"],
        &["run", "hello", "--payload", "{}", "--param", "x"],
        &["run", "hello", "--payload", "{}", "--limit", "=1"],
        &["flow"],
        &["flow", "run"],
        &["flow", "graph", "x", "--format", "png"],
        &["inspect"],
        &["policy"],
        &["policy", "explain"],
        &["policy", "explain", "https://a.example"],
        &["policy", "explain", "--allow", "https://a.example"],
        &["policy", "explain", "--node", "a", "https://a.example"],
        &[
            "policy",
            "explain",
            "--solution",
            "hospes.toml",
            "https://a.example",
        ],
        &["key"],
        &["sign", "hello"],
        &["mock", "braze", "--listen", "localhost"],
        &["mock", "braze", "--limit", "none"],
        &["completions"],
    ] {
        let ended = Dir::new().hospes(args).run().code(2);
        assert_eq!(ended.stdout, "", "{args:?}");
        assert!(!ended.stderr.is_empty(), "{args:?}");
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let dir = Dir::new();
    for args in [
        &["run", HELLO, "--payload", "{}"][..],
        &["run", HELLO, "--payload", "{}", "--json"],
        &["inspect", HELLO],
        &["completions", "bash"],
    ] {
        let mut child = dir
            .hospes(args)
            .command()
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{args:?}");
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "{args:?}");
    }
}
