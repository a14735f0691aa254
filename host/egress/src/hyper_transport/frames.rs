//! The frames of HTTP/2, as they come in.

/// Bytes before the payload of each frame.
const HEAD: usize = 9;

/// The type of frames with data of a body.
const DATA: u8 = 0;

/// A frame whose head has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    /// Whether it carries data. An empty frame carries none, whatever its type.
    pub(super) is_data: bool,
    /// Its length, head included.
    pub(super) bytes: u64,
}

/// A reader of the heads of frames, which come in pieces of any length.
#[derive(Default)]
pub(super) struct Frames {
    head: Vec<u8>,
    /// What is left of a frame's payload.
    payload: usize,
}

impl Frames {
    pub(super) fn read(&mut self, mut bytes: &[u8], mut seen: impl FnMut(Frame)) {
        while !bytes.is_empty() {
            if self.payload > 0 {
                let skipped = self.payload.min(bytes.len());
                self.payload -= skipped;
                bytes = bytes.get(skipped..).unwrap_or_default();
                continue;
            }
            let missing = HEAD.saturating_sub(self.head.len()).min(bytes.len());
            let (head, rest) = bytes.split_at_checked(missing).unwrap_or_default();
            self.head.extend_from_slice(head);
            bytes = rest;
            if let [high, middle, low, kind, _, _, _, _, _] = *self.head {
                let length = u32::from_be_bytes([0, high, middle, low]);
                self.payload = usize::try_from(length).unwrap_or(usize::MAX);
                self.head.clear();
                seen(Frame {
                    is_data: kind == DATA && length > 0,
                    bytes: HEAD as u64 + u64::from(length),
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_found_however_they_are_cut() {
        let frame = |kind: u8, length: u8| {
            let head = [0, 0, length, kind, 0, 0, 0, 0, 1];
            [&head[..], &vec![7; length.into()]].concat()
        };
        let bytes = [frame(0, 5), frame(1, 0), frame(0, 0), frame(9, 200)].concat();
        let expected = [(true, 14), (false, 9), (false, 9), (false, 209)];
        for size in 1..bytes.len() {
            let (mut frames, mut seen) = (Frames::default(), Vec::new());
            for piece in bytes.chunks(size) {
                frames.read(piece, |frame| seen.push((frame.is_data, frame.bytes)));
            }
            assert_eq!(seen, expected, "in pieces of {size}");
        }
    }
}
