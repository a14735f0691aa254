//! The upstream of a node that is measured.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use hospes::egress::{Body, BoxFuture, Dial, Transport, TransportError, http};
use hospes::golden::GoldenExchange;

/// A public address, so that names pass the gate as they do later. It is never
/// dialled.
const ANYWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(1, 1, 1, 1));

/// A transport that answers each request with the first exchange that fits it,
/// as often as it is asked, and opens no socket.
#[derive(Clone, Debug)]
pub struct Upstream {
    exchanges: Arc<[GoldenExchange]>,
    delay: Duration,
}

impl Upstream {
    /// Answers at once with these exchanges. A request that none of them fits
    /// finds nobody (`unreachable`).
    pub fn new(exchanges: Vec<GoldenExchange>) -> Upstream {
        Upstream {
            exchanges: exchanges.into(),
            delay: Duration::ZERO,
        }
    }

    /// How long each answer takes. Defaults to no time.
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Upstream {
        self.delay = delay;
        self
    }

    pub(crate) async fn answer(
        &self,
        method: &str,
        url: &str,
        body: &[u8],
    ) -> Result<http::Response<Body>, TransportError> {
        if !self.delay.is_zero() {
            tokio::time::sleep(self.delay).await;
        }
        let fits = |exchange: &&GoldenExchange| exchange.fits(method, url, body);
        match self.exchanges.iter().find(fits) {
            Some(exchange) => exchange.response(),
            None => Err(TransportError::Unreachable(
                "the golden case has no answer for this request".to_owned(),
            )),
        }
    }
}

impl Transport for Upstream {
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
        dial: Dial,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
        Box::pin(async move {
            let url = request.uri().to_string();
            let body = request.body().whole().unwrap_or_default();
            let answer = self.answer(request.method().as_str(), &url, body);
            let answer = tokio::time::timeout(dial.timeout, answer).await;
            answer.unwrap_or(Err(TransportError::Timeout))
        })
    }
}
