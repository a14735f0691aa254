//! Payloads that a node's schema can never accept.
//!
//! Most of a payload is known only when the flow runs. So the schema checks a
//! sample: literals as they are, and a value of the right kind for each
//! variable. Only errors that hold for every payload that the flow can build
//! count: errors about a literal, the type of a variable, or which members
//! there are. A pattern that the sample of an e-mail address does not match
//! proves nothing, because another address may match it.

use std::collections::BTreeMap;

use hospes::schema::SchemaError;
use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind;
use serde_json::Value;

use super::key;
use super::sample::{Sample, pointer};
use super::schema::SchemaValidator;
use super::variable_kinds::{Kinds, kinds};
use crate::document::Report;
use crate::flow::mapping::Mapping;
use crate::flow::{Action, Does, Flow, Nodes};
use crate::key::KeySegment;

pub(super) fn check(flow: &Flow, nodes: &Nodes, report: &mut Report<'_>) {
    let kinds = kinds(flow);
    for step in flow.steps.values() {
        let Does::Action(action) = &step.does else {
            continue;
        };
        let schema = nodes
            .description(&action.node)
            .and_then(|description| description.payload_schema.as_deref());
        let Some(schema) = schema.and_then(|schema| SchemaValidator::new(schema.get())) else {
            continue;
        };
        let faults = match faults(&schema, action, &kinds) {
            Ok(faults) => faults,
            Err(error) => {
                let place = key(&step.name).child("payload");
                let node = &action.node;
                let message = format!("the schema of node `{node}` can't check it: {error}");
                report.value(&place, message);
                continue;
            }
        };
        for fault in faults {
            let place = fault
                .at
                .iter()
                .fold(key(&step.name).child("payload"), |key, part| match part {
                    KeySegment::Name(name) => key.child(name),
                    KeySegment::Index(index) => key.item(*index),
                });
            report.value(
                &place,
                format!("node `{}` can't take it: {}", action.node, fault.message),
            );
        }
    }
}

/// A position in a payload.
type PayloadPath = Vec<KeySegment>;

fn faults(
    schema: &SchemaValidator,
    action: &Action,
    kinds: &BTreeMap<&str, Kinds>,
) -> Result<Vec<Violation>, SchemaError> {
    let validate = |absent| validate(schema, &action.payload, kinds, absent);
    // Once with everything that may be absent, and once without. A member that
    // is sometimes present has to be allowed, and must not be required. Whether
    // one of several forms matches is only certain if it never does.
    let (mut faults, without) = (validate(false)?, validate(true)?);
    faults.retain(|fault| fault.what != What::Forms || without.contains(fault));
    for fault in without {
        if fault.what == What::Required && !faults.contains(&fault) {
            let message = format!("{} when the variable is absent", fault.message);
            faults.push(Violation { message, ..fault });
        }
    }
    Ok(faults)
}

/// A fault at a position in a payload.
#[derive(PartialEq)]
struct Violation {
    at: PayloadPath,
    message: String,
    what: What,
}

#[derive(Clone, Copy, PartialEq)]
enum What {
    Required,
    Forms,
    Other,
}

fn validate(
    schema: &SchemaValidator,
    payload: &Mapping,
    kinds: &BTreeMap<&str, Kinds>,
    absent: bool,
) -> Result<Vec<Violation>, SchemaError> {
    let mut sample = Sample {
        kinds,
        absent,
        holes: Vec::new(),
    };
    let value = sample.of(payload, &mut Vec::new()).unwrap_or(Value::Null);
    let mut faults = Vec::new();
    for error in schema.errors(&value)? {
        let Some(message) = sample.certain(&error) else {
            continue;
        };
        let at = place(&error, &value);
        match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                for name in unexpected {
                    let mut at = at.clone();
                    at.push(KeySegment::Name(name.clone()));
                    faults.push(Violation {
                        at,
                        message: "there must be no member of this name".to_owned(),
                        what: What::Other,
                    });
                }
            }
            kind => faults.push(Violation {
                at,
                message,
                what: match kind {
                    ValidationErrorKind::Required { .. } => What::Required,
                    ValidationErrorKind::AnyOf { .. }
                    | ValidationErrorKind::OneOfNotValid { .. } => What::Forms,
                    _ => What::Other,
                },
            }),
        }
    }
    Ok(faults)
}

/// The position that an error is about.
fn place(error: &ValidationError<'_>, value: &Value) -> PayloadPath {
    let mut place = Vec::new();
    let mut at = Some(value);
    for part in pointer(error.instance_path().as_str()) {
        let step = match at {
            Some(Value::Array(items)) => {
                let index = part.parse().unwrap_or_default();
                at = items.get(index);
                KeySegment::Index(index)
            }
            Some(Value::Object(members)) => {
                at = members.get(&part);
                KeySegment::Name(part)
            }
            _ => break,
        };
        place.push(step);
    }
    place
}
