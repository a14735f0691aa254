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
//! Headers have their own check, in [`header`].

mod address;
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
pub use method::Method;
pub use origin::{Origin, OriginError};
pub use reason::{Reason, Refusal};
pub use rule::Rule;
pub use rule_error::RuleError;
pub use target::{Host, Scheme, Target};
pub use url_error::UrlError;

/// An operator's rules for one node. Without rules, nothing is allowed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    rules: Box<[Rule]>,
}

impl Policy {
    /// A policy of these rules. The first that matches is the one that is
    /// reported; their order means nothing else.
    pub fn new(rules: impl IntoIterator<Item = Rule>) -> Policy {
        Policy {
            rules: rules.into_iter().collect(),
        }
    }

    /// Parses the rules of a policy, one line each.
    ///
    /// # Errors
    ///
    /// The first line that is not a rule. A policy is refused as a whole:
    /// leaving out what did not parse would be guessing what was meant.
    pub fn parse<L: AsRef<str>>(lines: impl IntoIterator<Item = L>) -> Result<Policy, RuleError> {
        let rules: Result<_, _> = lines
            .into_iter()
            .map(|line| Rule::parse(line.as_ref()))
            .collect();
        Ok(Policy { rules: rules? })
    }

    /// The rules, in their order.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
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
            None => Decision::Deny(decision::refuse(&self.rules, method, target)),
        }
    }
}
