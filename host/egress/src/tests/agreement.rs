//! One table, two roads: what `explain` says and what the gate does.

use super::attacks::ATTACKS;
use super::*;
use crate::policy::{Explanation, explain};

/// Sends a request both ways, checks that they agree in every word, and hands
/// back what was said.
#[track_caller]
fn both(
    rules: &'static [&'static str],
    observing: bool,
    (method, url): (&str, &str),
    resolves_to: &'static [&'static str],
) -> Explanation {
    let policy = Policy::parse(rules).unwrap();
    let policy = if observing {
        policy.observing()
    } else {
        policy
    };
    let addresses: Vec<_> = resolves_to.iter().map(|address| ip(address)).collect();
    let explained = explain(&policy, method, url, Some(&addresses));

    let house = house(rules)
        .observing(observing)
        .resolving(resolves_to)
        .build();
    let request = Request {
        method: method.into(),
        ..get(url)
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let sent = runtime.block_on(house.send(request));
    let event = house.event();
    let shown = format!("{method:?} {url:?} {resolves_to:?} observing: {observing}");

    assert_eq!(sent.is_ok(), explained.allowed, "{shown}: {explained}");
    assert_eq!(
        house.calls().1,
        usize::from(explained.allowed),
        "{shown}: sent"
    );
    assert_eq!(event.rule.as_deref(), explained.rule.as_deref(), "{shown}");
    assert_eq!(event.observed.is_some(), explained.observed, "{shown}");
    match (event.verdict, event.observed) {
        (Verdict::Answered, None) => assert_eq!(explained.reason.as_str(), "rule", "{shown}"),
        (Verdict::Answered, Some(denial)) => {
            assert_eq!(explained.reason.as_str(), denial.reason.as_str(), "{shown}");
            assert_eq!(explained.remedy, denial.remedy, "{shown}");
            assert!(explained.message.starts_with(&denial.message), "{shown}");
        }
        (Verdict::Denied(denial), None) => {
            assert_eq!(explained.reason.as_str(), denial.reason.as_str(), "{shown}");
            assert_eq!(explained.to_string(), denial.to_string(), "{shown}");
            // Nothing is looked up for what the rules deny.
            let looked_up = denial.reason == Reason::ForbiddenAddress && !resolves_to.is_empty();
            assert_eq!(house.calls().0, usize::from(looked_up), "{shown}");
        }
        other => panic!("{shown}: {other:?}"),
    }
    explained
}

fn split(request: &str) -> (&str, &str) {
    request.split_once(' ').unwrap()
}

#[test]
fn explain_and_the_gate_agree_on_every_attack() {
    for attacks in ATTACKS {
        for (request, resolves_to, reason) in attacks.requests {
            let explained = both(attacks.rules, false, split(request), resolves_to);
            assert_eq!(
                explained.reason.as_str(),
                *reason,
                "{request:?}: {explained}"
            );
        }
    }
}

/// Observing lets pass what one more rule for a name would allow, and nothing else.
#[test]
fn observing_opens_nothing_but_what_a_rule_for_a_name_would() {
    let mut passed = 0;
    for attacks in ATTACKS {
        for (request, resolves_to, reason) in attacks.requests {
            let enforced = both(attacks.rules, false, split(request), resolves_to);
            let observed = both(attacks.rules, true, split(request), resolves_to);
            assert_eq!(
                observed.allowed && !enforced.allowed,
                observed.observed,
                "{request:?}"
            );
            if !observed.observed {
                // A name is looked up now, and may turn out to lead inside.
                assert!(
                    observed == enforced || observed.reason.as_str() == "forbidden-address",
                    "{request:?}: {observed}"
                );
                continue;
            }
            passed += 1;
            assert_eq!(observed.reason.as_str(), *reason, "{request:?}");
            let line = observed.remedy.unwrap();
            let policy = Policy::parse([line]).unwrap();
            let (method, url) = split(request);
            let addresses: Vec<_> = resolves_to.iter().map(|address| ip(address)).collect();
            assert!(
                explain(&policy, method, url, Some(&addresses)).allowed,
                "{request:?}"
            );
            let target = crate::policy::Target::parse(url).unwrap();
            assert_eq!(target.host().ip(), None, "{request:?}");
            assert_ne!(resolves_to.len(), 0, "{request:?}");
        }
    }
    assert!(passed > 20, "{passed}");
}

#[test]
fn both_count_to_8192_bytes() {
    let url = |length: usize| {
        let start = "https://api.example.com/v1/";
        format!("{start}{}", "a".repeat(length - start.len()))
    };
    for (length, reason) in [(8192, "rule"), (8193, "url"), (100_000, "url")] {
        let url = url(length);
        let explained = both(
            &["https://api.example.com/v1"],
            false,
            ("GET", &url),
            &["93.184.216.34"],
        );
        assert_eq!(explained.reason.as_str(), reason, "{length}");
    }
}

#[test]
fn every_byte_in_every_place_is_judged_alike() {
    for byte in 0..=0xff_u8 {
        let byte = char::from(byte);
        for url in [
            format!("https://api.example.com/v1{byte}"),
            format!("https://api.example.com{byte}/v1"),
            format!("https://{byte}api.example.com/v1"),
            format!("https{byte}://api.example.com/v1"),
            format!("https://api.example.com:443{byte}/v1"),
            format!("{byte}https://api.example.com/v1"),
        ] {
            both(
                &["https://api.example.com/v1"],
                false,
                ("GET", &url),
                &["93.184.216.34"],
            );
        }
        let method = format!("GET{byte}");
        let url = "https://api.example.com/v1";
        let explained = both(&["https://api.example.com/v1"], false, (&method, url), &[]);
        assert_eq!(explained.reason.as_str(), "method", "{method:?}");
    }
}
