//! Why a rule was refused, and what would be valid.

use std::fmt;
use std::net::IpAddr;

use super::address::Class;
use super::method::Method;
use super::target::Scheme;
use super::url_error::UrlError;

/// Why a rule was refused: the rule, what is wrong with it, and, where there is
/// one, the nearest valid rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleError {
    rule: String,
    problem: Problem,
}

impl RuleError {
    pub(super) fn new(rule: &str, problem: Problem) -> RuleError {
        RuleError {
            rule: rule.to_owned(),
            problem,
        }
    }

    /// The rule as it was written.
    pub fn rule(&self) -> &str {
        &self.rule
    }
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rule `{}`: {}", self.rule.escape_debug(), self.problem)
    }
}

impl std::error::Error for RuleError {}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    Empty,
    Words,
    NoUrl,
    Method {
        methods: String,
        name: String,
        instead: Option<String>,
    },
    MethodTwice(Method),
    NoScheme {
        instead: Option<String>,
    },
    Wildcard,
    ShortWildcard(String),
    LongWildcard,
    WildcardAddress,
    Url(UrlError),
    Query,
    Forbidden(IpAddr, Class),
    Localhost {
        scheme: Scheme,
        port: u16,
        rest: String,
    },
    MetadataName,
    Path,
    TrailingSlash(String),
    /// Holds the other rule, which comes first.
    Twice(String),
}

impl Problem {
    pub(super) fn unknown_method(methods: &str, name: &str) -> Problem {
        let upper = name.to_ascii_uppercase();
        let nearest =
            crate::nearest::nearest(&upper, Method::ALL.iter().map(|method| method.as_str()));
        Problem::Method {
            methods: methods.to_owned(),
            name: name.to_owned(),
            instead: nearest.map(str::to_owned),
        }
    }

    pub(super) fn no_scheme(url: &str) -> Problem {
        // `host:port/path` and `//host` lack a scheme; `http:/host` has a
        // broken one, and it is unclear what was meant.
        let host = url.trim_start_matches('/');
        let plain = !host.is_empty() && !host.starts_with("http:") && !host.starts_with("https:");
        Problem::NoScheme {
            instead: plain.then(|| format!("https://{host}")),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Empty => {
                f.write_str("it is empty: write `[METHOD[,METHOD]] scheme://host[:port][/path]`")
            }
            Problem::Words => f.write_str(
                "it has more than two words: write `[METHOD[,METHOD]] scheme://host[:port][/path]`, \
                 methods with a comma and no space between them",
            ),
            Problem::NoUrl => f.write_str("there is no URL after the method"),
            Problem::Method { name, .. } if name.is_empty() => {
                f.write_str("there is a comma without a method")
            }
            Problem::Method { name, instead: Some(instead), .. } => {
                write!(f, "`{name}` is not a method: did you mean `{instead}`?")
            }
            Problem::Method { name, methods, .. } if methods == name => write!(
                f,
                "`{name}` is not a method: expected one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS; \
                 for every method write none"
            ),
            Problem::Method { name, .. } => write!(
                f,
                "`{name}` is not a method: expected one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
            ),
            Problem::MethodTwice(method) => write!(f, "`{method}` stands there twice"),
            Problem::NoScheme { instead: Some(instead) } => {
                write!(f, "there is no scheme: write `{instead}`")
            }
            Problem::NoScheme { instead: None } => {
                f.write_str("it does not start with `http://` or `https://`")
            }
            Problem::Wildcard => f.write_str(
                "`*` can only stand for the first labels of a name, as in `https://*.example.com`; \
                 a path is a prefix already, a missing port is the scheme's own, and for every \
                 method write none",
            ),
            Problem::ShortWildcard(suffix) => write!(
                f,
                "`*.{suffix}` would open a whole top-level domain: a wildcard needs at least two \
                 labels after it, as in `*.example.{suffix}`"
            ),
            Problem::LongWildcard => f.write_str(
                "it could never match: with anything before its suffix, a URL would be too long",
            ),
            Problem::WildcardAddress => {
                f.write_str("a wildcard stands before a name, never before an address")
            }
            Problem::Url(error) => error.fmt(f),
            Problem::Query => f.write_str("a rule has no query: every query is allowed where the path is"),
            Problem::Forbidden(ip, class) => {
                write!(f, "it could never match: {ip} is {}, which no rule opens", class.describe())
            }
            Problem::Localhost { scheme, port, rest } => {
                write!(
                    f,
                    "it could never match: a name never opens a loopback address. Write `{}://127.0.0.1",
                    scheme.as_str()
                )?;
                if *port != scheme.default_port() {
                    write!(f, ":{port}")?;
                }
                write!(f, "{rest}`, in the requests too")
            }
            Problem::MetadataName => f.write_str(
                "it could never match: the name leads to a cloud's metadata service, which no rule opens",
            ),
            Problem::Path => f.write_str(
                "its path holds a `.`, `..` or empty segment, or an encoded slash: no request with \
                 such a path is allowed, so it could never match",
            ),
            Problem::TrailingSlash(instead) => {
                write!(f, "its path ends in `/`: write `{instead}`, which covers everything below")
            }
            Problem::Twice(other) => {
                write!(f, "it stands there twice: `{other}` means the same")
            }
        }
    }
}
