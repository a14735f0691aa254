//! The JSON Schemas of the files. With `#:schema URL` in a file's first line,
//! editors complete and explain keys.
//!
//! The types here mirror the files. The files themselves are read through
//! `document`, which knows positions and finds all faults at once. Tests check
//! that both know the same keys.

mod callers;
mod flow;
mod solution;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, json_schema};
use serde_json::{Map, Value};

/// The JSON Schema (draft 2020-12) of a solution file, as text.
pub fn solution_schema() -> String {
    text::<solution::SolutionFile>("hospes.toml: a solution")
}

/// The JSON Schema (draft 2020-12) of a flow file, as text.
pub fn flow_schema() -> String {
    text::<flow::FlowFile>("A flow of a hospes solution")
}

/// The JSON Schema (draft 2020-12) of a callers file, as text.
pub fn callers_schema() -> String {
    text::<callers::CallersFile>("The callers of a hospes server")
}

/// The schema of an object with these members and no others, all optional.
fn object(members: impl Iterator<Item = (&'static str, Value)>) -> Schema {
    let members: Map<String, Value> = members
        .map(|(name, schema)| (name.to_owned(), schema))
        .collect();
    json_schema!({ "type": "object", "properties": members, "additionalProperties": false })
}

fn text<T: JsonSchema>(title: &str) -> String {
    let mut schema = SchemaSettings::draft2020_12()
        .into_generator()
        .into_root_schema_for::<T>();
    schema.insert("title".to_owned(), title.into());
    let mut text = format!("{:#}", schema.as_value());
    text.push('\n');
    text
}

#[cfg(test)]
mod tests;
