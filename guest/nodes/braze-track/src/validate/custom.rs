//! The value of one custom attribute.
//!
//! Braze silently cuts long texts and long arrays, which is not a fault. But one
//! bad value in a nested object makes it silently drop all nested updates of the
//! whole request, which is one.

use super::{Checker, Fields, Step, is_long};
use crate::json::Node;
use crate::time::is_attribute_time;

/// The most bytes of an array of objects.
const MAX_ARRAY: usize = 100 * 1024;

pub(super) fn check<'c>(
    name: &'c str,
    value: &'c Node<'_>,
    size: usize,
    checker: &mut Checker<'c>,
) {
    match value {
        Node::Array(_) => checker.within(Step::Name(name), |checker| array(value, size, checker)),
        Node::Object(fields) => composite(name, fields, size, checker),
        _ => {}
    }
}

/// A simple array, or one of objects.
fn array<'c>(value: &'c Node<'_>, size: usize, checker: &mut Checker<'c>) {
    let Node::Array(items) = value else {
        return;
    };
    if size > MAX_ARRAY && value.size() > MAX_ARRAY && items.iter().any(is_object) {
        checker.fault("an array of objects must not exceed 100 KB");
    }
    for (index, item) in items.iter().enumerate() {
        if is_object(item) {
            checker.within(Step::Index(index), |checker| nested(item, checker));
        }
    }
}

fn is_object(value: &Node<'_>) -> bool {
    matches!(value, Node::Object(_))
}

/// An instruction if all its members are of one family, else a nested object.
fn composite<'c>(name: &'c str, fields: Fields<'c, '_>, size: usize, checker: &mut Checker<'c>) {
    let only = |family: &[&str]| {
        !fields.is_empty() && fields.iter().all(|(name, _)| family.contains(&&**name))
    };
    if only(&["inc"]) {
        if !fields
            .iter()
            .all(|(_, value)| matches!(value, Node::Integer(_)))
        {
            checker.not_valid(name, "a whole number for 'inc'");
        }
    } else if only(&["add", "remove"]) {
        if !fields
            .iter()
            .all(|(_, value)| matches!(value, Node::Array(_)))
        {
            checker.not_valid(name, "arrays for 'add' and 'remove'");
        }
    } else if only(&["$add", "$update", "$remove"]) {
        checker.within(Step::Name(name), |checker| {
            for (operation, items) in fields {
                checker.within(Step::Name(operation), |checker| {
                    edit(operation, items, size, checker)
                });
            }
        });
    } else {
        checker.within(Step::Name(name), |checker| nested_fields(fields, checker));
    }
}

/// One of the three ways to change an array of objects.
fn edit<'c>(operation: &str, items: &'c Node<'_>, size: usize, checker: &mut Checker<'c>) {
    let needed: &[&str] = match operation {
        "$update" => &["$identifier_key", "$identifier_value", "$new_object"],
        "$remove" => &["$identifier_key", "$identifier_value"],
        _ => &[],
    };
    let is_complete =
        |item: &Node<'_>| is_object(item) && needed.iter().all(|name| item.get(name).is_some());
    match items {
        Node::Array(list) if list.iter().all(is_complete) => array(items, size, checker),
        _ if needed.is_empty() => {
            checker.fault(format!("'{operation}' expects an array of objects"))
        }
        _ => checker.fault(format!(
            "'{operation}' expects an array of objects with '{}'",
            needed.join("', '")
        )),
    }
}

/// A value inside a nested object.
fn nested<'c>(value: &'c Node<'_>, checker: &mut Checker<'c>) {
    match value {
        Node::Null => checker.fault("a nested value must not be null"),
        Node::Text(text) if is_long(text) => {
            checker.fault("a nested text must not exceed 255 characters");
        }
        Node::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                checker.within(Step::Index(index), |checker| nested(item, checker));
            }
        }
        Node::Object(fields) => nested_fields(fields, checker),
        _ => {}
    }
}

fn nested_fields<'c>(fields: Fields<'c, '_>, checker: &mut Checker<'c>) {
    for (name, value) in fields {
        checker.within(Step::Name(name), |checker| {
            if is_long(name) {
                checker.fault("a nested name must not exceed 255 characters");
            } else if name == "$time" {
                if !value.as_text().is_some_and(is_attribute_time) {
                    checker.fault("'$time' is not valid: expected a time in ISO 8601");
                }
            } else {
                nested(value, checker);
            }
        });
    }
}
