//! `hospes flow` and `hospes check`, against the strict Braze.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::dir::{Dir, Ended, TestCommand, eq};
use crate::mock::Mock;

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples")
}

/// An example of the repository, in a directory of its own and with its
/// sandbox at the mock.
pub(crate) fn example(dir: &Dir, name: &str, url: &str) {
    let folder = examples().join(name);
    let text = fs::read_to_string(folder.join("hospes.toml")).unwrap();
    let text = text
        .replace("http://127.0.0.1:7118", url)
        .replace(
            "../../target/wasm32-wasip2/node/braze-track.wasm",
            hospes_artifacts::BRAZE_TRACK,
        )
        .replace(
            "../../target/wasm32-wasip2/node/hello.wasm",
            hospes_artifacts::HELLO,
        );
    dir.file("hospes.toml", text);
    fs::create_dir_all(dir.path().join("flows")).unwrap();
    for file in fs::read_dir(folder.join("flows")).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), dir.path().join("flows").join(file.file_name())).unwrap();
    }
}

fn answers() -> Value {
    json!({
        "first_name": "Ada", "last_name": "Example", "email": "ada@example.com", "born": "10 Dec 1990",
        "home_city": "London", "operating_system": "linux",
    })
}

/// The onboarding flow with these answers.
fn run(dir: &Dir, mock: &Mock, answers: &Value) -> TestCommand {
    dir.file("answers.json", answers.to_string());
    dir.hospes(["flow", "run", "onboarding", "--env", "sandbox"])
        .args(["--answers", "answers.json"])
        .env("BRAZE_API_KEY", &mock.key)
}

fn events(ended: &Ended) -> Vec<Value> {
    let lines = ended.stdout.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The events of a kind.
fn of<'e>(events: &'e [Value], kind: &str) -> Vec<&'e Value> {
    events
        .iter()
        .filter(|event| event["event"] == kind)
        .collect()
}

#[test]
fn a_flow_runs_from_a_script_with_one_event_a_line() {
    let dir = Dir::new();
    let mut mock = Mock::start(&dir, &json!([]), &[]);
    example(&dir, "onboarding", &mock.url);
    let mut said = answers();
    said["born"] = json!(["3/4/1990", "3 April 1990"]);
    let ended = run(&dir, &mock, &said)
        .args(["--var", "user_id=web-7"])
        .run()
        .code(0);
    assert_eq!(ended.stderr, "");
    let events = events(&ended);
    assert_eq!(events[0]["event"], "start");
    assert_eq!(events[0]["env"], "sandbox");
    let asked: Vec<&str> = of(&events, "ask")
        .iter()
        .map(|ask| ask["field"].as_str().unwrap())
        .collect();
    assert_eq!(
        asked,
        [
            "first_name",
            "last_name",
            "email",
            "born",
            "born",
            "home_city",
            "operating_system"
        ]
    );
    assert_eq!(
        of(&events, "ask")[4]["reason"],
        "`3/4/1990` can be March 4 or April 3: write 1990-03-04 or 1990-04-03."
    );
    let payload = json!({
        "user": {
            "external_id": "web-7", "first_name": "Ada", "last_name": "Example", "email": "ada@example.com",
            "dob": "1990-04-03", "home_city": "London", "operating_system": "Linux",
        },
        "event": {"name": "signed_up", "properties": {"channel": "chat"}},
    });
    assert_eq!(of(&events, "act")[0]["payload"], payload);
    assert_eq!(of(&events, "outcome")[0]["outcome"]["route"], "success");
    assert_eq!(
        of(&events, "outcome")[0]["outcome"]["execution_id"],
        of(&events, "act")[0]["execution_id"]
    );
    assert_eq!(
        *events.last().unwrap(),
        json!({"event": "end", "step": "done", "end": "signed up", "failed": false})
    );
    let received = mock.line();
    assert_eq!(received["body"]["attributes"], json!([payload["user"]]));
    assert_eq!(received["body"]["events"][0]["external_id"], "web-7");
    assert!(!ended.stdout.contains(&mock.key));
}

/// Whatever Braze answers: the edge that is taken, and how the flow ends.
#[test]
fn each_answer_of_braze_takes_its_edge() {
    let email = "The value provided for the 'email' field is not a valid email.";
    let refused = |index: &str, ty: &str| json!({"type": ty, "input_array": index, "index": 0});
    let nothing = json!({"status": 400, "body": {
        "message": "Valid data must be provided in the 'attributes', 'events', or 'purchases' fields.",
        "errors": [refused("attributes", email), refused("events", email)],
    }});
    let partly = json!({"status": 201, "body": {
        "message": "success", "events_processed": 1, "errors": [refused("attributes", email)],
    }});
    for (name, script, edges, end) in [
        (
            "401",
            json!([{"status": 401}]),
            &["unauthorized"][..],
            "broken",
        ),
        ("403", json!([{"status": 403}]), &["unauthorized"], "broken"),
        ("404", json!([{"status": 404}]), &["rejected"], "broken"),
        (
            "429",
            json!([{"status": 429}]),
            &["rate-limited"],
            "try later",
        ),
        (
            "503",
            json!([{"status": 503, "times": 3}]),
            &["unavailable"],
            "try later",
        ),
        (
            "503 once",
            json!([{"status": 503}]),
            &["success"],
            "signed up",
        ),
        ("half of it", json!([partly]), &["partial"], "handed over"),
        (
            "reset",
            json!([{"reset": "after"}]),
            &["unknown"],
            "handed over",
        ),
        (
            "no answer",
            json!([{"status": 200, "body": ""}]),
            &["failure"],
            "handed over",
        ),
        (
            "a detail",
            json!([nothing]),
            &["rejected", "success"],
            "signed up",
        ),
    ] {
        let dir = Dir::new();
        let mock = Mock::start(&dir, &script, &[]);
        example(&dir, "onboarding", &mock.url);
        let mut said = answers();
        if name == "a detail" {
            said["email"] = json!(["ada@example.com", "ada@mail.example.com"]);
        }
        let ended = run(&dir, &mock, &said).run();
        let events = events(&ended);
        let taken: Vec<&str> = of(&events, "edge")
            .iter()
            .filter(|edge| edge["from"] == "send")
            .map(|edge| edge["edge"].as_str().unwrap())
            .collect();
        assert_eq!(taken, edges, "{name}: {ended:?}");
        let last = events.last().unwrap();
        assert_eq!(last["end"], end, "{name}");
        assert_eq!(ended.code, Some(i32::from(end != "signed up")), "{name}");
        let promised = of(&events, "say").iter().any(|say| {
            say["text"]
                .as_str()
                .unwrap()
                .contains("Your details are saved.")
        });
        assert_eq!(promised, end == "signed up", "{name}");
        assert!(!ended.stdout.contains(&mock.key), "{name}");
    }
}

#[test]
fn nonsense_takes_the_failure_edge_and_nothing_is_sent() {
    let dir = Dir::new();
    let mock = Mock::start(&dir, &json!([]), &[]);
    example(&dir, "onboarding", &mock.url);
    let mut said = answers();
    said["email"] = json!(["ada", "ada@", "@"]);
    let ended = run(&dir, &mock, &said).run().code(1);
    let events = events(&ended);
    assert!(of(&events, "act").is_empty());
    assert_eq!(events.last().unwrap()["end"], "not understood");
}

#[test]
fn a_person_talks_to_it_and_sees_what_goes_over_the_wire() {
    let dir = Dir::new();
    let mock = Mock::start(&dir, &json!([]), &[]);
    example(&dir, "two-nodes", &mock.url);
    let ended = dir
        .hospes(["flow", "chat", "greet", "--trace"])
        .env("BRAZE_API_KEY", &mock.key)
        .input("Ada\nada\nada@example.com\n")
        .run()
        .code(0);
    let host = mock.url.strip_prefix("http://").unwrap();
    let start = "Who are you?\n> Ada\nAnd your e-mail address?\n> ada\n\
                 `ada` has no `@`: an address looks like ada@example.com.\nAnd your e-mail address?\n\
                 > ada@example.com\n[greet: success -> tell]\n";
    let (found, rest) = ended.stdout.split_at(start.len().min(ended.stdout.len()));
    eq(found, start);
    let wire = format!("  POST {}/users/track\n", mock.url);
    assert!(rest.starts_with(&wire), "{rest}");
    assert!(
        rest.contains("\n  authorization: Bearer {braze_api_key}\n"),
        "{rest}"
    );
    assert!(rest.contains("\"words\": \"Hello, Ada.\""), "{rest}");
    assert!(rest.contains("\n  -> 201\n"), "{rest}");
    let end =
        "[tell: success -> greeted]\nHello, Ada. Braze has heard of it, too.\n[end: greeted]\n";
    assert!(rest.ends_with(end), "{rest}");
    assert!(!ended.stdout.contains(&mock.key) && !ended.stdout.contains('\u{1b}'));
    assert_eq!(ended.stderr, "", "{host}");
}

#[test]
fn a_key_that_is_echoed_is_blanked_in_the_trace() {
    for echo in ["header", "body", "location"] {
        let dir = Dir::new();
        let mock = Mock::start(&dir, &json!([{"status": 401, "echo": echo}]), &[]);
        example(&dir, "onboarding", &mock.url);
        let ended = run(&dir, &mock, &answers()).arg("--trace").run().code(1);
        let events = events(&ended);
        let wire = of(&events, "wire")[0];
        assert_eq!(
            wire["headers"][0],
            json!(["authorization", "Bearer {braze_api_key}"]),
            "{wire}"
        );
        assert_eq!(wire["answer"]["status"], 401);
        assert!(!format!("{ended:?}").contains(&mock.key), "{echo}");
    }
}

#[test]
fn leaving_before_the_end_is_said() {
    let dir = Dir::new();
    example(&dir, "onboarding", "http://127.0.0.1:1");
    let ended = dir
        .hospes(["flow", "chat", "onboarding", "--env", "sandbox"])
        .env("BRAZE_API_KEY", "a-key-that-is-long-enough")
        .input("Ada\n")
        .run()
        .code(2);
    eq(
        &ended.stderr,
        "error: the conversation ended early: standard input was closed\n",
    );
}

#[test]
fn what_is_wrong_with_answers_and_flows_is_named() {
    let dir = Dir::new();
    let mock = Mock::start(&dir, &json!([]), &[]);
    example(&dir, "onboarding", &mock.url);
    let mut few = answers();
    few["email"] = json!("ada");
    let error = |command: TestCommand| command.run().code(2).stderr;
    eq(
        &error(run(&dir, &mock, &few)),
        "error: the flow asks for `email` again (`ada` has no `@`: an address looks like ada@example.com.), and there \
         is no answer: add `email` to --answers\n",
    );
    eq(
        &error(run(&dir, &mock, &json!({"email": {}}))),
        "error: the answers answers.json: `email` has a value that nobody could type: write a text\n",
    );
    eq(
        &error(run(&dir, &mock, &answers()).args(["--var", "userid=1"])),
        "error: the flow has no input `userid`: did you mean `user_id`?\n",
    );
    eq(
        &error(dir.hospes(["flow", "chat", "onbording"])),
        "error: hospes.toml: no flow is called `onbording`: did you mean `onboarding`?\n",
    );
    eq(
        &error(dir.hospes(["flow", "chat", "onboarding"])),
        "error: hospes.toml: there are several environments, name one: `prod`, `sandbox`\n",
    );
}

#[test]
fn a_broken_file_never_starts_half_of_a_solution() {
    let dir = Dir::new();
    let mock = Mock::start(&dir, &json!([]), &[]);
    example(&dir, "onboarding", &mock.url);
    let solution = fs::read_to_string(dir.path().join("hospes.toml")).unwrap();
    let flow = fs::read_to_string(dir.path().join("flows/onboarding.toml")).unwrap();
    let (solution, flow) = (
        solution.replace("params = [\"braze_url\"]", "params = []"),
        flow.replace("dob = \"{born}\"", "dob = \"{birth}\"")
            .replace("event]\n", "evnt]\n"),
    );
    dir.file("hospes.toml", &solution);
    dir.file("flows/onboarding.toml", &flow);
    let line =
        |text: &str, of: &str| text.lines().position(|line| line.starts_with(of)).unwrap() + 1;
    let expected = format!(
        "error: the solution has 2 faults:\n\
         hospes.toml:{}:7: node.braze-track: the node can't work without the param `braze_url` (Base URL of the \
         workspace's REST endpoint): add it to `params`, and to every environment\n\
         flows/onboarding.toml:{}:7: step.send.payload.user.dob: no step and no input sets a variable `birth`: expected one \
         of `born`, `delivered`, `email`, `first_name`, `home_city`, `last_name`, `operating_system`, `user_id`, \
         `why`\n",
        line(&solution, "[node.braze-track]"),
        line(&flow, "dob ="),
    );
    for command in [
        dir.hospes(["check"]),
        dir.hospes(["flow", "chat", "onboarding", "--env", "sandbox"]),
    ] {
        let ended = command.env("BRAZE_API_KEY", &mock.key).run();
        ended.is(2, "", &expected);
    }
    // A single node is started with flags of its own, but not from a broken solution.
    let ended = dir
        .hospes(["run", "braze-track", "--env", "sandbox", "--payload", "{}"])
        .run()
        .code(2);
    assert!(ended.stderr.contains("variable `birth`"), "{ended:?}");
    let json = dir.hospes(["check", "--json"]).run().code(2).json();
    assert_eq!(json["findings"].as_array().unwrap().len(), 2);
    assert_eq!(json["findings"][0]["key"], "node.braze-track");
}

#[test]
fn the_examples_are_good() {
    for (name, counts) in [
        ("onboarding", "2 environments, 1 node, 1 flow"),
        ("two-nodes", "1 environment, 2 nodes, 1 flow"),
    ] {
        let dir = Dir::new();
        example(&dir, name, "http://127.0.0.1:7118");
        dir.hospes(["check"])
            .run()
            .is(0, &format!("good: hospes.toml: {counts}\n"), "");
        let json = dir.hospes(["check", "--json"]).run().code(0).json();
        assert_eq!(json, json!({"solution": name, "findings": []}));
    }
}

#[test]
fn a_callers_file_is_checked_against_the_solution() {
    let dir = Dir::new();
    example(&dir, "onboarding", "http://127.0.0.1:7118");
    let callers = |node: &str| {
        format!("[caller.crm]\ntokens = [\"file:/run/secrets/crm\"]\nnodes = [\"{node}\"]\n")
    };
    dir.file("callers.toml", callers("braze-track"));
    let check = ["check", "--callers", "callers.toml"];
    let good = "good: hospes.toml: 2 environments, 1 node, 1 flow\ngood: callers.toml: 1 caller\n";
    dir.hospes(check).run().is(0, good, "");
    let json = dir.hospes(check).arg("--json").run().code(0).json();
    let expected = json!({"solution": "onboarding", "findings": [], "callers": ["crm"]});
    assert_eq!(json, expected);

    dir.file("callers.toml", callers("braze-trak"));
    let ended = dir.hospes(check).run();
    ended.is(
        2,
        "",
        "error: the callers file has 1 fault:\ncallers.toml:3:10: caller.crm.nodes[0]: no node of the solution is \
         called `braze-trak`: did you mean `braze-track`?\n",
    );
    // Both files at once: of one that is no solution, no name is known.
    dir.file("hospes.toml", "nam = \"onboarding\"\n");
    let json = dir.hospes(check).arg("--json").run().code(2).json();
    let files = json["findings"].as_array().unwrap().iter();
    let files: Vec<_> = files.map(|finding| &finding["file"]).collect();
    assert!(files.iter().all(|file| **file == "hospes.toml"), "{json}");
    dir.file("callers.toml", "[caller.crm]\nnodes = [\"x\"]\n");
    let json = dir.hospes(check).arg("--json").run().code(2).json();
    assert_eq!(
        json["findings"].as_array().unwrap().last().unwrap()["key"],
        "caller.crm"
    );
}

#[test]
fn a_flow_is_drawn_with_the_way_of_a_run() {
    let dir = Dir::new();
    let mock = Mock::start(&dir, &json!([]), &[]);
    example(&dir, "two-nodes", &mock.url);
    dir.file(
        "answers.json",
        r#"{"name": "Ada", "email": "ada@example.com"}"#,
    );
    let ran = dir
        .hospes(["flow", "run", "greet", "--answers", "answers.json"])
        .env("BRAZE_API_KEY", &mock.key)
        .run()
        .code(0);
    dir.file("run.jsonl", &ran.stdout);
    let chart = "flowchart TD
    s0[/\"who<br>asks for name, email\"/]
    s1[[\"greet<br>calls hello\"]]
    s2([\"nobody<br>ends: nobody\"])
    s3[[\"tell<br>calls braze-track\"]]
    s4(\"sorry\")
    s5(\"greeted\")
    s6(\"perhaps\")
    s7([\"failed<br>ends: failed\"])
    s8([\"done<br>ends: greeted\"])
    s9([\"unsure<br>ends: unsure\"])
    s0 --> s1
    s0 -- \"failure\" --> s2
    s1 -- \"success\" --> s3
    s1 -- \"failure\" --> s4
    s3 -- \"success\" --> s5
    s3 -- \"failure\" --> s4
    s3 -- \"unknown\" --> s6
    s4 --> s7
    s5 --> s8
    s6 --> s9
";
    let taken = "    classDef taken fill:#d9f2e3,stroke:#1a7f4b,stroke-width:3px
    class s0,s1,s3,s5,s8 taken
    linkStyle 0,2,4,8 stroke:#1a7f4b,stroke-width:4px
";
    dir.hospes(["flow", "graph", "greet"])
        .run()
        .is(0, chart, "");
    dir.hospes(["flow", "graph", "greet", "--run", "run.jsonl"])
        .run()
        .is(0, &format!("{chart}{taken}"), "");
    let svg = |flags: &[&str]| {
        let command = dir.hospes(["flow", "graph", "greet", "--format", "svg"]);
        command.args(flags).run().code(0).stdout
    };
    let (plain, way) = (svg(&[]), svg(&["--run", "run.jsonl"]));
    for picture in [&plain, &way] {
        assert!(
            picture.starts_with("<?xml") && picture.ends_with("</svg>\n"),
            "{picture}"
        );
        assert!(
            !picture.contains("href=\"h") && !picture.contains("url(h"),
            "it stands alone"
        );
        for words in ["calls braze-track", "unknown", "asks for name, email"] {
            assert!(picture.contains(words), "{words}");
        }
    }
    assert!(!plain.contains("#1a7f4b") && way.contains("#1a7f4b"));

    let other = ran.stdout.replace("sha256:", "sha256:0");
    dir.file("run.jsonl", other);
    let ended = dir
        .hospes(["flow", "graph", "greet", "--run", "run.jsonl"])
        .run()
        .code(2);
    assert!(
        ended.stderr.contains(
            "this run is of another flow, or of another revision of it: `greet` has revision "
        ),
        "{ended:?}"
    );
    let onboarding = Dir::new();
    example(&onboarding, "onboarding", &mock.url);
    for format in ["svg", "mermaid"] {
        let command = onboarding.hospes(["flow", "graph", "onboarding", "--format", format]);
        assert!(command.run().code(0).stdout.contains("calls braze-track"));
    }
}
