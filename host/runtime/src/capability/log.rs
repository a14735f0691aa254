//! `hospes:node/log`: records kept with the outcome, bounded in number and size.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wasmtime::component::{HasData, Linker};

use crate::bindings::hospes::node::log;
use crate::context::LogListener;
use crate::egress::Gate;
use crate::event::tell;
use crate::limits::Limits;
use crate::outcome::{Level, LogRecord};
use crate::text::{escape, prefix};

/// One execution's log, shared by its attempts.
#[derive(Clone)]
pub(crate) struct LogCtx {
    gate: Arc<Gate>,
    book: Arc<Mutex<Book>>,
    listener: Option<LogListener>,
}

/// The records so far and how much room is left.
struct Book {
    records: Vec<LogRecord>,
    records_left: u64,
    bytes_left: u64,
    record_limit: u64,
    left_out: u64,
}

impl LogCtx {
    pub(crate) fn new(gate: Arc<Gate>, limits: &Limits, listener: Option<LogListener>) -> LogCtx {
        let book = Book {
            records: Vec::new(),
            records_left: limits.log_records,
            bytes_left: limits.log_bytes,
            record_limit: limits.log_record,
            left_out: 0,
        };
        LogCtx {
            gate,
            book: Arc::new(Mutex::new(book)),
            listener,
        }
    }

    /// Writes one record: secrets blanked first, so that no cut can leave part
    /// of one, then control characters escaped, then cut to size.
    pub(crate) fn write(&self, level: Level, message: &str, fields: &[(String, String)]) {
        let mut book = self.book();
        if book.records_left == 0 || book.bytes_left == 0 {
            book.left_out += 1;
            return;
        }
        let mut room = book.record_limit.min(book.bytes_left);
        let before = room;
        let message = self.fit(message, &mut room);
        let mut kept = Vec::with_capacity(fields.len());
        for (name, value) in fields {
            if room == 0 {
                break;
            }
            kept.push((self.fit(name, &mut room), self.fit(value, &mut room)));
        }
        book.records_left -= 1;
        book.bytes_left -= before - room;
        let record = LogRecord {
            level,
            message,
            fields: kept,
        };
        drop(book);
        if let Some(listener) = &self.listener {
            tell(|| listener(&record));
        }
        self.book().records.push(record);
    }

    /// The records, with a last one that counts what was left out.
    pub(crate) fn take(&self) -> Vec<LogRecord> {
        let mut book = self.book();
        let mut records = std::mem::take(&mut book.records);
        if book.left_out > 0 {
            records.push(LogRecord {
                level: Level::Warn,
                message: format!(
                    "{} log records left out (limits `log-records` and `log-bytes`)",
                    book.left_out
                ),
                fields: Vec::new(),
            });
        }
        records
    }

    fn fit(&self, text: &str, room: &mut u64) -> String {
        let mut text = escape(&self.gate.scrub(text)).into_owned();
        let limit = usize::try_from(*room).unwrap_or(usize::MAX);
        if text.len() > limit {
            text.truncate(prefix(&text, limit).len());
            text.push('…');
            *room = 0;
        } else {
            *room -= text.len() as u64;
        }
        text
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

/// Says where in a store's data the context is.
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
