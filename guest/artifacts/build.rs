//! Compiles the guests with the same cargo, for `wasm32-wasip2`.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Result, bail};

const TARGET: &str = "wasm32-wasip2";
const NODES: &[&str] = &["hello", "braze-track", "enrich"];
const TEST_GUESTS: &str = "tests/guests";

fn main() -> ExitCode {
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("cargo::error={error}");
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<()> {
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
    have_target()?;
    // A directory of its own: the cargo that runs this script holds the lock
    // of the other one.
    let target = out.join("target");
    let mut constants = String::new();

    let built = compile(&root, &target, "node", NODES, &reproducible()?)?;
    for name in NODES {
        constant(&mut constants, name, &built)?;
    }

    if env::var_os("CARGO_FEATURE_TEST_GUESTS").is_some() {
        println!(
            "cargo::rerun-if-changed={}",
            root.join(TEST_GUESTS).display()
        );
        let built = compile(&root, &target, "test-guest", &["test-guests"], "")?;
        let mut calls = String::new();
        for name in binaries(&root.join(TEST_GUESTS).join("src/bin"))? {
            constant(&mut constants, &name, &built)?;
            write!(calls, "$macro!({name}); ")?;
        }
        // So that a guest without a test of the same name does not compile.
        writeln!(
            constants,
            "/// Calls a macro with the name of each guest that only tests need."
        )?;
        writeln!(constants, "#[macro_export]")?;
        writeln!(
            constants,
            "macro_rules! for_each_test_guest {{ ($macro:ident) => {{ {calls} }} }}"
        )?;
    }
    fs::write(out.join("guests.rs"), constants)?;
    Ok(())
}

/// Writes the constant of one guest.
fn constant(constants: &mut String, name: &str, built: &Path) -> Result<()> {
    let path = built.join(name).with_extension("wasm");
    let constant = name.replace('-', "_").to_uppercase();
    writeln!(constants, "/// The path of the guest `{name}`.")?;
    writeln!(
        constants,
        "pub const {constant}: &str = {:?};",
        path.display().to_string()
    )?;
    Ok(())
}

/// Adds the target if it is missing and rustup can.
fn have_target() -> Result<()> {
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
    bail!("the guests need the target {TARGET}: run `rustup target add {TARGET}`")
}

/// Flags that leave this machine's paths out of a component: the one that ships is compared with a fresh build.
fn reproducible() -> Result<String> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(env::home_dir()?.join(".cargo")));
    let sources = home.unwrap_or_default().join("registry/src");
    let mut flags = Vec::new();
    for registry in fs::read_dir(&sources).into_iter().flatten() {
        let registry = registry?.path();
        flags.push(format!(
            "--remap-path-prefix={}=registry",
            registry.display()
        ));
    }
    Ok(flags.join("\u{1f}"))
}

/// Compiles packages with these flags, and tells where their components are.
fn compile(
    root: &Path,
    target: &Path,
    profile: &str,
    packages: &[&str],
    flags: &str,
) -> Result<PathBuf> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .current_dir(root)
        .args([
            "build",
            "--quiet",
            "--locked",
            "--bins",
            "--profile",
            profile,
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
    if !flags.is_empty() {
        cargo.env("CARGO_ENCODED_RUSTFLAGS", flags);
    }
    let output = cargo.output()?;
    if output.status.success() {
        return Ok(target.join(TARGET).join(profile));
    }
    eprintln!("{}", String::from_utf8_lossy(&output.stderr));
    bail!("the guests do not compile: see above")
}

/// The names of the programs in a folder.
fn binaries(dir: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        names.push(
            path.file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
        );
    }
    names.sort();
    Ok(names)
}
