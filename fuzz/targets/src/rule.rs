//! Rules and URLs: what a policy decides is what a naive reading of the same
//! text says, and what `explain` says.

use std::net::IpAddr;

use hospes::Policy;
use hospes::policy::{Decision, Explanation, Method, Rule, Target, explain};

use crate::oracle::{self, Url};

/// Bytes as lines: `METHOD URL`, perhaps `@ ADDRESS ADDRESS ...` for what the
/// name resolves to, and then rules.
pub fn rule(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    let mut lines = text.split('\n').peekable();
    let (method, url) = lines
        .next()
        .and_then(|line| line.split_once(' '))
        .unwrap_or_default();
    let addresses: Vec<IpAddr> = lines
        .next_if(|line| line.starts_with('@'))
        .map(|line| line.split(' ').filter_map(|ip| ip.parse().ok()).collect())
        .unwrap_or_default();
    let lines: Vec<&str> = lines.take(16).collect();
    _ = Policy::parse(&lines);
    let rules: Vec<Rule> = lines.iter().filter_map(|line| parsed(line)).collect();
    let policy = Policy::new(rules);

    let resolved = Some(&*addresses);
    let (target, known) = match (Target::parse(url), Method::parse(method)) {
        (Ok(target), Some(known)) => (target, known),
        _ => {
            let explained = explain(&policy, method, url, resolved);
            assert!(!explained.allowed, "{explained}");
            assert!(!explain(&policy.observing(), method, url, None).allowed);
            return;
        }
    };
    is_dialled_as_it_reads(&target);
    let seen = Url::split(target.as_str());
    let mut allowing = None;
    for rule in policy.rules() {
        let allows = oracle::allows(rule.as_str(), method, &seen);
        assert_eq!(rule.matches(known, &target), allows, "{rule} and {target}");
        if allows && allowing.is_none() {
            allowing = Some(rule);
        }
    }
    match (policy.decide(known, &target), allowing) {
        (Decision::Allow(rule), Some(first)) => assert_eq!(rule, first),
        (Decision::Deny(refusal), None) => {
            if let Some(line) = &refusal.remedy {
                let remedy = Policy::parse([line]).unwrap();
                assert!(matches!(remedy.decide(known, &target), Decision::Allow(_)));
            }
        }
        (decision, _) => panic!("{decision:?} for {target}"),
    }
    for policy in [policy.clone(), policy.clone().observing()] {
        let passes = !matches!(policy.decide(known, &target), Decision::Deny(_));
        let open = explain(&policy, method, url, None);
        assert_eq!(open.allowed, passes, "{open}");
        let judged = explain(&policy, method, url, resolved);
        agrees(&judged, passes, &target, &addresses);
    }
}

/// A rule that parses reads back as it is shown, and reaches its own origin.
fn parsed(line: &str) -> Option<Rule> {
    let rule = match Rule::parse(line) {
        Ok(rule) => rule,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return None;
        }
    };
    assert_eq!(Rule::parse(&rule.to_string()).as_ref(), Ok(&rule));
    if let Some(origin) = rule.origin() {
        assert!(rule.reaches(&origin), "{rule} and {origin}");
    }
    Some(rule)
}

/// A target reads back as itself, and the library that dials reads the same
/// parts out of it.
fn is_dialled_as_it_reads(target: &Target) {
    assert_eq!(Target::parse(target.as_str()).as_ref(), Ok(target));
    let uri: http::Uri = target.as_str().parse().unwrap();
    assert_eq!(uri.scheme_str(), Some(target.scheme().as_str()));
    assert_eq!(uri.host(), Some(&*target.host().to_string()));
    let port = uri.port_u16().unwrap_or(target.scheme().default_port());
    assert_eq!(port, target.port());
    let sent = uri.path_and_query().map(http::uri::PathAndQuery::as_str);
    assert_eq!(sent, Some(target.path_and_query()));
}

/// A name passes only if no address of it is one that is kept for something.
fn agrees(judged: &Explanation, passes: bool, target: &Target, addresses: &[IpAddr]) {
    if judged.allowed {
        assert!(passes, "{judged}");
        let named = target.host().ip().is_none();
        let kept = addresses.iter().find(|ip| oracle::is_kept(**ip));
        assert!(!named || kept.is_none(), "{judged} with {addresses:?}");
    } else if passes {
        assert_eq!(judged.reason.as_str(), "forbidden-address", "{judged}");
    }
}
