//! Making, building and testing a node.

use std::path::PathBuf;

use clap::{ValueEnum, ValueHint};

use super::cache::CacheArgs;

/// Makes a folder with a node: sources, tests, golden cases, a solution file, and the SDK that fits this host
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  hospes new greet --lang python")]
pub(crate) struct New {
    /// The folder to make; its last part is the node's name
    #[arg(value_name = "NAME", value_hint = ValueHint::DirPath)]
    pub(crate) path: PathBuf,
    /// The language; on a terminal, `hospes` asks if it is not named
    #[arg(long, value_enum)]
    pub(crate) lang: Option<Lang>,
}

/// What a node is written in.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Lang {
    /// Rust, with cargo
    Rust,
    /// Python, with componentize-py
    Python,
    /// JavaScript or TypeScript, with Node.js
    Js,
}

/// Builds a node with its language's toolchain, and compiles it ahead
///
/// The component is `build/NAME.wasm` in the node's folder, and for a source by itself in the current one. Prints its
/// path and its digest. The toolchain's errors name file and line. A node in Python or JavaScript is built again when
/// something in its folder has changed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hospes build
  hospes build greet --json
  hospes build acme/nodes/welcome.py --output welcome.wasm")]
pub(crate) struct Build {
    /// The node's folder, or its source: a .py, .js or .ts file
    #[arg(value_name = "PATH", default_value = ".", value_hint = ValueHint::AnyPath)]
    pub(crate) path: PathBuf,
    /// The component's file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,
    /// The engine of a node in JavaScript
    #[arg(long, value_name = "starlingmonkey|quickjs")]
    pub(crate) engine: Option<String>,
    #[command(flatten)]
    pub(crate) cache: CacheArgs,
    /// Prints one JSON document and nothing else
    #[arg(long)]
    pub(crate) json: bool,
}

/// Runs the native tests of a node, builds it, and runs its golden cases
///
/// The golden cases are those that `hospes.toml` in the folder names for the component. Exit code 0 means that all
/// tests passed, 1 that some failed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hospes test
  hospes test greet")]
pub(crate) struct Test {
    /// The node's folder
    #[arg(value_name = "DIR", default_value = ".", value_hint = ValueHint::DirPath)]
    pub(crate) dir: PathBuf,
    #[command(flatten)]
    pub(crate) cache: CacheArgs,
}

/// Makes a solution file of the settings of a Pypestream template
///
/// Each key moves out, to an environment variable: its value is not in the file. Says what it did and what it could not
/// do, with file and line. Needs Python, which reads the settings and never runs them.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  hospes migrate acme/app.py --node acme/nodes/welcome.py")]
pub(crate) struct Migrate {
    /// The settings
    #[arg(value_name = "app.py", value_hint = ValueHint::FilePath)]
    pub(crate) settings: PathBuf,
    /// The folder of the solution file, `hospes.toml`
    #[arg(long, value_name = "DIR", default_value = ".", value_hint = ValueHint::DirPath)]
    pub(crate) out: PathBuf,
    /// A node that uses the settings
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) node: Vec<PathBuf>,
    /// Prints one JSON document and nothing else
    #[arg(long)]
    pub(crate) json: bool,
}
