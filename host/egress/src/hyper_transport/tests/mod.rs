//! What only HTTP/2 can do wrong, and the honest use beside it. What every
//! transport promises is tested in `crate::tests::transports`.

mod attacks;
mod logging;
mod peer;
mod sharing;

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use self::peer::Peer;
use super::HyperTransport;
use crate::scrub::Scrubber;
use crate::tests::transports::tls::{NAMES_ROOT, names};
use crate::tests::transports::{House, Upstream, house_over};
use crate::transport::{Blank, Body, Dial, Transport, TransportError};
use crate::{Limits, Room, Roots};

/// An upstream that speaks HTTP/2 as it was told, on each connection.
fn upstream(
    script: impl Fn(&mut Peer<'_>) -> std::io::Result<()> + Send + Sync + 'static,
) -> Upstream {
    let config = names(&["h2"]);
    Upstream::start(move |stream| script(&mut Peer::accept(stream, &config)?))
}

fn https(upstream: &Upstream, path: &str) -> String {
    format!("https://127.0.0.1:{}{path}", upstream.port)
}

fn roots() -> Roots {
    Roots::from_pem(NAMES_ROOT).unwrap()
}

/// A gate to an upstream.
fn house(upstream: &Upstream, limits: &[(&str, &str)]) -> House {
    let roots = roots();
    house_over(&https(upstream, ""), limits, |limits| {
        Arc::new(HyperTransport::with_roots(limits, &roots))
    })
}

/// What an upstream tells a test.
fn telling<T>() -> (Mutex<Sender<T>>, Receiver<T>) {
    let (tell, told) = channel();
    (Mutex::new(tell), told)
}

fn tell<T>(teller: &Mutex<Sender<T>>, what: T) {
    // The test may be over.
    let _ = teller.lock().unwrap().send(what);
}

#[track_caller]
fn told<T>(teller: &Receiver<T>) -> T {
    teller.recv_timeout(Duration::from_secs(10)).unwrap()
}

/// To these addresses, with time enough.
fn dial(addresses: &[&str], port: u16) -> Dial {
    let time = Duration::from_secs(10);
    Dial {
        addresses: addresses
            .iter()
            .map(|ip| (ip.parse::<std::net::IpAddr>().unwrap(), port).into())
            .collect(),
        timeout: time,
        connect_timeout: time,
        first_byte_timeout: time,
        between_bytes_timeout: time,
        max_response_body: 1 << 20,
        max_response_head: 4 << 10,
        blank: Blank::new(Arc::new(Scrubber::new(std::iter::empty())), Vec::new()),
    }
}

/// Sends a request past any gate, and reads the whole response.
async fn get(
    transport: &HyperTransport,
    url: &str,
    dial: Dial,
) -> Result<(u16, Vec<u8>), TransportError> {
    let request = http::Request::get(url).body(Body::empty()).unwrap();
    let (head, body) = transport.send(request, dial).await?.into_parts();
    let body = body.collect(1 << 20, &Room::default()).await?;
    Ok((head.status.as_u16(), body))
}
