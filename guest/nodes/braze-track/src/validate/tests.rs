//! Every rule, as a table of objects and the faults they have.

mod attributes;
mod events_and_purchases;

use serde_json::{Value, json};

use super::*;

const EMAIL: &str = "The value provided for the 'email' field is not a valid email.";

/// Judges an object in place 3 of its array.
fn faults(array: Array, object: &Value) -> Vec<(String, String)> {
    let object = Object {
        slot: Slot { array, index: 3 },
        text: object.to_string().into(),
    };
    let mut faults = Faults::default();
    let fine = check(Form::Body, &object, &mut faults);
    assert_eq!(fine, faults.is_empty());
    faults
        .list
        .into_iter()
        .map(|fault| {
            assert_eq!((fault.array, fault.index), (Some(array), Some(3)));
            let base = format!("/{}/3", array.name());
            (
                fault
                    .pointer
                    .unwrap()
                    .strip_prefix(&base)
                    .unwrap()
                    .to_owned(),
                fault.reason.into(),
            )
        })
        .collect()
}

#[track_caller]
fn check_one(array: Array, object: Value, expected: &[(&str, &str)]) {
    let found = faults(array, &object);
    let found: Vec<_> = found
        .iter()
        .map(|(at, reason)| (&**at, &**reason))
        .collect();
    assert_eq!(found, expected, "{object}");
}

#[test]
fn every_object_needs_one_identifier() {
    let none = "'external_id', 'braze_id', 'user_alias', 'email' or 'phone' is required";
    let several = "You must specify only one of 'external_id', 'user_alias' or 'braze_id'";
    let alias = json!({"alias_name": "n", "alias_label": "l"});
    for array in Array::ALL {
        let check = |who: Value, expected: &[(&str, &str)]| {
            let mut object = json!({
                "name": "n", "time": "2026-03-01", "product_id": "p", "currency": "USD", "price": 1,
            });
            object
                .as_object_mut()
                .unwrap()
                .extend(who.as_object().unwrap().clone());
            check_one(array, object, expected);
        };
        for sound in [
            json!({"external_id": "u"}),
            json!({"braze_id": "b"}),
            json!({"user_alias": alias}),
            json!({"email": "a@b.example"}),
            json!({"phone": "+1 (415) 555-0100"}),
            json!({"email": "a@b.example", "phone": "nonsense"}),
            json!({"external_id": "u", "email": "a@b.example", "phone": "nonsense"}),
            json!({"external_id": "u", "braze_id": "", "user_alias": null}),
            json!({"external_id": "é".repeat(493)}),
            json!({"user_alias": alias, "_update_existing_only": false}),
        ] {
            check(sound, &[]);
        }
        check(json!({}), &[("", none)]);
        check(json!({"external_id": "", "phone": null}), &[("", none)]);
        check(
            json!({"user_alias": {"alias_name": "n", "alias_label": ""}}),
            &[("", none)],
        );
        check(
            json!({"external_id": "u", "braze_id": "b"}),
            &[("", several)],
        );
        check(
            json!({"external_id": "u", "user_alias": alias}),
            &[("", several)],
        );
        check(
            json!({"external_id": "é".repeat(494)}),
            &[("/external_id", "'external_id' must be fewer than 988 bytes")],
        );
        check(
            json!({"external_id": 7}),
            &[(
                "/external_id",
                "'external_id' is not valid: expected a string",
            )],
        );
        check(
            json!({"user_alias": "n"}),
            &[(
                "/user_alias",
                "'user_alias' is not valid: expected an object",
            )],
        );
        check(
            json!({"user_alias": {"alias_name": 7, "alias_label": "l"}}),
            &[(
                "/user_alias/alias_name",
                "'alias_name' is not valid: expected a string",
            )],
        );
        check(json!({"email": "not-an-address"}), &[("/email", EMAIL)]);
        check(
            json!({"phone": "12"}),
            &[(
                "/phone",
                "'phone' is not valid: expected a phone number, because it identifies the user",
            )],
        );
        check(
            json!({"external_id": "u", "_update_existing_only": "yes"}),
            &[(
                "/_update_existing_only",
                "'_update_existing_only' is not valid: expected a boolean",
            )],
        );
    }
}

#[test]
fn an_object_is_an_object_and_names_everything_once() {
    for value in [json!(null), json!("u"), json!([])] {
        check_one(Array::Events, value, &[("", "expected an object")]);
    }
    let twice = r#"{"external_id": "u", "external_id": ""}"#;
    let unreadable = r#"{"external_id": "u", "x": 1e999}"#;
    for (text, pointer, reason) in [
        (
            twice,
            "/attributes/0/external_id",
            "'external_id' occurs twice",
        ),
        (
            unreadable,
            "/attributes/0",
            "a number or a text in it cannot be read",
        ),
    ] {
        let object = Object {
            slot: Slot {
                array: Array::Attributes,
                index: 0,
            },
            text: text.into(),
        };
        let mut faults = Faults::default();
        assert!(!check(Form::Body, &object, &mut faults));
        assert_eq!(faults.list.len(), 1);
        assert_eq!(faults.list[0].pointer.as_deref(), Some(pointer));
        assert_eq!(faults.list[0].reason, reason);
    }
}

#[test]
fn in_a_conversation_faults_stand_where_the_caller_wrote_them() {
    let check_event = |text: &'static str| {
        let object = Object {
            slot: Slot {
                array: Array::Events,
                index: 0,
            },
            text: text.into(),
        };
        let mut faults = Faults::default();
        check(Form::Conversation, &object, &mut faults);
        faults
            .list
            .into_iter()
            .map(|fault| fault.pointer.unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        check_event(r#"{"email": "nobody", "name": "", "time": "2026-03-01"}"#),
        ["/user/email", "/event/name"]
    );
    assert_eq!(
        check_event(r#"{"name": "n", "time": "2026-03-01"}"#),
        ["/user"]
    );
}

#[test]
fn the_list_of_faults_is_bounded() {
    let mut faults = Faults::default();
    for index in 0..10_000 {
        let object = Object {
            slot: Slot {
                array: Array::Events,
                index,
            },
            text: "7".into(),
        };
        check(Form::Body, &object, &mut faults);
    }
    assert!((1_000..10_000).contains(&faults.list.len()));
    assert_eq!(faults.list.len() + faults.omitted, 10_000);
}
