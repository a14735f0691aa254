//! Answers that never end, come drop by drop, or are larger than they may be.

use std::io::Write;
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use serde_json::json;

use super::{fetched, lost, pour, said};
use crate::support::{is_over_hyper, over_each_transport};
use crate::upstream::Upstream;

/// Answers with a beginning, and then with the same bytes for ever.
fn endless(beginning: &'static str, then: &'static str) -> Upstream {
    Upstream::new(move |_, stream| {
        let many = then.repeat(1 + 4096 / then.len());
        stream.write_all(beginning.as_bytes()).is_ok() && pour(stream, many.as_bytes())
    })
}

const CHUNKED: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";

#[test]
fn what_never_ends_is_cut_off_at_a_limit() {
    over_each_transport(|| {
        for (beginning, then, error) in [
            ("HTTP/1.1 200 OK\r\n\r\n", "x", "TooLarge"),
            (
                "HTTP/1.1 200 OK\r\ncontent-length: 1000000000000\r\n\r\n",
                "x",
                "TooLarge",
            ),
            (CHUNKED, "1\r\nx\r\n", "TooLarge"),
            (CHUNKED, "1000\r\n", "TooLarge"),
            (CHUNKED, "1;ext=ext\r\nx\r\n", "TooLarge"),
            (
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;",
                "ext=ext;",
                r#"Interrupted("the connection broke")"#,
            ),
            (
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n",
                "x: trailer\r\n",
                "TooLarge",
            ),
            ("HTTP/1.1 200 OK\r\n", "x: header\r\n", "TooLarge"),
            ("HTTP/1.1 200 OK\r\nx: ", "header ", "TooLarge"),
            ("HTTP/1.1 200 ", "OK", "TooLarge"),
            (
                "",
                "x",
                r#"Interrupted("the answer is not proper HTTP: http parse fail: invalid HTTP version")"#,
            ),
            ("", "\r\n", "TooLarge"),
            ("", "HTTP/1.1 100 Continue\r\n\r\n", "TooLarge"),
            (
                "",
                "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n",
                "TooLarge",
            ),
        ] {
            let upstream = endless(beginning, then);
            let mut answer = fetched(&upstream, &[("response-body", "64KiB")]);
            if let Some(error) = answer["error"].as_str() {
                answer["error"] = json!(said(error));
            }
            // hyper bounds the extension of a chunk by itself.
            let error = match is_over_hyper() && then == "ext=ext;" {
                true => "TooLarge".to_owned(),
                false => said(error),
            };
            assert_eq!(answer, lost(&error), "{beginning:?} {then:?}");
        }
    });
}

#[test]
fn a_head_is_bounded_in_number_and_size() {
    over_each_transport(|| {
        let head = |headers: usize, bytes: usize| {
            let lines: String = (0..headers)
                .map(|n| format!("x-{n}: {}\r\n", "a".repeat(bytes)))
                .collect();
            let answer = format!("HTTP/1.1 200 OK\r\n{lines}content-length: 0\r\n\r\n");
            let upstream =
                Upstream::new(move |_, stream| stream.write_all(answer.as_bytes()).is_ok());
            fetched(&upstream, &[])
        };
        assert_eq!(head(100, 10)["status"], json!(200));
        assert_eq!(head(1, 30_000)["status"], json!(200));
        assert_eq!(head(200, 10), lost("TooLarge"));
        assert_eq!(head(1, 40_000), lost("TooLarge"));
        assert_eq!(head(100, 400), lost("TooLarge"));
    });
}

#[test]
fn a_body_may_fill_its_limit_and_not_exceed_it() {
    over_each_transport(|| {
        let body = |bytes: usize| {
            let upstream = Upstream::new(move |_, stream| {
                write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {bytes}\r\n\r\n").is_ok()
                    && stream.write_all(&vec![b'x'; bytes]).is_ok()
            });
            fetched(&upstream, &[("response-body", "10KiB")])
        };
        assert_eq!(body(10_240)["status"], json!(200));
        assert_eq!(body(10_241), lost("TooLarge"));
    });
}

/// One byte at a time, with a pause before each.
fn drip(stream: &mut TcpStream, bytes: impl IntoIterator<Item = u8>) -> bool {
    bytes.into_iter().all(|byte| {
        thread::sleep(Duration::from_millis(50));
        stream.write_all(&[byte]).is_ok()
    })
}

#[test]
fn a_drip_ends_with_the_time_of_the_request_and_its_connection_with_it() {
    over_each_transport(|| {
        for beginning in [
            "HTTP/1.1 200 ",
            "HTTP/1.1 200 OK\r\nx: ",
            "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3e8\r\n",
        ] {
            let upstream = Upstream::new(move |_, stream| {
                stream.write_all(beginning.as_bytes()).is_ok()
                    && drip(stream, std::iter::repeat(b'x'))
            });
            let node =
                crate::support::load(super::node(&upstream, &[("request-timeout", "300ms")]));
            for tries in 1..=2 {
                let answer = super::ask(&node, super::get(&upstream, "/"));
                assert_eq!(answer, lost("Timeout"), "{beginning:?}");
                assert_eq!(upstream.connections(), tries, "the connection was reused");
            }
        }
        // Slow is not hostile.
        let upstream = Upstream::new(|_, stream| {
            drip(stream, *b"HTTP/1.1 200 \r\n\r\na");
            false
        });
        assert_eq!(
            fetched(&upstream, &[("request-timeout", "8s")])["body"],
            "a"
        );
    });
}

/// What `gzip` makes of a lot of zeros, as far as an upstream can be bothered.
fn bomb() -> Vec<u8> {
    let mut bomb = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
    bomb.extend([
        0xed, 0xc1, 0x01, 0x0d, 0, 0, 0, 0xc2, 0xa0, 0xf7, 0x4f, 0x6d,
    ]);
    bomb.extend(vec![0; 1000]);
    bomb
}

#[test]
fn a_compressed_body_is_never_unpacked() {
    over_each_transport(|| {
        for encoding in ["gzip", "deflate", "br", "zstd", "gzip, gzip"] {
            let upstream = Upstream::new(move |request, stream| {
                assert!(!request.to_ascii_lowercase().contains("accept-encoding"));
                let body = bomb();
                let length = body.len();
                write!(
                stream,
                "HTTP/1.1 200 OK\r\ncontent-encoding: {encoding}\r\ncontent-length: {length}\r\n\r\n"
            )
            .is_ok()
                && stream.write_all(&body).is_ok()
            });
            let answer = fetched(&upstream, &[]);
            let text = String::from_utf8_lossy(&bomb()).into_owned();
            assert_eq!(answer["body"], json!(text), "{encoding}");
        }
    });
}
