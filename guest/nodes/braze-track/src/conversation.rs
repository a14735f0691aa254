//! The conversation form: one user, and perhaps one event of that user.
//!
//! `{"user": {...}, "event": {"name", "time"?, "properties"?}}` becomes one
//! attributes object, the `user` as it is, and one events object that carries
//! the user's identifier and, unless given, the current time.

use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::chunk::{push_member, quote};
use crate::json::Members;
use crate::object::{Array, Object, Refusal, Slot};
use crate::payload::{Form, Payload, pointer, push_token, read_partner};
use crate::time;
use crate::validate::identifier;

const ATTRIBUTES: Slot = Slot {
    array: Array::Attributes,
    index: 0,
};
const EVENT: Slot = Slot {
    array: Array::Events,
    index: 0,
};

/// Reads the conversation form.
pub(crate) fn read<'a>(members: Members<'a>, faults: &mut Vec<Refusal>) -> Payload<'a> {
    let mut payload = Payload {
        form: Form::Conversation,
        objects: Vec::with_capacity(2),
        partner: None,
        others: Vec::new(),
    };
    let (mut user, mut event) = (None, None);
    for (name, value) in members.0 {
        match &*name {
            "user" => user = Some(value),
            "event" => event = Some(value).filter(|value| value.get() != "null"),
            "partner" => payload.partner = read_partner(value, faults),
            "group_id" => payload.others.push((name, value)),
            _ => faults.push(Refusal::of_payload(
                &pointer(&name),
                format!("'{name}' does not belong beside 'user' and 'event'"),
            )),
        }
    }
    let Some(user) = user else {
        faults.push(Refusal::of_payload("/user", "'user' is required"));
        return payload;
    };
    let Some(fields) = object(user, "user", faults) else {
        return payload;
    };
    if event.is_none() || says_more_than_who(&fields) {
        let text = Cow::Borrowed(user.get());
        payload.objects.push(Object {
            slot: ATTRIBUTES,
            text,
        });
    }
    if let Some(event) = event.and_then(|event| object(event, "event", faults)) {
        let text = Cow::Owned(event_text(&fields, event, faults));
        payload.objects.push(Object { slot: EVENT, text });
    }
    payload
}

fn object<'a>(
    value: &'a RawValue,
    name: &'static str,
    faults: &mut Vec<Refusal>,
) -> Option<Members<'a>> {
    let members = serde_json::from_str(value.get());
    if members.is_err() {
        let reason = format!("'{name}' is not valid: expected an object");
        faults.push(Refusal::of_payload(&pointer(name), reason));
    }
    members.ok()
}

/// Whether there is anything to store beside the one identifier that the event
/// carries anyway.
fn says_more_than_who(user: &Members<'_>) -> bool {
    let mut fields = user
        .0
        .iter()
        .filter(|(name, _)| name != "_update_existing_only");
    !matches!((fields.next(), fields.next()), (Some((name, _)), None) if identifier::is_one(name))
}

/// The events object: who, what happened, and when.
fn event_text(user: &Members<'_>, event: Members<'_>, faults: &mut Vec<Refusal>) -> String {
    let mut text = String::new();
    for name in identifier::lookup(user) {
        if let Some(value) = user.get(name) {
            push_member(&mut text, name, value.get());
        }
    }
    if let Some(value) = user.get("_update_existing_only") {
        push_member(&mut text, "_update_existing_only", value.get());
    }
    let mut has_time = false;
    for (name, value) in event.0 {
        if identifier::is_one(&name) || name == "_update_existing_only" {
            faults.push(belongs_to_user(&name));
        } else if name != "time" || value.get() != "null" {
            has_time |= name == "time";
            push_member(&mut text, &name, value.get());
        }
    }
    if !has_time {
        push_member(&mut text, "time", &quote(&time::now()));
    }
    text.insert(0, '{');
    text.push('}');
    text
}

fn belongs_to_user(name: &str) -> Refusal {
    let mut pointer = String::from("/event/");
    push_token(&mut pointer, name);
    Refusal {
        array: Some(EVENT.array),
        index: Some(EVENT.index),
        ..Refusal::of_payload(&pointer, format!("'{name}' belongs in 'user'"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reader;

    /// The texts of the attributes and the events object, the current time
    /// replaced by `NOW`.
    #[track_caller]
    fn check(text: &str, attributes: Option<&str>, event: Option<&str>) {
        let payload = reader::read(text).unwrap();
        let find = |slot| {
            payload
                .objects
                .iter()
                .find(|object| object.slot == slot)
                .map(|object| &*object.text)
        };
        assert_eq!(find(ATTRIBUTES), attributes);
        let now = time::now();
        let (day, _) = now.split_once('T').unwrap();
        let masked = find(EVENT).map(|text| match text.find(&format!("\"{day}")) {
            Some(at) => format!("{}NOW{}", &text[..=at], &text[at + now.len() + 1..]),
            None => text.to_owned(),
        });
        assert_eq!(masked.as_deref(), event);
    }

    #[test]
    fn user_and_event_become_two_objects() {
        check(
            r#"{"user": {"external_id": "u1", "first_name": "Ada"}, "event": {"name": "met"}}"#,
            Some(r#"{"external_id": "u1", "first_name": "Ada"}"#),
            Some(r#"{"external_id":"u1","name":"met","time":"NOW"}"#),
        );
    }

    #[test]
    fn the_events_own_time_is_kept_and_null_is_none() {
        let user = r#"{"user": {"external_id": "u1"}, "event": {"name": "met", "time": "#;
        check(
            &format!(r#"{user}"2020-01-01T00:00:00Z"}}}}"#),
            None,
            Some(r#"{"external_id":"u1","name":"met","time":"2020-01-01T00:00:00Z"}"#),
        );
        check(
            &format!("{user} null}}}}"),
            None,
            Some(r#"{"external_id":"u1","name":"met","time":"NOW"}"#),
        );
    }

    #[test]
    fn the_event_is_looked_up_as_the_user_is() {
        for (user, lookup) in [
            (
                r#"{"external_id":"u","email":"a@b.example"}"#,
                r#""external_id":"u""#,
            ),
            (
                r#"{"email":"a@b.example","phone":"+14155550100"}"#,
                r#""email":"a@b.example""#,
            ),
            (
                r#"{"external_id":"","phone":"+14155550100"}"#,
                r#""phone":"+14155550100""#,
            ),
            (
                r#"{"user_alias":{"alias_name":"n"},"email":"a@b.example"}"#,
                r#""email":"a@b.example""#,
            ),
            (
                r#"{"user_alias":{"alias_name":"n","alias_label":"l"},"_update_existing_only":false,"x":1}"#,
                r#""user_alias":{"alias_name":"n","alias_label":"l"},"_update_existing_only":false"#,
            ),
        ] {
            check(
                &format!(r#"{{"user": {user}, "event": {{"name": "met", "time": "2020-01-01"}}}}"#),
                Some(user),
                Some(&format!(r#"{{{lookup},"name":"met","time":"2020-01-01"}}"#)),
            );
        }
    }

    #[test]
    fn a_user_alone_is_attributes_alone() {
        check(
            r#"{"user": {"braze_id": "b"}}"#,
            Some(r#"{"braze_id": "b"}"#),
            None,
        );
        check(
            r#"{"user": {"braze_id": "b"}, "event": null}"#,
            Some(r#"{"braze_id": "b"}"#),
            None,
        );
    }

    #[test]
    fn mistakes_are_named() {
        for (text, at, reason) in [
            (
                r#"{"event": {"name": "met"}}"#,
                "/user",
                "'user' is required",
            ),
            (
                r#"{"user": "u"}"#,
                "/user",
                "'user' is not valid: expected an object",
            ),
            (
                r#"{"user": {}, "event": 7}"#,
                "/event",
                "'event' is not valid: expected an object",
            ),
            (
                r#"{"user": {}, "name": "met"}"#,
                "/name",
                "'name' does not belong beside 'user' and 'event'",
            ),
        ] {
            let faults = reader::read(text).unwrap_err();
            assert_eq!(faults, [Refusal::of_payload(at, reason)], "{text}");
        }
        let faults = reader::read(r#"{"user": {"email": "a@b.example"}, "event": {"email": "c"}}"#)
            .unwrap_err();
        assert_eq!(faults, [belongs_to_user("email")]);
    }
}
