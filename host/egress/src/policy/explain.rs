//! What the gate would decide, for operators.

use std::fmt;
use std::net::IpAddr;

use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::decision::{Decision, check_addresses, parse_method};
use super::reason::{Denial, Reason, show};
use super::target::{Host, Target};
use super::{Policy, address};

/// What the gate would decide about a request, and why.
///
/// `Display` writes message and remedy. `Serialize` writes
/// `{"verdict": "allow" or "deny", "reason": "...", "rule": "..." or null, "message": "..."}`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explanation {
    /// Whether it would pass.
    pub allowed: bool,
    /// Whether it would pass only because the policy
    /// [observes](Policy::observing): no rule allows it.
    pub observed: bool,
    /// Why.
    pub reason: Cause,
    /// The rule that matched, as it was written.
    pub rule: Option<String>,
    /// What would happen.
    pub message: String,
    /// The rule that would allow it, if none does.
    pub remedy: Option<String>,
}

/// Why a request would pass or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// `rule`: a rule allows it.
    Rule,
    /// No rule does, or it is refused all the same: the stable word of the
    /// reason.
    Denied(Reason),
}

impl Cause {
    /// The stable word.
    pub fn as_str(self) -> &'static str {
        match self {
            Cause::Rule => "rule",
            Cause::Denied(reason) => reason.as_str(),
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Explanation {
    /// `allow` or `deny`.
    pub fn verdict(&self) -> &'static str {
        if self.allowed { "allow" } else { "deny" }
    }

    fn deny(rule: Option<String>, refusal: Denial) -> Explanation {
        Explanation {
            allowed: false,
            observed: false,
            reason: Cause::Denied(refusal.reason),
            rule,
            message: refusal.message,
            remedy: refusal.remedy,
        }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(f, &self.message, self.remedy.as_deref())
    }
}

impl Serialize for Explanation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut json = serializer.serialize_struct("Explanation", 4)?;
        json.serialize_field("verdict", self.verdict())?;
        json.serialize_field("reason", self.reason.as_str())?;
        json.serialize_field("rule", &self.rule)?;
        json.serialize_field("message", &self.to_string())?;
        json.end()
    }
}

/// Explains what the gate would decide about a request without headers, using
/// the gate's functions. `resolved` are the addresses to assume for a name.
/// Nothing is looked up: without `resolved` a name's addresses are not checked.
pub fn explain(
    policy: &Policy,
    method: &str,
    url: &str,
    resolved: Option<&[IpAddr]>,
) -> Explanation {
    let target = match Target::parse(url) {
        Ok(target) => target,
        Err(error) => return Explanation::deny(None, Denial::new(Reason::Url, error.to_string())),
    };
    let method = match parse_method(method) {
        Ok(method) => method,
        Err(refusal) => return Explanation::deny(None, refusal),
    };
    let decision = policy.decide(method, &target);
    let rule = match &decision {
        Decision::Allow(rule) => Some(*rule),
        Decision::Observe(_) => None,
        Decision::Deny(refusal) => return Explanation::deny(None, refusal.clone()),
    };
    let literal = target.host().ip();
    let resolved = resolved.filter(|addresses| !addresses.is_empty());
    let addresses = literal.as_ref().map(std::slice::from_ref).or(resolved);
    if let Some(addresses) = addresses
        && let Err(refusal) = check_addresses(rule, method, &target, addresses, &[])
    {
        return Explanation::deny(rule.map(ToString::to_string), refusal);
    }
    let condition = match (target.host(), addresses) {
        (Host::Dns(_), None) => {
            ", as long as every address of the host is public. The name was not resolved."
        }
        (_, Some(addresses)) if addresses.iter().any(|ip| !address::judge(*ip).is_public()) => {
            ", which also opens that address."
        }
        _ => ".",
    };
    match decision {
        Decision::Allow(rule) => Explanation {
            allowed: true,
            observed: false,
            reason: Cause::Rule,
            rule: Some(rule.to_string()),
            message: format!(
                "{method} {} is allowed by `{rule}`{condition}",
                target.without_query()
            ),
            remedy: None,
        },
        Decision::Observe(refusal) => Explanation {
            allowed: true,
            observed: true,
            message: format!(
                "{} The policy observes and lets it pass{condition}",
                refusal.message
            ),
            ..Explanation::deny(None, refusal)
        },
        Decision::Deny(refusal) => Explanation::deny(None, refusal),
    }
}
