//! What goes into a node and what comes out: checked JSON, never too deep and
//! never too long, and otherwise a typed fault.

use std::fmt;
use std::sync::LazyLock;

use hospes::outcome::Answer;
use hospes::{Context, Fault, Json, Limits, NodeConfig, Outcome, Runtime};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Value, value::RawValue};

const DEPTH: u64 = 8;
const RESULT: u64 = 512;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let mut limits = Limits::default();
    limits.depth = DEPTH;
    limits.result = RESULT;
    let runtime = Runtime::builder().executions(2).build().unwrap();
    for (name, guest) in [
        ("result", hospes_artifacts::INVALID_JSON),
        ("details", hospes_artifacts::INVALID_DETAILS),
    ] {
        let config = NodeConfig::from_file(guest).limits(limits.clone());
        runtime.load(name, config).unwrap();
    }
    runtime
});

/// Bytes as a document, and as the text that a node answers with.
pub fn boundary(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    is_checked(text);
    is_taken_for_a_context(text);

    let payload = serde_json::to_string(text).unwrap();
    for node in ["result", "details"] {
        let outcome = execute(node, &payload);
        let found = match &outcome.answer {
            Ok(Answer::Success(result)) => Ok(result.as_str()),
            Ok(Answer::Failure(failure)) => Ok(failure.details.as_ref().unwrap().as_str()),
            Err(fault) => Err(fault),
        };
        // The failure's message is two bytes more.
        let room = RESULT - if node == "details" { 2 } else { 0 };
        match found {
            Ok(found) => assert_eq!(found, text),
            Err(Fault::ResultTooLarge { limit: RESULT }) => assert!(text.len() as u64 > room),
            Err(Fault::InvalidResult { .. }) => assert!(Json::within(text, DEPTH).is_err()),
            Err(fault) => panic!("{fault:?}"),
        }
        if Json::within(text, DEPTH).is_ok() && text.len() as u64 <= room {
            assert!(found.is_ok(), "{found:?}");
        }
    }
    // The same bytes as the payload itself.
    match RUNTIME.execute_blocking("result", text, &Context::new()) {
        Ok(outcome) => _ = document(&outcome),
        Err(error) => assert_eq!(
            error.to_string().is_empty(),
            Json::within(text, DEPTH).is_ok()
        ),
    }
}

fn execute(node: &str, payload: &str) -> Outcome {
    let outcome = RUNTIME
        .execute_blocking(node, payload, &Context::new())
        .unwrap();
    document(&outcome);
    outcome
}

/// The outcome document is JSON whatever the node answered.
fn document(outcome: &Outcome) -> Box<RawValue> {
    let document = serde_json::to_string(outcome).unwrap();
    serde_json::from_str(&document).unwrap()
}

/// A document is accepted if another parser reads it and it is not too deep.
fn is_checked(text: &str) {
    let value = serde_json::from_str::<Value>(text);
    let deep = value.is_ok().then(|| depth(text));
    for limit in [0, 1, DEPTH, 64] {
        let json = Json::within(text, limit);
        match (&json, deep) {
            (Ok(json), _) => {
                assert_eq!(json.as_str(), text);
                assert_eq!(serde_json::to_string(json).unwrap(), text.trim());
                assert!(deep.is_none_or(|deep| deep <= limit));
            }
            (Err(_), Some(deep)) => assert!(deep > limit, "{text:?} at {limit}"),
            (Err(error), None) => assert!(!error.to_string().is_empty()),
        }
    }
}

/// How deep a document nests, as its parser walks through it: a `Value` would
/// have forgotten what a later key of the same name has replaced.
fn depth(text: &str) -> u64 {
    serde_json::from_str::<Depth>(text).unwrap().0
}

struct Depth(u64);

impl<'de> Deserialize<'de> for Depth {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Depth, D::Error> {
        deserializer.deserialize_any(Walk)
    }
}

struct Walk;

impl<'de> Visitor<'de> for Walk {
    type Value = Depth;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Depth, E> {
        Ok(Depth(0))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Depth, E> {
        Ok(Depth(0))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Depth, E> {
        Ok(Depth(0))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Depth, E> {
        Ok(Depth(0))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Depth, E> {
        Ok(Depth(0))
    }

    fn visit_str<E>(self, _: &str) -> Result<Depth, E> {
        Ok(Depth(0))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Depth, A::Error> {
        let mut deepest = 0;
        while let Some(Depth(depth)) = items.next_element()? {
            deepest = deepest.max(depth);
        }
        Ok(Depth(deepest + 1))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut items: A) -> Result<Depth, A::Error> {
        let mut deepest = 0;
        while let Some((_, Depth(depth))) = items.next_entry::<String, Depth>()? {
            deepest = deepest.max(depth);
        }
        Ok(Depth(deepest + 1))
    }
}

fn is_taken_for_a_context(text: &str) {
    let visible = text.bytes().all(|byte| (b'!'..=b'~').contains(&byte));
    let fits = !text.is_empty() && text.len() <= 128;
    let context = Context::new().with_execution_id(text);
    assert_eq!(context.is_ok(), visible && fits, "{text:?}");
    if let Ok(json) = Json::within(text, DEPTH) {
        let object = serde_json::from_str::<serde_json::Map<String, Value>>(text).is_ok();
        let taken = Context::new().with_variables(json).is_ok();
        // A number that no type of ours can hold is JSON all the same.
        assert!(taken || !object, "{text:?}");
    }
}
