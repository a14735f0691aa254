//! What an operator demands of a component before it may serve.

use crate::policy::Policy;
use crate::revision::LoadError;
use crate::signature::{Signature, SignatureError, VerifyingKey};

/// The one digest that is accepted, and the keys, one of which has to have
/// signed component and policy. The default demands nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Demands {
    pub(crate) digest: Option<String>,
    pub(crate) keys: Vec<VerifyingKey>,
}

impl Demands {
    /// Whether a component with this digest and these signatures may serve with
    /// what the policy with this hash allows.
    ///
    /// # Errors
    ///
    /// It is another component, or none of the signatures holds.
    pub(crate) fn met<'a>(
        &self,
        digest: &str,
        signatures: impl IntoIterator<Item = &'a Signature>,
        policy: &str,
    ) -> Result<(), LoadError> {
        if let Some(expected) = &self.digest
            && expected != digest
        {
            return Err(LoadError::Digest {
                expected: expected.clone(),
                found: digest.to_owned(),
            });
        }
        if self.keys.is_empty() {
            return Ok(());
        }
        let mut wrong = SignatureError::Missing;
        for signature in signatures {
            match signature.verify_hash(&self.keys, digest, policy) {
                Ok(()) => return Ok(()),
                Err(error) => wrong = error,
            }
        }
        Err(LoadError::Signature(wrong))
    }
}

/// The hash of the policy that signatures are for: the policy's own, unless it
/// is a part of what was signed.
pub(super) fn signed_policy(policy: &Policy, signed: Option<&str>) -> String {
    signed.map_or_else(|| policy.hash(), str::to_owned)
}
