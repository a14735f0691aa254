//! Requests: what leaves the host, what comes back, and what never leaves.

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::time::Duration;

use hospes::egress::{
    Body, BoxFuture, Dial, EgressEvent, Transport, TransportError, Verdict, http,
};
use hospes::{Context, NodeConfig, Observer, Policy, Runtime};
use hospes_artifacts as guests;
use serde_json::{Value, json};

use crate::support::{guest, over_each_transport, result, run};
use crate::upstream::Upstream;

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

fn allowed(path: &str, rules: &[&str]) -> NodeConfig {
    guest(path, &[]).policy(Policy::parse(rules).unwrap())
}

/// Lets the fetch guest send one request to an upstream, and gives its answer.
#[track_caller]
fn fetched(upstream: &Upstream, request: Value) -> Value {
    let config = allowed(guests::FETCH, &[&upstream.origin()]);
    result(&run(config, &json!([request]).to_string()))[0].take()
}

#[test]
pub(crate) fn fetch() {
    over_each_transport(|| {
        let upstream = Upstream::canned(
            "HTTP/1.1 201 Created\r\nX-Kind: a\r\nx-kind: b\r\nConnection: keep-alive\r\ncontent-length: 5\r\n\r\nthere",
        );
        let url = format!("{}/things?q=1", upstream.origin());
        let request = json!({
            "method": "POST", "url": url, "headers": [["X-Thing", "lamp"]], "body": "on",
        });
        assert_eq!(
            fetched(&upstream, request),
            json!({
                "status": 201,
                "headers": [["x-kind", "a"], ["x-kind", "b"], ["content-length", "5"]],
                "body": "there",
            })
        );
        let requests = upstream.requests();
        assert_eq!(requests.len(), 1);
        let request = requests[0].to_ascii_lowercase();
        assert!(
            request.starts_with("post /things?q=1 http/1.1\r\n"),
            "{request}"
        );
        assert!(request.ends_with("\r\n\r\non"), "{request}");
        assert_eq!(request.matches("\r\nhost: ").count(), 1, "{request}");
        assert_eq!(
            request.matches("\r\ncontent-length: 2\r\n").count(),
            1,
            "{request}"
        );
        assert_eq!(
            request.matches("\r\nx-thing: lamp\r\n").count(),
            1,
            "{request}"
        );
        assert!(!request.contains("transfer-encoding"), "{request}");
    });
}

#[test]
fn answers_keep_the_order_of_the_requests_and_wait_side_by_side() {
    over_each_transport(|| {
        // No answer leaves before all requests have arrived.
        let together = Barrier::new(4);
        let upstream = Upstream::new(move |request, stream| {
            together.wait();
            let path = request.split(' ').nth(1).unwrap();
            let length = path.len();
            write!(
                stream,
                "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{path}"
            )
            .is_ok()
        });
        let requests: Vec<Value> = (0..4)
            .map(|n| json!({"method": "GET", "url": format!("{}/{n}", upstream.origin())}))
            .collect();
        let config = allowed(guests::FETCH, &[&upstream.origin()]);
        let answers = result(&run(config, &json!(requests).to_string()));
        let bodies: Vec<&str> = answers
            .as_array()
            .unwrap()
            .iter()
            .map(|answer| answer["body"].as_str().unwrap())
            .collect();
        assert_eq!(bodies, ["/0", "/1", "/2", "/3"]);
    });
}

#[test]
pub(crate) fn fetch_async() {
    over_each_transport(|| {
        let together = Barrier::new(3);
        let upstream = Upstream::new(move |request, stream| {
            together.wait();
            let path = request.split(' ').nth(1).unwrap();
            write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{path}").is_ok()
        });
        let urls: Vec<String> = (0..3)
            .map(|n| format!("{}/{n}", upstream.origin()))
            .collect();
        let config = allowed(guests::FETCH_ASYNC, &[&upstream.origin()]);
        assert_eq!(
            result(&run(config, &json!(urls).to_string())),
            json!(["/0", "/1", "/2"])
        );
    });
}

#[test]
pub(crate) fn denied_host() {
    over_each_transport(|| {
        // Nothing is granted, not even a look at the name.
        let outcome = run(guest(guests::DENIED_HOST, &[]), r#""https://example.com/""#);
        assert_eq!(result(&outcome), json!(r#"Denied("no-rule")"#));
        assert_eq!(outcome.usage.http_requests, 0);
        let upstream = Upstream::canned(OK);
        let config = || {
            allowed(
                guests::DENIED_HOST,
                &[&format!("GET {}/open", upstream.origin())],
            )
        };
        for (path, answer) in [
            ("/open", json!(200)),
            ("/open/below", json!(200)),
            ("/opener", json!(r#"Denied("path")"#)),
            ("/open/../shut", json!(r#"Denied("path")"#)),
            ("/open/%2e%2e/shut", json!(r#"Denied("path")"#)),
            ("/shut", json!(r#"Denied("path")"#)),
        ] {
            let url = format!("{}{path}", upstream.origin());
            let outcome = run(config(), &json!(url).to_string());
            assert_eq!(result(&outcome), answer, "{path}");
        }
        assert_eq!(upstream.requests().len(), 2);
    });
}

#[test]
pub(crate) fn request_flood() {
    over_each_transport(|| {
        let upstream = Upstream::canned(OK);
        let outcome = run(
            allowed(guests::REQUEST_FLOOD, &[&upstream.origin()]),
            &json!(upstream.origin() + "/").to_string(),
        );
        assert_eq!(result(&outcome)["sent"], json!(16), "{:?}", outcome.answer);
        assert_eq!(upstream.requests().len(), 16);
        assert_eq!(outcome.usage.http_requests, 16);
        assert_eq!(outcome.usage.http_bytes_in, 32);
        assert_eq!(
            upstream.connections(),
            1,
            "connections are reused within a node"
        );
    });
}

#[test]
fn connections_are_not_shared_between_nodes() {
    over_each_transport(|| {
        let upstream = Upstream::canned(OK);
        let url = json!(upstream.origin() + "/").to_string();
        for nodes in 1..=3 {
            run(allowed(guests::DENIED_HOST, &[&upstream.origin()]), &url);
            assert_eq!(upstream.connections(), nodes);
        }
    });
}

#[test]
fn a_redirect_is_handed_to_the_node_and_not_followed() {
    over_each_transport(|| {
        let target = Upstream::canned(OK);
        let location = target.origin();
        let upstream = Upstream::new(move |_, stream| {
            write!(
                stream,
                "HTTP/1.1 302 Found\r\nlocation: {location}/\r\ncontent-length: 0\r\n\r\n"
            )
            .is_ok()
        });
        let answer = fetched(
            &upstream,
            json!({"method": "GET", "url": upstream.origin() + "/"}),
        );
        assert_eq!(answer["status"], json!(302));
        assert_eq!(target.connections(), 0);
    });
}

#[test]
fn the_node_can_tell_nothing_was_sent_from_may_have_arrived() {
    over_each_transport(|| {
        let reset = Upstream::new(|_, _| false);
        let short = Upstream::new(|_, stream| {
            _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf");
            false
        });
        let refused = {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            format!("http://{}", listener.local_addr().unwrap())
        };
        for (origin, arrived) in [
            (reset.origin(), true),
            (short.origin(), true),
            (refused, false),
        ] {
            let config = allowed(guests::FETCH, &[&origin]);
            let request = json!([{"method": "POST", "url": format!("{origin}/"), "body": "x"}]);
            let answer = result(&run(config, &request.to_string()))[0].take();
            assert_eq!(answer["may_have_arrived"], json!(arrived), "{answer}");
        }
    });
}

#[test]
fn a_silent_upstream_costs_no_more_than_the_execution_has_left() {
    over_each_transport(|| {
        let upstream = Upstream::new(|_, _| {
            std::thread::park_timeout(Duration::from_secs(60));
            false
        });
        let config = allowed(guests::FETCH, &[&upstream.origin()])
            .limits(crate::support::limits_of(&[("request-timeout", "200ms")]));
        let request = json!([{"method": "GET", "url": upstream.origin() + "/"}]);
        let outcome = run(config, &request.to_string());
        assert_eq!(result(&outcome)[0]["error"], json!("Timeout"));
        assert!(outcome.usage.wall_us < 5_000_000);
    });
}

/// Answers at once, counts, and lets a test say what names resolve to.
pub(crate) struct Counting {
    pub(crate) resolves_to: Vec<IpAddr>,
    pub(crate) resolved: Arc<AtomicUsize>,
    pub(crate) sent: Arc<AtomicUsize>,
}

impl Transport for Counting {
    fn resolve<'a>(
        &'a self,
        _host: &'a str,
        _timeout: Duration,
    ) -> BoxFuture<'a, Result<Vec<IpAddr>, TransportError>> {
        self.resolved.fetch_add(1, Ordering::SeqCst);
        let addresses = self.resolves_to.clone();
        Box::pin(async move { Ok(addresses) })
    }

    fn send(
        &self,
        _request: http::Request<Body>,
        dial: Dial,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
        self.sent.fetch_add(1, Ordering::SeqCst);
        assert!(
            dial.addresses
                .iter()
                .all(|address| self.resolves_to.contains(&address.ip()))
        );
        Box::pin(async {
            let mut response = http::Response::new(Body::empty());
            *response.status_mut() = http::StatusCode::NO_CONTENT;
            Ok(response)
        })
    }
}

#[derive(Default)]
struct Watching(Mutex<Vec<EgressEvent>>);

impl Observer for Watching {
    fn egress(&self, event: &EgressEvent) {
        self.0.lock().unwrap().push(event.clone());
    }
}

#[test]
fn a_name_never_opens_an_address_that_is_not_public() {
    let public = IpAddr::V4(Ipv4Addr::new(93, 184, 216, 34));
    let private = IpAddr::V4(Ipv4Addr::LOCALHOST);
    for (resolves_to, answer, sent) in [
        (vec![public], json!(204), 1),
        (vec![private], json!(r#"Denied("forbidden-address")"#), 0),
        (
            vec![public, private],
            json!(r#"Denied("forbidden-address")"#),
            0,
        ),
    ] {
        let (resolutions, sends) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (resolved, count) = (resolutions.clone(), sends.clone());
        let watching = Arc::new(Watching::default());
        let runtime = Runtime::builder()
            .executions(2)
            .observer(watching.clone())
            .transport(move |_limits| {
                Arc::new(Counting {
                    resolves_to: resolves_to.clone(),
                    resolved: resolved.clone(),
                    sent: count.clone(),
                })
            })
            .build()
            .unwrap();
        runtime
            .load(
                "fetcher",
                allowed(guests::DENIED_HOST, &["GET https://example.com"]),
            )
            .unwrap();
        let execute = |url: &str| {
            let payload = json!(url).to_string();
            runtime
                .execute_blocking("fetcher", &payload, &Context::new())
                .unwrap()
        };
        assert_eq!(result(&execute("https://example.com/?key=hidden")), answer);
        assert_eq!(sends.load(Ordering::SeqCst), sent);
        // What the rules deny is not even looked up.
        assert_eq!(
            result(&execute("https://example.org/")),
            json!(r#"Denied("no-rule")"#)
        );
        assert_eq!(resolutions.load(Ordering::SeqCst), 1);

        let events = watching.0.lock().unwrap();
        assert_eq!(events.len(), 2);
        assert_eq!((&*events[0].node, &*events[0].method), ("fetcher", "GET"));
        assert_eq!(
            (&*events[0].origin, &*events[0].path),
            ("https://example.com", "/")
        );
        assert_eq!(events[0].verdict == Verdict::Answered, sent == 1);
        let Verdict::Denied(denial) = &events[1].verdict else {
            panic!("{:?}", events[1].verdict);
        };
        assert_eq!(denial.reason.as_str(), "no-rule");
        assert_eq!(
            denial.to_string(),
            "GET https://example.org/ is not allowed: no rule matches. To allow it, add: GET https://example.org"
        );
    }
}
