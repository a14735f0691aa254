//! Lookups with a resolver that does what a test says.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc;

use futures_util::future::join_all;

use super::*;

const LONG: Duration = Duration::from_secs(3600);

/// Lookups that call this with how often the resolver was asked, from 1.
pub(crate) fn scripted(
    keep: Duration,
    resolve: impl Fn(&str, usize) -> io::Result<Vec<IpAddr>> + Send + Sync + 'static,
) -> (Lookups, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let resolve = move |host: &str| resolve(host, count.fetch_add(1, SeqCst) + 1);
    (Lookups::new(keep, resolve), asked)
}

fn public() -> Vec<IpAddr> {
    vec![IpAddr::from([93, 184, 216, 34])]
}

#[tokio::test]
async fn whoever_asks_for_a_name_at_the_same_time_shares_one_lookup() {
    let (go, gone) = mpsc::channel::<()>();
    let gone = Mutex::new(gone);
    let (lookups, asked) = scripted(Duration::ZERO, move |_, _| {
        gone.lock().unwrap().recv().unwrap();
        Ok(public())
    });
    let all = join_all((0..100).map(|_| lookups.resolve("api.example.com", LONG)));
    // All of them have asked by the time that this is polled.
    let release = async { go.send(()).unwrap() };
    let (all, ()) = tokio::join!(all, release);
    assert!(all.iter().all(|found| *found == Ok(public())));
    assert_eq!(asked.load(SeqCst), 1);
    // Nothing is kept here, so the next one is looked up by itself.
    go.send(()).unwrap();
    assert_eq!(lookups.resolve("api.example.com", LONG).await, Ok(public()));
    assert_eq!(asked.load(SeqCst), 2);
}

#[tokio::test]
async fn a_name_that_never_answers_holds_back_nobody_who_asks_for_another() {
    let (go, gone) = mpsc::channel::<()>();
    let gone = Mutex::new(gone);
    let (lookups, asked) = scripted(Duration::ZERO, move |host, _| {
        if host == "silent.example" {
            // Until the test ends.
            _ = gone.lock().unwrap().recv();
        }
        Ok(public())
    });
    // Far more than one transport has threads.
    let short = Duration::from_millis(20);
    let waiting = (0..10 * MAX_LOOKUPS).map(|_| lookups.resolve("silent.example", short));
    for found in join_all(waiting).await {
        assert_eq!(found, Err(TransportError::Timeout));
    }
    assert_eq!(asked.load(SeqCst), 1);
    for number in 0..10 * MAX_LOOKUPS {
        let name = format!("{number}.example");
        assert_eq!(lookups.resolve(&name, LONG).await, Ok(public()));
    }
    drop(go);
}

#[tokio::test]
async fn an_answer_is_used_again_and_a_failure_is_not() {
    let (lookups, asked) = scripted(LONG, |_, time| match time {
        1 | 2 => Err(io::ErrorKind::NotFound.into()),
        _ => Ok(public()),
    });
    for time in 1..=2 {
        let why = "the name could not be resolved".to_owned();
        let found = lookups.resolve("api.example.com", LONG).await;
        assert_eq!(found, Err(TransportError::Unreachable(why)));
        assert_eq!(asked.load(SeqCst), time);
    }
    for _ in 0..10 {
        assert_eq!(lookups.resolve("api.example.com", LONG).await, Ok(public()));
    }
    assert_eq!(asked.load(SeqCst), 3);
    // Another name is another lookup, and another transport knows nothing.
    lookups.resolve("other.example.com", LONG).await.unwrap();
    assert_eq!(asked.load(SeqCst), 4);
    let (stranger, asked) = scripted(LONG, |_, _| Ok(public()));
    stranger.resolve("api.example.com", LONG).await.unwrap();
    assert_eq!(asked.load(SeqCst), 1);
}

#[tokio::test]
async fn a_lookup_whose_requests_are_gone_serves_the_next_one() {
    let (go, gone) = mpsc::channel::<()>();
    let gone = Mutex::new(gone);
    let (lookups, asked) = scripted(Duration::ZERO, move |_, _| {
        gone.lock().unwrap().recv().unwrap();
        Ok(public())
    });
    let soon = Duration::from_millis(1);
    let found = lookups.resolve("api.example.com", soon).await;
    assert_eq!(found, Err(TransportError::Timeout));
    let again = lookups.resolve("api.example.com", LONG);
    let (found, ()) = tokio::join!(again, async { go.send(()).unwrap() });
    assert_eq!((found, asked.load(SeqCst)), (Ok(public()), 1));
}

#[tokio::test]
async fn a_resolver_that_panics_leaves_nobody_waiting() {
    let (lookups, _) = scripted(LONG, |_, time| match time {
        1 => panic!("on purpose"),
        _ => Ok(public()),
    });
    let found = lookups.resolve("api.example.com", LONG).await;
    assert!(matches!(found, Err(TransportError::Unreachable(_))));
    assert_eq!(lookups.resolve("api.example.com", LONG).await, Ok(public()));
}
