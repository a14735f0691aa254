//! What one execution wrote, so that another one need not write it again.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::response::Response;
use crate::room::Room;
use crate::send_error::SendError;

/// Whether an execution's writes are written down, or answered from what was.
/// A write is every request but `GET` and `HEAD`.
#[derive(Clone, Default, Debug)]
pub enum WriteReplay {
    /// Neither.
    #[default]
    Off,
    /// What is sent is written down with its answer.
    Recording(Arc<Recording>),
    /// Nothing is sent: what was written down answers, once each.
    Replaying(Arc<Recording>),
}

/// The writes of one execution and their answers, in order.
#[derive(Default)]
pub struct Recording(Mutex<Vec<(Write, SendResult)>>);

/// Not what they hold, which is the node's.
impl fmt::Debug for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recording")
    }
}

/// What came of a request.
type SendResult = Result<Response, SendError>;

/// A request as the node asked for it. Another one is the same write if method,
/// URL and body are.
#[derive(PartialEq, Eq)]
pub(crate) struct Write {
    method: String,
    url: String,
    body: Option<Vec<u8>>,
    /// What it takes in memory.
    room: Room,
}

impl Recording {
    fn writes(&self) -> MutexGuard<'_, Vec<(Write, SendResult)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl WriteReplay {
    /// How often what is sent and what comes back is in memory: once, and once
    /// more if it is written down.
    pub(crate) fn copies(&self) -> u64 {
        match self {
            WriteReplay::Off | WriteReplay::Replaying(_) => 1,
            WriteReplay::Recording(_) => 2,
        }
    }

    /// The write that a request is, if it is one and somebody wants to know.
    pub(crate) fn write(
        &self,
        method: &str,
        url: &str,
        body: Option<&[u8]>,
        room: &Room,
    ) -> Option<Write> {
        let wanted = !matches!(self, WriteReplay::Off) && !matches!(method, "GET" | "HEAD");
        wanted.then(|| Write {
            method: method.to_owned(),
            url: url.to_owned(),
            body: body.map(<[u8]>::to_owned),
            room: room.clone(),
        })
    }

    pub(crate) fn record(&self, write: Write, answer: &SendResult) {
        if let WriteReplay::Recording(recording) = self {
            recording.writes().push((write, answer.clone()));
        }
    }

    /// What a request is answered with instead of being sent; nothing if it is
    /// to be sent, and `Err` if it is not and there is no answer.
    pub(crate) fn replay(&self, write: Option<&Write>) -> Option<Result<SendResult, ()>> {
        let WriteReplay::Replaying(recording) = self else {
            return None;
        };
        let write = write?;
        let mut writes = recording.writes();
        let found = writes.iter().position(|(recorded, _)| recorded == write);
        Some(found.map(|at| writes.remove(at).1).ok_or(()))
    }
}
