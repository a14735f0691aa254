//! Single requests: what leaves, what comes back, and what never leaves.

use std::io::{Read, Write};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use hospes::{Context, Fault};
use hospes_artifacts as guests;
use serde_json::{Value, json};

use super::{
    OK, RECORDS, allowed, code, each, get, load, records, run, runtime, sent, silent, verdict,
    verdicts,
};
use crate::support::{fault, over_each_transport, result};
use crate::upstream::Upstream;

/// A request with everything, to the byte.
#[track_caller]
fn goes_out_and_comes_back(path: &str) {
    let upstream = Upstream::canned(
        "HTTP/1.1 201 Created\r\nX-Kind: a\r\nx-kind: b\r\nConnection: keep-alive\r\ncontent-length: 5\r\n\r\nthere",
    );
    let request = json!({
        "method": "POST",
        "url": format!("{}/things?q=1", upstream.origin()),
        "headers": [["X-Thing", "lamp"]],
        "body": "on",
    });
    let (answer, outcome) = sent(allowed(path, &[upstream.origin()], &[]), &request);
    assert_eq!(
        answer,
        json!({
            "status": 201,
            "headers": [["x-kind", "a"], ["x-kind", "b"], ["content-length", "5"]],
            "body": "there",
        })
    );
    let requests = upstream.requests();
    let [request] = &requests[..] else {
        panic!("{requests:?}")
    };
    let request = request.to_ascii_lowercase();
    assert!(
        request.starts_with("post /things?q=1 http/1.1\r\n"),
        "{request}"
    );
    assert!(request.ends_with("\r\n\r\non"), "{request}");
    for line in ["\r\ncontent-length: 2\r\n", "\r\nx-thing: lamp\r\n"] {
        assert_eq!(request.matches(line).count(), 1, "{request}");
    }
    assert!(!request.contains("transfer-encoding"), "{request}");

    let [event] = &records(&outcome)[..] else {
        panic!("{:?}", records(&outcome))
    };
    assert_eq!(verdict(event), "answered");
    assert_eq!(
        (&*event.method, &event.origin, &*event.path),
        ("POST", &upstream.origin(), "/things")
    );
    assert_eq!(event.rule.as_deref(), Some(&*upstream.origin()));
    assert_eq!(
        (event.status, event.bytes_out, event.bytes_in),
        (Some(201), 2, 5)
    );
    let usage = &outcome.usage;
    assert_eq!(
        (
            usage.http_requests,
            usage.http_bytes_out,
            usage.http_bytes_in
        ),
        (1, 2, 5)
    );
}

#[test]
pub(crate) fn standard_fetch() {
    over_each_transport(|| goes_out_and_comes_back(guests::STANDARD_FETCH));
}

#[test]
pub(crate) fn standard_fetch_async() {
    over_each_transport(|| goes_out_and_comes_back(guests::STANDARD_FETCH_ASYNC));
}

/// The heads of a request with a body and one without.
#[track_caller]
fn host_headers(path: &str) {
    let upstream = Upstream::canned(OK);
    let url = upstream.origin() + "/";
    let requests = json!([get(url.clone()), {"method": "POST", "url": url, "body": "x"}]);
    run(allowed(path, &[upstream.origin()], &[]), &requests);
    let expected = format!(
        "\r\nhost: {}\r\n",
        upstream.origin().trim_start_matches("http://")
    );
    let requests = upstream.requests();
    assert_eq!(requests.len(), 2);
    for request in requests {
        let request = request.to_ascii_lowercase();
        assert_eq!(request.matches("\r\nhost:").count(), 1, "{request}");
        assert!(request.contains(&expected), "{request}");
    }
}

/// wasmtime's own client left it out in 48.0.0 (its issue 14190).
#[test]
fn host_stands_there_exactly_once_over_wasi_http_0_2() {
    over_each_transport(|| host_headers(guests::STANDARD_FETCH));
}

/// wasmtime's own client wrote it twice (its issue 13801).
#[test]
fn host_stands_there_exactly_once_over_wasi_http_0_3() {
    over_each_transport(|| host_headers(guests::STANDARD_FETCH_ASYNC));
}

#[test]
fn a_stated_length_is_compared_and_the_wire_has_the_hosts_own() {
    each(|path| {
        let upstream = Upstream::canned(OK);
        let request = json!({
            "method": "POST", "url": upstream.origin() + "/",
            "headers": [["content-length", "2"]], "body": "on",
        });
        let (answer, _) = sent(allowed(path, &[upstream.origin()], &[]), &request);
        assert_eq!(answer["status"], json!(200), "{path}");
        let request = upstream.requests()[0].to_ascii_lowercase();
        assert_eq!(request.matches("content-length").count(), 1, "{request}");
    });
}

#[test]
fn what_no_rule_allows_is_denied_and_recorded() {
    each(|path| {
        let (open, shut) = (Upstream::canned(OK), Upstream::canned(OK));
        let rule = format!("GET {}/open", open.origin());
        for (url, method, error, word) in [
            (shut.origin() + "/", "GET", "HttpRequestDenied", "port"),
            (
                "http://example.com/".to_owned(),
                "GET",
                "HttpRequestDenied",
                "no-rule",
            ),
            (open.origin() + "/shut", "GET", "HttpRequestDenied", "path"),
            (
                open.origin() + "/open/../shut",
                "GET",
                "HttpRequestDenied",
                "path",
            ),
            (
                open.origin() + "/open",
                "POST",
                "HttpRequestDenied",
                "method",
            ),
            (
                open.origin() + "/open",
                "TRACE",
                "HttpRequestDenied",
                "method",
            ),
            (
                "http://169.254.169.254/latest/meta-data/".to_owned(),
                "GET",
                "DestinationIpProhibited",
                "forbidden-address",
            ),
            (
                "http://10.0.0.1/".to_owned(),
                "GET",
                "DestinationIpProhibited",
                "forbidden-address",
            ),
            (
                open.origin().replace("://", "://me@") + "/open",
                "GET",
                "HttpRequestUriInvalid",
                "url",
            ),
            (
                "ftp://127.0.0.1/open".to_owned(),
                "GET",
                "HttpRequestUriInvalid",
                "url",
            ),
            (
                "http://127.1/open".to_owned(),
                "GET",
                "HttpRequestUriInvalid",
                "url",
            ),
        ] {
            let request = json!({"method": method, "url": url});
            let config = allowed(path, std::slice::from_ref(&rule), &[]);
            let (answer, outcome) = sent(config, &request);
            assert_eq!(answer, code(error), "{path} {method} {url}");
            assert_eq!(verdicts(&outcome), [word], "{path} {method} {url}");
        }
        assert_eq!((open.connections(), shut.connections()), (0, 0));
    });
}

#[test]
fn headers_of_the_host_are_forbidden_under_their_names() {
    each(|path| {
        let upstream = Upstream::canned(OK);
        for name in [
            "host",
            "Transfer-Encoding",
            "connection",
            "te",
            "expect",
            "proxy-authorization",
            "accept-encoding",
            "x-forwarded-for",
            "Content_Length",
            "x-http-method-override",
            "metadata-flavor",
        ] {
            let request = json!({
                "method": "GET", "url": upstream.origin() + "/", "headers": [[name, "x"]],
            });
            let (answer, _) = sent(allowed(path, &[upstream.origin()], &[]), &request);
            let forbidden = format!("{name}: HeaderError::Forbidden");
            assert_eq!(answer, json!({"error": forbidden}), "{path}");
        }
        assert_eq!(upstream.connections(), 0);
    });
}

#[test]
fn headers_are_bounded_in_number_and_size() {
    each(|path| {
        let upstream = Upstream::canned(OK);
        let send = |headers: Vec<Value>| {
            let request = json!({
                "method": "GET", "url": upstream.origin() + "/", "headers": headers,
            });
            run(allowed(path, &[upstream.origin()], &[]), &json!([request]))
        };
        let many = |count| (0..count).map(|n| json!([format!("x-{n}"), ""])).collect();
        assert_eq!(result(&send(many(65)))[0], code("HttpRequestDenied"));
        assert_eq!(result(&send(many(64)))[0]["status"], json!(200), "{path}");
        let long = send(vec![
            json!(["x", "a".repeat(9000)]),
            json!(["y", "a".repeat(13_000)]),
        ]);
        // The older interface has no word for it.
        if path == guests::STANDARD_FETCH {
            let message =
                "the node wanted more than 16KiB of headers (limit `request-header-bytes`)";
            let message = message.to_owned();
            assert_eq!(fault(long), Fault::Memory { message });
        } else {
            let error = json!({"error": "y: HeaderError::SizeExceeded"});
            assert_eq!(result(&long)[0], error);
        }
    });
}

#[test]
fn one_request_too_many_is_refused() {
    each(|path| {
        let upstream = Upstream::canned(OK);
        let one = get(upstream.origin() + "/");
        let config = allowed(path, &[upstream.origin()], &[("requests", "2")]);
        let outcome = run(config, &json!([one, one, one]));
        let answers = result(&outcome);
        let refused = answers.as_array().unwrap().iter();
        let refused = refused.filter(|answer| **answer == code("ConnectionLimitReached"));
        assert_eq!(refused.count(), 1, "{path} {answers}");
        let mut words = verdicts(&outcome);
        words.sort_unstable();
        assert_eq!(words, ["answered", "answered", "exhausted"], "{path}");
        assert_eq!(upstream.requests().len(), 2);
    });
}

#[test]
fn no_more_wait_at_once_than_the_limit_says() {
    each(|path| {
        let upstream = Upstream::canned(OK);
        let one = get(upstream.origin() + "/");
        let limits = [("requests-in-flight", "1")];
        let config = allowed(path, &[upstream.origin()], &limits);
        let outcome = run(config, &json!(vec![one; 10]));
        assert_eq!(verdicts(&outcome), ["answered"; 10], "{path}");
        assert_eq!(upstream.connections(), 1, "one after the other");
    });
}

#[test]
fn an_answer_that_is_too_large_is_an_error() {
    each(|path| {
        let upstream = Upstream::canned(OK);
        let config = allowed(path, &[upstream.origin()], &[("response-body", "1")]);
        let (answer, outcome) = sent(config, &get(upstream.origin() + "/"));
        assert_eq!(answer, code("HttpResponseBodySize(None)"), "{path}");
        assert_eq!(verdicts(&outcome), ["too-large"]);
    });
}

#[test]
fn the_codes_tell_nothing_was_sent_from_may_have_arrived() {
    each(|path| {
        let reset = Upstream::new(|_, _| false);
        let short = Upstream::new(|_, stream| {
            _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf");
            false
        });
        let quiet = silent();
        let refused = {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            format!("http://{}", listener.local_addr().unwrap())
        };
        for (origin, error, word) in [
            (reset.origin(), "ConnectionTerminated", "interrupted"),
            (short.origin(), "ConnectionTerminated", "interrupted"),
            (refused, "ConnectionRefused", "unreachable"),
            (quiet.origin(), "HttpResponseTimeout", "timeout"),
        ] {
            let request = json!({
                "method": "POST", "url": format!("{origin}/"), "body": "x", "first_byte_ms": 300,
            });
            let (answer, outcome) = sent(allowed(path, &[origin], &[]), &request);
            assert_eq!(answer, code(error), "{path}");
            assert_eq!(verdicts(&outcome), [word], "{path}");
        }
    });
}

#[test]
fn a_redirect_is_handed_over_and_not_followed() {
    each(|path| {
        let target = Upstream::canned(OK);
        let location = target.origin();
        let upstream = Upstream::new(move |_, stream| {
            let head =
                format!("HTTP/1.1 307 Go\r\nlocation: {location}/\r\ncontent-length: 0\r\n\r\n");
            stream.write_all(head.as_bytes()).is_ok()
        });
        let origins = [upstream.origin(), target.origin()];
        let (answer, _) = sent(allowed(path, &origins, &[]), &get(upstream.origin() + "/"));
        assert_eq!(answer["status"], json!(307), "{path}");
        assert_eq!(target.connections(), 0);
    });
}

#[test]
fn a_deadline_ends_waiting_for_an_answer() {
    each(|path| {
        let upstream = silent();
        let config = allowed(path, &[upstream.origin()], &[("deadline", "300ms")]);
        let node = load(config);
        let payload = json!([get(upstream.origin() + "/")]).to_string();
        let start = Instant::now();
        let outcome = runtime().execute_blocking(&node, &payload, &Context::new());
        let late = start.elapsed().saturating_sub(Duration::from_millis(300));
        assert!(late < crate::zoo::LATE, "{late:?} late");
        let outcome = outcome.unwrap();
        assert_eq!(verdicts(&outcome).len(), 1, "{path}");
        // A little before, the node is told, and may answer if it is quick.
        let limit = Duration::from_millis(300);
        let ended = matches!(outcome.answer, Ok(_) | Err(Fault::Deadline { .. }));
        assert!(ended, "{path}: {:?}", outcome.answer);
        if let Err(fault) = outcome.answer {
            assert_eq!(fault, Fault::Deadline { limit }, "{path}");
        }
    });
}

#[test]
fn a_cancelled_execution_closes_its_connections() {
    each(|path| {
        let (arrived, has_arrived) = mpsc::channel();
        let (closed, is_closed) = mpsc::channel();
        let upstream = Upstream::new(move |_, stream| {
            arrived.send(()).unwrap();
            _ = stream.read(&mut [0]);
            closed.send(()).unwrap();
            false
        });
        let node = load(allowed(path, &[upstream.origin()], &[]));
        let payload = json!([get(upstream.origin() + "/")]).to_string();
        let tokio = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let runtime = runtime();
        let executing = tokio.spawn(async move {
            let context = Context::new();
            _ = runtime.execute(&node, &payload, &context).await;
        });
        let soon = Duration::from_secs(10);
        has_arrived.recv_timeout(soon).unwrap();
        executing.abort();
        is_closed.recv_timeout(soon).unwrap();
        assert!(tokio.block_on(executing).unwrap_err().is_cancelled());
        let origin = upstream.origin();
        let events = RECORDS.0.lock().unwrap();
        let of_it: Vec<_> = events
            .iter()
            .filter(|event| event.origin == origin)
            .map(verdict)
            .collect();
        assert_eq!(of_it, ["cancelled"], "{path}");
    });
}
