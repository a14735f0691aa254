//! Refuses requests from pages of other sites.
//!
//! Every page that a user opens can reach a server on the user's machine. Two
//! things tell such a page apart: the browser says where the page comes from
//! (`Origin`, `Sec-Fetch-Site`), and a name that an attacker points at this
//! machine ("DNS rebinding") is in `Host`. Addresses and `localhost` can't be
//! pointed elsewhere.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::header::{HOST, ORIGIN};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::auth::is_about_health;
use crate::client::Client;
use crate::error::{ApiError, FOREIGN_HOST, FOREIGN_ORIGIN, PAST_THE_PROXY};
use crate::setup::Setup;
use hospes_deploy::text::quoted;

/// What the middleware checks.
#[derive(Clone)]
pub(crate) struct Guard {
    /// The server's names, in addition to its addresses. None if there is an
    /// authentication in front of it, which a rebound name doesn't pass.
    pub(crate) hosts: Option<Arc<[String]>>,
    /// Whether requests have to come through a proxy.
    pub(crate) behind_proxy: bool,
    pub(crate) setup: Setup,
}

/// The middleware.
pub(crate) async fn guard(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    // Monitoring needs no proxy.
    let is_known = request.extensions().get::<Client>().is_some();
    if guard.behind_proxy && !is_known && !is_about_health(request.uri().path()) {
        let message = "requests have to come through this server's proxy";
        return ApiError::new(&PAST_THE_PROXY, message).into_response();
    }
    let checked = match &guard.hosts {
        Some(hosts) => {
            let absolute = request.uri().authority().is_some();
            check(request.headers(), absolute, hosts, guard.setup)
        }
        None => {
            let host = request
                .headers()
                .get(HOST)
                .and_then(|host| host.to_str().ok());
            let authority = request
                .uri()
                .authority()
                .map(|authority| authority.as_str());
            check_origin(request.headers(), host.or(authority).unwrap_or_default())
        }
    };
    match checked {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

fn check(
    headers: &HeaderMap,
    absolute: bool,
    hosts: &[String],
    setup: Setup,
) -> Result<(), ApiError> {
    let mut all = headers.get_all(HOST).iter();
    let host = all.next().and_then(|host| host.to_str().ok());
    let (Some(host), None, false) = (host, all.next(), absolute) else {
        return Err(ApiError::new(
            &FOREIGN_HOST,
            "a request needs exactly one `Host` header, and a path as its target",
        ));
    };
    if !is_ours(host, hosts) {
        let message = format!(
            "this server is not called `{}`: {}",
            quoted(host),
            setup.name(
                "start it with `--host NAME` for each of its names",
                "its application can add a name with `host`",
            )
        );
        return Err(ApiError::new(&FOREIGN_HOST, message));
    }
    check_origin(headers, host)
}

/// Refuses what a page of another site sends.
fn check_origin(headers: &HeaderMap, host: &str) -> Result<(), ApiError> {
    let site = headers.get("sec-fetch-site").map(|site| site.as_bytes());
    let foreign_site = !matches!(site, None | Some(b"same-origin" | b"none"));
    let foreign_origin = headers.get(ORIGIN).is_some_and(|origin| {
        let origin = origin.to_str().unwrap_or_default();
        let of = |scheme: &str| {
            origin
                .strip_prefix(scheme)
                .is_some_and(|rest| rest.eq_ignore_ascii_case(host))
        };
        !of("http://") && !of("https://")
    });
    if foreign_site || foreign_origin {
        return Err(ApiError::new(
            &FOREIGN_ORIGIN,
            "pages of other sites may not use this server",
        ));
    }
    Ok(())
}

/// Whether a `Host` header can only mean this server.
fn is_ours(host: &str, hosts: &[String]) -> bool {
    let name = match host.rsplit_once(':') {
        // Not the colons inside an IPv6 address.
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'))
        .unwrap_or(name);
    address.parse::<IpAddr>().is_ok()
        || name.eq_ignore_ascii_case("localhost")
        || hosts.iter().any(|known| name.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(headers: &[(&'static str, &'static str)]) -> &'static str {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        let hosts = ["nodes.internal".to_owned()];
        match check(&map, false, &hosts, Setup::Flags) {
            Ok(()) => "ours",
            Err(error) => error.code().word,
        }
    }

    #[test]
    fn only_what_can_mean_this_server_is_its_name() {
        for (host, expected) in [
            ("127.0.0.1:7117", "ours"),
            ("127.0.0.1", "ours"),
            ("[::1]:7117", "ours"),
            ("localhost:7117", "ours"),
            ("LOCALHOST", "ours"),
            ("10.0.0.7:80", "ours"),
            ("nodes.internal", "ours"),
            ("Nodes.Internal:7117", "ours"),
            ("evil.example", "foreign-host"),
            ("evil.example:7117", "foreign-host"),
            ("127.0.0.1.evil.example", "foreign-host"),
            ("localhost.evil.example", "foreign-host"),
            ("nodes.internal.", "foreign-host"),
            ("", "foreign-host"),
        ] {
            assert_eq!(word(&[("host", host)]), expected, "{host}");
        }
        assert_eq!(word(&[]), "foreign-host");
        assert_eq!(
            word(&[("host", "localhost"), ("host", "localhost")]),
            "foreign-host"
        );
    }

    #[test]
    fn only_the_server_s_own_pages_may_use_it() {
        let host = ("host", "127.0.0.1:7117");
        for (header, expected) in [
            (("origin", "http://127.0.0.1:7117"), "ours"),
            (("origin", "https://127.0.0.1:7117"), "ours"),
            (("origin", "http://127.0.0.1:8080"), "foreign-origin"),
            (("origin", "http://evil.example"), "foreign-origin"),
            (("origin", "null"), "foreign-origin"),
            (
                ("origin", "http://127.0.0.1:7117.evil.example"),
                "foreign-origin",
            ),
            (("sec-fetch-site", "same-origin"), "ours"),
            (("sec-fetch-site", "none"), "ours"),
            (("sec-fetch-site", "cross-site"), "foreign-origin"),
            (("sec-fetch-site", "same-site"), "foreign-origin"),
        ] {
            assert_eq!(word(&[host, header]), expected, "{header:?}");
        }
    }
}
