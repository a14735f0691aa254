//! A rule: which requests an operator allows.
//!
//! `[METHOD[,METHOD]] scheme://host[:port][/path-prefix]`
//!
//! | part | means | left out |
//! | --- | --- | --- |
//! | methods | these, in upper case | every method |
//! | scheme | `http` or `https`, exactly this one | an error |
//! | `host.name` | exactly this name | an error |
//! | `*.host.name` | one or more labels before the suffix, never the suffix itself | |
//! | `10.1.2.3`, `[fd12::1]` | exactly this address, and consent to it if it is private | |
//! | port | exactly this one | the scheme's own, never "any" |
//! | path | a prefix of whole segments, case-sensitive | every path |
//!
//! A rule that could never match, or that reads as if it matched more than it
//! does, is an error when it is loaded, so that the mistake is found at once.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use super::address;
use super::method::{Method, Methods};
use super::origin::Origin;
use super::path;
use super::target::{Host, MAX_NAME, MAX_URL, Scheme, Target};

use super::rule_error::{Problem, RuleError};

/// One line of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    text: Arc<str>,
    pub(super) methods: Methods,
    pub(super) scheme: Scheme,
    pub(super) host: HostPattern,
    pub(super) port: u16,
    pub(super) path: Option<Box<str>>,
}

/// The hosts that a rule matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum HostPattern {
    Name(Box<str>),
    /// Holds the suffix with its leading dot.
    Under(Box<str>),
    Literal(IpAddr),
}

impl HostPattern {
    pub(super) fn matches(&self, host: Host<'_>) -> bool {
        match (self, host) {
            (HostPattern::Name(name), Host::Dns(host)) => **name == *host,
            (HostPattern::Under(suffix), Host::Dns(host)) => {
                host.len() > suffix.len() && host.ends_with(&**suffix)
            }
            (HostPattern::Literal(ip), host) => host.ip() == Some(*ip),
            _ => false,
        }
    }

    /// Whether it matches every host that the other does.
    fn covers(&self, other: &HostPattern) -> bool {
        match (self, other) {
            (HostPattern::Under(suffix), HostPattern::Name(name)) => {
                name.len() > suffix.len() && name.ends_with(&**suffix)
            }
            (HostPattern::Under(suffix), HostPattern::Under(longer)) => longer.ends_with(&**suffix),
            _ => self == other,
        }
    }
}

/// How near a rule came to a request, and what kept it from matching.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    Host,
    Scheme,
    Port,
    Path,
    Method,
    All,
}

impl Rule {
    /// Parses one line.
    ///
    /// # Errors
    ///
    /// A rule outside the grammar, or one that could never match. The error
    /// says what is wrong and, where there is one, the nearest valid rule.
    pub fn parse(line: &str) -> Result<Rule, RuleError> {
        let fail = |problem| RuleError::new(line, problem);
        let mut words = line.split_ascii_whitespace();
        let (methods, url) = match (words.next(), words.next(), words.next()) {
            (Some(url), None, None) => (None, url),
            (Some(methods), Some(url), None) => (Some(methods), url),
            (None, ..) => return Err(fail(Problem::Empty)),
            _ => return Err(fail(Problem::Words)),
        };
        let allowed = match methods {
            Some(methods) => parse_methods(methods).map_err(fail)?,
            None => Methods::ALL,
        };
        if methods.is_none() && Method::parse(&url.to_ascii_uppercase()).is_some() {
            return Err(fail(Problem::NoUrl));
        }
        let (host, target) = parse_url(url).map_err(fail)?;
        let written_path = target.path_and_query() != "/" || url.ends_with('/');
        let path = if written_path {
            Some(parse_path(&target).map_err(fail)?)
        } else {
            None
        };
        let text = match methods {
            Some(methods) => format!("{methods} {url}"),
            None => url.to_owned(),
        };
        Ok(Rule {
            text: text.into(),
            methods: allowed,
            scheme: target.scheme(),
            host,
            port: target.port(),
            path,
        })
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// Whether this rule allows a request.
    pub fn matches(&self, method: Method, target: &Target) -> bool {
        self.scheme == target.scheme()
            && self.port == target.port()
            && self.host.matches(target.host())
            && self.methods.contains(method)
            && self.matches_path(target.path())
    }

    /// The origin that it names; `None` if it names many.
    pub fn origin(&self) -> Option<Origin> {
        let host = match &self.host {
            HostPattern::Name(name) => name.to_string(),
            HostPattern::Literal(IpAddr::V4(ip)) => ip.to_string(),
            HostPattern::Literal(IpAddr::V6(ip)) => format!("[{ip}]"),
            HostPattern::Under(_) => return None,
        };
        Origin::parse(&format!("{}://{host}:{}", self.scheme.as_str(), self.port)).ok()
    }

    /// Whether it allows any request at all to this origin.
    pub fn reaches(&self, origin: &Origin) -> bool {
        Target::parse(origin.as_str()).is_ok_and(|target| self.fit(None, &target) > Fit::Port)
    }

    /// Whether this rule allows every request that the other allows.
    pub fn covers(&self, other: &Rule) -> bool {
        let covers_path = match (&self.path, &other.path) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(prefix), Some(path)) => path::covers(prefix, path),
        };
        covers_path
            && self.methods.covers(other.methods)
            && self.scheme == other.scheme
            && self.port == other.port
            && self.host.covers(&other.host)
    }

    /// The canonical form: the same for all rules with the same meaning.
    pub fn canonical(&self) -> String {
        let scheme = self.scheme.as_str();
        let host = match &self.host {
            HostPattern::Name(name) => name.to_string(),
            HostPattern::Under(suffix) => format!("*{suffix}"),
            HostPattern::Literal(IpAddr::V4(ip)) => ip.to_string(),
            HostPattern::Literal(IpAddr::V6(ip)) => format!("[{ip}]"),
        };
        let methods = match self.methods {
            Methods::ALL => String::new(),
            methods => format!("{methods} "),
        };
        let port = match self.port {
            port if port == self.scheme.default_port() => String::new(),
            port => format!(":{port}"),
        };
        let path = self.path.as_deref().unwrap_or_default();
        format!("{methods}{scheme}://{host}{port}{path}")
    }

    /// Whether both allow the same requests, however they are spelled.
    pub(super) fn means_the_same(&self, other: &Rule) -> bool {
        self.methods == other.methods
            && self.scheme == other.scheme
            && self.host == other.host
            && self.port == other.port
            && self.path == other.path
    }

    /// Whether the rule names this very address, which is the operator's
    /// consent to it.
    pub(super) fn consents_to(&self, ip: IpAddr) -> bool {
        self.host == HostPattern::Literal(ip)
    }

    /// How near the rule comes to a request; without a method, every method
    /// matches.
    pub(super) fn fit(&self, method: Option<Method>, target: &Target) -> Fit {
        if !self.host.matches(target.host()) {
            Fit::Host
        } else if self.scheme != target.scheme() {
            Fit::Scheme
        } else if self.port != target.port() {
            Fit::Port
        } else if !self.matches_path(target.path()) {
            Fit::Path
        } else if method.is_some_and(|method| !self.methods.contains(method)) {
            Fit::Method
        } else {
            Fit::All
        }
    }

    fn matches_path(&self, path: &str) -> bool {
        match &self.path {
            Some(prefix) => path::covers(prefix, path) && path::is_plain(path),
            None => true,
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::str::FromStr for Rule {
    type Err = RuleError;

    fn from_str(line: &str) -> Result<Rule, RuleError> {
        Rule::parse(line)
    }
}

fn parse_methods(text: &str) -> Result<Methods, Problem> {
    let mut methods = Methods::NONE;
    for name in text.split(',') {
        let method = Method::parse(name).ok_or_else(|| Problem::unknown_method(text, name))?;
        if methods.contains(method) {
            return Err(Problem::MethodTwice(method));
        }
        methods = methods.with(method);
    }
    Ok(methods)
}

/// Parses the URL of a rule: its host pattern, and the rest as a target. With a
/// wildcard the target's host is the suffix.
fn parse_url(url: &str) -> Result<(HostPattern, Target), Problem> {
    let Some((scheme, rest)) = url.split_once("://") else {
        return Err(Problem::no_scheme(url));
    };
    let wildcard = rest.strip_prefix("*.");
    let exact = wildcard.map(|rest| format!("{scheme}://{rest}"));
    let exact = exact.as_deref().unwrap_or(url);
    if exact.contains('*') {
        return Err(Problem::Wildcard);
    }
    let target = Target::parse(exact).map_err(Problem::Url)?;
    if target.query().is_some() {
        return Err(Problem::Query);
    }
    let host = match (target.host(), wildcard) {
        (Host::Dns(name), Some(_)) if !name.contains('.') => {
            return Err(Problem::ShortWildcard(name.to_owned()));
        }
        (Host::Dns(name), Some(_)) => {
            check_reachable(name, &target)?;
            // There has to be a label before the suffix.
            if name.len() + "a.".len() > MAX_NAME || url.len() > MAX_URL {
                return Err(Problem::LongWildcard);
            }
            HostPattern::Under(format!(".{name}").into())
        }
        (_, Some(_)) => return Err(Problem::WildcardAddress),
        (Host::Dns(name), None) => {
            check_reachable(name, &target)?;
            HostPattern::Name(name.into())
        }
        (Host::V4(ip), None) => literal(ip.into())?,
        (Host::V6(ip), None) => literal(ip.into())?,
    };
    Ok((host, target))
}

/// A literal address is the operator's consent, so it must be one that can be
/// opened.
fn literal(ip: IpAddr) -> Result<HostPattern, Problem> {
    let class = address::judge(ip);
    if class.is_public() || class.can_be_granted() {
        Ok(HostPattern::Literal(ip))
    } else {
        Err(Problem::Forbidden(ip, class))
    }
}

/// A name never opens an address that is not public, so a rule for a name that
/// only leads to such addresses would never match.
fn check_reachable(name: &str, target: &Target) -> Result<(), Problem> {
    if is_localhost(name) {
        return Err(Problem::Localhost {
            scheme: target.scheme(),
            port: target.port(),
            rest: target.path().trim_end_matches('/').to_owned(),
        });
    }
    if matches!(
        name,
        "metadata.google.internal" | "metadata.goog" | "instance-data"
    ) {
        return Err(Problem::MetadataName);
    }
    Ok(())
}

/// Names that always mean this machine.
pub(super) fn is_localhost(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

fn parse_path(target: &Target) -> Result<Box<str>, Problem> {
    let path = target.path();
    if !path::is_plain(path) {
        return Err(Problem::Path);
    }
    match path.strip_suffix('/') {
        Some("") | None => Ok(path.into()),
        Some(without) => Err(Problem::TrailingSlash(format!(
            "{}{without}",
            target.origin()
        ))),
    }
}
