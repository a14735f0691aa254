//! Connections: whose they are, how long they live, where they never go.

use std::sync::Mutex;
use std::sync::mpsc;

use super::*;

#[tokio::test]
async fn a_redirect_is_handed_over_and_not_followed() {
    for over in transports() {
        let elsewhere = Upstream::echoing();
        let answer = format!(
            "HTTP/1.1 302 Found\r\nlocation: {}\r\ncontent-length: 2\r\n\r\nno",
            elsewhere.url("/")
        );
        let upstream = Upstream::answering(answer);
        let house = over.house(&upstream);
        for method in ["GET", "POST", "HEAD"] {
            let answer = house.send(request(method, &upstream.url("/"))).await;
            if method == "HEAD" {
                // The upstream sends a body that a HEAD must not have.
                continue;
            }
            let response = answer.unwrap();
            assert_eq!((response.status, body(&response)), (302, "no"), "{method}");
            assert!(
                response
                    .headers
                    .contains(&("location".into(), elsewhere.url("/")))
            );
        }
        assert_eq!(elsewhere.connections(), 0);
    }
}

#[tokio::test]
async fn a_connection_is_reused_by_its_node_and_by_no_other() {
    for over in transports() {
        let upstream = Upstream::echoing();
        let (one, other) = (over.house(&upstream), over.house(&upstream));
        for _ in 0..5 {
            one.get(&upstream.url("/")).await.unwrap();
        }
        assert_eq!(upstream.connections(), 1);
        other.get(&upstream.url("/")).await.unwrap();
        assert_eq!(upstream.connections(), 2);
    }
}

#[tokio::test]
async fn a_connection_with_bytes_left_over_is_not_reused() {
    for over in transports() {
        let smuggled = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil";
        let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ngood{smuggled}");
        let upstream = Upstream::answering(answer);
        let house = over.house(&upstream);
        for _ in 0..3 {
            assert_eq!(body(&house.get(&upstream.url("/")).await.unwrap()), "good");
        }
        assert_eq!(upstream.connections(), 3);
    }
}

#[tokio::test]
async fn dropping_a_request_closes_its_socket_at_once() {
    for over in transports() {
        let (got, requests) = mpsc::channel();
        let (ended, ends) = mpsc::channel();
        let (got, ended) = (Mutex::new(got), Mutex::new(ended));
        let upstream = Upstream::start(move |stream| {
            let request = read_request(stream)?;
            got.lock().unwrap().send(request.is_some()).unwrap();
            // Blocks until the client is gone.
            let end = stream.read(&mut [0]);
            ended
                .lock()
                .unwrap()
                .send(matches!(end, Ok(0) | Err(_)))
                .unwrap();
            Ok(())
        });
        let house = Arc::new(over.house(&upstream));
        let url = upstream.url("/");
        let task = tokio::spawn({
            let house = Arc::clone(&house);
            async move { house.get(&url).await }
        });
        let wait = |receiver: mpsc::Receiver<bool>| {
            tokio::task::spawn_blocking(move || {
                (receiver.recv_timeout(Duration::from_secs(5)), receiver)
            })
        };
        assert_eq!(wait(requests).await.unwrap().0, Ok(true));
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
        assert_eq!(
            wait(ends).await.unwrap().0,
            Ok(true),
            "the upstream never saw the end"
        );
    }
}

#[tokio::test]
async fn idle_connections_end_with_their_revision() {
    for over in transports() {
        let (ended, ends) = mpsc::channel();
        let ended = Mutex::new(ended);
        let upstream = Upstream::start(move |stream| {
            let result = echo(stream);
            ended.lock().unwrap().send(result.is_ok()).unwrap();
            result
        });
        let house = over.house(&upstream);
        house.get(&upstream.url("/")).await.unwrap();
        drop(house);
        assert_eq!(ends.recv_timeout(Duration::from_secs(5)), Ok(true));
    }
}

#[tokio::test]
async fn names_are_resolved_by_the_system() {
    for over in transports() {
        let transport = over.make(&Limits::default());
        let found = transport
            .resolve("localhost", Duration::from_secs(5))
            .await
            .unwrap();
        assert!(
            !found.is_empty() && found.iter().all(|ip| ip.is_loopback()),
            "{found:?}"
        );
    }
}

#[test]
fn without_a_runtime_there_is_an_error_and_no_panic() {
    for over in transports() {
        let transport = over.make(&Limits::default());
        let mut future = transport.resolve("localhost", Duration::from_secs(1));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        let result = future.as_mut().poll(&mut context);
        assert!(
            matches!(result, std::task::Poll::Ready(Err(_))),
            "{result:?}"
        );
    }
}
