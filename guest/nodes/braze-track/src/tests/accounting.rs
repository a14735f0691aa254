//! Whatever Braze answers, every object ends up in exactly one place.

use std::collections::BTreeMap;

use hospes_guest::http::{Error, Response};
use hospes_guest::testing::Host;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::BrazeTrack;

const ARRAYS: [&str; 3] = ["attributes", "events", "purchases"];

/// What Braze does with one request.
#[derive(Clone, Debug)]
enum Step {
    /// Takes it, but for the objects at these places of the whole request.
    Take(Vec<usize>),
    Refuse(u16),
    Fail(Error),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => proptest::collection::vec(0usize..12, 0..4).prop_map(Step::Take),
        1 => proptest::sample::select(vec![400, 401, 404, 429, 500, 503, 504, 200]).prop_map(Step::Refuse),
        1 => proptest::sample::select(vec![Error::Timeout, Error::Unreachable("dns".into())])
            .prop_map(Step::Fail),
    ];
    proptest::collection::vec(step, 0..8)
}

fn payload(counts: [usize; 3]) -> Value {
    let object = |array: &str, n: usize| {
        json!({
            "external_id": format!("{array}/{n}"), "name": "n", "time": "2026-03-01",
            "product_id": "p", "currency": "USD", "price": 1,
        })
    };
    ARRAYS
        .iter()
        .zip(counts)
        .map(|(array, count)| {
            (
                (*array).to_owned(),
                (0..count).map(|n| object(array, n)).collect::<Value>(),
            )
        })
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// The ids of a request's objects with their arrays and indexes, in order.
fn ids(body: &[u8]) -> Vec<(&'static str, usize, String)> {
    let body: Value = serde_json::from_slice(body).unwrap();
    ARRAYS
        .into_iter()
        .flat_map(|array| {
            let objects = body[array].as_array().cloned().unwrap_or_default();
            objects.into_iter().enumerate().map(move |(index, object)| {
                (
                    array,
                    index,
                    object["external_id"].as_str().unwrap().to_owned(),
                )
            })
        })
        .collect()
}

proptest! {
    #[test]
    fn every_object_is_in_one_place(
        counts in [0usize..20, 0usize..20, 0usize..20],
        max_objects in 1usize..=12,
        steps in steps(),
    ) {
        prop_assume!(counts.iter().sum::<usize>() > 0);
        let truth = std::rc::Rc::new(std::cell::RefCell::new(BTreeMap::<String, &str>::new()));
        let noted = std::rc::Rc::clone(&truth);
        let mut steps = steps.into_iter();
        let host = Host::new()
            .params(json!({"braze_url": "https://rest.example", "max_objects": max_objects}))
            .secret("braze_api_key")
            .answer_with(move |request| {
                let sent = ids(request.body.as_deref().unwrap());
                let mut noted = noted.borrow_mut();
                match steps.next().unwrap_or(Step::Take(Vec::new())) {
                    Step::Take(refused) => {
                        let mut errors = Vec::new();
                        for (place, (array, index, id)) in sent.into_iter().enumerate() {
                            let fate = if refused.contains(&place) {
                                errors.push(json!({"type": "t", "input_array": array, "index": index}));
                                "refused"
                            } else {
                                "delivered"
                            };
                            assert_eq!(noted.insert(id, fate), None, "sent twice");
                        }
                        Ok(Response::new(201).with_json(&json!({"message": "success", "errors": errors})))
                    }
                    Step::Refuse(status) => {
                        let fate = if matches!(status, 504 | 200) { "unknown" } else { "undelivered" };
                        noted.extend(sent.into_iter().map(|(_, _, id)| (id, fate)));
                        Ok(Response::new(status))
                    }
                    Step::Fail(error) => {
                        let fate = if error.may_have_arrived() { "unknown" } else { "undelivered" };
                        noted.extend(sent.into_iter().map(|(_, _, id)| (id, fate)));
                        Err(error)
                    }
                }
            });

        let result = host.run::<BrazeTrack>(payload(counts));
        let truth = truth.borrow();
        let count = |fate: &str| truth.values().filter(|truth| **truth == fate).count();
        let all: usize = counts.iter().sum();
        match result {
            Ok(result) => {
                prop_assert_eq!(count("delivered"), all);
                for (array, count) in ARRAYS.into_iter().zip(counts) {
                    prop_assert_eq!(&result["processed"][array], count);
                }
            }
            Err(failure) => {
                let details = failure.details.unwrap();
                let mut listed = 0;
                for place in ["refused", "unknown", "undelivered"] {
                    for entry in details[place].as_array().unwrap() {
                        let id = format!("{}/{}", entry["array"].as_str().unwrap(), entry["index"]);
                        // What was never sent has no entry in the truth.
                        prop_assert_eq!(*truth.get(&id).unwrap_or(&"undelivered"), place);
                        listed += 1;
                    }
                }
                let delivered: u64 = ARRAYS.iter().map(|array| details["delivered"][array].as_u64().unwrap()).sum();
                prop_assert_eq!(delivered as usize, count("delivered"));
                prop_assert_eq!(delivered as usize + listed, all);
                let kind = failure.kind.as_str();
                if count("delivered") > 0 {
                    prop_assert_eq!(kind, "partial");
                } else {
                    prop_assert_ne!(kind, "partial");
                }
            }
        }
    }
}
