//! Bounds on a component that are checked before the compiler sees it.
//!
//! The compiler's work for most of a component is proportional to its bytes,
//! which the limit `component` bounds. Some things cost far more, so that a
//! file of a few kilobytes could keep a host busy for minutes or use up all its
//! memory:
//!
//! - in a core module ([`code`]): functions (kilobytes of memory for each four
//!   bytes), locals (fifty thousand in four bytes), blocks within blocks
//!   (quadratic), and variables that live through many blocks (a value for each
//!   variable in each block);
//! - between components ([`graph`]): components within components (quadratic),
//!   components that instantiate components that instantiate components
//!   (exponential), and functions that one component calls in another (code for
//!   every value in their types).
//!
//! For comparison: a Python interpreter of 18 MB, which is legitimate but
//! large, has 13 000 functions, 48 000 locals, 3 million blocks within blocks
//! and 2 million variables times blocks over all its functions. At each of
//! these bounds compiling takes seconds, not minutes.

mod code;
mod graph;
mod refused;
mod sum;
mod types;

use wasmparser::{BinaryReaderError, Parser, Payload, Validator, WasmFeatures};

use code::Code;
use graph::Graph;
pub(super) use refused::Refused;
use refused::too_many;

const MAX_NESTING: u32 = 100;

/// Refuses a component that is too costly to compile, or that can't be read.
pub(super) fn check(component: &[u8]) -> Result<(), Refused> {
    // More features than wasmtime supports: it refuses those itself. But
    // threads give a memory another type.
    let threads = WasmFeatures::THREADS | WasmFeatures::SHARED_EVERYTHING_THREADS;
    let features = WasmFeatures::all().difference(threads);
    let mut validator = Validator::new_with_features(features);
    let (mut code, mut graph) = (Code::default(), Graph::default());
    let mut nesting = 0_u32;
    for payload in Parser::new(0).parse_all(component) {
        let payload = payload?;
        match &payload {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => nesting += 1,
            Payload::End(_) => nesting = nesting.saturating_sub(1),
            Payload::FunctionSection(section) => code.functions(section.count())?,
            Payload::CodeSectionEntry(body) => code.body(body)?,
            _ => {}
        }
        let what = "components within each other";
        too_many(u64::from(nesting), u64::from(MAX_NESTING), what)?;
        graph.before(&payload, validator.types(0))?;
        // The compiler validates the bodies of functions.
        _ = validator.payload(&payload).map_err(invalid)?;
        graph.after(&payload, validator.types(0))?;
    }
    graph.check()
}

/// The message that wasmtime would give a little later.
fn invalid(error: BinaryReaderError) -> Refused {
    Refused(format!("failed to parse WebAssembly module: {error}"))
}
