//! The keys whose signatures count: `signed_by` of a node.

use hospes::signature::{Expiry, SignatureError, TrustedKey};

use crate::document::{Item, Report};

pub(crate) const KEYS: &[&str] = &["key", "min_version", "expires"];

/// Reads a list of keys, each a text or a table with its bounds.
pub(crate) fn read(list: &Item<'_>, report: &mut Report<'_>) -> Vec<TrustedKey> {
    let mut trusted: Vec<TrustedKey> = Vec::new();
    for item in list.items(report) {
        let Some(key) = one(&item, report) else {
            continue;
        };
        // The bounds of one would not hold if the other has none.
        if trusted.iter().any(|other| other.key() == key.key()) {
            report.value(&item.key, "this key is in the list already");
            continue;
        }
        trusted.push(key);
    }
    trusted
}

fn one(item: &Item<'_>, report: &mut Report<'_>) -> Option<TrustedKey> {
    if !item.is_table() {
        let text = item.text(report)?;
        let key = text.parse().map(TrustedKey::new);
        return key.map_err(|error| report.value(&item.key, error)).ok();
    }
    item.only(KEYS, report);
    let Some(key) = item.get("key") else {
        report.key(&item.key, "`key` is missing: it reads `ed25519:...`");
        return None;
    };
    let mut trusted = value(&key, report, |text| text.parse().map(TrustedKey::new))?;
    if let Some(version) = item.get("min_version") {
        let bounded = |text: &str| trusted.clone().min_version(text);
        trusted = value(&version, report, bounded)?;
    }
    if let Some(expires) = item.get("expires") {
        let text = expires.text_or_time(report)?;
        match text.parse::<Expiry>() {
            Ok(expires) => trusted = trusted.expires(expires),
            Err(error) => {
                report.value(&expires.key, error);
                return None;
            }
        }
    }
    Some(trusted)
}

fn value(
    item: &Item<'_>,
    report: &mut Report<'_>,
    read: impl Fn(&str) -> Result<TrustedKey, SignatureError>,
) -> Option<TrustedKey> {
    let read = read(item.text(report)?);
    read.map_err(|error| report.value(&item.key, error)).ok()
}
