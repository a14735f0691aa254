//! Signatures over a component and what it is granted.

use std::time::Duration;

use hospes::egress::Secret;
use hospes::policy::Origin;
use hospes::signature::{Expiry, Signature, SignatureError, SigningKey, Statement, TrustedKey};
use hospes::swap::Approval;
use hospes::{Json, Limits, LoadError, NodeConfig, Policy, SecretGrant};
use hospes_artifacts as guests;

use super::House;

#[test]
fn only_what_somebody_trusted_has_signed_serves() {
    let house = House::new();
    let runtime = &house.runtime;
    let hello = || NodeConfig::from_file(guests::HELLO);
    let digest = &runtime
        .load("node", hello())
        .unwrap()
        .revision()
        .unwrap()
        .digest;
    let (key, stranger) = (
        SigningKey::from_bytes(&[1; 32]),
        SigningKey::from_bytes(&[2; 32]),
    );
    let policy = Policy::parse(["https://a.example"]).unwrap();
    let config = |signature: Option<Signature>| {
        let config = hello()
            .policy(policy.clone())
            .require_signature([key.verifying_key()]);
        match signature {
            Some(signature) => config.signature(signature),
            None => config,
        }
    };
    let none = hello().grants_hash();
    let ours = hello().policy(policy.clone()).grants_hash();
    let said = |digest: &str, grants: &str| Statement::new(digest, grants);
    let cases = [
        (
            None,
            "a signature is required, and there is none".to_owned(),
        ),
        (
            Some(stranger.sign(said(digest, &ours))),
            "none of the keys has made the signature".to_owned(),
        ),
        (
            Some(key.sign(said("sha256:00", &ours))),
            format!("the signature is for the component sha256:00, and this one is {digest}"),
        ),
        (
            Some(key.sign(said(digest, &none))),
            format!("the signature is for the grants {none}, and these are {ours}"),
        ),
    ];
    for (signature, message) in cases {
        let error = runtime.swap("node", config(signature), Approval::Wider);
        assert_eq!(error.unwrap_err().to_string(), message);
        assert_eq!(house.latest(), 1);
    }
    let keyless = hello().signature(key.sign(said(digest, &none)));
    let error = runtime.swap("node", keyless, Approval::Wider);
    assert_eq!(
        error.unwrap_err().to_string(),
        "there is a signature, and no key to check it with"
    );
    let other = key.sign(said("sha256:00", &ours));
    let signed = config(Some(key.sign(said(digest, &ours)))).signature(other);
    runtime.swap("node", signed, Approval::Wider).unwrap();
}

/// Each of these is refused under a signature for a plain `hello` in `prod`.
#[test]
fn a_signature_covers_everything_that_is_granted() {
    let house = House::new();
    let runtime = &house.runtime;
    let key = SigningKey::from_bytes(&[1; 32]);
    let digest = {
        let plain = NodeConfig::from_file(guests::HELLO);
        let plain = runtime.load("plain", plain).unwrap();
        plain.revision().unwrap().digest.clone()
    };
    let origin = "https://a.example";
    let policy = Policy::parse([origin]).unwrap();
    let to = |origin: &str| vec![Origin::parse(origin).unwrap()];
    let params = |text: &str| Json::parse(text).unwrap();
    let secret = || Secret::new("a value of the key's").unwrap();
    let key_of = |name: &str| {
        SecretGrant::new("key", secret())
            .to(to(origin))
            .header(name, "Bearer ")
    };
    let limits = |deadline: u64| {
        let mut limits = Limits::default();
        limits.deadline = Duration::from_secs(deadline);
        limits
    };
    let node = || NodeConfig::from_file(guests::HELLO).policy(policy.clone());
    let config = |env: &str, url: &str, name: &str, deadline: u64| {
        let url = format!(r#"{{"url": "{url}"}}"#);
        node()
            .env(env, params(&url))
            .secret(key_of(name))
            .limits(limits(deadline))
    };
    let signed = config("prod", "/v1", "authorization", 2);
    let signature = key.sign(Statement::new(&*digest, signed.grants_hash()));
    let load = |config: NodeConfig| {
        let config = config.require_signature([key.verifying_key()]);
        runtime.swap("node", config.signature(signature.clone()), Approval::Wider)
    };
    let url = r#"{"url": "/v1"}"#;
    let others = [
        ("env", config("sandbox", "/v1", "authorization", 2)),
        ("params", config("prod", "/v2", "authorization", 2)),
        ("header", config("prod", "/v1", "x-key", 2)),
        ("limits", config("prod", "/v1", "authorization", 3)),
        (
            "attached or named",
            node()
                .env("prod", params(url))
                .secret(SecretGrant::new("key", secret()).to(to(origin)))
                .limits(limits(2)),
        ),
        (
            "observing",
            config("prod", "/v1", "authorization", 2).policy(policy.clone().observing()),
        ),
        (
            "withholding",
            node()
                .env("prod", params(url))
                .secret(key_of("authorization").withhold_echoes())
                .limits(limits(2)),
        ),
    ];
    for (what, other) in others {
        let refused = load(other).unwrap_err().to_string();
        assert!(
            refused.starts_with("the signature is for the grants sha256:"),
            "{what}: {refused}"
        );
    }
    load(signed).unwrap();
}

#[test]
fn what_has_expired_or_is_too_old_is_not_loaded_and_what_serves_goes_on() {
    let house = House::new();
    let runtime = &house.runtime;
    let key = SigningKey::from_bytes(&[1; 32]);
    let hello = || NodeConfig::from_file(guests::HELLO);
    let digest = &runtime
        .load("node", hello())
        .unwrap()
        .revision()
        .unwrap()
        .digest;
    let said = || {
        Statement::new(&**digest, hello().grants_hash())
            .version("1.4.0")
            .unwrap()
    };
    let (past, future): (Expiry, Expiry) =
        ("2001-01-01".parse().unwrap(), "2901-01-01".parse().unwrap());
    let trusted = || TrustedKey::new(key.verifying_key());
    let load = |statement: Statement, trusted: TrustedKey| {
        let config = hello().require_signature([trusted]);
        runtime.load("node", config.signature(key.sign(statement)))
    };
    let refused = [
        (said().expires(past), trusted()),
        (said(), trusted().expires(past)),
        (said(), trusted().min_version("1.4.1").unwrap()),
    ];
    for (statement, trusted) in refused {
        let error = load(statement, trusted).unwrap_err();
        let LoadError::Signature(error) = error else {
            panic!("{error}")
        };
        assert!(matches!(
            error,
            SignatureError::Expired { .. }
                | SignatureError::KeyExpired { .. }
                | SignatureError::OldVersion { .. }
        ));
        assert_eq!(house.latest(), 1);
    }
    let bounded = trusted().min_version("1.4.0").unwrap().expires(future);
    load(said().expires(future), bounded).unwrap();
}
