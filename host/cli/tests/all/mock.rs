//! `hospes mock braze` as a running process.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Stdio};

use serde_json::Value;

use crate::dir::Dir;

/// Ends with the test.
pub(crate) struct Mock {
    child: Guard,
    lines: BufReader<ChildStdout>,
    pub(crate) url: String,
    pub(crate) key: String,
}

impl Mock {
    /// Starts it with this script (`[]` for none) and waits until it serves.
    pub(crate) fn start(dir: &Dir, script: &Value, args: &[&str]) -> Mock {
        let script = dir.file("script.json", script.to_string());
        let command = dir
            .hospes(["mock", "braze", "--script"])
            .arg(script)
            .args(args);
        let mut child = Guard(command.command().stdout(Stdio::piped()).spawn().unwrap());
        let lines = BufReader::new(child.0.stdout.take().unwrap());
        let mut mock = Mock {
            child,
            lines,
            url: String::new(),
            key: String::new(),
        };
        let first = mock.line();
        mock.url = first["url"].as_str().unwrap().to_owned();
        mock.key = first["key"].as_str().unwrap().to_owned();
        mock
    }

    /// The next line that it prints.
    pub(crate) fn line(&mut self) -> Value {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    /// Sends it a signal and tells how it exits.
    #[cfg(unix)]
    pub(crate) fn end(mut self, signal: &str) -> Option<i32> {
        let kill = format!("kill -{signal} {}", self.child.0.id());
        std::process::Command::new("/bin/sh")
            .args(["-c", &kill])
            .status()
            .unwrap();
        self.child.0.wait().unwrap().code()
    }

    /// Closes its standard output and tells how it exits, after `poke` made it write.
    pub(crate) fn close(self, poke: impl FnOnce(&str)) -> Option<i32> {
        let Mock {
            mut child,
            lines,
            url,
            ..
        } = self;
        drop(lines);
        poke(&url);
        child.0.wait().unwrap().code()
    }
}

/// Leaves no process behind.
struct Guard(Child);

impl Drop for Guard {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}
