//! Signatures over a component and its policy.

use hospes::{Approval, NodeConfig, Policy, Signature, SigningKey};
use hospes_artifacts as guests;

use super::House;

#[test]
fn only_what_somebody_trusted_has_signed_serves() {
    let house = House::new();
    let runtime = &house.runtime;
    let hello = || NodeConfig::from_file(guests::HELLO);
    let digest = &runtime.load("node", hello()).unwrap().digest;
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
    let (none, ours) = (Policy::default().hash(), policy.hash());
    let cases = [
        (
            None,
            "a signature is required, and there is none".to_owned(),
        ),
        (
            Some(stranger.sign(digest, &policy)),
            "none of the keys has made the signature".to_owned(),
        ),
        (
            Some(key.sign("sha256:00", &policy)),
            format!("the signature is for the component sha256:00, and this one is {digest}"),
        ),
        (
            Some(key.sign(digest, &Policy::default())),
            format!("the signature is for the policy {none}, and this one is {ours}"),
        ),
    ];
    for (signature, message) in cases {
        let error = runtime.swap("node", config(signature), Approval::Wider);
        assert_eq!(error.unwrap_err().to_string(), message);
        assert_eq!(house.latest(), 1);
    }
    let keyless = hello().signature(key.sign(digest, &Policy::default()));
    let error = runtime.swap("node", keyless, Approval::Wider);
    assert_eq!(
        error.unwrap_err().to_string(),
        "there is a signature, and no key to check it with"
    );
    let other = key.sign("sha256:00", &policy);
    let signed = config(Some(key.sign(digest, &policy))).signature(other);
    runtime.swap("node", signed, Approval::Wider).unwrap();
}
