//! What the gate would decide, for an operator to read.

use std::net::IpAddr;

use super::decision::{Decision, check_addresses, parse_method};
use super::reason::{Reason, Refusal};
use super::target::{Host, Target};
use super::{Policy, address};

/// What the gate would decide about a request, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// Whether it would be allowed.
    pub allowed: bool,
    /// The word of the [`Reason`] if it would be denied, `rule` if a rule
    /// allows it.
    pub reason: &'static str,
    /// The rule that matched, as it was written.
    pub rule: Option<String>,
    /// All of it in a sentence.
    pub message: String,
}

impl Explanation {
    /// `allow` or `deny`.
    pub fn verdict(&self) -> &'static str {
        if self.allowed { "allow" } else { "deny" }
    }

    fn deny(rule: Option<String>, refusal: Refusal) -> Explanation {
        Explanation {
            allowed: false,
            reason: refusal.reason.as_str(),
            rule,
            message: refusal.message,
        }
    }
}

/// Explains what the gate would decide about a request, by the gate's own
/// functions. `resolved` are the addresses to assume for a name; without them
/// they are left open.
pub fn explain(
    policy: &Policy,
    method: &str,
    url: &str,
    resolved: Option<&[IpAddr]>,
) -> Explanation {
    let target = match Target::parse(url) {
        Ok(target) => target,
        Err(error) => return Explanation::deny(None, Refusal::new(Reason::Url, error.to_string())),
    };
    let method = match parse_method(method) {
        Ok(method) => method,
        Err(refusal) => return Explanation::deny(None, refusal),
    };
    let rule = match policy.decide(method, &target) {
        Decision::Allow(rule) => rule,
        Decision::Deny(refusal) => return Explanation::deny(None, refusal),
    };
    let literal = target.host().ip();
    let addresses = literal.as_ref().map(std::slice::from_ref).or(resolved);
    if let Some(addresses) = addresses
        && let Err(refusal) = check_addresses(rule, method, &target, addresses)
    {
        return Explanation::deny(Some(rule.to_string()), refusal);
    }
    let url = target.without_query();
    let condition = match (target.host(), addresses) {
        (Host::Dns(_), None) => ", as long as every address of the host is public",
        (_, Some(addresses)) if addresses.iter().any(|ip| !address::judge(*ip).is_public()) => {
            ", which also opens that address"
        }
        _ => "",
    };
    Explanation {
        allowed: true,
        reason: "rule",
        rule: Some(rule.to_string()),
        message: format!("{method} {url} is allowed by `{rule}`{condition}."),
    }
}
