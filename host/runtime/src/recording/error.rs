//! What is wrong with a recording.

use std::fmt;

use super::event::VERSION;

/// What is wrong with a recording, and in which line. Nothing of such a
/// recording is used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecordingError {
    /// It does not begin like a recording.
    Foreign,
    /// It has a format that this host does not read; holds its version.
    Version(u64),
    /// A line was changed, added or removed, or has no digest; holds the first
    /// line that shows it, counted from 1.
    Changed(u64),
    /// It ends without its outcome; holds the last line.
    CutOff(u64),
    /// It continues after its outcome; holds the first line too many.
    Continues(u64),
}

impl RecordingError {
    /// The line, counted from 1.
    pub fn line(&self) -> u64 {
        match self {
            RecordingError::Foreign | RecordingError::Version(_) => 1,
            RecordingError::Changed(line)
            | RecordingError::CutOff(line)
            | RecordingError::Continues(line) => *line,
        }
    }
}

impl fmt::Display for RecordingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RecordingError::Foreign => f.write_str(
                "this is not a recording: a recording begins with {\"format\":\"hospes-recording\"",
            ),
            RecordingError::Version(version) => write!(
                f,
                "the recording has format {version}, and this host reads format {VERSION}: read it with the version \
                 of hospes that made it"
            ),
            RecordingError::Changed(_) => f.write_str(
                "this line or the one before it was changed, added or removed: its digest `chain` does not match; \
                 use the recording as it was made",
            ),
            RecordingError::CutOff(_) => f.write_str(
                "the recording is cut off here: its outcome is missing; use the whole file",
            ),
            RecordingError::Continues(_) => f.write_str(
                "the recording goes on after its outcome: a file holds one recording",
            ),
        }
    }
}

impl std::error::Error for RecordingError {}
