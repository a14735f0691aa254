//! An operator's configuration of a node.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hospes_egress::policy::Policy;

use crate::files;
use crate::golden::GoldenCase;
use crate::json::Json;
use crate::limits::Limits;
use crate::protection::Protection;
use crate::retry::RetryPolicy;
use crate::revision::secret_grant::SecretGrant;
use crate::revision::{Demands, LoadError};
use crate::signature::{Signature, TrustedKey};
use crate::swap::Rollout;

/// A component and everything that the operator grants it. By default it is
/// granted nothing: no requests, secrets, params or retries.
pub struct NodeConfig {
    pub(crate) component: ComponentSource,
    pub(crate) digest: Option<String>,
    pub(crate) env: String,
    pub(crate) params: Json,
    pub(crate) policy: Policy,
    pub(crate) secrets: Vec<SecretGrant>,
    pub(crate) limits: Limits,
    pub(crate) retry: RetryPolicy,
    pub(crate) keys: Vec<TrustedKey>,
    pub(crate) signatures: Vec<Signature>,
    pub(crate) signed_grants: Option<String>,
    pub(crate) golden: Vec<GoldenCase>,
    pub(crate) protection: Option<Protection>,
    pub(crate) rollout: Rollout,
    pub(crate) note: String,
}

impl fmt::Debug for NodeConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NodeConfig")
            .field("env", &self.env)
            .field("secrets", &self.secrets)
            .field("limits", &self.limits)
            .field("rollout", &self.rollout)
            .finish_non_exhaustive()
    }
}

impl NodeConfig {
    /// A component from a file, which is read when the node is loaded.
    pub fn from_file(path: impl Into<PathBuf>) -> NodeConfig {
        NodeConfig::new(ComponentSource::File(path.into()))
    }

    /// A component from memory.
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> NodeConfig {
        NodeConfig::new(ComponentSource::Bytes(Arc::new(bytes.into())))
    }

    /// The component that serves under the node's name, to change its grants.
    /// It is neither read nor compiled again.
    pub fn from_serving() -> NodeConfig {
        NodeConfig::new(ComponentSource::Serving)
    }

    fn new(component: ComponentSource) -> NodeConfig {
        NodeConfig {
            component,
            digest: None,
            env: String::new(),
            params: Json::empty_object(),
            policy: Policy::default(),
            secrets: Vec::new(),
            limits: Limits::default(),
            retry: RetryPolicy::default(),
            keys: Vec::new(),
            signatures: Vec::new(),
            signed_grants: None,
            golden: Vec::new(),
            protection: None,
            rollout: Rollout::All,
            note: String::new(),
        }
    }

    /// Checks the config itself, independently of the component.
    pub(crate) fn check(&self) -> Result<(), LoadError> {
        self.limits.check().map_err(LoadError::Limit)?;
        self.retry.check().map_err(LoadError::Retry)?;
        if let Some(protection) = &self.protection {
            protection.check().map_err(LoadError::Protection)?;
        }
        if let Rollout::Canary { percent, .. } = &self.rollout
            && !(1..=99).contains(percent)
        {
            return Err(LoadError::Percent(*percent));
        }
        let wrong = |secret: &SecretGrant| Some((secret.name.clone(), secret.wrong.clone()?));
        if let Some((name, error)) = self.secrets.iter().find_map(wrong) {
            return Err(LoadError::SecretHeader { name, error });
        }
        if !self.params.is_object() {
            return Err(LoadError::Params);
        }
        Ok(())
    }

    /// The demands on its component.
    pub(crate) fn demands(&self) -> Demands {
        Demands {
            digest: self.digest.clone(),
            keys: self.keys.clone(),
        }
    }

    /// The hash of the grants that its signatures are for.
    pub(crate) fn signed(&self) -> String {
        let signed = self.signed_grants.clone();
        signed.unwrap_or_else(|| self.grants_hash())
    }

    /// Refuses any other component than the one with this digest: `sha256:` and
    /// 64 lower-case hexadecimal digits. Defaults to any.
    pub fn digest(mut self, digest: impl Into<String>) -> NodeConfig {
        self.digest = Some(digest.into());
        self
    }

    /// The environment's name, and the node's params in it: a JSON object.
    /// Defaults to an empty name and no params.
    pub fn env(mut self, name: impl Into<String>, params: Json) -> NodeConfig {
        self.env = name.into();
        self.params = params;
        self
    }

    /// The requests that the node may make. Defaults to none.
    pub fn policy(mut self, policy: Policy) -> NodeConfig {
        self.policy = policy;
        self
    }

    /// Grants a secret. Defaults to none.
    pub fn secret(mut self, secret: SecretGrant) -> NodeConfig {
        self.secrets.push(secret);
        self
    }

    /// How much the node may use. Defaults to [`Limits::default`].
    pub fn limits(mut self, limits: Limits) -> NodeConfig {
        self.limits = limits;
        self
    }

    /// Which failures are retried. Defaults to none.
    pub fn retry(mut self, retry: RetryPolicy) -> NodeConfig {
        self.retry = retry;
        self
    }

    /// Refuses any component with grants that none of these keys has signed.
    /// This is checked whenever a component is loaded or rolled back to.
    /// Defaults to no keys, which require nothing.
    #[cfg(feature = "signatures")]
    pub fn require_signature<K: Into<TrustedKey>>(
        mut self,
        keys: impl IntoIterator<Item = K>,
    ) -> NodeConfig {
        self.keys.extend(keys.into_iter().map(Into::into));
        self
    }

    /// A signature over the component and everything that it is granted
    /// ([`NodeConfig::grants_hash`]). Call it several times to add several, of
    /// which one has to be valid. Defaults to none.
    #[cfg(feature = "signatures")]
    pub fn signature(mut self, signature: Signature) -> NodeConfig {
        self.signatures.push(signature);
        self
    }

    /// The hash of the grants that the signatures are for, if the node gets
    /// only a part of what was signed. You have to ensure that it is a part:
    /// nothing checks it. Defaults to [`NodeConfig::grants_hash`].
    pub fn signed_grants(mut self, hash: impl Into<String>) -> NodeConfig {
        self.signed_grants = Some(hash.into());
        self
    }

    /// Cases that the component has to pass before it may serve. Defaults to
    /// none.
    pub fn golden(mut self, cases: impl IntoIterator<Item = GoldenCase>) -> NodeConfig {
        self.golden.extend(cases);
        self
    }

    /// What happens if the node keeps breaking. Defaults to nothing.
    pub fn protection(mut self, protection: Protection) -> NodeConfig {
        self.protection = Some(protection);
        self
    }

    /// How it begins to serve, if another revision of its node serves already.
    /// Defaults to [`Rollout::All`].
    pub fn rollout(mut self, rollout: Rollout) -> NodeConfig {
        self.rollout = rollout;
        self
    }

    /// Who loads it and why, for the node's history. Defaults to an empty text.
    pub fn note(mut self, note: impl Into<String>) -> NodeConfig {
        self.note = note.into();
        self
    }
}

/// Where a component comes from.
pub(crate) enum ComponentSource {
    File(PathBuf),
    Bytes(Arc<Vec<u8>>),
    /// The component that serves already.
    Serving,
}

impl ComponentSource {
    /// The component's bytes, at most `limit`.
    pub(crate) fn read(&self, limit: u64) -> Result<Arc<Vec<u8>>, LoadError> {
        match self {
            ComponentSource::Bytes(bytes) if bytes.len() as u64 <= limit => Ok(Arc::clone(bytes)),
            ComponentSource::Bytes(_) => Err(LoadError::TooLarge { limit }),
            ComponentSource::Serving => Err(LoadError::NothingServes),
            ComponentSource::File(path) => {
                let mut bytes = Vec::new();
                open(path)?
                    .take(limit + 1)
                    .read_to_end(&mut bytes)
                    .map_err(|error| unreadable(path, error))?;
                if bytes.len() as u64 > limit {
                    return Err(LoadError::TooLarge { limit });
                }
                Ok(Arc::new(bytes))
            }
        }
    }

    /// The hash by which a component is found in the cache, and its size in
    /// bytes, without holding all of it in memory.
    pub(crate) fn content(&self, limit: u64) -> Result<(blake3::Hash, u64), LoadError> {
        let mut hasher = blake3::Hasher::new();
        match self {
            ComponentSource::Bytes(_) | ComponentSource::Serving => {
                _ = hasher.update(&self.read(limit)?);
            }
            ComponentSource::File(path) => {
                _ = hasher
                    .update_reader(open(path)?.take(limit + 1))
                    .map_err(|error| unreadable(path, error))?;
            }
        }
        if hasher.count() > limit {
            return Err(LoadError::TooLarge { limit });
        }
        Ok((hasher.finalize(), hasher.count()))
    }
}

fn open(path: &Path) -> Result<File, LoadError> {
    files::open(path).map_err(|error| unreadable(path, error))
}

fn unreadable(path: &Path, error: io::Error) -> LoadError {
    LoadError::Read {
        path: path.to_owned(),
        error,
    }
}
