//! A policy on trial: what passes, what never does, and what is recorded.

use super::*;
use crate::policy::Denial;

const RULES: &[&str] = &["POST https://api.example.com/v1/users"];

fn trial() -> Build {
    house(RULES).observing(true)
}

fn post(url: &str, headers: Vec<(String, HeaderValue)>) -> Request {
    Request {
        method: "POST".into(),
        headers,
        ..get(url)
    }
}

#[tokio::test]
async fn what_would_be_denied_for_a_name_passes_and_is_recorded_with_the_line() {
    for (request, reason, message, remedy) in [
        (
            get("https://other.example.com/v1?key=hidden"),
            "no-rule",
            "GET https://other.example.com/v1 is not allowed: no rule matches.",
            "GET https://other.example.com/v1",
        ),
        (
            get("https://api.example.com/v1/users"),
            "method",
            "GET https://api.example.com/v1/users is not allowed: `POST https://api.example.com/v1/users` allows \
             POST only.",
            "GET https://api.example.com/v1/users",
        ),
        (
            post("https://api.example.com/v2/", Vec::new()),
            "path",
            "POST https://api.example.com/v2/ is not allowed: `POST https://api.example.com/v1/users` allows \
             /v1/users and what is below only.",
            "POST https://api.example.com/v2",
        ),
        (
            post("https://api.example.com:8443/v1/users", Vec::new()),
            "port",
            "POST https://api.example.com:8443/v1/users is not allowed: `POST \
             https://api.example.com/v1/users` allows port 443 only.",
            "POST https://api.example.com:8443/v1/users",
        ),
        (
            post("http://api.example.com/v1/users", Vec::new()),
            "scheme",
            "POST http://api.example.com/v1/users is not allowed: `POST https://api.example.com/v1/users` \
             allows https only.",
            "POST http://api.example.com/v1/users",
        ),
    ] {
        let house = trial().build();
        assert_eq!(house.send(request).await.unwrap().status, 200);
        assert_eq!(house.calls(), (1, 1));
        let event = house.event();
        assert_eq!(event.verdict, Verdict::Answered);
        assert_eq!(event.rule, None);
        let denial = Denial {
            reason: reason.parse().unwrap(),
            message: message.to_owned(),
            remedy: Some(remedy.to_owned()),
        };
        assert_eq!(event.observed, Some(denial));
    }
}

#[tokio::test]
async fn what_a_rule_allows_is_not_observed() {
    let house = trial().build();
    let request = post("https://api.example.com/v1/users", Vec::new());
    assert!(house.send(request).await.is_ok());
    let event = house.event();
    assert_eq!(event.observed, None);
    assert_eq!(
        event.rule.as_deref(),
        Some("POST https://api.example.com/v1/users")
    );
}

#[tokio::test]
async fn how_an_observed_request_ends_is_recorded_too() {
    let house = trial()
        .answering(|_| ready(Err(TransportError::Timeout)))
        .build();
    let url = "https://other.example.com/";
    assert_eq!(house.send(get(url)).await, Err(SendError::Timeout));
    let event = house.event();
    assert_eq!(event.verdict, Verdict::Failed(ErrorCase::Timeout));
    assert_eq!(event.observed.unwrap().reason.as_str(), "no-rule");
}

#[tokio::test]
async fn a_forbidden_address_never_passes() {
    for addresses in [
        &["127.0.0.1"][..],
        &["93.184.216.34", "10.0.0.7"],
        &["169.254.169.254"],
        &["::ffff:93.184.216.34"],
        &["fd00:ec2::254"],
    ] {
        let house = trial().resolving(addresses).build();
        let refused = house.send(get("https://other.example.com/")).await;
        assert_eq!(refused, Err(SendError::Denied(Reason::ForbiddenAddress)));
        assert_eq!(house.calls(), (1, 0), "{addresses:?}");
        let event = house.event();
        assert_eq!(reason(&event), "forbidden-address");
        assert_eq!(event.observed, None, "it did not pass");
    }
}

#[tokio::test]
async fn an_address_in_the_url_never_passes_without_a_rule() {
    for (url, word) in [
        ("http://93.184.216.34/", "no-rule"),
        ("http://[2606:4700::1]/", "no-rule"),
        ("http://127.0.0.1/", "forbidden-address"),
        ("http://10.0.0.1/", "forbidden-address"),
        ("http://169.254.169.254/", "forbidden-address"),
    ] {
        let house = trial().build();
        assert_eq!(
            house.send(get(url)).await,
            Err(SendError::Denied(word.parse().unwrap())),
            "{url}"
        );
        assert_eq!(house.calls(), (0, 0), "{url}");
        assert_eq!(house.event().observed, None);
    }
}

#[tokio::test]
async fn a_malformed_request_never_passes() {
    let other = "https://other.example.com/";
    for (request, word) in [
        (get("https://user@other.example.com/"), "url"),
        (get("http://127.1/"), "url"),
        (get("https://other.example.com/#"), "url"),
        (
            Request {
                method: "TRACE".into(),
                ..get(other)
            },
            "method",
        ),
        (
            Request {
                method: "get".into(),
                ..get(other)
            },
            "method",
        ),
        (post(other, vec![text("host", "evil.example")]), "header"),
        (
            post(other, vec![text("x-a", "1\r\nhost: evil.example")]),
            "header",
        ),
        (get("https://api.example.com/v1/users/../admin"), "path"),
        (get("https://other.example.com/a/%2e%2e/b"), "no-rule"),
        (get("https://other.example.com//a"), "no-rule"),
        (get("http://localhost/"), "no-rule"),
        (get("http://metadata.google.internal/"), "no-rule"),
    ] {
        let house = trial().build();
        let shown = request.url.clone();
        assert!(house.send(request).await.is_err(), "{shown}");
        assert_eq!(house.calls(), (0, 0), "{shown}");
        let event = house.event();
        assert_eq!(reason(&event), word, "{shown}");
        assert_eq!(event.observed, None, "{shown}");
    }
}

#[tokio::test]
async fn a_secret_never_goes_anywhere_new() {
    let named = || vec![secret("authorization", "key", "Bearer ")];
    let both = [
        "https://api.example.com",
        "https://other.example.com",
        "https://api.example.com:8443",
    ];
    let house = |to: &[&str]| trial().secret("key", SECRET, to).build();

    // Bound to it, but no rule reaches it: without the trial it never went there.
    for url in [
        "https://other.example.com/",
        "https://api.example.com:8443/v1/users",
    ] {
        let house = house(&both);
        assert!(house.send(post(url, named())).await.is_err());
        assert_eq!(house.calls(), (0, 0), "{url}");
        assert_eq!(house.event().observed, None);
    }
    let house_of_both = house(&both);
    let refused = house_of_both
        .send(post("https://other.example.com/", named()))
        .await;
    assert_eq!(refused, Err(SendError::Denied(Reason::NoRule)));
    let Verdict::Denied(denial) = house_of_both.event().verdict else {
        panic!()
    };
    assert_eq!(
        denial.to_string(),
        "POST https://other.example.com/ is not allowed: no rule matches. The policy observes, but it names a \
         secret, which goes to no origin without a rule. To allow it, add: POST https://other.example.com"
    );

    // A rule reaches it, but the secret is not bound to it.
    let bound_elsewhere = house(&["https://other.example.com"]);
    let refused = bound_elsewhere
        .send(post("https://api.example.com/v2", named()))
        .await;
    assert_eq!(refused, Err(SendError::Denied(Reason::Secret)));
    assert_eq!(bound_elsewhere.calls(), (0, 0));

    // To an origin that it goes to anyway, it goes with an observed request too.
    let bound = house(&both);
    assert!(
        bound
            .send(post("https://api.example.com/v2", named()))
            .await
            .is_ok()
    );
    assert_eq!(bound.event().observed.unwrap().reason.as_str(), "path");

    // Without a secret, the request passes.
    let bound = house(&both);
    let plain = vec![text("x-plain", "none")];
    assert!(
        bound
            .send(post("https://other.example.com/", plain))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn an_observed_request_is_counted_like_any_other() {
    let house = trial().limit("requests", "1").build();
    assert!(house.send(get("https://a.example.com/")).await.is_ok());
    let error = SendError::Exhausted("all 1 requests are used up (`requests`)".into());
    assert_eq!(house.send(get("https://b.example.com/")).await, Err(error));
    assert_eq!(house.calls(), (1, 1));
}
