//! The table of all limits.

use std::time::Duration;

use crate::limits::{LimitError, Limits, Unit};

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
    pub(super) get: fn(&Limits) -> u64,
    pub(super) set: fn(&mut Limits, u64),
}

impl Limit {
    pub(super) fn named(name: &str) -> Result<&'static Limit, LimitError> {
        TABLE
            .iter()
            .find(|limit| limit.name == name)
            .ok_or_else(|| LimitError::Unknown {
                name: name.to_owned(),
                nearest: hospes_egress::nearest(name, TABLE.iter().map(|limit| limit.name)),
            })
    }

    /// The limit's value, in the unit's base.
    pub fn value(&self, limits: &Limits) -> u64 {
        (self.get)(limits)
    }

    pub(super) fn in_range(&self, value: u64) -> Result<(), LimitError> {
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
    row!(compile, "compile", Time, 30 * SECOND, 1, 600 * SECOND, "compiling a component"),
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
    row!(request_timeout, "request-timeout", Time, 8 * SECOND, 1, 3_600 * SECOND, "a whole request"),
    row!(log_records, "log-records", Count, 256, 0, 100_000, "log records kept of an execution"),
    row!(log_record, "log-record", Bytes, 4 * KIB, 64, MIB, "one log record with its fields"),
    row!(log_bytes, "log-bytes", Bytes, 64 * KIB, 0, 64 * MIB, "all log records of an execution"),
    row!(output, "output", Bytes, 16 * KIB, 0, 16 * MIB, "standard output and standard error kept"),
    row!(random, "random", Bytes, 64 * KIB, 0, 16 * MIB, "random bytes given in one call"),
    row!(concurrency, "concurrency", Count, 32, 1, 10_000, "executions of the node at once"),
    row!(queue, "queue", Count, 64, 0, 100_000, "executions of the node that wait for a place"),
];
