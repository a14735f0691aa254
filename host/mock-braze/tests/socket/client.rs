//! A client of a few lines over a plain socket: it sends what it is told, sound or not, and hides nothing.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use hospes_mock_braze::MockBraze;
use serde_json::{Value, json};

/// Longer than any answer takes, so that a hang fails instead of hanging.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// The one request line that is right.
pub(crate) const TRACK: &str = "POST /users/track";

/// An answer, taken apart.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) text: String,
}

impl Reply {
    fn parse(bytes: &[u8]) -> Self {
        let all = String::from_utf8(bytes.to_vec()).unwrap();
        let (head, text) = all
            .split_once("\r\n\r\n")
            .unwrap_or_else(|| panic!("no answer: {all:?}"));
        let mut lines = head.lines();
        let status = lines
            .next()
            .unwrap()
            .split(' ')
            .nth(1)
            .unwrap()
            .parse()
            .unwrap();
        let header = |line: &str| {
            let (name, value) = line.split_once(": ").unwrap();
            (name.to_owned(), value.to_owned())
        };
        Self {
            status,
            headers: lines.map(header).collect(),
            text: text.to_owned(),
        }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(given, _)| given == name)
            .map(|(_, value)| value.as_str())
    }
}

/// A server with every setting at its default.
pub(crate) fn start() -> MockBraze {
    MockBraze::builder().start().unwrap()
}

pub(crate) fn connect(braze: &MockBraze) -> TcpStream {
    let stream = TcpStream::connect(braze.url().strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// The head of a request; `headers` come after `Host`, `Connection` and `Content-Length`.
pub(crate) fn head(target: &str, headers: &[(&str, &str)], length: usize) -> String {
    let mut head = format!(
        "{target} HTTP/1.1\r\nHost: mock\r\nConnection: close\r\nContent-Length: {length}\r\n"
    );
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head + "\r\n"
}

/// Sends a request and reads until the connection ends, however it ends.
pub(crate) fn exchange(
    braze: &MockBraze,
    target: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> (Vec<u8>, io::Result<()>) {
    let mut stream = connect(braze);
    let mut received = Vec::new();
    let sent = stream
        .write_all(head(target, headers, body.len()).as_bytes())
        .and_then(|()| stream.write_all(body));
    let ended = sent
        .and_then(|()| stream.read_to_end(&mut received))
        .map(|_| ());
    (received, ended)
}

pub(crate) fn send(
    braze: &MockBraze,
    target: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Reply {
    let (received, ended) = exchange(braze, target, headers, body);
    ended.unwrap();
    Reply::parse(&received)
}

/// The headers of a sound request.
pub(crate) fn sound(authorization: &str) -> [(&str, &str); 2] {
    [
        ("Authorization", authorization),
        ("Content-Type", "application/json"),
    ]
}

pub(crate) fn authorization(braze: &MockBraze) -> String {
    format!("Bearer {}", braze.key())
}

/// A sound request with this body.
pub(crate) fn track(braze: &MockBraze, body: &Value) -> Reply {
    send(
        braze,
        TRACK,
        &sound(&authorization(braze)),
        body.to_string().as_bytes(),
    )
}

/// As [`track`], for answers that may not arrive whole.
pub(crate) fn track_raw(braze: &MockBraze, body: &Value) -> (Vec<u8>, io::Result<()>) {
    exchange(
        braze,
        TRACK,
        &sound(&authorization(braze)),
        body.to_string().as_bytes(),
    )
}

/// One sound attribute object for this user.
pub(crate) fn user(id: &str) -> Value {
    json!({ "attributes": [{ "external_id": id }] })
}
