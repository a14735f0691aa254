//! The page `docs/flows.md`: its commands are run, in its order.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::dir::{Dir, eq};
use crate::flow::example;
use crate::mock::Mock;
use crate::serve::docs::{request, shows, words};
use crate::serve::sessions::onboarding;

fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/flows.md");
    fs::read_to_string(path).unwrap()
}

#[test]
fn every_command_of_the_page_does_what_stands_there() {
    let dir = Dir::new();
    let mock = Mock::start(&dir, &json!([]), &[]);
    example(&dir, "onboarding", &mock.url);
    let page = page();
    let (page, _) = page.split_once(OVER_HTTP).unwrap();
    let answers = page.split("```json\n").nth(1).unwrap();
    dir.file("answers.json", answers.split("```").next().unwrap());
    let mut commands = Vec::new();
    for block in page.split("```console\n").skip(1) {
        let block = block.split("```").next().unwrap();
        for example in block.split("$ ").skip(1) {
            let (command, expected) = example.split_once('\n').unwrap();
            commands.push(command);
            // Building the nodes is what this test was built with, and the mock runs.
            let Some(command) = command.strip_prefix("hospes ") else {
                continue;
            };
            if command.starts_with("mock ") {
                continue;
            }
            let output = Command::new("/bin/sh")
                .args(["-c", &format!("\"$HOSPES\" {command} < answers.txt")])
                .env("HOSPES", env!("CARGO_BIN_EXE_hospes"))
                .env("BRAZE_API_KEY", &mock.key)
                .current_dir(dir.file("answers.txt", CHAT).parent().unwrap())
                .output()
                .unwrap();
            let stdout = String::from_utf8(output.stdout).unwrap();
            assert_eq!(output.status.code(), Some(0), "{command}: {stdout}");
            if !expected.is_empty() {
                eq(&stdout, expected);
            }
        }
    }
    assert_eq!(
        commands,
        [
            "cargo build --profile node --target wasm32-wasip2 -p braze-track -p hello",
            "cd examples/onboarding",
            "hospes mock braze --listen 127.0.0.1:7118",
            "export BRAZE_API_KEY=mock-braze-key-not-a-secret",
            "hospes check",
            "hospes flow chat onboarding --env sandbox --trace",
            "hospes flow run onboarding --env sandbox --answers answers.json > run.jsonl",
            "hospes flow graph onboarding --format svg --run run.jsonl > onboarding.svg",
        ]
    );
}

const OVER_HTTP: &str = "## Over HTTP";

#[test]
fn a_conversation_over_http_goes_as_the_page_says() {
    let dir = Dir::new();
    let mock = Mock::start(&dir, &json!([]), &[]);
    example(&dir, "onboarding", &mock.url);
    let server = onboarding(&dir, &mock, &[]);
    let page = page();
    let (_, section) = page.split_once(OVER_HTTP).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let lines: Vec<&str> = section.lines().collect();
    let (mut id, mut run) = (String::new(), 0);
    for pair in lines.windows(2) {
        let Some(command) = pair[0].strip_prefix("$ ") else {
            continue;
        };
        run += 1;
        if let Some(args) = command.strip_prefix("hospes ") {
            assert_eq!(args, "serve --env sandbox");
            continue;
        }
        let args = words(command.strip_prefix("curl ").unwrap(), "");
        let args: Vec<String> = args
            .iter()
            .map(|word| word.replace("/ID", &format!("/{id}")))
            .collect();
        let answer = server.send(&request(&args, &dir));
        shows(command, pair[1], &answer.body);
        answer.json()["session"]["id"]
            .as_str()
            .unwrap()
            .clone_into(&mut id);
    }
    assert_eq!(run, 4);
}

/// What a person types.
const CHAT: &str = "Ada\nExample\nada@example.com\n10 Dec 1990\nLondon\nLinux\n";

#[test]
fn the_page_names_every_kind_and_every_step() {
    let page = page();
    for kind in hospes_solution::flow::FieldKind::ALL {
        assert!(page.contains(&format!("| `{kind}` |")), "{kind}");
    }
    for step in ["say", "collect", "action", "branch", "end"] {
        assert!(page.contains(&format!("| `{step}` |")), "{step}");
    }
    for kind in hospes::outcome::FailureKind::ALL {
        assert!(page.contains(&format!("`{kind}`")), "{kind}");
    }
    for kind in hospes_solution::flow::FAULT_KINDS {
        assert!(page.contains(&format!("`{kind}`")), "{kind}");
    }
}
