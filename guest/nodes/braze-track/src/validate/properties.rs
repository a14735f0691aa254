//! The `properties` of an event or a purchase.
//!
//! Names are checked at every depth, values hardly at all: Braze cuts a long text
//! and omits a null.

use super::{Checker, Fields, Step, is_long};
use crate::json::{Node, find};

/// What the two kinds of object ask of their properties.
pub(super) struct Rules {
    /// Names that would shadow members of the object itself.
    pub(super) reserved: &'static [&'static str],
    /// The most bytes of JSON.
    pub(super) bytes: usize,
}

pub(super) fn check<'c>(
    fields: Fields<'c, '_>,
    rules: &Rules,
    size: usize,
    checker: &mut Checker<'c>,
) {
    let Some(properties) = find(fields, "properties") else {
        return;
    };
    checker.within(Step::Name("properties"), |checker| {
        let Node::Object(members) = properties else {
            return checker.fault("Invalid 'properties' field: expected an object");
        };
        if size > rules.bytes && properties.size() > rules.bytes {
            let most = rules.bytes / 1024;
            checker.fault(format!("Invalid 'properties' field: more than {most} KB"));
        }
        for (name, _) in members
            .iter()
            .filter(|(name, _)| rules.reserved.contains(&&**name))
        {
            checker.fault_at(
                name,
                format!("Invalid 'properties' field: '{name}' is reserved"),
            );
        }
        names(properties, checker);
    });
}

fn names<'c>(value: &'c Node<'_>, checker: &mut Checker<'c>) {
    match value {
        Node::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                checker.within(Step::Index(index), |checker| names(item, checker));
            }
        }
        Node::Object(members) => {
            for (name, value) in members {
                checker.within(Step::Name(name), |checker| {
                    if name.is_empty() {
                        checker.fault("Invalid 'properties' field: a name is empty");
                    } else if name.starts_with('$') {
                        checker.fault("Invalid 'properties' field: a name starts with '$'");
                    } else if is_long(name) {
                        checker.fault("Invalid 'properties' field: a name exceeds 255 characters");
                    }
                    names(value, checker);
                });
            }
        }
        _ => {}
    }
}
