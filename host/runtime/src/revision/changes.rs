//! Compares a component with the one that serves.

use std::collections::BTreeMap;

use hospes_egress::BoundSecret;
use hospes_egress::policy::Rule;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::description::{Description, Input};
use crate::limits::{Limits, TABLE};
use crate::revision::AdmittedComponent;
use crate::revision::narrower::narrower;
use crate::swap::{Changes, Diff, LimitChange, Unmet};

/// The differences of `after`: what is new or gone, what gives the node more
/// than `before` has, and what breaks callers.
pub(crate) fn changes(before: Option<&AdmittedComponent>, after: &AdmittedComponent) -> Changes {
    let diff = |list: fn(&AdmittedComponent) -> Vec<String>| {
        Diff::between(before.map(list).unwrap_or_default(), list(after))
    };
    let mut changes = Changes {
        imports: diff(|of| of.imports.clone()),
        wishes: diff(wishes),
        rules: diff(|of| of.policy.rules().iter().map(Rule::canonical).collect()),
        secrets: diff(secrets),
        params: diff(|of| params(of).into_keys().collect()),
        unmet: unmet(after),
        ..Changes::default()
    };
    if let Some(before) = before {
        let old = params(before);
        let new = params(after).into_iter();
        changes.changed_params = new
            .filter(|(name, value)| old.get(name).is_some_and(|old| old != value))
            .map(|(name, _)| name)
            .collect();
        changes.schemas = schemas(&before.description, &after.description);
        changes.limits = limits(&before.limits, &after.limits);
    }
    let observed = before.is_some_and(|before| before.policy.is_observing());
    changes.observes = after.policy.is_observing() && !observed;
    let had = before.map_or(&[][..], |before| before.imports.as_slice());
    changes.granted = granted(&changes, before, after);
    changes.wider = powers(had, &changes.imports.added);
    changes.wider.extend_from_slice(&changes.granted);
    if let Some(before) = before {
        changes.granted.extend(values(before, after));
    }
    changes.breaking = before.map_or_else(Vec::new, |before| {
        breaking(&before.description, &after.description)
    });
    changes
}

/// The new imports that give a component an ability. WASI imports do not,
/// except for HTTP, which is the same ability through every interface; nor does
/// logging.
fn powers(had: &[String], added: &[String]) -> Vec<String> {
    let is_http =
        |import: &str| import.starts_with("wasi:http/") || import.starts_with("hospes:node/http");
    let had_http = had.iter().any(|import| is_http(import));
    let gives = |import: &&String| match import.as_str() {
        import if is_http(import) => !had_http,
        import => !import.starts_with("wasi:") && !import.starts_with("hospes:node/"),
    };
    let lines = added.iter().filter(gives);
    lines.map(|import| format!("import {import}")).collect()
}

/// The grants of a revision that another one does not have.
fn granted(
    changes: &Changes,
    before: Option<&AdmittedComponent>,
    after: &AdmittedComponent,
) -> Vec<String> {
    // A rule that another one covered before allows nothing new.
    let old = before.map_or(&[][..], |before| before.policy.rules());
    let new = after.policy.rules().iter();
    let mut granted: Vec<String> = new
        .filter(|rule| !old.iter().any(|old| old.covers(rule)))
        .map(|rule| format!("rule {}", rule.canonical()))
        .collect();
    granted.sort();
    // The same secret with its echoes withheld is less than before.
    let less = |line: &&String| {
        let plain = line.strip_suffix(WITHHELD);
        !plain.is_some_and(|plain| changes.secrets.removed.iter().any(|line| line == plain))
    };
    let secrets = changes.secrets.added.iter().filter(less);
    granted.extend(secrets.map(|line| format!("secret {line}")));
    let raised = changes.limits.iter().filter(|limit| limit.raised);
    granted.extend(raised.map(ToString::to_string));
    if changes.observes {
        granted.push("the policy only observes".to_owned());
    }
    granted
}

/// Secrets whose value differs from the serving revision's. In an earlier
/// revision, such a value has been replaced since.
fn values(before: &AdmittedComponent, after: &AdmittedComponent) -> Vec<String> {
    let differs = |secret: &&BoundSecret| {
        let mut others = before.secrets.iter();
        let now = others.find(|now| now.name == secret.name);
        now.is_some_and(|now| now.value.expose() != secret.value.expose())
    };
    let secrets = after.secrets.iter().filter(differs);
    secrets
        .map(|secret| format!("secret {} with another value", secret.name))
        .collect()
}

/// What a component breaks for the callers of the one before it, as far as
/// their descriptions tell.
fn breaking(before: &Description, after: &Description) -> Vec<String> {
    let mut breaking = Vec::new();
    if !before.name.is_empty() && before.name != after.name {
        breaking.push(match after.name.as_str() {
            "" => format!("name {} to none", before.name),
            name => format!("name {} to {name}", before.name),
        });
    }
    if let (Some(before), Some(after)) = (&before.payload_schema, &after.payload_schema) {
        breaking.extend(narrower(before, after));
    }
    breaking
}

fn wishes(of: &AdmittedComponent) -> Vec<String> {
    let wishes = of.description.egress.iter();
    wishes
        .map(|wish| format!("{} {}", wish.method, wish.url))
        .collect()
}

/// What is added to a secret whose echoes are withheld.
const WITHHELD: &str = ", echoes withheld";

fn secrets(of: &AdmittedComponent) -> Vec<String> {
    let bound = of.secrets.iter().flat_map(|secret| {
        let attached = secret.attached.as_ref();
        let mut place = attached.map_or(String::new(), |header| format!(" in `{}`", header.name()));
        if secret.withhold {
            place.push_str(WITHHELD);
        }
        let origins = secret.to.iter();
        origins.map(move |origin| format!("{} to {origin}{place}", secret.name))
    });
    bound.collect()
}

fn params(of: &AdmittedComponent) -> BTreeMap<String, Value> {
    of.params.to().unwrap_or_default()
}

fn schemas(before: &Description, after: &Description) -> Vec<&'static str> {
    // Compared by meaning, not by spelling.
    let value = |schema: &Option<Box<RawValue>>| -> Option<Value> {
        serde_json::from_str(schema.as_ref()?.get()).ok()
    };
    let pairs = [
        ("payload", &before.payload_schema, &after.payload_schema),
        ("result", &before.result_schema, &after.result_schema),
        ("params", &before.params_schema, &after.params_schema),
    ];
    pairs
        .into_iter()
        .filter(|(_, before, after)| value(before) != value(after))
        .map(|(name, ..)| name)
        .collect()
}

fn limits(before: &Limits, after: &Limits) -> Vec<LimitChange> {
    TABLE
        .iter()
        .map(|limit| (limit, limit.value(before), limit.value(after)))
        .filter(|(_, from, to)| from != to)
        .map(|(limit, from, to)| LimitChange {
            name: limit.name,
            from: limit.unit.show(from),
            to: limit.unit.show(to),
            raised: to > from,
        })
        .collect()
}

/// What the component asks for but is not granted.
pub(super) fn unmet(of: &AdmittedComponent) -> Vec<Unmet> {
    let params = params(of);
    let mut unmet = Vec::new();
    for wish in &of.description.egress {
        let wish = format!("{} {}", wish.method, filled(&wish.url, &params));
        let granted = Rule::parse(wish.trim())
            .is_ok_and(|wish| of.policy.rules().iter().any(|rule| rule.covers(&wish)));
        if !granted {
            unmet.push(Unmet::Egress { wish });
        }
    }
    let missing = |inputs: &[Input], there: &dyn Fn(&str) -> bool| -> Vec<String> {
        let missing = inputs
            .iter()
            .filter(|input| input.required && !there(&input.name));
        missing.map(|input| input.name.clone()).collect()
    };
    let has_param = |name: &str| params.contains_key(name);
    let names = missing(&of.description.params, &has_param).into_iter();
    unmet.extend(names.map(|name| Unmet::Param { name }));
    let has_secret = |name: &str| of.secret_names.iter().any(|secret| secret == name);
    let names = missing(&of.description.secrets, &has_secret).into_iter();
    unmet.extend(names.map(|name| Unmet::Secret { name }));
    unmet
}

/// A requested URL with its params filled in.
fn filled(url: &str, params: &BTreeMap<String, Value>) -> String {
    let quoted = params.iter().filter_map(|(name, value)| {
        let text = value.as_str()?.trim_end_matches('/');
        Some((format!("{{{name}}}"), text))
    });
    quoted.fold(url.to_owned(), |url, (name, value)| {
        url.replace(&name, value)
    })
}
