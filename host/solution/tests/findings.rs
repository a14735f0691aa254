//! The words people read when a solution file is wrong, compared whole.

use std::path::Path;

use hospes_solution::Solution;

/// A file without a fault; cases replace one line of it or add to it.
const GOOD: &str = r#"name = "acme"
csv_bots = ["acme-onboarding"]

[env.sandbox]
braze_url = "https://rest.example.com"
[env.sandbox.secrets]
braze_api_key = { from = "env:BRAZE_API_KEY", to = ["https://rest.example.com"] }

[node.braze-track]
component = "nodes/braze_track.wasm"
params = ["braze_url"]
secrets = ["braze_api_key"]
allow = ["POST {braze_url}/users/track"]
[node.braze-track.limits]
deadline = "10s"
requests = 32
[node.braze-track.retry]
on = ["rate-limited", "unavailable"]
attempts = 3
"#;

#[track_caller]
fn check(text: &str, expected: &str) {
    let found = match Solution::parse(Path::new("hospes.toml"), text) {
        Ok(_) => String::new(),
        Err(findings) => findings.to_string(),
    };
    assert_eq!(found, expected.trim(), "in\n{text}");
}

/// The good file with one piece replaced.
#[track_caller]
fn check_replaced(from: &str, to: &str, expected: &str) {
    assert_eq!(GOOD.matches(from).count(), 1, "{from}");
    check(&GOOD.replace(from, to), expected);
}

#[test]
fn a_good_file_has_no_findings() {
    check(GOOD, "");
    check("name = \"empty\"", "");
}

#[test]
fn every_fault_of_the_syntax_is_found() {
    let found = Solution::parse(
        Path::new("hospes.toml"),
        "name = \nbots = [\"a\" \"b\"]\nname = 1",
    );
    let places: Vec<_> = found
        .unwrap_err()
        .iter()
        .map(|f| (f.line, f.key.clone()))
        .collect();
    assert_eq!(
        places,
        [(1, String::new()), (2, String::new()), (3, String::new())]
    );
}

#[test]
fn unknown_keys_are_named_with_the_nearest_known_one() {
    for (from, to, expected) in [
        ("csv_bots", "csv_bot", "hospes.toml:2:1: csv_bot: unknown key: did you mean `csv_bots`?"),
        (
            "[env.sandbox]\n",
            "[flaw.onboarding]\nfile = \"x\"\n[env.sandbox]\n",
            "hospes.toml:4:2: flaw: unknown key: did you mean `flow`?",
        ),
        (
            "attempts = 3",
            "attempt = 3",
            "hospes.toml:19:1: node.braze-track.retry.attempt: unknown key: did you mean `attempts`?",
        ),
        (
            "deadline =",
            "deadlin =",
            "hospes.toml:15:1: node.braze-track.limits.deadlin: unknown limit `deadlin`: did you mean `deadline`?",
        ),
        (
            ", to = [",
            ", too = [",
            "
hospes.toml:7:1: env.sandbox.secrets.braze_api_key: `to` is missing: it lists the origins that may receive the secret
hospes.toml:7:47: env.sandbox.secrets.braze_api_key.too: unknown key: did you mean `to`?",
        ),
        (
            "component = \"nodes/braze_track.wasm\"",
            "componet = \"x\"",
            "
hospes.toml:9:7: node.braze-track: `component` is missing: it names the node's `.wasm` file
hospes.toml:10:1: node.braze-track.componet: unknown key: did you mean `component`?",
        ),
    ] {
        check_replaced(from, to, expected);
    }
}

#[test]
fn what_a_component_has_to_show_is_checked() {
    let key = "ed25519:19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1";
    for (more, expected) in [
        (format!("signed_by = [\"{key}\"]\nsignature = \"a.sig\""), ""),
        ("rollout = \"shadow\"".to_owned(), ""),
        ("rollout = { canary = 5, key = \"user\" }".to_owned(), ""),
        ("golden = [\"a.json\", \"b.json\"]".to_owned(), ""),
        ("protection = {}".to_owned(), ""),
        ("protection = { faults = 3, window = \"2s\", probation = \"1m\", rest = \"5s\", percent = 9 }".to_owned(), ""),
        (
            "signature = \"a.sig\"".to_owned(),
            "hospes.toml:14:1: node.braze-track.signature: there is no key to check it with: add `signed_by`",
        ),
        (
            format!("signed_by = [{{ key = \"{key}\", min_version = \"1.4.0\", expires = 2027-06-30 }}]"),
            "",
        ),
        (
            format!("signed_by = [\"{key}\", {{ key = \"{key}\", min_version = \"1.4.0\" }}]"),
            "hospes.toml:14:90: node.braze-track.signed_by[1]: this key is in the list already",
        ),
        (
            format!("signed_by = [{{ key = \"{key}\", min_version = \"1.4\" }}]"),
            "hospes.toml:14:112: node.braze-track.signed_by[0].min_version: not a version: one reads `1.4.0`",
        ),
        (
            format!("signed_by = [{{ key = \"{key}\", expires = 2027-06-30T12:00:00 }}]"),
            "hospes.toml:14:108: node.braze-track.signed_by[0].expires: not a moment: one reads `2027-02-01` or `2027-02-01T12:00:00Z`",
        ),
        (
            format!("signed_by = [{{ key = \"{key}\", least = \"1.4.0\" }}]"),
            "hospes.toml:14:98: node.braze-track.signed_by[0].least: unknown key: expected one of `key`, `min_version`, `expires`",
        ),
        (
            "signed_by = [{ min_version = \"1.4.0\" }]".to_owned(),
            "hospes.toml:14:14: node.braze-track.signed_by[0]: `key` is missing: it reads `ed25519:...`",
        ),
        (
            "signed_by = [\"ed25519:00\"]".to_owned(),
            "hospes.toml:14:14: node.braze-track.signed_by[0]: not a key: one reads `ed25519:` and 64 hexadecimal digits",
        ),
        (
            "rollout = \"shadows\"".to_owned(),
            "hospes.toml:14:11: node.braze-track.rollout: unknown rollout `shadows`: did you mean `shadow`?, or `{ canary = PERCENT }`",
        ),
        (
            "rollout = 5".to_owned(),
            "hospes.toml:14:11: node.braze-track.rollout: expected a string, found a whole number",
        ),
        (
            "rollout = { key = \"user\" }".to_owned(),
            "hospes.toml:14:1: node.braze-track.rollout: `canary` is missing: it is the share of executions in percent",
        ),
        (
            "rollout = { canary = 100 }".to_owned(),
            "hospes.toml:14:22: node.braze-track.rollout.canary: a share is between 1 and 99 percent",
        ),
        (
            "protection = { fault = 1 }".to_owned(),
            "hospes.toml:14:16: node.braze-track.protection.fault: unknown key: did you mean `faults`?",
        ),
        (
            "protection = { faults = 0 }".to_owned(),
            "hospes.toml:14:1: node.braze-track.protection: `faults` is not between 1 and 1000",
        ),
        (
            "protection = { window = \"soon\" }".to_owned(),
            "hospes.toml:14:25: node.braze-track.protection.window: `soon` is not a time such as 500ms, 2s or 1m",
        ),
        (
            "golden = \"a.json\"".to_owned(),
            "hospes.toml:14:10: node.braze-track.golden: expected a list of strings, found a string",
        ),
    ] {
        let limits = "[node.braze-track.limits]\n";
        check_replaced(limits, &format!("{more}\n{limits}"), expected);
    }
}

#[test]
fn wrong_types_and_values_are_found() {
    for (from, to, expected) in [
        (
            "name = \"acme\"",
            "",
            "hospes.toml:1:1: name: is missing: write `name = \"...\"`",
        ),
        (
            "\"acme\"",
            "7",
            "hospes.toml:1:8: name: expected a string, found a whole number",
        ),
        (
            "[\"acme-onboarding\"]",
            "\"acme-onboarding\"",
            "hospes.toml:2:12: csv_bots: expected a list of strings, found a string",
        ),
        (
            "[\"acme-onboarding\"]",
            "[1, \"a\", \"a\"]",
            "
hospes.toml:2:13: csv_bots[0]: expected a string, found a whole number
hospes.toml:2:21: csv_bots[2]: `a` is listed twice",
        ),
        (
            "\"10s\"",
            "true",
            "hospes.toml:15:12: node.braze-track.limits.deadline: expected a string or a whole \
             number, found true or false",
        ),
        (
            "\"10s\"",
            "10",
            "hospes.toml:15:12: node.braze-track.limits.deadline: limit `deadline`: `10` is not a time such as \
             500ms, 2s or 1m",
        ),
        (
            "\"unavailable\"",
            "\"unavailible\"",
            "hospes.toml:18:23: node.braze-track.retry.on[1]: unknown kind of failure `unavailible`: did you mean \
             `unavailable`?",
        ),
        (
            "\"unavailable\"",
            "\"partial\"",
            "hospes.toml:18:23: node.braze-track.retry.on[1]: `partial` can't be repeated: what was done would be \
             done twice",
        ),
        (
            "attempts = 3",
            "attempts = 11\nbackoff = \"soon\"",
            "
hospes.toml:19:12: node.braze-track.retry.attempts: 11 attempts are not between 1 and 10
hospes.toml:20:11: node.braze-track.retry.backoff: `soon` is not a time such as 500ms, 2s or 1m",
        ),
        (
            "[node.braze-track.retry]\non = [\"rate-limited\", \"unavailable\"]\n",
            "[node.braze-track.retry]\n",
            "hospes.toml:17:19: node.braze-track.retry: `on` is missing: it lists the kinds of failure to retry",
        ),
        (
            "params = [",
            "observe = \"yes\"\nparams = [",
            "hospes.toml:11:11: node.braze-track.observe: expected true or false, found a string",
        ),
        (
            "params = [",
            "digest = \"sha256:abc\"\nparams = [",
            "hospes.toml:11:10: node.braze-track.digest: a digest is `sha256:` and 64 lower-case hexadecimal digits",
        ),
        (
            "[node.braze-track.limits]",
            "[node.\"a b\"]\ncomponent = \"x.wasm\"\n[node.braze-track.limits]",
            "hospes.toml:14:7: node.\"a b\": a node's name has letters, digits, `-` and `_`",
        ),
    ] {
        check_replaced(from, to, expected);
    }
    check(
        "name = \"a\"\nnode = 1",
        "hospes.toml:2:8: node: expected a table, found a whole number",
    );
}

#[test]
fn secrets_say_where_they_come_from_and_where_they_go() {
    for (from, to, expected) in [
        (
            "env:BRAZE_API_KEY",
            "hunter2-hunter2",
            "hospes.toml:7:26: env.sandbox.secrets.braze_api_key.from: a secret comes from `env:VARIABLE` or \
             `file:PATH`",
        ),
        (
            "to = [\"https://rest.example.com\"]",
            "to = []",
            "hospes.toml:7:52: env.sandbox.secrets.braze_api_key.to: the list is empty, so the secret could \
             never be used",
        ),
        (
            "to = [\"https://rest.example.com\"]",
            "to = [\"https://rest.example.com/\", \"https://rest.example.com\"]",
            "hospes.toml:7:53: env.sandbox.secrets.braze_api_key.to[0]: an origin ends after its host or port: \
             write `https://rest.example.com`",
        ),
        (
            "to = [\"https://rest.example.com\"]",
            "to = [\"https://other.example.com\"]",
            "hospes.toml:12:12: node.braze-track.secrets[0]: in environment `sandbox`, secret `braze_api_key` may \
             go to https://other.example.com only, and no rule of this node reaches that",
        ),
        (
            "to = [\"https://rest.example.com\"]",
            "to = [\"https://rest.example.com\", \"https://other.example.com\"]",
            "hospes.toml:7:81: env.sandbox.secrets.braze_api_key.to[1]: no node that uses this secret has a rule \
             that reaches https://other.example.com",
        ),
        (
            "braze_api_key = {",
            "braze_api_key = \"hunter2-hunter2\"\nother = {",
            "
hospes.toml:7:17: env.sandbox.secrets.braze_api_key: expected a table, found a string
hospes.toml:8:1: env.sandbox.secrets.other: no node uses this secret: name it in a node's `secrets`, or remove it",
        ),
    ] {
        check_replaced(from, to, expected);
    }
}

#[test]
fn a_secret_may_be_attached_in_a_header_that_a_secret_can_stand_in() {
    let end = "to = [\"https://rest.example.com\"] }";
    let attached = |with: &str| format!("to = [\"https://rest.example.com\"], {with} }}");
    let good = attached("header = \"Authorization\", prefix = \"Bearer \"");
    check_replaced(end, &good, "");
    check_replaced(end, &attached("echo = \"withhold\""), "");
    check_replaced(end, &attached("echo = \"blank\""), "");
    for (with, expected) in [
        (
            "header = \"Host\"",
            "hospes.toml:7:91: env.sandbox.secrets.braze_api_key.header: the header `host` is the host's to set",
        ),
        (
            "header = \"x-a\", prefix = \"é\"",
            "hospes.toml:7:107: env.sandbox.secrets.braze_api_key.prefix: the prefix is not printable ASCII",
        ),
        (
            "header = 1",
            "hospes.toml:7:91: env.sandbox.secrets.braze_api_key.header: expected a string, found a whole number",
        ),
        (
            "prefix = \"Bearer \"",
            "hospes.toml:7:82: env.sandbox.secrets.braze_api_key.prefix: a `prefix` needs a `header`: it goes before the \
             secret there",
        ),
        (
            "echo = \"hide\"",
            "hospes.toml:7:89: env.sandbox.secrets.braze_api_key.echo: `echo` is `blank` or `withhold`",
        ),
        (
            "heder = \"x-a\"",
            "hospes.toml:7:82: env.sandbox.secrets.braze_api_key.heder: unknown key: did you mean `header`?",
        ),
    ] {
        check_replaced(end, &attached(with), expected);
    }
    let twice = GOOD
        .replace(
            end,
            &format!("{good}\nother = {{ from = \"env:OTHER\", {good}"),
        )
        .replace("[\"braze_api_key\"]", "[\"braze_api_key\", \"other\"]");
    check(
        &twice,
        "hospes.toml:13:29: node.braze-track.secrets[1]: in environment `sandbox`, the header `authorization` of \
         requests to https://rest.example.com carries the secret `braze_api_key` already",
    );
}

#[test]
fn rules_have_to_parse_in_every_environment() {
    for (from, to, expected) in [
        (
            "allow = [\"POST {braze_url}/users/track\"]",
            "allow = [\"POST {braze_url}/users/track\", \"rest.example.com\"]",
            "hospes.toml:13:42: node.braze-track.allow[1]: rule `rest.example.com`: there is no scheme: write \
             `https://rest.example.com`",
        ),
        (
            "{braze_url}/users",
            "{braze_ur}/users",
            "hospes.toml:13:10: node.braze-track.allow[0]: environment `sandbox` has no param `braze_ur`: did you \
             mean `braze_url`?",
        ),
        (
            "braze_url = \"https://rest.example.com\"",
            "braze_url = \"rest.example.com\"",
            "hospes.toml:13:10: node.braze-track.allow[0]: in environment `sandbox`: rule `POST \
             {braze_url}/users/track`: param `braze_url` does not start with `https://` or `http://`",
        ),
        (
            "braze_url = \"https://rest.example.com\"",
            "braze_url = \"http://localhost:80\"",
            "hospes.toml:13:10: node.braze-track.allow[0]: in environment `sandbox`: rule `POST \
             http://localhost:80/users/track`: it could never match: a name never opens a loopback address. Write \
             `http://127.0.0.1/users/track`, in the requests too",
        ),
    ] {
        check_replaced(from, to, expected);
    }
}

#[test]
fn what_nodes_name_is_there_and_what_is_there_is_named() {
    for (from, to, expected) in [
        (
            "braze_url = \"https://rest.example.com\"",
            "braze_url = \"https://rest.example.com\"\nlocale = \"en\"",
            "hospes.toml:6:1: env.sandbox.locale: no node uses this param: name it in a node's `params`, or remove \
             it",
        ),
        (
            "params = [\"braze_url\"]",
            "params = [\"braze_url\", \"locale\"]",
            "hospes.toml:11:24: node.braze-track.params[1]: environment `sandbox` has no param `locale`: expected one of \
             `braze_url`",
        ),
        (
            "secrets = [\"braze_api_key\"]",
            "secrets = [\"braze_apikey\"]",
            "
hospes.toml:7:1: env.sandbox.secrets.braze_api_key: no node uses this secret: name it in a node's `secrets`, or remove it
hospes.toml:12:12: node.braze-track.secrets[0]: environment `sandbox` has no secret `braze_apikey`: did you mean `braze_api_key`?",
        ),
        // A second environment lacks everything.
        (
            "[env.sandbox]\n",
            "[env.prod]\n[env.sandbox]\n",
            "
hospes.toml:12:11: node.braze-track.params[0]: environment `prod` has no param `braze_url`, and `sandbox` has one
hospes.toml:13:12: node.braze-track.secrets[0]: environment `prod` has no secret `braze_api_key`, and `sandbox` has one
hospes.toml:14:10: node.braze-track.allow[0]: environment `prod` has no param `braze_url`, and `sandbox` has one",
        ),
    ] {
        check_replaced(from, to, expected);
    }
    check(
        "name = \"a\"\n[node.x]\ncomponent = \"x.wasm\"\nparams = [\"p\"]\nallow = [\"{p}\"]",
        "
hospes.toml:4:10: node.x.params: there is no environment to take it from: add `[env.NAME]`
hospes.toml:5:9: node.x.allow: there is no environment to take it from: add `[env.NAME]`",
    );
}

#[test]
fn several_faults_are_found_at_once_in_the_files_order() {
    check(
        "nam = \"a\"\n[env.e]\nx = 1\n[env.e.secrets]\nk = {}\n[node.n]\ncomponent = 1\nalow = []\nparams = [\"y\"]\n",
        "
hospes.toml:1:1: nam: unknown key: did you mean `name`?
hospes.toml:1:1: name: is missing: write `name = \"...\"`
hospes.toml:3:1: env.e.x: no node uses this param: name it in a node's `params`, or remove it
hospes.toml:5:1: env.e.secrets.k: `from` is missing: it says where the secret comes from
hospes.toml:5:1: env.e.secrets.k: `to` is missing: it lists the origins that may receive the secret
hospes.toml:5:1: env.e.secrets.k: no node uses this secret: name it in a node's `secrets`, or remove it
hospes.toml:7:13: node.n.component: expected a string, found a whole number
hospes.toml:8:1: node.n.alow: unknown key: did you mean `allow`?
hospes.toml:9:11: node.n.params[0]: environment `e` has no param `y`: expected one of `x`",
    );
}

#[test]
fn a_name_with_control_characters_does_nothing_to_a_terminal() {
    let text = r#"
name = "acme"
[env."a\u001b[2J"]
[node.crm]
component = "crm.wasm"
params = ["url"]
"#;
    check(
        text,
        r#"
hospes.toml:3:6: env."a\u{1b}[2J": an environment's name has letters, digits, `-` and `_`
hospes.toml:6:11: node.crm.params[0]: environment `a\u{1b}[2J` has no param `url`
"#,
    );
}
