//! What a component must not have too much of before the compiler sees it.
//!
//! Most of a component costs the compiler as much as it has bytes, and the
//! limit `component` bounds that. Some things cost far more, so that a file of
//! a few kilobytes could keep a host busy for minutes or take all its memory:
//!
//! - in a core module ([`code`]): functions (kilobytes of memory for each of
//!   four bytes), locals (fifty thousand in four bytes), blocks within blocks
//!   (their square), and variables that live through many blocks (a value for
//!   each in each);
//! - between components ([`graph`]): components within components (their
//!   square), components that instantiate components that instantiate
//!   components (a power), and functions that one component calls in another
//!   (code for every value that their types are made of).
//!
//! A Python interpreter of 18 MB, as an example of an honest giant, has 13 000
//! functions, 48 000 locals, 3 million blocks within blocks and 2 million
//! variables times blocks, all its functions together. At each of these bounds
//! compiling takes seconds, not minutes.

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

/// Refuses a component that would be a burden to compile, or that can't even
/// be read.
pub(super) fn check(component: &[u8]) -> Result<(), Refused> {
    // More than wasmtime has: what it has not, it refuses itself. But what
    // threads make of a memory is another type.
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
        // The bodies of functions are the compiler's to validate.
        _ = validator.payload(&payload).map_err(invalid)?;
        graph.after(&payload, validator.types(0))?;
    }
    graph.check()
}

/// In the words of wasmtime, which would say the same a little later.
fn invalid(error: BinaryReaderError) -> Refused {
    Refused(format!("failed to parse WebAssembly module: {error}"))
}
