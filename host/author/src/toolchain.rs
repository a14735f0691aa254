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
    let says = |args: &[&str]| says(Command::new("rustc").current_dir(dir).args(args), "rustc");
    let version = says(&["--version"])?;
    // `rustc 1.95.0 (...)`
    let number = version.split_whitespace().nth(1).unwrap_or_default();
    if is_older(number, OLDEST) {
        return Err(ToolchainError::Old {
            found: version,
            needed: format!("rustc {OLDEST}"),
            get: "rustup update".to_owned(),
        });
    }
    let library = says(&["--print", "target-libdir", "--target", TARGET])?;
    match Path::new(&library).is_dir() {
        true => Ok(()),
        false => Err(ToolchainError::NoTarget),
    }
}

/// What a program prints.
pub(crate) fn says(command: &mut Command, program: &'static str) -> Result<String, ToolchainError> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| missing(program, error))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(ToolchainError::Broken { program, said })
}

/// A program that does not start.
pub(crate) fn missing(program: &'static str, error: io::Error) -> ToolchainError {
    if error.kind() != io::ErrorKind::NotFound {
        return ToolchainError::Start(program, error);
    }
    let get = match program {
        "python3" => "apt-get install python3 python3-venv",
        "node" => "apt-get install nodejs npm",
        _ => "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh",
    };
    ToolchainError::Missing {
        what: format!("`{program}`"),
        get: get.to_owned(),
    }
}

/// Whether a version, such as `1.95.0`, comes before another one. One that is
/// not a version does not.
pub(crate) fn is_older(version: &str, needed: &str) -> bool {
    let numbers = |text: &str| -> Option<(u32, u32)> {
        let mut parts = text.split('.');
        let major = parts.next()?.parse().ok()?;
        Some((major, parts.next().unwrap_or("0").parse().ok()?))
    };
    numbers(version).is_some_and(|found| Some(found) < numbers(needed))
}

/// Why nothing can be built with the toolchain that is there.
#[derive(Debug)]
#[non_exhaustive]
pub enum ToolchainError {
    /// This part of it is not installed.
    Missing {
        /// The program or the package.
        what: String,
        /// The command that gets it.
        get: String,
    },
    /// This program does not start.
    Start(&'static str, io::Error),
    /// It is too old.
    Old {
        /// The program with its version.
        found: String,
        /// The oldest version that will do.
        needed: String,
        /// The command that gets it.
        get: String,
    },
    /// rustc can't compile for WebAssembly components.
    NoTarget,
    /// It does not work.
    Broken {
        /// Which program.
        program: &'static str,
        /// What it says.
        said: String,
    },
}

impl fmt::Display for ToolchainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ToolchainError::Missing { what, get } => {
                write!(f, "{what} is not installed; to get it, run: {get}")
            }
            ToolchainError::Start(program, error) => {
                write!(f, "`{program}` does not start: {error}")
            }
            ToolchainError::Old { found, needed, get } => write!(
                f,
                "{found} is too old, and {needed} is needed; to get it, run: {get}"
            ),
            ToolchainError::NoTarget => write!(
                f,
                "rustc can't compile for {TARGET} yet; to add it, run: rustup target add {TARGET}"
            ),
            ToolchainError::Broken { program, said } => {
                write!(f, "{program} does not work: {said}")
            }
        }
    }
}

impl error::Error for ToolchainError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_toolchain_is_old_if_its_version_says_so() {
        for (version, old) in [
            ("1.94.1", true),
            ("0.99.0", true),
            ("1.95.0", false),
            ("1.100.0-nightly", false),
            ("2.0.0", false),
            ("another", false),
            ("", false),
        ] {
            assert_eq!(is_older(version, "1.95"), old, "{version}");
        }
        assert!(is_older("18.19.1", "20"));
        assert!(!is_older("20.0.0", "20"));
    }

    #[test]
    fn what_is_missing_comes_with_the_command_that_gets_it() {
        for (program, command) in [
            ("cargo", "https://sh.rustup.rs | sh"),
            ("python3", "run: apt-get install python3 python3-venv"),
            ("node", "run: apt-get install nodejs npm"),
        ] {
            let not_found = io::Error::from(io::ErrorKind::NotFound);
            let message = missing(program, not_found).to_string();
            assert!(message.ends_with(command), "{message}");
        }
        let message = ToolchainError::NoTarget.to_string();
        assert!(message.ends_with(": rustup target add wasm32-wasip2"));
    }
}
