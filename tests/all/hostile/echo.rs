//! Upstreams that send the credential back, in whatever form. The node gets
//! the answer with the credential blanked out.

use std::hash::{BuildHasher, RandomState};
use std::io::Write;

use hospes::egress::Secret;
use hospes::policy::Origin;
use serde_json::json;

use super::{ask, node};
use crate::support::{load, over_each_transport};
use crate::upstream::Upstream;

/// What it is called, and what the upstream makes of the key.
type Case<T> = (&'static str, fn(&str) -> T);

/// A key that no other run of the tests has, with characters that encodings
/// treat differently.
fn key() -> String {
    let random = RandomState::new();
    format!(
        "K3y/{:016x}+{:016X}",
        random.hash_one(1),
        random.hash_one(2)
    )
}

/// Sends the key to an upstream that answers with what `answer` makes of it,
/// and gives everything that the node got, as one text.
#[track_caller]
fn echoed(key: &str, answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> String {
    let upstream = Upstream::new(move |request, stream| {
        let line = request.lines().find_map(|line| line.split_once("Bearer "));
        _ = stream.write_all(&answer(line.unwrap().1));
        false
    });
    let origin = Origin::parse(&upstream.origin()).unwrap();
    let node = node(&upstream, &[])
        .secret(hospes::SecretGrant::new("key", Secret::new(key).unwrap()).to([origin]));
    let answer = ask(
        &load(node),
        json!({
            "method": "GET",
            "url": upstream.origin() + "/",
            "secret": ["authorization", "key", "Bearer "],
        }),
    );
    assert!(upstream.requests()[0].contains(key), "it was never sent");
    answer.to_string()
}

fn ok(headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\n{headers}content-length: {length}\r\n\r\n{body}").into_bytes()
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn base64(text: &str) -> String {
    let mut encoded = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let bits = (0..3).fold(0_u32, |bits, at| {
            bits << 8 | u32::from(chunk.get(at).copied().unwrap_or(0))
        });
        for at in 0..4 {
            let sextet = (bits >> (18 - 6 * at) & 63) as usize;
            encoded.push(if at <= chunk.len() {
                char::from(ALPHABET[sextet])
            } else {
                '='
            });
        }
    }
    encoded
}

fn percent(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

/// Where an echo can stand, each in a body and in a header.
#[test]
fn no_encoding_of_the_credential_reaches_the_node() {
    over_each_transport(|| {
        let encodings: &[Case<String>] = &[
            ("plain", |key| key.to_owned()),
            ("lower case", str::to_ascii_lowercase),
            ("base64", base64),
            ("base64 inside", |key| base64(&format!("user:{key}"))),
            ("base64 after one byte", |key| base64(&format!("{{{key}}}"))),
            ("percent", percent),
            ("percent in lower case", |key| {
                percent(key).replace("%2F", "%2f").replace("%2B", "%2b")
            }),
            ("every byte percent", |key| {
                hex(key)
                    .as_bytes()
                    .chunks(2)
                    .map(|byte| format!("%{}", String::from_utf8_lossy(byte)))
                    .collect()
            }),
            ("hex", hex),
            ("HEX", |key| hex(key).to_ascii_uppercase()),
            ("json", |key| {
                serde_json::to_string(key).unwrap().replace('/', "\\/")
            }),
            ("json of .NET", |key| {
                key.replace('/', r"\u002F").replace('+', r"\u002b")
            }),
            ("html", |key| {
                key.replace('/', "&#x2F;").replace('+', "&plus;")
            }),
            ("upper case", str::to_ascii_uppercase),
            ("hex with colons", |key| {
                hex(key)
                    .as_bytes()
                    .chunks(2)
                    .map(|byte| format!("{}:", String::from_utf8_lossy(byte)))
                    .collect()
            }),
            ("base64 in lines", |key| {
                base64(key)
                    .as_bytes()
                    .chunks(8)
                    .map(|line| format!("{} ", String::from_utf8_lossy(line)))
                    .collect()
            }),
        ];
        for (name, encode) in encodings {
            let key = key();
            let echo = encode(&key);
            let sign = &echo[8..echo.len() - 8];
            let body = echo.clone();
            let got = echoed(&key, move |_| ok("", &body));
            assert!(!got.contains(sign), "{name} in a body: {got}");
            let header = format!("x-echo: {echo}\r\nlocation: https://a.example/?key={echo}\r\n");
            let got = echoed(&key, move |_| ok(&header, ""));
            assert!(!got.contains(sign), "{name} in a header: {got}");
            assert!(got.contains("https://a.example/?key="), "{name}: {got}");
        }
    });
}

#[test]
fn no_place_of_an_answer_hides_the_credential() {
    over_each_transport(|| {
        let places: &[Case<Vec<u8>>] = &[
            ("a cookie", |key| {
                ok(&format!("set-cookie: k={key}; path=/\r\n"), "")
            }),
            ("the reason", |key| {
                format!("HTTP/1.1 200 {key}\r\ncontent-length: 0\r\n\r\n").into_bytes()
            }),
            ("the status line, instead of a status", |key| {
                format!("HTTP/1.1 {key}\r\n\r\n").into_bytes()
            }),
            ("a body of many", |key| {
                ok("", &format!("{key}{key} {key}").repeat(100))
            }),
            ("chunks that cut it apart", |key| {
                let chunks: String = key.chars().map(|c| format!("1\r\n{c}\r\n")).collect();
                format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{chunks}0\r\n\r\n")
                    .into_bytes()
            }),
            ("a chunk's extension", |key| {
                format!(
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;k={key}\r\nx\r\n0\r\n\r\n"
            )
            .into_bytes()
            }),
            ("a trailer", |key| {
                format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nk: {key}\r\n\r\n").into_bytes()
            }),
            ("a body that breaks off", |key| {
                format!("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{key}").into_bytes()
            }),
            ("a content type", |key| {
                ok(&format!("content-type: text/{key}\r\n"), "")
            }),
            ("an informational answer", |key| {
                let hints = format!("HTTP/1.1 103 Early Hints\r\nlink: {key}\r\n\r\n");
                [hints.into_bytes(), ok("", "")].concat()
            }),
        ];
        for (place, answer) in places {
            let key = key();
            let got = echoed(&key, *answer);
            // In pieces of eight, so that no part of it is left either.
            for piece in key.as_bytes().windows(12) {
                let piece = std::str::from_utf8(piece).unwrap();
                assert!(!got.contains(piece), "{place}: {got}");
            }
        }
    });
}

/// A name can't hold every character that a key can.
#[test]
fn the_name_of_a_header_does_not_hide_the_credential_either() {
    over_each_transport(|| {
        let key = key().replace('/', ".");
        let got = echoed(&key, |key| ok(&format!("x-{key}: 1\r\n"), ""));
        assert!(got.contains(r#"["x-***","1"]"#), "{got}");
    });
}

#[test]
fn what_only_looks_like_the_credential_is_left_alone() {
    over_each_transport(|| {
        let got = echoed(&key(), |key| ok("x-hint: K3y/\r\n", &key[..10]));
        assert!(got.contains("K3y/"), "{got}");
        assert!(!got.contains("***"), "{got}");
    });
}

#[test]
fn an_answer_that_could_hide_the_credential_in_compression_is_refused() {
    over_each_transport(|| {
        let got = echoed(&key(), |_| ok("content-encoding: gzip\r\n", "whatever"));
        let refused = "the answer is compressed, which was not asked for, \
                   so a secret could not be blanked out";
        assert!(got.contains(refused), "{got}");
        let got = echoed(&key(), |_| ok("content-encoding: identity\r\n", "whatever"));
        assert!(got.contains("whatever"), "{got}");
    });
}
