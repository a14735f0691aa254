//! `key` and `sign`, and what is loaded with them.

use std::fs;

use hospes_artifacts::{COUNTER, HELLO};
use serde_json::{Value, json};

use crate::dir::{Dir, eq};

/// A directory with a key, and a solution that wants it to have signed.
fn signed() -> (Dir, String) {
    let dir = Dir::new();
    let key = dir.hospes(["key", "release.pem", "--new"]).run().code(0);
    fs::copy(HELLO, dir.path().join("hello.wasm")).unwrap();
    let key = key.stdout.trim().to_owned();
    dir.file("hospes.toml", format!(
        "name = \"acme\"\n\
         [env.sandbox]\nurl = \"https://sandbox.example\"\n\
         [env.prod]\nurl = \"https://prod.example\"\n\
         [node.hello]\ncomponent = \"hello.wasm\"\nallow = [\"GET {{url}}\"]\nsigned_by = [\"{key}\"]\nsignature = \"hello.sig\"\n"
    ));
    (dir, key)
}

#[test]
fn a_key_is_made_once_and_for_its_owner_only() {
    let (dir, key) = signed();
    assert!(key.starts_with("ed25519:") && key.len() == 8 + 64, "{key}");
    let file = dir.path().join("release.pem");
    let pem = fs::read_to_string(&file).unwrap();
    assert!(pem.starts_with("-----BEGIN PRIVATE KEY-----\n"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let shown = dir.hospes(["key", "release.pem"]).run();
    shown.is(0, &format!("{key}\n"), "");
    let again = dir.hospes(["key", "release.pem", "--new"]).run();
    again.is(
        2,
        "",
        "error: can't create release.pem: File exists (os error 17)\n",
    );
    eq(&fs::read_to_string(&file).unwrap(), &pem);
    dir.file("no.pem", &pem[..40]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let private = fs::Permissions::from_mode(0o600);
        fs::set_permissions(dir.path().join("no.pem"), private).unwrap();
    }
    dir.hospes(["key", "no.pem"]).run().is(
        2,
        "",
        "error: no.pem: not a private key: one is what `openssl genpkey -algorithm ed25519` writes\n",
    );
}

#[test]
fn a_node_runs_with_the_signature_of_its_component_and_grants() {
    let (dir, _) = signed();
    let run = |env: &str| {
        let args = ["run", "hello", "--payload", "{}", "--json", "--env", env];
        dir.hospes(args).run()
    };
    let refused = |env: &str| {
        let outcome = run(env).code(3).json();
        outcome["failure"]["message"].as_str().unwrap().to_owned()
    };
    dir.file("hello.sig", "");
    let message = "hello.wasm: a signature is required, and there is none";
    assert_eq!(refused("prod"), message);

    // One line for each environment, as what they grant differs.
    let signed = dir
        .hospes(["sign", "hello", "--key", "release.pem"])
        .run()
        .code(0);
    assert_eq!(signed.stdout.lines().count(), 2);
    dir.file("hello.sig", &signed.stdout);
    for env in ["sandbox", "prod"] {
        run(env).code(0);
    }
    let one = ["sign", "hello", "--key", "release.pem", "--env", "sandbox"];
    let one = dir.hospes(one).run().code(0);
    assert!(signed.stdout.contains(&one.stdout));
    dir.file("hello.sig", &one.stdout);
    run("sandbox").code(0);
    let message = refused("prod");
    assert!(
        message.starts_with("hello.wasm: the signature is for the grants sha256:"),
        "{message}"
    );

    // Another component.
    fs::copy(COUNTER, dir.path().join("hello.wasm")).unwrap();
    let message = refused("sandbox");
    assert!(
        message.starts_with("hello.wasm: the signature is for the component sha256:"),
        "{message}"
    );
    let args = [
        "sign",
        "hello",
        "--key",
        "release.pem",
        "--component",
        HELLO,
    ];
    let hello = dir.hospes(args).run().code(0);
    assert_eq!(hello.stdout, signed.stdout);
}

#[test]
fn check_compares_signatures_and_tries_golden_cases() {
    let (dir, _) = signed();
    let toml = fs::read_to_string(dir.path().join("hospes.toml")).unwrap();
    dir.file(
        "hospes.toml",
        toml.replace("[node.hello]", "[node.hello]\ngolden = [\"greets.json\"]"),
    );
    let case = |greeting: &str| {
        let expect = json!({"route": "success", "result": {"greeting": greeting}});
        let case = json!({"name": "greets", "payload": {"name": "Ada"}, "expect": expect});
        dir.file("greets.json", case.to_string());
    };
    case("Hello, Ada.");
    let sign = |args: &[&str]| {
        let sign = ["sign", "hello", "--key", "release.pem"];
        let line = dir.hospes(sign).args(args).run().code(0).stdout;
        dir.file("hello.sig", line);
    };
    let findings = || {
        let json = dir.hospes(["check", "--json"]).run().json();
        let findings = json["findings"].as_array().unwrap().clone();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let short = |one: &Value| (text(&one["key"]), text(&one["message"]));
        findings.iter().map(short).collect::<Vec<_>>()
    };
    sign(&[]);
    assert_eq!(findings(), []);
    sign(&["--env", "prod"]);
    let [(key, message)] = &findings()[..] else {
        panic!()
    };
    assert_eq!(key, "node.hello.signature");
    let words = "in environment `sandbox`: the signature is for the grants sha256:";
    assert!(message.starts_with(words), "{message}");
    sign(&[]);
    case("Hi, Ada.");
    let expected = "in environment `prod`: golden case `greets`: expected is \"Hi, Ada.\" at /greeting; found was \"Hello, Ada.\"";
    assert_eq!(
        findings(),
        [("node.hello.golden".to_owned(), expected.to_owned())]
    );
}

#[test]
fn what_can_not_be_signed_is_said() {
    let (dir, _) = signed();
    for (args, message) in [
        (
            &["helo", "--key", "release.pem"][..],
            "error: hospes.toml: no node is called `helo`: did you mean `hello`?\n",
        ),
        (
            &["hello", "--key", "release.pem", "--env", "prd"],
            "error: hospes.toml: no environment is called `prd`: did you mean `prod`?\n",
        ),
        (
            &["hello", "--key", "none.pem"],
            "error: can't read none.pem: No such file or directory (os error 2)\n",
        ),
        (
            &["hello", "--key", "release.pem", "--component", "none.wasm"],
            "error: can't read none.wasm: No such file or directory (os error 2)\n",
        ),
    ] {
        dir.hospes(["sign"]).args(args).run().is(2, "", message);
    }
}

#[test]
fn a_signature_that_is_too_old_or_has_expired_serves_nothing() {
    let (dir, key) = signed();
    let toml = fs::read_to_string(dir.path().join("hospes.toml")).unwrap();
    let sign = |args: &[&str]| {
        let sign = ["sign", "hello", "--key", "release.pem"];
        let lines = dir.hospes(sign).args(args).run().code(0).stdout;
        dir.file("hello.sig", &lines);
        lines
    };
    let run = || {
        let args = ["run", "hello", "--payload", "{}", "--json", "--env", "prod"];
        dir.hospes(args).run()
    };
    let refused = || {
        let outcome = run().code(3).json();
        outcome["failure"]["message"].as_str().unwrap().to_owned()
    };
    let bound = |bounds: &str| {
        let bounded = format!("signed_by = [{{ key = \"{key}\", {bounds} }}]");
        let plain = format!("signed_by = [\"{key}\"]");
        dir.file("hospes.toml", toml.replace(&plain, &bounded));
    };
    let lines = sign(&["--version", "1.4.0", "--expires", "2901-06-30"]);
    let said = " version=1.4.0 expires=2901-06-30T00:00:00Z ed25519=";
    assert!(lines.lines().all(|line| line.contains(said)), "{lines}");
    run().code(0);
    bound("min_version = \"1.4.0\", expires = 2901-01-01");
    run().code(0);
    bound("min_version = \"1.5.0\"");
    let words = "hello.wasm: the signature is for version 1.4.0, and its key counts from 1.5.0 on";
    assert_eq!(refused(), words);
    bound("expires = 2001-01-01");
    let words = "hello.wasm: the key of the signature has expired at 2001-01-01T00:00:00Z";
    assert_eq!(refused(), words);
    bound("min_version = \"1.4.0\"");
    sign(&[]);
    let words = "hello.wasm: the signature names no version, and its key counts from 1.4.0 on";
    assert_eq!(refused(), words);
    sign(&["--version", "1.4.0", "--expires", "2001-01-01T12:00:00Z"]);
    let words = "hello.wasm: the signature has expired at 2001-01-01T12:00:00Z";
    assert_eq!(refused(), words);

    let sign = ["sign", "hello", "--key", "release.pem"];
    let wrong = dir.hospes(sign).args(["--version", "1.4"]).run().code(2);
    assert!(wrong.stderr.contains("not a version: one reads `1.4.0`"));
    let wrong = dir.hospes(sign).args(["--expires", "soon"]).run().code(2);
    assert!(
        wrong
            .stderr
            .contains("not a moment: one reads `2027-02-01`")
    );
}

#[test]
fn a_limit_a_param_or_a_secret_that_is_changed_needs_a_new_signature() {
    let (dir, _) = signed();
    let toml = fs::read_to_string(dir.path().join("hospes.toml")).unwrap();
    let sign = ["sign", "hello", "--key", "release.pem"];
    let signed = dir.hospes(sign).run().code(0).stdout;
    dir.file("hello.sig", &signed);
    let run = || {
        let args = ["run", "hello", "--payload", "{}", "--json", "--env", "prod"];
        dir.hospes(args).run()
    };
    run().code(0);
    for more in [
        "params = [\"url\"]",
        "observe = true",
        "limits = { deadline = \"9s\" }",
        "retry = { on = [\"unavailable\"] }",
    ] {
        dir.file("hospes.toml", format!("{toml}{more}\n"));
        let outcome = run().code(3).json();
        let message = outcome["failure"]["message"].as_str().unwrap().to_owned();
        let words = "hello.wasm: the signature is for the grants sha256:";
        assert!(message.starts_with(words), "{more}: {message}");
        let again = dir.hospes(sign).run().code(0).stdout;
        dir.file("hello.sig", &again);
        run().code(0);
        dir.file("hello.sig", &signed);
    }
}
