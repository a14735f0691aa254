//! `[node.NAME]`: a component and its grants.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use hospes::Limits;
use hospes::outcome::FailureKind;
use hospes::retry::{RetryError, RetryPolicy};

use crate::admission::{self, Admission};
use crate::document::{Item, Report, suggest};
use crate::key::is_bare;
use crate::rule_template::RuleTemplate;

pub(crate) const KEYS: &[&str] = &[
    "component",
    "digest",
    "params",
    "secrets",
    "allow",
    "observe",
    "limits",
    "retry",
    "golden",
    "signed_by",
    "signature",
    "rollout",
    "protection",
];

/// A node of a solution.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Node {
    /// Its name.
    pub name: String,
    /// The component's file.
    pub component: PathBuf,
    /// The only component that is accepted, as `sha256:...`.
    pub digest: Option<String>,
    /// The params of the environment that it may read.
    pub params: Vec<String>,
    /// The secrets of the environment that it may name in requests.
    pub secrets: Vec<String>,
    /// The requests that it may make.
    pub allow: Vec<RuleTemplate>,
    /// Whether its policy observes: see [`Policy::observing`](hospes::Policy::observing).
    pub observe: bool,
    /// Its limits.
    pub limits: Limits,
    /// Which failures are retried.
    pub retry: RetryPolicy,
    /// What its component has to pass before it may serve.
    pub admission: Admission,
}

/// Reads `[node]`: all nodes.
pub(crate) fn read_all(
    item: Item<'_>,
    directory: &Path,
    report: &mut Report<'_>,
) -> BTreeMap<String, Node> {
    let mut nodes = BTreeMap::new();
    for (name, item) in item.entries(report) {
        if !is_bare(name) {
            report.key(&item.key, "a node's name has letters, digits, `-` and `_`");
        }
        nodes.insert(name.to_owned(), read(name, item, directory, report));
    }
    nodes
}

fn read(name: &str, item: Item<'_>, directory: &Path, report: &mut Report<'_>) -> Node {
    let table = item.only(KEYS, report);
    let component = match item.get("component") {
        Some(component) => component.text(report).unwrap_or_default(),
        None => {
            if table {
                report.key(
                    &item.key,
                    "`component` is missing: it names the node's `.wasm` file",
                );
            }
            ""
        }
    };
    let digest = item.get("digest").and_then(|digest| {
        let text = digest.text(report)?;
        if !is_digest(text) {
            report.value(
                &digest.key,
                "a digest is `sha256:` and 64 lower-case hexadecimal digits",
            );
        }
        Some(text.to_owned())
    });
    let mut allow = Vec::new();
    for (text, key) in item
        .get("allow")
        .map(|list| list.texts(report))
        .unwrap_or_default()
    {
        match RuleTemplate::parse(text) {
            Ok(rule) => allow.push(rule),
            Err(error) => report.value(&key, error),
        }
    }
    Node {
        name: name.to_owned(),
        component: directory.join(component),
        digest,
        params: item.names("params", report),
        secrets: item.names("secrets", report),
        allow,
        observe: item.get("observe").is_some_and(|item| item.flag(report)),
        limits: item
            .get("limits")
            .map(|item| limits(&item, report))
            .unwrap_or_default(),
        retry: item
            .get("retry")
            .map(|item| retry(&item, report))
            .unwrap_or_default(),
        admission: admission::read_item(&item, directory, report),
    }
}

fn is_digest(text: &str) -> bool {
    text.strip_prefix("sha256:").is_some_and(|hex| {
        hex.len() == 64
            && hex
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}

fn limits(item: &Item<'_>, report: &mut Report<'_>) -> Limits {
    let mut limits = Limits::default();
    for (name, item) in item.entries(report) {
        if !hospes::limits::TABLE.iter().any(|limit| limit.name == name) {
            // The value does not matter, since the name is checked first.
            if let Err(error) = limits.set(name, "") {
                report.key(&item.key, error);
            }
        } else if let Some(value) = item.number_or_text(report)
            && let Err(error) = limits.set(name, &value)
        {
            report.value(&item.key, error);
        }
    }
    limits
}

fn retry(item: &Item<'_>, report: &mut Report<'_>) -> RetryPolicy {
    let table = item.only(&["on", "attempts", "backoff", "backoff_cap"], report);
    let mut retry = RetryPolicy::default();
    match item.get("on") {
        Some(list) => {
            for (text, key) in list.texts(report) {
                match kind(text) {
                    Ok(kind) => retry.on.push(kind),
                    Err(message) => report.value(&key, message),
                }
            }
        }
        None if table => report.key(
            &item.key,
            "`on` is missing: it lists the kinds of failure to retry",
        ),
        None => {}
    }
    if let Some(item) = item.get("attempts")
        && let Some(attempts) = item.number(report)
    {
        retry.attempts = attempts;
        if let Err(error @ RetryError::Attempts(_)) = alone(attempts).check() {
            report.value(&item.key, words(&error));
        }
    }
    if let Some(backoff) = item.get("backoff").and_then(|item| item.time(report)) {
        retry.backoff = backoff;
    }
    if let Some(cap) = item.get("backoff_cap").and_then(|item| item.time(report)) {
        retry.backoff_cap = cap;
    }
    retry
}

/// A kind of failure that may be retried.
fn kind(text: &str) -> Result<FailureKind, String> {
    let Ok(kind) = text.parse::<FailureKind>() else {
        let known: Vec<&str> = FailureKind::ALL
            .into_iter()
            .map(FailureKind::as_str)
            .collect();
        let text = text.escape_debug().to_string();
        return Err(format!(
            "unknown kind of failure `{text}`{}",
            suggest(&text, &known)
        ));
    };
    let mut policy = RetryPolicy::default();
    policy.on.push(kind);
    match policy.check() {
        Ok(()) => Ok(kind),
        Err(error) => Err(words(&error)),
    }
}

fn alone(attempts: u32) -> RetryPolicy {
    let mut policy = RetryPolicy::default();
    policy.attempts = attempts;
    policy
}

/// The error's message without the key, which is shown before it anyway.
fn words(error: &RetryError) -> String {
    let words = error.to_string();
    words
        .strip_prefix("retry: ")
        .map_or(words.clone(), str::to_owned)
}
