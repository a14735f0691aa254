//! What a flow reads from the results of a node, and whether the node still
//! promises it.

use hospes::description::Description;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::flow::text::Reference;
use crate::flow::{Does, Flow, Step};

/// How often a reference of a schema is followed.
const LINKS: u32 = 32;

/// Whether a part of a result is present.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Promise {
    Never,
    Perhaps,
    Always,
}

impl Flow {
    /// What the flow reads from a node's results that another revision of the
    /// node no longer promises: a sentence for each. The result schemas of both
    /// are compared for the parts that the flow quotes, such as `{result.id}`.
    /// A result that is quoted as a whole is not examined.
    pub fn unreadable(&self, node: &str, before: &Description, after: &Description) -> Vec<String> {
        let [before, after] = [before, after].map(|of| of.result_schema.as_deref());
        unreadable(self, node, before, after)
    }
}

/// A sentence for each step that reads something from the node's results that
/// the schema `before` promised or allowed and `after` does not.
fn unreadable(
    flow: &Flow,
    node: &str,
    before: Option<&RawValue>,
    after: Option<&RawValue>,
) -> Vec<String> {
    let parse = |schema: Option<&RawValue>| -> Value {
        let schema = schema.and_then(|schema| serde_json::from_str(schema.get()).ok());
        schema.unwrap_or(Value::Bool(true))
    };
    let (before, after) = (parse(before), parse(after));
    let mut lines = Vec::new();
    for step in flow.steps() {
        read(step, &mut |reference| {
            if reference.parts.is_empty() || !keeps(flow, node, &reference.name) {
                return;
            }
            let had = promise(&before, &before, &reference.parts, LINKS);
            let has = promise(&after, &after, &reference.parts, LINKS);
            let lost = match has {
                Promise::Never => had > has,
                _ => had > has && !reference.optional,
            };
            let line = format!(
                "flow {} step {} reads {reference}, which is {} present now",
                flow.name,
                step.name,
                match has {
                    Promise::Never => "never",
                    _ => "not always",
                }
            );
            if lost && !lines.contains(&line) {
                lines.push(line);
            }
        });
    }
    lines
}

/// Whether a variable may hold a result of the node.
fn keeps(flow: &Flow, node: &str, variable: &str) -> bool {
    flow.steps().into_iter().any(|step| match &step.does {
        Does::Action(action) => action.node == node && action.keep.as_deref() == Some(variable),
        _ => false,
    })
}

/// Calls `see` with everything that a step quotes.
fn read(step: &Step, see: &mut dyn FnMut(&Reference)) {
    match &step.does {
        Does::Say { text, .. } => text.references().for_each(see),
        Does::Collect { fields, .. } => {
            let prompts = fields.iter().map(|field| &field.prompt);
            prompts.flat_map(|text| text.references()).for_each(see);
        }
        Does::Action(action) => {
            let root = crate::key::Key::root();
            action
                .payload
                .references(&root, &mut |_, reference| see(reference));
        }
        // A missing variable takes `otherwise`, if there is one.
        Does::Branch { on, otherwise, .. } => see(&Reference {
            optional: otherwise.is_some(),
            ..on.clone()
        }),
        Does::End { .. } => {}
    }
}

/// What a schema says about a part of a value. A null counts as absent.
fn promise(root: &Value, schema: &Value, parts: &[String], links: u32) -> Promise {
    let schema = match schema {
        Value::Bool(false) => return Promise::Never,
        Value::Object(schema) => schema,
        _ => return Promise::Perhaps,
    };
    let list = |key: &str| schema.get(key).and_then(Value::as_array);
    let also = |schema: &Value| match links.checked_sub(1) {
        Some(links) => promise(root, schema, parts, links),
        None => Promise::Perhaps,
    };
    let mut all = vec![itself(root, schema, parts, links)];
    let target = schema.get("$ref").and_then(Value::as_str);
    let target = target.and_then(|target| root.pointer(target.strip_prefix('#')?));
    all.extend(target.map(also));
    all.extend(list("allOf").into_iter().flatten().map(also));
    for forms in [list("anyOf"), list("oneOf")].into_iter().flatten() {
        let forms: Vec<Promise> = forms.iter().map(also).collect();
        let same = |promise| forms.iter().all(|form| *form == promise);
        all.push(match () {
            () if same(Promise::Always) => Promise::Always,
            () if same(Promise::Never) => Promise::Never,
            () => Promise::Perhaps,
        });
    }
    if all.contains(&Promise::Never) {
        return Promise::Never;
    }
    all.into_iter().max().unwrap_or(Promise::Perhaps)
}

/// The same for a schema's own keywords.
fn itself(
    root: &Value,
    schema: &serde_json::Map<String, Value>,
    parts: &[String],
    links: u32,
) -> Promise {
    let types: Option<Vec<&str>> = match schema.get("type") {
        Some(Value::String(one)) => Some(vec![one]),
        Some(Value::Array(some)) => Some(some.iter().filter_map(Value::as_str).collect()),
        _ => None,
    };
    let only = |ty: &str| types.as_deref() == Some(&[ty]);
    let may = |ty: &str| types.as_ref().is_none_or(|types| types.contains(&ty));
    let Some((part, rest)) = parts.split_first() else {
        return match types {
            Some(_) if only("null") => Promise::Never,
            Some(types) if !types.contains(&"null") => Promise::Always,
            _ => Promise::Perhaps,
        };
    };
    if !may("object") && !may("array") {
        return Promise::Never;
    }
    let member = schema.get("properties").and_then(|all| all.get(part));
    let other = schema.get("additionalProperties");
    let below = |schema: &Value| promise(root, schema, rest, links);
    let found = match (member, other) {
        (Some(member), _) => below(member),
        (None, Some(other)) if only("object") => below(other).min(Promise::Perhaps),
        _ => Promise::Perhaps,
    };
    let required = schema.get("required").and_then(Value::as_array);
    let required = required.is_some_and(|names| names.iter().any(|name| name == part));
    match found {
        Promise::Never if only("object") => Promise::Never,
        Promise::Always if only("object") && required => Promise::Always,
        _ => Promise::Perhaps,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_schema_promises_what_it_requires_and_refuses_what_it_closes() {
        let schema = json!({
            "type": "object", "required": ["id", "user", "tags"],
            "properties": {
                "id": {"type": "string"},
                "user": {"$ref": "#/$defs/user"},
                "nick": {"type": "string"},
                "empty": {"type": "null"},
                "tags": {"type": "array", "items": {"type": "string"}},
                "either": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            },
            "additionalProperties": false,
            "$defs": {"user": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}},
        });
        for (path, promised) in [
            ("id", Promise::Always),
            ("id.part", Promise::Never),
            ("user.name", Promise::Always),
            ("user.age", Promise::Perhaps),
            ("nick", Promise::Perhaps),
            ("empty", Promise::Never),
            ("tags.0", Promise::Perhaps),
            ("either", Promise::Perhaps),
            ("gone", Promise::Never),
        ] {
            let parts: Vec<String> = path.split('.').map(str::to_owned).collect();
            assert_eq!(promise(&schema, &schema, &parts, LINKS), promised, "{path}");
        }
        let round = json!({"$ref": "#"});
        let parts = ["id".to_owned()];
        assert_eq!(promise(&round, &round, &parts, LINKS), Promise::Perhaps);
    }
}
