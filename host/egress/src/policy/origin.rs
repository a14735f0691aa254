//! An origin: where a secret may go.

use std::fmt;

use super::target::Target;
use super::url_error::UrlError;

/// Scheme, host and port: `https://rest.iad-01.braze.com`.
///
/// Two origins are equal if all three are. The scheme's default port may be
/// written or left out.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin(Box<str>);

impl Origin {
    /// Parses `scheme://host[:port]`, without a path.
    ///
    /// # Errors
    ///
    /// Anything that [`Target::parse`] refuses, and anything after the port.
    pub fn parse(text: &str) -> Result<Origin, OriginError> {
        let target = Target::parse(text).map_err(OriginError::Url)?;
        if target.path_and_query() != "/" || text.ends_with('/') {
            return Err(OriginError::Path {
                origin: target.origin().to_owned(),
            });
        }
        Ok(Origin(target.origin().into()))
    }

    /// The canonical form.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether requests to this target go to this origin.
    pub fn covers(&self, target: &Target) -> bool {
        *self.0 == *target.origin()
    }
}

impl From<&Target> for Origin {
    fn from(target: &Target) -> Origin {
        Origin(target.origin().into())
    }
}

impl std::str::FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Origin, OriginError> {
        Origin::parse(text)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why an origin was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OriginError {
    /// It is not a valid URL.
    Url(UrlError),
    /// There is text after the port.
    Path {
        /// The origin without that text.
        origin: String,
    },
}

impl fmt::Display for OriginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OriginError::Url(error) => error.fmt(f),
            OriginError::Path { origin } => {
                write!(f, "an origin ends after its host or port: write `{origin}`")
            }
        }
    }
}

impl std::error::Error for OriginError {}
