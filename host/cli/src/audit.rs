//! `--audit`: a line of JSON for each request that a node makes.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use anyhow::anyhow;
use hospes::egress::EgressEvent;

use crate::terminal::{self, visible};

/// Where the lines go.
pub(crate) struct Audit(Mutex<Box<dyn Write + Send>>);

impl Audit {
    /// A file to append to, or `-` for standard error, which is this.
    pub(crate) fn open(path: &Path, stderr: impl Write + Send + 'static) -> anyhow::Result<Audit> {
        let lines: Box<dyn Write + Send> = if path == "-" {
            Box::new(stderr)
        } else {
            let file = append(path);
            Box::new(file.map_err(|error| anyhow!("--audit {}: {error}", path.display()))?)
        };
        Ok(Audit(Mutex::new(lines)))
    }

    /// Writes the event at once. What can't be written is said, not lost in silence.
    pub(crate) fn write(&self, event: &EgressEvent) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let written = serde_json::to_string(event)
            .map_err(io::Error::from)
            .and_then(|json| lines.write_all(format!("{}\n", visible(&json)).as_bytes()));
        if let Err(error) = written {
            terminal::error(&format!("a record is missing in the audit log: {error}"));
        }
    }
}

/// Opens a file for more lines. A new one is its owner's alone: the lines say
/// what nodes send where.
fn append(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
