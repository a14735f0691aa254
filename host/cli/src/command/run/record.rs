//! The file of `--record`.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::anyhow;
use hospes::Context;
use hospes::recording::Recording;
use tempfile::NamedTempFile;

use crate::exit::Fault;
use crate::terminal::{NOTE, note, styled};

/// A file that gets a recording once the execution has ended. Until then it
/// has another name, so that there is a whole recording or none.
pub(super) struct RecordingFile {
    path: PathBuf,
    file: NamedTempFile,
    recording: Arc<Mutex<Option<Recording>>>,
}

impl RecordingFile {
    /// Opens the file before the node runs: a mistake in its path has to cost
    /// nothing. Only its owner can read it.
    pub(super) fn open(path: &Path) -> anyhow::Result<RecordingFile> {
        let wrong = |why: &str| anyhow!("--record {}: {why}", path.display());
        if path.is_dir() || path.file_name().is_none() {
            return Err(wrong(
                "it is a directory: name a file, such as run.recording.jsonl",
            ));
        }
        let dir = match path.parent() {
            Some(dir) if !dir.as_os_str().is_empty() => dir,
            _ => Path::new("."),
        };
        // On Unix, a temporary file is readable by its owner only.
        let file = NamedTempFile::with_prefix_in(".recording-", dir);
        // The error itself would name the temporary file.
        let file = file.map_err(|error| wrong(&error.kind().to_string()))?;
        Ok(RecordingFile {
            path: path.to_owned(),
            file,
            recording: Arc::default(),
        })
    }

    /// A context whose execution is recorded here.
    pub(super) fn listen(&self, context: Context) -> Context {
        let kept = Arc::clone(&self.recording);
        context.on_recording(move |recording| {
            *kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(recording);
        })
    }

    /// Writes the recording, and gives the file its name.
    pub(super) fn write(mut self) -> anyhow::Result<()> {
        let recording = self.recording.lock();
        let recording = recording.unwrap_or_else(PoisonError::into_inner).take();
        let Some(recording) = recording else {
            return Ok(());
        };
        let path = self.path.display();
        let failed = |error: std::io::Error| Fault(format!("--record {path}: {error}"));
        let mut to = BufWriter::new(self.file.as_file_mut());
        write!(to, "{recording}").map_err(failed)?;
        to.flush().map_err(failed)?;
        drop(to);
        self.file
            .persist(&self.path)
            .map_err(|error| failed(error.error))?;
        if !recording.is_complete() {
            let why = "the last events are missing: the recording became too large, or the host had no memory for it";
            note(&styled(NOTE, "not recorded whole:"), why);
        }
        Ok(())
    }
}
