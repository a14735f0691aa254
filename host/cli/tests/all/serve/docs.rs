//! The page `docs/serving.md`: its commands are run, its table compared.

use std::fs;
use std::path::Path;
use std::process::Command;

use hospes_artifacts::HELLO;

use super::server::{Request, Server};
use crate::dir::Dir;

fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/serving.md");
    fs::read_to_string(path).unwrap()
}

/// The words of a command, as a shell reads them.
pub(crate) fn words(command: &str, token: &str) -> Vec<String> {
    let script = format!("set -- {command}; printf '%s\\n' \"$@\"");
    let mut shell = Command::new("/bin/sh");
    let output = shell
        .args(["-c", &script])
        .env("HOSPES_TOKEN", token)
        .output()
        .unwrap();
    assert!(output.status.success(), "{command}");
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect()
}

/// The request that `curl` would send: the page uses few of its options.
pub(crate) fn request(words: &[String], dir: &Dir) -> Request {
    let (mut method, mut headers, mut body, mut url) =
        ("GET".to_owned(), Vec::new(), None, String::new());
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "-s" => {}
            "-X" => method.clone_from(words.next().unwrap()),
            "-H" => headers.push(words.next().unwrap().split_once(": ").unwrap()),
            "-d" => {
                "POST".clone_into(&mut method);
                body = Some(words.next().unwrap().clone().into_bytes());
            }
            "-T" => {
                "PUT".clone_into(&mut method);
                body = Some(fs::read(dir.path().join(words.next().unwrap())).unwrap());
            }
            _ => url.clone_from(word),
        }
    }
    let path = url.strip_prefix("localhost:7117").unwrap();
    let mut request = Request::new(&method, path);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    match body {
        Some(body) => request.body(body),
        None => request,
    }
}

/// Checks an answer against the page, where `...` stands for anything.
#[track_caller]
pub(crate) fn shows(command: &str, expected: &str, body: &str) {
    let mut rest = body;
    for part in expected.trim_end_matches(", ...").split("...") {
        let at = rest
            .find(part)
            .unwrap_or_else(|| panic!("{command}: {body}"));
        rest = &rest[at + part.len()..];
    }
}

#[test]
fn the_commands_of_the_page_do_what_stands_there() {
    let (page, dir) = (page(), Dir::new());
    let toml = page
        .split("```toml\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    dir.file("hospes.toml", toml);
    fs::copy(HELLO, dir.path().join("greet.wasm")).unwrap();
    let lines: Vec<&str> = page.lines().collect();
    let commands = lines
        .windows(2)
        .filter_map(|pair| Some((pair[0].strip_prefix("$ ")?, pair[1])));
    let (mut server, mut token, mut run) = (None, String::new(), 0);
    for (command, expected) in commands {
        run += 1;
        if let Some(value) = command.strip_prefix("export HOSPES_TOKEN=") {
            value.clone_into(&mut token);
        } else if let Some(args) = command.strip_prefix("hospes ") {
            assert_eq!(expected, "{\"url\":\"http://127.0.0.1:7117\"}");
            let args = words(args, &token);
            // Not the port of the page: another server may have it.
            let command = dir
                .hospes(args)
                .args(["--listen", "127.0.0.1:0"])
                .env("HOSPES_TOKEN", &token);
            server = Some(Server::run(command));
        } else {
            let args = words(command.strip_prefix("curl ").unwrap(), &token);
            let answer = server
                .as_ref()
                .unwrap()
                .send(&request(&args, &dir))
                .status(200);
            shows(command, expected, &answer.body);
        }
    }
    assert_eq!(run, 7);
}

#[test]
fn the_table_of_errors_is_the_one_in_the_code() {
    let dir = super::server::solution(&[("hello", HELLO, "")]);
    let server = Server::start(&dir, &[]);
    let api = server.get("/openapi.json").status(200).json();
    let description = api["info"]["description"].as_str().unwrap();
    let rows = |text: &str| -> Vec<String> {
        let (_, table) = text.split_once("| code | status | meaning |\n").unwrap();
        table
            .lines()
            .take_while(|line| line.starts_with('|'))
            .map(str::to_owned)
            .collect()
    };
    assert_eq!(rows(&page()), rows(description));
}
