//! From a configured component to compiled code: that of another node, out of
//! the cache, or newly compiled.

use std::sync::Arc;

use hospes_egress::digest::{self, Digest};

use crate::engine::{Code, CompileError, Engine};
use crate::revision::{LoadError, NodeConfig};
use crate::signature::SignatureError;

/// The code of a component that compiled; nothing else has been checked.
pub(super) struct Compiled {
    pub(super) code: Arc<Code>,
    pub(super) digest: String,
    pub(super) size: u64,
}

/// Takes the component from a node that uses it or from the cache, or compiles
/// it.
pub(super) fn compiled(engine: &Engine, config: &NodeConfig) -> Result<Compiled, LoadError> {
    let (source, limits) = (&config.component, &config.limits);
    let (content, size) = source.content(limits.component)?;
    if let Some(code) = engine.compiled(content) {
        return Ok(Compiled {
            digest: required(&code.digest, config)?,
            code,
            size,
        });
    }
    // Read again: the bytes that are compiled are those that are hashed, even
    // if the file has changed meanwhile.
    let bytes = source.read(limits.component)?;
    let digest = digest::sha256(&bytes);
    let shown = required(&digest, config)?;
    is_component(&bytes)?;
    let code = engine.compile(&bytes, digest, limits.compile);
    Ok(Compiled {
        code: code.map_err(refused)?,
        digest: shown,
        size: bytes.len() as u64,
    })
}

/// The digest as text, if it is the one that the operator requires and a
/// trusted key has signed it.
fn required(digest: &Digest, config: &NodeConfig) -> Result<String, LoadError> {
    demanded(digest::show(digest), config)
}

/// Checks a digest that is text already.
pub(super) fn demanded(found: String, config: &NodeConfig) -> Result<String, LoadError> {
    // A signature without a key to check it is a mistake.
    if config.keys.is_empty() && !config.signatures.is_empty() {
        return Err(LoadError::Signature(SignatureError::NoKey));
    }
    let demands = config.demands();
    demands.met(&found, &config.signatures, &config.signed())?;
    Ok(found)
}

/// Refuses files that are not components before the compiler sees them.
fn is_component(bytes: &[u8]) -> Result<(), LoadError> {
    let what = match bytes {
        [0, b'a', b's', b'm', 0x0d, 0, 1, 0, ..] => return Ok(()),
        [0, b'a', b's', b'm', 1, 0, 0, 0, ..] => {
            "it is a core WebAssembly module; build it for the target wasm32-wasip2"
        }
        _ if wasmtime::Engine::detect_precompiled(bytes).is_some() => {
            "it is compiled native code, which can't be checked"
        }
        [] => "it is empty",
        _ => "it is not a WebAssembly file",
    };
    Err(LoadError::NotAComponent(what))
}

fn refused(error: CompileError) -> LoadError {
    match error {
        CompileError::Component(message) => LoadError::Compile(message),
        CompileError::Late(limit) => LoadError::CompileTime { limit },
        CompileError::Busy(others) => LoadError::CompilerBusy { others },
        CompileError::Thread(error) => LoadError::Thread(error),
        CompileError::Program(error) => LoadError::Compiler(error),
        CompileError::Ended(memory) => LoadError::CompileMemory { limit: memory },
    }
}
