//! Files with keys and tokens, which are nobody's but their user's.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;

use hospes_artifacts::HELLO;

use crate::dir::Dir;

#[test]
fn a_key_that_a_group_can_read_is_refused_wherever_it_is_given() {
    let dir = Dir::new();
    fs::copy(HELLO, dir.path().join("hello.wasm")).unwrap();
    dir.file(
        "hospes.toml",
        "name = \"acme\"\n[node.hello]\ncomponent = \"hello.wasm\"\n",
    );
    dir.file("server.pem", "");
    dir.file(
        "callers.toml",
        "[caller.crm]\ntokens = [\"file:secret\"]\nread = true\n",
    );
    let mode = |mode| {
        let file = dir.file("secret", "0123456789abcdef".repeat(4));
        fs::set_permissions(file, fs::Permissions::from_mode(mode)).unwrap();
    };
    let serve: &[&str] = &["serve", "--listen", "127.0.0.1:0"];
    let store: &[&str] = &["--store", "store"];
    let given: [(&[&str], &[&str]); 11] = [
        (&["key"], &["secret"]),
        (&["sign", "hello"], &["--key", "secret"]),
        (serve, &["--tls-cert", "server.pem", "--tls-key", "secret"]),
        (serve, &["--token", "file:secret"]),
        (
            serve,
            &["--token", "env:TOKEN", "--approve-token", "file:secret"],
        ),
        (serve, &["--execute-token", "crm=file:secret"]),
        (serve, &["--callers", "callers.toml"]),
        (serve, &["--canary-key", "file:secret"]),
        (&[serve, store].concat(), &["--session-key", "file:secret"]),
        (&[serve, store].concat(), &["--store-key", "file:secret"]),
        (
            &[serve, &["--otlp", "http://127.0.0.1:1"]].concat(),
            &["--otlp-header", "x-token=file:secret"],
        ),
    ];
    for (verb, flags) in given {
        for (open, who) in [(0o640, "its group"), (0o604, "everyone")] {
            mode(open);
            let command = dir.hospes(verb).args(flags);
            let ended = command
                .env("TOKEN", "the token of the operator")
                .run()
                .code(2);
            let words = format!("can be read by {who} (mode {open:04o}): run `chmod 600 secret`\n");
            assert!(
                ended.stderr.ends_with(&words),
                "{flags:?}: {}",
                ended.stderr
            );
        }
    }
}
