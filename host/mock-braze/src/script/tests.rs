//! Scripts as text against scripts as code, and the words of every mistake.

use serde_json::json;

use super::*;

#[test]
fn a_script_in_json_is_the_script_in_code() {
    let text = r#"[
        {"status": 429, "headers": {"X-Ratelimit-Retry-After": "2", "X-A": ["1", "2"]}, "times": 3},
        "honest",
        {},
        {"delay_ms": 50},
        {"status": 201, "body": {"message": "success"}, "accept": false},
        {"status": 502, "body": "<html>"},
        {"reset": "before"},
        {"reset": "after", "accept": false},
        {"reset": "truncated", "status": 201},
        {"echo": "location", "status": 302}
    ]"#;
    let script = Script::new([
        ScriptStep::status(429)
            .header("X-A", "1")
            .header("X-A", "2")
            .header("X-Ratelimit-Retry-After", "2")
            .times(3),
        ScriptStep::honest(),
        ScriptStep::honest(),
        ScriptStep::delayed(Duration::from_millis(50)),
        ScriptStep::status(201)
            .body(json!({ "message": "success" }))
            .accept(false),
        ScriptStep::status(502).body("<html>"),
        ScriptStep::reset(Reset::Before),
        ScriptStep::reset(Reset::After).accept(false),
        ScriptStep::status(201).truncated(),
        ScriptStep::status(302).echo(Echo::Location),
    ]);
    assert_eq!(Script::from_json(text), Ok(script));
}

#[test]
fn a_mistake_is_told_with_its_step_and_field() {
    let unknown = "step 1, field \"stauts\": unknown field `stauts`, expected one of `times`, `status`, `headers`, \
                   `body`, `delay_ms`, `reset`, `echo`, `accept`";
    let silent = "step 1, field \"reset\": no answer is sent, so status, headers, body and echo mean nothing";
    for (text, words) in [
        (
            "[",
            "the script is not JSON: EOF while parsing a list at line 1 column 1",
        ),
        ("{}", "the script is not an array of steps"),
        ("[7]", "step 1: a step is \"honest\" or an object"),
        ("[\"honset\"]", "step 1: a step is \"honest\" or an object"),
        (r#"[{"stauts": 429}]"#, unknown),
        (
            r#"[{}, {"status": "429"}]"#,
            "step 2, field \"status\": invalid type: string \"429\", expected u16",
        ),
        (
            r#"[{"status": 100}]"#,
            "step 1, field \"status\": a final status is between 200 and 599",
        ),
        (
            r#"[{"times": 0}]"#,
            "step 1, field \"times\": a step is played at least once",
        ),
        (
            r#"[{"headers": {"a b": "c"}}]"#,
            "step 1, field \"headers\": \"a b\" is no header name",
        ),
        (
            r#"[{"headers": {"a": "\n"}}]"#,
            "step 1, field \"headers\": the value of \"a\" cannot be sent",
        ),
        (
            r#"[{"headers": {"a": 7}}]"#,
            "step 1, field \"headers\": a header is a string or a list of strings",
        ),
        (
            r#"[{"headers": {"Content-Length": "7"}}]"#,
            "step 1, field \"headers\": \"Content-Length\" is set by the server itself",
        ),
        (
            r#"[{"reset": "later"}]"#,
            "step 1, field \"reset\": unknown variant `later`, expected one of `before`, `after`, `truncated`",
        ),
        (r#"[{"reset": "after", "status": 500}]"#, silent),
        (
            r#"[{"reset": "before", "accept": true}]"#,
            "step 1, field \"accept\": nothing was read, so nothing can be taken",
        ),
        (
            r#"[{"echo": "body", "body": {}}]"#,
            "step 1, field \"echo\": the body is given already",
        ),
    ] {
        assert_eq!(
            Script::from_json(text).unwrap_err().to_string(),
            words,
            "{text}"
        );
    }
}

#[test]
fn each_step_is_played_as_often_as_it_says_and_then_the_script_is_over() {
    let mut script = Script::new([
        ScriptStep::status(429).times(2),
        ScriptStep::honest(),
        ScriptStep::status(500),
    ]);
    let played: Vec<Option<u16>> = std::iter::from_fn(|| script.advance())
        .map(|step| step.status)
        .collect();
    assert_eq!(played, [Some(429), Some(429), None, Some(500)]);
}

#[test]
fn what_is_taken_follows_from_the_step_unless_it_says_otherwise() {
    for (step, status, takes) in [
        (ScriptStep::status(201), 201, true),
        (ScriptStep::status(202), 202, true),
        (ScriptStep::status(302), 302, false),
        (ScriptStep::status(504), 504, false),
        (ScriptStep::status(504).accept(true), 504, true),
        (ScriptStep::status(201).accept(false), 201, false),
        (ScriptStep::reset(Reset::Before), 201, false),
        (ScriptStep::reset(Reset::After), 201, true),
        (ScriptStep::reset(Reset::After).accept(false), 201, false),
        (ScriptStep::status(500).truncated(), 500, true),
    ] {
        assert_eq!(step.takes(status), takes, "{step:?}");
    }
}
