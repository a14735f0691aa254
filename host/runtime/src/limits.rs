//! Every limit of a node in one table: its name, default, range and meaning.
//!
//! The solution file, `--limit NAME=VALUE`, the checks at load and the
//! documentation all read [`TABLE`]; there is no second list.

use std::fmt;
use std::time::Duration;

/// What one node may use. Plain data; [`Limits::check`] tells whether each
/// value is in its range, and loading a node calls it.
///
/// No value means "unlimited": every limit has a highest value it can take.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Wall time of an execution, all attempts, waits and requests included. Defaults to 10 s.
    pub deadline: Duration,
    /// CPU time of an attempt inside the guest. Defaults to 1 s.
    pub cpu: Duration,
    /// Bytes in all linear memories of an attempt together. Defaults to 64 MiB.
    pub memory: u64,
    /// Elements in all tables of an attempt together. Defaults to 20 000.
    pub table_elements: u64,
    /// Core instances in a component. Defaults to 32.
    pub instances: u64,
    /// Linear memories in a component. Defaults to 4.
    pub memories: u64,
    /// Tables in a component. Defaults to 8.
    pub tables: u64,
    /// Host resources (streams, pollables, ...) that an attempt holds at once. Defaults to 256.
    pub handles: u64,
    /// Bytes of a component file. Defaults to 16 MiB.
    pub component: u64,
    /// Bytes of a payload. Defaults to 1 MiB.
    pub payload: u64,
    /// Bytes of a result, or of a failure with its details. Defaults to 1 MiB.
    pub result: u64,
    /// How deep payload and result may nest. Defaults to 64.
    pub depth: u64,
    /// HTTP requests of an execution, all attempts together. Defaults to 16.
    pub requests: u64,
    /// HTTP requests of an execution that wait at once; further ones queue. Defaults to 8.
    pub requests_in_flight: u64,
    /// HTTP requests of the node, all its executions together, that wait at once; further ones queue. Defaults to 32.
    pub node_requests_in_flight: u64,
    /// Bytes of a request body. Defaults to 1 MiB.
    pub request_body: u64,
    /// Headers of a request. Defaults to 64.
    pub request_headers: u64,
    /// Bytes of a request's headers. Defaults to 16 KiB.
    pub request_header_bytes: u64,
    /// Bytes of a response body. Defaults to 4 MiB.
    pub response_body: u64,
    /// Bytes of a response's status line and headers. Defaults to 32 KiB.
    pub response_head: u64,
    /// Bytes of all request and response bodies of an execution. Defaults to 16 MiB.
    pub http_bytes: u64,
    /// Time to resolve a name. Defaults to 2 s.
    pub resolve: Duration,
    /// Time to connect and to agree on TLS. Defaults to 3 s.
    pub connect: Duration,
    /// Time for a whole request; never more than the execution has left. Defaults to 10 s.
    pub request_timeout: Duration,
    /// Log records kept of an execution. Defaults to 256.
    pub log_records: u64,
    /// Bytes of one log record, its fields included. Defaults to 4 KiB.
    pub log_record: u64,
    /// Bytes of all log records of an execution. Defaults to 64 KiB.
    pub log_bytes: u64,
    /// Bytes of standard output and standard error that become log records. Defaults to 16 KiB.
    pub output: u64,
    /// Random bytes that a guest gets in one call. Defaults to 64 KiB.
    pub random: u64,
    /// Executions of the node that run at once. Defaults to 32.
    pub concurrency: u64,
    /// Executions of the node that wait for a place; one more is `overloaded`. Defaults to 64.
    pub queue: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        let mut limits = Limits {
            deadline: Duration::ZERO,
            cpu: Duration::ZERO,
            memory: 0,
            table_elements: 0,
            instances: 0,
            memories: 0,
            tables: 0,
            handles: 0,
            component: 0,
            payload: 0,
            result: 0,
            depth: 0,
            requests: 0,
            requests_in_flight: 0,
            node_requests_in_flight: 0,
            request_body: 0,
            request_headers: 0,
            request_header_bytes: 0,
            response_body: 0,
            response_head: 0,
            http_bytes: 0,
            resolve: Duration::ZERO,
            connect: Duration::ZERO,
            request_timeout: Duration::ZERO,
            log_records: 0,
            log_record: 0,
            log_bytes: 0,
            output: 0,
            random: 0,
            concurrency: 0,
            queue: 0,
        };
        for limit in TABLE {
            (limit.set)(&mut limits, limit.default);
        }
        limits
    }
}

impl Limits {
    /// Sets one limit by its name in [`TABLE`], from a value as people write it:
    /// `2s`, `500ms`, `8MiB`, `64KiB`, `100`.
    ///
    /// # Errors
    ///
    /// An unknown name (with the nearest known one), a value that does not
    /// parse in the limit's unit, or one outside its range.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), LimitError> {
        let limit = Limit::named(name)?;
        let value = limit.unit.parse(value).ok_or_else(|| LimitError::Value {
            name: limit.name,
            value: value.to_owned(),
            unit: limit.unit,
        })?;
        limit.in_range(value)?;
        (limit.set)(self, value);
        Ok(())
    }

    /// Tells whether every limit is in its range.
    ///
    /// # Errors
    ///
    /// The first one that is not.
    pub fn check(&self) -> Result<(), LimitError> {
        TABLE
            .iter()
            .try_for_each(|limit| limit.in_range((limit.get)(self)))
    }
}

/// One row of [`TABLE`].
pub struct Limit {
    /// As in a solution file or after `--limit`, such as `request-body`.
    pub name: &'static str,
    /// What the value counts.
    pub unit: Unit,
    /// The default, in the unit's base (bytes, milliseconds or a count).
    pub default: u64,
    /// The lowest value.
    pub min: u64,
    /// The highest value.
    pub max: u64,
    /// What it bounds, in a few words.
    pub summary: &'static str,
    get: fn(&Limits) -> u64,
    set: fn(&mut Limits, u64),
}

impl Limit {
    fn named(name: &str) -> Result<&'static Limit, LimitError> {
        TABLE
            .iter()
            .find(|limit| limit.name == name)
            .ok_or_else(|| LimitError::Unknown {
                name: name.to_owned(),
                nearest: crate::nearest::nearest(name, TABLE.iter().map(|limit| limit.name)),
            })
    }

    fn in_range(&self, value: u64) -> Result<(), LimitError> {
        if (self.min..=self.max).contains(&value) {
            return Ok(());
        }
        Err(LimitError::Range {
            name: self.name,
            value: self.unit.show(value),
            min: self.unit.show(self.min),
            max: self.unit.show(self.max),
        })
    }
}

/// What a limit's value counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Bytes: `100`, `64KiB`, `8MiB`, `1GiB`.
    Bytes,
    /// A duration: `500ms`, `2s`, `1m`.
    Time,
    /// A plain number.
    Count,
}

impl Unit {
    /// Reads a value as people write it; the base unit is bytes, milliseconds or one.
    pub fn parse(self, text: &str) -> Option<u64> {
        let text = text.trim();
        let digits = text
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(text.len());
        let (number, suffix) = text.split_at(digits);
        let factor = match (self, suffix.trim_start()) {
            (Unit::Count, "") | (Unit::Bytes, "" | "B") | (Unit::Time, "ms") => 1,
            (Unit::Bytes, "KiB") => 1 << 10,
            (Unit::Bytes, "MiB") => 1 << 20,
            (Unit::Bytes, "GiB") => 1 << 30,
            (Unit::Time, "s") => 1000,
            (Unit::Time, "m") => 60_000,
            _ => return None,
        };
        number.parse::<u64>().ok()?.checked_mul(factor)
    }

    /// Writes a value as [`Unit::parse`] reads it, in the largest unit that fits.
    pub fn show(self, value: u64) -> String {
        let units: &[(u64, &str)] = match self {
            Unit::Count => &[],
            Unit::Bytes => &[(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")],
            Unit::Time => &[(60_000, "m"), (1000, "s"), (1, "ms")],
        };
        for (factor, suffix) in units {
            if value >= *factor && value.is_multiple_of(*factor) {
                return format!("{}{suffix}", value / factor);
            }
        }
        value.to_string()
    }

    fn example(self) -> &'static str {
        match self {
            Unit::Bytes => "a size such as 64KiB or 8MiB",
            Unit::Time => "a time such as 500ms, 2s or 1m",
            Unit::Count => "a number such as 32",
        }
    }
}

/// Why a limit was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LimitError {
    /// There is no limit of that name.
    Unknown {
        /// The name given.
        name: String,
        /// The known name that looks most like it.
        nearest: Option<&'static str>,
    },
    /// The value does not parse in the limit's unit.
    Value {
        /// The limit.
        name: &'static str,
        /// The value given.
        value: String,
        /// What it should have been.
        unit: Unit,
    },
    /// The value is outside the limit's range.
    Range {
        /// The limit.
        name: &'static str,
        /// The value given, as people write it.
        value: String,
        /// The lowest value.
        min: String,
        /// The highest value.
        max: String,
    },
}

impl fmt::Display for LimitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LimitError::Unknown {
                name,
                nearest: Some(nearest),
            } => {
                write!(f, "unknown limit `{name}`: did you mean `{nearest}`?")
            }
            LimitError::Unknown {
                name,
                nearest: None,
            } => {
                write!(f, "unknown limit `{name}`: known are ")?;
                for (i, limit) in TABLE.iter().enumerate() {
                    write!(f, "{}`{}`", if i == 0 { "" } else { ", " }, limit.name)?;
                }
                Ok(())
            }
            LimitError::Value { name, value, unit } => {
                write!(f, "limit `{name}`: `{value}` is not {}", unit.example())
            }
            LimitError::Range {
                name,
                value,
                min,
                max,
            } => {
                write!(f, "limit `{name}`: {value} is not between {min} and {max}")
            }
        }
    }
}

impl std::error::Error for LimitError {}

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const SECOND: u64 = 1000;

macro_rules! row {
    ($field:ident, $name:literal, Time, $default:expr, $min:expr, $max:expr, $summary:literal) => {
        Limit {
            name: $name,
            unit: Unit::Time,
            default: $default,
            min: $min,
            max: $max,
            summary: $summary,
            get: |limits| u64::try_from(limits.$field.as_millis()).unwrap_or(u64::MAX),
            set: |limits, value| limits.$field = Duration::from_millis(value),
        }
    };
    ($field:ident, $name:literal, $unit:ident, $default:expr, $min:expr, $max:expr, $summary:literal) => {
        Limit {
            name: $name,
            unit: Unit::$unit,
            default: $default,
            min: $min,
            max: $max,
            summary: $summary,
            get: |limits| limits.$field,
            set: |limits, value| limits.$field = value,
        }
    };
}

/// All limits of a node.
#[rustfmt::skip]
pub static TABLE: &[Limit] = &[
    row!(deadline, "deadline", Time, 10 * SECOND, 1, 3_600 * SECOND, "wall time of an execution"),
    row!(cpu, "cpu", Time, SECOND, 1, 600 * SECOND, "CPU time of an attempt inside the guest"),
    row!(memory, "memory", Bytes, 64 * MIB, 64 * KIB, 1024 * MIB, "all linear memories of an attempt"),
    row!(table_elements, "table-elements", Count, 20_000, 1, 100_000, "elements in all tables of an attempt"),
    row!(instances, "instances", Count, 32, 1, 100, "core instances in a component"),
    row!(memories, "memories", Count, 4, 1, 16, "linear memories in a component"),
    row!(tables, "tables", Count, 8, 1, 32, "tables in a component"),
    row!(handles, "handles", Count, 256, 16, 10_000, "host resources that an attempt holds at once"),
    row!(component, "component", Bytes, 16 * MIB, 8, 256 * MIB, "a component file"),
    row!(payload, "payload", Bytes, MIB, 2, 64 * MIB, "a payload"),
    row!(result, "result", Bytes, MIB, 2, 64 * MIB, "a result, or a failure with its details"),
    row!(depth, "depth", Count, 64, 1, 100, "how deep payload and result nest"),
    row!(requests, "requests", Count, 16, 0, 10_000, "HTTP requests of an execution"),
    row!(requests_in_flight, "requests-in-flight", Count, 8, 1, 1000, "HTTP requests of an execution at once"),
    row!(node_requests_in_flight, "node-requests-in-flight", Count, 32, 1, 10_000, "HTTP requests of the node at once"),
    row!(request_body, "request-body", Bytes, MIB, 0, 64 * MIB, "a request body"),
    row!(request_headers, "request-headers", Count, 64, 0, 1000, "headers of a request"),
    row!(request_header_bytes, "request-header-bytes", Bytes, 16 * KIB, 0, 256 * KIB, "all headers of a request"),
    row!(response_body, "response-body", Bytes, 4 * MIB, 0, 64 * MIB, "a response body"),
    row!(response_head, "response-head", Bytes, 32 * KIB, 1024, 256 * KIB, "a response's status line and headers"),
    row!(http_bytes, "http-bytes", Bytes, 16 * MIB, 0, 1024 * MIB, "all bodies of an execution"),
    row!(resolve, "resolve", Time, 2 * SECOND, 1, 60 * SECOND, "resolving a name"),
    row!(connect, "connect", Time, 3 * SECOND, 1, 60 * SECOND, "connecting, TLS included"),
    row!(request_timeout, "request-timeout", Time, 10 * SECOND, 1, 3_600 * SECOND, "a whole request"),
    row!(log_records, "log-records", Count, 256, 0, 100_000, "log records kept of an execution"),
    row!(log_record, "log-record", Bytes, 4 * KIB, 64, MIB, "one log record with its fields"),
    row!(log_bytes, "log-bytes", Bytes, 64 * KIB, 0, 64 * MIB, "all log records of an execution"),
    row!(output, "output", Bytes, 16 * KIB, 0, 16 * MIB, "standard output and standard error kept"),
    row!(random, "random", Bytes, 64 * KIB, 0, 16 * MIB, "random bytes given in one call"),
    row!(concurrency, "concurrency", Count, 32, 1, 10_000, "executions of the node at once"),
    row!(queue, "queue", Count, 64, 0, 100_000, "executions of the node that wait for a place"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_in_its_range_and_nothing_is_left_at_zero_by_oversight() {
        let limits = Limits::default();
        limits.check().unwrap();
        for limit in TABLE {
            assert_eq!((limit.get)(&limits), limit.default, "{}", limit.name);
            assert!(
                limit.max < u64::MAX,
                "{} must not be switchable to unlimited",
                limit.name
            );
        }
        let fields = format!("{limits:?}").matches(": ").count();
        assert_eq!(fields, TABLE.len(), "a field without a row");
    }

    #[test]
    fn values_read_back_as_they_are_shown() {
        for (unit, text, value) in [
            (Unit::Bytes, "64KiB", 65_536),
            (Unit::Bytes, "8MiB", 8 << 20),
            (Unit::Bytes, "100", 100),
            (Unit::Time, "500ms", 500),
            (Unit::Time, "2s", 2000),
            (Unit::Time, "1m", 60_000),
            (Unit::Count, "32", 32),
        ] {
            assert_eq!(unit.parse(text), Some(value), "{text}");
            assert_eq!(unit.show(value), text);
        }
    }

    #[test]
    fn a_bad_limit_is_refused_with_what_would_be_right() {
        let cases = [
            (
                "deadlin",
                "2s",
                "unknown limit `deadlin`: did you mean `deadline`?",
            ),
            (
                "deadline",
                "2",
                "limit `deadline`: `2` is not a time such as 500ms, 2s or 1m",
            ),
            (
                "deadline",
                "0ms",
                "limit `deadline`: 0 is not between 1ms and 60m",
            ),
            (
                "payload",
                "8MB",
                "limit `payload`: `8MB` is not a size such as 64KiB or 8MiB",
            ),
            (
                "memory",
                "99GiB",
                "limit `memory`: 99GiB is not between 64KiB and 1GiB",
            ),
            (
                "requests",
                "-1",
                "limit `requests`: `-1` is not a number such as 32",
            ),
            (
                "requests",
                "unlimited",
                "limit `requests`: `unlimited` is not a number such as 32",
            ),
        ];
        for (name, value, message) in cases {
            let error = Limits::default().set(name, value).unwrap_err();
            assert_eq!(error.to_string(), message);
        }
    }
}
