//! The pattern of a request's path.

use axum::extract::{MatchedPath, NestedPath};
use axum::http::Extensions;

/// The pattern of the route that a request is for, such as `/v1/nodes/{node}`,
/// wherever the routes are mounted.
pub(crate) fn route_pattern(extensions: &Extensions) -> Option<&str> {
    let whole = extensions.get::<MatchedPath>()?.as_str();
    let Some(mount) = extensions.get::<NestedPath>() else {
        return Some(whole);
    };
    match whole.strip_prefix(mount.as_str().trim_end_matches('/')) {
        Some("") => Some("/"),
        Some(rest) => Some(rest),
        None => Some(whole),
    }
}
