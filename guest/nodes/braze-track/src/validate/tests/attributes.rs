//! The rules of attributes, reserved and custom.

use serde_json::{Value, json};

use super::{Array, EMAIL, check_one};

/// Judges a user with one attribute.
#[track_caller]
fn check_attribute(name: &str, value: Value, expected: &[(&str, &str)]) {
    check_one(
        Array::Attributes,
        json!({"external_id": "u", name: value}),
        expected,
    );
}

#[test]
fn addresses_are_told_from_other_texts() {
    for (address, valid) in [
        ("ada@example.com", true),
        ("ada.l+news@mail.example.co.uk", true),
        ("o'hara@example.com", true),
        ("jürgen@exämple.de", true),
        ("ada", false),
        ("ada@", false),
        ("@example.com", false),
        ("ada@example", false),
        ("ada@example.c", false),
        ("ada@127.0.0.1", false),
        ("ada@@example.com", false),
        ("a b@example.com", false),
        ("ada@exa mple.com", false),
        ("ada@example..com", false),
        ("ada@-example.com", false),
        (".ada@example.com", false),
        ("ada..l@example.com", false),
        (" ada@example.com", false),
        ("ada@example.com,bob@example.com", false),
        ("", false),
    ] {
        let expected: &[_] = if valid { &[] } else { &[("/email", EMAIL)] };
        check_attribute("email", json!(address), expected);
    }
}

#[test]
fn reserved_attributes_have_their_rules() {
    let states = "must be 'subscribed', 'unsubscribed', or 'opted_in'";
    for (name, sound, bad, reason) in [
        (
            "first_name",
            json!("Ada"),
            json!(7),
            "'first_name' is not valid: expected a string",
        ),
        (
            "home_city",
            json!("London"),
            json!([]),
            "'home_city' is not valid: expected a string",
        ),
        (
            "country",
            json!("nowhere"),
            json!(7),
            "'country' is not valid: expected a string",
        ),
        (
            "dob",
            json!("1815-12-10"),
            json!("10.12.1815"),
            "'dob' is not valid: expected a date as YYYY-MM-DD",
        ),
        (
            "gender",
            json!("F"),
            json!("female"),
            "'gender' is not valid: expected 'M', 'F', 'O', 'N' or 'P'",
        ),
        (
            "date_of_first_session",
            json!("03/01/2026"),
            json!("once"),
            "'date_of_first_session' is not valid: expected a time in ISO 8601",
        ),
        (
            "email_subscribe",
            json!("opted_in"),
            json!("yes"),
            &*format!("'email_subscribe' {states}"),
        ),
        (
            "push_subscribe",
            json!("subscribed"),
            json!(true),
            &*format!("'push_subscribe' {states}"),
        ),
        (
            "_merge_objects",
            json!(true),
            json!("true"),
            "'_merge_objects' is not valid: expected a boolean",
        ),
        (
            "twitter",
            json!({"id": 1}),
            json!("ada"),
            "'twitter' is not valid: expected an object",
        ),
        (
            "current_location",
            json!({"longitude": -0.1, "latitude": 51}),
            json!({"longitude": -0.1}),
            "BAD_LOCATION_UPDATE",
        ),
        (
            "subscription_groups",
            json!([{"subscription_group_id": "g", "subscription_state": "subscribed"}]),
            json!({}),
            "BAD_SUBSCRIPTION_GROUP_ARRAY",
        ),
        (
            "push_tokens",
            json!([{"app_id": "a", "token": "t", "device_id": "12345678"}]),
            json!("t"),
            "BAD_PUSH_TOKEN_VALUE",
        ),
    ] {
        check_attribute(name, sound, &[]);
        check_attribute(name, json!(null), &[]);
        check_attribute(name, bad, &[(&format!("/{name}"), reason)]);
    }
    check_attribute(
        "email_subscription_info",
        json!(null),
        &[(
            "/email_subscription_info",
            "INVALID_ATTRIBUTE_EMAIL_SUBSCRIPTION_INFO",
        )],
    );
}

#[test]
fn items_of_groups_and_tokens_are_named() {
    for (item, reason) in [
        (json!("g"), "BAD_SUBSCRIPTION_GROUP_HASH"),
        (
            json!({"subscription_state": "subscribed"}),
            "BAD_SUBSCRIPTION_GROUP_ID",
        ),
        (
            json!({"subscription_group_id": "g", "subscription_state": "opted_in"}),
            "BAD_SUBSCRIPTION_GROUP_STATE",
        ),
    ] {
        check_attribute(
            "subscription_groups",
            json!([item]),
            &[("/subscription_groups/0", reason)],
        );
    }
    for (item, reason) in [
        (json!(7), "BAD_PUSH_TOKEN_VALUE"),
        (json!({"token": "t"}), "BAD_PUSH_TOKEN_APP_ID"),
        (json!({"app_id": "a"}), "BAD_PUSH_TOKEN_STRING"),
        (
            json!({"app_id": "a", "token": "t", "device_id": "1234567"}),
            "BAD_DEVICE_ID",
        ),
    ] {
        check_attribute("push_tokens", json!([item]), &[("/push_tokens/0", reason)]);
    }
    let import = ("/push_token_import", "BAD_PUSH_TOKEN_IMPORT");
    check_attribute("push_token_import", json!(true), &[import]);
    check_one(
        Array::Attributes,
        json!({
            "email": "a@b.example", "push_token_import": true,
            "push_tokens": [{"app_id": "a", "token": "t"}],
        }),
        &[],
    );
}

#[test]
fn what_braze_ignores_cuts_or_stores_is_passed_on() {
    for (name, value) in [
        ("firstName", json!("Ada")),
        ("time_zone", json!("Mars/Olympus")),
        ("operating_system", json!("Linux")),
        ("long", json!("x".repeat(256))),
        ("many", json!(vec!["a"; 26])),
        ("cleared", json!(null)),
        ("mixed", json!([1, null, "a"])),
        ("counter", json!({"inc": -3})),
        ("list", json!({"add": ["a"], "remove": ["b"]})),
        (
            "list",
            json!({"$add": [{"id": 1}], "$remove": [{"$identifier_key": "id", "$identifier_value": 1}]}),
        ),
        (
            "nested",
            json!({"at": {"$time": "2026-01-01T00:00:00Z"}, "inc": "a name like any"}),
        ),
    ] {
        check_attribute(name, value, &[]);
    }
}

#[test]
fn nested_values_that_would_spoil_the_request_are_faults() {
    let null = "a nested value must not be null";
    for (value, at, reason) in [
        (json!({"a": {"b": null}}), "/c/a/b", null),
        (json!({"a": [1, null]}), "/c/a/1", null),
        (json!([{"a": null}]), "/c/0/a", null),
        (json!({"$add": [{"a": null}]}), "/c/$add/0/a", null),
        (
            json!({"a": {"$time": "soon"}}),
            "/c/a/$time",
            "'$time' is not valid: expected a time in ISO 8601",
        ),
        (
            json!({"a/b": {"~": "x".repeat(256)}}),
            "/c/a~1b/~0",
            "a nested text must not exceed 255 characters",
        ),
        (
            json!({"inc": 1.5}),
            "/c",
            "'c' is not valid: expected a whole number for 'inc'",
        ),
        (
            json!({"add": "a"}),
            "/c",
            "'c' is not valid: expected arrays for 'add' and 'remove'",
        ),
        (
            json!({"$add": ["a"]}),
            "/c/$add",
            "'$add' expects an array of objects",
        ),
        (
            json!({"$remove": [{"$identifier_key": "id"}]}),
            "/c/$remove",
            "'$remove' expects an array of objects with '$identifier_key', '$identifier_value'",
        ),
        (
            json!(vec![json!({"a": "x".repeat(200)}); 600]),
            "/c",
            "an array of objects must not exceed 100 KB",
        ),
    ] {
        check_attribute("c", value, &[(at, reason)]);
    }
    let long = "x".repeat(256);
    check_attribute(
        "c",
        json!({"a": {&long: 1}}),
        &[(
            &format!("/c/a/{long}"),
            "a nested name must not exceed 255 characters",
        )],
    );
}
