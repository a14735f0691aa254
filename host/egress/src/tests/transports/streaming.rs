//! Bodies in pieces, as a transport takes and returns them.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Mutex, mpsc};

use futures_util::stream;
use http::HeaderMap;
use http_body::{Body as _, Frame};
use http_body_util::StreamBody;

use super::*;
use crate::Room;
use crate::scrub::Scrubber;
use crate::transport::{Blank, Body, Dial, Transport, TransportError};

const LONG: usize = 200 << 10;

/// To an upstream, with time and room enough.
fn dial(upstream: &Upstream) -> Dial {
    let time = Duration::from_secs(20);
    Dial {
        addresses: vec![([127, 0, 0, 1], upstream.port).into()],
        timeout: time,
        connect_timeout: time,
        first_byte_timeout: time,
        between_bytes_timeout: time,
        max_response_body: 1 << 20,
        max_response_head: 4 << 10,
        blank: Blank::new(Arc::new(Scrubber::new(std::iter::empty())), Vec::new()),
    }
}

async fn send(
    transport: &Arc<dyn Transport>,
    upstream: &Upstream,
    body: Body,
) -> Result<http::Response<Body>, TransportError> {
    let request = http::Request::post(upstream.url("/")).body(body).unwrap();
    transport.send(request, dial(upstream)).await
}

async fn piece(body: &mut Body) -> Option<Result<Frame<bytes::Bytes>, TransportError>> {
    poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await
}

/// Sends half of a long answer, waits for a word, sends the rest, and tells when
/// the client hangs up.
fn halting() -> (Upstream, mpsc::Sender<()>, mpsc::Receiver<bool>) {
    let (go, gone) = mpsc::channel();
    let (left, leaving) = mpsc::channel();
    let (gone, left) = (Mutex::new(gone), Mutex::new(left));
    let upstream = Upstream::start(move |stream| {
        read_request(stream)?;
        write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {LONG}\r\n\r\n")?;
        stream.write_all(&[b'x'; LONG / 2])?;
        let _ = gone.lock().unwrap().recv();
        let rest = stream.write_all(&[b'x'; LONG / 2]);
        let next = rest.and_then(|()| stream.read(&mut [0]));
        let hung_up = matches!(next, Ok(0) | Err(_));
        left.lock().unwrap().send(hung_up).unwrap();
        Ok(())
    });
    (upstream, go, leaving)
}

#[tokio::test]
async fn an_answer_comes_piece_by_piece_and_whole() {
    for over in transports() {
        let (upstream, go, _leaving) = halting();
        let transport = over.make(&Limits::default());
        let answer = send(&transport, &upstream, Body::empty()).await.unwrap();
        let mut body = answer.into_body();
        assert_eq!(body.size_hint().exact(), Some(LONG as u64));
        // The second half has not been sent.
        let first = piece(&mut body).await.unwrap().unwrap();
        let first = first.into_data().unwrap();
        assert!(first.len() <= 64 << 10);
        go.send(()).unwrap();
        let rest = body.collect(1 << 20, &Room::default()).await.unwrap();
        assert_eq!(first.len() + rest.len(), LONG);
    }
}

#[tokio::test]
async fn an_answer_whose_body_is_dropped_half_way_loses_its_connection() {
    for over in transports() {
        let (upstream, go, leaving) = halting();
        let transport = over.make(&Limits::default());
        let answer = send(&transport, &upstream, Body::empty()).await.unwrap();
        let mut body = answer.into_body();
        piece(&mut body).await.unwrap().unwrap();
        drop(body);
        go.send(()).unwrap();
        assert_eq!(leaving.recv_timeout(Duration::from_secs(5)), Ok(true));
    }
}

/// Answers with the request's body, after it was decoded, and how it was
/// framed.
fn framing() -> Upstream {
    Upstream::start(|stream| {
        let mut request = Vec::new();
        let mut byte = [0];
        let is_over = |request: &[u8]| {
            request.ends_with(b"0\r\n\r\n") || request.ends_with(b"hello!") || request.is_empty()
        };
        loop {
            stream.read_exact(&mut byte)?;
            request.push(byte[0]);
            if is_over(&request) {
                break;
            }
        }
        let request = String::from_utf8(request).unwrap();
        let length = request.len();
        write!(
            stream,
            "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{request}"
        )
    })
}

#[tokio::test]
async fn a_request_goes_out_piece_by_piece_and_whole() {
    for over in transports() {
        let pieces = || ["hel", "lo!"].map(|piece| Ok(Frame::data(piece.into())));
        let upstream = framing();
        let transport = over.make(&Limits::default());
        let body = Body::new(StreamBody::new(stream::iter(pieces())));
        let answer = send(&transport, &upstream, body).await.unwrap();
        let seen = answer.into_body().collect(1 << 20, &Room::default()).await;
        let seen = String::from_utf8(seen.unwrap()).unwrap();
        assert!(seen.contains("transfer-encoding: chunked\r\n"), "{seen}");
        let (_, body) = seen.split_once("\r\n\r\n").unwrap();
        let hex = |length: usize| format!("{length:x}\r\n");
        let one = format!("{}hello!\r\n0\r\n\r\n", hex(6));
        let two = format!("{}hel\r\n{}lo!\r\n0\r\n\r\n", hex(3), hex(3));
        assert!(body == one || body == two, "{body}");
    }
}

#[tokio::test]
async fn a_request_that_breaks_off_or_has_trailers_is_an_error() {
    for over in transports() {
        let broken = Err(TransportError::Interrupted("x".to_owned()));
        let trailers = Ok(Frame::trailers(HeaderMap::new()));
        for last in [broken, trailers] {
            let upstream = framing();
            let transport = over.make(&Limits::default());
            let pieces = [Ok(Frame::data("hel".into())), last];
            let body = Body::new(StreamBody::new(stream::iter(pieces)));
            let answer = send(&transport, &upstream, body).await;
            // One that has sent nothing of it may say so.
            let is_error = matches!(
                answer,
                Err(TransportError::Interrupted(_) | TransportError::Unreachable(_))
            );
            assert!(is_error, "{answer:?}");
        }
    }
}
