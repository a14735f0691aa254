//! Answers whose end, length or form is a lie.

use std::io::Write;

use serde_json::{Value, json};

use super::{fetched, lost, said};
use crate::support::{is_over_hyper, over_each_transport};
use crate::upstream::Upstream;

/// Answers with these bytes and closes the connection.
#[track_caller]
fn answered(bytes: &'static [u8]) -> Value {
    let upstream = Upstream::new(move |_, stream| {
        _ = stream.write_all(bytes);
        false
    });
    let mut answer = fetched(&upstream, &[]);
    if let Some(error) = answer["error"].as_str() {
        answer["error"] = json!(said(error));
    }
    answer
}

#[track_caller]
fn check(cases: &[(&'static [u8], &str)]) {
    let wrong: Vec<String> = cases
        .iter()
        .map(|(bytes, error)| (bytes, lost(&said(error)), answered(bytes)))
        .filter(|(_, expected, answer)| answer != expected)
        .map(|(bytes, _, answer)| format!("{}: {answer}", bytes.escape_ascii()))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The nearest honest answers to those below. A length that is stated twice
/// is no lie if both are the same, and a body is whole with its last chunk,
/// whatever becomes of the line after it.
#[test]
fn honest_answers_are_answers() {
    over_each_transport(|| {
        let cases: &[(&'static [u8], u64, &str)] = &[
        (b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfull", 200, "full"),
        (b"HTTP/1.1 200 OK\r\nContent-Length:4\r\n\r\nfull", 200, "full"),
        (b"HTTP/1.1 200 OK\r\n\r\nuntil the end", 200, "until the end"),
        (b"HTTP/1.0 200 OK\r\n\r\nuntil the end", 200, "until the end"),
        (b"HTTP/1.1 200\r\ncontent-length: 0\r\n\r\n", 200, ""),
        (b"HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\nno", 404, "no"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nfull\r\n0\r\n\r\n", 200, "full"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n2;a=b\r\nfu\r\n2\r\nll\r\n0\r\n\r\n", 200, "full"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\ncontent-length: 4\r\n\r\nfull", 200, "full"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 4, 4\r\n\r\nfull", 200, "full"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nfull\r\n0\r\n", 200, "full"),
        (b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfull", 200, "full"),
    ];
        for (bytes, status, body) in cases {
            if is_over_hyper() && bytes.ends_with(b"full\r\n0\r\n") {
                // hyper wants the line after it, too.
                continue;
            }
            let answer = answered(bytes);
            let shown = bytes.escape_ascii();
            assert_eq!(answer["status"], json!(status), "{shown}: {answer}");
            assert_eq!(answer["body"], json!(body), "{shown}");
        }
    });
}

#[test]
fn a_length_that_is_wrong_or_ambiguous_is_no_answer() {
    over_each_transport(|| {
        check(&[
        (b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf", r#"Interrupted("the connection broke")"#),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\ncontent-length: 2\r\n\r\nfull", r#"Interrupted("the answer is not proper HTTP: conflicting content-length headers")"#),
        (b"HTTP/1.1 200 OK\r\ncontent-length: -4\r\n\r\nfull", r#"Interrupted("the answer is not proper HTTP: content-length header not a number")"#),
        (b"HTTP/1.1 200 OK\r\ncontent-length: +4\r\n\r\nfull", r#"Interrupted("the answer is not proper HTTP: content-length header not a number")"#),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 0x4\r\n\r\nfull", r#"Interrupted("the answer is not proper HTTP: content-length header not a number")"#),
        (b"HTTP/1.1 200 OK\r\ncontent-length: four\r\n\r\nfull", r#"Interrupted("the answer is not proper HTTP: content-length header not a number")"#),
        (b"HTTP/1.1 200 OK\r\ncontent-length: \r\n\r\nfull", r#"Interrupted("the answer is not proper HTTP: content-length header not a number")"#),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999\r\n\r\nfull", r#"Interrupted("the answer is not proper HTTP: content-length header not a number")"#),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\nfull", "TooLarge"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", r#"Interrupted("the answer is not proper HTTP: it states a length and is chunked too")"#),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n4\r\nfull\r\n0\r\n\r\n", r#"Interrupted("the answer is not proper HTTP: it states a length and is chunked too")"#),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n4\r\nfull\r\n0\r\n\r\n", r#"Interrupted("the answer is not proper HTTP: its transfer encoding is not `chunked`")"#),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", r#"Interrupted("the answer is not proper HTTP: its transfer encoding is not `chunked`")"#),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: xchunked\r\n\r\n4\r\nfull\r\n0\r\n\r\n", r#"Interrupted("the answer is not proper HTTP: its transfer encoding is not `chunked`")"#),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding : chunked\r\n\r\n4\r\nfull\r\n0\r\n\r\n", r#"Interrupted("the answer is not proper HTTP: http parse fail: invalid header name")"#),
        (b"HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nfull\r\n0\r\n\r\n", r#"Interrupted("the answer is not proper HTTP: it is chunked, and not HTTP/1.1")"#),
    ]);
    });
}

#[test]
fn chunks_that_lie_are_no_answer() {
    over_each_transport(|| {
        check(&[
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nfull\r\n0\r\n\r\n", r#"Interrupted("the answer is not proper HTTP: chunk length cannot be read as a number")"#),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n-4\r\nfull\r\n0\r\n\r\n", r#"Interrupted("the answer is not proper HTTP: chunk length cannot be read as a number")"#),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0x4\r\nfull\r\n0\r\n\r\n", r#"Interrupted("the answer is not proper HTTP: chunk length cannot be read as a number")"#),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n\r\nfull\r\n0\r\n\r\n", r#"Interrupted("the answer is not proper HTTP: chunk length cannot be read as a number")"#),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nfull", r#"Interrupted("the connection broke")"#),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nfull\r\n", r#"Interrupted("the connection broke")"#),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nfuller\r\n0\r\n\r\n", r#"Interrupted("the answer is not proper HTTP: chunk expected crlf as next character")"#),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n7fffffff\r\nfull", r#"Interrupted("the connection broke")"#),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffff\r\nfull", r#"Interrupted("the connection broke")"#),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\nfull", r#"Interrupted("the answer is not proper HTTP: chunk length cannot be read as a number")"#),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n10000000000000004\r\nfull\r\n0\r\n\r\n", r#"Interrupted("the answer is not proper HTTP: chunk length cannot be read as a number")"#),
    ]);
    });
}

#[test]
fn what_is_no_http_is_no_answer() {
    over_each_transport(|| {
        check(&[
        (b"", r#"Interrupted("the connection broke")"#),
        (b"\r\n\r\n", r#"Interrupted("the connection broke")"#),
        (
            b"hello\r\n\r\n",
            r#"Interrupted("the answer is not proper HTTP: http parse fail: invalid HTTP version")"#,
        ),
        (
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
            r#"Interrupted("the answer is not proper HTTP: http parse fail: invalid HTTP version")"#,
        ),
        (
            b"SSH-2.0-OpenSSH_9.9\r\n\r\n",
            r#"Interrupted("the answer is not proper HTTP: http parse fail: invalid HTTP version")"#,
        ),
        (
            b"HTTP/2 200 OK\r\ncontent-length: 0\r\n\r\n",
            r#"Interrupted("the answer is not proper HTTP: http parse fail: invalid HTTP version")"#,
        ),
        (
            b"HTTP/9.9 200 OK\r\ncontent-length: 0\r\n\r\n",
            r#"Interrupted("the answer is not proper HTTP: http parse fail: invalid HTTP version")"#,
        ),
        (
            b"HTTP/1.1 20 OK\r\ncontent-length: 0\r\n\r\n",
            r#"Interrupted("the answer is not proper HTTP: http parse fail: invalid response status")"#,
        ),
        (
            b"HTTP/1.1 99999 OK\r\ncontent-length: 0\r\n\r\n",
            r#"Interrupted("the answer is not proper HTTP: http parse fail: invalid response status")"#,
        ),
        (
            b"HTTP/1.1 000 OK\r\ncontent-length: 0\r\n\r\n",
            r#"Interrupted("the answer is not proper HTTP: http parse fail: invalid status code: 000")"#,
        ),
        (
            b"HTTP/1.1 abc OK\r\ncontent-length: 0\r\n\r\n",
            r#"Interrupted("the answer is not proper HTTP: http parse fail: invalid response status")"#,
        ),
        (
            b"HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\nraw",
            r#"Interrupted("the answer has the status 101")"#,
        ),
        (
            b"HTTP/1.1 200 OK\r\nno colon\r\ncontent-length: 0\r\n\r\n",
            r#"Interrupted("the answer is not proper HTTP: http parse fail: invalid header name")"#,
        ),
        (
            b"HTTP/1.1 200 OK\r\na name: 1\r\ncontent-length: 0\r\n\r\n",
            r#"Interrupted("the answer is not proper HTTP: http parse fail: invalid header name")"#,
        ),
        (
            b"HTTP/1.1 200 OK\r\nx: 1\r\n folded\r\ncontent-length: 0\r\n\r\n",
            r#"Interrupted("the answer is not proper HTTP: http parse fail: invalid header name")"#,
        ),
        (
            b"HTTP/1.1 200 OK\r\nx: a\0b\r\ncontent-length: 0\r\n\r\n",
            r#"Interrupted("the answer is not proper HTTP: http parse fail: invalid header value")"#,
        ),
        (
            b"HTTP/1.1 200 OK\r\nx: a\rb\r\ncontent-length: 0\r\n\r\n",
            r#"Interrupted("the answer is not proper HTTP: http parse fail: invalid header value")"#,
        ),
        (
            b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n",
            r#"Interrupted("the connection broke")"#,
        ),
    ]);
    });
}

#[test]
fn odd_bytes_in_a_header_reach_the_node_as_text_or_not_at_all() {
    over_each_transport(|| {
        let answer =
            answered(b"HTTP/1.1 200 OK\r\nx: \xff\xfe\r\ncontent-length: 2\r\n\r\n\xff\xfe");
        assert_eq!(
            answer,
            json!({
                "status": 200,
                "headers": [["x", "\u{fffd}\u{fffd}"], ["content-length", "2"]],
                "body": "\u{fffd}\u{fffd}",
            })
        );
        let answer = answered(b"HTTP/1.1 200 OK\r\nx: \x1b[31m\r\ncontent-length: 0\r\n\r\n");
        let why = "the answer is not proper HTTP: http parse fail: invalid header value";
        assert_eq!(answer, lost(&said(&format!("Interrupted({why:?})"))));
    });
}
