use serde_json::{Map, json};

use super::*;

/// Definitions of which each names the next so often.
fn chain(length: usize, times: usize) -> Value {
    let mut definitions = Map::new();
    for number in 0..length {
        let next = json!({ "$ref": format!("#/$defs/d{}", number + 1) });
        definitions.insert(format!("d{number}"), json!({ "anyOf": vec![next; times] }));
    }
    definitions.insert(format!("d{length}"), json!(false));
    json!({ "$ref": "#/$defs/d0", "$defs": definitions })
}

/// A schema that names itself so often for each level of a value.
fn round(times: usize) -> Value {
    json!({ "properties": { "a": { "anyOf": vec![json!({ "$ref": "#" }); times] } } })
}

fn nested(levels: usize) -> Value {
    (0..levels).fold(json!(1), |value, _| json!({ "a": value }))
}

#[test]
fn a_schema_that_names_its_parts_too_often_is_refused() {
    for light in [
        json!(true),
        json!({ "$ref": "#" }),
        chain(10, 2),
        chain(30, 1),
        round(20),
    ] {
        assert_eq!(weigh_schema(&light), Ok(()), "{light}");
    }
    // The last has 18 KB and took all memory for a value three deep.
    for heavy in [chain(40, 2), chain(5_000, 1), round(1000)] {
        assert_eq!(weigh_schema(&heavy), Err(SchemaError::TooMuch));
    }
}

#[test]
fn what_can_not_be_followed_is_refused_by_name() {
    for reference in ["#anchor", "https://schemas.example/x", "#/$defs/none"] {
        let schema = json!({ "properties": { "a": { "$ref": reference } } });
        let error = SchemaError::Reference(reference.to_owned());
        assert_eq!(weigh_schema(&schema), Err(error));
    }
    let dynamic = json!({ "$dynamicAnchor": "a", "$dynamicRef": "#a" });
    let error = SchemaError::Reference("#a".to_owned());
    assert_eq!(weigh_schema(&dynamic), Err(error));
}

#[test]
fn a_schema_that_goes_round_is_weighed_for_the_value_it_is_to_judge() {
    let twice = round(2);
    assert_eq!(weigh_schema_for(&twice, &nested(8)), Ok(()));
    let heavy = weigh_schema_for(&twice, &nested(40));
    assert_eq!(heavy, Err(SchemaError::TooMuch));
    // Once for each level is as much work as the value is deep.
    assert_eq!(weigh_schema_for(&round(1), &nested(40)), Ok(()));
}

#[test]
fn a_large_schema_of_an_honest_node_is_light() {
    let field = json!({
        "type": "string", "minLength": 1, "maxLength": 200,
        "description": "A field as people fill it in, with a sentence about it.",
        "enum": (0..10).map(|n| format!("choice {n}")).collect::<Vec<_>>(),
    });
    let fields: Map<String, Value> = (0..400)
        .map(|n| (format!("field_{n}"), field.clone()))
        .collect();
    let mut definitions = Map::new();
    definitions.insert(
        "record".to_owned(),
        json!({ "type": "object", "properties": fields }),
    );
    definitions.insert(
        "tree".to_owned(),
        json!({
            "type": "object",
            "properties": {
                "record": { "$ref": "#/$defs/record" },
                "branches": { "type": "array", "items": { "$ref": "#/$defs/tree" } },
            },
            "additionalProperties": false,
        }),
    );
    let schema = json!({ "$ref": "#/$defs/tree", "$defs": definitions });
    assert!(schema.to_string().len() > 78_000);
    assert_eq!(weigh_schema(&schema), Ok(()));
    let record: Map<String, Value> = (0..400)
        .map(|n| (format!("field_{n}"), json!("choice 1")))
        .collect();
    let tree = (0..6).fold(
        json!({ "record": record }),
        |tree, _| json!({ "record": {}, "branches": [tree] }),
    );
    assert_eq!(weigh_schema_for(&schema, &tree), Ok(()));
}
