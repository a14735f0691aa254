//! The default transport behind a gate, over sockets of this machine.

mod connection;
mod failures;
mod logging;
mod streaming;
mod tls;
mod wire;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use super::{Roots, UreqTransport};
use crate::policy::Policy;
use crate::tests::set;
use crate::{
    AttachedHeader, BoundSecret, EgressEvent, Gate, HeaderValue, Limits, Observer, Request,
    RequestBody, RequestBudget, Response, Secret, SendError, Timeouts,
};

const SECRET: &str = "sentinel-9f8b/3c+71=";

struct Silent;

impl Observer for Silent {
    fn egress(&self, _: &EgressEvent) {}
}

/// An upstream that does to each connection what it was told.
struct Upstream {
    port: u16,
    connections: Arc<AtomicUsize>,
}

impl Upstream {
    fn start(
        script: impl Fn(&mut TcpStream) -> std::io::Result<()> + Send + Sync + 'static,
    ) -> Upstream {
        Upstream::listen("127.0.0.1:0", script)
    }

    fn listen(
        address: &str,
        script: impl Fn(&mut TcpStream) -> std::io::Result<()> + Send + Sync + 'static,
    ) -> Upstream {
        let listener = TcpListener::bind(address).unwrap();
        let port = listener.local_addr().unwrap().port();
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        let script = Arc::new(script);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                count.fetch_add(1, SeqCst);
                let script = Arc::clone(&script);
                // A client that goes away is part of the game.
                std::thread::spawn(move || drop(script(&mut stream)));
            }
        });
        Upstream { port, connections }
    }

    /// Answers each request with these bytes, and keeps the connection open.
    fn answering(answer: impl Into<Vec<u8>>) -> Upstream {
        let answer = answer.into();
        Upstream::start(move |stream| {
            while read_request(stream)?.is_some() {
                stream.write_all(&answer)?;
            }
            Ok(())
        })
    }

    /// Answers one request with these bytes, and closes the connection.
    fn answering_once(answer: impl Into<Vec<u8>>) -> Upstream {
        let answer = answer.into();
        Upstream::start(move |stream| {
            read_request(stream)?;
            stream.write_all(&answer)
        })
    }

    /// Repeats each request in the answer's body.
    fn echoing() -> Upstream {
        Upstream::start(echo)
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    fn connections(&self) -> usize {
        self.connections.load(SeqCst)
    }
}

fn echo(stream: &mut TcpStream) -> std::io::Result<()> {
    while let Some(request) = read_request(stream)? {
        write!(
            stream,
            "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{request}",
            request.len()
        )?;
    }
    Ok(())
}

/// Reads one request, head and body; nothing at the end of the connection.
fn read_request(stream: &mut TcpStream) -> std::io::Result<Option<String>> {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte)? == 0 {
            return Ok(None);
        }
        request.push(byte[0]);
    }
    let head = String::from_utf8(request).unwrap();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .unwrap_or("0");
    let mut body = vec![0; length.parse().unwrap()];
    stream.read_exact(&mut body)?;
    Ok(Some(head + &String::from_utf8(body).unwrap()))
}

/// A gate for one upstream.
struct House {
    gate: Gate,
    budget: RequestBudget,
}

fn house(upstream: &Upstream) -> House {
    house_with(&upstream.url(""), &[])
}

fn house_with(rule: &str, limits: &[(&str, &str)]) -> House {
    house_over(rule, limits, |limits| UreqTransport::new(limits))
}

fn house_over(
    rule: &str,
    limits: &[(&str, &str)],
    transport: impl Fn(&Limits) -> UreqTransport,
) -> House {
    build(rule, limits, transport, None)
}

/// One whose host puts the secret `other` into this header.
fn house_attaching(upstream: &Upstream, header: &str) -> House {
    let header = AttachedHeader::new(header, "").unwrap();
    build(
        &upstream.url(""),
        &[],
        |limits| UreqTransport::new(limits),
        Some(header),
    )
}

fn build(
    rule: &str,
    limits: &[(&str, &str)],
    transport: impl Fn(&Limits) -> UreqTransport,
    attached: Option<AttachedHeader>,
) -> House {
    let mut table = Limits {
        requests: 1000,
        ..Limits::default()
    };
    for (name, value) in limits {
        set(&mut table, name, value);
    }
    let policy = Policy::parse([rule]).unwrap();
    let to = vec![policy.rules()[0].origin().unwrap()];
    let grant = |name: &str, value: &str, attached| BoundSecret {
        name: name.into(),
        to: to.clone(),
        attached,
        withhold: false,
        value: Secret::new(value).unwrap(),
    };
    let secrets = vec![
        grant("key", SECRET, None),
        grant("other", "another-sentinel", attached),
    ];
    let transport = Arc::new(transport(&table));
    let gate = Gate::new(
        "node".into(),
        Arc::default(),
        policy,
        secrets,
        &table,
        transport,
        Arc::new(Silent),
    );
    let deadline = Instant::now() + Duration::from_secs(20);
    House {
        gate: gate.unwrap(),
        budget: RequestBudget::new("e".into(), &table, deadline),
    }
}

impl House {
    async fn send(&self, request: Request) -> Result<Response, SendError> {
        self.gate.send(&self.budget, request).await
    }

    async fn get(&self, url: &str) -> Result<Response, SendError> {
        self.send(request("GET", url)).await
    }
}

fn request(method: &str, url: &str) -> Request {
    Request {
        method: method.into(),
        url: url.into(),
        ..Request::default()
    }
}

fn text(name: &str, value: &str) -> (String, HeaderValue) {
    (name.into(), HeaderValue::Text(value.into()))
}

fn secret(header: &str, name: &str, prefix: &str) -> (String, HeaderValue) {
    (
        header.into(),
        HeaderValue::Secret {
            name: name.into(),
            prefix: prefix.into(),
        },
    )
}

fn body(response: &Response) -> &str {
    std::str::from_utf8(&response.body).unwrap()
}
