//! `/`, a page for operators, and `/chat`, a page for trying a flow. Each is
//! one file that loads nothing else.

use axum::extract::OriginalUri;
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

/// A page for inspecting, replacing and rolling back nodes
#[utoipa::path(
    get,
    path = "/",
    tag = "server",
    responses((status = 200, description = "A page for operators", body = String, content_type = "text/html")),
)]
pub(crate) async fn page(OriginalUri(uri): OriginalUri) -> Response {
    html(PAGE.replace(LINK, &format!("href=\"{}\"", to_chat(uri.path()))))
}

/// A page for trying a flow
#[utoipa::path(
    get,
    path = "/chat",
    tag = "server",
    responses((status = 200, description = "A page for trying a flow", body = String, content_type = "text/html")),
)]
pub(crate) async fn chat(OriginalUri(uri): OriginalUri) -> Response {
    html(CHAT.replace(LINK, &format!("href=\"{}\"", to_page(uri.path()))))
}

/// The placeholder for the link from one page to the other.
const LINK: &str = "href=\"OTHER\"";

/// The link from the page for operators to the other. It is relative, so that it
/// works behind a proxy that shortens the path.
fn to_chat(path: &str) -> String {
    match last(path) {
        "" => "chat".to_owned(),
        last => format!("{last}/chat"),
    }
}

/// The link back. The page for operators may be mounted without a slash at its
/// end.
fn to_page(path: &str) -> String {
    let mount = path.rsplit_once('/').map_or("", |(mount, _)| mount);
    match last(mount) {
        "" => "./".to_owned(),
        last => format!("../{last}"),
    }
}

/// The last part of a path, empty after a slash. Also empty if it contains
/// anything but plain characters, since it is put into an attribute.
fn last(path: &str) -> &str {
    let last = path.rsplit('/').next().unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~%".contains(c);
    if last.chars().all(plain) { last } else { "" }
}

fn html(page: String) -> Response {
    let fixed = |name: HeaderName, value: &'static str| (name, HeaderValue::from_static(value));
    let policy = HeaderValue::from_str(&policy(&page))
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

/// Allows exactly the page's own style and script, by their hashes, and this
/// server.
fn policy(page: &str) -> String {
    format!(
        "default-src 'none'; connect-src 'self'; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'",
        hash(page, "style"),
        hash(page, "script")
    )
}

/// The hash of the content of the page's only element of this name.
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
        for page in [PAGE, CHAT] {
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
                assert!(rest.starts_with("\"OTHER\""), "{rest}");
            }
            assert!(!policy(page).contains("unsafe"));
        }
    }

    #[test]
    fn the_pages_link_to_each_other_wherever_they_are() {
        for (page, chat, to_chat, to_page) in [
            ("/", "/chat", "chat", "./"),
            ("/nodes", "/nodes/chat", "nodes/chat", "../nodes"),
            ("/nodes/", "/nodes/chat", "chat", "../nodes"),
            ("/a/b", "/a/b/chat", "b/chat", "../b"),
            ("/a/\"x", "/a/\"x/chat", "chat", "./"),
        ] {
            assert_eq!(super::to_chat(page), to_chat);
            assert_eq!(super::to_page(chat), to_page);
        }
    }
}
