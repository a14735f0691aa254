//! What an operator demands of a component before it may serve.

use std::time::SystemTime;

use crate::revision::LoadError;
use crate::signature::{Signature, SignatureError, TrustedKey};

/// The only accepted digest, and the keys, one of which has to have signed
/// component and grants. The default demands nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Demands {
    pub(crate) digest: Option<String>,
    pub(crate) keys: Vec<TrustedKey>,
}

impl Demands {
    /// Checks whether a component with this digest and these signatures may
    /// serve with the grants of this hash.
    ///
    /// # Errors
    ///
    /// It is another component, or none of the signatures is valid.
    pub(crate) fn met<'a>(
        &self,
        digest: &str,
        signatures: impl IntoIterator<Item = &'a Signature>,
        grants: &str,
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
        let now = SystemTime::now();
        let mut wrong = SignatureError::Missing;
        for signature in signatures {
            match signature.verify(&self.keys, digest, grants, now) {
                Ok(()) => return Ok(()),
                Err(error) => wrong = error,
            }
        }
        Err(LoadError::Signature(wrong))
    }
}
