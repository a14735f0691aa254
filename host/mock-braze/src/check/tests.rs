//! Whole bodies against whole verdicts.

use serde_json::{Value, json};

use super::*;

fn judge(bytes: &[u8], rules: &Rules) -> Assessment {
    body(
        &Received {
            bytes: bytes.to_vec(),
            size: bytes.len() as u64,
        },
        rules,
    )
}

fn said(value: &Value) -> (u16, Value) {
    let assessment = judge(value.to_string().as_bytes(), &Rules::default());
    (assessment.status, assessment.body)
}

fn users(count: usize) -> Value {
    (0..count)
        .map(|n| json!({ "external_id": format!("u{n}") }))
        .collect()
}

fn event() -> Value {
    json!({ "external_id": "u", "name": "n", "time": "2026-03-01T09:30:00Z" })
}

#[test]
fn a_body_that_is_not_json_gets_the_key_error() {
    for text in [
        "",
        " ",
        "{",
        "{\"attributes\":[],}",
        "{'attributes':[]}",
        "{{}}",
        "// hello\n{}",
        "\u{feff}{}",
    ] {
        let assessment = judge(text.as_bytes(), &Rules::default());
        assert_eq!(
            (assessment.status, assessment.body),
            (400, json!({ "error": PARSE })),
            "{text:?}"
        );
    }
    assert_eq!(
        judge(b"{\"attributes\":[\"\xff\"]}", &Rules::default()).body,
        json!({ "error": PARSE })
    );
}

#[test]
fn a_body_without_a_single_object_is_no_data() {
    for value in [
        json!({}),
        json!([]),
        json!(null),
        json!({ "attributes": [], "events": null }),
        json!({ "partner": "someone" }),
        json!({ "attributes": { "external_id": "u" } }),
        json!({ "attributes": users(1), "events": "none" }),
    ] {
        assert_eq!(
            said(&value),
            (400, json!({ "message": NO_DATA })),
            "{value}"
        );
    }
}

#[test]
fn a_body_over_the_size_is_too_large_whatever_it_says() {
    let received = Received {
        bytes: Vec::new(),
        size: MAX_BODY_BYTES as u64 + 1,
    };
    assert_eq!(body(&received, &Rules::default()).status, 413);
}

#[test]
fn seventy_five_objects_are_counted_as_the_contract_says() {
    let events = Value::from(vec![event(); 75]);
    for (value, limit, status) in [
        (
            json!({ "attributes": users(75) }),
            ObjectLimit::Combined,
            201,
        ),
        (
            json!({ "attributes": users(76) }),
            ObjectLimit::Combined,
            400,
        ),
        (
            json!({ "attributes": users(1), "events": events }),
            ObjectLimit::Combined,
            400,
        ),
        (
            json!({ "attributes": users(75), "events": events }),
            ObjectLimit::PerArray,
            201,
        ),
        (
            json!({ "attributes": users(76) }),
            ObjectLimit::PerArray,
            400,
        ),
    ] {
        let assessment = judge(
            value.to_string().as_bytes(),
            &Rules {
                limit,
                ..Rules::default()
            },
        );
        assert_eq!(assessment.status, status, "{limit:?}");
        if status == 400 {
            assert_eq!(assessment.body, json!({ "message": TOO_MANY }));
            assert!(assessment.accepted.is_empty());
        }
    }
}

#[test]
fn only_arrays_with_something_queued_are_counted() {
    let value = json!({ "attributes": users(2), "events": [event()], "purchases": [], "partner": "p", "odd": 1 });
    assert_eq!(
        said(&value),
        (
            201,
            json!({ "message": "success", "attributes_processed": 2, "events_processed": 1 })
        )
    );
}

#[test]
fn a_partial_success_lists_each_refused_object_by_its_place() {
    let value = json!({
        "attributes": [{ "external_id": "a" }, { "first_name": "nobody" }, "text"],
        "events": [{ "external_id": "a", "name": "n" }, event()],
    });
    let none = "'external_id', 'braze_id', 'user_alias', 'email' or 'phone' is required";
    let expected = json!({
        "message": "success", "attributes_processed": 1, "events_processed": 1,
        "errors": [
            { "type": none, "input_array": "attributes", "index": 1 },
            { "type": none, "input_array": "attributes", "index": 2 },
            { "type": "'time' is required", "input_array": "events", "index": 0 },
        ],
    });
    assert_eq!(said(&value), (201, expected));
}

#[test]
fn nothing_but_bad_objects_is_fatal() {
    let value = json!({ "purchases": [{ "external_id": "a" }] });
    let errors =
        json!([{ "type": "'product_id' is required", "input_array": "purchases", "index": 0 }]);
    assert_eq!(
        said(&value),
        (400, json!({ "message": NO_DATA, "errors": errors }))
    );
}

#[test]
fn update_existing_only_is_a_boolean_in_every_array() {
    let mut object = event();
    object["_update_existing_only"] = json!("false");
    for array in InputArray::ALL {
        let assessment = judge(
            json!({ (array.as_str()): [object] }).to_string().as_bytes(),
            &Rules::default(),
        );
        let texts: Vec<&str> = assessment
            .refused
            .iter()
            .map(|refusal| refusal.text.as_str())
            .collect();
        assert_eq!(texts, ["'_update_existing_only' is not valid"]);
    }
}

#[test]
fn what_was_taken_is_kept_as_it_was_sent() {
    let value = json!({ "events": [event()], "attributes": [{ "external_id": "u", "c": { "deep": null } }] });
    let assessment = judge(value.to_string().as_bytes(), &Rules::default());
    let expected = [
        (
            InputArray::Attributes,
            json!({ "external_id": "u", "c": { "deep": null } }),
        ),
        (InputArray::Events, event()),
    ];
    assert_eq!(assessment.accepted, expected);
    assert_eq!(assessment.notes.len(), 1);
}
