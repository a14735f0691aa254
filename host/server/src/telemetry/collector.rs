//! Sends spans to a collector.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, HeaderValue, Uri};
use hospes::egress::SecretSource;
use hospes_solution::SecretFrom;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use ureq::Agent;

/// A collector that takes longer counts as unreachable.
const TIMEOUT: Duration = Duration::from_secs(5);
/// How much of a response is read; nothing in it is needed.
const ANSWER: u64 = 64 << 10;

/// Sends spans. Only the exporting thread calls it, so it may block.
/// Environment variables have no effect on it: it uses no proxy, and only the
/// headers that were given.
#[derive(Debug)]
pub(crate) struct Collector {
    agent: Agent,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// Whether the last attempt failed, so that an outage is reported once.
    failing: AtomicBool,
}

impl Collector {
    /// With headers as `NAME=env:VARIABLE` or `NAME=file:PATH`.
    pub(crate) fn new(headers: &[String]) -> anyhow::Result<Collector> {
        let config = Agent::config_builder()
            .proxy(None)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .timeout_global(Some(TIMEOUT))
            .user_agent(concat!("hospes/", env!("CARGO_PKG_VERSION")))
            .build();
        let headers: anyhow::Result<_> = headers.iter().map(|given| header(given)).collect();
        Ok(Collector {
            agent: config.into(),
            headers: headers?,
            failing: AtomicBool::new(false),
        })
    }

    fn send(&self, request: &Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let answer = self.post(request);
        let failed = match &answer {
            Ok(answer) if answer.status().is_success() => None,
            Ok(answer) => Some(format!(
                "it responds with status {}",
                answer.status().as_u16()
            )),
            Err(error) => Some(error.to_string()),
        };
        let before = self.failing.swap(failed.is_some(), Ordering::Relaxed);
        match failed {
            Some(error) if !before => {
                tracing::warn!(target: "hospes::otlp", error, "the collector does not accept spans; serving continues");
            }
            None if before => {
                tracing::info!(target: "hospes::otlp", "the collector accepts spans again")
            }
            _ => {}
        }
        answer
    }

    fn post(&self, request: &Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let mut post = self.agent.post(request.uri());
        if let Some(content) = request.headers().get(CONTENT_TYPE) {
            post = post.header(CONTENT_TYPE, content);
        }
        for (name, value) in &self.headers {
            post = post.header(name, value);
        }
        let (head, mut body) = post.send(&request.body()[..])?.into_parts();
        let body = body.with_config().limit(ANSWER).read_to_vec()?;
        Ok(Response::from_parts(head, body.into()))
    }
}

impl HttpClient for Collector {
    // What `async fn` expands to in this trait.
    fn send_bytes<'a, 'f>(
        &'a self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'f>>
    where
        'a: 'f,
        Self: 'f,
    {
        Box::pin(async move { self.send(&request) })
    }
}

/// The URL for spans. A collector's address must not contain credentials,
/// because it is visible, for example in the process list.
pub(crate) fn traces(collector: &str) -> anyhow::Result<String> {
    let sane = |uri: &Uri| {
        let authority = uri.authority().map(|authority| authority.as_str());
        matches!(uri.scheme_str(), Some("http" | "https"))
            && authority.is_some_and(|authority| !authority.contains('@'))
            && !collector.contains(['?', '#'])
    };
    match collector.parse().as_ref().map(sane) {
        Ok(true) => Ok(format!("{}/v1/traces", collector.trim_end_matches('/'))),
        _ => anyhow::bail!(
            "--otlp: write the address as http://HOST[:PORT][/PATH], without user and query; credentials go into --otlp-header"
        ),
    }
}

fn header(given: &str) -> anyhow::Result<(HeaderName, HeaderValue)> {
    let wrong = |error: &dyn std::fmt::Display| anyhow::anyhow!("--otlp-header: {error}");
    let shape = "write the header as `NAME=env:VARIABLE` or `NAME=file:PATH`";
    let (name, from) = given.split_once('=').ok_or_else(|| wrong(&shape))?;
    let name: HeaderName = name.parse().map_err(|_| wrong(&shape))?;
    let from = SecretFrom::parse_private(from).map_err(|_| wrong(&shape))?;
    let value = from.fetch().map_err(|error| wrong(&error))?;
    let mut value = HeaderValue::from_str(value.expose())
        .map_err(|_| wrong(&format!("the value of `{name}` is not allowed in a header")))?;
    value.set_sensitive(true);
    Ok((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_and_holds_no_credentials() {
        for (address, expected) in [
            (
                "http://127.0.0.1:4318",
                Some("http://127.0.0.1:4318/v1/traces"),
            ),
            (
                "https://example.com/otlp/",
                Some("https://example.com/otlp/v1/traces"),
            ),
            ("http://user:hidden@example.com", None),
            ("http://example.com?key=hidden", None),
            ("http://example.com#part", None),
            ("ftp://example.com", None),
            ("127.0.0.1:4318", None),
            ("/v1/traces", None),
            ("", None),
        ] {
            let traces = traces(address);
            assert_eq!(traces.as_deref().ok(), expected, "{address}");
            assert!(!format!("{traces:?}").contains("hidden"), "{address}");
        }
    }

    #[test]
    fn a_header_s_value_comes_from_elsewhere() {
        let shape = "--otlp-header: write the header as `NAME=env:VARIABLE` or `NAME=file:PATH`";
        for given in [
            "",
            "authorization",
            "authorization=secret",
            "a b=env:X",
            "=env:X",
        ] {
            assert_eq!(header(given).unwrap_err().to_string(), shape, "{given}");
        }
    }
}
