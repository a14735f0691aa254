//! What stands on the wire, and what comes back from it.

use std::sync::Mutex;

use super::*;

/// The lines of the request that an upstream got, sorted but for the first.
async fn on_the_wire(house: &House, request: Request) -> Vec<String> {
    let response = house.send(request).await.unwrap();
    let head = body(&response).split_once("\r\n\r\n").unwrap().0.to_owned();
    let mut lines: Vec<_> = head.split("\r\n").map(str::to_owned).collect();
    lines[1..].sort();
    lines
}

#[tokio::test]
async fn a_request_is_what_was_asked_for_and_nothing_else() {
    for over in transports() {
        let upstream = Upstream::echoing();
        let house = over.house(&upstream);
        let host = format!("host: 127.0.0.1:{}", upstream.port);
        let agent = concat!("user-agent: hospes/", env!("CARGO_PKG_VERSION"));

        let lines = on_the_wire(&house, request("GET", &upstream.url("/a%20b?c=d&e"))).await;
        assert_eq!(
            lines,
            ["GET /a%20b?c=d&e HTTP/1.1", "accept: */*", &host, agent]
        );

        let lines = on_the_wire(&house, request("GET", &upstream.url("?q"))).await;
        assert_eq!(lines[0], "GET /?q HTTP/1.1");

        let headers = vec![
            text("X-A", "1"),
            text("x-a", "2"),
            text("User-Agent", "mine"),
            text("Accept", "a/b"),
            text("Content-Language", "nb"),
        ];
        let lines = on_the_wire(
            &house,
            Request {
                headers,
                ..request("DELETE", &upstream.url("/"))
            },
        )
        .await;
        let expected = [
            "DELETE / HTTP/1.1",
            "accept: a/b",
            "content-language: nb",
            &host,
            "user-agent: mine",
            "x-a: 1",
            "x-a: 2",
        ];
        assert_eq!(lines, expected);
    }
}

#[tokio::test]
async fn the_length_of_a_body_is_always_right() {
    for over in transports() {
        let upstream = Upstream::echoing();
        let house = over.house(&upstream);
        for (method, sent, length) in [
            ("GET", None, None),
            ("HEAD", None, None),
            ("DELETE", None, None),
            ("OPTIONS", None, None),
            ("POST", None, Some(0)),
            ("PUT", None, Some(0)),
            ("PATCH", None, Some(0)),
            ("POST", Some(""), Some(0)),
            ("POST", Some("hello"), Some(5)),
            ("PATCH", Some("hello"), Some(5)),
            ("DELETE", Some("hello"), Some(5)),
            ("GET", Some("hello"), Some(5)),
        ] {
            let asked = Request {
                body: RequestBody::from(sent.map(Vec::from)),
                ..request(method, &upstream.url("/"))
            };
            let response = house.send(asked).await.unwrap();
            if method == "HEAD" {
                assert_eq!(body(&response), "");
                continue;
            }
            let (head, got) = body(&response).split_once("\r\n\r\n").unwrap();
            let lengths: Vec<_> = head
                .lines()
                .filter(|line| line.starts_with("content-length"))
                .collect();
            let expected: Vec<_> = length
                .iter()
                .map(|length| format!("content-length: {length}"))
                .collect();
            assert_eq!(lengths, expected, "{method}");
            assert!(!head.contains("transfer-encoding"), "{method}");
            assert_eq!(got, sent.unwrap_or(""), "{method}");
        }
        let large = "x".repeat(1 << 20);
        let asked = Request {
            body: Some(large.clone().into()).into(),
            ..request("POST", &upstream.url("/"))
        };
        let response = house.send(asked).await.unwrap();
        assert!(body(&response).ends_with(&large));
    }
}

#[tokio::test]
async fn a_secret_stands_where_it_belongs_and_nowhere_else() {
    for over in transports() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        let upstream = Upstream::start(move |stream| {
            while let Some(request) = read_request(stream)? {
                log.lock().unwrap().push(request);
                stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n")?;
            }
            Ok(())
        });
        let house = over.house_attaching(&upstream, "X-Key");
        let stars = "*".repeat(SECRET.len());
        let headers = vec![
            text("x-before", &stars),
            secret("Authorization", "key", "Bearer "),
            text("x-key-not", &stars),
            secret("X-Key", "other", ""),
            text("x-a", &format!("x-key: {stars}")),
        ];
        let body = format!("\r\nauthorization: Bearer {stars}\r\nx-key: {stars}\r\n\r\n");
        let asked = Request {
            headers,
            body: Some(body.clone().into()).into(),
            ..request("POST", &upstream.url("/"))
        };
        assert_eq!(house.send(asked).await.unwrap().status, 204);
        let seen = seen.lock().unwrap();
        let (head, got) = seen[0].split_once("\r\n\r\n").unwrap();
        assert_eq!(got, body);
        for line in [
            format!("x-before: {stars}"),
            format!("authorization: Bearer {SECRET}"),
            format!("x-key-not: {stars}"),
            "x-key: another-sentinel".to_owned(),
            format!("x-a: x-key: {stars}"),
        ] {
            assert_eq!(
                head.lines().filter(|got| **got == line).count(),
                1,
                "{line}\n{head}"
            );
        }
        assert_eq!(head.matches("sentinel").count(), 2);
    }
}

#[tokio::test]
async fn a_large_head_goes_out_whole() {
    for over in transports() {
        let upstream = Upstream::echoing();
        let house = over.house_with(
            &upstream.url(""),
            &[
                ("request-header-bytes", "256KiB"),
                ("request-headers", "1000"),
            ],
        );
        let mut headers: Vec<_> = (0..900)
            .map(|at| text(&format!("x-{at}"), &"v".repeat(200)))
            .collect();
        headers.push(text("x-long", &"p".repeat(8000)));
        headers.push(secret("authorization", "key", "Bearer "));
        let path = format!("/{}", "a".repeat(8000));
        let response = house
            .send(Request {
                headers,
                ..request("GET", &upstream.url(&path))
            })
            .await
            .unwrap();
        assert!(body(&response).contains("\r\nx-899: vvv"));
        assert!(
            body(&response).contains("Bearer ***\r\n"),
            "the echo is blanked out"
        );
    }
}

#[tokio::test]
async fn an_ipv6_host_is_written_in_brackets() {
    for over in transports() {
        let upstream = Upstream::listen("[::1]:0", echo);
        let rule = format!("http://[::1]:{}", upstream.port);
        let house = over.house_with(&rule, &[]);
        let lines = on_the_wire(&house, request("GET", &format!("{rule}/"))).await;
        assert!(
            lines.contains(&format!("host: [::1]:{}", upstream.port)),
            "{lines:?}"
        );
    }
}

#[tokio::test]
async fn answers_of_every_proper_kind_are_understood() {
    for over in transports() {
        for (answer, status, expected) in [
            (
                "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
                200,
                "hello",
            ),
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
                200,
                "hello",
            ),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
                200,
                "hello",
            ),
            (
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2;a=b\r\nhe\r\n3\r\nllo\r\n0\r\nx: y\r\n\r\n",
                200,
                "hello",
            ),
            ("HTTP/1.1 204 No Content\r\n\r\n", 204, ""),
            (
                "HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n",
                304,
                "",
            ),
            ("HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n", 500, ""),
            (
                "HTTP/1.1 429 Too Many Requests\r\nretry-after: 1\r\ncontent-length: 2\r\n\r\nno",
                429,
                "no",
            ),
            (
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
                200,
                "ok",
            ),
            (
                "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
                200,
                "ok",
            ),
            ("HTTP/1.1 200 OK\r\n\r\nuntil the end", 200, "until the end"),
            ("HTTP/1.0 200 OK\r\n\r\nuntil the end", 200, "until the end"),
        ] {
            let upstream = Upstream::answering_once(answer);
            let response = over
                .house(&upstream)
                .get(&upstream.url("/"))
                .await
                .unwrap_or_else(|error| panic!("{answer}: {error}"));
            assert_eq!(
                (response.status, body(&response)),
                (status, expected),
                "{answer}"
            );
        }
    }
}

#[tokio::test]
async fn a_body_of_exactly_the_limit_fits() {
    for over in transports() {
        let answer = |length: usize| {
            format!(
                "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{}",
                "x".repeat(length)
            )
        };
        let limits = &[("response-body", "100")];
        let upstream = Upstream::answering(answer(100));
        let house = over.house_with(&upstream.url(""), limits);
        for _ in 0..2 {
            assert_eq!(house.get(&upstream.url("/")).await.unwrap().body.len(), 100);
        }
        assert_eq!(upstream.connections(), 1);
        let upstream = Upstream::answering(answer(101));
        let house = over.house_with(&upstream.url(""), limits);
        assert_eq!(
            house.get(&upstream.url("/")).await,
            Err(SendError::TooLarge)
        );
    }
}
