//! The words people read when a flow file is wrong, compared whole.

#![allow(clippy::unwrap_used, reason = "the helpers of tests may fail a test")]

use std::path::Path;

use hospes::description::Description;
use hospes_solution::Flow;
use hospes_solution::flow::Nodes;
use serde_json::{Value, json, value::RawValue};

/// A flow without a fault; cases replace one piece of it.
const GOOD: &str = r#"start = "welcome"

[input.user_id]
kind = "text"
optional = true

[step.welcome]
say = "Welcome."
next = "details"

[step.details]
next = "which"
failure = "sorry"
[[step.details.collect]]
name = "first_name"
kind = "text"
prompt = "Your first name?"
[[step.details.collect]]
name = "email"
kind = "email"
prompt = "And your address, {first_name}?"
again = 1
[[step.details.collect]]
name = "system"
kind = "choice"
choices = ["Windows", "Linux"]
prompt = "Your system?"
optional = true

[step.which]
branch = "system"
cases = { Windows = "windows" }
otherwise = "send"

[step.windows]
say = "{system}, then."
next = "send"

[step.send]
action = "crm"
payload = { id = "{user_id?}", name = "{first_name}", email = "{email}", tags = ["chat"] }
keep = "sent"
keep_failure = "why"
success = "thanks"
failure = "sorry"
on = { invalid-payload = "refused" }

[step.refused]
say = "That was refused: {why.message}"
next = "details"

[step.thanks]
say = "Thank you, {first_name}: {sent.id}"
next = "done"

[step.done]
end = "done"

[step.sorry]
end = "failed"
failed = true
"#;

fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "id": {"type": "string"},
            "name": {"type": "string", "minLength": 2},
            "email": {"type": "string", "pattern": "@acme\\.example$"},
            "age": {"type": "integer"},
            "tags": {"type": "array", "items": {"enum": ["chat", "web"]}},
            "contact": {"anyOf": [{"type": "string", "format": "email"}, {"type": "null"}]},
        },
        "required": ["name"],
        "additionalProperties": false,
    })
}

fn nodes(schema: &Value) -> Nodes {
    let mut description = Description::default();
    description.name = "crm".to_owned();
    description.payload_schema = Some(RawValue::from_string(schema.to_string()).unwrap());
    Nodes::new([
        ("crm".to_owned(), Some(description)),
        ("mail".to_owned(), None),
    ])
}

#[track_caller]
fn check_with(nodes: &Nodes, text: &str, expected: &str) {
    let found = match Flow::parse("f", Path::new("f.toml"), text, nodes) {
        Ok(_) => String::new(),
        Err(findings) => findings.to_string(),
    };
    assert_eq!(found, expected.trim(), "in\n{text}");
}

#[track_caller]
fn check(text: &str, expected: &str) {
    check_with(&nodes(&schema()), text, expected);
}

/// The good flow with one piece replaced.
#[track_caller]
fn replaced(from: &str, to: &str) -> String {
    assert_eq!(GOOD.matches(from).count(), 1, "{from}");
    GOOD.replace(from, to)
}

#[track_caller]
fn check_replaced(from: &str, to: &str, expected: &str) {
    check(&replaced(from, to), expected);
}

#[test]
fn a_good_flow_has_no_findings() {
    check(GOOD, "");
    check("start = \"a\"\n[step.a]\nend = \"at once\"", "");
}

#[test]
fn every_step_does_one_thing_that_is_known() {
    for (from, to, expected) in [
        (
            "start = \"welcome\"",
            "stat = \"welcome\"",
            "
f.toml:1:1: stat: unknown key: did you mean `start`?
f.toml:1:1: start: `start` is missing: it names the step that comes first",
        ),
        (
            "say = \"Welcome.\"\n",
            "",
            "f.toml:7:7: step.welcome: this step does nothing: it needs one of `say`, `collect`, `action`, `branch` \
             and `end`
f.toml:8:1: step.welcome.next: unknown key: expected one of `say`, `collect`, `action`, `branch`, `end`",
        ),
        (
            "say = \"Welcome.\"",
            "say = \"Welcome.\"\nend = \"x\"",
            "f.toml:7:7: step.welcome: a step does one thing, and this has `say` and `end`",
        ),
        (
            "failed = true",
            "faild = true",
            "f.toml:61:1: step.sorry.faild: unknown key: did you mean `failed`?",
        ),
        (
            "[step.done]\nend = \"done\"",
            "[step.done]\nend = 1\n[step.\"a b\"]\nend = \"x\"",
            "
f.toml:57:7: step.done.end: expected a string, found a whole number
f.toml:58:7: step.\"a b\": a name has letters, digits, `-` and `_`",
        ),
    ] {
        check_replaced(from, to, expected);
    }
    check(
        "start = \"a\"",
        "
f.toml:1:1: step: there is no step: write `[step.NAME]`",
    );
}

#[test]
fn every_edge_is_there_and_leads_somewhere() {
    for (from, to, expected) in [
        (
            "next = \"details\"\n\n[step.details]",
            "next = \"detials\"\n\n[step.details]",
            "f.toml:9:8: step.welcome.next: no step is called `detials`: did you mean `details`?",
        ),
        (
            "success = \"thanks\"\nfailure = \"sorry\"\n",
            "success = \"thanks\"\n",
            "f.toml:39:7: step.send: `failure` is missing: it names the step that follows when it fails",
        ),
        (
            "failure = \"sorry\"\n[[step.details.collect]]\nname = \"first_name\"",
            "[[step.details.collect]]\nname = \"first_name\"",
            "f.toml:11:7: step.details: `failure` is missing: it names the step that follows when a field \
             has no usable answer after all attempts",
        ),
        (
            "on = { invalid-payload = \"refused\" }",
            "on = { invalid-paylod = \"refused\", deadline = \"nowhere\" }",
            "
f.toml:46:8: step.send.on.invalid-paylod: no kind of failure is called `invalid-paylod`: did you mean `invalid-payload`?
f.toml:46:47: step.send.on.deadline: no step is called `nowhere`: expected one of `details`, `done`, `refused`, `send`, `sorry`, `thanks`, `welcome`, `which`, `windows`",
        ),
    ] {
        check_replaced(from, to, expected);
    }
}

#[test]
fn fields_and_inputs_say_what_they_are() {
    for (from, to, expected) in [
        (
            "kind = \"email\"",
            "kind = \"mail\"",
            "f.toml:20:8: step.details.collect[1].kind: no kind is called `mail`: did you mean `email`?",
        ),
        (
            "choices = [\"Windows\", \"Linux\"]\n",
            "",
            "f.toml:23:1: step.details.collect[2]: `choices` is missing: it lists the options",
        ),
        (
            "[\"Windows\", \"Linux\"]",
            "[\"Windows\", \"windows\"]",
            "f.toml:26:23: step.details.collect[2].choices[1]: `Windows` and `windows` can't be told apart",
        ),
        (
            "kind = \"email\"\n",
            "kind = \"email\"\nchoices = [\"a\"]\n",
            "f.toml:21:1: step.details.collect[1].choices: only a `choice` has choices, and this is `email`",
        ),
        (
            "name = \"email\"\nkind",
            "name = \"first_name\"\nkind",
            "
f.toml:19:8: step.details.collect[1].name: `first_name` is asked for twice in this step
f.toml:41:63: step.send.payload.email: no step and no input sets a variable `email`: expected one of `first_name`, `sent`, `system`, `user_id`, `why`",
        ),
        (
            "again = 1",
            "again = -1",
            "f.toml:22:9: step.details.collect[1].again: expected a whole number from 0, found a whole number",
        ),
        (
            "kind = \"text\"\noptional = true\n",
            "optional = true\n",
            "f.toml:3:8: input.user_id: `kind` is missing: it is one of `text`, `email`, `date`, `phone`, `choice`, \
             `number`, `boolean`",
        ),
        (
            "Your first name?",
            "Your {first name?",
            "f.toml:17:10: step.details.collect[0].prompt: a `{` is not closed: write `{{` for the brace itself",
        ),
    ] {
        check_replaced(from, to, expected);
    }
}

#[test]
fn every_way_leads_to_an_end() {
    for (from, to, expected) in [
        (
            "[step.done]\n",
            "[step.lonely]\nend = \"x\"\n[step.done]\n",
            "f.toml:56:7: step.lonely: unreachable: no path leads here from `welcome`",
        ),
        (
            "next = \"done\"",
            "next = \"again\"\n[step.again]\nsay = \"...\"\nnext = \"thanks\"",
            "
f.toml:55:7: step.again: no end can be reached from here: `again` -> `thanks` -> `again` loops for ever
f.toml:59:7: step.done: unreachable: no path leads here from `welcome`",
        ),
        (
            "next = \"details\"\n\n[step.thanks]",
            "next = \"send\"\n\n[step.thanks]",
            "f.toml:48:7: step.refused: `refused` -> `send` -> `refused` loops without asking for anything, so \
             nothing is sure to end it: put a `collect` step into the loop, or let the node retry (`retry` in the \
             solution file)",
        ),
    ] {
        check_replaced(from, to, expected);
    }
}

#[test]
fn variables_are_there_when_they_are_used() {
    for (from, to, expected) in [
        (
            "Thank you, {first_name}",
            "Thank you, {frist_name}",
            "f.toml:53:7: step.thanks.say: no step and no input sets a variable `frist_name`: did you mean \
             `first_name`?",
        ),
        (
            "say = \"Welcome.\"",
            "say = \"Welcome, {first_name}.\"",
            "f.toml:8:7: step.welcome.say: `first_name` can't be set yet: `details` sets it, and no path \
             leads here from there",
        ),
        (
            "{user_id?}",
            "{user_id}",
            "f.toml:41:18: step.send.payload.id: `user_id` may be absent here: it may not be set on the path `welcome` \
             -> `details` -> `which` -> `send`. Write `{user_id?}` to leave it out then, or branch on it before",
        ),
        (
            "\"{first_name}\", email",
            "\"{first_name}, {system}\", email",
            "f.toml:41:39: step.send.payload.name: `system` may be absent here: it may not be set on the path `welcome` \
             -> `details` -> `which` -> `send`. Write `{system?}` to leave it out then, or branch on it before",
        ),
        (
            "That was refused: {why.message}",
            "That was refused: {sent.id}",
            "f.toml:49:7: step.refused.say: `sent` can't be set yet: `send` sets it, and no path leads \
             here from there",
        ),
        (
            "Your first name?",
            "Your first name, {email}?",
            "f.toml:17:10: step.details.collect[0].prompt: `email` may be absent here: it may not be set on the path \
             `welcome` -> `details`. Write `{email?}` to leave it out then, or branch on it before",
        ),
        (
            "{first_name}: {sent.id}",
            "{first_name.initial}: {sent.id}",
            "f.toml:53:7: step.thanks.say: `first_name` is of kind `text` and has no parts: write `{first_name}`",
        ),
    ] {
        check_replaced(from, to, expected);
    }
}

#[test]
fn a_branch_has_cases_that_occur_and_a_way_for_the_rest() {
    for (from, to, expected) in [
        (
            "{ Windows = \"windows\" }",
            "{ Window = \"windows\" }",
            "f.toml:32:11: step.which.cases.Window: `system` is never `Window`: did you mean `Windows`?",
        ),
        (
            "otherwise = \"send\"\n",
            "",
            "f.toml:31:10: step.which.branch: `system` does not have a case for every value: it can be `Linux`. Add \
             `otherwise`",
        ),
        (
            "cases = { Windows = \"windows\" }\notherwise = \"send\"\n",
            "cases = { Windows = \"windows\", Linux = \"send\" }\n",
            "f.toml:31:10: step.which.branch: `system` does not have a case for every value: it may be absent. Add \
             `otherwise`",
        ),
        (
            "branch = \"system\"",
            "branch = \"system?\"",
            "f.toml:31:10: step.which.branch: a branch needs no `?`: a missing variable takes `otherwise`",
        ),
        (
            "cases = { Windows = \"windows\" }\n",
            "",
            "
f.toml:30:7: step.which: `cases` is missing: it says which value leads to which step
f.toml:34:7: step.windows: unreachable: no path leads here from `welcome`",
        ),
    ] {
        check_replaced(from, to, expected);
    }
    let certain = GOOD.replace("optional = true\n\n[step.which]", "\n[step.which]");
    check(
        &certain.replace(
            "cases = { Windows = \"windows\" }\notherwise = \"send\"\n",
            "cases = { Windows = \"windows\", Linux = \"send\" }\n",
        ),
        "",
    );
}

#[test]
fn a_payload_can_satisfy_the_nodes_schema() {
    for (from, to, expected) in [
        (
            "action = \"crm\"",
            "action = \"cmr\"",
            "f.toml:40:10: step.send.action: the solution has no node `cmr`: did you mean `crm`?",
        ),
        (
            "name = \"{first_name}\", email",
            "email",
            "f.toml:41:11: step.send.payload: node `crm` can't take it: \"name\" is required here",
        ),
        (
            "name = \"{first_name}\", email",
            "name = \"{user_id?}\", email",
            "f.toml:41:11: step.send.payload: node `crm` can't take it: \"name\" is required here when the variable is \
             absent",
        ),
        (
            "name = \"{first_name}\", email",
            "name = 7, email",
            "f.toml:41:39: step.send.payload.name: node `crm` can't take it: expected `string`",
        ),
        (
            "tags = [\"chat\"]",
            "tags = [\"chat\", \"fax\"], fax = 1",
            "
f.toml:41:90: step.send.payload.tags[1]: node `crm` can't take it: \"fax\" is not one of \"chat\" or \"web\"
f.toml:41:104: step.send.payload.fax: node `crm` can't take it: there must be no member of this name",
        ),
        (
            "tags = [\"chat\"]",
            "age = \"{first_name}\"",
            "f.toml:41:80: step.send.payload.age: node `crm` can't take it: expected `integer`, found a variable \
             of kind `text`",
        ),
        (
            "tags = [\"chat\"]",
            "contact = { a = \"{email}\" }",
            "f.toml:41:84: step.send.payload.contact: node `crm` can't take it: it matches none of the forms that the \
             node's schema allows",
        ),
        // What the sample of a variable does not match, another value may.
        ("tags = [\"chat\"]", "contact = \"{first_name}\", tags = [\"{system?}\"]", ""),
        ("tags = [\"chat\"]", "tags = \"{user_id?}\"", "f.toml:41:81: step.send.payload.tags: node `crm` can't take it: expected `array`, found a variable of kind `text`"),
    ] {
        check_replaced(from, to, expected);
    }
}

/// Whether a rule applies can depend on what is not known yet.
#[test]
fn what_depends_on_a_variable_is_left_to_the_node() {
    for schema in [
        json!({"if": {"properties": {"name": {"const": "text"}}}, "then": {"required": ["phone"]}}),
        json!({"if": {"properties": {"name": {"const": "text"}}}, "then": {"properties": {"tags": false}}}),
        json!({"$ref": "#/$defs/x", "$defs": {"x": {"not": {"required": ["id"]}}}}),
        json!({"oneOf": [{"required": ["id"]}, {"required": ["phone"]}]}),
        json!({"dependentSchemas": {"id": {"required": ["phone"]}}}),
        json!({"properties": {"name": {"enum": ["Grace"]}, "email": {"maxLength": 3}}}),
        json!("no schema"),
        json!({"$ref": "https://schemas.example/none"}),
        json!({"properties": {"name": {"pattern": "(a+)+$"}}}),
        // A component can hand over any schema.
        json!({"$ref": "#"}),
        json!({"allOf": [{"$ref": "#"}]}),
        json!({"anyOf": [{"$ref": "#"}, {"$ref": "#"}]}),
        json!({"$dynamicAnchor": "a", "$dynamicRef": "#a"}),
        json!({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"not": {"$ref": "#/$defs/a"}}}}),
    ] {
        check_with(&nodes(&schema), GOOD, "");
    }
}

#[test]
fn several_faults_are_found_at_once() {
    check(
        &GOOD
            .replace("{sent.id}", "{snet.id}")
            .replace("next = \"done\"", "next = \"don\"")
            .replace("kind = \"email\"", "kind = \"mail\"")
            .replace("name = \"{first_name}\", email", "email"),
        "
f.toml:20:8: step.details.collect[1].kind: no kind is called `mail`: did you mean `email`?
f.toml:41:11: step.send.payload: node `crm` can't take it: \"name\" is required here
f.toml:54:8: step.thanks.next: no step is called `don`: did you mean `done`?",
    );
}

#[test]
fn the_revision_is_that_of_the_content() {
    let revision = |text: &str| {
        Flow::parse("f", Path::new("f.toml"), text, &Nodes::unknown())
            .unwrap()
            .revision
    };
    let one = revision("start = \"a\"\n[step.a]\nend = \"x\"\nfailed = true");
    assert!(one.starts_with("sha256:") && one.len() == 71, "{one}");
    assert_eq!(
        one,
        revision("# words\nstep.a = { failed = true, end = 'x' } \nstart = \"a\"")
    );
    assert_ne!(
        one,
        revision("start = \"a\"\n[step.a]\nend = \"y\"\nfailed = true")
    );
}

#[test]
fn a_node_that_no_longer_promises_what_a_flow_reads_is_found_out() {
    let flow = Flow::parse("f", Path::new("f.toml"), GOOD, &nodes(&schema())).unwrap();
    let of = |result: Option<Value>| {
        let mut description = Description::default();
        let raw = |result: Value| RawValue::from_string(result.to_string()).unwrap();
        description.result_schema = result.map(raw);
        description
    };
    let object = |properties: Value, required: Value| {
        Some(json!({"type": "object", "properties": properties, "required": required}))
    };
    let id = || json!({"id": {"type": "string"}});
    let before = of(object(id(), json!(["id"])));
    let line = |how: &str| {
        vec![format!(
            "flow f step thanks reads sent.id, which is {how} present now"
        )]
    };
    for (after, expected) in [
        (object(id(), json!(["id"])), vec![]),
        (
            object(
                json!({"id": {"type": "integer"}, "more": true}),
                json!(["id", "more"]),
            ),
            vec![],
        ),
        (object(id(), json!([])), line("not always")),
        (object(json!({}), json!([])), line("not always")),
        (
            Some(json!({"type": "object", "additionalProperties": false})),
            line("never"),
        ),
        (Some(json!({"type": "string"})), line("never")),
        (None, line("not always")),
    ] {
        let after = of(after);
        assert_eq!(flow.unreadable("crm", &before, &after), expected);
        // Nothing is lost that nobody promised, and nobody reads the other node.
        assert_eq!(flow.unreadable("mail", &before, &after), [""; 0]);
    }
    assert_eq!(flow.unreadable("crm", &of(None), &before), [""; 0]);
}
