//! `hospes:node/log`: records kept with the outcome, bounded in number and size.
//!
//! A record is one line and can't move the cursor of the terminal that shows
//! it: control characters are written as `\n`, `\t`, `\u{1b}`.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hospes_egress::shares::Holding;
use hospes_egress::{Gate, tell};
use wasmtime::component::{HasData, Linker};

use crate::bindings::hospes::node::log;
use crate::context::LogListener;
use crate::limits::Limits;
use crate::outcome::{Level, LogRecord};
use crate::recording::Recorder;
use crate::text::is_control;

/// What a record and each of its fields take besides their texts, in memory and
/// in the outcome document.
const RECORD: u64 = 64;
const FIELD: u64 = 64;

/// One execution's log, shared by its attempts.
#[derive(Clone)]
pub(crate) struct LogCtx {
    gate: Arc<Gate>,
    book: Arc<Mutex<Book>>,
    listener: Option<LogListener>,
    recorder: Option<Arc<Recorder>>,
}

/// The records so far, and the room that is left.
struct Book {
    records: Vec<LogRecord>,
    records_left: u64,
    bytes_left: u64,
    record_limit: u64,
    left_out: u64,
    /// The records' part of the memory that all nodes share.
    memory: Holding,
    /// Records that were dropped because there was no memory.
    unheld: u64,
}

impl LogCtx {
    pub(crate) fn new(
        gate: Arc<Gate>,
        limits: &Limits,
        listener: Option<LogListener>,
        memory: Holding,
    ) -> LogCtx {
        let book = Book {
            records: Vec::new(),
            records_left: limits.log_records,
            bytes_left: limits.log_bytes,
            record_limit: limits.log_record,
            left_out: 0,
            memory,
            unheld: 0,
        };
        LogCtx {
            gate,
            book: Arc::new(Mutex::new(book)),
            listener,
            recorder: None,
        }
    }

    /// Records what is written, and what else its owner passes on.
    pub(crate) fn recorded(mut self, recorder: Option<Arc<Recorder>>) -> LogCtx {
        self.recorder = recorder;
        self
    }

    /// The recorder of the execution, if it is recorded.
    pub(super) fn recorder(&self) -> Option<&Arc<Recorder>> {
        self.recorder.as_ref()
    }

    /// Writes one record. Secrets are blanked first, so that cutting can't
    /// leave part of one; then control characters are escaped, and the text is
    /// cut to size. Everything that is kept is charged, even empty texts, and
    /// nothing is reserved for text that the guest only announces.
    pub(crate) fn write(&self, level: Level, message: &str, fields: &[(String, String)]) {
        let mut book = self.book();
        if book.records_left == 0 || book.bytes_left <= RECORD {
            book.left_out += 1;
            return;
        }
        let mut room = book.record_limit.min(book.bytes_left - RECORD);
        let before = room;
        let message = self.fit(message, &mut room);
        let mut kept = Vec::new();
        for (name, value) in fields {
            if room <= FIELD {
                break;
            }
            room -= FIELD;
            kept.push((self.fit(name, &mut room), self.fit(value, &mut room)));
        }
        // A text that was cut says so itself.
        if room > 0 && kept.len() < fields.len() {
            let left_out = format!("{} fields left out", fields.len() - kept.len());
            kept.push(("…".to_owned(), left_out));
        }
        kept.shrink_to_fit();
        let taken = RECORD + before - room;
        // The list of records has up to twice the capacity that it needs.
        if !book.memory.take(taken + RECORD) {
            book.unheld += 1;
            return;
        }
        book.records_left -= 1;
        book.bytes_left -= taken;
        let record = LogRecord {
            level,
            message,
            fields: kept,
        };
        drop(book);
        if let Some(recorder) = &self.recorder {
            recorder.log(&record);
        }
        if let Some(listener) = &self.listener {
            tell(|| listener(&record));
        }
        self.book().records.push(record);
    }

    /// The records, followed by one or two that count what was left out.
    pub(crate) fn take(&self) -> Vec<LogRecord> {
        let mut book = self.book();
        let mut records = std::mem::take(&mut book.records);
        let left_out = [
            (book.left_out, "limits `log-records` and `log-bytes`"),
            (book.unheld, "the host had no memory for them"),
        ];
        let left_out = left_out.into_iter().filter(|(count, _)| *count > 0);
        records.extend(left_out.map(|(count, why)| LogRecord {
            level: Level::Warn,
            message: format!("{count} log records left out ({why})"),
            fields: Vec::new(),
        }));
        records
    }

    /// The part of a text that there is room for: the rest is never copied.
    fn fit(&self, text: &str, room: &mut u64) -> String {
        let text = self.gate.scrub(text);
        let mut kept = String::new();
        for c in text.chars() {
            let before = kept.len();
            match is_control(c) {
                true => kept.extend(c.escape_default()),
                false => kept.push(c),
            }
            match room.checked_sub((kept.len() - before) as u64) {
                Some(left) => *room = left,
                None => {
                    kept.truncate(before);
                    kept.push('…');
                    *room = 0;
                    break;
                }
            }
        }
        kept.shrink_to_fit();
        kept
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl From<log::Level> for Level {
    fn from(level: log::Level) -> Level {
        match level {
            log::Level::Trace => Level::Trace,
            log::Level::Debug => Level::Debug,
            log::Level::Info => Level::Info,
            log::Level::Warn => Level::Warn,
            log::Level::Error => Level::Error,
        }
    }
}

impl log::Host for LogCtx {
    fn log(&mut self, level: log::Level, message: String, fields: Vec<(String, String)>) {
        self.write(level.into(), &message, &fields);
    }
}

/// Tells where in a store's data the context is.
struct HasLog;

impl HasData for HasLog {
    type Data<'a> = &'a mut LogCtx;
}

/// Adds the interface to a linker.
pub(crate) fn add_to_linker<T: 'static>(
    linker: &mut Linker<T>,
    ctx: fn(&mut T) -> &mut LogCtx,
) -> wasmtime::Result<()> {
    log::add_to_linker::<T, HasLog>(linker, ctx)
}
