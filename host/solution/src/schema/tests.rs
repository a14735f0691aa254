//! The schemas in the repository are those of the code, and know what the
//! reader knows.

use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::callers::Caller;
use crate::document::Document;
use crate::{admission, callers, environment, flow as reader, node, solution_file, trusted};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn parse(schema: &str) -> Value {
    serde_json::from_str(schema).unwrap()
}

/// To renew them, run this test with `HOSPES_RENEW=1`.
#[test]
fn the_schemas_in_the_repository_are_those_of_the_code() {
    for (name, schema) in [
        ("hospes", solution_schema()),
        ("flow", flow_schema()),
        ("callers", callers_schema()),
    ] {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("schema/{name}.schema.json"));
        if std::env::var_os("HOSPES_RENEW").is_some() {
            fs::write(&file, &schema).unwrap();
        }
        let kept = fs::read_to_string(&file).unwrap();
        assert!(kept == schema, "{} is not that of the code", file.display());
    }
}

/// The keys that a schema's definition knows, in order.
fn keys(schema: &Value, definition: &str) -> Vec<String> {
    let at = match definition {
        "" => schema,
        name => &schema["$defs"][name],
    };
    let mut keys: Vec<String> = at["properties"]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    assert_eq!(at["additionalProperties"], false, "{definition}");
    keys.sort();
    keys
}

#[test]
fn schema_and_reader_know_the_same_keys() {
    let (solution, flow) = (parse(&solution_schema()), parse(&flow_schema()));
    let of_callers = parse(&callers_schema());
    for (schema, definition, known) in [
        (&solution, "", solution_file::KEYS),
        (&solution, "SecretTable", environment::SECRET_KEYS),
        (&solution, "NodeTable", node::KEYS),
        (&solution, "BoundedKey", trusted::KEYS),
        (&solution, "CanaryTable", admission::CANARY_KEYS),
        (&solution, "ProtectionTable", admission::PROTECTION_KEYS),
        (&flow, "", reader::KEYS),
        (&flow, "InputTable", reader::INPUT_KEYS),
        (&flow, "FieldTable", reader::FIELD_KEYS),
        (&flow, "SayStep", reader::SAY_KEYS),
        (&flow, "CollectStep", reader::COLLECT_KEYS),
        (&flow, "ActionStep", reader::ACTION_KEYS),
        (&flow, "BranchStep", reader::BRANCH_KEYS),
        (&flow, "EndStep", reader::END_KEYS),
        (&of_callers, "", &["caller"]),
        (&of_callers, "CallerTable", callers::KEYS),
    ] {
        let mut known = known.to_vec();
        known.sort_unstable();
        assert_eq!(keys(schema, definition), known, "{definition}");
    }
    let kinds: Vec<&str> = reader::FieldKind::ALL
        .iter()
        .map(|kind| kind.as_str())
        .collect();
    let found: Vec<&str> = flow["$defs"]["Kind"]["oneOf"]
        .as_array()
        .unwrap()
        .iter()
        .map(|kind| kind["const"].as_str().unwrap())
        .collect();
    assert_eq!(found, kinds);
}

fn errors(schema: &str, file: &Path, text: &str) -> Vec<String> {
    let document = Document::parse(file, text).unwrap();
    let value = document.root().as_json().unwrap();
    let validator = jsonschema::draft202012::new(&parse(schema)).unwrap();
    validator
        .iter_errors(&value)
        .map(|error| error.to_string())
        .collect()
}

#[test]
fn the_examples_satisfy_the_schemas_and_mistakes_do_not() {
    let none: Vec<String> = Vec::new();
    for (name, flow) in [("onboarding", "onboarding"), ("two-nodes", "greet")] {
        let folder = repository().join("examples").join(name);
        let file = folder.join("hospes.toml");
        let text = fs::read_to_string(&file).unwrap();
        assert_eq!(errors(&solution_schema(), &file, &text), none, "{name}");
        let broken = text.replace("component =", "componet =");
        assert_ne!(errors(&solution_schema(), &file, &broken), none, "{name}");
        let file = folder.join("flows").join(flow).with_extension("toml");
        let text = fs::read_to_string(&file).unwrap();
        assert_eq!(errors(&flow_schema(), &file, &text), none, "{name}");
        for (from, to) in [("next =", "nxt ="), ("kind = \"email\"", "kind = \"mail\"")] {
            let broken = text.replacen(from, to, 1);
            assert_ne!(errors(&flow_schema(), &file, &broken), none, "{name}: {to}");
        }
    }
}

/// The callers file that a page of the documentation shows.
#[test]
fn the_callers_of_the_documentation_satisfy_the_schema_and_mistakes_do_not() {
    let page = fs::read_to_string(repository().join("docs/serving.md")).unwrap();
    let (_, rest) = page.split_once("```toml\n[caller.").unwrap();
    let (text, _) = rest.split_once("```").unwrap();
    let text = format!("[caller.{text}");
    let file = Path::new("callers.toml");
    let none: Vec<String> = Vec::new();
    assert_eq!(errors(&callers_schema(), file, &text), none);
    Caller::parse(file, &text, None).unwrap();
    for (from, to) in [
        ("nodes =", "node ="),
        ("tokens =", "token ="),
        ("[caller.crm]", "[caller.\"c r m\"]"),
        ("[\"file:/run/secrets/crm\"]", "[\"a-token-itself\"]"),
        ("[\"file:/run/secrets/crm\"]", "[]"),
        ("rate = 50", "rate = 0"),
        ("read = true", "read = \"yes\""),
    ] {
        let broken = text.replacen(from, to, 1);
        assert_ne!(broken, text, "{from}");
        assert_ne!(errors(&callers_schema(), file, &broken), none, "{to}");
        assert!(Caller::parse(file, &broken, None).is_err(), "{to}");
    }
}
