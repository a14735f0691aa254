//! A request's headers, from a guest to the transport: what only the host may
//! set never arrives there, and a secret never comes back.

use std::net::IpAddr;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use hospes::egress::{Body, BoxFuture, Dial, Secret, Transport, TransportError};
use hospes::policy::Origin;
use hospes::{Context, NodeConfig, Policy, Runtime, SecretGrant};
use serde_json::{Value, json};

const ORIGIN: &str = "https://api.example.com";
const SECRET: &str = "k7-Zq9/w+3Xv";

/// What has reached the transport.
static SENT: Mutex<Vec<http::Request<Body>>> = Mutex::new(Vec::new());

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let runtime = Runtime::builder()
        .executions(2)
        .transport(|_| Arc::new(Echo))
        .build()
        .unwrap();
    let config = NodeConfig::from_file(hospes_artifacts::FETCH)
        .policy(Policy::parse([ORIGIN]).unwrap())
        .secret(
            SecretGrant::new("key", Secret::new(SECRET).unwrap())
                .to([Origin::parse(ORIGIN).unwrap()]),
        );
    runtime.load("fetch", config).unwrap();
    runtime
});

/// Answers with everything it was sent.
struct Echo;

impl Transport for Echo {
    fn resolve<'a>(
        &'a self,
        _host: &'a str,
        _timeout: Duration,
    ) -> BoxFuture<'a, Result<Vec<IpAddr>, TransportError>> {
        Box::pin(async { Ok(vec![IpAddr::from([93, 184, 216, 34])]) })
    }

    fn send(
        &self,
        request: http::Request<Body>,
        _dial: Dial,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
        let mut body = request.body().whole().unwrap().to_vec();
        for value in request.headers().values() {
            let bytes = value.as_bytes();
            body.extend(bytes);
            let hex = bytes
                .iter()
                .flat_map(|byte| format!("{byte:02x}").into_bytes());
            body.extend(hex);
        }
        let mut answer = http::Response::new(Body::from(body));
        answer.headers_mut().clone_from(request.headers());
        SENT.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(request);
        Box::pin(async { Ok(answer) })
    }
}

/// Bytes as lines: `METHOD PATH`, then `name: value` or `name=prefix of the
/// secret` each, and after an empty line the body.
pub fn headers(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    // What the guest says itself is no echo.
    if text.contains(SECRET) {
        return;
    }
    let (head, body) = match text.split_once("\n\n") {
        Some((head, body)) => (head, Some(body)),
        None => (&*text, None),
    };
    let mut lines = head.split('\n');
    let (method, path) = lines
        .next()
        .and_then(|line| line.split_once(' '))
        .unwrap_or_default();
    let (mut texts, mut secret) = (Vec::new(), Value::Null);
    for line in lines {
        if let Some((name, value)) = line.split_once(": ") {
            texts.push(json!([name, value]));
        } else if let Some((name, prefix)) = line.split_once('=') {
            secret = json!([name, "key", prefix]);
        } else {
            texts.push(json!([line, ""]));
        }
    }
    let url = format!("{ORIGIN}{path}");
    let payload = json!([{
        "method": method, "url": url, "headers": texts, "secret": secret, "body": body,
    }]);

    let outcome = RUNTIME
        .execute_blocking("fetch", &payload.to_string(), &Context::new())
        .unwrap();
    let document = serde_json::to_string(&outcome).unwrap();
    assert!(!document.contains(SECRET), "the secret is in {document}");
    let sent = std::mem::take(&mut *SENT.lock().unwrap_or_else(PoisonError::into_inner));
    let answers: Vec<Value> = outcome
        .result()
        .unwrap_or_else(|| panic!("{:?}", outcome.answer))
        .to()
        .unwrap();
    assert_eq!(answers.len(), 1);
    match &sent[..] {
        [] => assert!(answers[0].get("error").is_some(), "{answers:?}"),
        [request] => {
            assert_eq!(request.method().as_str(), method);
            assert!(request.uri().to_string().starts_with(ORIGIN));
            assert_eq!(request.uri().host(), Some("api.example.com"));
            assert_eq!(
                request.body().whole(),
                Some(body.unwrap_or_default().as_bytes())
            );
            clean(request);
        }
        more => panic!("{} requests were sent", more.len()),
    }
}

/// What the documentation promises about headers on the wire.
fn clean(request: &http::Request<Body>) {
    assert!(request.headers().len() <= 64);
    let mut bytes = 0;
    for (name, header) in request.headers() {
        let (name, value) = (name.as_str(), header.to_str().unwrap());
        assert!(value.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
        let folded = name.to_ascii_lowercase().replace('_', "-");
        assert!(!HOSTS_OWN.contains(&&*folded), "{name}");
        for prefix in ["proxy-", "x-forwarded-", "x-aws-ec2-metadata-"] {
            assert!(!folded.starts_with(prefix), "{name}");
        }
        assert_eq!(header.is_sensitive(), value.contains(SECRET), "{name}");
        bytes += name.len() + value.len();
    }
    assert!(bytes <= (16 << 10) + SECRET.len(), "{bytes}");
}

#[rustfmt::skip]
const HOSTS_OWN: &[&str] = &[
    "host", "content-length", "transfer-encoding", "te", "trailer", "connection", "keep-alive",
    "upgrade", "expect", "http2-settings", "accept-encoding", "forwarded", "via", "x-real-ip",
    "metadata", "metadata-flavor", "x-google-metadata-request", "x-http-method-override",
    "x-original-url", "x-rewrite-url",
];
