//! Signatures over a component and the policy it may run with.

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::Signer;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use zeroize::Zeroizing;

use crate::policy::Policy;

/// What is signed: these bytes, and no others.
///
/// ```text
/// hospes signature 1
/// component sha256:<64 hexadecimal digits>
/// policy sha256:<64 hexadecimal digits>
/// ```
///
/// Each line ends with a line feed. `digest` is the component's, as it stands
/// in a revision; the policy's hash is [`Policy::hash`].
pub fn signed_bytes(digest: &str, policy: &Policy) -> Vec<u8> {
    statement(digest, &policy.hash())
}

fn statement(component: &str, policy: &str) -> Vec<u8> {
    format!("hospes signature 1\ncomponent {component}\npolicy {policy}\n").into_bytes()
}

/// Says that a component may run with a policy. It names both, so that a
/// signature for something else can be told from a forged one.
///
/// Its text is one line: `component=sha256:... policy=sha256:... ed25519=...`
/// with the signature in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    component: String,
    policy: String,
    bytes: [u8; 64],
}

impl Signature {
    /// A signature that was made elsewhere, over [`signed_bytes`].
    pub fn new(digest: &str, policy: &Policy, bytes: [u8; 64]) -> Signature {
        Signature {
            component: digest.to_owned(),
            policy: policy.hash(),
            bytes,
        }
    }

    /// Checks that one of the keys has signed this component with this policy.
    ///
    /// # Errors
    ///
    /// If none has, and what was signed instead if something was.
    pub fn verify(
        &self,
        keys: &[VerifyingKey],
        digest: &str,
        policy: &Policy,
    ) -> Result<(), SignatureError> {
        self.verify_hash(keys, digest, &policy.hash())
    }

    /// The same for the policy with this hash.
    pub(crate) fn verify_hash(
        &self,
        keys: &[VerifyingKey],
        digest: &str,
        policy: &str,
    ) -> Result<(), SignatureError> {
        let signed = statement(&self.component, &self.policy);
        let signature = ed25519_dalek::Signature::from_bytes(&self.bytes);
        let genuine = keys
            .iter()
            .any(|key| key.0.verify_strict(&signed, &signature).is_ok());
        if !genuine {
            Err(SignatureError::Wrong)
        } else if self.component != digest {
            Err(SignatureError::AnotherComponent {
                signed: self.component.clone(),
                found: digest.to_owned(),
            })
        } else if self.policy != policy {
            Err(SignatureError::AnotherPolicy {
                signed: self.policy.clone(),
                found: policy.to_owned(),
            })
        } else {
            Ok(())
        }
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Signature {
            component, policy, ..
        } = self;
        write!(f, "component={component} policy={policy} ed25519=")?;
        hex(f, &self.bytes)
    }
}

impl FromStr for Signature {
    type Err = SignatureError;

    fn from_str(text: &str) -> Result<Signature, SignatureError> {
        let mut words = text.split_ascii_whitespace();
        let mut value = |key: &str| {
            let word = words.next()?;
            word.strip_prefix(key)?.strip_prefix('=')
        };
        let read = || {
            let (component, policy) = (value("component")?, value("policy")?);
            let bytes = bytes(value("ed25519")?)?;
            Some(Signature {
                component: component.to_owned(),
                policy: policy.to_owned(),
                bytes,
            })
        };
        let signature = { read }();
        match (signature, words.next()) {
            (Some(signature), None) => Ok(signature),
            _ => Err(SignatureError::Malformed),
        }
    }
}

/// A public key, of somebody whose signature counts. Its text is `ed25519:`
/// and 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyingKey(ed25519_dalek::VerifyingKey);

impl VerifyingKey {
    /// A key from its bytes.
    ///
    /// # Errors
    ///
    /// Bytes that are no key, or one with which anything could be signed.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<VerifyingKey, SignatureError> {
        match ed25519_dalek::VerifyingKey::from_bytes(bytes) {
            Ok(key) if !key.is_weak() => Ok(VerifyingKey(key)),
            _ => Err(SignatureError::Key),
        }
    }
}

impl fmt::Display for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ed25519:")?;
        hex(f, self.0.as_bytes())
    }
}

impl FromStr for VerifyingKey {
    type Err = SignatureError;

    fn from_str(text: &str) -> Result<VerifyingKey, SignatureError> {
        let digits = text.trim().strip_prefix("ed25519:");
        let bytes = digits.and_then(bytes).ok_or(SignatureError::Key)?;
        VerifyingKey::from_bytes(&bytes)
    }
}

/// A private key. `Debug` does not show it.
#[derive(Clone)]
pub struct SigningKey(ed25519_dalek::SigningKey);

impl SigningKey {
    /// A key from its 32 secret bytes, which have to be random.
    pub fn from_bytes(bytes: &[u8; 32]) -> SigningKey {
        SigningKey(ed25519_dalek::SigningKey::from_bytes(bytes))
    }

    /// A key from the text that `openssl genpkey -algorithm ed25519` writes:
    /// PKCS #8 in PEM, not encrypted.
    ///
    /// # Errors
    ///
    /// [`SignatureError::PrivateKey`] if it is something else.
    pub fn from_pem(text: &str) -> Result<SigningKey, SignatureError> {
        let key = ed25519_dalek::SigningKey::from_pkcs8_pem(text);
        key.map(SigningKey).map_err(|_| SignatureError::PrivateKey)
    }

    /// The key as such a text. It is erased when it is dropped.
    ///
    /// # Errors
    ///
    /// None is known.
    pub fn to_pem(&self) -> Result<Zeroizing<String>, SignatureError> {
        let pem = self.0.to_pkcs8_pem(LineEnding::LF);
        pem.map_err(|_| SignatureError::PrivateKey)
    }

    /// The key that checks what this one signs.
    pub fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey(self.0.verifying_key())
    }

    /// Signs a component, known by its digest, with a policy.
    pub fn sign(&self, digest: &str, policy: &Policy) -> Signature {
        let bytes = self.0.sign(&signed_bytes(digest, policy)).to_bytes();
        Signature::new(digest, policy, bytes)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(***)")
    }
}

/// What is wrong with a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignatureError {
    /// One is required, and there is none.
    Missing,
    /// There is one, and no key to check it with.
    NoKey,
    /// It does not read as one.
    Malformed,
    /// A key does not read as one, or is worthless.
    Key,
    /// A private key does not read as one.
    PrivateKey,
    /// None of the keys has signed it.
    Wrong,
    /// It is genuine, and for another component.
    AnotherComponent {
        /// The digest that was signed.
        signed: String,
        /// The component's.
        found: String,
    },
    /// It is genuine, and for another policy.
    AnotherPolicy {
        /// The policy's hash that was signed.
        signed: String,
        /// That of the policy granted.
        found: String,
    },
}

impl fmt::Display for SignatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SignatureError::Missing => f.write_str("a signature is required, and there is none"),
            SignatureError::NoKey => {
                f.write_str("there is a signature, and no key to check it with")
            }
            SignatureError::Malformed => f.write_str(
                "this is no signature: one reads `component=sha256:... policy=sha256:... ed25519=...`",
            ),
            SignatureError::Key => {
                f.write_str("this is no key: one reads `ed25519:` and 64 hexadecimal digits")
            }
            SignatureError::PrivateKey => f.write_str(
                "this is no private key: one is what `openssl genpkey -algorithm ed25519` writes",
            ),
            SignatureError::Wrong => f.write_str("none of the keys has made the signature"),
            SignatureError::AnotherComponent { signed, found } => write!(
                f,
                "the signature is for the component {signed}, and this one is {found}"
            ),
            SignatureError::AnotherPolicy { signed, found } => write!(
                f,
                "the signature is for the policy {signed}, and this one is {found}"
            ),
        }
    }
}

impl std::error::Error for SignatureError {}

fn hex(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

fn bytes<const N: usize>(digits: &str) -> Option<[u8; N]> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    if pairs.len() != N || !rest.is_empty() {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = u8::try_from(digit(*high)? << 4 | digit(*low)?).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:00";

    fn policy(rules: &[&str]) -> Policy {
        Policy::parse(rules).unwrap()
    }

    #[test]
    fn the_signed_bytes_are_fixed() {
        let policy = policy(&["POST,GET https://B.example:443/v1", "https://a.example"]);
        assert_eq!(
            policy.canonical(),
            "GET,POST https://b.example/v1\nhttps://a.example\n"
        );
        assert_eq!(
            String::from_utf8(signed_bytes(DIGEST, &policy)).unwrap(),
            format!(
                "hospes signature 1\ncomponent sha256:00\npolicy {}\n",
                policy.hash()
            )
        );
        assert_eq!(
            Policy::default().hash(),
            "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }

    #[test]
    fn a_signature_holds_for_what_was_signed_and_nothing_else() {
        let (key, other) = (
            SigningKey::from_bytes(&[7; 32]),
            SigningKey::from_bytes(&[8; 32]),
        );
        let narrow = policy(&["https://a.example"]);
        let wide = policy(&["https://a.example", "https://b.example"]);
        let signature: Signature = key.sign(DIGEST, &narrow).to_string().parse().unwrap();
        let keys = [other.verifying_key(), key.verifying_key()];
        assert_eq!(signature.verify(&keys, DIGEST, &narrow), Ok(()));
        let spelled = policy(&["https://A.example:443"]);
        assert_eq!(signature.verify(&keys, DIGEST, &spelled), Ok(()));
        let wrong = signature.verify(&keys[..1], DIGEST, &narrow);
        assert_eq!(wrong, Err(SignatureError::Wrong));
        assert!(matches!(
            signature.verify(&keys, DIGEST, &wide),
            Err(SignatureError::AnotherPolicy { .. })
        ));
        assert!(matches!(
            signature.verify(&keys, DIGEST, &narrow.clone().observing()),
            Err(SignatureError::AnotherPolicy { .. })
        ));
        assert!(matches!(
            signature.verify(&keys, "sha256:01", &narrow),
            Err(SignatureError::AnotherComponent { .. })
        ));
        // Nobody makes it say something else.
        let forged = Signature::new(DIGEST, &wide, signature.bytes);
        assert_eq!(
            forged.verify(&keys, DIGEST, &wide),
            Err(SignatureError::Wrong)
        );
    }

    #[test]
    fn what_is_no_signature_or_no_key_is_refused() {
        let signature = SigningKey::from_bytes(&[7; 32]).sign(DIGEST, &Policy::default());
        let text = signature.to_string();
        for text in [
            "",
            "component=sha256:00",
            &text[1..],
            &text[..text.len() - 1],
            &text.replace("ed25519=", "ed25519=g"),
            &format!("{text} more"),
        ] {
            assert_eq!(text.parse::<Signature>(), Err(SignatureError::Malformed));
        }
        let key = SigningKey::from_bytes(&[7; 32]).verifying_key();
        assert_eq!(key.to_string().parse(), Ok(key));
        let zeros = format!("ed25519:{}", "0".repeat(64));
        for text in ["", "ed25519:", "00", &zeros] {
            let key = text.parse::<VerifyingKey>();
            assert_eq!(key, Err(SignatureError::Key), "{text}");
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
        let key = SigningKey::from_bytes(&[7; 32]);
        assert_eq!(format!("{key:?}"), "SigningKey(***)");
    }
}
