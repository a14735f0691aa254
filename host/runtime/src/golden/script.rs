//! A transport that responds from a script and opens no socket.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hospes_egress::transport::{Body, BoxFuture, Dial, Transport, TransportError};
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::Value;

use super::case::{GoldenError, GoldenExchange, difference};

/// A public address, so that names pass the gate as they do later. It is never
/// dialled.
const ANYWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(1, 1, 1, 1));

/// Responds to each request with the first exchange of the script that matches
/// and is still unused.
pub(crate) struct Scripted(Mutex<Script>);

struct Script {
    left: Vec<GoldenExchange>,
    unknown: Option<String>,
}

impl Scripted {
    pub(crate) fn new(exchanges: Vec<GoldenExchange>) -> Scripted {
        Scripted(Mutex::new(Script {
            left: exchanges,
            unknown: None,
        }))
    }

    /// The first request without a matching exchange.
    pub(crate) fn unknown(&self) -> Option<String> {
        self.script().unknown.clone()
    }

    /// The first exchange that was not used.
    pub(crate) fn unused(&self) -> Option<String> {
        let script = self.script();
        let first = script.left.first()?;
        Some(format!("{} {}", first.method, first.url))
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(
        &self,
        request: &http::Request<Body>,
    ) -> Result<http::Response<Body>, TransportError> {
        let mut script = self.script();
        let Some(at) = script.left.iter().position(|one| fits(one, request)) else {
            let (method, url) = (request.method(), request.uri().to_string());
            let asked = format!("{method} {}", url.split('?').next().unwrap_or_default());
            script.unknown.get_or_insert(asked);
            let why = "the golden case has no answer for this request";
            return Err(TransportError::Unreachable(why.to_owned()));
        };
        let exchange = script.left.remove(at);
        match exchange.error {
            Some(GoldenError::Unreachable) => {
                Err(TransportError::Unreachable("no connection".to_owned()))
            }
            Some(GoldenError::Timeout) => Err(TransportError::Timeout),
            Some(GoldenError::Interrupted) => Err(TransportError::Interrupted(
                "the connection broke".to_owned(),
            )),
            None => response(exchange),
        }
    }
}

/// What cannot be on the wire is no HTTP here either.
fn response(exchange: GoldenExchange) -> Result<http::Response<Body>, TransportError> {
    let unfit =
        || TransportError::Interrupted("the golden case's answer is not proper HTTP".to_owned());
    let mut response = http::Response::new(match exchange.response {
        None => Body::empty(),
        Some(Value::String(text)) => Body::from(text),
        Some(json) => Body::from(json.to_string()),
    });
    *response.status_mut() = StatusCode::from_u16(exchange.status).map_err(|_| unfit())?;
    for (name, value) in exchange.headers {
        let name = HeaderName::try_from(name).map_err(|_| unfit())?;
        let value = HeaderValue::try_from(value).map_err(|_| unfit())?;
        response.headers_mut().append(name, value);
    }
    Ok(response)
}

fn fits(exchange: &GoldenExchange, request: &http::Request<Body>) -> bool {
    let body = || serde_json::from_slice(request.body().whole().unwrap_or_default());
    exchange.method == request.method().as_str()
        && request.uri() == exchange.url.as_str()
        && exchange.request.as_ref().is_none_or(|expected| {
            body().is_ok_and(|body: Value| difference(expected, &body).is_none())
        })
}

impl Transport for Scripted {
    fn resolve<'a>(
        &'a self,
        _host: &'a str,
        _timeout: Duration,
    ) -> BoxFuture<'a, Result<Vec<IpAddr>, TransportError>> {
        Box::pin(async { Ok(vec![ANYWHERE]) })
    }

    fn send(
        &self,
        request: http::Request<Body>,
        _dial: Dial,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
        let answer = self.answer(&request);
        Box::pin(async { answer })
    }
}
