//! The table of all limits: fields, setters, defaults and ranges come from here.

use std::time::Duration;

use hospes_egress::{Limits as Egress, Unit, millis};

use crate::limits::error::LimitError;

/// One row of [`TABLE`].
#[derive(Debug)]
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
        let names = || TABLE.iter().map(|limit| limit.name);
        let limit = TABLE.iter().find(|limit| limit.name == name);
        limit.ok_or_else(|| LimitError::Unknown {
            name: name.to_owned(),
            nearest: hospes_egress::nearest(name, names()),
            known: names().collect(),
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

/// What a field holds, and the base of its unit.
trait Value {
    fn of(base: u64) -> Self;
    fn base(self) -> u64;
}

impl Value for u64 {
    fn of(base: u64) -> u64 {
        base
    }

    fn base(self) -> u64 {
        self
    }
}

impl Value for Duration {
    fn of(base: u64) -> Duration {
        Duration::from_millis(base)
    }

    fn base(self) -> u64 {
        millis(self)
    }
}

macro_rules! row {
    ([$($at:ident).+] ($name:literal, $unit:ident, $default:expr, $min:expr, $max:expr, $summary:literal)) => {
        Limit {
            name: $name,
            unit: Unit::$unit,
            default: $default,
            min: $min,
            max: $max,
            summary: $summary,
            get: |limits| limits.$($at).+.base(),
            set: |limits, value| limits.$($at).+ = Value::of(value),
        }
    };
}

macro_rules! default {
    (($name:literal, $unit:ident, $default:expr, $min:expr, $max:expr, $summary:literal)) => {
        Value::of($default)
    };
}

macro_rules! setter {
    ($field:ident [$($at:ident).+] $ty:ident ($name:literal, $unit:ident, $default:expr, $min:expr, $max:expr, $summary:literal)) => {
        #[doc = concat!("Sets the limit `", $name, "`: ", $summary, ".")]
        pub fn $field(mut self, $field: $ty) -> Limits {
            self.$($at).+ = $field;
            self
        }
    };
}

/// Makes everything of one list: the fields with what they mean and, for each,
/// its name, unit, default, range and summary. Those of the gate are
/// [`hospes_egress::Limits`].
macro_rules! limits {
    (
        $($(#[$a_doc:meta])+ $a:ident: $a_ty:ident = $a_row:tt;)+
        egress { $($e:ident: $e_ty:ident = $e_row:tt;)+ }
        $($(#[$b_doc:meta])+ $b:ident: $b_ty:ident = $b_row:tt;)+
    ) => {
        /// What one node may use. [`Limits::check`] tells whether each value is in
        /// its range, and loading a node calls it.
        ///
        /// No value means "unlimited": every limit has a highest value it can take.
        ///
        /// ```
        /// use std::time::Duration;
        ///
        /// use hospes::Limits;
        ///
        /// let limits = Limits::default()
        ///     .memory(32 << 20)
        ///     .deadline(Duration::from_secs(2))
        ///     .requests(4);
        /// assert_eq!(limits.get("memory").as_deref(), Some("32MiB"));
        /// ```
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct Limits {
            $($(#[$a_doc])+ pub $a: $a_ty,)+
            /// What its requests may use.
            pub egress: Egress,
            $($(#[$b_doc])+ pub $b: $b_ty,)+
        }

        impl Default for Limits {
            fn default() -> Limits {
                Limits {
                    $($a: default!($a_row),)+
                    egress: Egress::DEFAULT,
                    $($b: default!($b_row),)+
                }
            }
        }

        impl Limits {
            $(setter!($a [$a] $a_ty $a_row);)+
            $(setter!($e [egress.$e] $e_ty $e_row);)+
            $(setter!($b [$b] $b_ty $b_row);)+
        }

        /// All limits of a node.
        pub static TABLE: &[Limit] = &[
            $(row!([$a] $a_row),)+
            $(row!([egress.$e] $e_row),)+
            $(row!([$b] $b_row),)+
        ];
    };
}

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const SECOND: u64 = 1000;
const DEFAULT: Egress = Egress::DEFAULT;

#[rustfmt::skip]
limits! {
    /// Wall time of an execution, all attempts, waits and requests included. Defaults to 10 s.
    deadline: Duration = ("deadline", Time, 10 * SECOND, 1, 3_600 * SECOND, "wall time of an execution");
    /// CPU time of an attempt inside the guest. Defaults to 1 s.
    cpu: Duration = ("cpu", Time, SECOND, 1, 600 * SECOND, "CPU time of an attempt inside the guest");
    /// Bytes in all linear memories of an attempt together. Defaults to 64 MiB.
    memory: u64 = ("memory", Bytes, 64 * MIB, 64 * KIB, 1024 * MIB, "all linear memories of an attempt");
    /// Elements in all tables of an attempt together. Defaults to 20 000.
    table_elements: u64 = ("table-elements", Count, 20_000, 1, 100_000, "elements in all tables of an attempt");
    /// Core instances in a component. Defaults to 32.
    instances: u64 = ("instances", Count, 32, 1, 100, "core instances in a component");
    /// Linear memories in a component. Defaults to 4.
    memories: u64 = ("memories", Count, 4, 1, 16, "linear memories in a component");
    /// Tables in a component. Defaults to 8.
    tables: u64 = ("tables", Count, 8, 1, 32, "tables in a component");
    /// Host resources (streams, pollables, ...) that an attempt holds at once. Defaults to 256.
    handles: u64 = ("handles", Count, 256, 16, 10_000, "host resources that an attempt holds at once");
    /// Bytes of a component file. Defaults to 32 MiB.
    component: u64 = ("component", Bytes, 32 * MIB, 8, 256 * MIB, "a component file");
    /// Time to compile a component. Defaults to 30 s.
    compile: Duration = ("compile", Time, 30 * SECOND, 1, 600 * SECOND, "compiling a component");
    /// Bytes of a payload. Defaults to 1 MiB.
    payload: u64 = ("payload", Bytes, MIB, 2, 64 * MIB, "a payload");
    /// Bytes of a result, or of a failure with its details. Defaults to 1 MiB.
    result: u64 = ("result", Bytes, MIB, 2, 64 * MIB, "a result, or a failure with its details");
    /// How deep payload and result may nest. Defaults to 64.
    depth: u64 = ("depth", Count, 64, 1, 100, "how deep payload and result nest");
    egress {
        requests: u64 = ("requests", Count, DEFAULT.requests, 0, 10_000, "HTTP requests of an execution");
        requests_in_flight: u64 = ("requests-in-flight", Count, DEFAULT.requests_in_flight, 1, 1000, "HTTP requests of an execution at once");
        node_requests_in_flight: u64 = ("node-requests-in-flight", Count, DEFAULT.node_requests_in_flight, 1, 10_000, "HTTP requests of the node at once");
        request_body: u64 = ("request-body", Bytes, DEFAULT.request_body, 0, 64 * MIB, "a request body");
        request_headers: u64 = ("request-headers", Count, DEFAULT.request_headers, 0, 1000, "headers of a request");
        request_header_bytes: u64 = ("request-header-bytes", Bytes, DEFAULT.request_header_bytes, 0, 256 * KIB, "all headers of a request");
        response_body: u64 = ("response-body", Bytes, DEFAULT.response_body, 0, 64 * MIB, "a response body");
        response_head: u64 = ("response-head", Bytes, DEFAULT.response_head, 1024, 256 * KIB, "a response's status line and headers");
        http_bytes: u64 = ("http-bytes", Bytes, DEFAULT.http_bytes, 0, 1024 * MIB, "all bodies of an execution");
        resolve: Duration = ("resolve", Time, DEFAULT.resolve.as_millis() as u64, 1, 60 * SECOND, "resolving a name");
        connect: Duration = ("connect", Time, DEFAULT.connect.as_millis() as u64, 1, 60 * SECOND, "connecting, TLS included");
        request_timeout: Duration = ("request-timeout", Time, DEFAULT.request_timeout.as_millis() as u64, 1, 3_600 * SECOND, "a whole request");
    }
    /// Log records kept of an execution. Defaults to 256.
    log_records: u64 = ("log-records", Count, 256, 0, 100_000, "log records kept of an execution");
    /// Bytes of one log record, its fields included. Defaults to 4 KiB.
    log_record: u64 = ("log-record", Bytes, 4 * KIB, 64, MIB, "one log record with its fields");
    /// Bytes of all log records of an execution. Defaults to 64 KiB.
    log_bytes: u64 = ("log-bytes", Bytes, 64 * KIB, 0, 64 * MIB, "all log records of an execution");
    /// Bytes of standard output and standard error that become log records. Defaults to 16 KiB.
    output: u64 = ("output", Bytes, 16 * KIB, 0, 16 * MIB, "standard output and standard error kept");
    /// Random bytes that a guest gets in one call. Defaults to 64 KiB.
    random: u64 = ("random", Bytes, 64 * KIB, 0, 16 * MIB, "random bytes given in one call");
    /// Executions of the node that run at once. Defaults to 32.
    concurrency: u64 = ("concurrency", Count, 32, 1, 10_000, "executions of the node at once");
    /// Executions of the node that wait for a place; one more is `overloaded`. Defaults to 64.
    queue: u64 = ("queue", Count, 64, 0, 100_000, "executions of the node that wait for a place");
}
