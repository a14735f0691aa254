//! The key with which canaries choose their callers.

use anyhow::anyhow;
use hospes::egress::SecretSource;
use hospes_deploy::store::Store;
use hospes_solution::SecretFrom;
use sha2::{Digest, Sha256};

/// A shorter secret could be guessed.
const SHORTEST: usize = 16;

/// The fleet's key, or else the store's. Without either, the runtime makes one.
pub(crate) fn key(from: Option<&str>, store: Option<&Store>) -> anyhow::Result<Option<[u8; 32]>> {
    match (from, store) {
        (Some(from), _) => of_fleet(from).map(Some),
        (None, Some(store)) => Ok(Some(store.canary_key())),
        (None, None) => Ok(None),
    }
}

fn of_fleet(from: &str) -> anyhow::Result<[u8; 32]> {
    let wrong = |error: &dyn std::fmt::Display| anyhow!("--canary-key: {error}");
    let from = SecretFrom::parse_private(from)
        .map_err(|_| wrong(&"the secret comes from `env:VARIABLE` or `file:PATH`"))?;
    let secret = from.fetch().map_err(|error| wrong(&error))?;
    if secret.expose().len() < SHORTEST {
        let short = format!("the secret has at least {SHORTEST} characters");
        return Err(wrong(&short));
    }
    let hash = Sha256::new().chain_update("hospes canary key 1\n");
    Ok(hash.chain_update(secret.expose()).finalize().into())
}
