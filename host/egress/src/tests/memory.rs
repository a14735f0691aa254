//! What requests and their answers take of the memory that all nodes share.

use std::future;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use futures_util::stream;
use http_body::Frame;
use http_body_util::StreamBody;

use super::*;

const URL: &str = "https://api.example.com/";

fn no_memory() -> SendError {
    SendError::Exhausted("the host has no memory for it".to_owned())
}

fn post(body: RequestBody) -> Request {
    Request {
        method: "POST".into(),
        body,
        ..get(URL)
    }
}

#[tokio::test]
async fn a_request_for_which_there_is_no_memory_is_not_sent() {
    let body = || vec![b'x'; 1000];
    let coming = || RequestBody::Coming(Box::pin(async move { Ok(Some(body())) }));
    for (memory, sent) in [(999, false), (1500, true)] {
        for body in [RequestBody::Whole(body()), coming()] {
            let house = house(&[URL]).memory(memory).build();
            let answer = house.send(post(body)).await;
            assert_eq!(answer.is_ok(), sent, "{answer:?}");
            assert_eq!(house.calls().1, usize::from(sent));
            assert_eq!(house.budget.is_short(), !sent);
            if !sent {
                assert_eq!(answer, Err(no_memory()));
            }
        }
    }
}

#[tokio::test]
async fn a_body_that_could_not_be_collected_for_want_of_memory_is_not_the_nodes_mistake() {
    let house = house(&[URL]).build();
    let coming = RequestBody::Coming(Box::pin(async { Err(BodyError::NoRoom) }));
    assert_eq!(house.send(post(coming)).await, Err(no_memory()));
    assert!(house.budget.is_short());
}

#[tokio::test]
async fn an_answer_takes_its_memory_before_it_is_there_and_until_the_node_has_it() {
    const PIECE: usize = 16 << 10;
    let asked = Arc::new(AtomicUsize::new(0));
    let asking = Arc::clone(&asked);
    let reads = move |_| {
        let asked = Arc::clone(&asking);
        let next = move |at| {
            asked.fetch_add(1, SeqCst);
            let piece = Ok(Frame::data(vec![b'x'; PIECE].into()));
            future::ready((at < 4).then(|| (piece, at + 1)))
        };
        let body = StreamBody::new(stream::unfold(0, next));
        ready(Ok(http::Response::new(Body::new(body))))
    };
    let memory = 9 * PIECE as u64 + 1000;
    let house = house(&[URL]).memory(memory).answering(reads).build();
    let first = house.send(get(URL)).await.unwrap();
    let second = house.send(get(URL)).await.unwrap();
    assert!(!house.budget.is_short());
    assert_eq!(asked.swap(0, SeqCst), 10);
    assert_eq!(house.send(get(URL)).await, Err(no_memory()));
    assert!(house.budget.is_short());
    assert_eq!(asked.load(SeqCst), 2, "what does not fit is not asked for");
    drop((first, second.clone()));
    assert!(house.send(get(URL)).await.is_ok(), "one is gone");
    drop(second);
}

#[tokio::test]
async fn an_answer_that_no_transport_asked_memory_for_is_counted_when_it_is_there() {
    for (length, fits) in [(4000, true), (9000, false)] {
        let answers = move |_| ready(Ok(ok(&"x".repeat(length))));
        let house = house(&[URL]).memory(8000).answering(answers).build();
        let answer = house.send(get(URL)).await;
        assert_eq!(answer.is_ok(), fits);
        assert_eq!(house.event().status, Some(200));
    }
}

#[tokio::test]
async fn what_is_written_down_for_a_shadow_takes_memory_as_well() {
    let answers = |_| ready(Ok(ok(&"x".repeat(3000))));
    for (writes, fits) in [
        (WriteReplay::Off, true),
        (WriteReplay::Recording(Arc::default()), false),
    ] {
        let mut house = house(&[URL]).memory(5000).answering(answers).build();
        house.budget = house.budget.with_writes(writes);
        let answer = house.send(post(RequestBody::Whole(vec![b'x'; 500]))).await;
        assert_eq!(answer.is_ok(), fits, "{answer:?}");
    }
}
