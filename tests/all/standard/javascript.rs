//! A node in JavaScript that uses `fetch`, and knows nothing of this host but
//! what it exports.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use hospes::egress::Secret;
use hospes::policy::Origin;
use hospes::{Limits, NodeConfig, SecretGrant};
use serde_json::json;

use super::{OK, allowed, records, run, verdicts};
use crate::support::result;
use crate::upstream::Upstream;

/// Installs what `package.json` pins and compiles the node, in the target
/// folder.
fn component() -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("guests/js");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("js");
    std::fs::create_dir_all(&folder).unwrap();
    for file in ["package.json", "package-lock.json", "build.js", "fetch.js"] {
        std::fs::copy(source.join(file), folder.join(file)).unwrap();
    }
    let run = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.current_dir(&folder).args(arguments);
        let output = command.output().unwrap_or_else(|error| {
            panic!("this test needs Node.js 20 and npm: {program}: {error}")
        });
        assert!(
            output.status.success(),
            "{program} {arguments:?} failed:\n{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    };
    // Not `ci`: a lock file written on one platform may lack what is optional on
    // another.
    run("npm", &["install", "--no-audit", "--no-fund"]);
    let wit = source.join("../../../wit");
    run("node", &["build.js", wit.to_str().unwrap()]);
    folder.join("fetch.wasm")
}

#[test]
#[ignore = "needs node and npm"]
fn a_node_on_fetch_runs_under_the_same_policy_with_default_limits() {
    let component = component();
    let upstream = Upstream::canned(OK);
    let elsewhere = Upstream::canned(OK);
    let config = || -> NodeConfig {
        // How long compiling takes is the machine's affair.
        let limits = [("compile", "600s")];
        allowed(component.to_str().unwrap(), &[upstream.origin()], &limits).secret(
            SecretGrant::new("key", Secret::new("sentinel-of-fetch").unwrap())
                .to([Origin::parse(&upstream.origin()).unwrap()])
                .header("authorization", "Bearer "),
        )
    };
    let request = json!({
        "url": upstream.origin() + "/things",
        "method": "POST",
        "headers": {"content-type": "application/json"},
        "body": "{\"on\":true}",
    });
    let outcome = run(config(), &request);
    let answer = result(&outcome);
    assert_eq!(
        (&answer["status"], &answer["body"]),
        (&json!(200), &json!("ok")),
        "{answer}"
    );
    assert_eq!(verdicts(&outcome), ["answered"]);
    assert_eq!(records(&outcome)[0].bytes_out, 11);
    let sent = upstream.requests()[0].to_ascii_lowercase();
    for line in [
        "\r\nhost: ",
        "\r\nauthorization: bearer sentinel-of-fetch\r\n",
        "\r\ncontent-length: 11\r\n",
    ] {
        assert_eq!(sent.matches(line).count(), 1, "{sent}");
    }

    // With a body, which the node still writes when it is refused, and without.
    let url = elsewhere.origin() + "/";
    for request in [
        json!({ "url": url }),
        json!({"url": url, "method": "POST", "body": "{}"}),
        json!({"url": url, "method": "POST", "body": "x".repeat(200_000)}),
    ] {
        let denied = run(config(), &request);
        assert!(result(&denied)["error"].is_string(), "{:?}", denied.answer);
        assert_eq!(verdicts(&denied), ["port"]);
    }
    assert_eq!(elsewhere.connections(), 0);
    let mut limited = Limits::default();
    limited.egress.request_body = 10;
    limited.compile = Duration::from_secs(600);
    let long = run(config().limits(limited), &request);
    assert!(result(&long)["error"].is_string(), "{:?}", long.answer);
}
