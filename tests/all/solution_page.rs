//! `docs/solution-file.md` has every key of the schema, and an example that
//! uses them all.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use hospes_solution::Solution;
use serde_json::Value;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn schema() -> Value {
    serde_json::from_str(&hospes_solution::schema::solution_schema()).unwrap()
}

/// The tables of a file, as they are written there, with the path to each in
/// the schema.
const TABLES: [(&str, &str); 9] = [
    ("At the top", ""),
    ("`[env.NAME]`", "/$defs/EnvironmentTable"),
    ("`[env.NAME.secrets.NAME]`", "/$defs/SecretTable"),
    ("`[node.NAME]`", "/$defs/NodeTable"),
    ("`[node.NAME.retry]`", "/$defs/RetryTable"),
    ("`[node.NAME.protection]`", "/$defs/ProtectionTable"),
    ("A canary, in `rollout`", "/$defs/CanaryTable"),
    ("A key with bounds, in `signed_by`", "/$defs/BoundedKey"),
    ("`[flow.NAME]`", "/$defs/FlowTable"),
];

fn at(schema: &Value, path: &str) -> Value {
    schema.pointer(path).unwrap().clone()
}

/// What a value of this key is, in a word or two.
fn kind(schema: &Value, key: &Value) -> String {
    if let Some(name) = key["$ref"].as_str() {
        return kind(schema, &at(schema, name.trim_start_matches('#')));
    }
    if let Some(words) = key["enum"].as_array() {
        let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
        return words.join(" or ");
    }
    if let Some(choices) = key["anyOf"].as_array() {
        let kinds = choices.iter().filter(|choice| choice["type"] != "null");
        let kinds: Vec<String> = kinds.map(|choice| kind(schema, choice)).collect();
        return kinds.join(" or ");
    }
    let names = match &key["type"] {
        Value::Array(names) => names.clone(),
        name => vec![name.clone()],
    };
    let name = names.iter().find(|name| *name != "null").unwrap();
    match name.as_str().unwrap() {
        "array" => format!("list: {}", kind(schema, &key["items"])),
        "object" => "table".to_owned(),
        "string" => "text".to_owned(),
        "integer" => match (key["minimum"].as_u64(), key["maximum"].as_u64()) {
            (Some(min), Some(max)) => format!("{min} to {max}"),
            _ => "number".to_owned(),
        },
        "boolean" => "`true` or `false`".to_owned(),
        other => other.to_owned(),
    }
}

/// The default of a key: what is written there, or that it is required.
fn default(table: &Value, name: &str, key: &Value) -> String {
    let required = table["required"].as_array();
    if required.is_some_and(|required| required.contains(&name.into())) {
        return "required".to_owned();
    }
    match &key["default"] {
        Value::Null => "none".to_owned(),
        Value::Array(list) if list.is_empty() => "none".to_owned(),
        Value::Object(table) if table.is_empty() => "none".to_owned(),
        value => format!("`{value}`"),
    }
}

/// A section with a table for each table of the file.
fn keys() -> String {
    let schema = schema();
    let mut text = String::new();
    for (title, path) in TABLES {
        let table = at(&schema, path);
        let heading = "| key | value | default | what |\n| --- | --- | --- | --- |";
        write!(text, "### {title}\n\n{heading}\n").unwrap();
        for (name, key) in table["properties"].as_object().unwrap() {
            let what = key["description"].as_str().unwrap().replace('\n', " ");
            let what = what.replace('|', "\\|");
            let (kind, default) = (kind(&schema, key), default(&table, name, key));
            writeln!(text, "| `{name}` | {kind} | {default} | {what} |").unwrap();
        }
        text.push('\n');
    }
    text.trim_end().to_owned()
}

fn example() -> PathBuf {
    repository().join("examples/every-key/hospes.toml")
}

/// Puts a generated part between its marker and the next heading or paragraph
/// that is marked as its end.
fn filled(page: &str, marker: &str, part: &str) -> String {
    let (begin, end) = (format!("<!-- {marker} -->\n"), "<!-- end -->\n");
    let (before, after) = page.split_once(&begin).unwrap();
    let after = after.split_once(end).map_or(after, |(_, after)| after);
    format!("{before}{begin}\n{part}\n\n{end}{after}")
}

/// To renew it, run this test with `HOSPES_RENEW=1`.
#[test]
fn the_page_has_the_keys_of_the_schema_and_the_example() {
    let path = repository().join("docs/solution-file.md");
    let page = fs::read_to_string(&path).unwrap();
    let toml = fs::read_to_string(example()).unwrap();
    let toml = format!("```toml\n{}\n```", toml.trim_end());
    let renewed = filled(&page, "examples/every-key/hospes.toml", &toml);
    let renewed = filled(&renewed, "keys", &keys());
    if std::env::var_os("HOSPES_RENEW").is_some() {
        fs::write(&path, &renewed).unwrap();
    }
    let page = fs::read_to_string(&path).unwrap();
    assert!(
        page == renewed,
        "docs/solution-file.md is not that of the schema"
    );
}

#[test]
fn the_example_loads_and_uses_every_key_of_the_schema() {
    Solution::load(example()).unwrap();
    let toml = fs::read_to_string(example()).unwrap();
    let schema = schema();
    for (title, path) in TABLES {
        for name in at(&schema, path)["properties"].as_object().unwrap().keys() {
            let written = [
                format!("{name} = "),
                format!(".{name}."),
                format!(".{name}]"),
            ];
            let written = written.iter().any(|form| toml.contains(form.as_str()))
                || toml.contains(&format!("[{name}."));
            assert!(written, "{title}: `{name}`");
        }
    }
}

#[test]
fn every_table_of_the_schema_is_on_the_page() {
    let schema = schema();
    for name in schema["$defs"].as_object().unwrap().keys() {
        // A key that is text or a table with bounds, described with its table.
        let known = TABLES.iter().any(|(_, path)| path.ends_with(name)) || name == "SignedBy";
        assert!(known, "`{name}` is on no row of the page");
    }
}
