//! Records what one execution wrote, so that another one need not write it
//! again.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::response::Response;
use crate::room::Room;
use crate::send_error::SendError;

/// Whether an execution's writes are recorded or replayed. A write is every
/// request but `GET` and `HEAD`.
#[derive(Clone, Default, Debug)]
pub enum WriteReplay {
    /// Neither recorded nor replayed.
    #[default]
    Off,
    /// Each write is sent and recorded with its response.
    Recording(Arc<Recording>),
    /// Nothing is sent: each recorded write is replayed once.
    Replaying(Arc<Recording>),
}

/// The writes of one execution and their responses, in order.
#[derive(Default)]
pub struct Recording(Mutex<Vec<(Write, SendResult)>>);

/// Leaves out the content, which is the node's.
impl fmt::Debug for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recording")
    }
}

/// How a request ended.
type SendResult = Result<Response, SendError>;

/// A request as the node made it. Two requests are the same write if method,
/// URL and body are equal.
#[derive(PartialEq, Eq)]
pub(crate) struct Write {
    method: String,
    url: String,
    body: Option<Vec<u8>>,
    /// The memory it takes.
    room: Room,
}

impl Recording {
    fn writes(&self) -> MutexGuard<'_, Vec<(Write, SendResult)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl WriteReplay {
    /// How many copies of a request and its response are in memory: one, and a
    /// second one if it is recorded.
    pub(crate) fn copies(&self) -> u64 {
        match self {
            WriteReplay::Off | WriteReplay::Replaying(_) => 1,
            WriteReplay::Recording(_) => 2,
        }
    }

    /// The write that a request makes, if it is one and writes are recorded or
    /// replayed.
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

    /// The recorded result of a request. `None` if the request is to be sent,
    /// and `Err` if it is not to be sent and no result was recorded.
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
