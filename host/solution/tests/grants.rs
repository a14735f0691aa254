//! What a node is granted, from a file, from a caller, or both.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of tests may fail a test"
)]

use std::fs;
use std::path::Path;
use std::time::Duration;

use hospes::egress::{AttachedHeader, SecretSource};
use hospes::outcome::FailureKind;
use hospes_solution::{GrantError, Grants, Overrides, SecretFrom, Solution};
use serde_json::{Map, Value, json};

const TEXT: &str = r#"
name = "acme"
[env.sandbox]
url = "https://sandbox.example.com"
[env.sandbox.secrets]
key = { from = "file:key", to = ["https://sandbox.example.com"] }
[env.prod]
url = "https://rest.example.com"
[env.prod.secrets]
key = { from = "env:KEY", to = ["https://rest.example.com", "https://eu.example.com"] }

[node.crm]
component = "nodes/crm.wasm"
secrets = ["key"]
allow = ["POST {url}/contacts"]
limits = { deadline = "2s", requests = 3 }
retry = { on = ["unavailable"], attempts = 2, backoff = "100ms", backoff_cap = "1s" }
[node.eu]
component = "/abs/eu.wasm"
params = ["url"]
secrets = ["key"]
allow = ["{url}", "https://eu.example.com"]
"#;

fn solution() -> Solution {
    Solution::parse(Path::new("dir/hospes.toml"), TEXT).unwrap()
}

fn params(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn rules(grants: &Grants) -> Vec<&str> {
    grants.rules.iter().map(|rule| rule.as_str()).collect()
}

fn destinations(grants: &Grants, secret: &str) -> Vec<String> {
    grants.secrets[secret]
        .to
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn a_caller_may_attach_a_secret_and_keeps_the_header_of_the_file() {
    let header = |name| AttachedHeader::new(name, "Bearer ").unwrap();
    let attach = |name: &str| Overrides {
        attach: [(name.to_owned(), header("x-key"))].into(),
        ..Overrides::default()
    };
    let grants = |solution: &Solution, overrides: &Overrides| {
        solution.grants("crm", Some("prod"), overrides)
    };
    let plain = grants(&solution(), &Overrides::default()).unwrap();
    assert_eq!(plain.secrets["key"].header, None);
    let attached = grants(&solution(), &attach("key")).unwrap();
    assert_eq!(attached.secrets["key"].header, Some(header("x-key")));
    let unknown = grants(&solution(), &attach("kee")).unwrap_err();
    assert_eq!(unknown.to_string(), "there is no secret `kee` to attach");

    let with_header = TEXT.replace(
        "from = \"env:KEY\",",
        "from = \"env:KEY\", header = \"authorization\", prefix = \"Bearer \",",
    );
    let file = Solution::parse(Path::new("dir/hospes.toml"), &with_header).unwrap();
    let other_source = Overrides {
        secrets: [("key".to_owned(), SecretFrom::parse("env:OTHER").unwrap())].into(),
        ..Overrides::default()
    };
    let grants = grants(&file, &other_source).unwrap();
    assert_eq!(grants.secrets["key"].header, Some(header("authorization")));
}

#[test]
fn a_node_gets_what_it_names_and_nothing_else() {
    let none = Overrides::default();
    let crm = solution().grants("crm", Some("prod"), &none).unwrap();
    assert_eq!(crm.component, Path::new("dir/nodes/crm.wasm"));
    assert_eq!(
        crm.params,
        Map::new(),
        "a quoted param is not for the node to read"
    );
    assert_eq!(rules(&crm), ["POST https://rest.example.com/contacts"]);
    assert_eq!(destinations(&crm, "key"), ["https://rest.example.com"]);
    assert_eq!(
        (crm.limits.deadline, crm.limits.egress.requests),
        (Duration::from_secs(2), 3)
    );
    assert_eq!(crm.retry.on, [FailureKind::Unavailable]);
    assert_eq!(crm.retry.backoff_cap, Duration::from_secs(1));

    let eu = solution().grants("eu", Some("sandbox"), &none);
    let eu = eu.unwrap();
    assert_eq!(eu.component, Path::new("/abs/eu.wasm"));
    assert_eq!(
        eu.params,
        params(json!({"url": "https://sandbox.example.com"}))
    );
    assert_eq!(
        eu.secrets["key"].from,
        SecretFrom::parse("file:dir/key").unwrap()
    );
}

#[test]
fn overrides_replace_and_add() {
    let overrides = Overrides {
        params: params(json!({"url": "http://127.0.0.1:8080", "more": [1]})),
        secrets: [("key".to_owned(), SecretFrom::parse("env:OTHER").unwrap())].into(),
        allow: vec!["{url}/more".to_owned()],
        attach: Default::default(),
        observe: false,
        limits: vec![("deadline".to_owned(), "1s".to_owned())],
    };
    let crm = solution().grants("crm", Some("prod"), &overrides).unwrap();
    assert_eq!(crm.params, overrides.params);
    assert_eq!(
        rules(&crm),
        [
            "POST http://127.0.0.1:8080/contacts",
            "http://127.0.0.1:8080/more"
        ]
    );
    assert_eq!(destinations(&crm, "key"), ["http://127.0.0.1:8080"]);
    assert_eq!(
        crm.secrets["key"].from,
        SecretFrom::parse("env:OTHER").unwrap()
    );
    assert_eq!(crm.limits.deadline, Duration::from_secs(1));
}

#[test]
fn what_does_not_fit_is_refused_in_a_sentence() {
    let with =
        |allow: &[&str], limits: &[(&str, &str)], secret: bool, url: Option<&str>| Overrides {
            params: url
                .map(|url| params(json!({ "url": url })))
                .unwrap_or_default(),
            secrets: secret
                .then(|| ("key".to_owned(), SecretFrom::parse("env:KEY").unwrap()))
                .into_iter()
                .collect(),
            allow: allow.iter().map(|line| (*line).to_owned()).collect(),
            attach: Default::default(),
            observe: false,
            limits: limits
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect(),
        };
    let none = || with(&[], &[], false, None);
    let of = |node, env, overrides| solution().grants(node, env, &overrides);
    let bare = |overrides| Grants::bare("x.wasm", None, &overrides);
    let elsewhere = with(&[], &[], false, Some("https://evil.example"));
    let cases: [(Result<Grants, GrantError>, &str); 10] = [
        (
            of("cmr", Some("prod"), none()),
            "no node is called `cmr`: did you mean `crm`?",
        ),
        (
            of("zendesk", Some("prod"), none()),
            "no node is called `zendesk`: expected one of `crm`, `eu`",
        ),
        (
            of("crm", Some("pord"), none()),
            "no environment is called `pord`: did you mean `prod`?",
        ),
        (
            of("crm", None, none()),
            "there are several environments, name one: `prod`, `sandbox`",
        ),
        // The secret does not follow a param to another host.
        (
            of("crm", Some("prod"), elsewhere),
            "secret `key` can't be sent anywhere: no rule names an origin that it may go to",
        ),
        (
            bare(with(&[], &[], true, None)),
            "secret `key` can't be sent anywhere: no rule names an origin that it may go to",
        ),
        (
            bare(with(&["https://*.example.com"], &[], true, None)),
            "secret `key` can't be sent anywhere: no rule names an origin that it may go to",
        ),
        (
            bare(with(&["{url}/x"], &[], false, None)),
            "rule `{url}/x`: param `url` has no value",
        ),
        (
            bare(with(&["https:/x"], &[], false, None)),
            "rule `https:/x`: it does not start with `http://` or `https://`",
        ),
        (
            bare(with(&[], &[("memory", "1TiB")], false, None)),
            "limit `memory`: `1TiB` is not a size such as 64KiB or 8MiB",
        ),
    ];
    for (grants, message) in cases {
        assert_eq!(grants.unwrap_err().to_string(), message);
    }
}

#[test]
fn the_environment_may_be_left_out_if_there_is_only_one() {
    let parse = |text: &str| Solution::parse(Path::new("hospes.toml"), text).unwrap();
    let none = parse("name = \"a\"");
    assert_eq!(none.environment(None).unwrap().name, "");
    assert_eq!(
        none.environment(Some("prod")).unwrap_err().to_string(),
        "no environment is called `prod`: there are none"
    );
    let one = parse("name = \"a\"\n[env.prod]");
    assert_eq!(one.environment(None).unwrap().name, "prod");
}

#[test]
fn rules_are_on_trial_where_the_file_or_the_caller_says_so() {
    let node = "name = \"a\"\n[node.n]\ncomponent = \"n.wasm\"\nallow = [\"https://a.example\"]\n";
    for (line, override_it, observing) in [
        ("", false, false),
        ("", true, true),
        ("observe = false", false, false),
        ("observe = false", true, true),
        ("observe = true", false, true),
    ] {
        let text = format!("{node}{line}");
        let solution = Solution::parse(Path::new("hospes.toml"), &text).unwrap();
        let overrides = Overrides {
            observe: override_it,
            ..Overrides::default()
        };
        let grants = solution.grants("n", None, &overrides).unwrap();
        assert_eq!(grants.policy().is_observing(), observing, "{text}");
        assert_eq!(grants.policy().rules(), grants.rules);
    }
    // A secret without a rule for its origin could still not be sent anywhere.
    let overrides = Overrides {
        secrets: [("key".to_owned(), SecretFrom::parse("env:KEY").unwrap())].into(),
        observe: true,
        ..Overrides::default()
    };
    assert!(Grants::bare("x.wasm", None, &overrides).is_err());
}

#[test]
fn toml_values_become_json_values() {
    let text = "name = \"a\"\n[env.e]\np = { s = \"x\", i = 0xff, f = 1.5, b = true, d = 2026-03-01, l = [1, [2]] }\n\
                [node.n]\ncomponent = \"n.wasm\"\nparams = [\"p\"]\n";
    let solution = Solution::parse(Path::new("hospes.toml"), text).unwrap();
    let expected =
        json!({"s": "x", "i": 255, "f": 1.5, "b": true, "d": "2026-03-01", "l": [1, [2]]});
    assert_eq!(solution.environments["e"].params["p"], expected);
}

#[cfg(unix)]
#[test]
fn a_secret_file_is_private_and_ends_with_at_most_one_newline() {
    use std::os::unix::fs::PermissionsExt;

    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("key");
    let shown = path.display();
    for (content, mode, expected) in [
        ("the-key\n", 0o600, Ok("the-key")),
        ("the-key\r\n", 0o640, Ok("the-key")),
        ("the-key", 0o400, Ok("the-key")),
        (
            "the-key\n",
            0o644,
            Err(format!(
                "the file {shown} can be read by everyone (mode 0644): run `chmod 600 {shown}`"
            )),
        ),
        (
            "the-key\n\n",
            0o600,
            Err(format!(
                "the file {shown} can't be used: the value holds characters that no HTTP header may carry"
            )),
        ),
        (
            "\n",
            0o600,
            Err(format!(
                "the file {shown} can't be used: the value is empty"
            )),
        ),
    ] {
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let from = SecretFrom::parse(&format!("file:{shown}")).unwrap();
        let fetched = from.fetch().map(|secret| secret.expose().to_owned());
        assert_eq!(
            fetched.map_err(|error| error.to_string()),
            expected.map(str::to_owned)
        );
        fs::remove_file(&path).unwrap();
    }
    let gone = SecretFrom::parse(&format!("file:{shown}"))
        .unwrap()
        .fetch()
        .unwrap_err();
    assert_eq!(
        gone.to_string(),
        format!("the file {shown} can't be read: No such file or directory (os error 2)")
    );
}

/// A key, and a line with it that is not the default.
const KEYS: &[(&str, &str)] = &[
    ("component", "component = \"other.wasm\""),
    (
        "digest",
        "digest = \"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"",
    ),
    ("params", "params = [\"url\"]"),
    ("secrets", "secrets = [\"key\"]"),
    ("allow", "allow = [\"GET {url}/more\"]"),
    ("observe", "observe = true"),
    ("limits", "limits = { deadline = \"3s\" }"),
    ("retry", "retry = { on = [\"unavailable\"] }"),
    ("golden", "golden = [\"case.json\"]"),
    ("signed_by", SIGNED_BY),
    (
        "signature",
        "signed_by = [\"ed25519:19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1\"]\nsignature = \"it.sig\"",
    ),
    ("rollout", "rollout = \"shadow\""),
    ("protection", "protection = {}"),
];

const SIGNED_BY: &str =
    "signed_by = [\"ed25519:19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1\"]";

const RETRY: &[(&str, &str)] = &[
    ("on", "on = [\"rate-limited\"]"),
    ("attempts", "on = [\"unavailable\"]\nattempts = 5"),
    ("backoff", "on = [\"unavailable\"]\nbackoff = \"3s\""),
    (
        "backoff_cap",
        "on = [\"unavailable\"]\nbackoff_cap = \"7s\"",
    ),
];

#[test]
fn every_key_of_a_node_changes_what_it_is_granted() {
    // What else uses param and secret, so that nothing is left over.
    let text = |node: &str| {
        format!(
            r#"
name = "acme"
[env.prod]
url = "https://rest.example.com"
secrets = {{ key = {{ from = "env:KEY", to = ["https://rest.example.com"] }} }}
[node.other]
component = "other.wasm"
params = ["url"]
secrets = ["key"]
allow = ["{{url}}"]
[node.it]
{node}"#
        )
    };
    let parse = |node: &str| Solution::parse(Path::new("hospes.toml"), &text(node));
    let granted = |node: &str| {
        let solution = parse(node).unwrap_or_else(|findings| panic!("{findings}"));
        solution.grants("it", None, &Overrides::default()).unwrap()
    };
    let known = |node: &str| {
        let findings = parse(node).unwrap_err().to_string();
        let (_, known) = findings.split_once("expected one of ").unwrap();
        let known = known.lines().next().unwrap().replace('`', "");
        known.split(", ").map(str::to_owned).collect::<Vec<_>>()
    };
    let names = |keys: &[(&str, &str)]| -> Vec<String> {
        keys.iter().map(|(name, _)| (*name).to_owned()).collect()
    };

    let component = "component = \"it.wasm\"\nallow = [\"POST {url}/contacts\"]";
    assert_eq!(known(&format!("{component}\nqqqqqqqq = 1")), names(KEYS));
    let before = granted(component);
    for (key, line) in KEYS {
        let kept = component.lines().filter(|other| !other.starts_with(key));
        let node = kept.chain([*line]).collect::<Vec<_>>().join("\n");
        assert_ne!(granted(&node), before, "{key}");
        assert!(
            *key != "signature" || granted(&node) != granted(&format!("{component}\n{SIGNED_BY}"))
        );
    }

    let retry = |lines: &str| format!("{component}\n[node.it.retry]\n{lines}");
    let on = "on = [\"unavailable\"]";
    assert_eq!(known(&retry(&format!("{on}\nqqqqqqqq = 1"))), names(RETRY));
    for (key, lines) in RETRY {
        assert_ne!(granted(&retry(lines)), granted(&retry(on)), "{key}");
    }
}
