//! Every limit of a node in one table: its name, default, range and meaning.
//!
//! The solution file, `--limit NAME=VALUE`, the checks at load and the
//! documentation all read [`TABLE`]; there is no second list.

mod error;
mod table;

use std::time::Duration;

pub use error::LimitError;
pub use hospes_egress::Unit;
pub use table::{Limit, TABLE};

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
    /// Time to compile a component. Defaults to 30 s.
    pub compile: Duration,
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
    /// Time for a whole request; always less than the execution has left, so that
    /// the node can answer. Defaults to 8 s.
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
            compile: Duration::ZERO,
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
    /// The most bytes that the outcome document of an execution may have: its
    /// result, or its failure; its log records, whose quotes and backslashes take
    /// two bytes each; and some for names, ids, figures and what was left out.
    pub fn outcome_bytes(&self) -> u64 {
        const REST: u64 = 16 << 10;
        let logs = self.log_bytes.saturating_mul(2);
        self.result.saturating_add(logs).saturating_add(REST)
    }

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

    /// One limit by its name in [`TABLE`], written as [`Limits::set`] reads it;
    /// nothing for a name that is not there.
    pub fn get(&self, name: &str) -> Option<String> {
        let limit = Limit::named(name).ok()?;
        Some(limit.unit.show((limit.get)(self)))
    }

    /// The lower one of each of these limits and of those.
    pub fn at_most(&self, those: &Limits) -> Limits {
        let mut lower = self.clone();
        for limit in TABLE {
            let value = (limit.get)(self).min((limit.get)(those));
            (limit.set)(&mut lower, value);
        }
        lower
    }

    /// Those that the gate keeps.
    pub(crate) fn egress(&self) -> hospes_egress::Limits {
        hospes_egress::Limits {
            requests: self.requests,
            requests_in_flight: self.requests_in_flight,
            node_requests_in_flight: self.node_requests_in_flight,
            request_body: self.request_body,
            request_headers: self.request_headers,
            request_header_bytes: self.request_header_bytes,
            response_body: self.response_body,
            response_head: self.response_head,
            http_bytes: self.http_bytes,
            resolve: self.resolve,
            connect: self.connect,
            request_timeout: self.request_timeout,
        }
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

/// What a transport needs of them.
impl From<&Limits> for hospes_egress::Limits {
    fn from(limits: &Limits) -> hospes_egress::Limits {
        limits.egress()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_in_its_range_and_nothing_is_left_at_zero_by_oversight() {
        let limits = Limits::default();
        limits.check().unwrap();
        for limit in TABLE {
            assert_eq!((limit.get)(&limits), limit.default, "{}", limit.name);
            let shown = limits.get(limit.name).unwrap();
            limits.clone().set(limit.name, &shown).unwrap();
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
    fn the_gate_has_the_same_defaults() {
        assert_eq!(Limits::default().egress(), hospes_egress::Limits::default());
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
