use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::narrower;

fn lines(before: &Value, after: &Value) -> Vec<String> {
    let raw = |schema: &Value| RawValue::from_string(schema.to_string()).unwrap();
    narrower(&raw(before), &raw(after))
}

fn object(properties: Value, required: Value) -> Value {
    json!({"type": "object", "properties": properties, "required": required})
}

#[test]
fn what_takes_as_much_as_before_is_not_narrower() {
    let user = || json!({"name": {"type": "string"}, "age": {"type": "integer", "minimum": 0}});
    let tree = |more: Value| {
        json!({
            "$ref": "#/$defs/tree",
            "$defs": {"tree": {
                "type": "object", "required": ["name"],
                "properties": {
                    "name": {"type": "string"}, "more": more,
                    "children": {"type": "array", "items": {"$ref": "#/$defs/tree"}},
                },
            }},
        })
    };
    let tagged = |names: &[&str]| {
        let one = |name: &&str| {
            json!({
                "type": "object", "required": [name], "properties": {*name: true}, "additionalProperties": false,
            })
        };
        json!({"oneOf": names.iter().map(one).collect::<Vec<_>>()})
    };
    for (before, after) in [
        (json!({"type": "string"}), json!({})),
        (json!(false), json!({"type": "string"})),
        (
            json!({"type": "integer"}),
            json!({"type": ["number", "null"]}),
        ),
        (json!({"enum": ["a"]}), json!({"enum": ["a", "b"]})),
        (
            json!({"const": "a"}),
            json!({"type": "string", "title": "A"}),
        ),
        (
            object(user(), json!(["name", "age"])),
            object(user(), json!(["name"])),
        ),
        (object(user(), json!(["name"])), {
            let mut more = user();
            more["nick"] = json!(true);
            object(more, json!(["name"]))
        }),
        (
            json!({"type": "integer", "minimum": 1, "maximum": 5}),
            json!({"type": "integer", "minimum": 0, "maximum": 6}),
        ),
        // A keyword for other types says nothing.
        (
            json!({"type": "string"}),
            json!({"type": "string", "minimum": 5, "required": ["a"]}),
        ),
        (
            json!({"anyOf": [{"type": "string"}, {"type": "null"}]}),
            json!({"type": ["string", "null", "boolean"]}),
        ),
        (
            json!({"type": "string"}),
            json!({"anyOf": [{"type": "string"}, {"type": "null"}]}),
        ),
        (
            json!({"oneOf": [{"const": "a"}]}),
            json!({"oneOf": [{"const": "a"}, {"const": "b"}]}),
        ),
        (tagged(&["a", "b"]), tagged(&["a", "c", "b"])),
        (
            json!({"allOf": [{"type": "object"}, {"required": ["a"]}]}),
            object(json!({}), json!(["a"])),
        ),
        (tree(json!({"type": "string"})), tree(json!(true))),
        (
            json!({"type": "array", "items": {"type": "string", "pattern": "^a"}}),
            json!({"type": "array", "items": {"type": "string"}}),
        ),
        (
            json!({"additionalProperties": false, "properties": {"a": {}}}),
            json!({"additionalProperties": false, "properties": {"a": {}, "b": {"type": "null"}}}),
        ),
    ] {
        assert_eq!(lines(&before, &after), [""; 0], "{before} {after}");
    }
}

#[test]
fn what_refuses_anything_that_was_taken_is_narrower_and_says_where() {
    let text = || json!({"type": "string"});
    for (before, after, line) in [
        (
            json!({}),
            json!({"type": "object"}),
            "payload: the type is \"object\" now",
        ),
        (json!(true), json!(false), "payload: it is refused now"),
        (
            json!({"type": "number"}),
            json!({"type": "integer"}),
            "payload: the type is \"integer\" now",
        ),
        (
            json!({"enum": ["a", "b"]}),
            json!({"enum": ["a"]}),
            "payload: fewer values are taken now",
        ),
        (
            text(),
            json!({"type": "string", "minLength": 1}),
            "payload: `minLength` is 1 now",
        ),
        (
            json!({"maximum": 5}),
            json!({"maximum": 4}),
            "payload: `maximum` is 4 now",
        ),
        (
            text(),
            json!({"type": "string", "pattern": "^a"}),
            "payload: `pattern` is another",
        ),
        (
            text(),
            json!({"not": {"const": "x"}}),
            "payload: `not` is another",
        ),
        (
            object(json!({"user": text()}), json!([])),
            object(json!({"user": text()}), json!(["user"])),
            "payload /user: it is required now",
        ),
        (
            object(json!({"user": {"type": "integer"}}), json!([])),
            object(json!({"user": text()}), json!([])),
            "payload /user: the type is \"string\" now",
        ),
        (
            object(json!({"user": text()}), json!([])),
            json!({"type": "object", "additionalProperties": false}),
            "payload /user: it is refused now",
        ),
        (
            object(json!({}), json!([])),
            json!({"type": "object", "additionalProperties": false}),
            "payload /*: it is refused now",
        ),
        (
            json!({"type": "array", "items": {"type": ["string", "null"]}}),
            json!({"type": "array", "items": text()}),
            "payload /*: the type is \"string\" now",
        ),
        (
            json!({"anyOf": [text(), {"type": "null"}]}),
            text(),
            "payload: the type is \"string\" now",
        ),
        (
            json!({"oneOf": [{"const": "a"}, {"const": "b"}]}),
            json!({"oneOf": [{"const": "a"}]}),
            "payload: none of the forms takes all that was taken",
        ),
        // Both forms would fit now, and only one may.
        (
            json!({"oneOf": [{"required": ["a"]}]}),
            json!({"oneOf": [{"required": ["a"]}, {"required": ["b"]}]}),
            "payload: `oneOf` is another",
        ),
        // The same words, which mean something else beside others.
        (
            json!({"properties": {"a": true, "b": true}, "unevaluatedProperties": false}),
            json!({"properties": {"a": true}, "unevaluatedProperties": false}),
            "payload: `unevaluatedProperties` is another",
        ),
        (
            json!({}),
            json!({"$ref": "https://a.example/schema"}),
            "payload: a reference leads out of the schema",
        ),
        // The same words, which lead elsewhere.
        (
            json!({"$ref": "#/$defs/a", "$defs": {"a": text()}}),
            json!({"$ref": "#/$defs/a", "$defs": {"a": {"type": "null"}}}),
            "payload: the type is \"null\" now",
        ),
    ] {
        assert_eq!(lines(&before, &after)[0], line, "{before} {after}");
    }
}

#[test]
fn a_comparison_ends_whatever_the_schemas_are() {
    // Forms of forms, each of which names two others.
    let mut defs = serde_json::Map::new();
    for n in 0..60 {
        let form = |by: i32| json!({"$ref": format!("#/$defs/d{}", n + by)});
        defs.insert(
            format!("d{n}"),
            json!({"anyOf": [{"properties": {"a": form(1)}}, {"properties": {"b": form(2)}}]}),
        );
    }
    let schema = |last: Value| {
        let mut defs = defs.clone();
        defs.insert("d60".to_owned(), last.clone());
        defs.insert("d61".to_owned(), last);
        json!({"$ref": "#/$defs/d0", "$defs": defs})
    };
    assert!(!lines(&schema(json!(true)), &schema(json!({"type": "null"}))).is_empty());
    let round = json!({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}});
    assert_eq!(lines(&json!({"type": "string"}), &round), [""; 0]);
    let mut deep = json!({"type": "string"});
    for _ in 0..60 {
        deep = json!({"properties": {"a": deep}});
    }
    assert_eq!(
        lines(&deep, &json!({"type": ["object", "string"]})).len(),
        1
    );
}
