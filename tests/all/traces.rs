//! Traces: spans for whoever subscribes, and trace context for upstreams.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use hospes::egress::Secret;
use hospes::policy::Origin;
use hospes::{Context, NodeConfig, Observer, Policy, Runtime, SecretGrant};
use hospes_artifacts as guests;
use serde_json::json;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::support::{guest, result};
use crate::upstream::Upstream;

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// Keeps every span of this library with its fields.
#[derive(Clone, Default)]
struct Spans {
    spans: Arc<Mutex<BTreeMap<u64, Span>>>,
    next: Arc<AtomicU64>,
}

#[derive(Default)]
struct Span {
    name: &'static str,
    fields: BTreeMap<&'static str, String>,
}

impl Visit for Span {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let value = format!("{value:?}").trim_matches('"').to_owned();
        self.fields.insert(field.name(), value);
    }
}

impl Subscriber for Spans {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("hospes")
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let id = self.next.fetch_add(1, Ordering::SeqCst) + 1;
        let mut span = Span {
            name: attributes.metadata().name(),
            ..Span::default()
        };
        attributes.record(&mut span);
        self.spans.lock().unwrap().insert(id, span);
        Id::from_u64(id)
    }

    fn record(&self, id: &Id, values: &Record<'_>) {
        let mut spans = self.spans.lock().unwrap();
        values.record(spans.get_mut(&id.into_u64()).unwrap());
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, _: &Event<'_>) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

fn runtime(propagate: bool) -> Runtime {
    Runtime::builder()
        .executions(2)
        .compile_cache(crate::support::compiled())
        .propagate_trace(propagate)
        .build()
        .unwrap()
}

/// Keeps the spans of what is called here.
fn subscribed(spans: &Spans, call: impl FnOnce()) {
    // While there is only one, `tracing` asks whichever thread comes first to a
    // span whether anybody wants it: the thread of another test says no.
    let _second = tracing::Dispatch::new(spans.clone());
    tracing::subscriber::with_default(spans.clone(), call);
}

fn fetch(upstream: &Upstream) -> NodeConfig {
    guest(guests::FETCH, &[]).policy(Policy::parse([upstream.origin()]).unwrap())
}

#[test]
fn an_execution_and_its_requests_are_spans_without_secret_and_query() {
    let (spans, upstream) = (Spans::default(), Upstream::canned(OK));
    let runtime = runtime(false);
    let config = fetch(&upstream).secret(
        SecretGrant::new("key", Secret::new("a-key-for-tests").unwrap())
            .to([Origin::parse(&upstream.origin()).unwrap()]),
    );
    let id = runtime.load("node", config).unwrap().revision().unwrap();
    let payload = json!([
        {"method": "POST", "url": upstream.origin() + "/a?token=hidden", "secret": ["authorization", "key", ""]},
        {"method": "GET", "url": "https://elsewhere.example/b"},
    ]);
    let context = Context::new().with_execution_id("e-1").unwrap();
    subscribed(&spans, || {
        runtime
            .execute_blocking("node", &payload.to_string(), &context)
            .unwrap();
    });
    let spans = spans.spans.lock().unwrap();
    let shown: Vec<String> = spans
        .values()
        .map(|span| format!("{} {:?}", span.name, span.fields))
        .collect();
    let expected = [
        format!(
            "execution {:?}",
            BTreeMap::from([
                ("node", "node"),
                ("digest", &*id.digest),
                ("generation", "1"),
                ("execution_id", "e-1"),
                ("attempt", "1"),
                ("outcome", "success"),
            ])
        ),
        format!(
            "egress {:?}",
            BTreeMap::from([
                ("otel.kind", "client"),
                ("method", "POST"),
                ("origin", &*upstream.origin()),
                ("path", "/a"),
                ("verdict", "answered"),
                ("status", "200"),
            ])
        ),
        format!(
            "egress {:?}",
            BTreeMap::from([
                ("otel.kind", "client"),
                ("method", "GET"),
                ("origin", "https://elsewhere.example"),
                ("path", "/b"),
                ("verdict", "denied"),
            ])
        ),
    ];
    assert_eq!(shown, expected);
}

/// The trace headers that the upstream gets, and what the node is told.
fn sent(propagate: bool, context: &Context, own: &str) -> (Vec<String>, String) {
    let upstream = Upstream::canned(OK);
    let runtime = runtime(propagate);
    runtime.load("node", fetch(&upstream)).unwrap();
    let headers = match own {
        "" => json!([]),
        name => json!([[name, PARENT]]),
    };
    let payload = json!([{"method": "GET", "url": upstream.origin() + "/", "headers": headers}]);
    let outcome = runtime
        .execute_blocking("node", &payload.to_string(), context)
        .unwrap();
    let request = upstream.requests().concat();
    let trace = request.lines().filter(|line| line.starts_with("trace"));
    (
        trace.map(str::to_owned).collect(),
        result(&outcome)[0]["error"]
            .as_str()
            .unwrap_or("")
            .to_owned(),
    )
}

#[test]
fn an_upstream_gets_the_callers_trace_only_if_the_operator_says_so() {
    let plain = Context::new();
    let traced = Context::new()
        .with_traceparent(PARENT, Some("a=1"))
        .unwrap();
    assert_eq!(sent(false, &traced, ""), (vec![], String::new()));
    assert_eq!(sent(true, &plain, ""), (vec![], String::new()));
    let (headers, _) = sent(true, &traced, "");
    assert_eq!(headers.len(), 2, "{headers:?}");
    assert_eq!(headers[1], "tracestate: a=1");
    let parent = headers[0].strip_prefix("traceparent: ").unwrap();
    let (callers, parent) = (split(PARENT), split(parent));
    assert_eq!((parent[1], parent[3]), (callers[1], callers[3]));
    assert_ne!(parent[2], callers[2], "the span is the request's own");
}

/// Knows every span by the same id.
struct Knowing;

impl Observer for Knowing {
    fn span_id(&self, span: &tracing::Span) -> Option<NonZeroU64> {
        assert_eq!(span.metadata().map(|span| span.name()), Some("egress"));
        NonZeroU64::new(7)
    }
}

#[test]
fn an_upstream_is_below_the_span_that_the_observer_knows() {
    let upstream = Upstream::canned(OK);
    let runtime = Runtime::builder()
        .compile_cache(crate::support::compiled())
        .propagate_trace(true)
        .observer(Arc::new(Knowing))
        .build()
        .unwrap();
    runtime.load("node", fetch(&upstream)).unwrap();
    let payload = json!([{"method": "GET", "url": upstream.origin() + "/"}]);
    let traced = Context::new().with_traceparent(PARENT, None).unwrap();
    // Without a subscriber, a span knows nothing of itself.
    subscribed(&Spans::default(), || {
        runtime
            .execute_blocking("node", &payload.to_string(), &traced)
            .unwrap();
    });
    let request = upstream.requests().concat();
    let callers = split(PARENT);
    let parent = format!(
        "traceparent: 00-{}-0000000000000007-{}",
        callers[1], callers[3]
    );
    assert!(request.contains(&parent), "{request}");
}

#[test]
fn a_node_can_not_forge_a_trace_that_the_host_propagates() {
    let traced = Context::new().with_traceparent(PARENT, None).unwrap();
    let (headers, _) = sent(false, &traced, "traceparent");
    assert_eq!(headers, [format!("traceparent: {PARENT}")]);
    for name in ["traceparent", "TraceParent", "tracestate"] {
        let (headers, error) = sent(true, &traced, name);
        assert_eq!(headers, Vec::<String>::new());
        let name = name.to_ascii_lowercase();
        assert!(error.contains(&name), "{error}");
    }
}

#[test]
fn a_trace_context_that_is_none_is_refused() {
    let error = Context::new().with_traceparent("00-1-2-3", None);
    assert_eq!(
        error.unwrap_err().to_string(),
        "a traceparent reads 00-<32 digits>-<16 digits>-<2 digits>"
    );
}

fn split(parent: &str) -> Vec<&str> {
    parent.split('-').collect()
}
