//! The methods a request can have, and sets of them.

use std::fmt;
use std::str::FromStr;

/// One of the seven methods a node can use.
///
/// `CONNECT` and `TRACE` are not supported: the first opens a tunnel that the
/// policy can't inspect, the second makes the upstream repeat the credentials
/// it got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Method {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
    Options,
}

impl Method {
    /// All of them.
    pub const ALL: [Method; 7] = [
        Method::Get,
        Method::Head,
        Method::Post,
        Method::Put,
        Method::Patch,
        Method::Delete,
        Method::Options,
    ];

    /// Parses a method. Methods are case-sensitive: `get` is refused.
    pub fn parse(text: &str) -> Option<Method> {
        Method::ALL
            .into_iter()
            .find(|method| method.as_str() == text)
    }

    /// The method as it is written in a request line.
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Head => "HEAD",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
            Method::Options => "OPTIONS",
        }
    }
}

impl FromStr for Method {
    type Err = UnknownMethod;

    fn from_str(text: &str) -> Result<Method, UnknownMethod> {
        Method::parse(text).ok_or(UnknownMethod)
    }
}

/// The word is not a [`Method`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownMethod;

impl fmt::Display for UnknownMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = Method::ALL.map(Method::as_str).join(", ");
        write!(f, "not one of the methods {words}, in capitals")
    }
}

impl std::error::Error for UnknownMethod {}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A set of methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Methods(u8);

impl Methods {
    pub(crate) const NONE: Methods = Methods(0);
    pub(crate) const ALL: Methods = Methods(0x7f);

    pub(crate) fn contains(self, method: Method) -> bool {
        self.0 & (1 << method as u8) != 0
    }

    pub(crate) fn covers(self, other: Methods) -> bool {
        self.0 & other.0 == other.0
    }

    pub(crate) fn with(self, method: Method) -> Methods {
        Methods(self.0 | 1 << method as u8)
    }
}

impl fmt::Display for Methods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut comma = "";
        for method in Method::ALL
            .into_iter()
            .filter(|method| self.contains(*method))
        {
            write!(f, "{comma}{method}")?;
            comma = ",";
        }
        Ok(())
    }
}
