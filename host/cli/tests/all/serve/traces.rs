//! Spans, as a collector gets them.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use hospes_artifacts::{FETCH, HELLO};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value as Any};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use serde_json::{Value, json};

use super::server::{Request, Server, solution};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const CALLER: &str = "b7ad6b7169203331";

/// Far more than anything takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// One request as it came: its head in lower case, and its body.
fn read(stream: &TcpStream) -> Option<(String, Vec<u8>)> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let head = head.to_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((head, body))
}

/// A server that keeps what it gets.
struct Listener {
    url: String,
    got: mpsc::Receiver<(String, Vec<u8>)>,
}

impl Listener {
    fn start() -> Listener {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (sender, got) = mpsc::channel();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let Some(request) = read(&stream) else {
                    continue;
                };
                stream
                    .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                    .unwrap();
                if sender.send(request).is_err() {
                    break;
                }
            }
        });
        Listener { url, got }
    }

    fn next(&self) -> (String, Vec<u8>) {
        self.got.recv_timeout(PATIENCE).unwrap()
    }

    /// Waits for as many spans; they come when they end, so inner ones first.
    fn spans(&self, number: usize) -> Vec<Span> {
        let mut spans = Vec::new();
        while spans.len() < number {
            let (head, body) = self.next();
            assert!(head.starts_with("post /v1/traces http/1.1\r\n"), "{head}");
            assert!(
                head.contains("\r\ncontent-type: application/x-protobuf\r\n"),
                "{head}"
            );
            assert!(
                head.contains("\r\nx-collector: a-header-for-tests\r\n"),
                "{head}"
            );
            for part in ExportTraceServiceRequest::decode(&*body)
                .unwrap()
                .resource_spans
            {
                let resource = attributes(&part.resource.unwrap().attributes);
                let expected = [
                    ("service.name", "hospes"),
                    ("service.version", env!("CARGO_PKG_VERSION")),
                ];
                assert_eq!(resource, owned(&expected));
                spans.extend(part.scope_spans.into_iter().flat_map(|scope| scope.spans));
            }
        }
        spans
    }
}

fn attributes(attributes: &[KeyValue]) -> BTreeMap<String, String> {
    let text = |value: &KeyValue| match value.value.as_ref().unwrap().value.as_ref().unwrap() {
        Any::StringValue(text) => text.clone(),
        Any::IntValue(number) => number.to_string(),
        other => panic!("{other:?}"),
    };
    attributes
        .iter()
        .map(|attribute| (attribute.key.clone(), text(attribute)))
        .collect()
}

fn owned(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A server that exports to this address, with a variable that others obey.
fn exporting(dir: &crate::dir::Dir, url: &str) -> Server {
    let command = dir
        .hospes(["serve", "--listen", "127.0.0.1:0", "--propagate-trace"])
        .args(["--otlp", url, "--otlp-header", "x-collector=env:COLLECTOR"])
        .env("COLLECTOR", "a-header-for-tests")
        .env("KEY", "hidden-key-for-tests")
        .env("HTTP_PROXY", "http://127.0.0.1:1")
        .env("OTEL_EXPORTER_OTLP_HEADERS", "x-collector=another")
        .env("OTEL_SERVICE_NAME", "another");
    Server::run(command)
}

#[test]
fn a_request_its_execution_and_the_node_s_request_are_spans_of_the_callers_trace() {
    let (upstream, collector) = (Listener::start(), Listener::start());
    let more = format!(
        "allow = [\"POST {0}\"]\nsecrets = [\"key\"]\n[env.test.secrets]\nkey = {{ from = \"env:KEY\", to = [\"{0}\"] }}",
        upstream.url
    );
    let dir = solution(&[("node", FETCH, &more)]);
    let mut server = exporting(&dir, &collector.url);
    let payload = json!([{
        "method": "POST",
        "url": format!("{}/a?q=hidden", upstream.url),
        "secret": ["authorization", "key", ""],
        "body": "hidden",
    }]);
    let request = || {
        Request::new("POST", "/v1/nodes/node/execute?q=hidden")
            .header("Content-Type", "application/json")
            .header("x-request-id", "r-1")
            .body(format!(
                "{{\"payload\": {payload}, \"execution_id\": \"e-1\"}}"
            ))
    };
    let caller = |flags: &str| format!("00-{TRACE}-{CALLER}-{flags}");
    let stream = "text/event-stream";
    for (parent, accept, trace) in [
        // Not sampled by the caller: nothing is exported, all the rest holds.
        (Some(caller("00")), "*/*", Some(TRACE)),
        (Some(caller("01")), "*/*", Some(TRACE)),
        (Some(caller("01")), stream, Some(TRACE)),
        // Without a caller's trace, one begins here.
        (None, "*/*", None),
        (Some("00-1-2-3".to_owned()), "*/*", None),
    ] {
        let mut request = request()
            .header("accept", accept)
            .header("tracestate", "a=1");
        if let Some(parent) = &parent {
            request = request.header("traceparent", parent);
        }
        let answer = server.send(&request).status(200);
        assert!(answer.body.contains("\"success\""), "{answer:?}");
        let logged = server.logged(|line| line["request_id"] == "r-1");
        let logged = logged["trace_id"].as_str().unwrap();
        let (head, _) = upstream.next();
        let sent: Vec<&str> = head
            .lines()
            .find_map(|line| line.strip_prefix("traceparent: "))
            .unwrap()
            .split('-')
            .collect();
        assert_eq!(sent[1], logged);
        let state = head.contains("\r\ntracestate: a=1\r\n");
        assert_eq!(state, trace.is_some(), "{parent:?}: {head}");
        if let Some(trace) = trace {
            assert_eq!(sent[1], trace);
        }
        if sent[3] == "00" {
            continue;
        }
        let mut spans = collector.spans(3);
        spans.sort_by_key(|span| span.start_time_unix_nano);
        let [http, execution, egress] = &spans[..] else {
            panic!("{spans:#?}");
        };
        for span in &spans {
            assert_eq!(hex(&span.trace_id), sent[1]);
            assert!(!format!("{span:?}").contains("hidden"), "{span:#?}");
            assert!(span.events.is_empty(), "{span:#?}");
        }
        let above = if trace.is_some() { CALLER } else { "" };
        assert_eq!(hex(&http.parent_span_id), above);
        assert_eq!(execution.parent_span_id, http.span_id);
        assert_eq!(egress.parent_span_id, execution.span_id);
        assert_eq!(hex(&egress.span_id), sent[2], "what the upstream is below");
        assert_eq!(http.name, "POST /v1/nodes/{node}/execute");
        assert_eq!((http.kind, execution.kind, egress.kind), (2, 1, 3));
        let expected = [
            ("http.request.method", "POST"),
            ("http.response.status_code", "200"),
            ("http.route", "/v1/nodes/{node}/execute"),
            ("request_id", "r-1"),
            ("url.path", "/v1/nodes/node/execute"),
        ];
        assert_eq!(attributes(&http.attributes), owned(&expected));
        let mut of_execution = attributes(&execution.attributes);
        assert!(of_execution.remove("digest").is_some());
        let expected = [
            ("attempt", "1"),
            ("execution_id", "e-1"),
            ("generation", "1"),
            ("node", "node"),
            ("outcome", "success"),
        ];
        assert_eq!(of_execution, owned(&expected));
        let expected = [
            ("method", "POST"),
            ("origin", &*upstream.url),
            ("path", "/a"),
            ("status", "200"),
            ("verdict", "answered"),
        ];
        assert_eq!(attributes(&egress.attributes), owned(&expected));
    }
}

#[test]
fn an_id_in_a_path_stays_here_and_a_fault_of_the_server_is_one_in_its_span() {
    let collector = Listener::start();
    let dir = solution(&[("trap", hospes_artifacts::TRAP, "")]);
    let server = exporting(&dir, &collector.url);
    server.get("/nothing/hidden?q=hidden").status(404);
    server.execute("trap", &json!({})).status(502);
    let spans = collector.spans(3);
    let unknown = &spans[0];
    assert_eq!(unknown.name, "GET");
    let mut shown = attributes(&unknown.attributes);
    assert!(shown.remove("request_id").is_some());
    let expected = [
        ("http.request.method", "GET"),
        ("http.response.status_code", "404"),
    ];
    assert_eq!(shown, owned(&expected));
    let codes: Vec<_> = spans
        .iter()
        .map(|span| span.status.as_ref().map_or(0, |status| status.code))
        .collect();
    assert_eq!(codes, [0, 0, 2]);
}

#[cfg(unix)]
#[test]
fn the_last_spans_are_sent_when_the_server_ends() {
    let collector = Listener::start();
    let dir = solution(&[("hello", HELLO, "")]);
    let mut server = exporting(&dir, &collector.url);
    server.execute("hello", &json!({"name": "Ada"})).status(200);
    server.signal("TERM");
    assert!(server.wait().success());
    assert_eq!(collector.spans(2).len(), 2);
}

#[cfg(unix)]
#[test]
fn a_collector_that_is_away_or_hangs_is_reported_once_and_nothing_waits_for_it() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let hangs = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = |listener: &TcpListener| format!("http://{}", listener.local_addr().unwrap());
    let urls = [(url(&closed), true), (url(&hangs), false)];
    drop(closed);
    for (url, reported) in urls {
        let dir = solution(&[("hello", HELLO, "")]);
        let mut server = exporting(&dir, &url);
        let run = |server: &Server| {
            for _ in 0..20 {
                server.execute("hello", &json!({"name": "Ada"})).status(200);
            }
        };
        run(&server);
        if reported {
            let report = server.logged(|line| line["target"] == "hospes::otlp");
            assert_eq!(report["level"], "WARN");
            assert_eq!(
                report["message"],
                "the collector does not accept spans; serving continues"
            );
        }
        run(&server);
        server.signal("TERM");
        assert!(server.wait().success());
        let rest = server.rest();
        let rest: Vec<&Value> = rest
            .iter()
            .filter(|line| line["target"] == "hospes::otlp")
            .map(|line| &line["message"])
            .collect();
        match reported {
            true => assert_eq!(rest, Vec::<&Value>::new()),
            false => assert_eq!(rest, ["the last spans did not reach the collector"]),
        }
    }
}

#[test]
fn without_a_collector_the_log_has_the_callers_trace() {
    let dir = solution(&[("hello", HELLO, "")]);
    let mut server = Server::start(&dir, &[]);
    let request = Request::execute("hello", &json!({"name": "Ada"}));
    server.send(
        &request
            .clone()
            .header("traceparent", &format!("00-{TRACE}-{CALLER}-01")),
    );
    server.send(&request);
    let mut trace = || server.logged(|line| line["target"] == "hospes::access")["trace_id"].clone();
    assert_eq!((trace(), trace()), (json!(TRACE), json!(null)));
}

#[test]
fn what_is_wrong_about_a_collector_is_said_and_no_secret_with_it() {
    let dir = solution(&[("hello", HELLO, "")]);
    let address = "error: --otlp: write the address as http://HOST[:PORT][/PATH], without user and query; credentials go into --otlp-header\n";
    let header =
        "error: --otlp-header: write the header as `NAME=env:VARIABLE` or `NAME=file:PATH`\n";
    for (url, value, words) in [
        ("http://me:hidden@127.0.0.1", "x=env:COLLECTOR", address),
        ("http://127.0.0.1:1", "authorization=hidden", header),
    ] {
        dir.hospes(["serve", "--otlp", url, "--otlp-header", value])
            .env("COLLECTOR", "a-header-for-tests")
            .run()
            .is(2, "", words);
    }
}
