//! What a node may write into a request, end to end: each thing that is the
//! host's own is refused by name, and its nearest honest neighbour passes.

use hospes::egress::Secret;
use hospes::policy::Origin;
use hospes::{NodeConfig, Policy, SecretGrant};
use hospes_artifacts as guests;
use serde_json::{Value, json};

use crate::support::{guest, limits_of, result, run};
use crate::upstream::Upstream;

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

fn node(upstream: &Upstream) -> NodeConfig {
    guest(guests::FETCH, &[("requests", "1000"), ("log-records", "0")])
        .policy(Policy::parse([upstream.origin()]).unwrap())
}

/// The answers to requests, in their order.
#[track_caller]
fn answers(node: NodeConfig, requests: &[Value]) -> Vec<Value> {
    let outcome = run(node, &json!(requests).to_string());
    result(&outcome).as_array().unwrap().clone()
}

/// Sends a GET for each header.
#[track_caller]
fn with_headers(upstream: &Upstream, headers: &[(&str, &str)]) -> Vec<Value> {
    let url = upstream.origin() + "/";
    let request = |(name, value): &(&str, &str)| json!({"method": "GET", "url": url, "headers": [[name, value]]});
    let requests: Vec<Value> = headers.iter().map(request).collect();
    answers(node(upstream), &requests)
}

fn invalid(why: &str) -> Value {
    json!({"error": format!("Invalid({why:?})"), "may_have_arrived": false})
}

/// Headers of the host, each with its nearest honest neighbour.
const HEADERS: &[(&str, &str)] = &[
    ("host", "x-host"),
    ("Host", "Hosts"),
    ("HOST", "h-ost"),
    ("content-length", "content-lengths"),
    ("Content-Length", "content-language"),
    ("content_length", "content_type"),
    ("transfer-encoding", "content-encoding"),
    ("Transfer_Encoding", "transfer-encodings"),
    ("te", "tea"),
    ("trailer", "trailers"),
    ("connection", "connections"),
    ("keep-alive", "keep-alive-hint"),
    ("upgrade", "upgrade-insecure-requests"),
    ("expect", "expect-ct"),
    ("proxy-authorization", "authorization"),
    ("proxy-connection", "x-proxy-connection"),
    ("Proxy-Anything", "proxy"),
    ("http2-settings", "http2"),
    ("accept-encoding", "accept"),
    ("Accept-Encoding", "accept-language"),
    ("forwarded", "forward"),
    ("x-forwarded-for", "x-forwarded"),
    ("X-Forwarded-Host", "forwarded-host"),
    ("x_forwarded_proto", "x_forward"),
    ("via", "viable"),
    ("x-real-ip", "x-real"),
    ("true-client-ip", "client-ip-hint"),
    ("metadata", "metadata-version"),
    ("Metadata-Flavor", "flavor"),
    ("x-aws-ec2-metadata-token", "x-aws-token"),
    ("x-google-metadata-request", "x-google-request"),
    ("x-http-method-override", "x-http-hint"),
    ("x-original-url", "x-original"),
    ("x-rewrite-url", "x-rewrite"),
    ("sec-websocket-key", "sec-fetch-mode"),
];

#[test]
fn a_header_of_the_host_is_refused_by_name_and_its_neighbour_passes() {
    let upstream = Upstream::canned(OK);
    let forbidden: Vec<_> = HEADERS.iter().map(|(name, _)| (*name, "1")).collect();
    let refused = with_headers(&upstream, &forbidden);
    for ((name, _), answer) in HEADERS.iter().zip(refused) {
        let name = name.to_ascii_lowercase();
        assert_eq!(
            answer,
            invalid(&format!("the header `{name}` is the host's to set"))
        );
    }
    assert_eq!(upstream.connections(), 0);

    let honest: Vec<_> = HEADERS.iter().map(|(_, name)| (*name, "1")).collect();
    let passed = with_headers(&upstream, &honest);
    let requests = upstream.requests().concat().to_ascii_lowercase();
    for ((_, name), answer) in HEADERS.iter().zip(passed) {
        assert_eq!(answer["status"], json!(200), "{name}: {answer}");
        let line = format!("\r\n{}: 1\r\n", name.to_ascii_lowercase());
        assert_eq!(requests.matches(&line).count(), 1, "{line:?}");
    }
}

#[test]
fn a_value_or_a_name_that_could_split_a_request_is_refused() {
    let upstream = Upstream::canned(OK);
    let values = [
        "a\r\nhost: elsewhere",
        "a\r\n\r\nGET / HTTP/1.1",
        "a\nb",
        "a\rb",
        "a\0b",
        "a\tb",
        "a\u{7f}",
        "ü",
        "\u{2028}",
    ];
    let refused = with_headers(&upstream, &values.map(|value| ("X-Thing", value)));
    for answer in refused {
        let why = "the value of the header `x-thing` is not printable ASCII";
        assert_eq!(answer, invalid(why));
    }
    let names = [
        ("", ""),
        ("a b", "a b"),
        ("a:", "a:"),
        (":authority", ":authority"),
        ("host ", "host "),
        (" host", " host"),
        ("a\r\nhost", r"a\r\nhost"),
        ("a\0", r"a\0"),
        ("ü", "ü"),
        ("(a)", "(a)"),
    ];
    let refused = with_headers(&upstream, &names.map(|(name, _)| (name, "1")));
    for ((_, shown), answer) in names.iter().zip(refused) {
        let why = format!("`{shown}` is not a header's name");
        assert_eq!(answer, invalid(&why));
    }
    assert_eq!(upstream.connections(), 0);

    let honest = [
        "",
        "a b",
        "Bearer a.b-c==",
        "text/html; q=\"0.5\"",
        "~!@#$%^&*()",
    ];
    for answer in with_headers(&upstream, &honest.map(|value| ("x-thing", value))) {
        assert_eq!(answer["status"], json!(200), "{answer}");
    }
    let honest = ["a", "x!#$%&'*+-.^_`|~", "X-Thing-1"];
    for answer in with_headers(&upstream, &honest.map(|name| (name, "1"))) {
        assert_eq!(answer["status"], json!(200), "{answer}");
    }
}

#[test]
fn a_method_is_one_of_seven_and_written_in_capitals() {
    let upstream = Upstream::canned(OK);
    let send = |methods: &[&str]| {
        let url = upstream.origin() + "/";
        let request = |method: &&str| json!({"method": method, "url": url});
        let requests: Vec<Value> = methods.iter().map(request).collect();
        answers(node(&upstream), &requests)
    };
    let refused = json!({"error": r#"Denied("method")"#, "may_have_arrived": false});
    let others = [
        "CONNECT",
        "TRACE",
        "PROPFIND",
        "QUERY",
        "PRI",
        "get",
        "Get",
        "GET ",
        " GET",
        "",
        "*",
        "GET / HTTP/1.1\r\n\r\nGET",
        "GET\0",
        "GÉT",
    ];
    for (method, answer) in others.iter().zip(send(&others)) {
        assert_eq!(answer, refused, "{method:?}");
    }
    assert_eq!(upstream.connections(), 0);

    let seven = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    for answer in send(&seven) {
        assert_eq!(answer["status"], json!(200), "{answer}");
    }
    let mut lines: Vec<String> = upstream
        .requests()
        .iter()
        .map(|request| request.lines().next().unwrap().to_owned())
        .collect();
    lines.sort();
    let mut expected = seven.map(|method| format!("{method} / HTTP/1.1"));
    expected.sort();
    assert_eq!(lines, expected);
}

#[test]
fn a_header_that_carries_a_secret_is_the_secrets_alone() {
    let upstream = Upstream::canned(OK);
    let origin = Origin::parse(&upstream.origin()).unwrap();
    let node = || {
        let key = Secret::new("a-key-of-some-length").unwrap();
        node(&upstream).secret(
            SecretGrant::new("key", key)
                .to([origin.clone()])
                .header("x-api-key", ""),
        )
    };
    let request = |name: &str| {
        json!({
            "method": "GET", "url": upstream.origin() + "/",
            "headers": [[name, "mine"]], "secret": ["X-Api-Key", "key", ""],
        })
    };
    let twice = |name: &str| {
        invalid(&format!(
            "the header `{}` of requests to {} is the host's to set",
            name.to_ascii_lowercase(),
            upstream.origin()
        ))
    };
    for name in ["x-api-key", "X-API-KEY", "x_api_key"] {
        assert_eq!(answers(node(), &[request(name)]), [twice(name)], "{name}");
    }
    let hosts = json!({
        "method": "GET", "url": upstream.origin() + "/", "secret": ["Host", "key", ""],
    });
    let refused = invalid("the header `host` is the host's to set");
    assert_eq!(answers(node(), &[hosts]), [refused]);
    assert_eq!(upstream.connections(), 0);
    assert_eq!(
        answers(node(), &[request("x-api-keys")])[0]["status"],
        json!(200)
    );
}

#[test]
fn headers_are_bounded_in_number_and_size_and_the_bound_itself_passes() {
    let upstream = Upstream::canned(OK);
    let limits = limits_of(&[("request-headers", "3"), ("request-header-bytes", "20")]);
    let send = |headers: &[(&str, &str)]| {
        let node = node(&upstream).limits(limits.clone());
        let request = json!({"method": "GET", "url": upstream.origin() + "/", "headers": headers});
        answers(node, &[request])[0].take()
    };
    let many = invalid("the headers are more than the limit `request-headers` of 3");
    assert_eq!(send(&[("a", ""), ("b", ""), ("c", ""), ("d", "")]), many);
    let long = invalid("the headers are more than the limit `request-header-bytes` of 20");
    assert_eq!(send(&[("a", "1234567890"), ("bc", "12345678")]), long);
    assert_eq!(upstream.connections(), 0);
    let fits = [("a", "1234567890"), ("b", "1234567"), ("c", "")];
    assert_eq!(send(&fits)["status"], json!(200));
}
