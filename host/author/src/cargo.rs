//! What cargo reports while it builds.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// One line of `cargo build --message-format json`. Unknown fields and other
/// reasons are left out.
#[derive(Deserialize)]
struct Message {
    reason: String,
    manifest_path: Option<PathBuf>,
    target: Option<Target>,
    #[serde(default)]
    filenames: Vec<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

/// A program that cargo has made.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Program {
    pub(crate) name: String,
    pub(crate) file: PathBuf,
}

/// The programs of the package with this manifest.
pub(crate) fn programs(messages: &str, manifest: &Path) -> Vec<Program> {
    let same = |path: &Path| path == manifest || same_file(path, manifest);
    let read = |line: &str| serde_json::from_str::<Message>(line).ok();
    messages
        .lines()
        .filter_map(read)
        .filter(|message| message.reason == "compiler-artifact")
        .filter(|message| message.manifest_path.as_deref().is_some_and(same))
        .filter_map(|message| {
            let target = message.target?;
            let is_wasm = |file: &PathBuf| file.extension().is_some_and(|end| end == "wasm");
            let file = message.filenames.into_iter().find(is_wasm)?;
            let name = target.name;
            target
                .kind
                .iter()
                .any(|kind| kind == "bin")
                .then_some(Program { name, file })
        })
        .collect()
}

fn same_file(one: &Path, other: &Path) -> bool {
    match (fs::canonicalize(one), fs::canonicalize(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_programs_of_a_package_are_found_among_the_messages() {
        let artifact = |manifest: &str, kind: &str, files: &[&str]| {
            json!({
                "reason": "compiler-artifact", "manifest_path": manifest, "profile": {},
                "target": {"name": "greet", "kind": [kind]}, "filenames": files,
            })
            .to_string()
        };
        let messages = [
            json!({"reason": "build-finished", "success": true}).to_string(),
            "a line of a build script".to_owned(),
            artifact("/greet/Cargo.toml", "lib", &["/t/libgreet.rlib"]),
            artifact("/other/Cargo.toml", "bin", &["/t/other.wasm"]),
            artifact("/greet/Cargo.toml", "bin", &["/t/greet.d", "/t/greet.wasm"]),
        ];
        assert_eq!(
            programs(&messages.join("\n"), Path::new("/greet/Cargo.toml")),
            [Program {
                name: "greet".to_owned(),
                file: "/t/greet.wasm".into()
            }]
        );
    }
}
