//! Whether an exchange fits a request, and the response that it gives.

use hospes_egress::transport::{Body, TransportError};
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::Value;

use super::case::{GoldenError, GoldenExchange, difference};

impl GoldenExchange {
    /// Whether it is for a request to this URL without query that the gate has
    /// refused in this way.
    pub(crate) fn is_refusal(&self, error: GoldenError, method: &str, url: &str) -> bool {
        self.error == Some(error)
            && self.method == method
            && self.url.split('?').next() == Some(url)
    }

    /// Whether it is for a request with this method, URL and body.
    pub fn fits(&self, method: &str, url: &str, body: &[u8]) -> bool {
        let contains = |expected: &Value| {
            let body: Result<Value, _> = serde_json::from_slice(body);
            body.is_ok_and(|body| difference(expected, &body).is_none())
        };
        self.method == method && self.url == url && self.request.as_ref().is_none_or(contains)
    }

    /// The response that the request gets.
    ///
    /// # Errors
    ///
    /// The error that the exchange states. What can't be sent as HTTP is
    /// [`TransportError::Interrupted`] here, too.
    pub fn response(&self) -> Result<http::Response<Body>, TransportError> {
        match self.error {
            Some(GoldenError::Unreachable) => {
                return Err(TransportError::Unreachable("no connection".to_owned()));
            }
            Some(GoldenError::Timeout) => return Err(TransportError::Timeout),
            Some(GoldenError::TooLarge) => return Err(TransportError::TooLarge),
            Some(GoldenError::Denied | GoldenError::Exhausted) => {
                let why = "the golden case expects the host to refuse this request";
                return Err(TransportError::Unreachable(why.to_owned()));
            }
            Some(GoldenError::Interrupted) => {
                return Err(TransportError::Interrupted(
                    "the connection broke".to_owned(),
                ));
            }
            None => {}
        }
        let unfit = || {
            TransportError::Interrupted("the golden case's answer is not proper HTTP".to_owned())
        };
        let mut response = http::Response::new(match &self.response {
            None => Body::empty(),
            Some(Value::String(text)) => Body::from(text.clone()),
            Some(json) => Body::from(json.to_string()),
        });
        *response.status_mut() = StatusCode::from_u16(self.status).map_err(|_| unfit())?;
        for (name, value) in &self.headers {
            let name = HeaderName::try_from(name).map_err(|_| unfit())?;
            let value = HeaderValue::try_from(value).map_err(|_| unfit())?;
            response.headers_mut().append(name, value);
        }
        Ok(response)
    }
}
