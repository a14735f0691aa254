//! Both transports behind a gate, over sockets of this machine: each test runs
//! over one after the other.

mod connection;
mod failures;
mod streaming;
pub(crate) mod tls;
mod wire;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use super::set;
use crate::policy::Policy;
use crate::transport::Transport;
use crate::{
    AttachedHeader, BoundSecret, EgressEvent, Gate, HeaderValue, HyperTransport, Limits, Observer,
    Request, RequestBody, RequestBudget, Response, Roots, Secret, SendError, Timeouts,
    UreqTransport,
};

pub(crate) const SECRET: &str = "sentinel-9f8b/3c+71=";

struct Silent;

impl Observer for Silent {
    fn egress(&self, _: &EgressEvent) {}
}

/// An upstream that does to each connection what it was told.
pub(crate) struct Upstream {
    pub(crate) port: u16,
    connections: Arc<AtomicUsize>,
}

impl Upstream {
    pub(crate) fn start(
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
    pub(crate) fn answering(answer: impl Into<Vec<u8>>) -> Upstream {
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

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub(crate) fn connections(&self) -> usize {
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
pub(crate) fn read_request(stream: &mut TcpStream) -> std::io::Result<Option<String>> {
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
pub(crate) struct House {
    pub(crate) gate: Gate,
    budget: RequestBudget,
}

/// The transports that every test runs over.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Over {
    Ureq,
    Hyper,
}

/// All of them.
pub(crate) fn transports() -> impl Iterator<Item = Over> {
    [Over::Ureq, Over::Hyper].into_iter()
}

impl Over {
    pub(crate) fn make(self, limits: &Limits) -> Arc<dyn Transport> {
        match self {
            Over::Ureq => Arc::new(UreqTransport::new(limits)),
            Over::Hyper => Arc::new(HyperTransport::new(limits)),
        }
    }

    fn with_roots(self, limits: &Limits, roots: &Roots) -> Arc<dyn Transport> {
        match self {
            Over::Ureq => Arc::new(UreqTransport::with_roots(limits, roots)),
            Over::Hyper => Arc::new(HyperTransport::with_roots(limits, roots)),
        }
    }

    fn house(self, upstream: &Upstream) -> House {
        self.house_with(&upstream.url(""), &[])
    }

    fn house_with(self, rule: &str, limits: &[(&str, &str)]) -> House {
        house_over(rule, limits, |limits| self.make(limits))
    }

    /// One whose host puts the secret `other` into this header.
    fn house_attaching(self, upstream: &Upstream, header: &str) -> House {
        let header = AttachedHeader::new(header, "").unwrap();
        build(
            &upstream.url(""),
            &[],
            |limits| self.make(limits),
            Some(header),
        )
    }
}

pub(crate) fn house_over(
    rule: &str,
    limits: &[(&str, &str)],
    transport: impl Fn(&Limits) -> Arc<dyn Transport>,
) -> House {
    build(rule, limits, transport, None)
}

fn build(
    rule: &str,
    limits: &[(&str, &str)],
    transport: impl Fn(&Limits) -> Arc<dyn Transport>,
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
    let transport = transport(&table);
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
    pub(crate) async fn send(&self, request: Request) -> Result<Response, SendError> {
        self.gate.send(&self.budget, request).await
    }

    pub(crate) async fn get(&self, url: &str) -> Result<Response, SendError> {
        self.send(request("GET", url)).await
    }
}

pub(crate) fn request(method: &str, url: &str) -> Request {
    Request {
        method: method.into(),
        url: url.into(),
        ..Request::default()
    }
}

fn text(name: &str, value: &str) -> (String, HeaderValue) {
    (name.into(), HeaderValue::Text(value.into()))
}

pub(crate) fn secret(header: &str, name: &str, prefix: &str) -> (String, HeaderValue) {
    (
        header.into(),
        HeaderValue::Secret {
            name: name.into(),
            prefix: prefix.into(),
        },
    )
}

pub(crate) fn body(response: &Response) -> &str {
    std::str::from_utf8(&response.body).unwrap()
}
