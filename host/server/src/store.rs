//! The store that the flags name, and its keys.

use anyhow::anyhow;
use hospes::egress::Secret;
use hospes_deploy::store::{KeyError, Resealed, SessionKey, Store, StoreError, StoreKey};
use hospes_solution::SecretFrom;

use crate::options::Options;

/// Opens the store, if the flags name one.
pub(crate) fn open(args: &Options) -> anyhow::Result<Option<Store>> {
    let Some(dir) = &args.store else {
        return Ok(None);
    };
    let opened = Store::builder(dir)
        .keys(keys(
            "--store-key",
            args.store_key.as_deref(),
            StoreKey::parse,
        )?)
        .adopt(args.adopt_store)
        .open();
    let session_keys = keys(
        "--session-key",
        args.session_key.as_deref(),
        SessionKey::parse,
    )?;
    let mut store = opened.map_err(|error| match error {
        StoreError::Unsealed { .. } => anyhow!(
            "{error}. If you trust it as it is, start once with --adopt-store, which seals its files"
        ),
        StoreError::StoreKey { .. } => anyhow!("{error}: give it with --store-key"),
        error => anyhow!("{error}"),
    })?;
    store.encrypt_sessions(session_keys);
    report(args, store.resealed());
    Ok(Some(store))
}

fn report(args: &Options, resealed: Resealed) {
    let Resealed {
        revisions,
        trials,
        sessions,
        ..
    } = resealed;
    if resealed != Resealed::default() {
        tracing::warn!(target: "hospes::store", revisions, trials, sessions, "the store's files were sealed anew");
    } else if args.adopt_store {
        tracing::warn!(target: "hospes::store", "there was nothing to adopt: start without --adopt-store");
    }
}

/// The keys of a flag, one per line. The first is used for writing.
fn keys<K>(
    flag: &str,
    from: Option<&str>,
    parse: impl Fn(&str) -> Result<K, KeyError>,
) -> anyhow::Result<Vec<K>> {
    let Some(from) = from else {
        return Ok(Vec::new());
    };
    let from = SecretFrom::parse_private(from)
        .map_err(|_| anyhow!("{flag}: a key comes from `env:VARIABLE` or `file:PATH`"))?;
    let keys = from
        .fetch_lines()
        .map_err(|error| anyhow!("{flag}: {error}"))?;
    let keys = keys.iter().map(|key: &Secret| parse(key.expose()));
    let keys: Result<_, _> = keys.collect();
    keys.map_err(|error| anyhow!("{flag}: {error}"))
}
