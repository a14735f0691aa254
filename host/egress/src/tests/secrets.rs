//! Secrets: where they may go, and that they never come back.

use super::*;
use crate::GrantError;

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
    let (name, value, is_sensitive) = &sent[0].headers()[1];
    assert_eq!((&**name, *is_sensitive), ("authorization", true));
    assert_eq!(*value, format!("Bearer {SECRET}"));
    assert!(!sent[0].headers()[0].2);
    let blank = &sent[0].dial.blank;
    let shown = sent[0]
        .headers
        .iter()
        .map(|(name, value)| blank.header(name, value));
    assert_eq!(shown.last().unwrap(), "Bearer {key}");
    let echo = format!("<{SECRET}>");
    assert_eq!(sent[0].dial.blank.text(echo.as_bytes()), "<***>");
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
            headers: vec![secret("authorization", name, "")],
            ..get(url)
        };
        assert_eq!(
            house.send(request).await,
            Err(SendError::Denied(Reason::Secret)),
            "{url} {name}"
        );
        assert_eq!(house.calls(), (0, 0));
        assert_eq!(reason(&house.event()), "secret");
    }
}

/// A secret in `x-request-id` or after a prefix that an upstream complains
/// about would come back as a matter of course.
#[tokio::test]
async fn a_secret_stands_in_the_header_and_after_the_prefix_that_it_is_bound_to() {
    let any = "`authorization`. For another, the operator has to name it";
    let scheme = "Before the secret `any` stands more than the name of a scheme.";
    let key = "The secret `key` is bound to the header `x-api-key` with the prefix `Key `.";
    for (header, name, prefix, refused) in [
        ("authorization", "any", "", None),
        ("Authorization", "any", "Bearer ", None),
        ("authorization", "any", "Klaviyo-API-Key ", None),
        ("x-request-id", "any", "", Some(any)),
        ("x-api-key", "any", "", Some(any)),
        ("cookie", "any", "session=", Some(any)),
        ("authorization", "any", "Bearer", Some(scheme)),
        ("authorization", "any", "Digest username=\"", Some(scheme)),
        ("authorization", "any", "Bearer mine ", Some(scheme)),
        ("authorization", "any", " ", Some(scheme)),
        ("X-Api-Key", "key", "Key ", None),
        ("x_api_key", "key", "Key ", Some(key)),
        ("x-api-key", "key", "", Some(key)),
        ("x-api-key", "key", "key ", Some(key)),
        ("authorization", "key", "Key ", Some(key)),
    ] {
        let mut build = house(RULES).secret("any", SECRET, &[ORIGIN]).secret(
            "key",
            "another-sentinel",
            &[ORIGIN],
        );
        // Attached at its origin, so that it is there either way.
        let place = AttachedHeader::new("X-Api-Key", "Key ").unwrap();
        build.secrets.last_mut().unwrap().attached = Some(place);
        let house = build.build();
        let sent = house.send(with(vec![secret(header, name, prefix)])).await;
        let case = format!("{header}: {prefix}{{{name}}}");
        let Some(refused) = refused else {
            assert!(sent.is_ok(), "{case}: {sent:?}");
            let sent = house.fake.sent.lock().unwrap();
            let mut keys = sent[0].headers();
            keys.retain(|(_, value, _)| value == "Key another-sentinel");
            assert_eq!(keys.len(), 1, "{case}");
            continue;
        };
        let wrong_name = header == "x-api-key" && name == "any";
        if wrong_name {
            // There it is another secret's header already.
            assert!(
                matches!(sent, Err(SendError::Invalid(_))),
                "{case}: {sent:?}"
            );
        } else {
            assert_eq!(sent, Err(SendError::Denied(Reason::Secret)), "{case}");
            let Verdict::Denied(denial) = house.event().verdict else {
                panic!()
            };
            assert!(
                denial.message.contains(refused),
                "{case}: {}",
                denial.message
            );
        }
        assert_eq!(house.calls(), (0, 0), "{case}");
    }
}

/// With credentials of its own, a node could have the operator's data written
/// into somebody else's account.
#[tokio::test]
async fn a_node_brings_no_credentials_of_its_own_where_a_secret_is_bound() {
    for name in [
        "authorization",
        "Cookie",
        "x-api-key",
        "X_Auth_Token",
        "private-token",
    ] {
        let house = house(RULES)
            .bound("key", SECRET, &[ORIGIN], "x-key")
            .build();
        let mine = || vec![text(name, "mine")];
        let error = format!(
            "the header `{}` holds a credential, and those of requests to https://api.example.com are the host's \
             to set",
            name.to_ascii_lowercase()
        );
        assert_eq!(
            house.send(with(mine())).await,
            Err(SendError::Invalid(error))
        );
        assert_eq!(house.calls(), (0, 0));
        assert_eq!(reason(&house.event()), "header");
        let elsewhere = Request {
            headers: mine(),
            ..get("https://other.example.com/")
        };
        assert!(house.send(elsewhere).await.is_ok(), "{name}");
        let honest = vec![text("idempotency-key", "1"), text("accept", "text/plain")];
        assert!(house.send(with(honest)).await.is_ok());
    }
}

#[tokio::test]
async fn a_compressed_answer_is_refused_wherever_a_secret_could_be_in_it() {
    let house = house(RULES)
        .secret("key", SECRET, &[ORIGIN])
        .answering(|_| {
            let headers = &[("content-encoding", "gzip")];
            ready(Ok(answer(200, headers, "whatever")))
        })
        .build();
    // This request carries no secret; the one before it may have.
    let refused = house.send(with(Vec::new())).await;
    assert!(matches!(refused, Err(SendError::Interrupted(why)) if why.contains("compressed")));
    assert!(house.send(get("https://other.example.com/")).await.is_ok());
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
        house.fake.sent.lock().unwrap()[0].headers()[0].1,
        "{key} $key secret:key ***"
    );
}

#[tokio::test]
async fn a_header_with_a_secret_stands_alone() {
    let key = || secret("authorization", "key", "");
    let twice = "the header `authorization` carries a secret and stands there twice";
    let mine = "the header `authorization` holds a credential, and those of requests to https://api.example.com are \
                the host's to set";
    for (headers, error) in [
        (vec![text("Authorization", "mine"), key()], mine),
        (vec![key(), text("AUTHORIZATION", "mine")], twice),
        (vec![key(), key()], twice),
    ] {
        let house = house(RULES).secret("key", SECRET, &[ORIGIN]).build();
        assert_eq!(
            house.send(with(headers)).await,
            Err(SendError::Invalid(error.into()))
        );
        assert_eq!(house.calls(), (0, 0));
    }
    let house = house(RULES).secret("key", SECRET, &[ORIGIN]).build();
    assert!(
        house
            .send(with(vec![key(), text("x-authorization-mode", "strict")]))
            .await
            .is_err()
    );
    assert!(
        house
            .send(with(vec![key(), text("x-mode", "strict")]))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_prefix_and_a_name_are_checked_like_any_header() {
    for header in [
        secret("x-key", "other", "a\r\nx: "),
        secret("host", "key", ""),
        secret("x key", "key", ""),
    ] {
        let house = house(RULES)
            .secret("key", SECRET, &[ORIGIN])
            .bound("other", SECRET, &[ORIGIN], "x-key")
            .build();
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
            let value = &*request.headers()[0].1;
            let headers = &[("X-Echo", value), ("content-length", "99")];
            let body = format!("{{\"error\":\"bad key {value}\"}}");
            ready(Ok(answer(401, headers, &body)))
        })
        .build();
    let response = house
        .send(with(vec![secret("authorization", "key", "Key ")]))
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
    let grant = |name: &str, value: &str, to: &[&str]| BoundSecret {
        name: name.into(),
        to: to
            .iter()
            .map(|origin| Origin::parse(origin).unwrap())
            .collect(),
        attached: None,
        withhold: false,
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
