//! The rules of events and purchases.

use serde_json::{Value, json};

use super::{Array, check_one};

/// Judges a sound event or purchase with one member replaced; null removes it.
#[track_caller]
fn check_member(array: Array, name: &str, value: Value, expected: &[(&str, &str)]) {
    let time = "2026-03-01T09:30:00Z";
    let mut object = match array {
        Array::Purchases => {
            json!({"external_id": "u", "product_id": "p", "currency": "USD", "price": 9.99, "time": time})
        }
        _ => json!({"external_id": "u", "name": "n", "time": time}),
    };
    object[name] = value;
    check_one(array, object, expected);
}

#[test]
fn events_have_their_rules() {
    for (name, value, expected) in [
        ("name", json!(null), Some("'name' is required")),
        ("name", json!(" "), Some("'name' is required")),
        (
            "name",
            json!(7),
            Some("'name' is not valid: expected a string"),
        ),
        (
            "name",
            json!("x".repeat(256)),
            Some("'name' is not valid: expected at most 255 characters"),
        ),
        ("time", json!(null), Some("'time' is required")),
        (
            "time",
            json!(1_772_357_400),
            Some("'time' is not valid: expected a string"),
        ),
        (
            "time",
            json!("yesterday"),
            Some("'time' is not valid: expected a time in ISO 8601"),
        ),
        ("time", json!("2013-07-16T19:20:30+1:00"), None),
        (
            "app_id",
            json!(7),
            Some("'app_id' is not valid: expected a string"),
        ),
        (
            "properties",
            json!({"a": 1, "b": [true], "c": {"time": "nested is fine"}, "d": null}),
            None,
        ),
        (
            "properties",
            json!([]),
            Some("Invalid 'properties' field: expected an object"),
        ),
        (
            "properties",
            json!({"a": vec!["x".repeat(100); 1_200]}),
            Some("Invalid 'properties' field: more than 100 KB"),
        ),
    ] {
        let at = format!("/{name}");
        let expected: Vec<_> = expected.into_iter().map(|reason| (&*at, reason)).collect();
        check_member(Array::Events, name, value, &expected);
    }
    check_member(
        Array::Events,
        "properties",
        json!({"time": 1, "event_name": 2, "": 3, "a": [{"$b": 4}]}),
        &[
            (
                "/properties/event_name",
                "Invalid 'properties' field: 'event_name' is reserved",
            ),
            (
                "/properties/time",
                "Invalid 'properties' field: 'time' is reserved",
            ),
            (
                "/properties/",
                "Invalid 'properties' field: a name is empty",
            ),
            (
                "/properties/a/0/$b",
                "Invalid 'properties' field: a name starts with '$'",
            ),
        ],
    );
}

#[test]
fn purchases_have_their_rules() {
    for (name, value, expected) in [
        ("product_id", json!(null), Some("'product_id' is required")),
        (
            "product_id",
            json!(7),
            Some("'product_id' is not valid: expected a string"),
        ),
        ("currency", json!(null), Some("'currency' is required")),
        (
            "currency",
            json!("usd"),
            Some("'currency' is not valid: expected a code of ISO 4217"),
        ),
        ("price", json!(0), None),
        ("price", json!(null), Some("'price' is required")),
        (
            "price",
            json!("9.99"),
            Some("'price' is not valid: expected a number"),
        ),
        ("time", json!(null), Some("'time' is required")),
        ("quantity", json!(100), None),
        ("quantity", json!(0), Some("'quantity' is not valid")),
        ("quantity", json!(1.5), Some("'quantity' is not valid")),
        ("quantity", json!(101), Some("'quantity' is not valid")),
        (
            "properties",
            json!({"a": vec!["x".repeat(100); 600]}),
            Some("Invalid 'properties' field: more than 50 KB"),
        ),
    ] {
        let at = format!("/{name}");
        let expected: Vec<_> = expected.into_iter().map(|reason| (&*at, reason)).collect();
        check_member(Array::Purchases, name, value, &expected);
    }
    check_member(
        Array::Purchases,
        "properties",
        json!({"price": 1}),
        &[(
            "/properties/price",
            "Invalid 'properties' field: 'price' is reserved",
        )],
    );
}
