//! From wasmtime's errors to the host's.

use std::fmt;

use wasmtime::component::ResourceTableError;
use wasmtime::{PoolConcurrencyLimitError, Trap, WasmBacktrace};
use wasmtime_wasi::I32Exit;
#[cfg(feature = "wasi-http")]
use wasmtime_wasi_http::FieldMapError;

use crate::engine::limiter::Exceeded;
use crate::engine::link::StubCalled;
use crate::engine::meter::Stopped;
use crate::limits::Limits;
#[cfg(feature = "wasi-http")]
use crate::limits::Unit;
use crate::outcome::Fault;
use crate::text;

/// The fault for a call that failed with this error.
pub(crate) fn fault(error: &wasmtime::Error, limits: &Limits) -> Fault {
    if let Some(stopped) = error.downcast_ref::<Stopped>() {
        return match *stopped {
            Stopped::Deadline(limit) => Fault::Deadline { limit },
            Stopped::Cpu(limit) => Fault::Cpu { limit },
        };
    }
    if let Some(exceeded) = error.downcast_ref::<Exceeded>() {
        let message = exceeded.to_string();
        return match exceeded {
            Exceeded::Memory(_) | Exceeded::Table(_) => Fault::Memory { message },
            // The memory that its neighbours use is not the node's fault.
            Exceeded::Shared(_) => Fault::Overloaded { message },
        };
    }
    if error.is::<PoolConcurrencyLimitError>() {
        return Fault::Overloaded {
            message: "the runtime has as many executions as it has room for".to_owned(),
        };
    }
    if let Some(exit) = error.downcast_ref::<I32Exit>() {
        return Fault::Trap {
            message: format!("the node called exit({})", exit.0),
        };
    }
    if let Some(called) = error.downcast_ref::<StubCalled>() {
        return Fault::Trap {
            message: text::message(&called.to_string()),
        };
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::StackOverflow) => Fault::Stack,
        Some(trap) => {
            let trap = trap.to_string();
            let what = trap.strip_prefix("wasm trap: ").unwrap_or(&trap);
            Fault::Trap {
                message: format!("the node trapped: {what}"),
            }
        }
        None if is::<ResourceTableError>(error, |error| {
            matches!(error, ResourceTableError::Full)
        }) =>
        {
            too_many(limits.handles, "handles", "handles")
        }
        #[cfg(feature = "wasi-http")]
        None if is::<FieldMapError>(error, |error| *error == FieldMapError::TotalSizeTooBig) => {
            too_many(
                Unit::Bytes.show(limits.egress.request_header_bytes),
                "of headers",
                "request-header-bytes",
            )
        }
        None => broken(
            &error.root_cause().to_string(),
            error.is::<WasmBacktrace>(),
            limits,
        ),
    }
}

/// Whether the chain holds an error of this type for which `kind` is true.
fn is<T: std::error::Error + 'static>(error: &wasmtime::Error, kind: fn(&T) -> bool) -> bool {
    let mut causes = error.chain().filter_map(|cause| cause.downcast_ref());
    causes.any(kind)
}

fn too_many(max: impl fmt::Display, what: &str, limit: &str) -> Fault {
    Fault::Memory {
        message: format!("the node wanted more than {max} {what} (limit `{limit}`)"),
    }
}

/// Errors that wasmtime has no type for, recognised by their messages. A guest
/// of the tests provokes each, so that a changed message is noticed. An error
/// that passed through wasm frames arose in a host call; any other with the
/// result.
fn broken(message: &str, in_host_call: bool, limits: &Limits) -> Fault {
    let counted = [
        (
            "instance count",
            limits.instances,
            "core instances",
            "instances",
        ),
        ("memory count", limits.memories, "memories", "memories"),
        ("table count", limits.tables, "tables", "tables"),
        (
            "handle limit exceeded",
            limits.handles,
            "handles",
            "handles",
        ),
    ];
    for (sign, max, what, name) in counted {
        if message.contains(sign) {
            return too_many(max, what, name);
        }
    }
    match message.contains("fuel allocated for hostcalls") {
        true if in_host_call => Fault::Trap {
            message: "the node handed the host too many bytes in one call".to_owned(),
        },
        true => Fault::ResultTooLarge {
            limit: limits.result,
        },
        false => Fault::Trap {
            message: text::message(&format!("the node broke the contract: {message}")),
        },
    }
}
