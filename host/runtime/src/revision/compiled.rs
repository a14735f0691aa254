//! From what an operator names to compiled code: out of the cache, or freshly
//! compiled.

use std::sync::Arc;

use wasmtime::component::Component;

use crate::digest::{self, Digest};
use crate::engine::{CompileError, Engine};
use crate::limits::Limits;
use crate::revision::{LoadError, NodeConfig};

/// A component that is the one that the operator named; nothing of it has run.
pub(super) struct Identified {
    /// The digest as people write it.
    pub(super) shown: String,
    pub(super) size: u64,
    found: Found,
}

enum Found {
    Compiled(Component),
    Bytes(Arc<Vec<u8>>, Digest),
}

/// Takes the component from the cache, or reads it.
pub(super) fn identify(engine: &Engine, config: &NodeConfig) -> Result<Identified, LoadError> {
    let (source, limit) = (&config.component, config.limits.component);
    if engine.has_cache() {
        let (content, size) = source.content(limit)?;
        if let Some((component, digest)) = engine.kept(&content) {
            return Ok(Identified {
                shown: required(&digest, config)?,
                size,
                found: Found::Compiled(component),
            });
        }
    }
    // Read anew: what is compiled is what was hashed, whatever has become of
    // the file meanwhile.
    let bytes = source.read(limit)?;
    let digest = digest::digest(&bytes);
    Ok(Identified {
        shown: required(&digest, config)?,
        size: bytes.len() as u64,
        found: Found::Bytes(bytes, digest),
    })
}

impl Identified {
    /// Its code, in no more time than the limits say.
    pub(super) fn compile(self, engine: &Engine, limits: &Limits) -> Result<Component, LoadError> {
        match self.found {
            Found::Compiled(component) => Ok(component),
            Found::Bytes(bytes, digest) => {
                is_component(&bytes)?;
                let compiled = engine.compile(&bytes, &digest, limits.compile);
                compiled.map_err(refused)
            }
        }
    }
}

/// The digest as people write it, if it is the one that the operator requires.
fn required(digest: &Digest, config: &NodeConfig) -> Result<String, LoadError> {
    let found = digest::show(digest);
    match &config.digest {
        Some(expected) if *expected != found => Err(LoadError::Digest {
            expected: expected.clone(),
            found,
        }),
        _ => Ok(found),
    }
}

/// Refuses what is no component before the compiler sees it.
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
        _ => "it is no WebAssembly",
    };
    Err(LoadError::NotAComponent(what))
}

fn refused(error: CompileError) -> LoadError {
    match error {
        CompileError::Component(message) => LoadError::Compile(message),
        CompileError::Late(limit) => LoadError::CompileTime { limit },
        CompileError::Busy(abandoned) => LoadError::CompilerBusy { abandoned },
        CompileError::Thread(error) => LoadError::Thread(error),
    }
}
