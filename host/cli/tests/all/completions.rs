//! `hospes completions`, and the manual pages.

use crate::dir::Dir;

#[test]
fn every_shell_gets_every_verb() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ended = Dir::new().hospes(["completions", shell]).run().code(0);
        for word in ["demo", "run", "inspect", "mock", "completions", "--payload"] {
            let word = word.trim_start_matches('-');
            assert!(ended.stdout.contains(word), "{shell} lacks {word}");
        }
        assert_eq!(ended.stderr, "");
    }
}

#[test]
fn every_verb_gets_a_manual_page() {
    let dir = Dir::new();
    dir.hospes(["man", "."]).run().is(0, "", "");
    for (page, part) in [
        ("hospes.1", "hospes\\-inspect(1)"),
        ("hospes-run.1", "\\-\\-payload"),
        ("hospes-flow-chat.1", "SYNOPSIS"),
    ] {
        let text = std::fs::read_to_string(dir.path().join(page)).unwrap();
        assert!(text.contains(part), "{page} lacks {part}:\n{text}");
    }
    assert!(!dir.path().join("hospes-compile-worker.1").exists());
}

#[test]
fn an_unknown_shell_is_wrong_usage() {
    let ended = Dir::new().hospes(["completions", "tcsh"]).run().code(2);
    assert!(
        ended
            .stderr
            .contains("[possible values: bash, elvish, fish, powershell, zsh]")
    );
    assert_eq!(ended.stdout, "");
}
