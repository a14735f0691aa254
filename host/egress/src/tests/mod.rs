//! The gate with a transport that only counts, and one over real sockets.

mod agreement;
mod attached;
mod attacks;
mod audit;
mod denial;
mod echoes;
mod ending;
#[cfg(any(feature = "hyper", feature = "ureq"))]
mod lookups;
mod memory;
mod observing;
mod secrets;
#[cfg(all(feature = "hyper", feature = "ureq"))]
pub(crate) mod transports;

use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use http::HeaderMap;

use crate::policy::{Origin, Policy, Reason};
use crate::shares::Share;
use crate::transport::{Body, BoxFuture, Dial, Transport, TransportError};
use crate::{
    AttachedHeader, BodyError, BoundSecret, EgressEvent, ErrorCase, Gate, HeaderValue, Limits,
    Observer, Request, RequestBody, RequestBudget, Response, RevisionId, Secret, SendError,
    Timeouts, Unit, Verdict, WriteReplay,
};

/// Random enough not to occur by itself.
pub(super) const SECRET: &str = "sentinel-9f8b/3c+71=";

type TransportResult = Result<http::Response<Body>, TransportError>;

/// A request as it reached the transport.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) url: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    pub(super) dial: Dial,
}

impl Sent {
    /// The headers: name, value, and whether it is marked as sensitive.
    pub(super) fn headers(&self) -> Vec<(String, String, bool)> {
        let headers = self.headers.iter();
        headers
            .map(|(name, value)| {
                let text = value.to_str().unwrap().to_owned();
                (name.to_string(), text, value.is_sensitive())
            })
            .collect()
    }
}

type Send = dyn Fn(Sent) -> BoxFuture<'static, TransportResult> + std::marker::Send + Sync;
type Resolve = dyn Fn(usize) -> Result<Vec<IpAddr>, TransportError> + std::marker::Send + Sync;

/// A transport that dials nobody and remembers everything.
pub(super) struct Fake {
    resolve: Box<Resolve>,
    send: Box<Send>,
    pub(super) resolved: Mutex<Vec<String>>,
    pub(super) sent: Mutex<Vec<Sent>>,
}

impl Transport for Fake {
    fn resolve<'a>(
        &'a self,
        host: &'a str,
        _: Duration,
    ) -> BoxFuture<'a, Result<Vec<IpAddr>, TransportError>> {
        let mut resolved = self.resolved.lock().unwrap();
        resolved.push(host.to_owned());
        let addresses = (self.resolve)(resolved.len());
        Box::pin(std::future::ready(addresses))
    }

    fn send(&self, request: http::Request<Body>, dial: Dial) -> BoxFuture<'_, TransportResult> {
        let sent = Sent {
            url: request.uri().to_string(),
            headers: request.headers().clone(),
            body: request.body().whole().unwrap().to_vec(),
            dial,
        };
        self.sent.lock().unwrap().push(sent.clone());
        (self.send)(sent)
    }
}

/// An observer that remembers.
#[derive(Default)]
pub(super) struct Recorder(Mutex<Vec<EgressEvent>>);

impl Observer for Recorder {
    fn egress(&self, event: &EgressEvent) {
        self.0.lock().unwrap().push(event.clone());
    }
}

/// A gate with all around it.
pub(super) struct House {
    pub(super) gate: Gate,
    pub(super) budget: RequestBudget,
    pub(super) fake: Arc<Fake>,
    recorder: Arc<Recorder>,
}

pub(super) struct Build {
    rules: Vec<&'static str>,
    observing: bool,
    secrets: Vec<BoundSecret>,
    pub(super) limits: Limits,
    memory: Option<Arc<Share>>,
    resolve: Box<Resolve>,
    send: Box<Send>,
}

pub(super) fn house(rules: &[&'static str]) -> Build {
    Build {
        rules: rules.to_vec(),
        observing: false,
        secrets: Vec::new(),
        limits: Limits::default(),
        memory: None,
        resolve: Box::new(|_| Ok(vec![ip("93.184.216.34")])),
        send: Box::new(|_| ready(Ok(ok("hello")))),
    }
}

impl Build {
    pub(super) fn secret(mut self, name: &str, value: &str, to: &[&str]) -> Build {
        let to = to
            .iter()
            .map(|origin| Origin::parse(origin).unwrap())
            .collect();
        self.secrets.push(BoundSecret {
            name: name.into(),
            to,
            attached: None,
            withhold: false,
            value: Secret::new(value).unwrap(),
        });
        self
    }

    /// A secret that the operator has bound to a header, after no prefix.
    pub(super) fn bound(self, name: &str, value: &str, to: &[&str], header: &str) -> Build {
        let mut build = self.secret(name, value, to);
        build.secrets.last_mut().unwrap().attached = Some(AttachedHeader::new(header, "").unwrap());
        build
    }

    /// A secret that the host attaches in a header.
    pub(super) fn attach(self, value: &str, to: &[&str], header: &str) -> Build {
        let mut build = self.secret(header, value, to);
        build.secrets.last_mut().unwrap().attached =
            Some(AttachedHeader::new(header, "Bearer ").unwrap());
        build
    }

    /// In a host that has so many bytes for all of it.
    pub(super) fn memory(mut self, bytes: u64) -> Build {
        self.memory = Some(Share::alone(bytes));
        self
    }

    pub(super) fn observing(mut self, observing: bool) -> Build {
        self.observing = observing;
        self
    }

    pub(super) fn resolving(mut self, addresses: &'static [&'static str]) -> Build {
        self.resolve = Box::new(move |_| Ok(addresses.iter().map(|address| ip(address)).collect()));
        self
    }

    pub(super) fn resolving_with(
        mut self,
        resolve: impl Fn(usize) -> Result<Vec<IpAddr>, TransportError>
        + std::marker::Send
        + Sync
        + 'static,
    ) -> Build {
        self.resolve = Box::new(resolve);
        self
    }

    pub(super) fn limit(mut self, name: &str, value: &str) -> Build {
        set(&mut self.limits, name, value);
        self
    }

    pub(super) fn answering(
        mut self,
        answer: impl Fn(Sent) -> BoxFuture<'static, TransportResult>
        + std::marker::Send
        + Sync
        + 'static,
    ) -> Build {
        self.send = Box::new(answer);
        self
    }

    pub(super) fn build(self) -> House {
        let fake = Arc::new(Fake {
            resolve: self.resolve,
            send: self.send,
            resolved: Mutex::default(),
            sent: Mutex::default(),
        });
        let recorder = Arc::new(Recorder::default());
        let policy = Policy::parse(&self.rules).unwrap();
        let gate = Gate::new(
            "node".into(),
            Arc::new(RevisionId {
                generation: 7,
                ..RevisionId::default()
            }),
            if self.observing {
                policy.observing()
            } else {
                policy
            },
            self.secrets,
            &self.limits,
            Arc::clone(&fake) as Arc<dyn Transport>,
            Arc::clone(&recorder) as Arc<dyn Observer>,
        );
        let deadline = Instant::now() + Duration::from_secs(10);
        let mut budget = RequestBudget::new("execution".into(), &self.limits, deadline);
        if let Some(memory) = &self.memory {
            budget = budget.with_memory(memory);
        }
        House {
            gate: gate.unwrap(),
            budget,
            fake,
            recorder,
        }
    }
}

impl House {
    pub(super) async fn send(&self, request: Request) -> Result<Response, SendError> {
        self.gate.send(&self.budget, request).await
    }

    /// How often the transport was asked to resolve and to send.
    pub(super) fn calls(&self) -> (usize, usize) {
        (
            self.fake.resolved.lock().unwrap().len(),
            self.fake.sent.lock().unwrap().len(),
        )
    }

    pub(super) fn events(&self) -> Vec<EgressEvent> {
        self.recorder.0.lock().unwrap().clone()
    }

    /// The one event there is.
    #[track_caller]
    pub(super) fn event(&self) -> EgressEvent {
        let events = self.events();
        assert_eq!(events.len(), 1, "{events:?}");
        events[0].clone()
    }
}

/// Sets a limit by the name that operators know it by.
pub(crate) fn set(limits: &mut Limits, name: &str, value: &str) {
    let time = || Duration::from_millis(Unit::Time.parse(value).unwrap());
    let bytes = || Unit::Bytes.parse(value).unwrap();
    match name {
        "requests" => limits.requests = bytes(),
        "requests-in-flight" => limits.requests_in_flight = bytes(),
        "node-requests-in-flight" => limits.node_requests_in_flight = bytes(),
        "request-body" => limits.request_body = bytes(),
        "request-headers" => limits.request_headers = bytes(),
        "request-header-bytes" => limits.request_header_bytes = bytes(),
        "response-body" => limits.response_body = bytes(),
        "response-head" => limits.response_head = bytes(),
        "http-bytes" => limits.http_bytes = bytes(),
        "resolve" => limits.resolve = time(),
        "connect" => limits.connect = time(),
        "request-timeout" => limits.request_timeout = time(),
        other => panic!("`{other}` is no limit of requests"),
    }
}

pub(super) fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

pub(super) fn ok(body: &str) -> http::Response<Body> {
    answer(200, &[], body)
}

pub(super) fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> http::Response<Body> {
    let mut response = http::Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(Body::from(body.to_owned())).unwrap()
}

pub(super) fn ready(answer: TransportResult) -> BoxFuture<'static, TransportResult> {
    Box::pin(std::future::ready(answer))
}

pub(super) fn get(url: &str) -> Request {
    Request {
        method: "GET".into(),
        url: url.into(),
        ..Request::default()
    }
}

pub(super) fn text(name: &str, value: &str) -> (String, HeaderValue) {
    (name.into(), HeaderValue::Text(value.into()))
}

pub(super) fn secret(header: &str, name: &str, prefix: &str) -> (String, HeaderValue) {
    (
        header.into(),
        HeaderValue::Secret {
            name: name.into(),
            prefix: prefix.into(),
        },
    )
}

pub(super) fn reason(event: &EgressEvent) -> &'static str {
    match &event.verdict {
        Verdict::Denied(denial) => denial.reason.as_str(),
        other => panic!("{other:?}"),
    }
}
