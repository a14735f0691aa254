//! Which crate may use which.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A crate of this workspace.
struct Crate {
    path: &'static str,
    /// The others that it is built with.
    uses: &'static [&'static str],
    /// Those that its tests are built with.
    tests_use: &'static [&'static str],
}

const fn crate_(
    path: &'static str,
    uses: &'static [&'static str],
    tests_use: &'static [&'static str],
) -> Crate {
    Crate {
        path,
        uses,
        tests_use,
    }
}

/// All of them, from the ground up: each uses only those before it.
const CRATES: &[Crate] = &[
    crate_("guest/rust", &[], &[]),
    crate_("guest/nodes/hello", &["hospes-guest"], &[]),
    crate_("guest/nodes/braze-track", &["hospes-guest"], &[]),
    crate_("guest/nodes/enrich", &["hospes-guest"], &[]),
    crate_("tests/guests", &["hospes-guest"], &[]),
    crate_("guest/artifacts", &[], &[]),
    crate_("host/mock-braze", &[], &[]),
    crate_("host/author", &[], &[]),
    crate_("host/egress", &[], &[]),
    crate_("host/runtime", &["hospes-egress"], &["hospes-artifacts"]),
    crate_("host/bench", &["hospes"], &["hospes-artifacts"]),
    crate_("host/solution", &["hospes"], &[]),
    crate_(
        "host/deploy",
        &["hospes", "hospes-solution"],
        &["hospes-artifacts"],
    ),
    crate_(
        "host/server",
        &["hospes", "hospes-deploy", "hospes-solution"],
        &["hospes-artifacts"],
    ),
    crate_(
        "host/cli",
        &[
            "hospes",
            "hospes-author",
            "hospes-bench",
            "hospes-deploy",
            "hospes-mock-braze",
            "hospes-server",
            "hospes-solution",
        ],
        &["hospes-artifacts"],
    ),
    crate_(
        "tests",
        &["hospes-bench"],
        &[
            "hospes",
            "hospes-artifacts",
            "hospes-deploy",
            "hospes-mock-braze",
            "hospes-solution",
        ],
    ),
    crate_(
        "fuzz/targets",
        &["hospes", "hospes-artifacts", "hospes-solution"],
        &["hospes-tests"],
    ),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The folders of all crates.
pub(super) fn members() -> Vec<String> {
    let workspace = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let (_, members) = workspace.split_once("members = [").unwrap();
    let (members, _) = members.split_once(']').unwrap();
    members
        .split('"')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

fn manifest(member: &str) -> String {
    fs::read_to_string(root().join(member).join("Cargo.toml")).unwrap()
}

/// The crates of this workspace that a manifest names in sections of this kind.
fn dependencies(manifest: &str, tests: bool) -> BTreeSet<&str> {
    let sections = manifest.split("\n[").filter(|section| {
        let title = section.split(']').next().unwrap();
        title.ends_with("dependencies") && title.ends_with("dev-dependencies") == tests
    });
    let lines = sections.flat_map(str::lines);
    let names = lines.map(|line| line.split(['.', ' ', '=']).next().unwrap());
    names.filter(|name| name.starts_with("hospes")).collect()
}

#[test]
fn a_crate_uses_only_crates_below_it() {
    let mut below: BTreeSet<String> = BTreeSet::new();
    for Crate {
        path,
        uses,
        tests_use,
    } in CRATES
    {
        let manifest = manifest(path);
        let set = |names: &[&'static str]| names.iter().copied().collect::<BTreeSet<_>>();
        assert_eq!(dependencies(&manifest, false), set(uses), "{path}");
        assert_eq!(
            dependencies(&manifest, true),
            set(tests_use),
            "tests of {path}"
        );
        for used in uses.iter().chain(*tests_use) {
            assert!(
                below.contains(*used),
                "{path} uses {used}, which is not below it"
            );
        }
        let (_, name) = manifest.split_once("name = \"").unwrap();
        below.insert(name.split('"').next().unwrap().to_owned());
    }
    let known: BTreeSet<&str> = CRATES.iter().map(|one| one.path).collect();
    let members = members();
    let members: BTreeSet<&str> = members.iter().map(String::as_str).collect();
    assert_eq!(members, known, "each crate has its place in the list");
}

#[test]
fn whoever_judges_what_leaves_needs_no_webassembly() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let field = |package: &str, name: &str| {
        let (_, value) = package.split_once(&format!("\n{name} = \""))?;
        Some(value.split('"').next().unwrap().to_owned())
    };
    // Those that there are several versions of are named with theirs.
    let mut packages: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in lock.split("[[package]]").skip(1) {
        let (name, version) = (field(package, "name"), field(package, "version"));
        let (name, version) = (name.unwrap(), version.unwrap());
        let needs = package.split("dependencies = [").nth(1).unwrap_or_default();
        let needs: Vec<String> = needs
            .split('"')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect();
        packages.insert(format!("{name} {version}"), needs.clone());
        packages.entry(name).or_default().extend(needs);
    }
    let (mut needed, mut open) = (BTreeSet::new(), vec!["hospes-egress".to_owned()]);
    while let Some(name) = open.pop() {
        if needed.insert(name.clone()) {
            open.extend(packages[&name].iter().cloned());
        }
    }
    assert!(needed.contains("ureq") && needed.contains("proptest"));
    let compiler = |name: &&String| name.starts_with("wasmtime") || name.starts_with("cranelift");
    let compilers: Vec<_> = needed.iter().filter(compiler).collect();
    assert!(compilers.is_empty(), "{compilers:?}");
}

/// The one build script that runs cargo and rustup, and who may build with it:
/// what nobody outside this repository depends on.
const ARTIFACTS: &str = "guest/artifacts";
const BUILD_WITH_ARTIFACTS: &[&str] = &["fuzz/targets"];

#[test]
fn no_crate_that_others_depend_on_runs_cargo_to_be_built() {
    let members = members();
    assert!(
        members.iter().any(|member| member == ARTIFACTS),
        "{members:?}"
    );
    for member in members {
        let script = fs::read_to_string(root().join(&member).join("build.rs")).unwrap_or_default();
        let runs_others = script.contains("Command");
        assert_eq!(runs_others, member == ARTIFACTS, "{member}/build.rs");
        // `[dev-dependencies]` are nobody's but ours.
        let manifest = manifest(&member);
        let needs_artifacts = dependencies(&manifest, false).contains("hospes-artifacts");
        let may = BUILD_WITH_ARTIFACTS.contains(&&*member);
        assert_eq!(needs_artifacts, may, "{member}/Cargo.toml");
    }
}
