//! Whose object is it: exactly one primary identifier, or else an e-mail address or a phone number.

use std::borrow::Cow;

use serde_json::Value;

use super::{Checked, Object, Rules, email, not_valid};

pub(super) const NONE: &str =
    "'external_id', 'braze_id', 'user_alias', 'email' or 'phone' is required";
const SEVERAL: &str = "You must specify only one of 'external_id', 'user_alias' or 'braze_id'";
const TOO_LARGE: &str = "'external_id' must be fewer than 988 bytes";
const BLOCKED: &str = "provided external_id is blacklisted and disallowed";
pub(super) const BAD_EMAIL: &str = "The value provided for the 'email' field is not a valid email.";

/// Bytes, not characters.
const MAX_EXTERNAL_ID: usize = 987;

pub(super) fn check(object: &Object, rules: &Rules) -> Checked {
    let external_id = text(object, "external_id")?;
    let braze_id = text(object, "braze_id")?;
    let alias = alias(object)?;
    match u8::from(external_id.is_some()) + u8::from(braze_id.is_some()) + u8::from(alias) {
        0 => secondary(object),
        1 => external_id.map_or(Ok(()), |id| allowed(id, rules)),
        _ => Err(SEVERAL.into()),
    }
}

/// An empty string names nobody: it counts as absent, as `null` does.
fn text<'a>(object: &'a Object, field: &str) -> Result<Option<&'a str>, Cow<'static, str>> {
    match object.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok((!text.is_empty()).then_some(text)),
        Some(_) => Err(not_valid(field)),
    }
}

/// Whether there is a complete alias; half an alias counts as absent.
fn alias(object: &Object) -> Result<bool, Cow<'static, str>> {
    match object.get("user_alias") {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Object(alias)) => {
            Ok(text(alias, "alias_name")?.is_some() && text(alias, "alias_label")?.is_some())
        }
        Some(_) => Err(not_valid("user_alias")),
    }
}

fn allowed(external_id: &str, rules: &Rules) -> Checked {
    if external_id.len() > MAX_EXTERNAL_ID {
        return Err(TOO_LARGE.into());
    }
    if rules.blocked.contains(external_id) {
        return Err(BLOCKED.into());
    }
    Ok(())
}

/// Only looked at without a primary identifier; beside one, both are plain profile values.
fn secondary(object: &Object) -> Checked {
    if let Some(address) = text(object, "email")? {
        return if email::is_valid(address) {
            Ok(())
        } else {
            Err(BAD_EMAIL.into())
        };
    }
    match text(object, "phone")? {
        Some(number) if is_phone(number) => Ok(()),
        Some(_) => Err(not_valid("phone")),
        None => Err(NONE.into()),
    }
}

/// A number one could dial: an optional plus, 7 to 15 digits, the usual separators.
fn is_phone(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let rest = text.strip_prefix('+').unwrap_or(text);
    (7..=15).contains(&digits)
        && rest
            .chars()
            .all(|c| c.is_ascii_digit() || " -.()".contains(c))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(object: Value) -> Option<String> {
        let rules = Rules {
            blocked: ["dummy".to_owned()].into(),
            ..Rules::default()
        };
        check(object.as_object().unwrap(), &rules)
            .err()
            .map(Cow::into_owned)
    }

    #[test]
    fn one_identifier_is_enough() {
        for object in [
            json!({ "external_id": "u" }),
            json!({ "braze_id": "b" }),
            json!({ "user_alias": { "alias_name": "n", "alias_label": "l" } }),
            json!({ "email": "a@b.example" }),
            json!({ "phone": "+1 (415) 555-0100" }),
            json!({ "email": "a@b.example", "phone": "nonsense" }),
            json!({ "external_id": "u", "email": "a@b.example", "phone": "+14155550100" }),
            json!({ "external_id": "u", "braze_id": "", "user_alias": null }),
            json!({ "external_id": "é".repeat(493) }),
        ] {
            assert_eq!(said(object.clone()), None, "{object}");
        }
    }

    #[test]
    fn no_identifier_is_refused() {
        for object in [
            json!({}),
            json!({ "external_id": "" }),
            json!({ "external_id": null, "email": "" }),
            json!({ "user_alias": { "alias_name": "n" } }),
            json!({ "user_alias": { "alias_name": "n", "alias_label": "" } }),
        ] {
            assert_eq!(said(object.clone()).as_deref(), Some(NONE), "{object}");
        }
    }

    #[test]
    fn two_primary_identifiers_are_refused() {
        let alias = json!({ "alias_name": "n", "alias_label": "l" });
        for object in [
            json!({ "external_id": "u", "braze_id": "b" }),
            json!({ "external_id": "u", "user_alias": alias }),
            json!({ "braze_id": "b", "user_alias": alias }),
            json!({ "braze_id": "b", "user_alias": alias, "external_id": "u" }),
        ] {
            assert_eq!(said(object.clone()).as_deref(), Some(SEVERAL), "{object}");
        }
    }

    #[test]
    fn a_bad_identifier_is_named() {
        for (object, text) in [
            (json!({ "external_id": "x".repeat(988) }), TOO_LARGE),
            (json!({ "external_id": "é".repeat(494) }), TOO_LARGE),
            (json!({ "external_id": "dummy" }), BLOCKED),
            (json!({ "external_id": 7 }), "'external_id' is not valid"),
            (json!({ "user_alias": "n" }), "'user_alias' is not valid"),
            (json!({ "email": "not-an-address" }), BAD_EMAIL),
            (json!({ "phone": "12" }), "'phone' is not valid"),
            (json!({ "phone": "+1 call me" }), "'phone' is not valid"),
        ] {
            assert_eq!(said(object.clone()).as_deref(), Some(text), "{object}");
        }
    }
}
