//! A transport that responds from a script and opens no socket.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hospes_egress::transport::{Body, BoxFuture, Dial, Transport, TransportError};

use super::case::{GoldenError, GoldenExchange};

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

    /// Notes that the gate has refused a request to this URL, which has no query.
    pub(crate) fn refused(&self, error: GoldenError, method: &str, url: &str) {
        let mut script = self.script();
        let is_it = |one: &GoldenExchange| one.is_refusal(error, method, url);
        if let Some(at) = script.left.iter().position(is_it) {
            script.left.remove(at);
        }
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(
        &self,
        request: &http::Request<Body>,
    ) -> Result<http::Response<Body>, TransportError> {
        let mut script = self.script();
        let (method, url) = (request.method().as_str(), request.uri().to_string());
        let body = request.body().whole().unwrap_or_default();
        let fits = |one: &GoldenExchange| {
            !one.error.is_some_and(GoldenError::is_refusal) && one.fits(method, &url, body)
        };
        let Some(at) = script.left.iter().position(fits) else {
            let asked = format!("{method} {}", url.split('?').next().unwrap_or_default());
            script.unknown.get_or_insert(asked);
            let why = "the golden case has no answer for this request";
            return Err(TransportError::Unreachable(why.to_owned()));
        };
        script.left.remove(at).response()
    }
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
