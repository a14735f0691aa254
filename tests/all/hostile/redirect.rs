//! Redirects are answers like any other: handed to the node, followed by
//! nobody. A node that follows one itself meets the policy again.

use std::io::Write;

use serde_json::json;

use super::{ask, get, node};
use crate::support::{load, over_each_transport};
use crate::upstream::Upstream;

#[test]
fn a_redirect_leads_nowhere_that_the_policy_does_not() {
    over_each_transport(|| {
        let elsewhere = Upstream::canned("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
        let by_name = elsewhere.origin().replace("127.0.0.1", "localhost");
        let mapped = elsewhere
            .origin()
            .replace("127.0.0.1", "[::ffff:127.0.0.1]");
        let short = elsewhere.origin().replace("127.0.0.1", "127.1");
        let userinfo = elsewhere.origin().replace("//", "//user@");
        let no_rule = r#"Denied("no-rule")"#.to_owned();
        let forbidden = r#"Denied("forbidden-address")"#.to_owned();
        let invalid = |why: &str| format!("Invalid(\"the URL is not accepted: {why}\")");
        let scheme = invalid("its scheme is neither `http` nor `https`");
        let relative = invalid("it does not start with `http://` or `https://`");
        let number =
            invalid("its host ends in a number but is not an IPv4 address like `192.0.2.1`");
        let places = [
            (&*(elsewhere.origin() + "/"), r#"Denied("port")"#.to_owned()),
            (&(by_name + "/"), no_rule.clone()),
            (
                &(mapped + "/"),
                invalid("its host is an IPv4 address inside an IPv6 address"),
            ),
            (&(short + "/"), number.clone()),
            (
                &(userinfo + "/"),
                invalid("it holds a user name or password (`@`)"),
            ),
            (
                "http://169.254.169.254/latest/meta-data/",
                forbidden.clone(),
            ),
            ("http://[fd00:ec2::254]/latest/meta-data/", forbidden),
            ("http://metadata.google.internal/", no_rule),
            ("http://2852039166/", number),
            ("file:///etc/passwd", scheme.clone()),
            ("gopher://127.0.0.1:70/", scheme),
            ("//127.0.0.1/", relative.clone()),
            ("/relative", relative.clone()),
            (
                "http://127.0.0.1:0/",
                invalid("its port is not a number from 1 to 65535"),
            ),
            ("", relative),
        ];
        for (place, error) in places {
            for status in [301, 302, 303, 307, 308] {
                let location = place.to_owned();
                let upstream = Upstream::new(move |_, stream| {
                    write!(
                    stream,
                    "HTTP/1.1 {status} Moved\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n"
                )
                .is_ok()
                });
                let node = load(node(&upstream, &[]));
                let answer = ask(&node, get(&upstream, "/"));
                let headers = json!([["location", place], ["content-length", "0"]]);
                assert_eq!(
                    answer,
                    json!({"status": status, "headers": headers, "body": ""})
                );
                if status == 302 {
                    let followed = ask(&node, json!({"method": "GET", "url": place}));
                    assert_eq!(followed["error"], json!(error), "{place}");
                    assert_eq!(followed["may_have_arrived"], json!(false), "{place}");
                }
            }
        }
        assert_eq!(elsewhere.connections(), 0);
    });
}

#[test]
fn a_redirect_to_where_the_node_may_go_can_be_followed_by_the_node() {
    over_each_transport(|| {
        let upstream = Upstream::new(|request, stream| {
            if request.starts_with("GET /there ") {
                return stream
                    .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nthere")
                    .is_ok();
            }
            let moved = b"HTTP/1.1 302 Found\r\nlocation: /there\r\ncontent-length: 0\r\n\r\n";
            stream.write_all(moved).is_ok()
        });
        let node = load(node(&upstream, &[]));
        let answer = ask(&node, get(&upstream, "/"));
        assert_eq!(answer["status"], json!(302));
        assert_eq!(ask(&node, get(&upstream, "/there"))["body"], json!("there"));
    });
}

/// Speaks no TLS, whatever is said to it.
#[test]
fn a_server_without_tls_behind_an_https_url_is_sent_nothing() {
    over_each_transport(|| {
        let upstream = Upstream::raw(|stream| {
            _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nplain");
        });
        let https = upstream.origin().replace("http://", "https://");
        let policy = hospes::Policy::parse([&https]).unwrap();
        let node = load(node(&upstream, &[]).policy(policy));
        let request = json!({"method": "POST", "url": https + "/", "body": "confidential"});
        let unsent = json!({"error": r#"Unreachable("TLS failed")"#, "may_have_arrived": false});
        assert_eq!(ask(&node, request), unsent);
        assert!(!upstream.requests().concat().contains("confidential"));
    });
}
