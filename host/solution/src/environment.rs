//! `[env.NAME]`: the params and secrets of an environment.

use std::collections::BTreeMap;
use std::path::Path;

use hospes::egress::AttachedHeader;
use hospes::policy::Origin;
use serde_json::{Map, Value};

use crate::document::{Item, Report};
use crate::key::is_bare;
use crate::secret::{EnvSecret, SecretFrom, Vaults};

/// An environment, such as `sandbox` or `prod`.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Environment {
    /// Its name.
    pub name: String,
    /// The values that nodes may read.
    pub params: Map<String, Value>,
    /// Secrets by name.
    pub secrets: BTreeMap<String, BoundSecret>,
}

/// A secret: where it comes from and where it may be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BoundSecret {
    /// The source.
    pub from: SecretFrom,
    /// The only origins that it is ever sent to.
    pub to: Vec<Origin>,
    /// The header that the host adds to every request to these origins. Without
    /// one, nodes name the secret, in `authorization`.
    pub header: Option<AttachedHeader>,
    /// Whether a response that repeats it is withheld from the node, instead of
    /// blanking the secret out.
    pub withhold: bool,
}

impl BoundSecret {
    /// A secret that nodes name, for these origins.
    pub fn new(from: SecretFrom, to: impl IntoIterator<Item = Origin>) -> BoundSecret {
        BoundSecret {
            from,
            to: to.into_iter().collect(),
            header: None,
            withhold: false,
        }
    }
}

pub(crate) const SECRET_KEYS: &[&str] = &["from", "to", "header", "prefix", "echo"];

/// Reads `[env]`: all environments.
pub(crate) fn read_all(
    item: Item<'_>,
    directory: &Path,
    vaults: &Vaults,
    report: &mut Report<'_>,
) -> BTreeMap<String, Environment> {
    let mut environments = BTreeMap::new();
    for (name, item) in item.entries(report) {
        if !is_bare(name) {
            report.key(
                &item.key,
                "an environment's name has letters, digits, `-` and `_`",
            );
        }
        environments.insert(name.to_owned(), read(name, item, directory, vaults, report));
    }
    environments
}

fn read(
    name: &str,
    item: Item<'_>,
    directory: &Path,
    vaults: &Vaults,
    report: &mut Report<'_>,
) -> Environment {
    let mut environment = Environment {
        name: name.to_owned(),
        ..Environment::default()
    };
    for (name, item) in item.entries(report) {
        if name == "secrets" {
            for (name, item) in item.entries(report) {
                let secret = read_secret(&item, directory, vaults, report);
                environment.secrets.insert(name.to_owned(), secret);
            }
            continue;
        }
        // A param with a wrong value exists all the same.
        let value = item.json(report).unwrap_or(Value::Null);
        environment.params.insert(name.to_owned(), value);
    }
    environment
}

fn read_secret(
    item: &Item<'_>,
    directory: &Path,
    vaults: &Vaults,
    report: &mut Report<'_>,
) -> BoundSecret {
    let table = item.only(SECRET_KEYS, report);
    let from = match item.get("from") {
        Some(from) => read_from(&from, vaults, report),
        None => {
            if table {
                report.key(
                    &item.key,
                    "`from` is missing: it says where the secret comes from",
                );
            }
            None
        }
    };
    let to = match item.get("to") {
        Some(to) => read_to(&to, report),
        None => {
            if table {
                report.key(
                    &item.key,
                    "`to` is missing: it lists the origins that may receive the secret",
                );
            }
            Vec::new()
        }
    };
    // A secret with a fault exists all the same, so that nodes that name it are
    // not reported, too. The file as a whole is refused.
    let from = from.unwrap_or_else(|| SecretFrom::Env(EnvSecret::new("")));
    BoundSecret {
        from: from.within(directory),
        to,
        header: read_header(item, report),
        withhold: read_echo(item, report),
    }
}

/// Whether a response that repeats the secret is withheld.
fn read_echo(item: &Item<'_>, report: &mut Report<'_>) -> bool {
    let Some(echo) = item.get("echo") else {
        return false;
    };
    match echo.text(report) {
        Some("withhold") => true,
        Some("blank") | None => false,
        Some(_) => {
            report.value(&echo.key, "`echo` is `blank` or `withhold`");
            false
        }
    }
}

fn read_header(item: &Item<'_>, report: &mut Report<'_>) -> Option<AttachedHeader> {
    let prefix = item.get("prefix");
    let Some(header) = item.get("header") else {
        if let Some(prefix) = prefix {
            report.key(
                &prefix.key,
                "a `prefix` needs a `header`: it goes before the secret there",
            );
        }
        return None;
    };
    let name = header.text(report)?;
    let text = match &prefix {
        Some(prefix) => prefix.text(report)?,
        None => "",
    };
    match AttachedHeader::new(name, text) {
        Ok(header) => Some(header),
        Err(error) => {
            // If the name is valid by itself, the fault is in the prefix.
            let wrong = AttachedHeader::new(name, "").is_err();
            let at = prefix.filter(|_| !wrong).unwrap_or(header);
            report.value(&at.key, error);
            None
        }
    }
}

fn read_from(item: &Item<'_>, vaults: &Vaults, report: &mut Report<'_>) -> Option<SecretFrom> {
    let text = item.text(report)?;
    match SecretFrom::parse_with(text, vaults) {
        Ok(from) => Some(from),
        Err(error) => {
            report.value(&item.key, error);
            None
        }
    }
}

fn read_to(item: &Item<'_>, report: &mut Report<'_>) -> Vec<Origin> {
    if item.is_empty_list() {
        report.value(
            &item.key,
            "the list is empty, so the secret could never be used",
        );
    }
    let mut to = Vec::new();
    for (text, key) in item.texts(report) {
        match Origin::parse(text) {
            Ok(origin) => to.push(origin),
            Err(error) => report.value(&key, error),
        }
    }
    to
}
