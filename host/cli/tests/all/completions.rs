//! `hospes completions`.

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
fn an_unknown_shell_is_wrong_usage() {
    let ended = Dir::new().hospes(["completions", "tcsh"]).run().code(2);
    assert!(
        ended
            .stderr
            .contains("[possible values: bash, elvish, fish, powershell, zsh]")
    );
    assert_eq!(ended.stdout, "");
}
