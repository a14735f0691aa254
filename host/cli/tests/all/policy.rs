//! `hospes policy explain`, policies on trial, and the audit log.

use std::fs;

use hospes_artifacts::BRAZE_TRACK;
use serde_json::{Value, json};

use crate::dir::{Dir, eq};
use crate::mock::Mock;

const SOLUTION: &str = r#"name = "acme"
[env.sandbox]
crm_url = "https://sandbox.example.com"
[env.prod]
crm_url = "https://crm.example.com"
[node.crm]
component = "crm.wasm"
allow = ["POST {crm_url}/contacts"]
[node.trial]
component = "trial.wasm"
allow = ["POST {crm_url}/contacts"]
observe = true
"#;

const RULE: &str = "POST https://crm.example.com/contacts";
const URL: &str = "https://crm.example.com/contacts/1";

#[test]
fn the_json_is_one_document_of_four_keys() {
    let dir = Dir::new();
    dir.file("hospes.toml", SOLUTION);
    let of = |node| ["--solution", "hospes.toml", "--env", "prod", "--node", node];
    for (args, code, line) in [
        (
            vec![
                "--allow",
                RULE,
                "--method",
                "POST",
                "--resolves-to",
                "93.184.216.34",
                URL,
            ],
            0,
            r#"{"verdict":"allow","reason":"rule","rule":"POST https://crm.example.com/contacts","message":"POST https://crm.example.com/contacts/1 is allowed by `POST https://crm.example.com/contacts`."}"#,
        ),
        (
            vec!["--allow", RULE, URL],
            1,
            r#"{"verdict":"deny","reason":"method","rule":null,"message":"GET https://crm.example.com/contacts/1 is not allowed: `POST https://crm.example.com/contacts` allows POST only. To allow it, add: GET https://crm.example.com/contacts/1"}"#,
        ),
        (
            vec![
                "--allow",
                RULE,
                "--method",
                "POST",
                "--resolves-to",
                "93.184.216.34",
                "--resolves-to",
                "::1",
                URL,
            ],
            1,
            r#"{"verdict":"deny","reason":"forbidden-address","rule":"POST https://crm.example.com/contacts","message":"POST https://crm.example.com/contacts/1 is not allowed: crm.example.com resolves to ::1, a loopback address, which a name never opens; only a rule for that very address does."}"#,
        ),
        (
            [&of("crm")[..], &["--method", "POST", URL]].concat(),
            0,
            r#"{"verdict":"allow","reason":"rule","rule":"POST https://crm.example.com/contacts","message":"POST https://crm.example.com/contacts/1 is allowed by `POST https://crm.example.com/contacts`, as long as every address of the host is public. The name was not resolved."}"#,
        ),
        (
            [&of("trial")[..], &["https://other.example.com/"]].concat(),
            0,
            r#"{"verdict":"allow","reason":"no-rule","rule":null,"message":"GET https://other.example.com/ is not allowed: no rule matches. The policy observes and lets it pass, as long as every address of the host is public. The name was not resolved. To allow it, add: GET https://other.example.com"}"#,
        ),
        (
            [
                &of("trial")[..],
                &["--resolves-to", "10.0.0.7", "https://other.example.com/"],
            ]
            .concat(),
            1,
            r#"{"verdict":"deny","reason":"forbidden-address","rule":null,"message":"GET https://other.example.com/ is not allowed: other.example.com resolves to 10.0.0.7, a private address, which a name never opens; only a rule for that very address does."}"#,
        ),
        (
            vec!["--allow", RULE, "--method", "p\u{1b}[31m", "-x\u{1b}[31m"],
            1,
            r#"{"verdict":"deny","reason":"url","rule":null,"message":"the URL is not accepted: it holds a character that has to be percent-encoded"}"#,
        ),
    ] {
        let ended = dir
            .hospes(["policy", "explain", "--json"])
            .args(&args)
            .run();
        ended.is(code, &format!("{line}\n"), "");
    }
}

#[test]
fn people_read_a_verdict_and_a_paragraph() {
    let dir = Dir::new();
    dir.file("hospes.toml", SOLUTION);
    for (args, code, text) in [
        (
            &[
                "--allow",
                RULE,
                "--method",
                "POST",
                "--resolves-to",
                "93.184.216.34",
                URL,
            ][..],
            0,
            "allowed: POST https://crm.example.com/contacts/1 is allowed by `POST https://crm.example.com/contacts`.",
        ),
        (
            &["--allow", RULE, "--method", "p\u{1b}[31m", URL],
            1,
            "denied (method): `p\\u{1b}[31m` is not a method: expected one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS.",
        ),
        (
            &[
                "--solution",
                "hospes.toml",
                "--node",
                "crm",
                "--env",
                "sandbox",
                "--method",
                "POST",
                URL,
            ],
            1,
            "denied (no-rule): POST https://crm.example.com/contacts/1 is not allowed: no rule matches. To allow it, \
             add: POST https://crm.example.com/contacts/1",
        ),
        (
            &[
                "--solution",
                "hospes.toml",
                "--node",
                "trial",
                "--env",
                "sandbox",
                URL,
            ],
            0,
            "observed (no-rule): GET https://crm.example.com/contacts/1 is not allowed: no rule matches. The policy \
             observes and lets it pass, as long as every address of the host is public. The name was not resolved. \
             To allow it, add: GET https://crm.example.com/contacts/1",
        ),
    ] {
        let ended = dir.hospes(["policy", "explain"]).args(args).run();
        ended.is(code, &format!("{text}\n"), "");
    }
}

#[test]
fn a_policy_that_does_not_load_explains_nothing() {
    let dir = Dir::new();
    dir.file("hospes.toml", SOLUTION);
    for (args, message) in [
        (
            &["--allow", "{base}/x", URL][..],
            "rule `{base}/x`: only a solution file can refer to params: write the value",
        ),
        (
            &["--allow", "http://169.254.169.254", URL],
            "rule `http://169.254.169.254`: it could never match: 169.254.169.254 is a cloud's metadata or platform \
             address, which no rule opens",
        ),
        (
            &["--allow", RULE, "--allow", RULE, URL],
            "rule `POST https://crm.example.com/contacts`: it stands there twice: `POST \
             https://crm.example.com/contacts` means the same",
        ),
        (
            &[
                "--allow",
                "http://[::1]",
                "--resolves-to",
                "::1",
                "http://[::1]/",
            ],
            "--resolves-to: [::1] is an address, which is never resolved",
        ),
        (
            &[
                "--solution",
                "hospes.toml",
                "--node",
                "crn",
                "--env",
                "prod",
                URL,
            ],
            "hospes.toml: no node is called `crn`: did you mean `crm`?",
        ),
        (
            &["--solution", "hospes.toml", "--node", "crm", URL],
            "hospes.toml: there are several environments, name one: `prod`, `sandbox`",
        ),
    ] {
        for json in [None, Some("--json")] {
            let ended = dir
                .hospes(["policy", "explain"])
                .args(args)
                .args(json)
                .run();
            ended.is(2, "", &format!("error: {message}\n"));
        }
    }
}

/// What a line of the audit log has, in this order.
pub(crate) const AUDIT_KEYS: [&str; 17] = [
    "time",
    "node",
    "revision",
    "execution_id",
    "method",
    "origin",
    "path",
    "verdict",
    "error",
    "denied",
    "observed",
    "rule",
    "address",
    "status",
    "bytes_out",
    "bytes_in",
    "elapsed_us",
];

/// One run with the right rule and one with another.
#[test]
fn the_audit_log_has_a_line_for_each_request_and_no_secret() {
    let dir = Dir::new();
    let mock = Mock::start(&dir, &json!([]), &[]);
    let payload = r#"{"user": {"external_id": "a", "first_name": "Ada"}}"#;
    let run = |rule: &str, audit: &str| {
        dir.hospes([
            "run",
            BRAZE_TRACK,
            "--payload",
            payload,
            "--secret",
            "braze_api_key=env:KEY",
        ])
        .args(["--param", &format!("braze_url={}", mock.url)])
        .args(["--allow", rule, "--observe", "--audit", audit])
        .env("KEY", &mock.key)
        .run()
    };
    let good = format!("POST {}/users/track", mock.url);
    let other = format!("POST {}/other", mock.url);
    assert_eq!(run(&good, "audit.jsonl").code(0).stderr, "");
    // An address without a rule does not pass, observing or not.
    let denied = run(&other, "audit.jsonl").code(1);
    let log = fs::read_to_string(dir.path().join("audit.jsonl")).unwrap();
    assert!(!log.contains(&mock.key) && !log.contains("Ada"), "{log}");
    let mut lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for line in &mut lines {
        let keys = line.as_object().unwrap();
        assert_eq!(keys.len(), AUDIT_KEYS.len());
        assert!(AUDIT_KEYS.iter().all(|key| keys.contains_key(*key)));
        for key in [
            "time",
            "revision",
            "execution_id",
            "elapsed_us",
            "bytes_in",
            "bytes_out",
        ] {
            assert_ne!(line[key].take(), Value::Null, "{key}");
        }
    }
    let address = mock.url.trim_start_matches("http://");
    let expected = |verdict: &str| {
        json!({
            "time": null, "node": "braze-track", "revision": null, "execution_id": null,
            "method": "POST", "origin": mock.url, "path": "/users/track",
            "verdict": verdict, "error": null, "denied": null, "observed": null,
            "rule": null, "address": null, "status": null,
            "bytes_out": null, "bytes_in": null, "elapsed_us": null,
        })
    };
    let mut answered = expected("answered");
    answered["rule"] = json!(good);
    answered["address"] = json!(address);
    answered["status"] = json!(201);
    let mut refused = expected("denied");
    refused["denied"] = json!({
        "reason": "path",
        "message": format!("{good} is not allowed: `{other}` allows /other and what is below only."),
        "remedy": good,
    });
    assert_eq!(lines, [answered, refused]);
    eq(
        &denied.stderr,
        &format!(
            "denied (path): {good} is not allowed: `{other}` allows /other and what is below only. To allow it, add: \
             --allow '{good}'\n"
        ),
    );

    let ended = run(&good, "-").code(0);
    let line: Value = serde_json::from_str(&ended.stderr).unwrap();
    assert_eq!(line["verdict"], "answered");
    let ended = run(&good, "none/audit.jsonl").code(2);
    eq(
        &ended.stderr,
        "error: --audit none/audit.jsonl: No such file or directory (os error 2)\n",
    );
}
