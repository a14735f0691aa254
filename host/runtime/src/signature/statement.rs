//! The content of a signature.

use std::fmt;

use semver::Version;

use super::error::SignatureError;
use super::expiry::Expiry;

/// States that a component may run with these grants, and until when. A
/// signature is over [`Statement::bytes`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    pub(super) component: String,
    pub(super) grants: String,
    pub(super) version: Option<Version>,
    pub(super) expires: Option<Expiry>,
}

impl Statement {
    /// A statement for the component with this digest and the grants with this
    /// hash ([`NodeConfig::grants_hash`]), without a version and without an
    /// expiry.
    ///
    /// [`NodeConfig::grants_hash`]: crate::NodeConfig::grants_hash
    pub fn new(digest: impl Into<String>, grants: impl Into<String>) -> Statement {
        Statement {
            component: digest.into(),
            grants: grants.into(),
            version: None,
            expires: None,
        }
    }

    /// Sets the version, which is compared with a key's lowest version.
    /// Defaults to none.
    ///
    /// # Errors
    ///
    /// [`SignatureError::Version`] if it is not a version of semver.org.
    pub fn version(mut self, version: &str) -> Result<Statement, SignatureError> {
        self.version = Some(parse_version(version)?);
        Ok(self)
    }

    /// Sets the time at which it expires. Defaults to never.
    #[must_use]
    pub fn expires(mut self, expires: Expiry) -> Statement {
        self.expires = Some(expires);
        self
    }

    /// The bytes to sign.
    ///
    /// ```text
    /// hospes signature 2
    /// component sha256:<64 hexadecimal digits>
    /// grants sha256:<64 hexadecimal digits>
    /// version 1.4.0
    /// expires 2027-02-01T00:00:00Z
    /// ```
    ///
    /// Each line ends with a line feed. The last two lines are left out if it
    /// has no version or no expiry.
    pub fn bytes(&self) -> Vec<u8> {
        let lines = self.parts().map(|(key, value)| format!("{key} {value}\n"));
        format!("hospes signature 2\n{}", lines.collect::<String>()).into_bytes()
    }

    /// Its parts with their names.
    fn parts(&self) -> impl Iterator<Item = (&'static str, String)> {
        let text = |value: &dyn fmt::Display| Some(value.to_string());
        let parts = [
            ("component", Some(self.component.clone())),
            ("grants", Some(self.grants.clone())),
            (
                "version",
                self.version.as_ref().and_then(|value| text(value)),
            ),
            (
                "expires",
                self.expires.as_ref().and_then(|value| text(value)),
            ),
        ];
        parts
            .into_iter()
            .filter_map(|(key, value)| Some((key, value?)))
    }
}

pub(super) fn parse_version(text: &str) -> Result<Version, SignatureError> {
    Version::parse(text).map_err(|_| SignatureError::Version)
}

/// `component=sha256:... grants=sha256:...`, followed by `version=` and
/// `expires=` if it has them.
impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (key, value)) in self.parts().enumerate() {
            write!(f, "{}{key}={value}", if at == 0 { "" } else { " " })?;
        }
        Ok(())
    }
}
