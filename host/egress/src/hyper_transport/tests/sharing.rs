//! Connections of HTTP/2: who shares them, and what ends with a request.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use super::peer::{DATA, END_HEADERS, HEADERS, OK, RST_STREAM, SETTINGS};
use super::*;
use crate::tests::transports::{body, request};
use crate::{Request, RequestBody, SendError};

const CANCEL: u32 = 8;
const REFUSED: u32 = 7;

#[tokio::test]
async fn http2_is_spoken_where_the_upstream_agrees_to_it() {
    let upstream = upstream(|peer| peer.serve());
    let house = house(&upstream, &[]);
    for number in ["1", "2", "3"] {
        let answer = house.get(&https(&upstream, "/")).await.unwrap();
        assert_eq!((answer.status, body(&answer)), (200, number));
    }
    let sent = Request {
        body: RequestBody::from(Some(vec![b'x'; 1 << 18])),
        ..request("POST", &https(&upstream, "/"))
    };
    let answer = house.send(sent).await.unwrap();
    assert_eq!(body(&answer), "4");
    assert_eq!(upstream.connections(), 1);
}

#[tokio::test]
async fn http1_is_spoken_where_the_upstream_does_not_know_http2() {
    use std::io::{Read, Write};
    let config = names(&["http/1.1"]);
    let upstream = Upstream::start(move |stream| {
        let connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
        let mut tls = rustls::StreamOwned::new(connection, stream);
        loop {
            let mut request = Vec::new();
            let mut byte = [0];
            while !request.ends_with(b"\r\n\r\n") {
                tls.read_exact(&mut byte)?;
                request.push(byte[0]);
            }
            assert!(request.starts_with(b"GET / HTTP/1.1\r\n"));
            tls.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")?;
        }
    });
    let house = house(&upstream, &[]);
    for _ in 0..3 {
        let answer = house.get(&https(&upstream, "/")).await.unwrap();
        assert_eq!(body(&answer), "ok");
    }
    assert_eq!(upstream.connections(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_is_dropped_resets_its_stream_and_nothing_else() {
    let (tell_arrived, arrived) = telling();
    let (tell_reset, reset) = telling();
    let upstream = upstream(move |peer| {
        let first = peer.request()?;
        tell(&tell_arrived, first);
        let second = peer.request()?;
        tell(&tell_arrived, second);
        let frame = peer.next(RST_STREAM)?;
        tell(&tell_reset, (frame.stream, frame.payload));
        peer.answer(second, "second")?;
        peer.serve()
    });
    let house = Arc::new(house(&upstream, &[]));
    let url = https(&upstream, "/");
    let start = || {
        let (house, url) = (Arc::clone(&house), url.clone());
        tokio::spawn(async move { house.get(&url).await })
    };
    let first = start();
    let stream = told(&arrived);
    let second = start();
    assert_ne!(told(&arrived), stream);
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    assert_eq!(told(&reset), (stream, CANCEL.to_be_bytes().to_vec()));
    let answer = second.await.unwrap().unwrap();
    assert_eq!(body(&answer), "second");
    assert_eq!(body(&house.get(&url).await.unwrap()), "1");
    assert_eq!(upstream.connections(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_response_that_is_dropped_half_way_resets_its_stream_and_nothing_else() {
    let (tell_reset, reset) = telling();
    let upstream = upstream(move |peer| {
        let stream = peer.request()?;
        peer.write(HEADERS, END_HEADERS, stream, &[OK])?;
        peer.write(DATA, 0, stream, b"half")?;
        let frame = peer.next(RST_STREAM)?;
        tell(&tell_reset, frame.stream == stream);
        peer.serve()
    });
    let transport = HyperTransport::with_roots(Limits::default(), &roots());
    let url = https(&upstream, "/");
    let asked = http::Request::get(&url).body(Body::empty()).unwrap();
    let to = || dial(&["127.0.0.1"], upstream.port);
    let response = transport.send(asked, to()).await.unwrap();
    drop(response);
    assert!(told(&reset));
    assert_eq!(get(&transport, &url, to()).await, Ok((200, b"1".to_vec())));
    assert_eq!(upstream.connections(), 1);
}

/// An attack on names: one certificate is good for both.
#[tokio::test]
async fn a_connection_never_serves_another_host() {
    let upstream = upstream(|peer| peer.serve());
    let transport = HyperTransport::with_roots(Limits::default(), &roots());
    let port = upstream.port;
    for (host, connections, number) in [
        ("one.test", 1, "1"),
        ("two.test", 2, "1"),
        ("one.test", 2, "2"),
        ("two.test", 2, "2"),
        ("127.0.0.1", 3, "1"),
    ] {
        let url = format!("https://{host}:{port}/");
        let answer = get(&transport, &url, dial(&["127.0.0.1"], port)).await;
        assert_eq!(answer, Ok((200, number.as_bytes().to_vec())), "{host}");
        assert_eq!(upstream.connections(), connections, "{host}");
    }
}

/// The name has moved: a connection to where it was serves no longer.
#[tokio::test]
async fn a_connection_serves_only_requests_that_may_go_to_its_address() {
    let upstream = upstream(|peer| peer.serve());
    let transport = HyperTransport::with_roots(Limits::default(), &roots());
    let url = format!("https://one.test:{}/", upstream.port);
    let ask =
        |addresses: &'static [&'static str]| get(&transport, &url, dial(addresses, upstream.port));
    assert_eq!(ask(&["127.0.0.1"]).await, Ok((200, b"1".to_vec())));
    // Nobody listens there.
    let moved = ask(&["127.0.0.2"]).await;
    assert!(
        matches!(moved, Err(TransportError::Unreachable(_))),
        "{moved:?}"
    );
    assert_eq!(
        ask(&["127.0.0.2", "127.0.0.1"]).await,
        Ok((200, b"2".to_vec()))
    );
    assert_eq!(upstream.connections(), 1);
}

#[tokio::test]
async fn the_first_address_that_answers_is_taken() {
    let upstream = upstream(|peer| peer.serve());
    let transport = HyperTransport::with_roots(Limits::default(), &roots());
    let url = format!("https://one.test:{}/", upstream.port);
    let both = dial(&["127.0.0.2", "127.0.0.1"], upstream.port);
    assert_eq!(get(&transport, &url, both).await, Ok((200, b"1".to_vec())));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upstream_that_takes_one_request_at_once_gets_two_connections() {
    let (tell_arrived, arrived) = telling();
    let (go, gone) = channel::<()>();
    let gone = Mutex::new(gone);
    let upstream = upstream(move |peer| {
        // SETTINGS_MAX_CONCURRENT_STREAMS
        peer.write(SETTINGS, 0, 0, &[0, 3, 0, 0, 0, 1])?;
        let stream = peer.request()?;
        peer.answer(stream, "first")?;
        loop {
            let stream = peer.request()?;
            tell(&tell_arrived, ());
            let _ = gone.lock().unwrap().recv();
            peer.answer(stream, "second")?;
        }
    });
    let house = Arc::new(house(&upstream, &[]));
    let url = https(&upstream, "/");
    assert_eq!(body(&house.get(&url).await.unwrap()), "first");
    let start = || {
        let (house, url) = (Arc::clone(&house), url.clone());
        tokio::spawn(async move { house.get(&url).await })
    };
    let held = start();
    told(&arrived);
    // The one connection has its request.
    assert_eq!(body(&start().await.unwrap().unwrap()), "first");
    go.send(()).unwrap();
    assert_eq!(body(&held.await.unwrap().unwrap()), "second");
    assert_eq!(upstream.connections(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upstream_that_goes_away_finishes_what_it_took_and_the_rest_goes_elsewhere() {
    let (tell_arrived, arrived) = telling();
    let (tell_seen, seen) = telling();
    let connection = AtomicUsize::new(0);
    let upstream = upstream(move |peer| {
        if connection.fetch_add(1, SeqCst) > 0 {
            return peer.serve();
        }
        let first = peer.request()?;
        tell(&tell_arrived, ());
        let second = peer.request()?;
        assert!(second > first);
        peer.go_away(first, 0, "")?;
        tell(&tell_seen, ());
        peer.answer(first, "taken")?;
        peer.drain()
    });
    let house = Arc::new(house(&upstream, &[]));
    let url = https(&upstream, "/");
    let start = || {
        let (house, url) = (Arc::clone(&house), url.clone());
        tokio::spawn(async move { house.get(&url).await })
    };
    let taken = start();
    told(&arrived);
    let other = start();
    told(&seen);
    assert_eq!(body(&taken.await.unwrap().unwrap()), "taken");
    assert_eq!(body(&other.await.unwrap().unwrap()), "1");
    assert_eq!(body(&house.get(&url).await.unwrap()), "2");
    assert_eq!(upstream.connections(), 2);
}

/// Refuses so many requests in all, and answers the others.
fn refusing(times: usize, code: u32) -> (Upstream, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let requests = Arc::clone(&count);
    let upstream = upstream(move |peer| {
        loop {
            let stream = peer.request()?;
            if requests.fetch_add(1, SeqCst) < times {
                peer.reset(stream, code)?;
            } else {
                peer.answer(stream, "ok")?;
            }
        }
    });
    (upstream, count)
}

#[tokio::test]
async fn a_request_that_was_not_looked_at_is_sent_again_a_few_times_at_most() {
    for (times, sent, is_answered) in [(0, 1, true), (1, 2, true), (2, 3, true), (9, 3, false)] {
        let (upstream, requests) = refusing(times, REFUSED);
        let house = house(&upstream, &[]);
        let asked = Request {
            body: RequestBody::from(Some(b"hello".to_vec())),
            ..request("POST", &https(&upstream, "/"))
        };
        let answer = house.send(asked).await;
        assert_eq!(answer.is_ok(), is_answered, "{answer:?}");
        assert_eq!(requests.load(SeqCst), sent);
    }
}

#[tokio::test]
async fn a_request_that_may_have_been_looked_at_is_not_sent_again() {
    for code in [0, 1, 2, CANCEL, 11] {
        let (upstream, requests) = refusing(1, code);
        let house = house(&upstream, &[]);
        let answer = house.get(&https(&upstream, "/")).await;
        assert!(
            matches!(answer, Err(SendError::Interrupted(_))),
            "{code}: {answer:?}"
        );
        assert_eq!(requests.load(SeqCst), 1, "{code}");
    }
}
