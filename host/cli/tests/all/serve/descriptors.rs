//! A process that may open few files.
#![cfg(unix)]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;

use hospes_artifacts::{FETCH, HELLO};
use serde_json::json;

use super::server::{Request, Server, solution, until};
use crate::dir::{Dir, TestCommand};

/// The server of a directory, whose limits the shell sets before.
fn limited(dir: &Dir, limits: &str) -> TestCommand {
    let mut shell = Command::new("/bin/sh");
    let script = format!("{limits} && exec \"$0\" \"$@\"");
    shell
        .current_dir(dir.path())
        .env_clear()
        .args(["-c", &script, env!("CARGO_BIN_EXE_hospes")])
        .args(["serve", "--listen", "127.0.0.1:0"]);
    TestCommand::from(shell)
}

#[test]
fn idle_connections_take_no_descriptors_from_anything_else() {
    let upstream = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = upstream.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in upstream.incoming() {
            let mut stream = stream.unwrap();
            _ = stream.read(&mut [0; 4096]);
            _ = stream.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
        }
    });
    let rule = format!("allow = [\"GET http://{address}\"]");
    let flow = "[flow.ask]\nfile = \"ask.toml\"";
    let dir = solution(&[("fetch", FETCH, &rule), ("hello", HELLO, flow)]);
    dir.file(
        "ask.toml",
        "start = \"ask\"\n[step.ask]\ncollect = [{ name = \"name\", kind = \"text\", prompt = \"Who?\" }]\n\
         next = \"done\"\nfailure = \"done\"\n[step.done]\nend = \"done\"\n",
    );
    let server = limited(&dir, "ulimit -n 128").args(["--store", "store"]);
    let mut server = Server::run(server);
    let _idle: Vec<TcpStream> = (0..300).map(|_| server.connect()).collect();
    server.get("/healthz").status(200);
    let payload = json!([{"method": "GET", "url": format!("http://{address}/")}]);
    let session = Request::new("POST", "/v1/flows/ask/sessions")
        .header("Content-Type", "application/json")
        .body("{}");
    // Those that idle make room as soon as they have idled for a second.
    let answer = until(|| {
        let answer = server.execute("fetch", &payload);
        (answer.status != 429).then_some(answer)
    });
    assert_eq!(answer.status(200).json()["route"], "success");
    let answer = until(|| {
        let answer = server.send(&session);
        (answer.status != 429).then_some(answer)
    });
    answer.status(201);
    server.logged(|line| line["message"] == "clients are turned away");
    let more = |line: &serde_json::Value| line["message"] == "clients are turned away";
    server.signal("TERM");
    assert!(!server.rest().iter().any(more));
}

#[test]
fn a_server_raises_its_own_limit() {
    let dir = solution(&[("hello", HELLO, "")]);
    let server = Server::run(limited(&dir, "ulimit -Sn 64 && ulimit -Hn 256"));
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", server.id()));
    let Ok(limits) = limits else { return };
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"));
    let words: Vec<&str> = line.unwrap().split_whitespace().collect();
    assert_eq!(words[3..5], ["256", "256"]);
}

#[test]
fn more_connections_than_the_process_may_open_are_refused() {
    let dir = solution(&[("hello", HELLO, "")]);
    let words = "error: --connections 200: the process may open 256 files, and half of them are for connections; \
                 raise its limit (`ulimit -n`), or set at most 128\n";
    limited(&dir, "ulimit -n 256")
        .args(["--connections", "200"])
        .run()
        .is(2, "", words);
}
