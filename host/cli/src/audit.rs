//! `--audit`: a line of JSON for each request that a node makes.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use anyhow::anyhow;
use hospes::EgressEvent;

use crate::terminal::{self, visible};

/// Where the lines go.
pub(crate) struct Audit(Mutex<Box<dyn Write + Send>>);

impl Audit {
    /// A file to append to, or `-` for standard error.
    pub(crate) fn open(path: &Path) -> anyhow::Result<Audit> {
        let lines: Box<dyn Write + Send> = if path == "-" {
            Box::new(io::stderr())
        } else {
            let file = OpenOptions::new().create(true).append(true).open(path);
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
