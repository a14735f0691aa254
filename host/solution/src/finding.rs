//! The faults of a solution or flow file, with their positions.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

/// One fault of a solution or flow file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The file, as it was named.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The faulty part, in bytes of the file.
    pub bytes: Range<usize>,
    /// The key, such as `node.braze-track.allow[1]`; empty for a fault of the syntax.
    pub key: String,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: ", self.file.display(), self.line, self.column)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.message)
    }
}

/// Every fault of a solution file, in the file's order, then those of the flow
/// files that it names. Never empty as an error. Displayed with one line for
/// each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Findings(Box<[Finding]>);

impl Findings {
    pub(crate) fn new(mut findings: Vec<Finding>) -> Findings {
        findings.sort_by_key(|finding| (finding.line, finding.column));
        // The same fault may occur in several environments with the same
        // message.
        findings.dedup();
        Findings(findings.into())
    }

    /// The faults of several files, one file after the other.
    pub(crate) fn all(files: Vec<Findings>) -> Findings {
        let findings = files.into_iter().flat_map(|findings| findings.0.into_vec());
        Findings(findings.collect())
    }

    /// The faults.
    pub fn iter(&self) -> std::slice::Iter<'_, Finding> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a Findings {
    type Item = &'a Finding;
    type IntoIter = std::slice::Iter<'a, Finding>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, finding) in self.iter().enumerate() {
            write!(f, "{}{finding}", if i == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

impl std::error::Error for Findings {}
