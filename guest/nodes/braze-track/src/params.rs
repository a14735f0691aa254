//! What the environment says: where Braze is, and how much goes into a request.

use hospes_guest::Failure;
use serde::Deserialize;

use crate::chunk::Limits;

/// The most objects that Braze takes in one request, over all three arrays.
const MAX_OBJECTS: usize = 75;

/// Braze takes "4 MB"; this is within every reading of that.
const MAX_BYTES: usize = 4_000_000;

/// The params of the node.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Params {
    braze_url: String,
    #[serde(default = "users_track")]
    braze_user_track: String,
    #[serde(default = "pypestream")]
    pub(crate) partner: String,
    #[serde(default = "max_objects")]
    max_objects: usize,
    #[serde(default = "max_bytes")]
    max_bytes: usize,
    #[serde(default)]
    pub(crate) on_invalid: OnInvalid,
}

/// What happens to a payload that holds objects which Braze would refuse.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum OnInvalid {
    /// Nothing is sent, so that the corrected payload can be sent as a whole.
    #[default]
    RefuseAll,
    /// The others are sent.
    SendValid,
}

fn users_track() -> String {
    "users/track".to_owned()
}

fn pypestream() -> String {
    "pypestream".to_owned()
}

fn max_objects() -> usize {
    MAX_OBJECTS
}

fn max_bytes() -> usize {
    MAX_BYTES
}

impl Params {
    /// The endpoint's URL, with exactly one slash between base and path and none
    /// at the end: Braze answers `/users/track/` in odd ways.
    pub(crate) fn url(&self) -> Result<String, Failure> {
        let base = self.braze_url.trim_end_matches('/');
        let host = base
            .strip_prefix("https://")
            .or_else(|| base.strip_prefix("http://"));
        if !host.is_some_and(|host| !host.is_empty() && !host.starts_with('/') && is_plain(host)) {
            return Err(Failure::invalid_params(
                "params.braze_url: expected the base URL of a Braze REST endpoint, \
                 such as https://rest.iad-01.braze.com",
            ));
        }
        let path = self.braze_user_track.trim_matches('/');
        if path.is_empty() || !is_plain(path) {
            return Err(Failure::invalid_params(
                "params.braze_user_track: expected a path, such as users/track",
            ));
        }
        Ok(format!("{base}/{path}"))
    }

    pub(crate) fn limits(&self) -> Result<Limits, Failure> {
        if !(1..=MAX_OBJECTS).contains(&self.max_objects) {
            return Err(Failure::invalid_params(format!(
                "params.max_objects: expected 1 to {MAX_OBJECTS}"
            )));
        }
        if !(1..=MAX_BYTES).contains(&self.max_bytes) {
            return Err(Failure::invalid_params(format!(
                "params.max_bytes: expected 1 to {MAX_BYTES}"
            )));
        }
        Ok(Limits {
            objects: self.max_objects,
            bytes: self.max_bytes,
        })
    }
}

/// Whether a part of a URL holds neither credentials, query, fragment nor white space.
fn is_plain(part: &str) -> bool {
    part.chars()
        .all(|c| c.is_ascii_graphic() && !matches!(c, '@' | '?' | '#' | '\\'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(url: &str, path: &str) -> Params {
        Params {
            braze_url: url.to_owned(),
            braze_user_track: path.to_owned(),
            partner: pypestream(),
            max_objects: MAX_OBJECTS,
            max_bytes: MAX_BYTES,
            on_invalid: OnInvalid::RefuseAll,
        }
    }

    #[test]
    fn base_and_path_are_joined_by_one_slash() {
        for (base, path, url) in [
            (
                "https://rest.example",
                "users/track",
                "https://rest.example/users/track",
            ),
            (
                "https://rest.example/",
                "/users/track/",
                "https://rest.example/users/track",
            ),
            (
                "https://rest.example//",
                "users/track",
                "https://rest.example/users/track",
            ),
            (
                "http://127.0.0.1:8080/braze/",
                "t",
                "http://127.0.0.1:8080/braze/t",
            ),
        ] {
            assert_eq!(params(base, path).url(), Ok(url.to_owned()));
        }
    }

    #[test]
    fn what_is_no_url_is_refused_without_repeating_it() {
        let url = "params.braze_url: expected the base URL of a Braze REST endpoint, \
                   such as https://rest.iad-01.braze.com";
        let path = "params.braze_user_track: expected a path, such as users/track";
        for (base, track, message) in [
            ("", "users/track", url),
            ("rest.example", "users/track", url),
            ("ftp://rest.example", "users/track", url),
            ("https://", "users/track", url),
            ("https:///users", "users/track", url),
            ("https://user:word@rest.example", "users/track", url),
            ("https://rest.example?x=1", "users/track", url),
            ("https://rest.example /", "users/track", url),
            ("https://rest.example", "", path),
            ("https://rest.example", "/", path),
            ("https://rest.example", "users/track?x", path),
        ] {
            assert_eq!(
                params(base, track).url(),
                Err(Failure::invalid_params(message)),
                "{base}"
            );
        }
    }

    #[test]
    fn limits_can_only_be_lowered() {
        let mut params = params("https://rest.example", "users/track");
        assert_eq!(
            params.limits(),
            Ok(Limits {
                objects: 75,
                bytes: 4_000_000
            })
        );
        params.max_objects = 76;
        assert_eq!(
            params.limits(),
            Err(Failure::invalid_params(
                "params.max_objects: expected 1 to 75"
            ))
        );
        params.max_objects = 1;
        params.max_bytes = 0;
        assert_eq!(
            params.limits(),
            Err(Failure::invalid_params(
                "params.max_bytes: expected 1 to 4000000"
            ))
        );
    }
}
