//! Compiles the guests with the same cargo, for `wasm32-wasip2`.

use std::env;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

const TARGET: &str = "wasm32-wasip2";
const NODES: &[&str] = &["hello", "braze-track"];
const TEST_GUESTS: &str = "test-guests";

fn main() -> ExitCode {
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("cargo::error={error}");
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?)
        .join("../..")
        .canonicalize()?;
    for input in [
        "guest/rust",
        "guest/nodes",
        "wit",
        "Cargo.toml",
        "Cargo.lock",
    ] {
        println!("cargo::rerun-if-changed={}", root.join(input).display());
    }
    let mut packages = NODES.to_vec();
    if env::var_os("CARGO_FEATURE_TEST_GUESTS").is_some() {
        println!(
            "cargo::rerun-if-changed={}",
            root.join("tests/guests").display()
        );
        packages.push(TEST_GUESTS);
    }

    have_target()?;
    // A directory of its own: the cargo that runs this script holds the lock
    // of the other one.
    let target = out.join("target");
    compile(&root, &target, &packages)?;

    let built = target.join(TARGET).join("node");
    let mut constants = String::new();
    let mut components: Vec<PathBuf> = fs::read_dir(&built)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    components.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "wasm")
    });
    components.sort();
    let wanted = guests(&root, &packages)?;
    for path in components {
        let name = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        // What an earlier build left behind is no guest any more.
        if !wanted.contains(&name) {
            continue;
        }
        let constant = name.replace('-', "_").to_uppercase();
        writeln!(constants, "/// The path of the guest `{name}`.")?;
        writeln!(
            constants,
            "pub const {constant}: &str = {:?};",
            path.display().to_string()
        )?;
    }
    // So that a guest without a test of the same name does not compile.
    let tested = wanted.iter().filter(|name| !NODES.contains(&name.as_str()));
    let calls: String = tested.map(|name| format!("$macro!({name}); ")).collect();
    writeln!(
        constants,
        "/// Calls a macro with the name of each guest that only tests need."
    )?;
    writeln!(constants, "#[macro_export]")?;
    writeln!(
        constants,
        "macro_rules! for_each_test_guest {{ ($macro:ident) => {{ {calls} }} }}"
    )?;
    fs::write(out.join("guests.rs"), constants)?;
    println!(
        "cargo::rustc-env=BRAZE_TRACK_WASM={}",
        built.join("braze-track.wasm").display()
    );
    Ok(())
}

/// Adds the target if it is missing and rustup can.
fn have_target() -> Result<(), Box<dyn Error>> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).args(["--print", "sysroot"]).output()?;
    let sysroot = PathBuf::from(String::from_utf8(output.stdout)?.trim());
    let installed = || sysroot.join("lib/rustlib").join(TARGET).is_dir();
    if installed() {
        return Ok(());
    }
    let mut rustup = Command::new("rustup");
    rustup.args(["target", "add", TARGET]);
    if let Some(toolchain) = env::var_os("RUSTUP_TOOLCHAIN") {
        rustup.arg("--toolchain").arg(toolchain);
    }
    _ = rustup.output();
    if installed() {
        return Ok(());
    }
    Err(format!("the guests need the target {TARGET}: run `rustup target add {TARGET}`").into())
}

fn compile(root: &Path, target: &Path, packages: &[&str]) -> Result<(), Box<dyn Error>> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .current_dir(root)
        .args([
            "build",
            "--quiet",
            "--locked",
            "--profile",
            "node",
            "--bins",
        ])
        .args(["--target", TARGET, "--target-dir"])
        .arg(target);
    for package in packages {
        cargo.args(["--package", package]);
    }
    // What is meant for the host (sanitizers, coverage, clippy's driver) is
    // not meant for the guests.
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy();
        let outer = name.starts_with("CARGO_PROFILE_")
            || name.starts_with("CARGO_FEATURE_")
            || name.starts_with("CARGO_CFG_")
            || name.starts_with("CARGO_PKG_");
        if outer {
            cargo.env_remove(&*name);
        }
    }
    for name in [
        "CARGO_BUILD_TARGET",
        "CARGO_ENCODED_RUSTFLAGS",
        "RUSTC_WORKSPACE_WRAPPER",
        "RUSTC_WRAPPER",
        "RUSTDOCFLAGS",
        "RUSTFLAGS",
        "TARGET",
    ] {
        cargo.env_remove(name);
    }
    let output = cargo.output()?;
    if output.status.success() {
        return Ok(());
    }
    eprintln!("{}", String::from_utf8_lossy(&output.stderr));
    Err("the guests do not compile: see above".into())
}

/// The names of the packages' binaries, as cargo finds them.
fn guests(root: &Path, packages: &[&str]) -> Result<Vec<String>, Box<dyn Error>> {
    let mut names: Vec<String> = NODES.iter().map(|name| (*name).to_owned()).collect();
    if packages.contains(&TEST_GUESTS) {
        for entry in fs::read_dir(root.join("tests/guests/src/bin"))? {
            let path = entry?.path();
            names.push(
                path.file_stem()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned(),
            );
        }
    }
    Ok(names)
}
