//! Whether a node is granted what its description needs, and nothing else.

use hospes::description::{Description, Input};
use serde_json::Value;

use crate::document::{Document, Report, suggest};
use crate::environment::Environment;
use crate::flow::SchemaValidator;
use crate::key::Key;
use crate::node::Node;
use crate::solution::Solution;

/// Compares a node's description with its grants.
pub(crate) fn check(
    node: &Node,
    key: &Key,
    description: &Description,
    solution: &Solution,
    document: &Document<'_>,
    report: &mut Report<'_>,
) {
    // The host adds it to requests, so the node need not know it.
    let attached = |name: &String| {
        let secrets = solution.environments.values();
        let mut found = secrets.filter_map(|environment| environment.secrets.get(name));
        found.any(|secret| secret.header.is_some())
    };
    let mut list = |what: &str, named: &[String], wanted: &[Input]| {
        let list = key.child(&format!("{what}s"));
        for input in wanted {
            if input.required && !named.contains(&input.name) {
                let name = input.name.escape_debug();
                let message = format!(
                    "the node can't work without the {what} `{name}` ({}): add it to `{what}s`, and to every \
                     environment",
                    input
                        .summary
                        .trim_end_matches('.')
                        .replace(char::is_control, " ")
                );
                report.key(key, message);
            }
        }
        // A component without a description may read anything.
        if description.name.is_empty() {
            return;
        }
        let known: Vec<&str> = wanted.iter().map(|input| input.name.as_str()).collect();
        for name in named {
            if !known.contains(&name.as_str()) && !attached(name) {
                let suggestion = suggest(name, &known);
                let message = format!(
                    "the node does not use a {what} `{}`{suggestion}",
                    name.escape_debug()
                );
                report.value(&document.listed(&list, name), message);
            }
        }
    };
    list("param", &node.params, &description.params);
    list("secret", &node.secrets, &description.secrets);
    for environment in solution.environments.values() {
        values(node, description, environment, report);
    }
}

/// Checks the values of the params against the node's schema.
fn values(
    node: &Node,
    description: &Description,
    environment: &Environment,
    report: &mut Report<'_>,
) {
    let schema = description.params_schema.as_deref();
    let Some(schema) = schema.and_then(|schema| SchemaValidator::new(schema.get())) else {
        return;
    };
    let named = |name: &String| Some((name.clone(), environment.params.get(name)?.clone()));
    let params = Value::Object(node.params.iter().filter_map(named).collect());
    let errors = match schema.errors(&params) {
        Ok(errors) => errors,
        Err(error) => {
            let key = Key::root().child("node").child(&node.name);
            let message = format!("the node's schema can't check its params: {error}");
            report.key(&key, message);
            return;
        }
    };
    for error in errors {
        let pointer = error.instance_path().as_str();
        let name = pointer.split('/').nth(1).unwrap_or_default();
        let name = name.replace("~1", "/").replace("~0", "~");
        // A missing param has been reported.
        if environment.params.contains_key(&name) {
            let key = Key::root().child("env").child(&environment.name);
            let message = format!("node `{}` can't take it: {error}", node.name);
            report.value(&key.child(&name), message);
        }
    }
}
