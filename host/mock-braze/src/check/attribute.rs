//! One attributes object: the reserved fields by their rules, anything else as a custom attribute.
//!
//! Reserved names are lower-case: `firstName` is a custom attribute. `null` clears a field.

use serde_json::Value;

use super::{Checked, Object, Rules, custom, email, identifier, not_valid, time};

const EMAIL_STATE: &str = "'email_subscribe' must be 'subscribed', 'unsubscribed', or 'opted_in'";
const PUSH_STATE: &str = "'push_subscribe' must be 'subscribed', 'unsubscribed', or 'opted_in'";
const STATES: [&str; 3] = ["subscribed", "unsubscribed", "opted_in"];
const GENDERS: [&str; 5] = ["M", "F", "O", "N", "P"];

pub(super) fn check(object: &Object, rules: &Rules, notes: &mut Vec<String>) -> Checked {
    if object.contains_key("email_subscription_info") {
        return Err("INVALID_ATTRIBUTE_EMAIL_SUBSCRIPTION_INFO".into());
    }
    for (key, value) in object {
        if !value.is_null() {
            field(key, value, rules, notes)?;
        }
    }
    push_token_import(object)
}

fn field(key: &str, value: &Value, rules: &Rules, notes: &mut Vec<String>) -> Checked {
    let is = |fine: bool| if fine { Ok(()) } else { Err(not_valid(key)) };
    match key {
        // Judged already, for all three arrays alike.
        "external_id" | "braze_id" | "user_alias" | "_update_existing_only" => Ok(()),
        "first_name" | "last_name" | "home_city" | "country" | "language" | "phone"
        | "time_zone" | "image_url" => is(value.is_string()),
        "email" if value.as_str().is_some_and(email::is_valid) => Ok(()),
        "email" => Err(identifier::BAD_EMAIL.into()),
        "email_subscribe" if is_one_of(value, &STATES) => Ok(()),
        "email_subscribe" => Err(EMAIL_STATE.into()),
        "push_subscribe" if is_one_of(value, &STATES) => Ok(()),
        "push_subscribe" => Err(PUSH_STATE.into()),
        "gender" => is(is_one_of(value, &GENDERS)),
        "dob" => is(value.as_str().is_some_and(time::is_date)),
        "date_of_first_session" | "date_of_last_session" | "marked_email_as_spam_at" => {
            is(value.as_str().is_some_and(time::is_profile_time))
        }
        "email_open_tracking_disabled"
        | "email_click_tracking_disabled"
        | "_merge_objects"
        | "push_token_import" => is(value.is_boolean()),
        "facebook" => is(is_network(value, &["num_friends"])),
        "twitter" => is(is_network(
            value,
            &["followers_count", "friends_count", "statuses_count"],
        )),
        "current_location" if is_location(value) => Ok(()),
        "current_location" => Err("BAD_LOCATION_UPDATE".into()),
        "subscription_groups" => subscription_groups(value, rules),
        "push_tokens" => push_tokens(value),
        _ => custom::check(key, value, notes),
    }
}

fn is_one_of(value: &Value, words: &[&str]) -> bool {
    value.as_str().is_some_and(|text| words.contains(&text))
}

/// A social network: an object whose counts are whole numbers.
fn is_network(value: &Value, counts: &[&str]) -> bool {
    let whole = |name: &&str| {
        value
            .get(name)
            .is_none_or(|count| count.is_i64() || count.is_null())
    };
    value.is_object() && counts.iter().all(whole)
}

fn is_location(value: &Value) -> bool {
    let within = |name: &str, most: f64| {
        value
            .get(name)
            .and_then(Value::as_f64)
            .is_some_and(|at| at.abs() <= most)
    };
    within("longitude", 180.0) && within("latitude", 90.0)
}

fn subscription_groups(value: &Value, rules: &Rules) -> Checked {
    let Some(groups) = value.as_array() else {
        return Err("BAD_SUBSCRIPTION_GROUP_ARRAY".into());
    };
    for group in groups {
        let optional_flag = |name: &str| {
            group
                .get(name)
                .is_none_or(|flag| flag.is_boolean() || flag.is_null())
        };
        if !group.is_object() || !optional_flag("use_double_opt_in_logic") {
            return Err("BAD_SUBSCRIPTION_GROUP_HASH".into());
        }
        let id = group
            .get("subscription_group_id")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if !is_known_group(id, rules) {
            return Err("BAD_SUBSCRIPTION_GROUP_ID".into());
        }
        if !group
            .get("subscription_state")
            .is_some_and(|state| is_one_of(state, &["subscribed", "unsubscribed"]))
        {
            return Err("BAD_SUBSCRIPTION_GROUP_STATE".into());
        }
    }
    Ok(())
}

/// Any id passes until the workspace says which groups it has: Braze's own samples are not UUIDs.
fn is_known_group(id: &str, rules: &Rules) -> bool {
    match &rules.groups {
        None => !id.is_empty(),
        Some(known) => is_uuid(id) && known.contains(id),
    }
}

fn is_uuid(text: &str) -> bool {
    text.split('-').map(str::len).eq([8, 4, 4, 4, 12])
        && text.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
}

fn push_tokens(value: &Value) -> Checked {
    let Some(tokens) = value.as_array() else {
        return Err("BAD_PUSH_TOKEN_VALUE".into());
    };
    for token in tokens {
        if !token.is_object() {
            return Err("BAD_PUSH_TOKEN_VALUE".into());
        }
        let says = |name: &str| {
            token
                .get(name)
                .and_then(Value::as_str)
                .is_some_and(|text| !text.is_empty())
        };
        if !says("app_id") {
            return Err("BAD_PUSH_TOKEN_APP_ID".into());
        }
        if !says("token") {
            return Err("BAD_PUSH_TOKEN_STRING".into());
        }
        let device = token.get("device_id").filter(|device| !device.is_null());
        // Bytes, not characters.
        if device.is_some_and(|device| {
            !device
                .as_str()
                .is_some_and(|id| (8..=255).contains(&id.len()))
        }) {
            return Err("BAD_DEVICE_ID".into());
        }
    }
    Ok(())
}

/// An import brings tokens, and names nobody by `external_id` or `braze_id`.
fn push_token_import(object: &Object) -> Checked {
    let given = |name: &str| object.get(name).is_some_and(|value| !value.is_null());
    let import = object
        .get("push_token_import")
        .and_then(Value::as_bool)
        .unwrap_or_default();
    let tokens = object
        .get("push_tokens")
        .and_then(Value::as_array)
        .is_some_and(|tokens| !tokens.is_empty());
    if import && (!tokens || given("external_id") || given("braze_id")) {
        return Err("BAD_PUSH_TOKEN_IMPORT".into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use serde_json::json;

    use super::*;

    const GROUP: &str = "0f4b7c1e-0000-4000-8000-00000000abcd";

    fn said(object: &Value, rules: &Rules) -> Option<String> {
        check(object.as_object().unwrap(), rules, &mut Vec::new())
            .err()
            .map(Cow::into_owned)
    }

    #[test]
    fn every_reserved_field_has_a_form_that_is_taken() {
        let object = json!({
            "external_id": "u", "first_name": "Ada", "last_name": "L", "home_city": "London", "country": "GB",
            "language": "en", "gender": "F", "dob": "1815-12-10", "email": "ada@example.com", "phone": "+442012345678",
            "time_zone": "Europe/London", "image_url": "https://example.com/a.png", "email_subscribe": "opted_in",
            "push_subscribe": "unsubscribed", "email_open_tracking_disabled": true,
            "email_click_tracking_disabled": false, "date_of_first_session": "2026-01-01",
            "date_of_last_session": "2026-01-01T00:00:00Z", "marked_email_as_spam_at": "01/02/2026",
            "current_location": { "longitude": -0.1, "latitude": 51 }, "_merge_objects": true,
            "_update_existing_only": false, "facebook": { "id": "1", "likes": [], "num_friends": 2 },
            "twitter": { "id": 1, "screen_name": "ada", "followers_count": 1 },
            "subscription_groups": [{ "subscription_group_id": "any", "subscription_state": "subscribed" }],
            "push_tokens": [{ "app_id": "a", "token": "t", "device_id": "12345678" }],
            "operating_system": "linux",
        });
        assert_eq!(said(&object, &Rules::default()), None);
    }

    #[test]
    fn null_clears_any_field() {
        let object = json!({ "email": null, "dob": null, "current_location": null, "push_tokens": null, "custom": null });
        assert_eq!(said(&object, &Rules::default()), None);
    }

    #[test]
    fn reserved_names_are_lower_case() {
        let object = json!({ "Email": "not-an-address", "DOB": 7, "firstName": true });
        assert_eq!(said(&object, &Rules::default()), None);
    }

    #[test]
    fn a_bad_field_is_refused_in_its_own_words() {
        for (object, text) in [
            (json!({ "email": "nobody" }), identifier::BAD_EMAIL),
            (json!({ "email": "" }), identifier::BAD_EMAIL),
            (json!({ "email": 7 }), identifier::BAD_EMAIL),
            (json!({ "email_subscribe": "yes" }), EMAIL_STATE),
            (json!({ "push_subscribe": true }), PUSH_STATE),
            (json!({ "first_name": 7 }), "'first_name' is not valid"),
            (json!({ "gender": "female" }), "'gender' is not valid"),
            (json!({ "dob": "10/12/1815" }), "'dob' is not valid"),
            (
                json!({ "date_of_first_session": "once" }),
                "'date_of_first_session' is not valid",
            ),
            (
                json!({ "email_open_tracking_disabled": "true" }),
                "'email_open_tracking_disabled' is not valid",
            ),
            (
                json!({ "twitter": { "friends_count": "many" } }),
                "'twitter' is not valid",
            ),
            (json!({ "facebook": "ada" }), "'facebook' is not valid"),
            (
                json!({ "email_subscription_info": null }),
                "INVALID_ATTRIBUTE_EMAIL_SUBSCRIPTION_INFO",
            ),
            (
                json!({ "current_location": { "longitude": 1 } }),
                "BAD_LOCATION_UPDATE",
            ),
            (
                json!({ "current_location": { "longitude": 1, "latitude": 91 } }),
                "BAD_LOCATION_UPDATE",
            ),
        ] {
            assert_eq!(
                said(&object, &Rules::default()).as_deref(),
                Some(text),
                "{object}"
            );
        }
    }

    #[test]
    fn subscription_groups_are_checked_one_by_one() {
        let known = Rules {
            groups: Some([GROUP.to_owned()].into()),
            ..Rules::default()
        };
        let group = |id: &str, state: &str| json!([{ "subscription_group_id": id, "subscription_state": state }]);
        for (groups, text) in [
            (group(GROUP, "subscribed"), None),
            (
                group("any", "subscribed"),
                Some("BAD_SUBSCRIPTION_GROUP_ID"),
            ),
            (
                group("0f4b7c1e-0000-4000-8000-00000000ffff", "subscribed"),
                Some("BAD_SUBSCRIPTION_GROUP_ID"),
            ),
            (
                group(GROUP, "opted_in"),
                Some("BAD_SUBSCRIPTION_GROUP_STATE"),
            ),
            (json!([GROUP]), Some("BAD_SUBSCRIPTION_GROUP_HASH")),
            (json!({}), Some("BAD_SUBSCRIPTION_GROUP_ARRAY")),
        ] {
            let object = json!({ "subscription_groups": groups });
            assert_eq!(said(&object, &known).as_deref(), text, "{object}");
        }
    }

    #[test]
    fn push_tokens_are_checked_one_by_one() {
        let token = json!({ "app_id": "a", "token": "t" });
        for (object, text) in [
            (json!({ "push_tokens": "t" }), Some("BAD_PUSH_TOKEN_VALUE")),
            (
                json!({ "push_tokens": ["t"] }),
                Some("BAD_PUSH_TOKEN_VALUE"),
            ),
            (
                json!({ "push_tokens": [{ "token": "t" }] }),
                Some("BAD_PUSH_TOKEN_APP_ID"),
            ),
            (
                json!({ "push_tokens": [{ "app_id": "a", "token": 7 }] }),
                Some("BAD_PUSH_TOKEN_STRING"),
            ),
            (
                json!({ "push_tokens": [{ "app_id": "a", "token": "t", "device_id": "short" }] }),
                Some("BAD_DEVICE_ID"),
            ),
            (
                json!({ "push_token_import": true, "email": "a@b.example" }),
                Some("BAD_PUSH_TOKEN_IMPORT"),
            ),
            (
                json!({ "push_token_import": true, "external_id": "u", "push_tokens": [token] }),
                Some("BAD_PUSH_TOKEN_IMPORT"),
            ),
            (
                json!({ "push_token_import": true, "email": "a@b.example", "push_tokens": [token] }),
                None,
            ),
        ] {
            assert_eq!(
                said(&object, &Rules::default()).as_deref(),
                text,
                "{object}"
            );
        }
    }
}
