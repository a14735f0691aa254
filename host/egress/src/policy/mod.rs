//! What a node may reach: decided here, enforced by the gate.
//!
//! This module is pure. It reads a request's method and URL, the operator's
//! rules and the addresses that a name resolved to, and returns a decision with
//! a reason. It does no I/O, so it can be tested exhaustively, and
//! [`explain()`] shows an operator exactly what the gate would decide.
//!
//! A request passes two functions in this order:
//!
//! 1. [`Policy::decide`]: method and [`Target`] against the [`Rule`]s; a
//!    request that no rule allows is denied;
//! 2. `check_addresses`: every address that the connection could use. One
//!    forbidden address refuses the request, because an attacker who controls a
//!    name chooses which of its addresses comes first.
//!
//! A policy can also observe: `decide` then lets pass what one more rule for a
//! name would allow, and reports it. The addresses are still checked.
//!
//! Headers are checked separately: [`may_set`] tells which of them only the
//! host may set.

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
pub use explain::{Cause, Explanation, explain};
pub use header::may_set;
pub use method::{Method, UnknownMethod};
pub use origin::{Origin, OriginError};
pub use reason::{Denial, Reason, UnknownReason};
pub use rule::Rule;
use rule_error::Problem;
pub use rule_error::RuleError;
pub use target::{Host, Scheme, Target};
pub use url_error::UrlError;

use crate::digest;

/// An operator's rules for one node. Without rules, everything is denied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    rules: Box<[Rule]>,
    observing: bool,
}

impl Policy {
    /// A policy of these rules. Their order only decides which rule is
    /// reported: the first that matches.
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
    /// The first line that is not a valid rule, or that means the same as an
    /// earlier one: you would remove one of the two and believe the access
    /// closed. One bad line refuses the whole policy, because without it the
    /// policy might not mean what was intended. A rule that a wider one covers
    /// is fine.
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

    /// Puts the policy on trial: it lets pass what one more rule for a name
    /// would allow, and the [event](crate::EgressEvent::observed) says which.
    ///
    /// It still denies what no such rule would allow: malformed URLs, methods
    /// and headers, paths with dot segments, addresses in a URL without a rule,
    /// and names that lead to an address that is not public. Secrets still go
    /// only to origins that they are bound to and that a rule reaches.
    #[must_use]
    pub fn observing(mut self) -> Policy {
        self.observing = true;
        self
    }

    /// Whether it only observes.
    pub fn is_observing(&self) -> bool {
        self.observing
    }

    /// The rules, in order.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The policy as text that depends only on its meaning: the canonical form
    /// of each rule on a line, sorted, and a line `observe` at the end if it
    /// only observes.
    pub fn canonical(&self) -> String {
        let mut lines: Vec<String> = self.rules.iter().map(Rule::canonical).collect();
        lines.sort();
        lines.dedup();
        if self.observing {
            lines.push("observe".to_owned());
        }
        lines.iter().map(|line| format!("{line}\n")).collect()
    }

    /// `sha256:` and the SHA-256 of the [canonical](Policy::canonical) text.
    pub fn hash(&self) -> String {
        digest::show(&digest::sha256(self.canonical().as_bytes()))
    }

    /// Whether any request to this origin could be allowed. A secret that is
    /// bound to any other origin would never be used.
    pub fn reaches(&self, origin: &Origin) -> bool {
        self.rules.iter().any(|rule| rule.reaches(origin))
    }

    /// Decides about a request before its name is resolved.
    pub fn decide(&self, method: Method, target: &Target) -> Decision<'_> {
        match self.rules.iter().find(|rule| rule.matches(method, target)) {
            Some(rule) => Decision::Allow(rule),
            None => {
                let refusal = decision::refuse(&self.rules, method, target);
                // A request with a remedy could be allowed by a rule: the path
                // is plain, and the name does not only lead to private
                // addresses.
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
