//! A raw TCP upstream: it shows the bytes that really arrived and answers with
//! exactly the bytes it was given, however wrong.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// Answers the request it is given; `false` ends the connection.
type Answer = dyn Fn(&str, &mut TcpStream) -> bool + Send + Sync;

pub(crate) struct Upstream {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
    connections: Arc<AtomicUsize>,
}

impl Upstream {
    /// Serves with a function of the request's text.
    pub(crate) fn new(
        answer: impl Fn(&str, &mut TcpStream) -> bool + Send + Sync + 'static,
    ) -> Upstream {
        Upstream::serving(move |stream, requests| serve(stream, requests, &answer))
    }

    fn serving(serve: impl Fn(TcpStream, &Mutex<Vec<String>>) + Send + Sync + 'static) -> Upstream {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let upstream = Upstream {
            address: listener.local_addr().unwrap(),
            requests: Arc::default(),
            connections: Arc::default(),
        };
        let (requests, connections) = (upstream.requests.clone(), upstream.connections.clone());
        let serve = Arc::new(serve);
        thread::spawn(move || {
            for stream in listener.incoming() {
                connections.fetch_add(1, Ordering::SeqCst);
                let (requests, serve) = (requests.clone(), serve.clone());
                thread::spawn(move || serve(stream.unwrap(), &requests));
            }
        });
        upstream
    }

    /// Serves whatever connects, without reading anything first.
    pub(crate) fn raw(serve: impl Fn(&mut TcpStream) + Send + Sync + 'static) -> Upstream {
        Upstream::serving(move |mut stream, _| serve(&mut stream))
    }

    /// Answers every request with these bytes and keeps the connection.
    pub(crate) fn canned(bytes: &'static str) -> Upstream {
        Upstream::new(move |_, stream| stream.write_all(bytes.as_bytes()).is_ok())
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests so far, head and body, to the byte.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

fn serve(mut stream: TcpStream, requests: &Mutex<Vec<String>>, answer: &Answer) {
    while let Some(request) = read(&mut stream) {
        requests.lock().unwrap().push(request.clone());
        if !answer(&request, &mut stream) {
            return;
        }
    }
}

/// Reads a head, and a body if it has a length.
fn read(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        bytes.push(byte[0]);
    }
    let head = String::from_utf8(bytes.clone())
        .unwrap()
        .to_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    bytes.extend(body);
    String::from_utf8(bytes).ok()
}
