//! What holds for every input, tried with many.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;

use crate::policy::address::judge;
use crate::policy::{Decision, Method, Policy, Rule, Target, explain, header};

fn method() -> impl Strategy<Value = Method> {
    prop::sample::select(&Method::ALL[..])
}

fn name() -> impl Strategy<Value = String> {
    "[a-z]([a-z0-9_-]{0,6}[a-z])?(\\.[a-z]([a-z0-9-]{0,6}[a-z])?){1,3}"
}

fn host() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => name(),
        1 => any::<Ipv4Addr>().prop_map(|ip| ip.to_string()),
        1 => any::<Ipv6Addr>().prop_map(|ip| format!("[{ip}]")),
    ]
}

fn url() -> impl Strategy<Value = String> {
    let port = prop_oneof![
        Just(String::new()),
        (1_u16..).prop_map(|port| format!(":{port}"))
    ];
    let path = "(/[a-zA-Z0-9._~!$&'()*+,;=:@%-]{0,8}){0,4}";
    let query = "(\\?[a-zA-Z0-9/?=&%.-]{0,12})?";
    (prop::bool::ANY, host(), port, path, query).prop_map(|(tls, host, port, path, query)| {
        format!(
            "http{}://{host}{port}{path}{query}",
            if tls { "s" } else { "" }
        )
    })
}

/// Text that looks enough like a URL to get past the first checks.
fn nearly_url() -> impl Strategy<Value = String> {
    "(https?|HTTP|ftp)?(://|:/|//)?[a-z0-9.\\[\\]:@%*_\\\\-]{0,16}[/?#]?[ -~]{0,16}"
}

proptest! {
    #[test]
    fn what_parses_is_canonical_and_parses_to_itself(url in prop_oneof![url(), nearly_url()]) {
        if let Ok(target) = Target::parse(&url) {
            prop_assert_eq!(Target::parse(target.as_str()), Ok(target.clone()));
            let rebuilt = format!("{}{}", target.origin(), target.path_and_query());
            prop_assert_eq!(&rebuilt, target.as_str());
            prop_assert!(target.path().starts_with('/'));
        }
    }

    #[test]
    fn nothing_panics(text in any::<String>(), header in any::<String>()) {
        let _ = Target::parse(&text);
        let _ = Rule::parse(&text);
        let _ = header::check_name(&header);
        let _ = header::check_value(&header, &text);
        let policy = Policy::parse(["https://*.example.com/a"]).unwrap();
        let _ = explain(&policy, &text, &text, None);
    }

    #[test]
    fn a_rule_never_matches_another_host(rule in name(), url in url(), wild in any::<bool>()) {
        let Ok(target) = Target::parse(&url) else { return Ok(()) };
        let star = if wild { "*." } else { "" };
        let scheme = target.scheme().as_str();
        let line = format!("{scheme}://{star}{rule}:{}", target.port());
        let Ok(parsed) = Rule::parse(&line) else { return Ok(()) };
        if parsed.matches(Method::Get, &target) {
            let host = target.host().to_string();
            let under = host.strip_suffix(&rule).and_then(|rest| rest.strip_suffix('.'));
            prop_assert_eq!(wild, host != rule);
            prop_assert_eq!(wild, under.is_some_and(|labels| !labels.is_empty()));
        }
    }

    #[test]
    fn a_wildcard_covers_exactly_what_is_below(labels in name(), suffix in name()) {
        let rule = Rule::parse(&format!("https://*.{suffix}")).unwrap();
        let matches = |url: String| rule.matches(Method::Get, &Target::parse(&url).unwrap());
        let (below, itself) = (format!("https://{labels}.{suffix}/"), format!("https://{suffix}/"));
        let (beside, above) = (format!("https://{labels}{suffix}/"), format!("https://{suffix}.zz9/"));
        prop_assert!(matches(below));
        for url in [itself, beside, above] {
            prop_assert!(!matches(url));
        }
    }

    /// A remedy is a promise: the line loads, and it allows this request.
    #[test]
    fn the_line_that_a_denial_offers_allows_the_request(method in method(), url in url()) {
        let Ok(target) = Target::parse(&url) else { return Ok(()) };
        if let Decision::Deny(refusal) = Policy::default().decide(method, &target)
            && let Some(line) = refusal.remedy
        {
            let policy = Policy::parse([&line]).unwrap();
            prop_assert!(matches!(policy.decide(method, &target), Decision::Allow(_)), "{}", line);
            let explained = explain(&policy, method.as_str(), target.as_str(), None);
            prop_assert!(explained.allowed, "{}", explained.message);
        }
    }

    /// Whatever a path looks like, no prefix of it is crossed upwards.
    #[test]
    fn a_path_rule_is_never_left(path in "(/(v1|users|\\.|\\.\\.|%2e|%2E%2e|\\.%2e|%252e%252e|\\.\\.;|a%2fb|)){0,6}") {
        let rule = Rule::parse("https://a.example/v1/users").unwrap();
        let target = Target::parse(&format!("https://a.example/v1/users{path}")).unwrap();
        if rule.matches(Method::Get, &target) {
            let path = target.path();
            for trick in ["/.", "//", "%2e", "%2E", "%2f", "%25", ";"] {
                prop_assert!(!path.contains(trick), "{}", path);
            }
        }
    }

    #[test]
    fn a_rule_reads_back_as_it_is_shown(method in method(), url in url()) {
        if let Ok(rule) = Rule::parse(&format!("{method} {url}")) {
            prop_assert_eq!(Rule::parse(&rule.to_string()), Ok(rule));
        }
    }

    #[test]
    fn no_address_with_another_inside_is_public(v4 in any::<Ipv4Addr>()) {
        let [a, b, c, d] = v4.octets();
        let (high, low) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
        for v6 in [
            v4.to_ipv6_mapped(),
            Ipv6Addr::new(0, 0, 0, 0, 0, 0, high, low),
            Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, high, low),
            Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
            Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, high, low),
            Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1),
            Ipv6Addr::new(0x2001, 0, 0x4136, 0xe378, 0, 0, !high, !low),
        ] {
            prop_assert!(!judge(IpAddr::V6(v6)).is_public(), "{}", v6);
        }
    }

    #[test]
    fn outside_2000_3_nothing_is_public(bits in any::<u128>()) {
        let ip = Ipv6Addr::from_bits(bits);
        if bits >> 125 != 1 {
            prop_assert!(!judge(ip.into()).is_public(), "{}", ip);
        }
    }
}
