//! `hospes inspect`.

use hospes_artifacts::{BRAZE_TRACK, DICE, HELLO, STANDARD_FETCH, STANDARD_FETCH_ASYNC};
use serde_json::{Value, json};

use crate::dir::Dir;

#[test]
fn a_component_is_shown_with_what_it_would_have_to_be_granted() {
    let dir = Dir::new();
    let ended = dir.hospes(["inspect", BRAZE_TRACK]).run().code(0);
    let digest = dir.hospes(["inspect", BRAZE_TRACK, "--json"]).run().json()["digest"].clone();
    let digest = digest.as_str().unwrap();
    for part in [
        "braze-track 0.1.0\nSends user attributes, events and purchases to Braze.\n\n",
        "contract  hospes:node@0.1.0\nworld     node\nsize      ",
        &format!("\ndigest    {digest}\nimports   "),
        "hospes:node/http@0.1.0\n",
        "\nexports   ",
        "\nparam braze_url (required): Base URL of the workspace's REST endpoint.\nparam braze_user_track (optional): ",
        "\nsecret braze_api_key (required): REST API key with the permission users.track.\n",
        &format!(
            "\n  hospes run {BRAZE_TRACK} --payload FILE \\\n    --param braze_url=VALUE \\\n    \
             --secret braze_api_key=env:VARIABLE \\\n    --allow 'POST {{braze_url}}/users/track'\n"
        ),
        &format!(
            "\n  [node.braze-track]\n  component = \"{BRAZE_TRACK}\"\n  digest = \"{digest}\"\n  \
             params = [\"braze_url\"]\n  secrets = [\"braze_api_key\"]\n  \
             allow = [\"POST {{braze_url}}/users/track\"]\n"
        ),
    ] {
        assert!(
            ended.stdout.contains(part),
            "{part:?} is missing in\n{}",
            ended.stdout
        );
    }
    assert_eq!(ended.stderr, "");
}

#[test]
fn a_component_on_the_standard_interface_is_shown_with_what_that_needs() {
    for (component, version) in [(STANDARD_FETCH, "0.2.12"), (STANDARD_FETCH_ASYNC, "0.3.0")] {
        let ended = Dir::new().hospes(["inspect", component]).run().code(0);
        for part in [
            &format!(
                "\nIt sends requests through wasi:http {version}.\nThey need rules like any others. It can't name a \
                 secret; the host adds one with --attach or `header`.\n"
            ),
            &*format!("\n  hospes run {component} --payload FILE \\\n    --allow RULE\n"),
        ] {
            assert!(
                ended.stdout.contains(part),
                "{part:?} is missing in\n{}",
                ended.stdout
            );
        }
    }
}

#[test]
fn a_component_for_another_host_is_shown_with_what_that_host_has() {
    let dir = Dir::new();
    let shown = dir.hospes(["inspect", DICE]).run().code(0).stdout;
    for part in [
        "\nIt imports interfaces that only another host has:\n  acme:extras/dice@0.1.0\n",
        " --payload FILE \\\n    --stub acme:extras/dice@0.1.0\n",
    ] {
        assert!(shown.contains(part), "{part:?} is missing in\n{shown}");
    }
    let inspection = dir.hospes(["inspect", DICE, "--json"]).run().json();
    assert_eq!(inspection["foreign"], json!(["acme:extras/dice@0.1.0"]));
}

#[test]
fn the_document_says_all_of_it() {
    let inspection = Dir::new()
        .hospes(["inspect", HELLO, "--json"])
        .run()
        .code(0)
        .json();
    let mut keys: Vec<_> = inspection.as_object().unwrap().keys().collect();
    keys.sort();
    assert_eq!(
        keys,
        [
            "contract",
            "description",
            "digest",
            "exports",
            "foreign",
            "imports",
            "size",
            "world"
        ]
    );
    assert_eq!(inspection["contract"], "hospes:node@0.1.0");
    assert_eq!(inspection["world"], "node");
    assert_eq!(inspection["foreign"], json!([]));
    assert_eq!(inspection["description"]["name"], "hello");
    assert_eq!(inspection["description"]["secrets"], json!([]));
    let exports: Vec<&str> = inspection["exports"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert!(exports.contains(&"hospes:node/action@0.1.0"), "{exports:?}");
}

#[test]
fn what_is_no_component_is_refused_and_what_is_not_there_is_wrong_usage() {
    let dir = Dir::new();
    dir.file("x.wasm", "hello");
    dir.hospes(["inspect", "x.wasm"]).run().is(
        3,
        "",
        "error: x.wasm: this is not a component: it is not a WebAssembly file\n",
    );
    dir.hospes(["inspect", "y.wasm", "--json"]).run().is(
        2,
        "",
        "error: can't read y.wasm: No such file or directory (os error 2)\n",
    );
}

#[test]
fn a_large_component_is_shown_with_the_limit_that_it_needs() {
    let dir = Dir::new();
    // A custom section of 40 MiB.
    let mut large = std::fs::read(HELLO).unwrap();
    let content = [&b"\x07padding"[..], &vec![0; 40 << 20]].concat();
    let mut length = content.len();
    large.push(0);
    while length > 0x7f {
        large.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    large.push(length as u8);
    large.extend(content);
    dir.file("large.wasm", &large);
    let shown = dir.hospes(["inspect", "large.wasm"]).run().code(0).stdout;
    for part in [
        "--payload FILE \\\n    --limit component=64MiB\n",
        "\n  allow = []\n  limits = { component = \"64MiB\" }\n",
    ] {
        assert!(shown.contains(part), "{shown}");
    }
    let run = ["run", "large.wasm", "--payload", "{\"name\": \"Ada\"}"];
    dir.hospes(run).run().code(3);
    let args = ["--limit", "component=64MiB"];
    dir.hospes(run).args(args).run().code(0);
}
