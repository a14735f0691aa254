//! Running the binary: `Dir` and `TestCommand`.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A directory that a test has for itself.
pub(crate) struct Dir(TempDir);

impl Dir {
    pub(crate) fn new() -> Dir {
        Dir(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file and tells where.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// The binary, to be run here.
    pub(crate) fn hospes<I: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = I>) -> TestCommand {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hospes"));
        command.current_dir(self.path()).env_clear().args(args);
        TestCommand {
            command,
            input: String::new(),
        }
    }
}

/// A command with nothing in its environment.
pub(crate) struct TestCommand {
    command: Command,
    input: String,
}

impl From<Command> for TestCommand {
    fn from(command: Command) -> TestCommand {
        let input = String::new();
        TestCommand { command, input }
    }
}

impl TestCommand {
    pub(crate) fn arg(mut self, arg: impl AsRef<OsStr>) -> TestCommand {
        self.command.arg(arg);
        self
    }

    pub(crate) fn args<I: AsRef<OsStr>>(
        mut self,
        args: impl IntoIterator<Item = I>,
    ) -> TestCommand {
        self.command.args(args);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> TestCommand {
        self.command.env(name, value);
        self
    }

    pub(crate) fn input(mut self, text: &str) -> TestCommand {
        self.input = text.to_owned();
        self
    }

    /// Runs it to its end.
    pub(crate) fn run(mut self) -> Ended {
        let mut child = self
            .command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that does not read its input closes it.
        _ = child.stdin.take().unwrap().write_all(self.input.as_bytes());
        let output = child.wait_with_output().unwrap();
        Ended {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The command itself, for tests that need more of it.
    pub(crate) fn command(self) -> Command {
        self.command
    }
}

/// What came of a command.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    /// Checks the exit code.
    #[track_caller]
    pub(crate) fn code(self, code: i32) -> Ended {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    /// Checks exit code and both outputs, whole.
    #[track_caller]
    pub(crate) fn is(self, code: i32, stdout: &str, stderr: &str) {
        let ended = self.code(code);
        eq(&ended.stdout, stdout);
        eq(&ended.stderr, stderr);
    }

    /// Standard output as one JSON document.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        match serde_json::from_str(&self.stdout) {
            Ok(json) => json,
            Err(error) => panic!("{error}: {self:#?}"),
        }
    }
}

/// Compares texts of several lines so that the difference can be seen.
#[track_caller]
pub(crate) fn eq(found: &str, expected: &str) {
    assert!(
        found == expected,
        "\n~~~~ expected ~~~~\n{expected}\n~~~~ found ~~~~\n{found}\n~~~~\n"
    );
}
