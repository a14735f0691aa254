//! Reads a payload in either of its two forms into the objects to be sent.
//!
//! | form | members |
//! |---|---|
//! | the body of `users/track` | `attributes`, `events`, `purchases`: arrays of objects |
//! | a conversation | `user`: an object, and perhaps `event`: an object |
//!
//! Either may carry `partner` and `group_id`. What else the body carries is sent
//! along, since Braze ignores it; in the conversation form, which is ours, it is
//! a mistake.

use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::conversation;
use crate::json::Members;
use crate::object::{Array, Object, Refusal, Slot};
use crate::payload::{Form, Payload, pointer, read_partner};

/// Reads a payload.
///
/// Faults of single objects are not found here, only what makes it impossible
/// to tell the objects.
pub(crate) fn read(text: &str) -> Result<Payload<'_>, Vec<Refusal>> {
    let Ok(members) = serde_json::from_str::<Members<'_>>(text) else {
        return Err(vec![Refusal::of_payload(
            "",
            "the payload is not valid: expected an object",
        )]);
    };
    let mut faults = Vec::new();
    for (at, (name, _)) in members.0.iter().enumerate() {
        if members
            .0
            .iter()
            .take(at)
            .any(|(earlier, _)| earlier == name)
        {
            faults.push(Refusal::of_payload(
                &pointer(name),
                format!("'{name}' occurs twice"),
            ));
        }
    }
    let payload = match form(&members) {
        Ok(Form::Body) => body(members, &mut faults),
        Ok(Form::Conversation) => conversation::read(members, &mut faults),
        Err(fault) => return Err(vec![fault]),
    };
    if faults.is_empty() && payload.objects.is_empty() {
        faults.push(Refusal::of_payload("", "the payload holds no object"));
    }
    if faults.is_empty() {
        Ok(payload)
    } else {
        Err(faults)
    }
}

fn form(members: &Members<'_>) -> Result<Form, Refusal> {
    let has = |names: &[&str]| names.iter().any(|name| members.get(name).is_some());
    match (
        has(&["attributes", "events", "purchases"]),
        has(&["user", "event"]),
    ) {
        (true, false) => Ok(Form::Body),
        (false, true) => Ok(Form::Conversation),
        (false, false) => Err(Refusal::of_payload(
            "",
            "expected 'attributes', 'events' or 'purchases', or else 'user' and 'event'",
        )),
        (true, true) => Err(Refusal::of_payload(
            "",
            "expected either 'attributes', 'events' and 'purchases' or 'user' and 'event', not both",
        )),
    }
}

fn body<'a>(members: Members<'a>, faults: &mut Vec<Refusal>) -> Payload<'a> {
    let mut arrays: [Vec<&'a RawValue>; 3] = Default::default();
    let mut partner = None;
    let mut others = Vec::new();
    for (name, value) in members.0 {
        match (
            &*name,
            Array::ALL
                .iter()
                .zip(&mut arrays)
                .find(|(array, _)| array.name() == name),
        ) {
            (_, Some((_, items))) => {
                match serde_json::from_str::<Option<Vec<&RawValue>>>(value.get()) {
                    Ok(found) => *items = found.unwrap_or_default(),
                    Err(_) => faults.push(Refusal::of_payload(
                        &pointer(&name),
                        format!("'{name}' is not valid: expected an array"),
                    )),
                }
            }
            ("partner", None) => partner = read_partner(value, faults),
            ("api_key", None) => faults.push(Refusal::of_payload(
                "/api_key",
                "'api_key' does not belong in a payload: the key is a secret",
            )),
            (_, None) => others.push((name, value)),
        }
    }
    let mut objects = Vec::with_capacity(arrays.iter().map(Vec::len).sum());
    for (array, items) in Array::ALL.into_iter().zip(arrays) {
        objects.extend(items.into_iter().enumerate().map(|(index, item)| Object {
            slot: Slot { array, index },
            text: Cow::Borrowed(item.get()),
        }));
    }
    Payload {
        form: Form::Body,
        objects,
        partner,
        others,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_objects(text: &str, expected: &[(Array, usize, &str)]) {
        let payload = read(text).unwrap();
        let objects: Vec<_> = payload
            .objects
            .iter()
            .map(|object| (object.slot.array, object.slot.index, &*object.text))
            .collect();
        assert_eq!(objects, expected);
    }

    #[track_caller]
    fn check_fault(text: &str, pointer: &str, reason: &str) {
        assert_eq!(
            read(text).unwrap_err(),
            [Refusal::of_payload(pointer, reason.to_owned())],
            "{text}"
        );
    }

    #[test]
    fn objects_are_kept_byte_for_byte_in_the_order_of_the_arrays() {
        check_objects(
            r#"{"purchases": [{"p": 1.0}], "events": [ {"e" : 1}, {"e":2e0} ], "attributes": [{"a": 12345678901234567890123}]}"#,
            &[
                (Array::Attributes, 0, r#"{"a": 12345678901234567890123}"#),
                (Array::Events, 0, r#"{"e" : 1}"#),
                (Array::Events, 1, r#"{"e":2e0}"#),
                (Array::Purchases, 0, r#"{"p": 1.0}"#),
            ],
        );
    }

    #[test]
    fn a_missing_array_may_be_null_or_empty() {
        check_objects(
            r#"{"attributes": null, "events": [{}], "purchases": []}"#,
            &[(Array::Events, 0, "{}")],
        );
    }

    #[test]
    fn what_else_the_body_carries_is_sent_along() {
        let payload =
            read(r#"{"attributes": [{}], "group_id": "g", "x": [1], "partner": "p"}"#).unwrap();
        let others: Vec<_> = payload
            .others
            .iter()
            .map(|(name, value)| (&**name, value.get()))
            .collect();
        assert_eq!(others, [("group_id", "\"g\""), ("x", "[1]")]);
        assert_eq!(payload.partner.as_deref(), Some("p"));
    }

    #[test]
    fn what_is_no_payload_is_refused() {
        check_fault("7", "", "the payload is not valid: expected an object");
        check_fault("null", "", "the payload is not valid: expected an object");
        check_fault(
            "{}",
            "",
            "expected 'attributes', 'events' or 'purchases', or else 'user' and 'event'",
        );
        check_fault(
            r#"{"user": {}, "events": []}"#,
            "",
            "expected either 'attributes', 'events' and 'purchases' or 'user' and 'event', not both",
        );
        check_fault(
            r#"{"attributes": [], "events": null}"#,
            "",
            "the payload holds no object",
        );
        check_fault(
            r#"{"attributes": {}}"#,
            "/attributes",
            "'attributes' is not valid: expected an array",
        );
        check_fault(
            r#"{"attributes": [{}], "partner": 7}"#,
            "/partner",
            "'partner' is not valid: expected a string",
        );
        check_fault(
            r#"{"attributes": [{}], "api_key": "k"}"#,
            "/api_key",
            "'api_key' does not belong in a payload: the key is a secret",
        );
        check_fault(
            r#"{"attributes": [{}], "a/b~": 1, "a/b~": 2}"#,
            "/a~1b~0",
            "'a/b~' occurs twice",
        );
    }
}
