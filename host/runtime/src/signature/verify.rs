//! Checking signatures.

use std::time::SystemTime;

use super::error::SignatureError;
use super::key::TrustedKey;
use super::signed::Signature;

impl Signature {
    /// Checks that one of the keys has signed this component with these grants,
    /// and that key and signature are valid at this time.
    ///
    /// # Errors
    ///
    /// If none has; the error names what was signed instead, if anything was.
    pub fn verify(
        &self,
        keys: &[TrustedKey],
        digest: &str,
        grants: &str,
        now: SystemTime,
    ) -> Result<(), SignatureError> {
        let said = &self.statement;
        let signed = said.bytes();
        let signature = ed25519_dalek::Signature::from_bytes(&self.bytes);
        let genuine = |key: &&TrustedKey| key.key().0.verify_strict(&signed, &signature).is_ok();
        let mut counts = Err(SignatureError::Wrong);
        for key in keys.iter().filter(genuine) {
            counts = key.covers(said, now);
            if counts.is_ok() {
                break;
            }
        }
        counts?;
        if let Some(at) = said.expires.filter(|at| at.is_over(now)) {
            return Err(SignatureError::Expired { at });
        }
        if said.component != digest {
            return Err(SignatureError::AnotherComponent {
                signed: said.component.clone(),
                found: digest.to_owned(),
            });
        }
        if said.grants != grants {
            return Err(SignatureError::OtherGrants {
                signed: said.grants.clone(),
                found: grants.to_owned(),
            });
        }
        Ok(())
    }
}
