//! URLs.

use crate::policy::target::MAX_URL;
use crate::policy::{Host, Origin, Scheme, Target, UrlError};

#[test]
fn what_is_accepted_is_brought_into_one_spelling() {
    for (text, canonical) in [
        ("https://example.com", "https://example.com/"),
        ("https://example.com/", "https://example.com/"),
        (
            "HTTPS://Example.COM/Path?Query",
            "https://example.com/Path?Query",
        ),
        ("https://example.com:443/a", "https://example.com/a"),
        ("http://example.com:80", "http://example.com/"),
        ("https://example.com:80", "https://example.com:80/"),
        ("http://example.com:65535/", "http://example.com:65535/"),
        ("https://example.com?a=b", "https://example.com/?a=b"),
        ("https://example.com/?", "https://example.com/?"),
        ("https://example.com/a?b?c/d", "https://example.com/a?b?c/d"),
        (
            "https://example.com/a?u=http://b/@:",
            "https://example.com/a?u=http://b/@:",
        ),
        ("https://example.com//a/../b", "https://example.com//a/../b"),
        ("https://example.com/%7Eme", "https://example.com/%7Eme"),
        ("https://example.com/@me:x", "https://example.com/@me:x"),
        ("https://a_b-c.example/", "https://a_b-c.example/"),
        (
            "https://xn--bcher-kva.example/",
            "https://xn--bcher-kva.example/",
        ),
        ("https://1e100.net/", "https://1e100.net/"),
        ("https://1.2.3.4.example/", "https://1.2.3.4.example/"),
        ("https://0x7f.example/", "https://0x7f.example/"),
        ("https://face/", "https://face/"),
        ("https://0xface.fr/", "https://0xface.fr/"),
        ("https://example.0xg/", "https://example.0xg/"),
        ("http://192.0.2.1:8080/", "http://192.0.2.1:8080/"),
        ("http://[2001:DB8:0::1]/", "http://[2001:db8::1]/"),
        ("http://[::1]:8080/", "http://[::1]:8080/"),
        ("http://localhost/", "http://localhost/"),
    ] {
        let target = Target::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(target.as_str(), canonical, "{text}");
        assert_eq!(target.to_string(), canonical);
        assert_eq!(Target::parse(canonical).as_ref(), Ok(&target));
    }
}

#[test]
fn everything_else_is_refused() {
    for (text, error) in [
        ("", UrlError::Relative),
        ("/path", UrlError::Relative),
        ("//example.com/", UrlError::Relative),
        ("example.com", UrlError::Relative),
        ("example.com:443", UrlError::Relative),
        ("https:example.com", UrlError::Relative),
        ("https:/example.com", UrlError::Relative),
        ("https:///example.com", UrlError::EmptyHost),
        ("https://", UrlError::EmptyHost),
        ("https://?a", UrlError::EmptyHost),
        ("https://:443/", UrlError::EmptyHost),
        ("ftp://example.com/", UrlError::Scheme),
        ("file:///etc/passwd", UrlError::Scheme),
        ("ws://example.com/", UrlError::Scheme),
        ("httpss://example.com/", UrlError::Scheme),
        ("://example.com/", UrlError::Scheme),
        (" https://example.com/", UrlError::Character),
        ("https://example.com/ ", UrlError::Character),
        ("https://example.com/a b", UrlError::Character),
        ("https://example.com/\t", UrlError::Character),
        ("https://exam\nple.com/", UrlError::Character),
        ("https://example.com/\r\nhost: evil", UrlError::Character),
        ("https://example.com/\0", UrlError::Character),
        ("https://example.com/\u{7f}", UrlError::Character),
        ("https://bücher.example/", UrlError::Character),
        ("https://ｅxample.com/", UrlError::Character),
        ("https://example。com/", UrlError::Character),
        ("https://example.com/é", UrlError::Character),
        ("https://example.com/<a>", UrlError::Character),
        ("https://example.com/?\"", UrlError::Character),
        ("https://example.com#a", UrlError::Fragment),
        ("https://example.com/#", UrlError::Fragment),
        ("https://good.example#@evil.example/", UrlError::Fragment),
        ("https://good.example\\@evil.example/", UrlError::Backslash),
        ("https:\\\\example.com\\", UrlError::Backslash),
        ("https://example.com/a\\b", UrlError::Backslash),
        ("https://user@example.com/", UrlError::Userinfo),
        ("https://user:pass@example.com/", UrlError::Userinfo),
        ("https://@example.com/", UrlError::Userinfo),
        ("https://good.example@evil.example/", UrlError::Userinfo),
        ("https://good.example:443@evil.example/", UrlError::Userinfo),
        ("https://example%2ecom/", UrlError::EscapedHost),
        ("https://%65xample.com/", UrlError::EscapedHost),
        (
            "https://example.com%00.evil.example/",
            UrlError::EscapedHost,
        ),
        ("http://[fe80::1%25eth0]/", UrlError::EscapedHost),
        ("http://[fe80::1%eth0]/", UrlError::EscapedHost),
        ("https://example.com./", UrlError::Name),
        ("https://.example.com/", UrlError::Name),
        ("https://example..com/", UrlError::Name),
        ("https://./", UrlError::Name),
        ("https://exam!ple.com/", UrlError::Name),
        ("https://exam,ple.com/", UrlError::Name),
        ("https://*.example.com/", UrlError::Name),
        ("https://example.com;evil/", UrlError::Name),
        ("https://example.com:/", UrlError::Port),
        ("https://example.com:0/", UrlError::Port),
        ("https://example.com:00443/", UrlError::Port),
        ("https://example.com:65536/", UrlError::Port),
        ("https://example.com:+443/", UrlError::Port),
        ("https://example.com:-1/", UrlError::Port),
        ("https://example.com:80a/", UrlError::Port),
        ("https://example.com:0x50/", UrlError::Port),
        ("https://example.com:99999999999/", UrlError::Port),
        ("https://example.com:443:80/", UrlError::Ipv6),
        ("http://127.1/", UrlError::NumericHost),
        ("http://2130706433/", UrlError::NumericHost),
        ("http://017700000001/", UrlError::NumericHost),
        ("http://0177.0.0.1/", UrlError::NumericHost),
        ("http://0x7f.0.0.1/", UrlError::NumericHost),
        ("http://0x7f000001/", UrlError::NumericHost),
        ("http://0X7F.1/", UrlError::NumericHost),
        ("http://127.0.0.0x1/", UrlError::NumericHost),
        ("http://0x/", UrlError::NumericHost),
        ("http://127.0.0.1.1/", UrlError::NumericHost),
        ("http://127.0.0.256/", UrlError::NumericHost),
        ("http://127.0.0.01/", UrlError::NumericHost),
        ("http://example.1/", UrlError::NumericHost),
        ("http://127.0.0.1./", UrlError::Name),
        ("http://[/", UrlError::Ipv6),
        ("http://[]/", UrlError::Ipv6),
        ("http://[::1/", UrlError::Ipv6),
        ("http://[::1]a/", UrlError::Ipv6),
        ("http://[::1]]/", UrlError::Ipv6),
        ("http://[[::1]]/", UrlError::Ipv6),
        ("http://[example.com]/", UrlError::Ipv6),
        ("http://[127.0.0.1]/", UrlError::Ipv6),
        ("http://[1:2:3:4:5:6:7:8:9]/", UrlError::Ipv6),
        ("http://::1/", UrlError::Ipv6),
        ("http://2001:db8::1/", UrlError::Ipv6),
        ("http://[::1]:/", UrlError::Port),
        ("http://[::ffff:127.0.0.1]/", UrlError::Ipv4InIpv6),
        ("http://[::ffff:7f00:1]/", UrlError::Ipv4InIpv6),
        ("http://[::127.0.0.1]/", UrlError::Ipv4InIpv6),
        ("http://[::2]/", UrlError::Ipv4InIpv6),
    ] {
        assert_eq!(Target::parse(text), Err(error), "{text}");
    }
}

#[test]
fn lengths_are_bounded_to_the_byte() {
    let url = |length: usize| format!("https://example.com/{}", "a".repeat(length - 20));
    assert!(Target::parse(&url(MAX_URL)).is_ok());
    assert_eq!(Target::parse(&url(MAX_URL + 1)), Err(UrlError::TooLong));
    let label = |length: usize| format!("https://{}.example/", "a".repeat(length));
    assert!(Target::parse(&label(63)).is_ok());
    assert_eq!(Target::parse(&label(64)), Err(UrlError::Name));
    let name = |length: usize| {
        format!(
            "https://{}{}/",
            "a.".repeat(length / 2),
            "a".repeat(length % 2)
        )
    };
    assert!(Target::parse(&name(253)).is_ok());
    assert_eq!(Target::parse(&name(255)), Err(UrlError::Name));
}

#[test]
fn the_parts_are_the_parts_of_the_text() {
    let target = Target::parse("https://API.example.com:8443/v1/users?a=1&b=2").unwrap();
    assert_eq!(target.scheme(), Scheme::Https);
    assert_eq!(target.host(), Host::Dns("api.example.com"));
    assert_eq!(target.port(), 8443);
    assert_eq!(target.origin(), "https://api.example.com:8443");
    assert_eq!(target.path(), "/v1/users");
    assert_eq!(target.query(), Some("a=1&b=2"));
    assert_eq!(target.path_and_query(), "/v1/users?a=1&b=2");
    assert_eq!(
        target.without_query(),
        "https://api.example.com:8443/v1/users"
    );

    let target = Target::parse("http://[::1]").unwrap();
    assert_eq!(target.host(), Host::V6("::1".parse().unwrap()));
    assert_eq!(
        (target.port(), target.path(), target.query()),
        (80, "/", None)
    );
    assert_eq!(Target::parse("http://a?").unwrap().query(), Some(""));
}

#[test]
fn debug_shows_no_query() {
    let target = Target::parse("https://example.com/a?token=abc").unwrap();
    assert_eq!(format!("{target:?}"), "Target(https://example.com/a?...)");
}

#[test]
fn an_error_is_a_word_and_a_sentence() {
    assert_eq!(UrlError::NumericHost.as_str(), "numeric-host");
    assert_eq!(
        UrlError::NumericHost.to_string(),
        "the URL is not accepted: its host ends in a number but is not an IPv4 address like `192.0.2.1`"
    );
}

#[test]
fn origins_are_compared_by_their_parts() {
    let origin = |text: &str| Origin::parse(text);
    assert_eq!(origin("https://a.example"), origin("HTTPS://A.example:443"));
    assert_ne!(origin("https://a.example"), origin("http://a.example"));
    assert_ne!(
        origin("https://a.example"),
        origin("https://a.example:8443")
    );
    assert_eq!(origin("http://[0:0::1]:80"), origin("http://[::1]"));
    assert_eq!(
        origin("https://a.example/").unwrap_err().to_string(),
        "an origin ends after its host or port: write `https://a.example`"
    );
    for text in [
        "https://a.example/x",
        "https://a.example?x",
        "a.example",
        "https://u@a.example",
        "*",
    ] {
        assert!(origin(text).is_err(), "{text}");
    }
    let bound = origin("https://a.example").unwrap();
    for (url, covered) in [
        ("https://a.example/x?y", true),
        ("https://A.EXAMPLE:443", true),
        ("http://a.example/", false),
        ("https://a.example:444/", false),
        ("https://b.a.example/", false),
        ("https://a.example.evil.example/", false),
    ] {
        assert_eq!(bound.covers(&Target::parse(url).unwrap()), covered, "{url}");
    }
}
