//! Grants as they are stored: secrets by reference, limits by name.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use hospes::Limits;
use hospes::digest;
use hospes::egress::AttachedHeader;
use hospes::limits::millis;
use hospes::outcome::FailureKind;
use hospes::policy::{Origin, Rule};
use hospes::protection::Protection;
use hospes::retry::RetryPolicy;
use hospes::signature::{Signature, SignatureError};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::admission::Admission;
use crate::environment::BoundSecret;
use crate::error::GrantError;
use crate::grants::Grants;
use crate::secret::{SecretFrom, Vaults};

/// All of [`Grants`] but the component's file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedGrants {
    /// The only component that is accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    only: Option<String>,
    env: String,
    params: Map<String, Value>,
    rules: Vec<String>,
    observe: bool,
    secrets: BTreeMap<String, Secret>,
    limits: BTreeMap<String, String>,
    retry: Retry,
    /// Keys, one of which has to have signed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    signed_by: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    signatures: Vec<String>,
    /// The hash of the signed grants, if these are a part of them.
    #[serde(
        default,
        alias = "signed_policy",
        skip_serializing_if = "Option::is_none"
    )]
    signed_grants: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    protection: Option<SavedProtection>,
}

/// A [`Protection`].
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedProtection {
    faults: u32,
    percent: u32,
    window_ms: u64,
    probation_ms: u64,
    rest_ms: u64,
}

/// Where a secret's value comes from and where it may be sent.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Secret {
    from: String,
    to: Vec<String>,
    /// The header that the host adds, and the prefix in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    header: Option<(String, String)>,
    /// Whether a response that repeats it is withheld.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    withhold: bool,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Retry {
    on: Vec<String>,
    attempts: u32,
    backoff_ms: u64,
    backoff_cap_ms: u64,
}

impl SavedGrants {
    /// The grants as they are stored.
    pub fn of(grants: &Grants) -> SavedGrants {
        let secret = |secret: &BoundSecret| Secret {
            from: secret.from.to_string(),
            to: secret
                .to
                .iter()
                .map(|origin| origin.as_str().to_owned())
                .collect(),
            header: secret
                .header
                .as_ref()
                .map(|header| (header.name().to_owned(), header.prefix().to_owned())),
            withhold: secret.withhold,
        };
        let secrets = grants.secrets.iter();
        SavedGrants {
            only: grants.digest.clone(),
            env: grants.env.clone(),
            params: grants.params.clone(),
            rules: grants
                .rules
                .iter()
                .map(|rule| rule.as_str().to_owned())
                .collect(),
            observe: grants.observe,
            secrets: secrets
                .map(|(name, bound)| (name.clone(), secret(bound)))
                .collect(),
            limits: limits(&grants.limits),
            retry: Retry::of(&grants.retry),
            signed_by: texts(&grants.admission.signed_by),
            signatures: texts(&grants.admission.signatures),
            signed_grants: grants.admission.signed_grants.clone(),
            protection: grants
                .admission
                .protection
                .as_ref()
                .map(SavedProtection::of),
        }
    }

    /// The grants, with these vaults in addition to variables and files.
    ///
    /// # Errors
    ///
    /// If this version can't read a rule, a limit or the source of a secret.
    pub fn restore(self, vaults: &Vaults) -> Result<Grants, GrantError> {
        self.read(vaults).map_err(GrantError::Saved)
    }

    fn read(self, vaults: &Vaults) -> Result<Grants, String> {
        let mut grants = Grants {
            component: PathBuf::new(),
            digest: self.only,
            env: self.env,
            params: self.params,
            secrets: BTreeMap::new(),
            rules: Vec::new(),
            observe: self.observe,
            limits: Limits::default(),
            retry: self.retry.policy()?,
            admission: Admission::default(),
        };
        let admission = &mut grants.admission;
        admission.signed_by = parsed(&self.signed_by)?;
        // Signatures of earlier versions, which cover less, are ignored.
        let covers = |text: &&String| text.parse::<Signature>() != Err(SignatureError::Outdated);
        let signatures = self.signatures.iter().filter(covers).cloned();
        admission.signatures = parsed(&signatures.collect::<Vec<_>>())?;
        admission.signed_grants = self.signed_grants;
        admission.protection = self.protection.map(SavedProtection::protection);
        for rule in &self.rules {
            grants
                .rules
                .push(Rule::parse(rule).map_err(|error| error.to_string())?);
        }
        for (name, secret) in self.secrets {
            let from =
                SecretFrom::parse_with(&secret.from, vaults).map_err(|error| error.to_string())?;
            let to = secret.to.iter().map(|origin| Origin::parse(origin));
            let to = to
                .collect::<Result<_, _>>()
                .map_err(|error| error.to_string())?;
            let header = secret
                .header
                .map(|(name, prefix)| AttachedHeader::new(name, prefix))
                .transpose()
                .map_err(|error| error.to_string())?;
            let withhold = secret.withhold;
            let bound = BoundSecret {
                from,
                to,
                header,
                withhold,
            };
            grants.secrets.insert(name, bound);
        }
        for (name, value) in &self.limits {
            grants
                .limits
                .set(name, value)
                .map_err(|error| error.to_string())?;
        }
        Ok(grants)
    }
}

impl Grants {
    /// A hash of the grants, without the component and the values of secrets.
    /// Equal grants have equal hashes.
    pub fn fingerprint(&self) -> String {
        let mut granted = SavedGrants::of(self);
        granted.only = None;
        // Maps have text keys, and everything else exists in JSON, too.
        digest::show(&digest::sha256(
            &serde_json::to_vec(&granted).unwrap_or_default(),
        ))
    }
}

impl Retry {
    fn of(policy: &RetryPolicy) -> Retry {
        Retry {
            on: policy
                .on
                .iter()
                .map(|kind| kind.as_str().to_owned())
                .collect(),
            attempts: policy.attempts,
            backoff_ms: millis(policy.backoff),
            backoff_cap_ms: millis(policy.backoff_cap),
        }
    }

    fn policy(&self) -> Result<RetryPolicy, String> {
        let mut policy = RetryPolicy::default();
        for kind in &self.on {
            let known = kind.parse::<FailureKind>().ok();
            policy
                .on
                .push(known.ok_or_else(|| format!("unknown kind of failure `{kind}`"))?);
        }
        policy.attempts = self.attempts;
        policy.backoff = Duration::from_millis(self.backoff_ms);
        policy.backoff_cap = Duration::from_millis(self.backoff_cap_ms);
        Ok(policy)
    }
}

impl SavedProtection {
    fn of(protection: &Protection) -> SavedProtection {
        SavedProtection {
            faults: protection.faults,
            percent: protection.percent,
            window_ms: millis(protection.window),
            probation_ms: millis(protection.probation),
            rest_ms: millis(protection.rest),
        }
    }

    fn protection(self) -> Protection {
        let mut protection = Protection::default();
        protection.faults = self.faults;
        protection.percent = self.percent;
        protection.window = Duration::from_millis(self.window_ms);
        protection.probation = Duration::from_millis(self.probation_ms);
        protection.rest = Duration::from_millis(self.rest_ms);
        protection
    }
}

fn texts(values: &[impl ToString]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}

fn parsed<T: FromStr<Err: ToString>>(texts: &[String]) -> Result<Vec<T>, String> {
    let parse = |text: &String| text.parse().map_err(|error: T::Err| error.to_string());
    texts.iter().map(parse).collect()
}

/// Every limit, even at its default, since a default may change.
fn limits(limits: &Limits) -> BTreeMap<String, String> {
    let value =
        |limit: &hospes::limits::Limit| Some((limit.name.to_owned(), limits.get(limit.name)?));
    hospes::limits::TABLE.iter().filter_map(value).collect()
}
