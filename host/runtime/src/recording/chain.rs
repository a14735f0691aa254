//! The digest at the end of each line, over the line and the digest before it.

use hospes_egress::digest::{sha256, show};
use serde::Serialize;

/// What stands between a line's content and its digest.
const MARK: &str = ",\"chain\":\"";
/// `sha256:` and 64 digits, then a quote. The brace that ends the line is the
/// object's.
const TAIL: usize = 71 + 1;

/// The digests of the lines so far.
#[derive(Default)]
pub(super) struct Chain(String);

impl Chain {
    /// How long the line of an object becomes, in bytes.
    pub(super) fn length(object: &impl Serialize) -> u64 {
        let mut count = Count(0);
        // Counting can't fail, and neither can what is counted.
        _ = serde_json::to_writer(&mut count, object);
        count.0 + (MARK.len() + TAIL) as u64
    }

    /// The line for an object.
    pub(super) fn line(&mut self, object: &impl Serialize) -> Option<Box<str>> {
        let mut line = serde_json::to_string(object).ok()?;
        line.pop();
        self.0 = self.next(&line);
        line.push_str(MARK);
        line.push_str(&self.0);
        line.push_str("\"}");
        Some(line.into())
    }

    /// Whether a line is the one that followed the lines so far. `None` if it
    /// has no digest.
    pub(super) fn follow(&mut self, line: &str) -> Option<bool> {
        let (content, tail) = line.rsplit_once(MARK)?;
        let stated = tail.strip_suffix("\"}")?;
        self.0 = self.next(content);
        Some(stated == self.0)
    }

    fn next(&self, content: &str) -> String {
        show(&sha256(format!("{}{content}", self.0).as_bytes()))
    }
}

/// Counts what is written.
struct Count(u64);

impl std::io::Write for Count {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_length_of_a_line_is_known_before_the_line_is_made() {
        for object in [
            json!({"a": "\"\n\u{1}ü"}),
            json!({"chain": ",\"chain\":\""}),
        ] {
            let line = Chain::default().line(&object).unwrap();
            assert_eq!(Chain::length(&object), line.len() as u64, "{line}");
            assert_eq!(Chain::default().follow(&line), Some(true));
        }
    }
}
