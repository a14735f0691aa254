//! Decisions, and the messages of refusals.

use std::net::IpAddr;

use super::address::{self, Class};
use super::method::{Method, Methods};
use super::path;
use super::reason::{Denial, Reason};
use super::rule::{self, Fit, Rule};
use super::target::{Host, Target};

/// What a policy decides about a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision<'p> {
    /// This rule allows it, if its addresses may be used.
    Allow(&'p Rule),
    /// No rule allows it, but the policy [observes](super::Policy::observing):
    /// it passes if its addresses are public.
    Observe(Denial),
    /// It is not allowed.
    Deny(Denial),
}

/// Parses a request's method.
///
/// # Errors
///
/// Anything but the seven methods in upper case.
pub(crate) fn parse_method(text: &str) -> Result<Method, Denial> {
    Method::parse(text).ok_or_else(|| {
        let shown: String = text.chars().take(20).flat_map(char::escape_debug).collect();
        let known = Methods::ALL.to_string().replace(',', ", ");
        Denial::new(
            Reason::Method,
            format!("`{shown}` is not a method: expected one of {known}."),
        )
    })
}

/// Checks the addresses of a request that a rule allowed, or that passed
/// because the policy observes.
///
/// # Errors
///
/// At least one address is not public, and the rule does not name that very
/// address.
pub(crate) fn check_addresses(
    rule: Option<&Rule>,
    method: Method,
    target: &Target,
    addresses: &[IpAddr],
    own: &[IpAddr],
) -> Result<(), Denial> {
    for &ip in addresses {
        let class = address::judge_on(own, ip);
        let granted = class.can_be_granted() && rule.is_some_and(|rule| rule.consents_to(ip));
        if !class.is_public() && !granted {
            return Err(forbidden(method, target, ip, class));
        }
    }
    Ok(())
}

/// The refusal of a request that no rule allows.
pub(super) fn refuse(rules: &[Rule], method: Method, target: &Target) -> Denial {
    let nearest = rules
        .iter()
        .map(|rule| (rule.fit(Some(method), target), rule))
        // The first of equals, which is the one that an operator sees first.
        .reduce(|best, next| if next.0 > best.0 { next } else { best });
    let (fit, rule) = match nearest {
        Some((fit, rule)) if fit > Fit::Host => (fit, rule),
        _ => return unnamed_host(method, target),
    };
    let (reason, why) = match fit {
        Fit::Scheme => (Reason::Scheme, format!("`{rule}` allows {} only.", rule.scheme.as_str())),
        Fit::Port => (Reason::Port, format!("`{rule}` allows port {} only.", rule.port)),
        Fit::Path if !path::is_plain(target.path()) => (
            Reason::Path,
            "its path holds a `.`, `..` or empty segment or an encoded slash, and a rule with a path \
             never matches such a one."
                .to_owned(),
        ),
        Fit::Path => {
            let path = rule.path.as_deref().unwrap_or("/");
            (Reason::Path, format!("`{rule}` allows {path} and what is below only."))
        }
        // `Fit::All` has been found before; `Fit::Host` left above.
        _ => (Reason::Method, format!("`{rule}` allows {} only.", rule.methods)),
    };
    deny(reason, method, target, &why).with_remedy(remedy(method, target))
}

fn unnamed_host(method: Method, target: &Target) -> Denial {
    match target.host() {
        Host::Dns(name) if rule::is_localhost(name) => deny(
            Reason::NoRule,
            method,
            target,
            "a name never opens a loopback address. Use the address itself, 127.0.0.1, in the request \
             and in a rule.",
        ),
        host => match host.ip() {
            Some(ip) if !address::judge(ip).is_public() => {
                forbidden(method, target, ip, address::judge(ip))
            }
            _ => deny(Reason::NoRule, method, target, "no rule matches.")
                .with_remedy(remedy(method, target)),
        },
    }
}

fn forbidden(method: Method, target: &Target, ip: IpAddr, class: Class) -> Denial {
    let literal = target.host().ip() == Some(ip);
    let verb = if literal { "is" } else { "resolves to" };
    let place = if literal {
        String::new()
    } else {
        format!("{ip}, ")
    };
    let host = target.host();
    let mut why = format!("{host} {verb} {place}{}", class.describe());
    if !class.can_be_granted() {
        why.push_str(", which no rule opens.");
        return deny(Reason::ForbiddenAddress, method, target, &why);
    }
    if literal {
        why.push_str(", and no rule names it.");
        return deny(Reason::ForbiddenAddress, method, target, &why)
            .with_remedy(remedy(method, target));
    }
    why.push_str(", which a name never opens; only a rule for that very address does.");
    deny(Reason::ForbiddenAddress, method, target, &why)
}

/// `POST https://api.example.com/v1/users is not allowed: ...`
fn deny(reason: Reason, method: Method, target: &Target, why: &str) -> Denial {
    let url = target.without_query();
    Denial::new(reason, format!("{method} {url} is not allowed: {why}"))
}

/// The rule that would allow exactly this request, if there is one.
fn remedy(method: Method, target: &Target) -> Option<String> {
    let url = target.without_query();
    let line = format!("{method} {}", url.strip_suffix('/').unwrap_or(url));
    Rule::parse(&line)
        .ok()
        .filter(|rule| rule.matches(method, target))
        .map(|_| line)
}
