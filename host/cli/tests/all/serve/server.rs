//! `hospes serve` as a running process, and a client that sends exactly what a
//! test says.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, ExitStatus, Stdio};
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::dir::{Dir, TestCommand};

/// The token of every server that has one.
pub(crate) const TOKEN: &str = "a token for tests";

/// Far more than anything takes; a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server; ends with the test.
pub(crate) struct Server {
    child: Guard,
    address: SocketAddr,
    /// The operators' own, if there is one.
    operators: Option<SocketAddr>,
    /// For this to be shared by threads that send requests.
    log: Mutex<mpsc::Receiver<Value>>,
    seen: Vec<Value>,
}

impl Server {
    /// Starts the server of a directory's `hospes.toml`, with a token.
    pub(crate) fn start(dir: &Dir, args: &[&str]) -> Server {
        let command = dir.hospes(["serve", "--listen", "127.0.0.1:0"]).args(args);
        Server::run(command.env("TOKEN", TOKEN).args(["--token", "env:TOKEN"]))
    }

    /// Starts a server and waits until it serves.
    pub(crate) fn run(command: TestCommand) -> Server {
        let mut command = command.command();
        let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = Guard(command.spawn().unwrap());
        let errors = BufReader::new(child.0.stderr.take().unwrap());
        let (sender, log) = mpsc::channel();
        thread::spawn(move || {
            for line in errors.lines() {
                let line = line.unwrap();
                let line = serde_json::from_str(&line).unwrap_or(Value::String(line));
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let mut first = String::new();
        let mut output = BufReader::new(child.0.stdout.take().unwrap());
        output.read_line(&mut first).unwrap();
        let url: Value = match serde_json::from_str(&first) {
            Ok(first) => first,
            Err(_) => panic!("{:?}", log.iter().collect::<Vec<_>>()),
        };
        let address = |key: &str| {
            let (_, address) = url[key].as_str()?.split_once("://")?;
            Some(address.parse().unwrap())
        };
        Server {
            child,
            address: address("url").unwrap(),
            operators: address("admin_url"),
            log: Mutex::new(log),
            seen: Vec::new(),
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn operators(&self) -> SocketAddr {
        self.operators.unwrap()
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.0.id()
    }

    /// Connects.
    pub(crate) fn connect(&self) -> TcpStream {
        connect(self.address)
    }

    /// Sends a request and waits for the answer.
    pub(crate) fn send(&self, request: &Request) -> Answer {
        send(self.address, request)
    }

    /// Sends a request and leaves it to the test to read the answer.
    pub(crate) fn begin(&self, request: &Request) -> TcpStream {
        let mut stream = self.connect();
        stream.write_all(&request.bytes(self.address)).unwrap();
        stream
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send(&Request::new("GET", path))
    }

    /// The same with the token.
    pub(crate) fn admin(&self, method: &str, path: &str) -> Answer {
        self.send(&Request::new(method, path).token())
    }

    /// Uploads a component; `query` is empty or begins with `?`.
    pub(crate) fn upload(&self, node: &str, component: impl AsRef<[u8]>, query: &str) -> Answer {
        self.send(&Request::upload(node, component, query))
    }

    /// Runs a node with a payload.
    pub(crate) fn execute(&self, node: &str, payload: &Value) -> Answer {
        self.send(&Request::execute(node, payload))
    }

    /// Waits for the next line of the log that passes the test.
    #[track_caller]
    pub(crate) fn logged(&mut self, test: impl Fn(&Value) -> bool) -> Value {
        let end = Instant::now() + PATIENCE;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            match self.log.get_mut().unwrap().recv_timeout(left) {
                Ok(line) if test(&line) => return line,
                Ok(line) => self.seen.push(line),
                Err(_) => panic!("never logged; what was: {:#?}", self.seen),
            }
        }
    }

    /// What is logged from here to the end of the process.
    pub(crate) fn rest(&mut self) -> Vec<Value> {
        self.log.get_mut().unwrap().iter().collect()
    }

    /// Asks again and again until an answer passes the test.
    #[track_caller]
    pub(crate) fn until(&self, path: &str, test: impl Fn(&Value) -> bool) -> Value {
        let end = Instant::now() + PATIENCE;
        loop {
            let answer = self.get(path).json();
            if test(&answer) {
                return answer;
            }
            assert!(Instant::now() < end, "{path} stays {answer:#}");
            thread::yield_now();
        }
    }

    /// Sends the process a signal.
    #[cfg(unix)]
    pub(crate) fn signal(&self, signal: &str) {
        let kill = format!("kill -{signal} {}", self.id());
        let mut shell = std::process::Command::new("/bin/sh");
        assert!(shell.args(["-c", &kill]).status().unwrap().success());
    }

    /// Waits for the end of the process.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.child.0.wait().unwrap()
    }
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Sends a request to any of a server's addresses.
pub(crate) fn send(address: SocketAddr, request: &Request) -> Answer {
    let mut stream = connect(address);
    // The answer may be there before everything is sent.
    _ = stream.write_all(&request.bytes(address));
    Answer::read(stream)
}

/// Asks again and again until there is something.
#[track_caller]
pub(crate) fn until<T>(ask: impl Fn() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = ask() {
            return found;
        }
        assert!(Instant::now() < end, "it never happens");
        thread::yield_now();
    }
}

/// Leaves no process behind.
struct Guard(Child);

impl Drop for Guard {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

/// A request.
#[derive(Clone)]
pub(crate) struct Request {
    line: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

impl Request {
    pub(crate) fn new(method: &str, path: &str) -> Request {
        Request {
            line: format!("{method} {path} HTTP/1.1"),
            headers: Vec::new(),
            body: None,
        }
    }

    /// Runs a node with a payload.
    pub(crate) fn execute(node: &str, payload: &Value) -> Request {
        Request::execution(node, &format!("{{\"payload\": {payload}}}"))
    }

    /// The same with any body.
    pub(crate) fn execution(node: &str, body: &str) -> Request {
        Request::new("POST", &format!("/v1/nodes/{node}/execute"))
            .header("Content-Type", "application/json")
            .body(body)
    }

    /// Uploads a component; `query` is empty or begins with `?`.
    pub(crate) fn upload(node: &str, component: impl AsRef<[u8]>, query: &str) -> Request {
        Request::new("PUT", &format!("/v1/nodes/{node}/component{query}"))
            .header("Content-Type", "application/wasm")
            .body(component)
            .token()
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Request {
        self.headers.retain(|(other, _)| other != name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn token(self) -> Request {
        self.header("Authorization", &format!("Bearer {TOKEN}"))
    }

    pub(crate) fn body(mut self, body: impl AsRef<[u8]>) -> Request {
        self.body = Some(body.as_ref().to_owned());
        self
    }

    /// On the wire. `Host` and `Content-Length` are right unless they were given.
    pub(crate) fn bytes(&self, address: SocketAddr) -> Vec<u8> {
        let mut text = format!("{}\r\nConnection: close\r\n", self.line);
        let given = |name: &str| {
            self.headers
                .iter()
                .any(|(other, _)| other.eq_ignore_ascii_case(name))
        };
        if !given("host") {
            text.push_str(&format!("Host: {address}\r\n"));
        }
        if let Some(body) = &self.body
            && !given("content-length")
            && !given("transfer-encoding")
        {
            text.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        let mut bytes = format!("{text}\r\n").into_bytes();
        bytes.extend(self.body.iter().flatten());
        bytes
    }
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Answer {
    /// Reads to the end of the connection.
    pub(crate) fn read(stream: TcpStream) -> Answer {
        let mut reader = BufReader::new(stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(
                reader.read_line(&mut head).unwrap() > 0,
                "cut off: {head:?}"
            );
        }
        let mut body = Vec::new();
        // Connections that are closed with something unread are reset.
        _ = reader.read_to_end(&mut body);
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer {
            status,
            head,
            body: String::from_utf8(body).unwrap(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (other, value) = line.split_once(": ")?;
            other.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    /// The body as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        match serde_json::from_str(&self.body) {
            Ok(json) => json,
            Err(error) => panic!("{error}: {self:#?}"),
        }
    }

    /// The same, if it is JSON.
    pub(crate) fn json_or_null(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// Checks the status.
    #[track_caller]
    pub(crate) fn status(self, status: u16) -> Answer {
        assert_eq!(self.status, status, "{self:#?}");
        self
    }

    /// Checks that it is an error with this code and these words.
    #[track_caller]
    pub(crate) fn is_error(&self, status: u16, code: &str, message: &str) {
        assert_eq!(self.status, status, "{self:#?}");
        let json = self.json();
        assert_eq!(json["error"]["message"], message);
        assert_eq!(json["error"]["code"], code);
    }
}

/// A directory with a solution of these nodes: name, component, more lines.
pub(crate) fn solution(nodes: &[(&str, &str, &str)]) -> Dir {
    let dir = Dir::new();
    let mut text = "name = \"test\"\n".to_owned();
    for (name, component, more) in nodes {
        let file = format!("{name}.wasm");
        std::fs::copy(Path::new(component), dir.path().join(&file)).unwrap();
        text.push_str(&format!("[node.{name}]\ncomponent = \"{file}\"\n{more}\n"));
    }
    dir.file("hospes.toml", text);
    dir
}
