//! Upstreams that fail, lie, flood or stall: each is one of the node's cases.

use super::*;

fn interrupted(result: &Result<Response, SendError>) -> bool {
    matches!(result, Err(SendError::Interrupted(_)))
}

#[tokio::test]
async fn a_closed_port_is_unreachable() {
    for over in transports() {
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let url = format!("http://127.0.0.1:{port}");
        let error = SendError::Unreachable("the connection was refused".into());
        assert_eq!(over.house_with(&url, &[]).get(&url).await, Err(error));
    }
}

#[tokio::test]
async fn a_connection_that_breaks_after_the_request_is_interrupted() {
    for over in transports() {
        let close = Upstream::start(|stream| read_request(stream).map(drop));
        assert!(interrupted(&over.house(&close).get(&close.url("/")).await));
        // Closing with unread bytes makes it a reset.
        let reset = Upstream::start(|stream| stream.read_exact(&mut [0]));
        let large = Request {
            body: Some(vec![0; 1 << 20]).into(),
            ..request("POST", &reset.url("/"))
        };
        assert!(interrupted(&over.house(&reset).send(large).await));
    }
}

#[tokio::test]
async fn an_answer_that_is_short_ambiguous_or_not_http_is_interrupted() {
    for over in transports() {
        for answer in [
            // short
            "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort",
            "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-le",
            "HTTP/1.1 200 OK\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n",
            // chunks that lie
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\nhello\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\nhello\n0\n\n",
            // ambiguous
            "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello!",
            "HTTP/1.1 200 OK\r\ncontent-length: 5, 6\r\n\r\nhello!",
            "HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\ncontent-length: 5x\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: identity\r\ncontent-length: 5\r\n\r\nhello",
            "HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            // not HTTP
            "",
            "SSH-2.0-OpenSSH_9.6\r\n",
            "HTTP/2 200 OK\r\n\r\n",
            "HTTP/1.1 000 No\r\n\r\n",
            "HTTP/1.1 99999 No\r\n\r\n",
            "HTTP/1.1 200 OK\r\nbad header\r\n\r\n",
            "HTTP/1.1 200 OK\r\nx: a\r\n folded\r\n\r\n",
            "HTTP/1.1 200 OK\r\nx: a\0b\r\n\r\n",
            "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n",
        ] {
            let upstream = Upstream::answering_once(answer);
            let result = over.house(&upstream).get(&upstream.url("/")).await;
            assert!(interrupted(&result), "{answer:?}: {result:?}");
        }
    }
}

#[tokio::test]
async fn a_reset_is_not_the_end_of_a_body() {
    for over in transports() {
        let upstream = Upstream::start(|stream| {
            // What is not read of the request turns the close into a reset.
            stream.read_exact(&mut [0; 16])?;
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\nhalf of the ans")?;
            Ok(())
        });
        let result = over.house(&upstream).get(&upstream.url("/")).await;
        assert!(interrupted(&result), "{result:?}");
    }
}

/// Sends `first`, then `then` over and over until the client hangs up.
fn endless(first: &'static str, then: &'static str) -> Upstream {
    Upstream::start(move |stream| {
        read_request(stream)?;
        stream.write_all(first.as_bytes())?;
        loop {
            stream.write_all(then.repeat(100).as_bytes())?;
        }
    })
}

#[tokio::test]
async fn a_flood_is_cut_at_the_limit() {
    for over in transports() {
        let limits = &[("response-body", "64KiB"), ("response-head", "4KiB")];
        for (first, then) in [
            ("HTTP/1.1 200 OK\r\n\r\n", "x"),
            (
                "HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n",
                "x",
            ),
            (
                "HTTP/1.1 200 OK\r\ncontent-length: 18446744073709551615\r\n\r\n",
                "x",
            ),
            (
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
                "1\r\nx\r\n",
            ),
            (
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
                "1;aaaaaaaaaaaa\r\nx\r\n",
            ),
            (
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n",
                "x: y\r\n",
            ),
            ("HTTP/1.1 200 OK\r\n", "x: y\r\n"),
            ("HTTP/1.1 200 OK\r\nx: ", "y"),
            ("HTTP/1.1 200 ", "O"),
            ("", "HTTP/1.1 100 Continue\r\n\r\n"),
            ("", "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"),
        ] {
            let upstream = endless(first, then);
            let result = over
                .house_with(&upstream.url(""), limits)
                .get(&upstream.url("/"))
                .await;
            assert_eq!(result, Err(SendError::TooLarge), "{first:?} {then:?}");
        }
    }
}

#[tokio::test]
async fn too_many_headers_are_too_large() {
    for over in transports() {
        let many = "x: y\r\n".repeat(129);
        let upstream = Upstream::answering_once(format!(
            "HTTP/1.1 200 OK\r\n{many}content-length: 0\r\n\r\n"
        ));
        assert_eq!(
            over.house(&upstream).get(&upstream.url("/")).await,
            Err(SendError::TooLarge)
        );
    }
}

#[tokio::test]
async fn silence_after_the_request_is_a_timeout() {
    for over in transports() {
        for said in ["", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf"] {
            let upstream = Upstream::start(move |stream| {
                read_request(stream)?;
                stream.write_all(said.as_bytes())?;
                // Blocks until the client is gone.
                stream.read(&mut [0]).map(drop)
            });
            let started = Instant::now();
            let timeout = Some(Duration::from_millis(100));
            let result = over
                .house(&upstream)
                .send(Request {
                    timeouts: Timeouts::total(timeout),
                    ..request("GET", &upstream.url("/"))
                })
                .await;
            assert_eq!(result, Err(SendError::Timeout), "{said:?}");
            assert!(started.elapsed() < Duration::from_secs(5));
        }
    }
}

#[tokio::test]
async fn a_drip_does_not_outlive_the_time() {
    for over in transports() {
        let upstream = Upstream::start(|stream| {
            read_request(stream)?;
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
            stream.set_read_timeout(Some(Duration::from_millis(5)))?;
            loop {
                stream.write_all(b"x")?;
                // A pause that ends early when the client hangs up.
                if let Ok(0) = stream.read(&mut [0]) {
                    return Ok(());
                }
            }
        });
        let timeout = Some(Duration::from_millis(100));
        let started = Instant::now();
        let result = over
            .house(&upstream)
            .send(Request {
                timeouts: Timeouts::total(timeout),
                ..request("GET", &upstream.url("/"))
            })
            .await;
        assert_eq!(result, Err(SendError::Timeout));
        assert!(started.elapsed() < Duration::from_secs(5));
    }
}

#[tokio::test]
async fn a_node_may_wait_less_for_the_first_byte_and_for_each_further_one() {
    for over in transports() {
        let quick = Some(Duration::from_millis(50));
        for (said, timeouts) in [
            (
                "",
                Timeouts {
                    first_byte: quick,
                    ..Timeouts::default()
                },
            ),
            (
                "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf",
                Timeouts {
                    between_bytes: quick,
                    ..Timeouts::default()
                },
            ),
        ] {
            let upstream = Upstream::start(move |stream| {
                read_request(stream)?;
                stream.write_all(said.as_bytes())?;
                stream.read(&mut [0]).map(drop)
            });
            let started = Instant::now();
            let asked = Request {
                timeouts,
                ..request("GET", &upstream.url("/"))
            };
            let result = over.house(&upstream).send(asked).await;
            assert_eq!(result, Err(SendError::Timeout), "{said:?}");
            assert!(started.elapsed() < Duration::from_secs(5));
        }
    }
}

#[tokio::test]
async fn what_fails_before_the_request_is_unreachable() {
    for over in transports() {
        // A server that says nothing leaves the TLS handshake hanging.
        let silent = Upstream::start(|stream| {
            while stream.read(&mut [0; 1024])? > 0 {}
            Ok(())
        });
        let url = format!("https://127.0.0.1:{}", silent.port);
        let error = SendError::Unreachable("connecting took too long".into());
        assert_eq!(
            over.house_with(&url, &[("connect", "100ms")])
                .get(&url)
                .await,
            Err(error.clone())
        );
        let house = over.house_with(&url, &[]);
        let timeout = Some(Duration::from_millis(100));
        assert_eq!(
            house
                .send(Request {
                    timeouts: Timeouts::total(timeout),
                    ..request("GET", &url)
                })
                .await,
            Err(error)
        );

        let plain = Upstream::start(|stream| stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n"));
        let url = format!("https://127.0.0.1:{}", plain.port);
        let result = over.house_with(&url, &[]).get(&url).await;
        assert_eq!(result, Err(SendError::Unreachable("TLS failed".into())));

        let closed = Upstream::start(|stream| stream.read(&mut [0; 4096]).map(drop));
        let url = format!("https://127.0.0.1:{}", closed.port);
        let result = over.house_with(&url, &[]).get(&url).await;
        assert!(
            matches!(result, Err(SendError::Unreachable(_))),
            "{result:?}"
        );
    }
}

#[tokio::test]
async fn an_echoed_secret_is_blanked_out_of_an_error_too() {
    for over in transports() {
        let upstream = Upstream::answering_once(format!("HTTP/1.1 200 OK\r\n{SECRET}\r\n\r\n"));
        let headers = vec![secret("authorization", "key", "")];
        let result = over
            .house(&upstream)
            .send(Request {
                headers,
                ..request("GET", &upstream.url("/"))
            })
            .await;
        assert!(!result.unwrap_err().to_string().contains("sentinel"));
    }
}
