//! Why a request is refused: one table of stable words.

use std::fmt;
use std::str::FromStr;

use serde::ser::{Serialize, SerializeStruct, Serializer};

/// Why a request is refused. Each has a stable word, which the node is told,
/// scripts match on and the record shows; it never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// `url`: the URL does not have the accepted form.
    Url,
    /// `no-rule`: no rule names the host.
    NoRule,
    /// `scheme`: a rule names the host with the other scheme.
    Scheme,
    /// `port`: a rule names scheme and host with another port.
    Port,
    /// `path`: a rule names the origin with another path, or the path holds dot
    /// segments, empty segments or an encoded slash.
    Path,
    /// `method`: a rule names the origin and the path with other methods, or
    /// there is no such method.
    Method,
    /// `forbidden-address`: the host is, or resolves to, an address that is
    /// not public and that no rule names.
    ForbiddenAddress,
    /// `header`: a header is malformed, or only the host may set it.
    Header,
    /// `secret`: the node has no such secret, or may not use it for this
    /// origin, in this header or after this prefix.
    Secret,
    /// A shadow execution makes a write that the serving revision has not made.
    Shadow,
}

impl Reason {
    /// All reasons, for documentation and tests.
    pub const ALL: &'static [Reason] = &[
        Reason::Url,
        Reason::NoRule,
        Reason::Scheme,
        Reason::Port,
        Reason::Path,
        Reason::Method,
        Reason::ForbiddenAddress,
        Reason::Header,
        Reason::Secret,
        Reason::Shadow,
    ];

    /// The stable word.
    pub fn as_str(self) -> &'static str {
        self.row().0
    }

    /// The meaning, in a sentence.
    pub fn meaning(self) -> &'static str {
        self.row().1
    }

    fn row(self) -> (&'static str, &'static str) {
        match self {
            Reason::Url => ("url", "The URL is not of the one form that is accepted."),
            Reason::NoRule => ("no-rule", "No rule names the host."),
            Reason::Scheme => (
                "scheme",
                "A rule names the host, but with the other scheme.",
            ),
            Reason::Port => (
                "port",
                "A rule names the scheme and the host, but another port.",
            ),
            Reason::Path => (
                "path",
                "A rule names the origin, but another path; or the path holds dot segments, empty \
                 segments or an encoded slash.",
            ),
            Reason::Method => (
                "method",
                "A rule names the origin and the path, but other methods; or there is no such method.",
            ),
            Reason::ForbiddenAddress => (
                "forbidden-address",
                "The host is, or resolves to, an address that is not public and that no rule names.",
            ),
            Reason::Header => (
                "header",
                "A header is malformed, or one that only the host may set, everywhere or at this origin.",
            ),
            Reason::Secret => (
                "secret",
                "The node has no such secret, or not for this origin, or not in this header after this prefix.",
            ),
            Reason::Shadow => (
                "shadow",
                "The revision runs as a shadow and writes what the serving one has not written.",
            ),
        }
    }

    /// Whether the reason is about the request alone, so that a node may read
    /// the whole message. The messages of the others would reveal the
    /// operator's network and policy.
    pub fn is_about_the_request(self) -> bool {
        matches!(self, Reason::Url | Reason::Header)
    }
}

impl FromStr for Reason {
    type Err = UnknownReason;

    fn from_str(word: &str) -> Result<Reason, UnknownReason> {
        let found = Reason::ALL.iter().find(|reason| reason.as_str() == word);
        found.copied().ok_or(UnknownReason)
    }
}

/// The word is not a [`Reason`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownReason;

impl fmt::Display for UnknownReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a reason for which requests are denied")
    }
}

impl std::error::Error for UnknownReason {}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a request is denied. For the operator: a node only gets the reason's
/// word.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Denial {
    /// The reason.
    pub reason: Reason,
    /// What happened.
    pub message: String,
    /// The rule that would allow the request, if there is one.
    pub remedy: Option<String>,
}

impl Denial {
    pub(crate) fn new(reason: Reason, message: impl Into<String>) -> Denial {
        Denial {
            reason,
            message: message.into(),
            remedy: None,
        }
    }

    /// Adds the rule that would allow the request, if there is one.
    pub(super) fn with_remedy(mut self, remedy: Option<String>) -> Denial {
        self.remedy = remedy;
        self
    }
}

/// What happened, and the rule that would allow it.
impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(f, &self.message, self.remedy.as_deref())
    }
}

impl std::error::Error for Denial {}

impl Serialize for Denial {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut json = serializer.serialize_struct("Denial", 3)?;
        json.serialize_field("reason", self.reason.as_str())?;
        json.serialize_field("message", &self.message)?;
        json.serialize_field("remedy", &self.remedy)?;
        json.end()
    }
}

/// Writes a sentence, and the line that would solve the problem if there is
/// one.
pub(super) fn show(f: &mut fmt::Formatter<'_>, message: &str, remedy: Option<&str>) -> fmt::Result {
    f.write_str(message)?;
    match remedy {
        Some(line) => write!(f, " To allow it, add: {line}"),
        None => Ok(()),
    }
}
