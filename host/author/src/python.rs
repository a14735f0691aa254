//! Nodes in Python, with the package `hospes-node`.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::language::Language;
use crate::sdk;
use crate::toolchain::{ToolchainError, is_older, says};

const PYTHON: &str = "python3";
const OLDEST: &str = "3.11";
const REQUIREMENTS: &str = "requirements.txt";

/// Runs on the oldest Python that anyone has. Prints the version, the folder of
/// the installed packages, and whether the SDK is one of them.
const ASK: &str = "\
import sys, sysconfig, importlib.util
sys.path = [path for path in sys.path if path]
print('%d.%d.%d' % sys.version_info[:3])
print(sysconfig.get_paths()['purelib'])
print(importlib.util.find_spec('hospes_node') is not None)";

/// A Python that can make components.
#[derive(Debug)]
pub(crate) struct Python {
    program: PathBuf,
    version: String,
    packages: PathBuf,
    /// The SDK that came with this host, where none is installed.
    carried: Option<TempDir>,
}

impl Python {
    /// The one of a folder's virtual environment, the active one, or the
    /// system's. It has an SDK: its own, or the one that this host carries.
    pub(crate) fn of(dir: &Path) -> Result<Python, ToolchainError> {
        let environment = environment(dir);
        let (mut python, has_sdk) = Python::found(environment.as_deref())?;
        if has_sdk {
            return Ok(python);
        }
        if dir.join(REQUIREMENTS).is_file() {
            let (make, python) = match &environment {
                Some(python) => ("", python.strip_prefix(dir).unwrap_or(python)),
                None => ("python3 -m venv venv && ", Path::new("venv/bin/python3")),
            };
            let (go_to, python) = (go_to(dir), python.display());
            return Err(ToolchainError::Missing {
                what: "the Python package hospes-node".to_owned(),
                get: format!("{go_to}{make}{python} -m pip install -r {REQUIREMENTS}"),
            });
        }
        python.carried = Some(carried()?);
        Ok(python)
    }

    /// One with the SDK of this host, which reads settings. It needs no other
    /// package.
    pub(crate) fn reader() -> Result<Python, ToolchainError> {
        let (mut python, _) = Python::found(environment(Path::new(".")).as_deref())?;
        python.carried = Some(carried()?);
        Ok(python)
    }

    /// A Python that is new enough, and whether it has the SDK.
    fn found(environment: Option<&Path>) -> Result<(Python, bool), ToolchainError> {
        let program = environment.unwrap_or(Path::new(PYTHON)).to_owned();
        let said = says(Command::new(&program).args(["-c", ASK]), PYTHON)?;
        let mut lines = said.lines().map(str::to_owned);
        let mut line = || lines.next().unwrap_or_default();
        let (version, packages, has_sdk) = (line(), line().into(), line() == "True");
        if is_older(&version, OLDEST) {
            return Err(ToolchainError::Old {
                found: format!("Python {version}"),
                needed: format!("Python {OLDEST}"),
                get: format!("apt-get install python{OLDEST} python{OLDEST}-venv"),
            });
        }
        let python = Python {
            program,
            version,
            packages,
            carried: None,
        };
        Ok((python, has_sdk))
    }

    /// The SDK's command line.
    pub(crate) fn sdk(&self) -> Command {
        let mut command = Command::new(&self.program);
        // Modules in the current folder don't take the place of the SDK's.
        command.args(["-P", "-m", "hospes_node"]);
        if let Some(carried) = &self.carried {
            command.env("PYTHONPATH", carried.path().join("src"));
        }
        command
    }

    /// The command that runs the native tests.
    pub(crate) fn tests(&self, dir: &Path) -> Command {
        let program = match self.program.is_relative() && self.program.components().count() > 1 {
            // The command starts elsewhere.
            true => env::current_dir().unwrap_or_default().join(&self.program),
            false => self.program.clone(),
        };
        let mut command = Command::new(program);
        command.args(["-m", "pytest", "-q"]).current_dir(dir);
        if let Some(carried) = &self.carried {
            command.env("PYTHONPATH", carried.path().join("src"));
        }
        command
    }

    /// What else than the sources decides what a component contains: the
    /// packages that are installed. `None` if that can't be told.
    pub(crate) fn inputs(&self) -> Option<Vec<Vec<u8>>> {
        let mut records = Vec::new();
        for entry in fs::read_dir(&self.packages).ok()? {
            let path = entry.ok()?.path();
            let name = path.file_name()?.to_string_lossy().into_owned();
            // Packages that are somewhere else.
            if name.ends_with(".pth") && name != "distutils-precedence.pth" {
                return None;
            }
            if name.ends_with(".dist-info") {
                // It has the digest of each file.
                records.push((name, fs::read(path.join("RECORD")).unwrap_or_default()));
            }
        }
        records.sort();
        let mut inputs = vec![self.version.clone().into_bytes()];
        inputs.extend(records.into_iter().map(|(_, record)| record));
        self.carried.is_none().then_some(inputs)
    }
}

/// The SDK that this host carries, in a folder that is removed with the value.
fn carried() -> Result<TempDir, ToolchainError> {
    let write = || -> io::Result<TempDir> {
        let folder = tempfile::Builder::new().prefix("hospes-node-").tempdir()?;
        sdk::write(Language::Python, folder.path())?;
        Ok(folder)
    };
    write().map_err(|error| ToolchainError::Start(PYTHON, error))
}

/// The Python of a virtual environment.
fn environment(dir: &Path) -> Option<PathBuf> {
    let program = match cfg!(windows) {
        true => "Scripts/python.exe",
        false => "bin/python3",
    };
    let own = ["venv", ".venv"].map(|name| dir.join(name));
    let active = env::var_os("VIRTUAL_ENV").map(PathBuf::from);
    let all = own.into_iter().chain(active);
    let python = all
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())?;
    // `./venv` is `venv`.
    Some(
        python
            .strip_prefix(".")
            .map(Path::to_owned)
            .unwrap_or(python),
    )
}

/// The command that goes to a folder first, if one is elsewhere.
pub(crate) fn go_to(dir: &Path) -> String {
    match dir == Path::new(".") || dir.as_os_str().is_empty() {
        true => String::new(),
        false => format!("cd {} && ", dir.display()),
    }
}
