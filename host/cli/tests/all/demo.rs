//! `hospes demo`.

use serde_json::json;

use crate::dir::Dir;

#[test]
fn the_demo_shows_success_and_failure() {
    let ended = Dir::new().hospes(["demo"]).run().code(0);
    assert_eq!(ended.stderr, "");
    let mut rest = ended.stdout.as_str();
    for part in [
        "\n1. A solution file says what each node may do, and with which secrets\n\n   name = \"onboarding\"\n",
        "\n2. A flow asks a person for six details, and continues as the node decides\n\n   Welcome!",
        "\n   > 3/4/1990\n   `3/4/1990` can be March 4 or April 3: write 1990-03-04 or 1990-04-03.\n",
        "\n   [send: success -> thanks]\n   Thank you, Ada. Your details are saved.\n   [end: signed up]\n",
        "\n3. The node ran in its sandbox; the host added the key; Braze received\n\n   POST /users/track\n",
        "\n   authorization: Bearer ***\n   {\n",
        "\"dob\": \"1990-04-03\"",
        "\n   and responds 201 {",
        "\n4. The node succeeded, and the conversation took the success edge\n\n   success\n   {\n",
        "\n   braze-track 0.1.0 (sha256:",
        "\n5. Once more, while Braze is overloaded\n",
        "\n   [send: rate-limited -> not-now]\n   We could not save your details just now. Nothing is saved; please \
         come back in a while.\n   [end: try later]\n",
        "\n6. The node reported that, and the conversation promised nothing\n\n   POST /users/track\n",
        "\n   and responds 429 ",
        "\n   x-ratelimit-retry-after: 30\n",
        "\n   failure: rate-limited\n",
        "\n   Repeat after 30 s.\n",
    ] {
        let Some((_, after)) = rest.split_once(part.trim_end_matches('\n')) else {
            panic!("{part:?} is missing in\n{}", ended.stdout);
        };
        rest = after;
    }
    assert!(!ended.stdout.contains(hospes_mock_braze::DEFAULT_KEY));
    assert!(!ended.stdout.contains('\u{1b}'), "colours, and no terminal");
}

#[test]
fn the_demo_is_one_json_document() {
    let ended = Dir::new().hospes(["demo", "--json"]).run().code(0);
    let story = ended.json();
    assert_eq!(ended.stderr, "");
    assert_eq!(story["answers"]["first_name"], "Ada");
    let [well, busy] = [&story["runs"][0], &story["runs"][1]];
    let last =
        |run: &serde_json::Value| run["events"].as_array().unwrap().last().unwrap()["end"].clone();
    assert_eq!([last(well), last(busy)], ["signed up", "try later"]);
    assert_eq!(well["outcome"]["route"], "success");
    assert_eq!(
        well["requests"][0]["accepted"],
        json!({"attributes": 1, "events": 1, "purchases": 0})
    );
    assert_eq!(busy["outcome"]["failure"]["kind"], "rate-limited");
    assert_eq!(busy["outcome"]["failure"]["retry_after_ms"], 30_000);
    assert_eq!(busy["requests"][0]["answer"]["status"], 429);
    assert!(!ended.stdout.contains(hospes_mock_braze::DEFAULT_KEY));
}
