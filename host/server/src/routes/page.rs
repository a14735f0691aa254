//! `/`, a page for operators, and `/chat`, a page for trying a flow. One file
//! each, with nothing from elsewhere.

use axum::http::HeaderValue;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, X_FRAME_OPTIONS,
};
use axum::response::{IntoResponse, Response};
use base64::prelude::{BASE64_STANDARD, Engine};
use sha2::{Digest, Sha256};

/// The page for operators.
const PAGE: &str = include_str!("page.html");
/// The page for trying a flow.
const CHAT: &str = include_str!("chat.html");

/// Looks at the nodes, swaps them and takes them back, in a browser
#[utoipa::path(
    get,
    path = "/",
    tag = "server",
    responses((status = 200, description = "A page for operators", body = String, content_type = "text/html")),
)]
pub(crate) async fn page() -> Response {
    html(PAGE)
}

/// Talks through a flow in a browser
#[utoipa::path(
    get,
    path = "/chat",
    tag = "server",
    responses((status = 200, description = "A page for trying a flow", body = String, content_type = "text/html")),
)]
pub(crate) async fn chat() -> Response {
    html(CHAT)
}

fn html(page: &'static str) -> Response {
    let fixed = |name: HeaderName, value: &'static str| (name, HeaderValue::from_static(value));
    let policy = HeaderValue::from_str(&policy(page))
        .unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'"));
    let headers = [
        fixed(CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, policy),
        fixed(X_FRAME_OPTIONS, "DENY"),
        fixed(CACHE_CONTROL, "no-cache"),
        fixed(HeaderName::from_static("referrer-policy"), "no-referrer"),
    ];
    (headers, page).into_response()
}

/// Exactly the page's own style and script, by their hashes, and this server.
fn policy(page: &str) -> String {
    format!(
        "default-src 'none'; connect-src 'self'; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'",
        hash(page, "style"),
        hash(page, "script")
    )
}

/// The hash of what stands in the page's one element of this name.
fn hash(page: &str, element: &str) -> String {
    let inside = page
        .split_once(&format!("<{element}>"))
        .and_then(|(_, rest)| rest.split_once(&format!("</{element}>")))
        .map_or("", |(inside, _)| inside);
    format!(
        "sha256-{}",
        BASE64_STANDARD.encode(Sha256::digest(inside.as_bytes()))
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_have_nothing_from_elsewhere() {
        for (page, link) in [(PAGE, "\"/chat\""), (CHAT, "\"/\"")] {
            assert_eq!(page.matches("<script").count(), 1);
            assert_eq!(page.matches("<style").count(), 1);
            for absent in [
                "http:",
                "https:",
                "//cdn",
                "src=",
                "style=",
                "onclick",
                "innerHTML",
                "eval(",
            ] {
                assert!(!page.contains(absent), "{absent}");
            }
            for rest in page.split("href=").skip(1) {
                assert!(rest.starts_with(link), "{rest}");
            }
            assert!(!policy(page).contains("unsafe"));
        }
    }
}
