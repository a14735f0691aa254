//! A solution with everything that belongs to it, checked together.

#![allow(clippy::unwrap_used, reason = "the helpers of tests may fail a test")]

use std::fs;
use std::path::Path;
use std::sync::Arc;

use hospes::description::{Description, Input};
use hospes::egress::{Secret, SecretError, SecretSource};
use hospes_solution::secret::Vault;
use hospes_solution::{Loader, ReadError, Solution};
use serde_json::value::RawValue;

const SOLUTION: &str = r#"name = "acme"
[env.sandbox]
url = "https://crm.example.com"
size = 1
[env.sandbox.secrets]
key = { from = "file:key", to = ["https://crm.example.com"] }
[node.crm]
component = "crm.wasm"
params = ["url", "size"]
secrets = ["key"]
allow = ["POST {url}/contacts"]
[flow.greet]
file = "greet.toml"
"#;

const FLOW: &str = r#"start = "send"
[step.send]
action = "crm"
payload = { name = "Ada" }
success = "done"
failure = "done"
[step.done]
end = "done"
"#;

/// What the node says about itself, as its JSON.
fn description() -> Description {
    let input =
        r#"{"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}"#;
    let params = r#"{"type": "object", "properties": {"size": {"type": "integer", "minimum": 1}}}"#;
    let mut description = Description::default();
    description.name = "crm".to_owned();
    description.payload_schema = Some(RawValue::from_string(input.to_owned()).unwrap());
    description.params_schema = Some(RawValue::from_string(params.to_owned()).unwrap());
    description
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new(solution: &str, flow: &str) -> Folder {
        let folder = Folder(tempfile::tempdir().unwrap());
        folder.file("hospes.toml", solution);
        folder.file("greet.toml", flow);
        folder
    }

    fn file(&self, name: &str, text: &str) {
        fs::write(self.0.path().join(name), text).unwrap();
    }

    /// All findings, without the folder's own name.
    fn findings(&self, loader: &Loader<'_>) -> String {
        match loader.load(self.0.path().join("hospes.toml")) {
            Ok(_) => String::new(),
            Err(ReadError::Findings(findings)) => {
                let folder = format!("{}/", self.0.path().display());
                findings.to_string().replace(&folder, "")
            }
            Err(error) => error.to_string(),
        }
    }
}

#[test]
fn faults_of_all_files_are_found_at_once() {
    let folder = Folder::new(
        &SOLUTION.replace("params = [", "parms = 1\nparams = ["),
        &FLOW
            .replace("\"crm\"", "\"cmr\"")
            .replace("failure = \"done\"\n", ""),
    );
    assert_eq!(
        folder.findings(&Loader::new()),
        "hospes.toml:9:1: node.crm.parms: unknown key: did you mean `params`?\n\
         greet.toml:2:7: step.send: `failure` is missing: it names the step that follows when it fails"
    );
    let folder = Folder::new(SOLUTION, "start = ");
    assert_eq!(
        folder
            .findings(&Loader::new())
            .matches("greet.toml:1:")
            .count(),
        1
    );
    fs::remove_file(folder.0.path().join("greet.toml")).unwrap();
    assert_eq!(
        folder.findings(&Loader::new()),
        "hospes.toml:13:8: flow.greet.file: can't read greet.toml: No such file or directory (os error 2)"
    );
}

#[test]
fn files_that_a_component_is_judged_by_are_read() {
    let key = "ed25519:19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1";
    let more = format!(
        "golden = [\"good.json\", \"bad.json\", \"none.json\"]\nsigned_by = [\"{key}\"]\nsignature = \"crm.sig\"\nallow ="
    );
    let folder = Folder::new(&SOLUTION.replace("allow =", &more), FLOW);
    let good = r#"{"name": "good", "payload": {}, "expect": {"route": "success"}}"#;
    folder.file("good.json", good);
    folder.file("bad.json", &good.replace("payload", "paylod"));
    folder.file("crm.sig", "\ncomponent=sha256:00\n");
    let found = folder.findings(&Loader::new());
    let found: Vec<&str> = found.lines().collect();
    assert_eq!(found.len(), 3, "{found:?}");
    let unknown = "hospes.toml:11:24: node.crm.golden[1]: bad.json: unknown field `paylod`";
    assert!(found[0].starts_with(unknown), "{found:?}");
    assert_eq!(
        found[1..],
        [
            "hospes.toml:11:36: node.crm.golden[2]: can't read none.json: No such file or directory (os error 2)",
            "hospes.toml:13:13: node.crm.signature: crm.sig:2: not a signature: one reads `component=sha256:... grants=sha256:... ed25519=...`",
        ]
    );
    // The text alone names them, and needs none of them.
    let text = SOLUTION.replace("allow =", &more);
    let solution = Solution::parse(Path::new("hospes.toml"), &text).unwrap();
    assert_eq!(solution.nodes["crm"].admission.golden.len(), 3);
}

#[test]
fn the_solutions_nodes_are_the_flows() {
    let folder = Folder::new(SOLUTION, &FLOW.replace("\"crm\"", "\"cmr\""));
    assert_eq!(
        folder.findings(&Loader::new()),
        "greet.toml:3:10: step.send.action: the solution has no node `cmr`: did you mean `crm`?"
    );
}

/// A description with these inputs, each with whether it is required.
fn wishes(params: &[(&str, bool)], secrets: &[(&str, bool)]) -> Description {
    let inputs = |list: &[(&str, bool)]| {
        list.iter()
            .map(|(name, required)| Input::new(*name, *required, "What it is."))
            .collect()
    };
    let mut description = description();
    description.params = inputs(params);
    description.secrets = inputs(secrets);
    description
}

#[test]
fn grants_are_what_the_node_says_it_needs() {
    for (params, secrets, expected) in [
        (
            &[("url", true), ("size", false)][..],
            &[("key", true)][..],
            "",
        ),
        (
            &[
                ("url", true),
                ("size", false),
                ("region", true),
                ("zone", false),
            ],
            &[("key", true), ("pin", true)],
            "hospes.toml:7:7: node.crm: the node can't work without the param `region` (What it is): add it to \
             `params`, and to every environment\n\
             hospes.toml:7:7: node.crm: the node can't work without the secret `pin` (What it is): add it to \
             `secrets`, and to every environment",
        ),
        (
            &[("ulr", false), ("size", false)],
            &[],
            "hospes.toml:9:11: node.crm.params[0]: the node does not use a param `url`: did you mean `ulr`?\n\
             hospes.toml:10:12: node.crm.secrets[0]: the node does not use a secret `key`",
        ),
    ] {
        let folder = Folder::new(SOLUTION, FLOW);
        let loader = Loader::new().describe(|_| Ok(Some(wishes(params, secrets))));
        assert_eq!(folder.findings(&loader), expected);
    }
}

#[test]
fn values_and_payloads_fit_the_nodes_schemas() {
    let wishes = || wishes(&[("url", true), ("size", false)], &[("key", true)]);
    let folder = Folder::new(
        &SOLUTION.replace("size = 1", "size = 0"),
        &FLOW.replace("\"Ada\"", "7"),
    );
    let loader = Loader::new().describe(move |_| Ok(Some(wishes())));
    assert_eq!(
        folder.findings(&loader),
        "hospes.toml:4:8: env.sandbox.size: node `crm` can't take it: 0 is less than the minimum of 1\n\
         greet.toml:4:20: step.send.payload.name: node `crm` can't take it: expected `string`"
    );
}

#[test]
fn a_component_that_cant_be_used_is_a_fault_of_its_line() {
    let folder = Folder::new(SOLUTION, FLOW);
    let loader = Loader::new().describe(|_| Err("it is broken".to_owned()));
    assert_eq!(
        folder.findings(&loader),
        "hospes.toml:8:13: node.crm.component: it is broken"
    );
}

#[cfg(unix)]
#[test]
fn a_secret_that_everyone_may_read_is_a_fault() {
    use std::os::unix::fs::PermissionsExt;

    let folder = Folder::new(SOLUTION, FLOW);
    folder.file("key", "hunter2-hunter2");
    let key = folder.0.path().join("key");
    let mode = |mode| fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
    mode(0o644);
    assert_eq!(
        folder.findings(&Loader::new()),
        "hospes.toml:6:16: env.sandbox.secrets.key.from: the file key can be read by everyone (mode 0644): run `chmod 600 key`"
    );
    mode(0o600);
    assert_eq!(folder.findings(&Loader::new()), "");
}

struct Safe;

impl Vault for Safe {
    fn fetch(&self, path: &str) -> Result<Secret, SecretError> {
        match path {
            "crm/key" => Ok(Secret::new("from-the-vault").unwrap()),
            _ => Err(SecretError::new(format!("the vault has no `{path}`"))),
        }
    }
}

#[test]
fn an_operators_own_vault_yields_secrets() {
    let folder = Folder::new(&SOLUTION.replace("file:key", "vault:crm/key"), FLOW);
    let load = |loader: Loader<'_>| loader.load(folder.0.path().join("hospes.toml"));
    let solution: Solution = load(Loader::new().vault("vault", Arc::new(Safe))).unwrap();
    let secret = &solution.environments["sandbox"].secrets["key"];
    assert_eq!(secret.from.fetch().unwrap().expose(), "from-the-vault");
    assert_eq!(
        format!("{:?}", secret.from),
        "Vault(VaultSecret(vault:crm/key))"
    );
    let error = load(Loader::new()).unwrap_err().to_string();
    assert!(
        error.ends_with("a secret comes from `env:VARIABLE` or `file:PATH`"),
        "{error}"
    );
}

#[test]
fn a_solution_without_its_file_says_so() {
    let error = Loader::new().load(Path::new("nowhere.toml")).map(drop);
    assert_eq!(
        error.unwrap_err().to_string(),
        "can't read nowhere.toml: No such file or directory (os error 2)"
    );
}
