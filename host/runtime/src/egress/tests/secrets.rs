//! Secrets: where they may go, and that they never come back.

use super::*;
use crate::egress::GrantError;

const ORIGIN: &str = "https://api.example.com";
const RULES: &[&str] = &[
    "https://api.example.com",
    "https://other.example.com",
    "http://api.example.com",
];

fn with(headers: Vec<(String, HeaderValue)>) -> Request {
    Request {
        headers,
        ..get("https://api.example.com/v1")
    }
}

#[tokio::test]
async fn a_secret_goes_into_the_header_that_names_it() {
    let house = house(RULES).secret("key", SECRET, &[ORIGIN]).build();
    let answer = house
        .send(with(vec![
            text("x-a", "1"),
            secret("Authorization", "key", "Bearer "),
        ]))
        .await;
    assert!(answer.is_ok());
    let sent = house.fake.sent.lock().unwrap();
    assert_eq!(sent[0].headers[1].name, "Authorization");
    assert_eq!(sent[0].headers[1].value, format!("Bearer {SECRET}"));
    assert!(sent[0].headers[1].secret);
    assert!(!sent[0].headers[0].secret);
    assert_eq!(sent[0].headers[1].shown(), "Bearer {key}");
    let echo = format!("<{SECRET}>");
    assert_eq!(sent[0].blank.text(echo.as_bytes()), "<***>");
    assert!(
        !format!("{:?}", sent[0]).contains("sentinel"),
        "Debug shows a secret"
    );
    assert!(!format!("{:?}", house.events()).contains("sentinel"));
}

#[tokio::test]
async fn a_secret_goes_nowhere_else() {
    for (url, name) in [
        ("https://other.example.com/v1", "key"),
        ("http://api.example.com/v1", "key"),
        ("https://api.example.com/v1", "other"),
        ("https://api.example.com/v1", "KEY"),
        ("https://api.example.com/v1", ""),
    ] {
        let house = house(RULES).secret("key", SECRET, &[ORIGIN]).build();
        let request = Request {
            headers: vec![secret("x-key", name, "")],
            ..get(url)
        };
        assert_eq!(
            house.send(request).await,
            Err(SendError::Denied("secret")),
            "{url} {name}"
        );
        assert_eq!(house.calls(), (0, 0));
        assert_eq!(reason(&house.event()), "secret");
    }
}

#[tokio::test]
async fn no_text_stands_for_a_secret() {
    let house = house(RULES).secret("key", SECRET, &[ORIGIN]).build();
    assert!(
        house
            .send(with(vec![text("x-a", "{key} $key secret:key ***")]))
            .await
            .is_ok()
    );
    assert_eq!(
        house.fake.sent.lock().unwrap()[0].headers[0].value,
        "{key} $key secret:key ***"
    );
}

#[tokio::test]
async fn a_header_with_a_secret_stands_alone() {
    let key = || secret("authorization", "key", "");
    for headers in [
        vec![text("Authorization", "mine"), key()],
        vec![key(), text("AUTHORIZATION", "mine")],
        vec![key(), key()],
    ] {
        let house = house(RULES).secret("key", SECRET, &[ORIGIN]).build();
        let error = "the header `authorization` carries a secret and stands there twice";
        assert_eq!(
            house.send(with(headers)).await,
            Err(SendError::Invalid(error.into()))
        );
        assert_eq!(house.calls(), (0, 0));
    }
    let house = house(RULES).secret("key", SECRET, &[ORIGIN]).build();
    assert!(
        house
            .send(with(vec![key(), secret("x-key", "key", "")]))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_prefix_and_a_name_are_checked_like_any_header() {
    for header in [
        secret("x-key", "key", "a\r\nx: "),
        secret("host", "key", ""),
        secret("x key", "key", ""),
    ] {
        let house = house(RULES).secret("key", SECRET, &[ORIGIN]).build();
        assert!(matches!(
            house.send(with(vec![header])).await,
            Err(SendError::Invalid(_))
        ));
        assert_eq!(house.calls(), (0, 0));
    }
}

#[tokio::test]
async fn an_echo_is_blanked_out_wherever_it_comes() {
    let house = house(RULES)
        .secret("key", SECRET, &[ORIGIN])
        .answering(|request| {
            let value = request.headers[0].value.clone();
            ready(Ok(Incoming {
                status: 401,
                headers: vec![
                    ("X-Echo".into(), value.clone()),
                    ("content-length".into(), "99".into()),
                ],
                body: format!("{{\"error\":\"bad key {value}\"}}").into_bytes(),
            }))
        })
        .build();
    let response = house
        .send(with(vec![secret("x-key", "key", "Key ")]))
        .await
        .unwrap();
    assert_eq!(response.status, 401);
    assert_eq!(response.headers[0], ("x-echo".into(), "Key ***".into()));
    assert_eq!(response.body, br#"{"error":"bad key Key ***"}"#);
    assert_eq!(response.headers[1].1, response.body.len().to_string());
}

#[tokio::test]
async fn every_secret_of_the_revision_is_blanked_out_not_only_the_one_in_use() {
    let house = house(RULES)
        .secret("key", SECRET, &[ORIGIN])
        .secret("other", "another-sentinel", &["https://other.example.com"])
        .answering(|_| ready(Ok(ok(&format!("{SECRET} another-sentinel")))))
        .build();
    let response = house.send(with(Vec::new())).await.unwrap();
    assert_eq!(response.body, b"*** ***");
    assert_eq!(house.gate.scrub("log: another-sentinel!"), "log: ***!");
}

#[tokio::test]
async fn an_error_of_the_transport_is_blanked_out_too() {
    for error in [
        TransportError::Unreachable as fn(String) -> TransportError,
        TransportError::Interrupted,
        TransportError::Invalid,
    ] {
        let house = house(RULES)
            .secret("key", SECRET, &[ORIGIN])
            .answering(move |_| ready(Err(error(format!("failed with {SECRET}")))))
            .build();
        let said = house.send(with(Vec::new())).await.unwrap_err().to_string();
        assert!(said.ends_with("failed with ***"), "{said}");
    }
}

#[test]
fn a_grant_that_could_not_be_kept_is_refused_at_load() {
    let grant = |name: &str, value: &str, to: &[&str]| SecretGrant {
        name: name.into(),
        to: to
            .iter()
            .map(|origin| Origin::parse(origin).unwrap())
            .collect(),
        attached: None,
        value: Secret::new(value).unwrap(),
    };
    let load = |secrets| {
        let fake = Fake {
            resolve: Box::new(|_| Ok(Vec::new())),
            send: Box::new(|_| ready(Ok(ok("")))),
            resolved: Mutex::default(),
            sent: Mutex::default(),
        };
        let limits = Limits::default();
        Gate::new(
            "n".into(),
            Arc::default(),
            Policy::default(),
            secrets,
            &limits,
            Arc::new(fake),
            Arc::new(Recorder::default()),
        )
        .map(drop)
    };
    assert_eq!(load(vec![grant("a", "12345678", &[ORIGIN])]), Ok(()));
    assert_eq!(
        load(vec![grant("a", "1234567", &[ORIGIN])]),
        Err(GrantError::Length { name: "a".into() })
    );
    assert_eq!(
        load(vec![grant("a", &"x".repeat(8193), &[ORIGIN])]),
        Err(GrantError::Length { name: "a".into() })
    );
    assert_eq!(
        load(vec![grant("a", SECRET, &[])]),
        Err(GrantError::Unbound { name: "a".into() })
    );
    let twice = vec![grant("a", SECRET, &[ORIGIN]), grant("a", SECRET, &[ORIGIN])];
    assert_eq!(load(twice), Err(GrantError::Twice { name: "a".into() }));
}
