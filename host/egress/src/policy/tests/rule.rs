//! Rules: which lines load, and what those that do match.

use crate::policy::{Method, Policy, Rule, Target};

#[track_caller]
fn check(rule: &str, request: &str, allowed: bool) {
    let (method, url) = request.split_once(' ').unwrap();
    let rule = Rule::parse(rule).unwrap();
    let target = Target::parse(url).unwrap();
    assert_eq!(
        rule.matches(Method::parse(method).unwrap(), &target),
        allowed,
        "{rule} | {request}"
    );
}

#[test]
fn each_attack_stands_beside_its_nearest_honest_neighbour() {
    for (rule, request, allowed) in [
        // methods
        ("GET https://a.example", "GET https://a.example/", true),
        ("GET https://a.example", "POST https://a.example/", false),
        ("GET https://a.example", "HEAD https://a.example/", false),
        (
            "GET,POST https://a.example",
            "POST https://a.example/",
            true,
        ),
        ("https://a.example", "DELETE https://a.example/", true),
        // schemes
        ("https://a.example", "GET http://a.example/", false),
        ("http://a.example", "GET https://a.example/", false),
        ("http://a.example", "GET http://a.example/", true),
        // ports
        ("https://a.example", "GET https://a.example:443/", true),
        ("https://a.example", "GET https://a.example:8443/", false),
        (
            "https://a.example:8443",
            "GET https://a.example:8443/",
            true,
        ),
        ("https://a.example:8443", "GET https://a.example/", false),
        ("http://a.example:443", "GET https://a.example/", false),
        // names
        ("https://a.example", "GET https://A.Example/", true),
        ("https://A.EXAMPLE", "GET https://a.example/", true),
        ("https://a.example", "GET https://b.a.example/", false),
        ("https://a.example", "GET https://aa.example/", false),
        (
            "https://a.example",
            "GET https://a.example.evil.example/",
            false,
        ),
        ("https://a.example", "GET https://a.exampl/", false),
        // wildcards
        ("https://*.a.example", "GET https://b.a.example/", true),
        ("https://*.a.example", "GET https://c.b.a.example/", true),
        ("https://*.a.example", "GET https://a.example/", false),
        ("https://*.a.example", "GET https://ba.example/", false),
        (
            "https://*.a.example",
            "GET https://b.a.example.evil.example/",
            false,
        ),
        ("https://*.a.example", "GET http://b.a.example/", false),
        (
            "https://*.a.example",
            "GET https://b.a.example:8443/",
            false,
        ),
        (
            "https://*.a.example/v1",
            "GET https://b.a.example/v1/x",
            true,
        ),
        (
            "https://*.a.example/v1",
            "GET https://b.a.example/v2",
            false,
        ),
        // addresses
        ("http://127.0.0.1:8080", "GET http://127.0.0.1:8080/", true),
        ("http://127.0.0.1:8080", "GET http://127.0.0.1/", false),
        ("http://127.0.0.1:8080", "GET http://127.0.0.2:8080/", false),
        ("http://127.0.0.1:8080", "GET http://localhost:8080/", false),
        (
            "http://[::1]:8080",
            "GET http://[0:0:0:0:0:0:0:1]:8080/",
            true,
        ),
        ("http://[::1]:8080", "GET http://127.0.0.1:8080/", false),
        (
            "http://[2001:4860:4860:0:0:0:0:8888]",
            "GET http://[2001:4860:4860::8888]/",
            true,
        ),
        ("https://8.8.8.8", "GET https://8.8.8.8/", true),
        ("https://*.a.example", "GET https://8.8.8.8/", false),
        // paths
        ("https://a.example/v1", "GET https://a.example/v1", true),
        ("https://a.example/v1", "GET https://a.example/v1/", true),
        (
            "https://a.example/v1",
            "GET https://a.example/v1/users",
            true,
        ),
        (
            "https://a.example/v1",
            "GET https://a.example/v1?x=/../",
            true,
        ),
        ("https://a.example/v1", "GET https://a.example/", false),
        ("https://a.example/v1", "GET https://a.example", false),
        ("https://a.example/v1", "GET https://a.example/v10", false),
        ("https://a.example/v1", "GET https://a.example/V1", false),
        ("https://a.example/v1", "GET https://a.example/%761", false),
        ("https://a.example/v1", "GET https://a.example//v1", false),
        (
            "https://a.example/v1",
            "GET https://a.example/v1/../admin",
            false,
        ),
        (
            "https://a.example/v1",
            "GET https://a.example/v1/%2e%2E/admin",
            false,
        ),
        (
            "https://a.example/v1",
            "GET https://a.example/v1/..%2fadmin",
            false,
        ),
        (
            "https://a.example/v1",
            "GET https://a.example/v1/..;/admin",
            false,
        ),
        (
            "https://a.example/v1",
            "GET https://a.example/v1//admin",
            false,
        ),
        (
            "https://a.example/v1",
            "GET https://a.example/v1/%252e%252e/admin",
            false,
        ),
        (
            "https://a.example/v1",
            "GET https://a.example/v1/..admin",
            true,
        ),
        (
            "https://a.example/v1",
            "GET https://a.example/v1/a%20b",
            true,
        ),
        ("https://a.example/", "GET https://a.example/anything", true),
        ("https://a.example/", "GET https://a.example/a/../b", false),
        // Where no path was asked for, none is read into it.
        ("https://a.example", "GET https://a.example/a/../b", true),
    ] {
        check(rule, request, allowed);
    }
}

#[test]
fn what_was_written_is_what_is_shown() {
    for (line, shown) in [
        ("https://a.example", "https://a.example"),
        (" POST  https://a.example/v1 ", "POST https://a.example/v1"),
        (
            "GET,HEAD\thttps://*.A.example:8443",
            "GET,HEAD https://*.A.example:8443",
        ),
    ] {
        let rule = Rule::parse(line).unwrap();
        assert_eq!(rule.to_string(), shown);
        assert_eq!(Rule::parse(shown), Ok(rule));
    }
}

#[test]
fn a_line_that_is_not_a_rule_says_what_would_be_right() {
    let methods = "expected one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
    let star = "`*` can only stand for the first labels of a name, as in `https://*.example.com`; a path is \
                a prefix already, a missing port is the scheme's own, and for every method write none";
    let path = "its path holds a `.`, `..` or empty segment, or an encoded slash: no request with such a path \
                is allowed, so it could never match";
    let no_scheme = "it does not start with `http://` or `https://`";
    let url = |sentence: &str| format!("the URL is not accepted: {sentence}");
    let cases: &[(&str, String)] = &[
        ("", "it is empty: write `[METHOD[,METHOD]] scheme://host[:port][/path]`".into()),
        (
            "GET, POST https://a.example",
            "it has more than two words: write `[METHOD[,METHOD]] scheme://host[:port][/path]`, methods \
             with a comma and no space between them"
                .into(),
        ),
        ("POST", "there is no URL after the method".into()),
        ("post https://a.example", "`post` is not a method: did you mean `POST`?".into()),
        ("PSOT https://a.example", "`PSOT` is not a method: did you mean `POST`?".into()),
        ("GET,post https://a.example", "`post` is not a method: did you mean `POST`?".into()),
        ("CONNECT https://a.example", format!("`CONNECT` is not a method: {methods}; for every method write none")),
        ("* https://a.example", format!("`*` is not a method: {methods}; for every method write none")),
        ("GET,TRACE https://a.example", format!("`TRACE` is not a method: {methods}")),
        ("GET, https://a.example", "there is a comma without a method".into()),
        ("GET,GET https://a.example", "`GET` stands there twice".into()),
        ("a.example", "there is no scheme: write `https://a.example`".into()),
        ("POST a.example:8443/v1", "there is no scheme: write `https://a.example:8443/v1`".into()),
        ("//a.example", "there is no scheme: write `https://a.example`".into()),
        ("https:/a.example", no_scheme.into()),
        ("ftp://a.example", url("its scheme is neither `http` nor `https`")),
        ("*://a.example", star.into()),
        ("https://*", star.into()),
        ("https://a.*", star.into()),
        ("https://a*.example.com", star.into()),
        ("https://*a.example.com", star.into()),
        ("https://*.*.example.com", star.into()),
        ("https://b.*.example.com", star.into()),
        ("https://a.example:*", star.into()),
        ("https://a.example/*", star.into()),
        ("https://a.example/v1/*/users", star.into()),
        (
            "https://*.com",
            "`*.com` would open a whole top-level domain: a wildcard needs at least two labels after it, as \
             in `*.example.com`"
                .into(),
        ),
        ("https://*.10.0.0.1", "a wildcard stands before a name, never before an address".into()),
        ("https://*.[::1]", "a wildcard stands before a name, never before an address".into()),
        ("https://a.example?x", "a rule has no query: every query is allowed where the path is".into()),
        ("https://a.example#x", url("it holds a fragment (`#`)")),
        ("https://u@a.example", url("it holds a user name or password (`@`)")),
        ("https://a.example:0", url("its port is not a number from 1 to 65535")),
        ("https://a.example:", url("its port is not a number from 1 to 65535")),
        ("https://", url("it has no host")),
        ("http://127.1", url("its host ends in a number but is not an IPv4 address like `192.0.2.1`")),
        ("http://0.0.0.0", "it could never match: 0.0.0.0 is an unspecified address, which no rule opens".into()),
        (
            "http://169.254.169.254",
            "it could never match: 169.254.169.254 is a cloud's metadata or platform address, which no rule \
             opens"
                .into(),
        ),
        (
            "http://168.63.129.16",
            "it could never match: 168.63.129.16 is a cloud's metadata or platform address, which no rule opens"
                .into(),
        ),
        ("http://[fe80::1]", "it could never match: fe80::1 is a link-local address, which no rule opens".into()),
        ("http://224.0.0.1", "it could never match: 224.0.0.1 is a multicast address, which no rule opens".into()),
        (
            "http://localhost:8080/v1",
            "it could never match: a name never opens a loopback address. Write `http://127.0.0.1:8080/v1`, \
             in the requests too"
                .into(),
        ),
        (
            "http://*.a.localhost",
            "it could never match: a name never opens a loopback address. Write `http://127.0.0.1`, in the \
             requests too"
                .into(),
        ),
        (
            "http://metadata.google.internal",
            "it could never match: the name leads to a cloud's metadata service, which no rule opens".into(),
        ),
        ("https://a.example/v1/../v2", path.into()),
        ("https://a.example/v1/%2e%2e", path.into()),
        ("https://a.example//v1", path.into()),
        ("https://a.example/a%2fb", path.into()),
        (
            "https://a.example/v1/",
            "its path ends in `/`: write `https://a.example/v1`, which covers everything below".into(),
        ),
    ];
    for (line, message) in cases {
        let error = Rule::parse(line).expect_err(line);
        assert_eq!(error.to_string(), format!("rule `{line}`: {message}"));
        // One bad line refuses the whole policy.
        assert!(Policy::parse(["https://good.example", line]).is_err());
    }
}

#[test]
fn a_line_that_says_nothing_new_is_refused_unless_a_wider_one_covers_it() {
    for (first, second) in [
        ("https://a.example", "https://a.example"),
        (
            "GET,POST https://a.example/v1",
            "POST,GET  https://A.example:443/v1",
        ),
        ("http://[::1]:80", "http://[0:0::1]"),
        (
            "https://a.example",
            "GET,HEAD,POST,PUT,PATCH,DELETE,OPTIONS https://a.example",
        ),
    ] {
        let error = Policy::parse(["https://b.example", first, second]).expect_err(second);
        let second: Vec<_> = second.split_whitespace().collect();
        assert_eq!(
            error.to_string(),
            format!(
                "rule `{}`: it stands there twice: `{first}` means the same",
                second.join(" ")
            )
        );
    }
    for lines in [
        ["https://a.example", "GET https://a.example/v1"],
        ["https://*.a.example", "https://b.a.example"],
        ["https://a.example/v1", "https://a.example/v1/users"],
        ["https://a.example", "http://a.example"],
        ["https://a.example", "https://a.example/"],
    ] {
        assert!(Policy::parse(lines).is_ok(), "{lines:?}");
    }
}

#[test]
fn a_wildcard_leaves_room_for_a_name() {
    let suffix = |length: usize| format!("{}bb", "a.".repeat((length - 2) / 2));
    let line = |length| format!("https://*.{}", suffix(length));
    assert!(Rule::parse(&line(250)).is_ok());
    let error = Rule::parse(&line(252)).unwrap_err().to_string();
    let message = "it could never match: with anything before its suffix, a URL would be too long";
    assert!(error.ends_with(message), "{error}");
    let path = |length: usize| format!("https://*.a.example/{}", "a".repeat(length - 20));
    assert!(Rule::parse(&path(8192)).is_ok());
    assert!(Rule::parse(&path(8193)).is_err());
}

#[test]
fn a_rule_names_an_origin_unless_it_names_many() {
    for (rule, origin) in [
        ("GET https://A.example/v1", Some("https://a.example")),
        ("http://127.0.0.1:8080", Some("http://127.0.0.1:8080")),
        ("http://[::1]:80", Some("http://[::1]")),
        ("https://*.a.example", None),
    ] {
        let found = Rule::parse(rule).unwrap().origin();
        assert_eq!(
            found.as_ref().map(|origin| origin.as_str()),
            origin,
            "{rule}"
        );
    }
}

#[test]
fn a_rule_covers_what_allows_no_more_than_it_does() {
    for (rule, other, covers) in [
        ("https://a.example", "https://a.example", true),
        ("https://a.example", "GET https://A.example:443/v1", true),
        ("GET,POST https://a.example", "POST https://a.example", true),
        (
            "POST https://a.example",
            "GET,POST https://a.example",
            false,
        ),
        ("GET https://a.example", "https://a.example", false),
        ("https://a.example/v1", "https://a.example/v1/users", true),
        ("https://a.example/v1", "https://a.example/v10", false),
        ("https://a.example/v1", "https://a.example", false),
        ("https://a.example", "http://a.example", false),
        ("https://a.example", "https://a.example:8443", false),
        ("https://*.a.example", "https://b.a.example", true),
        ("https://*.a.example", "https://*.b.a.example", true),
        ("https://*.a.example", "https://*.a.example", true),
        ("https://*.a.example", "https://a.example", false),
        ("https://*.b.a.example", "https://*.a.example", false),
        ("https://*.a.example", "https://*.ba.example", false),
        ("http://10.1.2.3", "http://10.1.2.3/x", true),
        ("http://10.1.2.3", "http://10.1.2.4", false),
    ] {
        let covered = Rule::parse(rule)
            .unwrap()
            .covers(&Rule::parse(other).unwrap());
        assert_eq!(covered, covers, "{rule} | {other}");
    }
}

#[test]
fn the_canonical_spelling_depends_on_nothing_but_the_meaning() {
    for (rule, canonical) in [
        (
            "POST,GET HTTPS://A.Example:443/V1",
            "GET,POST https://a.example/V1",
        ),
        ("https://*.A.example", "https://*.a.example"),
        (
            "GET,HEAD,POST,PUT,PATCH,DELETE,OPTIONS http://[FD12::0:1]:80",
            "http://[fd12::1]",
        ),
        ("http://10.1.2.3:8080", "http://10.1.2.3:8080"),
        ("https://a.example/", "https://a.example/"),
    ] {
        let rule = Rule::parse(rule).unwrap();
        assert_eq!(rule.canonical(), canonical);
        let again = Rule::parse(&rule.canonical()).unwrap();
        assert!(again.covers(&rule) && rule.covers(&again));
    }
}
