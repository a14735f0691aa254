//! Signatures, keys and statements as they are written and checked.

use std::time::{Duration, SystemTime};

use super::*;

const DIGEST: &str = "sha256:00";
const GRANTS: &str = "sha256:aa";

fn key(byte: u8) -> SigningKey {
    SigningKey::from_bytes(&[byte; 32])
}

fn said() -> Statement {
    Statement::new(DIGEST, GRANTS)
}

/// Noon of this day in the year 2027.
fn noon(day: &str) -> SystemTime {
    let time: jiff::Timestamp = format!("2027-{day}T12:00:00Z").parse().unwrap();
    time.into()
}

fn moment(text: &str) -> Expiry {
    text.parse().unwrap()
}

#[test]
fn the_signed_bytes_are_fixed() {
    let text = |statement: Statement| String::from_utf8(statement.bytes()).unwrap();
    let short = "hospes signature 2\ncomponent sha256:00\ngrants sha256:aa\n";
    assert_eq!(text(said()), short);
    let full = said().version("1.4.0").unwrap();
    let full = full.expires(moment("2027-02-01"));
    let lines = "version 1.4.0\nexpires 2027-02-01T00:00:00Z\n";
    assert_eq!(text(full), format!("{short}{lines}"));
}

#[test]
fn a_signature_holds_for_what_was_signed_and_nothing_else() {
    let now = noon("01-01");
    let signature: Signature = key(7).sign(said()).to_string().parse().unwrap();
    let keys: Vec<TrustedKey> = [key(8), key(7)]
        .map(|key| key.verifying_key().into())
        .into();
    let verify = |digest, grants| signature.verify(&keys, digest, grants, now);
    assert_eq!(verify(DIGEST, GRANTS), Ok(()));
    let wrong = signature.verify(&keys[..1], DIGEST, GRANTS, now);
    assert_eq!(wrong, Err(SignatureError::Wrong));
    assert!(matches!(
        verify(DIGEST, "sha256:bb"),
        Err(SignatureError::OtherGrants { .. })
    ));
    assert!(matches!(
        verify("sha256:01", GRANTS),
        Err(SignatureError::AnotherComponent { .. })
    ));
    // Nobody makes it say something else.
    let others = [
        Statement::new(DIGEST, "sha256:bb"),
        said().version("9.0.0").unwrap(),
        said().expires(moment("2099-01-01")),
    ];
    for other in others {
        let forged = Signature::new(other, signature.bytes);
        let verified = forged.verify(&keys, DIGEST, GRANTS, now);
        assert_eq!(verified, Err(SignatureError::Wrong), "{forged}");
    }
}

/// A version that was signed, the key's least one, and whether it counts.
#[test]
fn a_key_counts_from_its_least_version_on() {
    let rows = [
        (None, None, true),
        (Some("0.1.0"), None, true),
        (Some("1.4.0"), Some("1.4.0"), true),
        (Some("1.10.0"), Some("1.9.0"), true),
        (Some("2.0.0"), Some("1.4.0"), true),
        (Some("1.3.9"), Some("1.4.0"), false),
        (Some("1.4.0-rc.1"), Some("1.4.0"), false),
        (None, Some("0.0.0"), false),
    ];
    for (version, least, counts) in rows {
        let statement = match version {
            Some(version) => said().version(version).unwrap(),
            None => said(),
        };
        let mut trusted = TrustedKey::new(key(7).verifying_key());
        if let Some(least) = least {
            trusted = trusted.min_version(least).unwrap();
        }
        let signature = key(7).sign(statement);
        let verified = signature.verify(&[trusted], DIGEST, GRANTS, noon("01-01"));
        match counts {
            true => assert_eq!(verified, Ok(()), "{version:?}, {least:?}"),
            false => assert_eq!(
                verified,
                Err(SignatureError::OldVersion {
                    signed: version.map(str::to_owned),
                    least: least.unwrap().to_owned(),
                })
            ),
        }
    }
}

#[test]
fn signatures_and_keys_count_until_they_expire() {
    let trusted = TrustedKey::new(key(7).verifying_key());
    let at = moment("2027-02-01");
    let verify = |statement: &Statement, key_: &TrustedKey, day| {
        let signature = key(7).sign(statement.clone());
        signature.verify(std::slice::from_ref(key_), DIGEST, GRANTS, noon(day))
    };
    let short = said().expires(at);
    assert_eq!(verify(&short, &trusted, "01-31"), Ok(()));
    let expired = Err(SignatureError::Expired { at });
    assert_eq!(verify(&short, &trusted, "02-01"), expired);
    let trusted = trusted.expires(at);
    assert_eq!(verify(&said(), &trusted, "01-31"), Ok(()));
    let expired = Err(SignatureError::KeyExpired { at });
    assert_eq!(verify(&said(), &trusted, "02-01"), expired);
    // The clock of the machine is what counts, and it never runs backwards here.
    let past = SystemTime::UNIX_EPOCH - Duration::from_secs(1);
    assert!(!at.is_over(past));
}

#[test]
fn what_is_not_a_signature_or_a_key_is_refused() {
    let text = key(7).sign(said()).to_string();
    for (text, error) in [
        (String::new(), SignatureError::Malformed),
        ("component=sha256:00".to_owned(), SignatureError::Malformed),
        (text[1..].to_owned(), SignatureError::Malformed),
        (text[..text.len() - 1].to_owned(), SignatureError::Malformed),
        (
            text.replace("ed25519=", "ed25519=g"),
            SignatureError::Malformed,
        ),
        (format!("{text} more"), SignatureError::Malformed),
        (
            text.replace("ed25519", "extra=1 ed25519"),
            SignatureError::Malformed,
        ),
        (
            text.replace("ed25519", "version=1 ed25519"),
            SignatureError::Version,
        ),
        (
            text.replace("ed25519", "expires=soon ed25519"),
            SignatureError::Expiry,
        ),
        (text.replace("grants=", "policy="), SignatureError::Outdated),
    ] {
        assert_eq!(text.parse::<Signature>(), Err(error), "{text}");
    }
    let zeros = format!("ed25519:{}", "0".repeat(64));
    for text in ["", "ed25519:", "00", &zeros] {
        assert_eq!(text.parse::<VerifyingKey>(), Err(SignatureError::Key));
        assert_eq!(text.parse::<TrustedKey>(), Err(SignatureError::Key));
    }
}

#[test]
fn keys_and_signatures_are_read_as_they_are_written() {
    let key = key(7);
    let verifying = key.verifying_key();
    assert_eq!(verifying.to_string().parse(), Ok(verifying.clone()));
    let trusted = TrustedKey::new(verifying);
    let bounded = trusted.clone().min_version("1.4.0-rc.1").unwrap();
    let bounded = bounded.expires(moment("2027-02-01"));
    for key in [trusted, bounded] {
        assert_eq!(key.to_string().parse(), Ok(key));
    }
    let full = said().version("1.4.0+build").unwrap();
    for statement in [said(), full.clone(), full.expires(moment("2027-02-01"))] {
        let signature = key.sign(statement);
        assert_eq!(signature.to_string().parse(), Ok(signature));
    }
}

#[test]
fn a_private_key_is_read_as_openssl_writes_it() {
    // RFC 8410, section 10.3.
    let pem = "-----BEGIN PRIVATE KEY-----\n\
               MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
               -----END PRIVATE KEY-----\n";
    let key = SigningKey::from_pem(pem).unwrap();
    assert_eq!(
        key.verifying_key().to_string(),
        "ed25519:19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1"
    );
    let again = SigningKey::from_pem(&key.to_pem().unwrap()).unwrap();
    assert_eq!(again.verifying_key(), key.verifying_key());
    for text in [
        "",
        "ed25519:00",
        &pem.replace("PRIVATE", "PUBLIC"),
        &pem[..40],
    ] {
        let error = SigningKey::from_pem(text).unwrap_err();
        assert_eq!(error, SignatureError::PrivateKey, "{text}");
    }
}

#[test]
fn debug_does_not_show_a_private_key() {
    assert_eq!(format!("{:?}", key(7)), "SigningKey(***)");
}
