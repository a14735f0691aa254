//! From sources to a component.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::error::BuildError;
use crate::inputs;
use crate::language::Language;
use crate::project::{Node, Project};
use crate::rust;
use crate::tool::Tool;
use crate::toolchain;

/// Where components are, inside a node's folder.
const BUILD: &str = "build";

/// What pytest ends with if there is no test.
const NO_TESTS: i32 = 5;

/// How to build. The default is what a node's folder says.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct BuildOptions {
    /// The engine of a node in JavaScript: `starlingmonkey` or `quickjs`.
    /// Defaults to what `package.json` says under `hospes`, and then to
    /// `starlingmonkey`.
    pub engine: Option<String>,
    /// The component's file. Defaults to `build/NAME.wasm` in the node's folder,
    /// or in the current one for a source by itself.
    pub output: Option<PathBuf>,
    /// Builds also if nothing in the node's folder has changed. Defaults to
    /// false.
    pub fresh: bool,
}

/// A component that was built.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Built {
    /// The node's name.
    pub name: String,
    /// The component's file.
    pub component: PathBuf,
}

/// Builds the node in a folder, or the one in a source. The toolchain reports on
/// standard error.
///
/// Nothing is built again while nothing in a node's folder has changed; cargo
/// knows by itself. A component appears as a whole or not at all.
///
/// # Errors
///
/// If there is no node, the toolchain is missing or too old, the sources don't
/// compile, or the component can't be written.
pub fn build(path: &Path, options: &BuildOptions) -> Result<Built, BuildError> {
    let project = Project::find(path)?;
    if options.engine.is_some() && project.language != Language::JavaScript {
        return Err(BuildError::NoEngine(project.language));
    }
    let place = |name: &str| match &options.output {
        Some(output) => output.clone(),
        None => project.dir.join(BUILD).join(format!("{name}.wasm")),
    };
    // `./build` is `build`.
    let place = |name: &str| {
        let path = place(name);
        path.strip_prefix(".").map(Path::to_owned).unwrap_or(path)
    };
    let folder = match place("node").parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    let is_new = !folder.exists();
    fs::create_dir_all(&folder).map_err(|error| BuildError::Write(folder.clone(), error))?;
    let built = match &project.node {
        None => rust::build(&project.dir, place).map(|(name, component)| Built { name, component }),
        Some(node) => script(&project, node, place(&node.name), options),
    };
    if built.is_err() && is_new {
        // Removes nothing that has something in it.
        _ = fs::remove_dir(&folder);
    }
    built
}

/// Builds a node that is made of a file.
fn script(
    project: &Project,
    node: &Node,
    component: PathBuf,
    options: &BuildOptions,
) -> Result<Built, BuildError> {
    let mut also: Vec<Vec<u8>> = Vec::new();
    let tool = Tool::of(project, node)?;
    let mut command = tool.sdk();
    command
        .arg("build")
        .arg(&node.source)
        .arg("--output")
        .arg(&component);
    if let Some(engine) = options.engine.as_ref().or(node.engine.as_ref()) {
        command.args(["--engine", engine]);
        also.push(engine.clone().into_bytes());
    }
    let inputs = match tool.inputs() {
        Some(installed) if project.is_folder => {
            also.extend(installed);
            let also: Vec<&[u8]> = also.iter().map(Vec::as_slice).collect();
            // What can't be read is the builder's to name.
            inputs::digest(&project.dir, &also).ok().flatten()
        }
        _ => None,
    };
    let is_made = |inputs: &String| inputs::made(&component, inputs);
    if options.fresh || !inputs.as_ref().is_some_and(is_made) {
        let status = command
            .stdin(Stdio::null())
            // It prints JSON for programs that drive it.
            .stdout(Stdio::null())
            .status()
            .map_err(|error| toolchain::missing(tool.name(), error))?;
        if !status.success() {
            return Err(BuildError::Compile(node.source.clone()));
        }
        if let Some(inputs) = inputs {
            inputs::keep(&component, &inputs);
        }
    }
    Ok(Built {
        name: node.name.clone(),
        component,
    })
}

/// Runs the native tests of the node in a folder with `cargo test`, pytest or
/// `node --test`, which report on standard error. Returns whether all of them
/// passed.
///
/// # Errors
///
/// If there is no node, or the toolchain is missing.
pub fn native_tests(dir: &Path) -> Result<bool, BuildError> {
    let project = Project::find(dir)?;
    if !project.is_folder {
        return Err(BuildError::NoFolder(dir.to_owned()));
    }
    let Some(node) = &project.node else {
        return Ok(run(&mut rust::tests(&project.dir), "cargo")? == Some(0));
    };
    let tool = Tool::of(&project, node)?;
    let code = run(&mut tool.tests(&project.dir), tool.name())?;
    let is_empty = matches!(tool, Tool::Python(_)) && code == Some(NO_TESTS);
    Ok(code == Some(0) || is_empty)
}

fn run(command: &mut Command, program: &'static str) -> Result<Option<i32>, BuildError> {
    let status = command
        .stdin(Stdio::null())
        // Standard output is for results.
        .stdout(io::stderr())
        .status()
        .map_err(|error| toolchain::missing(program, error))?;
    Ok(status.code())
}
