//! The floors of `host/runtime`: a module uses only what lies below it.

use std::fs;
use std::path::{Path, PathBuf};

/// From the ground up; modules in one row do not know each other, but for the
/// ground, which is plain data.
const FLOORS: &[&[&str]] = &[
    &[
        "apart",
        "context",
        "cpu",
        "description",
        "files",
        "golden",
        "json",
        "limits",
        "observer",
        "outcome",
        "protection",
        "retry",
        "schema",
        "swap",
        "text",
    ],
    &["signature"],
    &["bindings"],
    &["capability"],
    &["engine"],
    &["revision"],
    &["execution", "inspection"],
    &["node"],
    &["runtime"],
];

fn floor(module: &str) -> usize {
    FLOORS
        .iter()
        .position(|floor| floor.contains(&module))
        .unwrap_or_else(|| panic!("`{module}` stands on no floor: give it one here"))
}

fn sources(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

#[test]
fn a_module_uses_only_floors_below_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../host/runtime/src");
    let mut broken = Vec::new();
    for file in sources(&root) {
        let path = file.strip_prefix(&root).unwrap();
        let module = path
            .iter()
            .next()
            .unwrap()
            .to_str()
            .unwrap()
            .trim_end_matches(".rs");
        if module == "lib" {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        for (number, line) in text.lines().enumerate() {
            for used in line.split("crate::").skip(1) {
                let end = used
                    .find(|c: char| !c.is_alphanumeric() && c != '_')
                    .unwrap_or(used.len());
                let used = &used[..end];
                // `$crate::` and links in docs name public items, not modules.
                if used.is_empty() || used.starts_with(char::is_uppercase) || used == "wasmtime" {
                    continue;
                }
                let allowed = used == module
                    || floor(used) < floor(module)
                    || (floor(used) == 0 && floor(module) == 0);
                if !allowed {
                    broken.push(format!(
                        "{}:{}: {module} uses {used}",
                        path.display(),
                        number + 1
                    ));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn what_must_stay_absent_from_the_library_is_absent() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../host/runtime/src");
    for file in sources(&root) {
        let text = fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let code: String = code
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .collect();
        for absent in [
            "std::env",
            "env::var",
            "println!",
            "eprintln!",
            "stdout()",
            "anyhow",
        ] {
            assert!(!code.contains(absent), "{} has {absent}", file.display());
        }
        let is_cache = file.ends_with("engine/cache.rs");
        assert!(
            is_cache || !code.contains("unsafe"),
            "{} has unsafe code",
            file.display()
        );
        let is_bindings = file.ends_with("bindings.rs");
        assert!(
            is_bindings || !code.contains("bindgen!"),
            "{} has a bindgen",
            file.display()
        );
    }
}

/// The one build script that runs cargo and rustup, and who may build with it:
/// what nobody outside this repository depends on.
const ARTIFACTS: &str = "guest/artifacts";
const BUILD_WITH_ARTIFACTS: &[&str] = &["host/cli", "fuzz/targets"];

#[test]
fn no_crate_that_others_depend_on_runs_cargo_to_be_built() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let workspace = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let (_, members) = workspace.split_once("members = [").unwrap();
    let (members, _) = members.split_once(']').unwrap();
    let members: Vec<&str> = members.split('"').skip(1).step_by(2).collect();
    assert!(members.contains(&ARTIFACTS), "{members:?}");
    for member in members {
        let crate_ = root.join(member);
        let script = fs::read_to_string(crate_.join("build.rs")).unwrap_or_default();
        let runs_others = script.contains("Command");
        assert_eq!(runs_others, member == ARTIFACTS, "{member}/build.rs");
        let manifest = fs::read_to_string(crate_.join("Cargo.toml")).unwrap();
        // `[dev-dependencies]` are nobody's but ours.
        let needs_artifacts = manifest
            .split("\n[")
            .filter(|section| !section.starts_with("dev-dependencies"))
            .any(|section| section.contains("\nhospes-artifacts"));
        let may = BUILD_WITH_ARTIFACTS.contains(&member);
        assert_eq!(needs_artifacts, may, "{member}/Cargo.toml");
    }
}
