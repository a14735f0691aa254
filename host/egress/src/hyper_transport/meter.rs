//! What goes over a connection, counted.
//!
//! Body limits count the bytes of bodies. What else an upstream sends is
//! counted here: informational responses, chunk extensions, trailers, and the
//! frames of HTTP/2 that carry no data. A connection that reads more than its
//! requests may is closed.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use super::frames::Frames;
use crate::lock::lock;
use crate::transport::Dial;

/// How many bytes of HTTP/1.1 may be received for one byte of body: a chunk of
/// a single byte takes six.
const OVERHEAD: u64 = 8;

/// Bytes that are not data, beyond the head of a response: settings, pings,
/// window updates.
const CONTROL: u64 = 16 << 10;

/// The shortest data frame, on average, that a long body may come in, and how
/// many may be shorter. Each frame takes memory until it is read, however short
/// it is.
const SHORT_FRAME: u64 = 256;
const SHORT_FRAMES: u64 = 16 << 10;

/// How many pieces a body of at most this many bytes may come in. Each piece
/// costs time, and over HTTP/2 memory until it is read.
pub(super) fn max_pieces(body: u64) -> u64 {
    SHORT_FRAMES.saturating_add(body / SHORT_FRAME)
}

/// What a connection may read, or has read.
#[derive(Clone, Copy, Debug, Default)]
struct Amount {
    /// Bytes of HTTP/1.1; of HTTP/2, those that are not data.
    bytes: u64,
    /// Data frames.
    frames: u64,
}

/// The counts of one connection.
pub(super) struct Meter {
    opened: Instant,
    /// Writes so far; they only tell whether there was another one.
    writes: AtomicU64,
    /// Microseconds after `opened`.
    wrote_at: AtomicU64,
    read_at: AtomicU64,
    reads: AtomicU64,
    /// Requests in flight.
    active: AtomicUsize,
    /// The end of the last request.
    idle_at: AtomicU64,
    overrun: AtomicBool,
    allowance: Mutex<Allowance>,
}

struct Allowance {
    /// `None` for HTTP/1.1, where all bytes count alike.
    frames: Option<Frames>,
    read: Amount,
    most: Amount,
    /// What each request in flight adds.
    request: Amount,
}

impl Meter {
    /// For a connection whose requests are all like this one.
    pub(super) fn new(dial: &Dial, is_http2: bool) -> Meter {
        let head = dial.max_response_head.saturating_mul(2);
        let request = if is_http2 {
            Amount {
                bytes: head.saturating_add(CONTROL),
                frames: dial.max_response_body / SHORT_FRAME,
            }
        } else {
            Amount {
                bytes: head.saturating_add(dial.max_response_body.saturating_mul(OVERHEAD)),
                frames: 0,
            }
        };
        Meter {
            opened: Instant::now(),
            writes: AtomicU64::new(0),
            wrote_at: AtomicU64::new(0),
            read_at: AtomicU64::new(0),
            reads: AtomicU64::new(0),
            active: AtomicUsize::new(0),
            idle_at: AtomicU64::new(0),
            overrun: AtomicBool::new(false),
            allowance: Mutex::new(Allowance {
                frames: is_http2.then(Frames::default),
                read: Amount::default(),
                most: Amount {
                    bytes: CONTROL,
                    frames: SHORT_FRAMES,
                },
                request,
            }),
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.opened.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    fn at(&self, micros: u64) -> Instant {
        self.opened + Duration::from_micros(micros)
    }

    /// A request begins.
    pub(super) fn begin(&self) {
        self.active.fetch_add(1, SeqCst);
        self.allow();
    }

    /// A request has ended.
    pub(super) fn end(&self) {
        self.idle_at.store(self.now(), SeqCst);
        self.active.fetch_sub(1, SeqCst);
        self.allow();
    }

    /// Renews what may be read. What earlier requests left over is lost.
    fn allow(&self) {
        let active = self.active() as u64;
        let mut allowance = lock(&self.allowance);
        let Allowance { read, request, .. } = *allowance;
        allowance.most = Amount {
            bytes: read
                .bytes
                .saturating_add(request.bytes.saturating_mul(active))
                .saturating_add(CONTROL),
            // Also without a request: what was sent before a reset arrived.
            frames: read
                .frames
                .saturating_add(request.frames.saturating_mul(active))
                .saturating_add(SHORT_FRAMES),
        };
    }

    /// Requests in flight.
    pub(super) fn active(&self) -> usize {
        self.active.load(SeqCst)
    }

    /// Since when there is no request in flight; `None` if there is one.
    pub(super) fn idle_since(&self) -> Option<Instant> {
        (self.active() == 0).then(|| self.at(self.idle_at.load(SeqCst)))
    }

    /// Counts what was read; `false` if it is more than may be.
    pub(super) fn read(&self, bytes: &[u8]) -> bool {
        if bytes.is_empty() {
            return true;
        }
        self.read_at.store(self.now(), SeqCst);
        self.reads.fetch_add(1, SeqCst);
        let mut allowance = lock(&self.allowance);
        let Allowance {
            frames, read, most, ..
        } = &mut *allowance;
        match frames {
            None => read.bytes = read.bytes.saturating_add(bytes.len() as u64),
            Some(frames) => frames.read(bytes, |frame| {
                if frame.is_data {
                    read.frames = read.frames.saturating_add(1);
                } else {
                    read.bytes = read.bytes.saturating_add(frame.bytes);
                }
            }),
        }
        let within = read.bytes <= most.bytes && read.frames <= most.frames;
        if !within {
            self.overrun.store(true, SeqCst);
        }
        within
    }

    /// Whether more was read than may be.
    pub(super) fn is_overrun(&self) -> bool {
        self.overrun.load(SeqCst)
    }

    /// Something was written, or may have been.
    pub(super) fn wrote(&self) {
        self.wrote_at.store(self.now(), SeqCst);
        self.writes.fetch_add(1, SeqCst);
    }

    /// Where the connection stands, to tell later what has happened since.
    pub(super) fn mark(&self) -> Mark {
        Mark {
            writes: self.writes.load(SeqCst),
            reads: self.reads.load(SeqCst),
        }
    }

    /// Whether anything was written since.
    pub(super) fn has_written(&self, since: Mark) -> bool {
        self.writes.load(SeqCst) != since.writes
    }

    /// When something was written last, and read last if anything was since.
    pub(super) fn last(&self, since: Mark) -> (Instant, Option<Instant>) {
        let wrote = self.at(self.wrote_at.load(SeqCst));
        let has_read = self.reads.load(SeqCst) != since.reads;
        let read = has_read.then(|| self.at(self.read_at.load(SeqCst)));
        (wrote, read)
    }
}

/// A point in the life of a connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    writes: u64,
    reads: u64,
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::scrub::Scrubber;
    use crate::transport::Blank;

    fn meter(is_http2: bool) -> Meter {
        let time = Duration::from_secs(1);
        let dial = Dial {
            addresses: Vec::new(),
            timeout: time,
            connect_timeout: time,
            first_byte_timeout: time,
            between_bytes_timeout: time,
            max_response_body: 1 << 10,
            max_response_head: 1 << 10,
            blank: Blank::new(Arc::new(Scrubber::new(std::iter::empty())), Vec::new()),
        };
        Meter::new(&dial, is_http2)
    }

    #[test]
    fn what_requests_left_over_is_not_saved_up() {
        let meter = meter(false);
        for _ in 0..1000 {
            meter.begin();
            assert!(meter.read(&[b'x'; 100]));
            meter.end();
        }
        meter.begin();
        let mut read = 0;
        while meter.read(&[b'x'; 1 << 10]) {
            read += 1;
        }
        // Twice the head, eight times the body, and the rest.
        assert_eq!(read, 2 + 8 + 16);
        assert!(meter.is_overrun());
    }

    #[test]
    fn frames_count_and_the_bytes_of_data_do_not() {
        let long = [&[0, 1, 0, 0, 0, 0, 0, 0, 1][..], &[0; 256]].concat();
        let fresh = meter(true);
        fresh.begin();
        let frames = (0..100_000).take_while(|_| fresh.read(&long)).count();
        assert_eq!(frames, (16 << 10) + 4);
        let ping = [&[0, 0, 8, 6, 0, 0, 0, 0, 0][..], &[0; 8]].concat();
        let fresh = meter(true);
        fresh.begin();
        let pings = (0..10_000).take_while(|_| fresh.read(&ping)).count();
        assert_eq!(pings, (2 + 16 + 16) * 1024 / 17);
    }
}
