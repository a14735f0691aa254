//! The audit log: a line of JSON for each request that a node makes.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use hospes::egress::EgressEvent;
use hospes_deploy::text::visible;

/// Where the lines of the audit log go.
pub struct AuditLog(Mutex<Box<dyn Write + Send>>);

impl fmt::Debug for AuditLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuditLog")
    }
}

impl AuditLog {
    /// An audit log that writes to `lines`.
    pub fn new(lines: impl Write + Send + 'static) -> AuditLog {
        AuditLog(Mutex::new(Box::new(lines)))
    }

    /// Appends to a file. A new file is readable by its owner only, because the
    /// lines say what nodes send where.
    ///
    /// # Errors
    ///
    /// If the file can't be opened.
    pub fn open(path: &Path) -> io::Result<AuditLog> {
        append(path).map(AuditLog::new)
    }

    /// Writes the event at once.
    ///
    /// # Errors
    ///
    /// If the event can't be written. Then this record is missing.
    pub fn write(&self, event: &EgressEvent) -> io::Result<()> {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let json = serde_json::to_string(event)?;
        lines.write_all(format!("{}\n", visible(&json)).as_bytes())
    }
}

fn append(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
