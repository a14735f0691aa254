//! Which files were touched, and when they have been left alone for long
//! enough.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Waits for files to be left alone.
#[derive(Debug)]
pub(super) struct Debounce {
    quiet: Duration,
    /// When each touched file counts as left alone.
    due: BTreeMap<PathBuf, Instant>,
}

impl Debounce {
    pub(super) fn new(quiet: Duration) -> Debounce {
        Debounce {
            quiet,
            due: BTreeMap::new(),
        }
    }

    /// Notes that these files were touched.
    pub(super) fn touched(&mut self, files: impl IntoIterator<Item = PathBuf>, now: Instant) {
        let due = now + self.quiet;
        self.due.extend(files.into_iter().map(|file| (file, due)));
    }

    /// When the next file counts as left alone, if none is touched again.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due.values().min().copied()
    }

    /// A file that was touched and left alone since.
    pub(super) fn quiet(&mut self, now: Instant) -> Option<PathBuf> {
        let file = self.due.iter().find(|(_, due)| **due <= now)?.0.clone();
        self.due.remove(&file);
        Some(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_of_touches_is_one_and_ends_when_the_file_is_left_alone() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut settle = Debounce::new(Duration::from_millis(100));
        assert_eq!(settle.due(), None);
        for millis in [0, 10, 90, 180] {
            settle.touched([PathBuf::from("a")], at(millis));
            assert_eq!(settle.quiet(at(millis + 99)), None);
        }
        settle.touched([PathBuf::from("b")], at(250));
        assert_eq!(settle.due(), Some(at(280)));
        assert_eq!(settle.quiet(at(280)), Some("a".into()));
        assert_eq!(settle.quiet(at(280)), None);
        assert_eq!(settle.due(), Some(at(350)));
        assert_eq!(settle.quiet(at(400)), Some("b".into()));
        assert_eq!(settle.quiet(at(400)), None);
    }
}
