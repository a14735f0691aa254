//! Grants from flags and from a solution file, and what is wrong with them.

use hospes_artifacts::{BRAZE_TRACK, HELLO, STANDARD_FETCH};
use serde_json::json;

use crate::dir::{Dir, Ended, TestCommand, eq};
use crate::mock::Mock;

const PAYLOAD: &str =
    r#"{"user": {"external_id": "a", "first_name": "Ada"}, "event": {"name": "signed_up"}}"#;

/// A solution whose only environment is the mock.
fn solution(mock: &Mock) -> String {
    let url = &mock.url;
    format!(
        r#"name = "acme"
[env.sandbox]
braze_url = "{url}"
[env.sandbox.secrets]
braze_api_key = {{ from = "env:BRAZE_API_KEY", to = ["{url}"] }}
[node.braze-track]
component = "{BRAZE_TRACK}"
params = ["braze_url"]
secrets = ["braze_api_key"]
allow = ["POST {{braze_url}}/users/track"]
"#
    )
}

fn run<'a>(dir: &Dir, flags: impl IntoIterator<Item = &'a str>) -> TestCommand {
    dir.hospes(["run"]).args(flags).args(["--payload", PAYLOAD])
}

#[track_caller]
fn wrong(ended: Ended, message: &str) {
    ended.is(2, "", &format!("error: {message}\n"));
}

#[test]
fn a_node_of_a_solution_file_needs_no_flags() {
    let dir = Dir::new();
    let mut mock = Mock::start(&dir, &json!([]), &[]);
    dir.file("hospes.toml", solution(&mock));
    for flags in [
        &["braze-track"][..],
        &["braze-track", "--env", "sandbox"],
        &["braze-track", "--solution", "hospes.toml"],
    ] {
        let command = run(&dir, flags.iter().copied())
            .arg("--json")
            .env("BRAZE_API_KEY", &mock.key);
        let outcome = command.run().code(0).json();
        assert_eq!(outcome["node"], "braze-track");
        let received = mock.line();
        assert_eq!(
            received["accepted"],
            json!({"attributes": 1, "events": 1, "purchases": 0})
        );
    }
}

#[test]
fn flags_override_and_add_to_a_solution_file() {
    let dir = Dir::new();
    let mut mock = Mock::start(&dir, &json!([]), &[]);
    dir.file("hospes.toml", solution(&mock));
    dir.file("key", &mock.key);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let private = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(dir.path().join("key"), private).unwrap();
    }
    run(
        &dir,
        [
            "braze-track",
            "--param",
            "partner=acme",
            "--secret",
            "braze_api_key=file:key",
        ],
    )
    .run()
    .code(0);
    assert_eq!(mock.line()["body"]["partner"], "acme");
}

#[test]
fn the_whole_file_is_checked_before_anything_runs() {
    let dir = Dir::new();
    let mut mock = Mock::start(&dir, &json!([]), &[]);
    let text = solution(&mock)
        .replace("params = [", "parms = [")
        .replace("POST {", "PSOT {");
    dir.file("hospes.toml", text);
    wrong(
        run(&dir, ["braze-track"])
            .env("BRAZE_API_KEY", &mock.key)
            .run(),
        "the solution has 2 faults:\n\
         hospes.toml:8:1: node.braze-track.parms: unknown key: did you mean `params`?\n\
         hospes.toml:10:10: node.braze-track.allow[0]: in environment `sandbox`: rule `PSOT \
         {URL}/users/track`: `PSOT` is not a method: did you mean `POST`?"
            .replace("{URL}", &mock.url)
            .as_str(),
    );
    // The first request it sees is this one.
    dir.file("hospes.toml", solution(&mock));
    run(&dir, ["braze-track"])
        .env("BRAZE_API_KEY", &mock.key)
        .run()
        .code(0);
    assert_eq!(mock.line()["request"], 1);
}

#[test]
fn what_a_node_needs_and_was_not_granted_is_said_before_the_call() {
    let dir = Dir::new();
    wrong(
        run(&dir, [BRAZE_TRACK]).run(),
        "node `braze-track` needs more than it was granted:\n  \
         param `braze_url`: Base URL of the workspace's REST endpoint. Add: --param braze_url=VALUE\n  \
         secret `braze_api_key`: REST API key with the permission users.track. Add: --secret \
         braze_api_key=env:VARIABLE",
    );
    let text = format!("name = \"acme\"\n[node.braze]\ncomponent = {BRAZE_TRACK:?}\n");
    dir.file("hospes.toml", text);
    wrong(
        run(
            &dir,
            [
                "braze",
                "--param",
                "braze_url=https://rest.iad-01.braze.com",
            ],
        )
        .run(),
        "node `braze` needs more than it was granted:\n  \
         secret `braze_api_key`: REST API key with the permission users.track. Add it to `secrets` of [node.braze], \
         and to the environment, in hospes.toml",
    );
}

#[test]
fn a_denied_request_comes_with_the_rule_that_allows_it() {
    let dir = Dir::new();
    let mock = Mock::start(&dir, &json!([]), &[]);
    let url = format!("braze_url={}", mock.url);
    // The secret needs a destination; the path is another one.
    let other = format!("POST {}/other", mock.url);
    let flags = [
        BRAZE_TRACK,
        "--param",
        &url,
        "--secret",
        "braze_api_key=env:KEY",
        "--allow",
        &other,
    ];
    let ended = run(&dir, flags).env("KEY", &mock.key).run().code(1);
    assert!(
        ended.stdout.starts_with("failure: denied\n"),
        "{}",
        ended.stdout
    );
    let request = format!("POST {}/users/track", mock.url);
    eq(
        &ended.stderr,
        &format!(
            "denied (path): {request} is not allowed: `{other}` allows /other and what is below only. To allow it, \
             add: --allow '{request}'\n"
        ),
    );
    let (_, rule) = ended.stderr.trim_end().rsplit_once("--allow '").unwrap();
    run(&dir, flags)
        .args(["--allow", rule.trim_end_matches('\'')])
        .env("KEY", &mock.key)
        .run()
        .code(0);
}

/// A node that speaks `wasi:http` knows nothing of the key.
#[test]
fn a_credential_is_attached_to_the_requests_of_a_node_on_the_standard_interface() {
    let dir = Dir::new();
    let mut mock = Mock::start(&dir, &json!([]), &[]);
    let request = json!([{
        "method": "POST",
        "url": format!("{}/users/track", mock.url),
        "headers": [["content-type", "application/json"]],
        "body": json!({"attributes": [{"external_id": "a", "first_name": "Ada"}]}).to_string(),
    }])
    .to_string();
    let rule = format!("POST {}/users/track", mock.url);
    dir.file(
        "hospes.toml",
        format!(
            r#"name = "acme"
[env.sandbox.secrets]
key = {{ from = "env:KEY", to = ["{url}"], header = "Authorization", prefix = "Bearer " }}
[node.fetch]
component = "{STANDARD_FETCH}"
secrets = ["key"]
allow = ["{rule}"]
"#,
            url = mock.url
        ),
    );
    for flags in [
        &["fetch"][..],
        &[
            STANDARD_FETCH,
            "--secret",
            "key=env:KEY",
            "--attach",
            "key=Authorization: Bearer ",
            "--allow",
            &rule,
        ],
    ] {
        let command = dir.hospes(["run"]).args(flags.iter().copied());
        let command = command.args(["--json", "--payload", &request]);
        let outcome = command.env("KEY", &mock.key).run().code(0).json();
        assert_eq!(outcome["result"][0]["status"], json!(201), "{outcome}");
        assert_eq!(
            mock.line()["accepted"],
            json!({"attributes": 1, "events": 0, "purchases": 0})
        );
    }
}

#[test]
fn wrong_flags_are_named() {
    let dir = Dir::new();
    for (flags, message) in [
        (
            &["--allow", "example.com"][..],
            "rule `example.com`: there is no scheme: write `https://example.com`",
        ),
        (
            &["--allow", "{base}/x"],
            "rule `{base}/x`: param `base` has no value",
        ),
        (
            &["--limit", "deadlin=2s"],
            "unknown limit `deadlin`: did you mean `deadline`?",
        ),
        (
            &["--limit", "memory=64MB"],
            "limit `memory`: `64MB` is not a size such as 64KiB or 8MiB",
        ),
        (
            &["--secret", "hunter2-hunter2"],
            "--secret: write it as NAME=env:VARIABLE or NAME=file:PATH",
        ),
        (
            &["--secret", "key=hunter2-hunter2"],
            "--secret key: a secret comes from `env:VARIABLE` or `file:PATH`",
        ),
        (
            &["--attach", "Authorization"],
            "--attach: write it as NAME=HEADER or 'NAME=HEADER: PREFIX'",
        ),
        (
            &["--attach", "key=Host"],
            "--attach key: the header `host` is the host's to set",
        ),
        (
            &["--attach", "key=Authorization: Bearer "],
            "there is no secret `key` to attach",
        ),
        (
            &["--secret", "key=env:KEY"],
            "secret `key` can't be sent anywhere: no rule names an origin that it may go to",
        ),
        (
            &["--secret", "key=env:KEY", "--allow", "https://example.com"],
            "secret `key`: the environment variable `KEY` is not set",
        ),
        (
            &[
                "--secret",
                "key=file:none",
                "--allow",
                "https://example.com",
            ],
            "secret `key`: the file none can't be read: No such file or directory (os error 2)",
        ),
    ] {
        for json in [None, Some("--json")] {
            wrong(run(&dir, [HELLO]).args(flags).args(json).run(), message);
        }
    }
}

#[test]
fn nodes_and_environments_are_named_with_the_nearest_known_one() {
    let dir = Dir::new();
    let node = format!("[node.hello]\ncomponent = {HELLO:?}\n");
    dir.file(
        "hospes.toml",
        format!("name = \"acme\"\n[env.prod]\n[env.sandbox]\n{node}"),
    );
    for (flags, message) in [
        (
            &["helo", "--env", "prod"][..],
            "hospes.toml: no node is called `helo`: did you mean `hello`?",
        ),
        (
            &["hello"],
            "hospes.toml: there are several environments, name one: `prod`, `sandbox`",
        ),
        (
            &["hello", "--env", "sandbx"],
            "hospes.toml: no environment is called `sandbx`: did you mean `sandbox`?",
        ),
        (
            &["hello", "--solution", "none.toml"],
            "can't read none.toml: No such file or directory (os error 2)",
        ),
    ] {
        wrong(run(&dir, flags.iter().copied()).run(), message);
    }
    run(&dir, ["hello", "--env", "prod"]).run().code(0);
}

#[test]
fn another_component_than_the_one_of_the_digest_is_refused() {
    let dir = Dir::new();
    let digest = format!("sha256:{}", "0".repeat(64));
    dir.file(
        "hospes.toml",
        format!("name = \"a\"\n[node.hello]\ncomponent = {HELLO:?}\ndigest = \"{digest}\"\n"),
    );
    let ended = run(&dir, ["hello"]).run().code(3);
    assert!(
        ended
            .stderr
            .ends_with(&format!(", and {digest} is required\n")),
        "{}",
        ended.stderr
    );
    let outcome = run(&dir, ["hello", "--json"]).run().code(3).json();
    assert_eq!(outcome["failure"]["kind"], "refused");
}
