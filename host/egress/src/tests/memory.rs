//! What requests and their answers take of the memory that all nodes share.

use super::*;

const URL: &str = "https://api.example.com/";

fn no_memory() -> SendError {
    SendError::Exhausted("the host has no memory for it".to_owned())
}

fn post(body: Body) -> Request {
    Request {
        method: "POST".into(),
        body,
        ..get(URL)
    }
}

#[tokio::test]
async fn a_request_for_which_there_is_no_memory_is_not_sent() {
    let body = || vec![b'x'; 1000];
    let coming = || Body::Coming(Box::pin(async move { Ok(Some(body())) }));
    for (memory, sent) in [(999, false), (1500, true)] {
        for body in [Body::Whole(body()), coming()] {
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
    let coming = Body::Coming(Box::pin(async { Err(BodyError::NoRoom) }));
    assert_eq!(house.send(post(coming)).await, Err(no_memory()));
    assert!(house.budget.is_short());
}

#[tokio::test]
async fn an_answer_takes_its_memory_before_it_is_there_and_until_the_node_has_it() {
    // The transport asks step by step, as it reads.
    let reads = |outgoing: Outgoing| {
        let steps = (0..4).all(|_| outgoing.room.take(1000));
        let answer = steps.then(|| ok(&"x".repeat(4000)));
        ready(answer.ok_or(TransportError::NoRoom))
    };
    let house = house(&[URL]).memory(9000).answering(reads).build();
    let first = house.send(get(URL)).await.unwrap();
    let second = house.send(get(URL)).await.unwrap();
    assert!(!house.budget.is_short());
    assert_eq!(house.send(get(URL)).await, Err(no_memory()));
    assert!(house.budget.is_short());
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
        let answer = house.send(post(Body::Whole(vec![b'x'; 500]))).await;
        assert_eq!(answer.is_ok(), fits, "{answer:?}");
    }
}
