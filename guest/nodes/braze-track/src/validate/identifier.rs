//! Whose object it is: exactly one primary identifier, or else an e-mail address
//! or a phone number.
//!
//! An empty text and half an alias name nobody: they count as absent, as null
//! does.

use super::{Checker, Fields, Step};
use crate::json::{Members, Node, find};

const NONE: &str = "'external_id', 'braze_id', 'user_alias', 'email' or 'phone' is required";
const SEVERAL: &str = "You must specify only one of 'external_id', 'user_alias' or 'braze_id'";
const TOO_LARGE: &str = "'external_id' must be fewer than 988 bytes";
const BAD_EMAIL: &str = "The value provided for the 'email' field is not a valid email.";

const PRIMARY: [&str; 3] = ["external_id", "user_alias", "braze_id"];
const SECONDARY: [&str; 2] = ["email", "phone"];

/// Bytes, not characters.
const MAX_EXTERNAL_ID: usize = 987;

/// Whether a member of that name identifies a user.
pub(crate) fn is_one(name: &str) -> bool {
    PRIMARY.contains(&name) || SECONDARY.contains(&name)
}

/// The names of the members by which Braze looks the user up: the primary ones,
/// or else the first of the secondary ones.
pub(crate) fn lookup(user: &Members<'_>) -> Vec<&'static str> {
    let is_present = |name: &&str| {
        user.get(name).is_some_and(|value| {
            serde_json::from_str(value.get()).is_ok_and(|node: Node<'_>| names_somebody(&node))
        })
    };
    let primary: Vec<_> = PRIMARY.into_iter().filter(is_present).collect();
    if primary.is_empty() {
        SECONDARY.into_iter().find(is_present).into_iter().collect()
    } else {
        primary
    }
}

pub(super) fn check<'c>(fields: Fields<'c, '_>, checker: &mut Checker<'c>) {
    checker.in_user = true;
    shapes(fields, checker);
    let is_present = |name: &&str| find(fields, name).is_some_and(names_somebody);
    match PRIMARY.iter().filter(|name| is_present(name)).count() {
        0 if SECONDARY.iter().any(is_present) => secondary(fields, checker),
        // A malformed identifier has its fault already.
        0 if checker.fine => checker.fault(NONE),
        0 | 1 => {}
        _ => checker.fault(SEVERAL),
    }
    checker.in_user = false;
}

fn names_somebody(value: &Node<'_>) -> bool {
    let is_text = |value: &Node<'_>| value.as_text().is_some_and(|text| !text.is_empty());
    match value {
        Node::Object(_) => ["alias_name", "alias_label"]
            .iter()
            .all(|name| value.get(name).is_some_and(is_text)),
        value => is_text(value),
    }
}

/// What has to be right of every identifier that is there, needed or not.
fn shapes<'c>(fields: Fields<'c, '_>, checker: &mut Checker<'c>) {
    for (name, value) in fields {
        match (&**name, value) {
            (_, Node::Null) => {}
            ("external_id", Node::Text(id)) if id.len() > MAX_EXTERNAL_ID => {
                checker.fault_at("external_id", TOO_LARGE);
            }
            ("external_id" | "braze_id" | "phone", Node::Text(_)) => {}
            ("external_id" | "braze_id" | "phone", _) => checker.not_valid(name, "a string"),
            ("email", Node::Text(address)) if address.is_empty() || is_email(address) => {}
            ("email", _) => checker.fault_at("email", BAD_EMAIL),
            ("user_alias", Node::Object(parts)) => checker.within(Step::Name(name), |checker| {
                checker.optional_text(parts, "alias_name");
                checker.optional_text(parts, "alias_label");
            }),
            ("user_alias", _) => checker.not_valid(name, "an object"),
            ("_update_existing_only", Node::Bool(_)) => {}
            ("_update_existing_only", _) => checker.not_valid(name, "a boolean"),
            _ => {}
        }
    }
}

/// Without a primary identifier Braze looks up by e-mail address, or else by
/// phone number, which then has to be one.
fn secondary<'c>(fields: Fields<'c, '_>, checker: &mut Checker<'c>) {
    let text = |name| {
        find(fields, name)
            .and_then(Node::as_text)
            .filter(|text| !text.is_empty())
    };
    if text("email").is_none() && text("phone").is_some_and(|number| !is_phone(number)) {
        checker.not_valid("phone", "a phone number, because it identifies the user");
    }
}

/// A number one could dial: 7 to 15 digits with the usual separators.
fn is_phone(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let rest = text.strip_prefix('+').unwrap_or(text);
    (7..=15).contains(&digits)
        && rest
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-' | '.' | '(' | ')'))
}

/// The common core of the rules for addresses: one `@`, a local part without
/// white space, a host name of at least two labels.
fn is_email(text: &str) -> bool {
    let Some((local, host)) = text.rsplit_once('@') else {
        return false;
    };
    let is_local = (1..=64).contains(&local.len())
        && !local
            .contains(|c: char| c.is_whitespace() || c.is_control() || "@,;<>\"()[]\\".contains(c))
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..");
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let is_top =
        |label: &str| label.chars().count() > 1 && !label.bytes().all(|b| b.is_ascii_digit());
    is_local
        && host.len() <= 253
        && host.split('.').all(is_label)
        && host.rsplit_once('.').is_some_and(|(_, top)| is_top(top))
}
