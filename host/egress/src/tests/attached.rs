//! Secrets that the host attaches, and bodies that are still being written.

use super::*;
use crate::GrantError;

const ORIGIN: &str = "https://api.example.com";
const RULES: &[&str] = &["https://api.example.com", "https://other.example.com"];

fn with(headers: Vec<(String, HeaderValue)>) -> Request {
    Request {
        headers,
        ..get("https://api.example.com/v1")
    }
}

/// The headers of the last request: name, value, and whether it is a secret.
fn sent(house: &House) -> Vec<(String, String, bool)> {
    let sent = house.fake.sent.lock().unwrap();
    sent.last().unwrap().headers()
}

#[tokio::test]
async fn an_attached_secret_goes_to_its_origins_and_nowhere_else() {
    let house = house(RULES)
        .attach(SECRET, &[ORIGIN], "authorization")
        .build();
    assert!(house.send(with(vec![text("x-a", "1")])).await.is_ok());
    assert_eq!(
        sent(&house),
        [
            ("x-a".into(), "1".into(), false),
            ("authorization".into(), format!("Bearer {SECRET}"), true),
        ]
    );
    assert!(house.send(get("https://other.example.com/")).await.is_ok());
    assert_eq!(sent(&house), []);
    assert!(!format!("{:?}", house.events()).contains("sentinel"));
}

#[tokio::test]
async fn the_header_of_an_attached_secret_is_the_hosts_at_its_origins_only() {
    let house = house(RULES).attach(SECRET, &[ORIGIN], "X-Api-Key").build();
    for name in ["x-api-key", "X-API-Key", "x_api_key"] {
        let error = format!(
            "the header `{}` of requests to https://api.example.com is the host's to set",
            name.to_ascii_lowercase()
        );
        let refused = house.send(with(vec![text(name, "mine")])).await;
        assert_eq!(refused, Err(SendError::Invalid(error)), "{name}");
    }
    assert_eq!(house.calls(), (0, 0));
    assert!(house.events().iter().all(|event| reason(event) == "header"));
    let elsewhere = Request {
        headers: vec![text("x-api-key", "mine")],
        ..get("https://other.example.com/")
    };
    assert!(house.send(elsewhere).await.is_ok());
}

#[tokio::test]
async fn an_attached_secret_can_be_named_in_its_header_only() {
    let house = house(RULES).attach(SECRET, &[ORIGIN], "x-api-key").build();
    let request = with(vec![secret("x-other", "x-api-key", "")]);
    assert_eq!(
        house.send(request).await,
        Err(SendError::Denied(Reason::Secret))
    );
    let Verdict::Denied(denial) = house.event().verdict else {
        panic!()
    };
    assert_eq!(
        denial.message,
        "The secret `x-api-key` is bound to the header `x-api-key` with the prefix `Bearer `."
    );
    let request = with(vec![secret("X-Api-Key", "x-api-key", "Bearer ")]);
    assert!(house.send(request).await.is_ok());
    let expected = ("x-api-key".into(), format!("Bearer {SECRET}"), true);
    assert_eq!(sent(&house), [expected]);
}

#[tokio::test]
async fn an_echo_of_an_attached_secret_is_blanked_out() {
    let house = house(RULES)
        .attach(SECRET, &[ORIGIN], "authorization")
        .answering(|request| ready(Ok(ok(&request.headers()[0].1))))
        .build();
    let answer = house.send(with(Vec::new())).await.unwrap();
    assert_eq!(answer.body, b"Bearer ***");
}

#[tokio::test]
async fn a_policy_on_trial_attaches_no_secret_where_no_rule_reaches() {
    let house = house(&["https://other.example.com"])
        .attach(SECRET, &[ORIGIN], "authorization")
        .observing(true)
        .build();
    let refused = house.send(with(Vec::new())).await;
    assert_eq!(refused, Err(SendError::Denied(Reason::NoRule)));
    assert_eq!(house.calls(), (0, 0));
    let Verdict::Denied(denial) = house.event().verdict else {
        panic!()
    };
    assert_eq!(
        denial.message,
        "GET https://api.example.com/v1 is not allowed: no rule matches. The policy observes, but it carries a \
         secret, which goes to no origin without a rule."
    );
}

/// A secret's name, its origins and its header.
type Attached = (&'static str, &'static [&'static str], &'static str);

#[test]
fn no_header_of_a_request_carries_two_secrets() {
    let refused = |grants: &[Attached]| {
        let build = grants.iter().fold(house(&[]), |build, (name, to, header)| {
            let mut build = build.attach(SECRET, to, header);
            build.secrets.last_mut().unwrap().name = (*name).to_owned();
            build
        });
        let error = super::super::secrets::Secrets::new(build.secrets).err();
        error.as_ref().map(GrantError::to_string)
    };
    const OTHER: &str = "https://other.example.com";
    let cases: &[(&[Attached], Option<&str>)] = &[
        (&[("a", &[ORIGIN], "x-a"), ("b", &[ORIGIN], "x-b")], None),
        (&[("a", &[ORIGIN], "x-a"), ("b", &[OTHER], "x-a")], None),
        (
            &[("a", &[ORIGIN], "X-Key"), ("b", &[OTHER, ORIGIN], "x_key")],
            Some(
                "secret `b`: the header `x_key` of requests to https://api.example.com carries the secret `a` already",
            ),
        ),
    ];
    for (grants, error) in cases {
        assert_eq!(refused(grants).as_deref(), *error);
    }
}

fn coming(
    body: impl Future<Output = Result<Option<Vec<u8>>, BodyError>> + std::marker::Send + 'static,
) -> Request {
    Request {
        method: "POST".into(),
        body: RequestBody::Coming(Box::pin(body)),
        ..get("https://api.example.com/v1")
    }
}

#[tokio::test]
async fn a_body_is_waited_for_once_the_request_may_be_sent() {
    let house = house(RULES).limit("http-bytes", "8").build();
    let body = async { Ok(Some(b"four".to_vec())) };
    assert!(house.send(coming(body)).await.is_err(), "five come back");
    assert_eq!(house.fake.sent.lock().unwrap()[0].body, b"four");
    assert_eq!(house.event().bytes_out, 4);
    // What is denied is not waited for.
    let denied = Request {
        url: "https://evil.example.com/".into(),
        ..coming(std::future::pending())
    };
    assert_eq!(
        house.send(denied).await,
        Err(SendError::Denied(Reason::NoRule))
    );
}

#[tokio::test]
async fn a_body_that_fails_or_never_ends_sends_nothing() {
    let house = house(RULES)
        .limit("request-body", "3")
        .limit("request-timeout", "50ms")
        .build();
    let cases: Vec<(Request, BodyError)> = vec![
        (coming(std::future::pending()), BodyError::Late),
        (
            coming(async { Err(BodyError::Trailers) }),
            BodyError::Trailers,
        ),
        (
            coming(async { Ok(Some(vec![0; 4])) }),
            BodyError::TooLong(3),
        ),
    ];
    for (request, error) in cases {
        assert_eq!(house.send(request).await, Err(SendError::Body(error)));
        let event = house.events().pop().unwrap();
        assert_eq!(event.verdict, Verdict::Failed(ErrorCase::Invalid));
    }
    assert_eq!(house.calls(), (0, 0));
}
