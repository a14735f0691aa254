//! The revision of a flow: a digest of its content.

use hospes::digest;

use crate::document::Item;

/// `sha256:` and the digest of the document as JSON with its keys in order.
pub(crate) fn of(root: &Item<'_>) -> String {
    let mut document = root.as_json().unwrap_or_default();
    document.sort_all_objects();
    digest::show(&digest::sha256(document.to_string().as_bytes()))
}
