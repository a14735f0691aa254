//! What a component has to pass before it may serve, and how it starts to
//! serve: `golden`, `signed_by`, `signature`, `rollout` and `protection` of a
//! node.

use std::path::{Path, PathBuf};

use hospes::golden::GoldenCase;
use hospes::protection::Protection;
use hospes::signature::{Signature, TrustedKey};
use hospes::swap::Rollout;
use hospes::{NodeConfig, files};

use crate::document::{Item, Report, suggest};
use crate::error::GrantError;
use crate::key::Key;
use crate::trusted;

pub(crate) const PROTECTION_KEYS: &[&str] = &["faults", "percent", "window", "probation", "rest"];
pub(crate) const CANARY_KEYS: &[&str] = &["canary", "key"];

/// What a component has to pass before it may serve, and how it starts to
/// serve. By default, nothing is required.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Admission {
    /// Files with one golden case each. They are read when the node is loaded.
    pub golden: Vec<PathBuf>,
    /// The keys, one of which has to have signed component and grants. Without
    /// keys, nothing has to be signed.
    pub signed_by: Vec<TrustedKey>,
    /// The signature file, with one signature per line. It is read when the
    /// node is loaded.
    pub signature: Option<PathBuf>,
    /// Signatures in addition to those of the file.
    pub signatures: Vec<Signature>,
    /// The hash of the grants that the signatures are for, if the node has only a
    /// part of what was signed: see [`Grants::within`](crate::Grants::within).
    pub signed_grants: Option<String>,
    /// How the component starts to serve, if the node has another revision that
    /// serves.
    pub rollout: Rollout,
    /// What happens after repeated faults; without it, nothing.
    pub protection: Option<Protection>,
}

impl Admission {
    /// The golden cases of the files.
    ///
    /// # Errors
    ///
    /// If a file can't be read or is not a golden case.
    pub fn golden_cases(&self) -> Result<Vec<GoldenCase>, GrantError> {
        self.golden.iter().map(|path| case(path)).collect()
    }

    /// All signatures: those of the file and the additional ones.
    ///
    /// # Errors
    ///
    /// If the file can't be read, or a line in it is not a signature.
    pub fn all_signatures(&self) -> Result<Vec<Signature>, GrantError> {
        let mut signatures = self.signatures.clone();
        let Some(path) = &self.signature else {
            return Ok(signatures);
        };
        let text = read(path)?;
        for (at, line) in text.lines().enumerate() {
            if line.trim().is_empty() {
                continue;
            }
            let signature = line.parse().map_err(|error| GrantError::Signature {
                path: path.clone(),
                line: at + 1,
                error,
            })?;
            signatures.push(signature);
        }
        Ok(signatures)
    }

    /// Reads the signature file, which is not needed any more then.
    ///
    /// # Errors
    ///
    /// As [`Admission::all_signatures`].
    pub fn read_signatures(&mut self) -> Result<(), GrantError> {
        self.signatures = self.all_signatures()?;
        self.signature = None;
        Ok(())
    }

    /// The same without what is read or decided for each new component: the
    /// part that applies to one that serves already. It includes the
    /// signatures.
    pub(crate) fn settled(self) -> Admission {
        Admission {
            golden: Vec::new(),
            signature: None,
            rollout: Rollout::All,
            ..self
        }
    }

    pub(crate) fn apply(&self, mut config: NodeConfig) -> Result<NodeConfig, GrantError> {
        for signature in self.all_signatures()? {
            config = config.signature(signature);
        }
        config = config
            .golden(self.golden_cases()?)
            .require_signature(self.signed_by.iter().cloned())
            .rollout(self.rollout.clone());
        if let Some(hash) = &self.signed_grants {
            config = config.signed_grants(hash);
        }
        Ok(match &self.protection {
            Some(protection) => config.protection(protection.clone()),
            None => config,
        })
    }

    /// Reads the files, and reports their faults.
    pub(crate) fn check(&self, key: &Key, report: &mut Report<'_>) {
        for (at, path) in self.golden.iter().enumerate() {
            if let Err(error) = case(path) {
                report.value(&key.child("golden").item(at), error);
            }
        }
        if let Err(error) = self.all_signatures() {
            report.value(&key.child("signature"), error);
        }
    }
}

fn case(path: &Path) -> Result<GoldenCase, GrantError> {
    GoldenCase::from_json(&read(path)?).map_err(|error| GrantError::Golden {
        path: path.to_owned(),
        error,
    })
}

fn read(path: &Path) -> Result<String, GrantError> {
    files::read_text(path, files::TEXT).map_err(|error| GrantError::Read {
        path: path.to_owned(),
        message: error.to_string(),
    })
}

/// Reads the keys of `[node.NAME]` that are about admission.
pub(crate) fn read_item(item: &Item<'_>, directory: &Path, report: &mut Report<'_>) -> Admission {
    let mut admission = Admission::default();
    if let Some(golden) = item.get("golden") {
        let files = golden.texts(report).into_iter();
        admission.golden = files.map(|(file, _)| directory.join(file)).collect();
    }
    if let Some(keys) = item.get("signed_by") {
        admission.signed_by = trusted::read(&keys, report);
    }
    if let Some(signature) = item.get("signature") {
        admission.signature = signature.text(report).map(|file| directory.join(file));
        if item
            .get("signed_by")
            .is_none_or(|keys| keys.is_empty_list())
        {
            report.key(
                &signature.key,
                "there is no key to check it with: add `signed_by`",
            );
        }
    }
    if let Some(item) = item.get("rollout") {
        admission.rollout = rollout(&item, report);
    }
    admission.protection = item.get("protection").map(|item| protection(&item, report));
    admission
}

/// `"all"`, `"shadow"` or `{ canary = 10, key = "user" }`.
fn rollout(item: &Item<'_>, report: &mut Report<'_>) -> Rollout {
    if !item.is_table() {
        return match item.text(report) {
            Some("shadow") => Rollout::Shadow,
            Some("all") | None => Rollout::All,
            Some(other) => {
                let other = other.escape_debug().to_string();
                let known = suggest(&other, &["all", "shadow"]);
                report.value(
                    &item.key,
                    format!("unknown rollout `{other}`{known}, or `{{ canary = PERCENT }}`"),
                );
                Rollout::All
            }
        };
    }
    item.only(CANARY_KEYS, report);
    let key = item
        .get("key")
        .and_then(|key| key.text(report))
        .map(str::to_owned);
    let Some(share) = item.get("canary") else {
        report.key(
            &item.key,
            "`canary` is missing: it is the share of executions in percent",
        );
        return Rollout::All;
    };
    let Some(percent) = share.number(report) else {
        return Rollout::All;
    };
    if !(1..=99).contains(&percent) {
        report.value(&share.key, "a share is between 1 and 99 percent");
    }
    Rollout::Canary { percent, key }
}

fn protection(item: &Item<'_>, report: &mut Report<'_>) -> Protection {
    item.only(PROTECTION_KEYS, report);
    let mut protection = Protection::default();
    for (name, place) in [
        ("faults", &mut protection.faults),
        ("percent", &mut protection.percent),
    ] {
        if let Some(number) = item.get(name).and_then(|item| item.number(report)) {
            *place = number;
        }
    }
    for (name, place) in [
        ("window", &mut protection.window),
        ("probation", &mut protection.probation),
        ("rest", &mut protection.rest),
    ] {
        if let Some(time) = item.get(name).and_then(|item| item.time(report)) {
            *place = time;
        }
    }
    if let Err(error) = protection.check() {
        let words = error.to_string();
        report.key(&item.key, words.trim_start_matches("protection: "));
    }
    protection
}
