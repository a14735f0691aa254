//! Whether the toolchain is there, and new enough.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::{error, fmt};

/// What nodes are compiled for.
pub(crate) const TARGET: &str = "wasm32-wasip2";

/// The oldest rustc that compiles the SDK.
const OLDEST: &str = env!("CARGO_PKG_RUST_VERSION");

/// Checks that the compiler that a folder uses can make components.
pub(crate) fn check(dir: &Path) -> Result<(), ToolchainError> {
    let version = rustc(dir, &["--version"])?;
    if is_old(&version) {
        return Err(ToolchainError::Old(version.trim().to_owned()));
    }
    let library = rustc(dir, &["--print", "target-libdir", "--target", TARGET])?;
    match Path::new(library.trim()).is_dir() {
        true => Ok(()),
        false => Err(ToolchainError::NoTarget),
    }
}

/// What the compiler prints.
fn rustc(dir: &Path, args: &[&str]) -> Result<String, ToolchainError> {
    let output = Command::new("rustc")
        .args(args)
        .current_dir(dir)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| missing("rustc", error))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(ToolchainError::Broken(said))
}

/// A program that does not start.
pub(crate) fn missing(program: &'static str, error: io::Error) -> ToolchainError {
    match error.kind() {
        io::ErrorKind::NotFound => ToolchainError::Missing(program),
        _ => ToolchainError::Start(program, error),
    }
}

/// Whether the compiler with this version, such as `rustc 1.95.0 (...)`, is too
/// old. One that says something else is tried.
fn is_old(version: &str) -> bool {
    let numbers = |text: &str| -> Option<(u32, u32)> {
        let mut parts = text.split('.');
        Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    };
    let found = version.split_whitespace().nth(1).and_then(numbers);
    found.is_some_and(|found| Some(found) < numbers(OLDEST))
}

/// Why nothing can be built with the toolchain that is there.
#[derive(Debug)]
#[non_exhaustive]
pub enum ToolchainError {
    /// This program of it is not installed.
    Missing(&'static str),
    /// This program does not start.
    Start(&'static str, io::Error),
    /// Its version, which is too old.
    Old(String),
    /// It can't compile for WebAssembly components.
    NoTarget,
    /// What it says instead of working.
    Broken(String),
}

impl fmt::Display for ToolchainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ToolchainError::Missing(program) => write!(
                f,
                "`{program}` is not installed; to get it, run: \
                 curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh"
            ),
            ToolchainError::Start(program, error) => {
                write!(f, "`{program}` does not start: {error}")
            }
            ToolchainError::Old(version) => write!(
                f,
                "{version} is too old, and rustc {OLDEST} is needed; to get it, run: rustup update"
            ),
            ToolchainError::NoTarget => write!(
                f,
                "rustc can't compile for {TARGET} yet; to add it, run: rustup target add {TARGET}"
            ),
            ToolchainError::Broken(said) => write!(f, "rustc does not work: {said}"),
        }
    }
}

impl error::Error for ToolchainError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compiler_is_old_if_its_version_says_so() {
        for (version, old) in [
            ("rustc 1.94.1 (abc 2026-01-01)", true),
            ("rustc 0.99.0", true),
            ("rustc 1.95.0 (abc 2026-01-01)", false),
            ("rustc 1.100.0-nightly (abc 2026-01-01)", false),
            ("rustc 2.0.0", false),
            ("another compiler", false),
            ("", false),
        ] {
            assert_eq!(is_old(version), old, "{version}");
        }
    }

    #[test]
    fn what_is_missing_comes_with_the_command_that_gets_it() {
        let not_found = io::Error::from(io::ErrorKind::NotFound);
        for (error, command) in [
            (missing("cargo", not_found), "https://sh.rustup.rs | sh"),
            (
                ToolchainError::Old("rustc 1.80.0".to_owned()),
                ": rustup update",
            ),
            (
                ToolchainError::NoTarget,
                ": rustup target add wasm32-wasip2",
            ),
        ] {
            let message = error.to_string();
            assert!(message.ends_with(command), "{message}");
        }
    }
}
