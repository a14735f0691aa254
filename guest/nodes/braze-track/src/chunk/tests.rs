//! Properties of the cutting: nothing lost, nothing doubled, order and limits kept.

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::object::Slot;

/// Objects in the order of their arrays, each `{"n":<index>,"pad":"..."}`.
fn objects() -> impl Strategy<Value = Vec<Object<'static>>> {
    proptest::collection::vec((0usize..3, 0usize..120), 0..260).prop_map(|mut kinds| {
        kinds.sort_by_key(|(array, _)| *array);
        let mut counts = [0; 3];
        kinds
            .into_iter()
            .map(|(array, pad)| {
                let index = counts[array];
                counts[array] += 1;
                Object {
                    slot: Slot {
                        array: Array::ALL[array],
                        index,
                    },
                    text: format!(r#"{{"n":{index},"pad":"{}"}}"#, "é".repeat(pad)).into(),
                }
            })
            .collect()
    })
}

fn envelopes() -> impl Strategy<Value = Envelope> {
    proptest::option::of(".{0,12}").prop_map(|partner| Envelope::new(partner.as_deref(), []))
}

proptest! {
    #[test]
    fn every_object_is_sent_once_in_order_and_within_the_limits(
        objects in objects(),
        envelope in envelopes(),
        limits in (1usize..=75, 1usize..6_000).prop_map(|(objects, bytes)| Limits { objects, bytes }),
    ) {
        let objects: Vec<_> = objects.into_iter().filter(|o| envelope.fits(o, limits)).collect();
        let mut rest = &objects[..];
        let mut sent: [Vec<u64>; 3] = Default::default();
        let mut last = Array::Attributes;
        while !rest.is_empty() {
            let (count, size) = envelope.next(rest, limits);
            prop_assert!((1..=limits.objects).contains(&count));
            let body = envelope.body(&rest[..count], size);
            prop_assert_eq!(body.len(), size);
            prop_assert!(size <= limits.bytes);

            let body: Value = serde_json::from_slice(&body).unwrap();
            for (array, sent) in Array::ALL.into_iter().zip(&mut sent) {
                for object in body[array.name()].as_array().into_iter().flatten() {
                    prop_assert!(last <= array, "an earlier array after a later one");
                    last = array;
                    sent.push(object["n"].as_u64().unwrap());
                }
            }
            rest = &rest[count..];
        }
        for (array, sent) in Array::ALL.into_iter().zip(sent) {
            let expected: Vec<u64> = objects
                .iter()
                .filter(|object| object.slot.array == array)
                .map(|object| object.slot.index as u64)
                .collect();
            prop_assert_eq!(sent, expected);
        }
    }

    #[test]
    fn a_request_is_only_closed_when_the_next_object_does_not_fit(
        objects in objects(),
        limits in (1usize..=75, 200usize..6_000).prop_map(|(objects, bytes)| Limits { objects, bytes }),
    ) {
        let envelope = Envelope::new(Some("p"), []);
        let objects: Vec<_> = objects.into_iter().filter(|o| envelope.fits(o, limits)).collect();
        let (count, _) = envelope.next(&objects, limits);
        if count < objects.len() && count < limits.objects {
            let one_more = &objects[..=count];
            prop_assert!(envelope.body(one_more, 0).len() > limits.bytes);
        }
    }
}

#[test]
fn two_hundred_and_forty_objects_take_four_requests() {
    let objects: Vec<Object<'_>> = (0..240)
        .map(|n| {
            let (array, index) = if n < 200 {
                (Array::Attributes, n)
            } else {
                (Array::Events, n - 200)
            };
            Object {
                slot: Slot { array, index },
                text: "{}".into(),
            }
        })
        .collect();
    let limits = Limits {
        objects: 75,
        bytes: 4_000_000,
    };
    let envelope = Envelope::default();
    let mut rest = &objects[..];
    let mut counts = Vec::new();
    while !rest.is_empty() {
        let (count, _) = envelope.next(rest, limits);
        counts.push(count);
        rest = &rest[count..];
    }
    assert_eq!(counts, [75, 75, 75, 15]);
}

#[test]
fn a_body_holds_only_the_arrays_it_needs() {
    let object = |array, text: &'static str| Object {
        slot: Slot { array, index: 0 },
        text: text.into(),
    };
    let write = |envelope: &Envelope, objects: &[Object<'_>]| {
        String::from_utf8(envelope.body(objects, 0)).unwrap()
    };
    let group: &RawValue = serde_json::from_str("\"g1\"").unwrap();
    assert_eq!(
        write(
            &Envelope::new(Some("pype\"stream"), [("group_id", group)]),
            &[
                object(Array::Attributes, r#"{"a": 1}"#),
                object(Array::Events, r#"{"b":2}"#)
            ]
        ),
        r#"{"partner":"pype\"stream","group_id":"g1","attributes":[{"a": 1}],"events":[{"b":2}]}"#
    );
    assert_eq!(
        write(
            &Envelope::default(),
            &[
                object(Array::Purchases, "{}"),
                object(Array::Purchases, "{}")
            ]
        ),
        r#"{"purchases":[{},{}]}"#
    );
}
