//! What a node may reach: decided here, applied by the gate.
//!
//! This module is pure. It reads a request's method and URL, the operator's
//! rules and the addresses a name resolved to, and answers yes or no with a
//! reason. It does no I/O, so it can be tested exhaustively, and
//! [`explain()`] shows an operator exactly what the gate would decide.
//!
//! A request passes two functions, in this order:
//!
//! 1. [`Policy::decide`]: method and [`Target`] against the [`Rule`]s; what no
//!    rule allows is denied;
//! 2. `check_addresses`: every address that the connection could use. One
//!    forbidden address refuses the request, because an attacker who owns a
//!    name chooses which of its addresses comes first.
//!
//! A policy can also observe: then `decide` lets pass what one more rule for a
//! name would allow, and says so. The addresses are judged all the same.
//!
//! Headers have their own check: [`may_set`] tells which are the host's alone.

mod address;
pub(crate) mod credential;
mod decision;
mod explain;
pub(crate) mod header;
mod method;
mod origin;
mod path;
mod reason;
mod rule;
mod rule_error;
mod target;
#[cfg(test)]
mod tests;
mod url_error;

pub use decision::Decision;
pub(crate) use decision::{check_addresses, parse_method};
pub use explain::{Explanation, explain};
pub use header::may_set;
pub use method::Method;
pub use origin::{Origin, OriginError};
pub use reason::{Denial, Reason, UnknownReason};
pub use rule::Rule;
use rule_error::Problem;
pub use rule_error::RuleError;
pub use target::{Host, Scheme, Target};
pub use url_error::UrlError;

use crate::digest;

/// An operator's rules for one node. Without rules, nothing is allowed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    rules: Box<[Rule]>,
    observing: bool,
}

impl Policy {
    /// A policy of these rules. The first that matches is the one that is
    /// reported; their order means nothing else.
    pub fn new(rules: impl IntoIterator<Item = Rule>) -> Policy {
        Policy {
            rules: rules.into_iter().collect(),
            observing: false,
        }
    }

    /// Parses the rules of a policy, one line each.
    ///
    /// # Errors
    ///
    /// The first line that is not a rule, or that means the same as one before
    /// it: whoever takes one of the two out would believe the way closed. A
    /// policy is refused as a whole: leaving out what did not parse would be
    /// guessing what was meant. A rule that a wider one covers is fine.
    pub fn parse<L: AsRef<str>>(lines: impl IntoIterator<Item = L>) -> Result<Policy, RuleError> {
        let mut rules: Vec<Rule> = Vec::new();
        for line in lines {
            let rule = Rule::parse(line.as_ref())?;
            if let Some(first) = rules.iter().find(|other| other.means_the_same(&rule)) {
                let problem = Problem::Twice(first.to_string());
                return Err(RuleError::new(rule.as_str(), problem));
            }
            rules.push(rule);
        }
        Ok(Policy::new(rules))
    }

    /// The same policy, on trial: it lets pass what one more rule for a name
    /// would allow, and the [event](crate::EgressEvent::observed) says which.
    ///
    /// It denies all the same what no such rule would allow: malformed URLs,
    /// methods and headers, paths with dot segments, every address that stands
    /// in a URL without a rule, and every name that leads to an address which
    /// is not public. A secret goes where it goes otherwise: to origins that it
    /// is bound to and that a rule reaches.
    #[must_use]
    pub fn observing(mut self) -> Policy {
        self.observing = true;
        self
    }

    /// Whether it only observes.
    pub fn is_observing(&self) -> bool {
        self.observing
    }

    /// The rules, in their order.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The policy as text that depends on nothing but its meaning: the
    /// canonical spelling of each rule on a line, sorted, and a line `observe`
    /// at the end if it only observes.
    pub fn canonical(&self) -> String {
        let mut lines: Vec<String> = self.rules.iter().map(Rule::canonical).collect();
        lines.sort();
        lines.dedup();
        if self.observing {
            lines.push("observe".to_owned());
        }
        lines.iter().map(|line| format!("{line}\n")).collect()
    }

    /// `sha256:` and the hash of the [canonical](Policy::canonical) text.
    pub fn hash(&self) -> String {
        digest::show(&digest::sha256(self.canonical().as_bytes()))
    }

    /// Whether any request to this origin could be allowed. A secret that is
    /// bound to another origin would never be used.
    pub fn reaches(&self, origin: &Origin) -> bool {
        self.rules.iter().any(|rule| rule.reaches(origin))
    }

    /// Decides about a request before anything is resolved.
    pub fn decide(&self, method: Method, target: &Target) -> Decision<'_> {
        match self.rules.iter().find(|rule| rule.matches(method, target)) {
            Some(rule) => Decision::Allow(rule),
            None => {
                let refusal = decision::refuse(&self.rules, method, target);
                // What has a remedy could be allowed by a rule: the path is
                // plain, and the name is not one that only leads inside.
                let named = matches!(target.host(), Host::Dns(_));
                if self.observing && named && refusal.remedy.is_some() {
                    Decision::Observe(refusal)
                } else {
                    Decision::Deny(refusal)
                }
            }
        }
    }
}
