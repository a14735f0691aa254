//! A recording as a value.

use std::fmt;

use serde::Deserialize;

use super::chain::Chain;
use super::error::RecordingError;
use super::event::{FORMAT, VERSION};

/// The recording of one execution, for
/// [`Context::on_recording`](crate::Context::on_recording). `Display` writes
/// its text, which [`Recording::parse`] reads.
///
/// It holds the payload, and what upstreams answered: personal data, if there
/// was any. It holds no secret that the node was granted.
#[derive(Clone, PartialEq, Eq)]
pub struct Recording {
    pub(super) lines: Vec<Box<str>>,
    pub(super) complete: bool,
}

/// What is read of the first line.
#[derive(Deserialize)]
struct First {
    format: String,
    version: u64,
}

/// What is read of the others.
#[derive(Deserialize)]
struct Other {
    event: String,
    left_out: Option<u64>,
}

impl Recording {
    /// How many bytes of lines a recording has at most, besides its first and
    /// its last line. The events after that are left out and counted.
    pub const MAX_BYTES: u64 = 8 << 20;

    /// Reads the text of a recording, and checks that no line was changed,
    /// added or removed. The digests find an accident or a careless edit. They
    /// are not signatures: whoever wants to can compute them anew.
    ///
    /// # Errors
    ///
    /// The first line that shows that the text is not a whole recording.
    pub fn parse(text: &str) -> Result<Recording, RecordingError> {
        let count = text.lines().count() as u64;
        let first = text.lines().next().unwrap_or_default();
        let first: First = serde_json::from_str(first).map_err(|_| RecordingError::Foreign)?;
        if first.format != FORMAT {
            return Err(RecordingError::Foreign);
        }
        if first.version != VERSION {
            return Err(RecordingError::Version(first.version));
        }
        let mut chain = Chain::default();
        let (mut last, mut end) = (1, None);
        for (number, line) in (1_u64..).zip(text.lines()) {
            if end.is_some() {
                return Err(RecordingError::Continues(number));
            }
            last = number;
            let is_last = number == count;
            match chain.follow(line) {
                Some(true) => {}
                None if is_last && !text.ends_with('\n') => {
                    return Err(RecordingError::CutOff(number));
                }
                Some(false) | None => return Err(RecordingError::Changed(number)),
            }
            if number > 1 {
                let other: Other =
                    serde_json::from_str(line).map_err(|_| RecordingError::Changed(number))?;
                end = (other.event == "outcome").then_some(other.left_out == Some(0));
            }
        }
        Ok(Recording {
            complete: end.ok_or(RecordingError::CutOff(last))?,
            lines: text.lines().map(Box::from).collect(),
        })
    }

    /// The lines, without their ends.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(|line| &**line)
    }

    /// Whether every event is there. Events are left out of a recording that
    /// has become too large, or for which the host had no memory.
    pub fn is_complete(&self) -> bool {
        self.complete
    }
}

impl fmt::Display for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines().try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// Leaves out the content, which is the node's.
impl fmt::Debug for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recording")
            .field("lines", &self.lines.len())
            .field("complete", &self.complete)
            .finish()
    }
}
