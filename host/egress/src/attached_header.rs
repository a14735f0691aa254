//! The header that a secret is bound to.

use std::fmt;

use crate::policy::header::{self, HeaderError};

/// The longest prefix, in bytes.
const MAX_PREFIX: usize = 256;

/// A header that the host puts a secret into: its name, and the text before the
/// secret's value, such as `Bearer ` with its space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttachedHeader {
    name: String,
    prefix: String,
}

impl AttachedHeader {
    /// A header of this name, kept in lower case, and this prefix, which may be
    /// empty.
    ///
    /// # Errors
    ///
    /// A name that is not a valid header name or that only the host may set,
    /// such as `host`; a prefix that is not printable ASCII or is longer than
    /// 256 bytes.
    pub fn new(
        name: impl Into<String>,
        prefix: impl Into<String>,
    ) -> Result<AttachedHeader, AttachedHeaderError> {
        let (mut name, prefix) = (name.into(), prefix.into());
        let wrong = |error: HeaderError| AttachedHeaderError(error.to_string());
        header::check_name(&name).map_err(wrong)?;
        if prefix.len() > MAX_PREFIX {
            let why = format!("the prefix is longer than {MAX_PREFIX} bytes");
            return Err(AttachedHeaderError(why));
        }
        if header::check_value(&name, &prefix).is_err() {
            let why = "the prefix is not printable ASCII".to_owned();
            return Err(AttachedHeaderError(why));
        }
        name.make_ascii_lowercase();
        Ok(AttachedHeader { name, prefix })
    }

    /// The name, in lower case.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text before the value.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Whether a server could take a header of this name for it: underscores
    /// count as dashes, and case is ignored.
    pub fn is(&self, name: &str) -> bool {
        header::same_name(&self.name, name)
    }
}

/// Why a secret can't be attached in a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttachedHeaderError(String);

impl fmt::Display for AttachedHeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for AttachedHeaderError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_that_could_not_be_kept_is_refused() {
        for (name, prefix, why) in [
            ("Host", "", "the header `host` is the host's to set"),
            (
                "proxy-authorization",
                "",
                "the header `proxy-authorization` is the host's to set",
            ),
            ("x a", "", "`x a` is not a header's name"),
            ("", "", "`` is not a header's name"),
            ("x-a", "a\r\nb", "the prefix is not printable ASCII"),
            (
                "x-a",
                &"x".repeat(257),
                "the prefix is longer than 256 bytes",
            ),
        ] {
            let error = AttachedHeader::new(name, prefix).unwrap_err();
            assert_eq!(error.to_string(), why);
        }
        let header = AttachedHeader::new("X-Api_Key", "Bearer ").unwrap();
        assert_eq!((header.name(), header.prefix()), ("x-api_key", "Bearer "));
        assert!(header.is("X-API-KEY") && !header.is("x-apikey"));
    }
}
