//! Checks that everything that nodes name exists, and that everything that
//! exists is named.

use std::collections::BTreeMap;

use hospes::policy::{Origin, Rule};

use crate::document::{Document, Report, suggest};
use crate::environment::{BoundSecret, Environment};
use crate::key::Key;
use crate::node::Node;
use crate::solution::Solution;

/// Checks every node in every environment, and finds what no node uses.
pub(crate) fn check(solution: &Solution, document: &Document<'_>, report: &mut Report<'_>) {
    for node in solution.nodes.values() {
        let key = Key::root().child("node").child(&node.name);
        if solution.environments.is_empty() {
            needs_no_environment(node, &key, report);
        }
        for environment in solution.environments.values() {
            Pair {
                node,
                key: &key,
                environment,
                others: &solution.environments,
                document,
            }
            .check(report);
        }
    }
    for environment in solution.environments.values() {
        let key = Key::root().child("env").child(&environment.name);
        unused(solution, environment, &key, report);
        unreached(solution, environment, &key, document, report);
    }
}

/// Without environments, there is nothing that a node could name.
fn needs_no_environment(node: &Node, key: &Key, report: &mut Report<'_>) {
    let nothing = "there is no environment to take it from: add `[env.NAME]`";
    if !node.params.is_empty() {
        report.value(&key.child("params"), nothing);
    }
    if !node.secrets.is_empty() {
        report.value(&key.child("secrets"), nothing);
    }
    if node.allow.iter().any(|rule| rule.params().next().is_some()) {
        report.value(&key.child("allow"), nothing);
    }
}

/// A node in an environment.
struct Pair<'a> {
    node: &'a Node,
    key: &'a Key,
    environment: &'a Environment,
    others: &'a BTreeMap<String, Environment>,
    document: &'a Document<'a>,
}

impl Pair<'_> {
    fn check(&self, report: &mut Report<'_>) {
        let Pair {
            node, environment, ..
        } = self;
        let params: Vec<&str> = environment.params.keys().map(String::as_str).collect();
        let secrets: Vec<&str> = environment.secrets.keys().map(String::as_str).collect();
        for name in &node.params {
            self.has("param", name, &params, &self.listed("params", name), report);
        }
        for rule in &node.allow {
            let key = self.listed("allow", rule.as_str());
            let mut complete = true;
            for name in rule.params() {
                complete &= self.has("param", name, &params, &key, report);
            }
            if complete && let Err(error) = rule.fill(&environment.params) {
                report.value(
                    &key,
                    format!("in environment `{}`: {error}", environment.name),
                );
            }
        }
        let rules = rules(node, environment);
        for name in &node.secrets {
            let key = self.listed("secrets", name);
            if !self.has("secret", name, &secrets, &key, report) {
                continue;
            }
            let secret = environment.secrets.get(name);
            if let Some(clash) = secret.and_then(|secret| self.clash(name, secret)) {
                report.value(&key, clash);
            }
            if let Some(secret) = secret
                && let Some(rules) = &rules
                && !secret.to.is_empty()
                && !secret.to.iter().any(|origin| reaches(rules, origin))
            {
                report.value(&key, self.out_of_reach(name, secret));
            }
        }
    }

    /// Whether the environment has it.
    fn has(
        &self,
        what: &str,
        name: &str,
        known: &[&str],
        key: &Key,
        report: &mut Report<'_>,
    ) -> bool {
        if known.contains(&name) {
            return true;
        }
        let environment = &self.environment.name;
        // Environments have the same names, so a name from another one is not a typo.
        let elsewhere = self.others.values().find(|other| match what {
            "secret" => other.secrets.contains_key(name),
            _ => other.params.contains_key(name),
        });
        let suggestion = match elsewhere {
            Some(other) => format!(", and `{}` has one", other.name),
            None => suggest(name, known),
        };
        let name = name.escape_debug();
        report.value(
            key,
            format!("environment `{environment}` has no {what} `{name}`{suggestion}"),
        );
        false
    }

    /// Two secrets for the same header of the same request.
    fn clash(&self, name: &str, secret: &BoundSecret) -> Option<String> {
        let header = secret.header.as_ref()?;
        let before = self.node.secrets.iter().take_while(|other| *other != name);
        let (other, origin) = before
            .filter_map(|other| Some((other, self.environment.secrets.get(other)?)))
            .filter(|(_, other)| other.header.as_ref().is_some_and(|h| h.is(header.name())))
            .find_map(|(name, other)| {
                let shared = secret.to.iter().find(|origin| other.to.contains(origin));
                shared.map(|origin| (name, origin))
            })?;
        Some(format!(
            "in environment `{}`, the header `{}` of requests to {origin} carries the secret `{}` already",
            self.environment.name,
            header.name(),
            other.escape_debug(),
        ))
    }

    fn out_of_reach(&self, name: &str, secret: &BoundSecret) -> String {
        let to: Vec<&str> = secret.to.iter().map(Origin::as_str).collect();
        format!(
            "in environment `{}`, secret `{}` may go to {} only, and no rule of this node reaches that",
            self.environment.name,
            name.escape_debug(),
            to.join(", "),
        )
    }

    fn listed(&self, list: &str, text: &str) -> Key {
        self.document.listed(&self.key.child(list), text)
    }
}

fn unused(solution: &Solution, environment: &Environment, key: &Key, report: &mut Report<'_>) {
    let nodes = || solution.nodes.values();
    for name in environment.params.keys() {
        let named = nodes().any(|node| node.params.contains(name));
        let quoted = nodes().any(|node| {
            node.allow
                .iter()
                .any(|rule| rule.params().any(|p| p == name))
        });
        if !named && !quoted {
            let message = "no node uses this param: name it in a node's `params`, or remove it";
            report.key(&key.child(name), message);
        }
    }
    for name in environment.secrets.keys() {
        if !nodes().any(|node| node.secrets.contains(name)) {
            let message = "no node uses this secret: name it in a node's `secrets`, or remove it";
            report.key(&key.child("secrets").child(name), message);
        }
    }
}

/// An origin that no node with the secret can reach would never be used.
fn unreached(
    solution: &Solution,
    environment: &Environment,
    key: &Key,
    document: &Document<'_>,
    report: &mut Report<'_>,
) {
    for (name, secret) in &environment.secrets {
        let nodes = solution
            .nodes
            .values()
            .filter(|node| node.secrets.contains(name));
        let rules: Option<Vec<Vec<Rule>>> = nodes.map(|node| rules(node, environment)).collect();
        let Some(rules) = rules.filter(|rules| !rules.is_empty()) else {
            continue;
        };
        let reached = |origin: &Origin| rules.iter().any(|rules| reaches(rules, origin));
        // If a node reaches none of them, its secret is reported instead.
        if !secret.to.iter().any(reached) {
            continue;
        }
        for origin in secret.to.iter().filter(|origin| !reached(origin)) {
            let to = key.child("secrets").child(name).child("to");
            report.value(
                &document.listed(&to, origin.as_str()),
                format!("no node that uses this secret has a rule that reaches {origin}"),
            );
        }
    }
}

/// The node's rules in an environment. None if one of them is invalid there,
/// which is reported elsewhere.
fn rules(node: &Node, environment: &Environment) -> Option<Vec<Rule>> {
    node.allow
        .iter()
        .map(|rule| rule.fill(&environment.params).ok())
        .collect()
}

fn reaches(rules: &[Rule], origin: &Origin) -> bool {
    rules.iter().any(|rule| rule.reaches(origin))
}
