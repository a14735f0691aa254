//! Values that several options have.

use std::time::Duration;

pub(super) fn key_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write it as KEY=VALUE".to_owned()),
    }
}

pub(super) fn size(text: &str) -> Result<u64, String> {
    hospes::limits::Unit::Bytes
        .parse(text)
        .filter(|bytes| *bytes > 0)
        .ok_or_else(|| "write a size such as 64KiB or 8MiB".to_owned())
}

pub(super) fn time(text: &str) -> Result<Duration, String> {
    let millis = hospes::limits::Unit::Time.parse(text);
    millis
        .map(Duration::from_millis)
        .ok_or_else(|| "write a time such as 500ms, 2s or 1m".to_owned())
}
