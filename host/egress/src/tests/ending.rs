//! How requests end: budgets, places, time, failures, and one record each.

use std::future::{pending, poll_fn};
use std::task::Poll;

use http_body::Frame;
use http_body_util::StreamBody;
use tokio::sync::Notify;

use super::*;
use crate::Spent;

const RULES: &[&str] = &["https://api.example.com"];
const URL: &str = "https://api.example.com/v1";

fn post(bytes: usize) -> Request {
    Request {
        method: "POST".into(),
        body: Some(vec![b'x'; bytes]).into(),
        ..get(URL)
    }
}

#[tokio::test]
async fn requests_and_bytes_are_counted_and_used_up() {
    let house = house(RULES)
        .limit("requests", "2")
        .limit("http-bytes", "100")
        .build();
    assert!(house.send(post(10)).await.is_ok());
    assert_eq!(
        house.budget.spent(),
        Spent {
            requests: 1,
            bytes_in: 5,
            bytes_out: 10
        }
    );
    assert_eq!(
        house.fake.sent.lock().unwrap()[0].dial.max_response_body,
        90
    );
    let error = "100 of bodies are used up (`http-bytes`)";
    assert_eq!(
        house.send(post(85)).await,
        Err(SendError::Exhausted(error.into()))
    );
    assert!(house.send(get(URL)).await.is_ok());
    let error = "all 2 requests are used up (`requests`)";
    assert_eq!(
        house.send(get(URL)).await,
        Err(SendError::Exhausted(error.into()))
    );
    assert_eq!(house.calls(), (2, 2));
    let verdicts: Vec<_> = house
        .events()
        .into_iter()
        .map(|event| event.verdict)
        .collect();
    let exhausted = Verdict::Failed(ErrorCase::Exhausted);
    assert_eq!(
        verdicts,
        [
            Verdict::Answered,
            exhausted.clone(),
            Verdict::Answered,
            exhausted
        ]
    );
}

#[tokio::test]
async fn refused_requests_cannot_flood_the_records() {
    let house = house(RULES).limit("requests", "2").build();
    for _ in 0..1000 {
        assert!(house.send(get("https://other.example.com/")).await.is_err());
    }
    let events = house.events();
    assert_eq!(events.len(), 2 + 256 + 1);
    assert_eq!(
        events.last().unwrap().verdict,
        Verdict::Failed(ErrorCase::Exhausted)
    );
    let error = SendError::Exhausted("too many requests were refused".into());
    assert_eq!(house.send(get(URL)).await, Err(error));
    assert_eq!(house.calls(), (0, 0));
}

#[tokio::test]
async fn a_body_that_is_too_long_is_not_sent() {
    let house = house(RULES).limit("request-body", "10").build();
    assert!(house.send(post(10)).await.is_ok());
    let error = BodyError::TooLong(10);
    assert_eq!(house.send(post(11)).await, Err(SendError::Body(error)));
    assert_eq!(
        error.to_string(),
        "the body is longer than 10 (`request-body`)"
    );
    assert_eq!(house.calls(), (1, 1));
}

#[tokio::test]
async fn an_answer_that_is_too_long_is_not_handed_over_whatever_the_transport_says() {
    // The second does not say how long its body is.
    let stated: fn() -> Body = || Body::from("hello");
    let pieces: fn() -> Body = || {
        let pieces = ["hel", "lo", "!"].map(|piece| Ok(Frame::data(piece.into())));
        Body::new(StreamBody::new(futures_util::stream::iter(pieces)))
    };
    for (body, received) in [(stated, 0), (pieces, 5)] {
        let house = house(RULES)
            .limit("response-body", "4")
            .answering(move |_| ready(Ok(http::Response::new(body()))))
            .build();
        assert_eq!(house.send(get(URL)).await, Err(SendError::TooLarge));
        let event = house.event();
        assert_eq!(
            (event.verdict, event.status, event.bytes_in),
            (Verdict::Failed(ErrorCase::TooLarge), Some(200), received)
        );
        assert_eq!(house.budget.spent().bytes_in, received);
    }
}

#[tokio::test]
async fn every_failure_of_the_transport_is_one_of_the_nodes_cases() {
    for (error, expected) in [
        (TransportError::Timeout, SendError::Timeout),
        (TransportError::TooLarge, SendError::TooLarge),
        (
            TransportError::Unreachable("a".into()),
            SendError::Unreachable("a".into()),
        ),
        (
            TransportError::Interrupted("b".into()),
            SendError::Interrupted("b".into()),
        ),
        (
            TransportError::Invalid("c".into()),
            SendError::Invalid("c".into()),
        ),
    ] {
        let house = house(RULES)
            .answering(move |_| ready(Err(error.clone())))
            .build();
        let case = expected.case();
        assert_eq!(house.send(get(URL)).await, Err(expected));
        assert_eq!(house.event().verdict, Verdict::Failed(case));
    }
}

#[tokio::test]
async fn a_name_without_an_address_is_unreachable() {
    for (found, why) in [
        (Ok(Vec::new()), "the name has no address"),
        (
            Err(TransportError::Timeout),
            "resolving the name took too long",
        ),
        (
            Err(TransportError::Unreachable("no such name".into())),
            "no such name",
        ),
        (
            Err(TransportError::Interrupted("x".into())),
            "the name could not be resolved",
        ),
    ] {
        let house = house(RULES).resolving_with(move |_| found.clone()).build();
        assert_eq!(
            house.send(get(URL)).await,
            Err(SendError::Unresolved(why.into()))
        );
        assert_eq!(house.calls(), (1, 0));
        assert_eq!(
            house.event().verdict,
            Verdict::Failed(ErrorCase::Unreachable)
        );
    }
}

#[tokio::test]
async fn a_request_gets_the_least_of_all_times() {
    let house = house(RULES).limit("request-timeout", "5s").build();
    let timeout = |timeout| Request {
        timeouts: Timeouts::total(timeout),
        ..get(URL)
    };
    for (asked, at_most) in [(None, 5000), (Some(60_000), 5000), (Some(700), 700)] {
        house
            .send(timeout(asked.map(Duration::from_millis)))
            .await
            .unwrap();
        let given = house.fake.sent.lock().unwrap().last().unwrap().dial.timeout;
        assert!(
            given <= Duration::from_millis(at_most),
            "{asked:?} {given:?}"
        );
        assert!(
            given > Duration::from_millis(at_most - 500),
            "{asked:?} {given:?}"
        );
    }
    let late = SendError::Unreachable("there was no time left to send it".into());
    assert_eq!(
        house.send(timeout(Some(Duration::ZERO))).await,
        Err(late.clone())
    );

    let over = RequestBudget::new("e".into(), &Limits::default(), Instant::now());
    assert_eq!(house.gate.send(&over, get(URL)).await, Err(late));
}

#[tokio::test]
async fn a_transport_that_hangs_is_given_up() {
    let house = house(RULES).answering(|_| Box::pin(pending())).build();
    let started = Instant::now();
    let request = Request {
        timeouts: Timeouts::total(Some(Duration::from_millis(50))),
        ..get(URL)
    };
    assert_eq!(house.send(request).await, Err(SendError::Timeout));
    assert!(started.elapsed() < Duration::from_secs(2));
    assert_eq!(house.event().verdict, Verdict::Failed(ErrorCase::Timeout));
}

#[tokio::test]
async fn a_request_that_is_dropped_is_recorded_as_cancelled_and_frees_its_place() {
    let house = house(RULES)
        .limit("requests-in-flight", "1")
        .answering(|request| {
            if !request.body.is_empty() {
                Box::pin(pending())
            } else {
                ready(Ok(ok("")))
            }
        })
        .build();
    let mut hanging = Box::pin(house.send(post(1)));
    poll_fn(|context| {
        assert!(hanging.as_mut().poll(context).is_pending());
        Poll::Ready(())
    })
    .await;
    assert_eq!(house.calls(), (1, 1));
    drop(hanging);
    assert_eq!(house.event().verdict, Verdict::Failed(ErrorCase::Cancelled));
    assert!(house.send(get(URL)).await.is_ok());
    assert_eq!(house.events().len(), 2);
}

#[tokio::test]
async fn no_more_are_in_flight_than_the_limits_say() {
    for (limit, other) in [
        ("requests-in-flight", "node-requests-in-flight"),
        ("node-requests-in-flight", "requests-in-flight"),
    ] {
        let go = Arc::new(Notify::new());
        let wait = Arc::clone(&go);
        let house = Arc::new(
            house(RULES)
                .limit(limit, "2")
                .limit(other, "100")
                .answering(move |_| {
                    let wait = Arc::clone(&wait);
                    Box::pin(async move {
                        wait.notified().await;
                        Ok(ok(""))
                    })
                })
                .build(),
        );
        let requests: Vec<_> = (0..5)
            .map(|_| {
                let house = Arc::clone(&house);
                tokio::spawn(async move { house.send(get(URL)).await })
            })
            .collect();
        // The test runs on one thread: after this, all five have gone as far as they can.
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        assert_eq!(house.calls(), (2, 2), "{limit}");
        for _ in 0..20 {
            go.notify_waiters();
            tokio::task::yield_now().await;
        }
        for request in requests {
            assert!(request.await.unwrap().is_ok());
        }
        assert_eq!(house.events().len(), 5);
    }
}

#[tokio::test]
async fn waiting_for_a_place_ends_in_time_with_nothing_sent() {
    let house = house(RULES)
        .limit("requests-in-flight", "1")
        .answering(|_| Box::pin(pending()))
        .build();
    let quick = || Request {
        timeouts: Timeouts::total(Some(Duration::from_millis(50))),
        ..get(URL)
    };
    let mut first = Box::pin(house.send(get(URL)));
    poll_fn(|context| {
        assert!(first.as_mut().poll(context).is_pending());
        Poll::Ready(())
    })
    .await;
    let why = "there was no place among the requests in flight in time";
    assert_eq!(
        house.send(quick()).await,
        Err(SendError::Unreachable(why.into()))
    );
    assert_eq!(house.calls(), (1, 1));
}

#[tokio::test]
async fn panics_of_others_stay_with_them() {
    let house = house(RULES).answering(|_| panic!("transport")).build();
    assert!(matches!(
        house.send(get(URL)).await,
        Err(SendError::Interrupted(_))
    ));
    let house = super::house(RULES)
        .answering(|_| Box::pin(async { panic!("later") }))
        .build();
    assert!(matches!(
        house.send(get(URL)).await,
        Err(SendError::Interrupted(_))
    ));
    let house = super::house(RULES)
        .resolving_with(|_| panic!("resolver"))
        .build();
    assert!(matches!(
        house.send(get(URL)).await,
        Err(SendError::Unresolved(_))
    ));

    struct Explosive;
    impl Observer for Explosive {
        fn egress(&self, _: &EgressEvent) {
            panic!("observer");
        }
    }
    let house = super::house(RULES).build();
    let policy = Policy::parse(RULES).unwrap();
    let limits = Limits::default();
    let transport = Arc::clone(&house.fake) as Arc<dyn Transport>;
    let gate = Gate::new(
        "n".into(),
        Arc::default(),
        policy,
        Vec::new(),
        &limits,
        transport,
        Arc::new(Explosive),
    )
    .unwrap();
    assert!(gate.send(&house.budget, get(URL)).await.is_ok());
    assert!(
        gate.send(&house.budget, get("https://x.example/"))
            .await
            .is_err()
    );
}

#[test]
fn a_request_can_move_between_threads() {
    fn check(_: impl std::marker::Send) {}
    let house = house(RULES).build();
    check(house.send(get(URL)));
}
