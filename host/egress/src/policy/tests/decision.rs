//! Decisions: reasons, sentences, addresses, explanations.

use std::net::IpAddr;

use crate::digest;
use crate::policy::{Cause, Decision, Method, Policy, Reason, Target, check_addresses, explain};

const RULES: &[&str] = &[
    "POST https://api.example.com/v1/users",
    "GET https://api.example.com/v1",
    "GET http://plain.example.com:8080",
    "GET https://*.wild.example.com",
    "http://127.0.0.1:9000",
];

#[track_caller]
fn explained(request: &str, resolved: Option<&[&str]>) -> (&'static str, String) {
    let policy = Policy::parse(RULES).unwrap();
    let (method, url) = request.split_once(' ').unwrap();
    let resolved: Option<Vec<IpAddr>> =
        resolved.map(|addresses| addresses.iter().map(|ip| ip.parse().unwrap()).collect());
    let explanation = explain(&policy, method, url, resolved.as_deref());
    assert_eq!(
        explanation.verdict() == "allow",
        explanation.reason == Cause::Rule
    );
    (explanation.reason.as_str(), explanation.to_string())
}

#[test]
fn a_denial_says_why_and_gives_the_line_that_would_allow_it() {
    for (request, reason, message) in [
        (
            "POST https://other.example.com/v1/users?token=t",
            "no-rule",
            "POST https://other.example.com/v1/users is not allowed: no rule matches. To allow it, add: POST \
             https://other.example.com/v1/users",
        ),
        (
            "PUT https://api.example.com/v1/users",
            "method",
            "PUT https://api.example.com/v1/users is not allowed: `POST https://api.example.com/v1/users` \
             allows POST only. To allow it, add: PUT https://api.example.com/v1/users",
        ),
        (
            "POST https://api.example.com/v2/",
            "path",
            "POST https://api.example.com/v2/ is not allowed: `POST https://api.example.com/v1/users` allows \
             /v1/users and what is below only. To allow it, add: POST https://api.example.com/v2",
        ),
        (
            "GET https://api.example.com/v1/../v2",
            "path",
            "GET https://api.example.com/v1/../v2 is not allowed: its path holds a `.`, `..` or empty segment \
             or an encoded slash, and a rule with a path never matches such a one.",
        ),
        (
            "GET http://plain.example.com/",
            "port",
            "GET http://plain.example.com/ is not allowed: `GET http://plain.example.com:8080` allows port \
             8080 only. To allow it, add: GET http://plain.example.com",
        ),
        (
            "GET http://api.example.com/v1",
            "scheme",
            "GET http://api.example.com/v1 is not allowed: `POST https://api.example.com/v1/users` allows https \
             only. To allow it, add: GET http://api.example.com/v1",
        ),
        (
            "GET https://wild.example.com/",
            "no-rule",
            "GET https://wild.example.com/ is not allowed: no rule matches. To allow it, add: GET \
             https://wild.example.com",
        ),
        (
            "GET http://localhost:9000/",
            "no-rule",
            "GET http://localhost:9000/ is not allowed: a name never opens a loopback address. Use the address \
             itself, 127.0.0.1, in the request and in a rule.",
        ),
        (
            "GET http://10.1.2.3/",
            "forbidden-address",
            "GET http://10.1.2.3/ is not allowed: 10.1.2.3 is a private address, and no rule names it. To allow \
             it, add: GET http://10.1.2.3",
        ),
        (
            "GET http://169.254.169.254/latest/meta-data/",
            "forbidden-address",
            "GET http://169.254.169.254/latest/meta-data/ is not allowed: 169.254.169.254 is a cloud's metadata \
             or platform address, which no rule opens.",
        ),
        (
            "GET http://8.8.8.8/",
            "no-rule",
            "GET http://8.8.8.8/ is not allowed: no rule matches. To allow it, add: GET http://8.8.8.8",
        ),
        (
            "GET http://2130706433/",
            "url",
            "the URL is not accepted: its host ends in a number but is not an IPv4 address like `192.0.2.1`",
        ),
        (
            "get https://api.example.com/v1",
            "method",
            "`get` is not a method: expected one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS.",
        ),
    ] {
        assert_eq!(
            explained(request, None),
            (reason, message.to_owned()),
            "{request}"
        );
    }
}

#[test]
fn an_allowed_request_names_its_rule_and_what_else_has_to_hold() {
    for (request, resolved, message) in [
        (
            "GET https://api.example.com/v1/x?q",
            None,
            "GET https://api.example.com/v1/x is allowed by `GET https://api.example.com/v1`, as long as every \
             address of the host is public. The name was not resolved.",
        ),
        (
            "GET https://a.wild.example.com/",
            Some(&["93.184.216.34", "2606:2800:220:1::1"][..]),
            "GET https://a.wild.example.com/ is allowed by `GET https://*.wild.example.com`.",
        ),
        (
            "DELETE http://127.0.0.1:9000/",
            None,
            "DELETE http://127.0.0.1:9000/ is allowed by `http://127.0.0.1:9000`, which also opens that address.",
        ),
    ] {
        assert_eq!(explained(request, resolved), ("rule", message.to_owned()));
    }
}

#[test]
fn one_forbidden_address_refuses_the_request() {
    let request = "GET https://api.example.com/v1";
    for addresses in [
        &["127.0.0.1"][..],
        &["8.8.8.8", "127.0.0.1"],
        &["8.8.8.8", "2606:4700::1", "::1"],
        &["10.0.0.1", "8.8.8.8"],
        &["::ffff:8.8.8.8"],
        &["64:ff9b::808:808"],
        &["100.100.100.200"],
        &["168.63.129.16"],
        &["fd00:ec2::254"],
        &["0.0.0.0"],
    ] {
        assert_eq!(
            explained(request, Some(addresses)).0,
            "forbidden-address",
            "{addresses:?}"
        );
    }
    assert_eq!(
        explained(request, Some(&["8.8.8.8", "2606:4700::1"])).0,
        "rule"
    );
    assert_eq!(
        explained(request, Some(&["8.8.8.8", "10.0.0.5"])).1,
        "GET https://api.example.com/v1 is not allowed: api.example.com resolves to 10.0.0.5, a private address, \
         which a name never opens; only a rule for that very address does."
    );
    assert_eq!(
        explained(request, Some(&["169.254.169.254"])).1,
        "GET https://api.example.com/v1 is not allowed: api.example.com resolves to 169.254.169.254, a cloud's \
         metadata or platform address, which no rule opens."
    );
}

#[test]
fn a_literal_consents_to_itself_and_to_no_other_address() {
    let policy = Policy::parse(["http://127.0.0.1:9000"]).unwrap();
    let target = Target::parse("http://127.0.0.1:9000/").unwrap();
    let Decision::Allow(rule) = policy.decide(Method::Get, &target) else {
        panic!()
    };
    let check = |ip: &str| {
        check_addresses(
            Some(rule),
            Method::Get,
            &target,
            &[ip.parse().unwrap()],
            &[],
        )
    };
    assert_eq!(check("127.0.0.1"), Ok(()));
    assert_eq!(
        check("127.0.0.2").unwrap_err().reason,
        Reason::ForbiddenAddress
    );
    assert_eq!(check("::1").unwrap_err().reason, Reason::ForbiddenAddress);
}

#[test]
fn without_rules_nothing_is_allowed() {
    let policy = Policy::default();
    for url in ["https://example.com/", "http://127.0.0.1/", "http://[::1]/"] {
        let decision = policy.decide(Method::Get, &Target::parse(url).unwrap());
        assert!(matches!(decision, Decision::Deny(_)), "{url}");
    }
}

#[test]
fn every_reason_has_a_word_of_its_own_and_a_meaning() {
    let mut words: Vec<_> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
    assert_eq!(
        words,
        [
            "url",
            "no-rule",
            "scheme",
            "port",
            "path",
            "method",
            "forbidden-address",
            "header",
            "secret",
            "shadow"
        ]
    );
    words.sort_unstable();
    words.dedup();
    assert_eq!(words.len(), Reason::ALL.len());
    assert!(
        Reason::ALL
            .iter()
            .all(|reason| reason.meaning().ends_with('.'))
    );
}

#[test]
fn a_policy_knows_which_origins_it_reaches() {
    let policy = Policy::parse(RULES).unwrap();
    for (origin, reached) in [
        ("https://api.example.com", true),
        ("http://api.example.com", false),
        ("https://a.wild.example.com", true),
        ("https://wild.example.com", false),
        ("http://127.0.0.1:9000", true),
        ("http://127.0.0.1:9001", false),
    ] {
        assert_eq!(policy.reaches(&origin.parse_origin()), reached, "{origin}");
    }
}

trait ParseOrigin {
    fn parse_origin(&self) -> crate::policy::Origin;
}

impl ParseOrigin for &str {
    fn parse_origin(&self) -> crate::policy::Origin {
        crate::policy::Origin::parse(self).unwrap()
    }
}

#[test]
fn a_hash_tells_policies_apart_that_differ_and_no_others() {
    let policy = |lines: &[&str]| Policy::parse(lines).unwrap();
    let one = policy(&[
        "GET,POST https://api.example.com/v1",
        "https://*.example.org",
    ]);
    for same in [
        policy(&[
            "https://*.example.org",
            "GET,POST https://api.example.com/v1",
        ]),
        policy(&[
            "HTTPS://*.Example.org:443",
            "POST,GET https://API.example.com:443/v1",
        ]),
    ] {
        assert_eq!(one.hash(), same.hash(), "{same:?}");
    }
    let mut seen = vec![one.hash(), Policy::default().hash()];
    for other in [
        one.clone().observing(),
        Policy::default().observing(),
        policy(&["https://*.example.org"]),
        policy(&["https://example.org"]),
        policy(&["https://example.org/"]),
        policy(&["https://example.org/v1"]),
        policy(&["https://example.org/V1"]),
        policy(&["http://example.org/v1"]),
        policy(&["https://example.org:8443/v1"]),
        policy(&["GET https://example.org/v1"]),
        policy(&["http://127.0.0.1"]),
        policy(&["http://[::1]"]),
    ] {
        let hash = other.hash();
        assert!(!seen.contains(&hash), "{other:?}");
        seen.push(hash);
    }
    assert_eq!(Policy::default().hash(), digest::show(&digest::sha256(b"")));
}
