//! What the environment has a say in, and what it has not.

use std::net::TcpListener;
use std::path::Path;

use serde_json::json;

use crate::dir::Dir;
use crate::mock::Mock;

const HELLO: &str = hospes_artifacts::HELLO;

/// Where many programs learn that their requests are to go another way.
const PROXIES: &[&str] = &[
    "ALL_PROXY",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "all_proxy",
    "http_proxy",
    "https_proxy",
];

#[test]
fn no_variable_has_a_say_in_where_requests_go() {
    let dir = Dir::new();
    let mut mock = Mock::start(&dir, &json!([]), &[]);
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    proxy.set_nonblocking(true).unwrap();
    let address = format!("http://{}", proxy.local_addr().unwrap());
    dir.file(
        "payload.json",
        json!({"attributes": [{"external_id": "ada", "first_name": "Ada"}]}).to_string(),
    );
    let url = format!("braze_url={}", mock.url);
    let mut command = dir
        .hospes(["run", hospes_artifacts::BRAZE_TRACK])
        .args(["--payload", "payload.json", "--param", &url])
        .args(["--secret", "braze_api_key=env:BRAZE_API_KEY"])
        .args(["--allow", "POST {braze_url}/users/track"])
        .env("BRAZE_API_KEY", &mock.key);
    for name in PROXIES {
        command = command.env(name, &address);
    }
    command.run().code(0);
    assert_eq!(mock.line()["answer"]["status"], 201);
    let error = proxy.accept().unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
}

/// The one variable that a solution file or a flag names is read, and no other.
#[test]
fn a_variable_is_a_secret_only_where_it_is_named() {
    let dir = Dir::new();
    let run = |variable: &str| {
        dir.hospes(["run", HELLO, "--payload", "{}"])
            .args(["--allow", "https://api.example.com"])
            .args(["--secret", "key=env:NAMED"])
            .env(variable, "a-value-long-enough")
            .run()
    };
    run("NAMED").code(0);
    let ended = run("OTHER").code(2);
    assert!(ended.stderr.contains("`NAMED`"), "{}", ended.stderr);
}

#[test]
fn colours_follow_the_variables_that_are_usual_for_them() {
    let dir = Dir::new();
    let coloured = |name: &str| {
        let ended = dir
            .hospes(["run", "no-such-file.wasm", "--payload", "{}"])
            .env(name, "1")
            .run()
            .code(2);
        ended.stderr.contains('\u{1b}')
    };
    assert!(coloured("CLICOLOR_FORCE"));
    assert!(!coloured("NO_COLOR"));
    assert!(!coloured("OTHER"));
}

/// Nothing larger than 100 KiB can be written: what a full disk looks like to a
/// program, without filling one.
#[cfg(unix)]
#[test]
fn a_full_disk_costs_the_cache_and_nothing_else() {
    let dir = Dir::new();
    let limited = r#"trap '' XFSZ; ulimit -f 200; exec "$@""#;
    let run = |prefix: &[&str]| {
        let hospes = env!("CARGO_BIN_EXE_hospes");
        let mut words: Vec<&str> = prefix.to_vec();
        words.extend([hospes, "run", HELLO, "--payload", "{}", "--cache", "cache"]);
        let (program, args) = words.split_first().unwrap();
        let output = std::process::Command::new(program)
            .current_dir(dir.path())
            .args(args)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    run(&["/bin/sh", "-c", limited, "sh"]);
    assert_eq!(names(&dir.path().join("cache")), ["key"]);
    // And with room again it is kept.
    run(&[]);
    assert_eq!(names(&dir.path().join("cache")).len(), 2);
}

#[cfg(unix)]
fn names(dir: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}
