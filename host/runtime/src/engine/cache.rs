//! Compiled components on disk.
//!
//! Compiled code is native code: whoever can put a file here can run anything
//! in the host. So a file is used only if its seal, a keyed BLAKE3 hash over
//! name and content, is right. The key is made with the directory, readable
//! for its owner only. Whatever is wrong with a file (cut off, flipped bits,
//! made by another version, another machine's CPU) means compiling again.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::hash::{Hash, Hasher};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use wasmtime::component::Component;

const SEAL: usize = blake3::OUT_LEN;
const KEY_FILE: &str = "key";

/// A directory of sealed, compiled components.
pub(crate) struct CompileCache {
    dir: PathBuf,
    key: [u8; 32],
    /// Tells apart what different engines compile.
    engine: u64,
}

impl CompileCache {
    /// Opens a directory, and makes it with a new key if it is not there.
    pub(crate) fn open(dir: &Path, engine: &wasmtime::Engine) -> Result<CompileCache, CacheError> {
        let failed = |error: io::Error| CacheError {
            path: dir.to_owned(),
            message: error.to_string(),
        };
        private_dir(dir).map_err(failed)?;
        let key = key(&dir.join(KEY_FILE)).map_err(failed)?;
        let mut hasher = std::hash::DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        Ok(CompileCache {
            dir: dir.to_owned(),
            key,
            engine: hasher.finish(),
        })
    }

    /// The component from its file if the seal is right; otherwise compiled,
    /// and kept for the next time. A cache that can't be written is no error.
    pub(crate) fn load_or_compile(
        &self,
        engine: &wasmtime::Engine,
        digest: &str,
        compile: impl FnOnce() -> wasmtime::Result<Component>,
    ) -> wasmtime::Result<Component> {
        let name = format!(
            "{}-{:016x}",
            digest.trim_start_matches("sha256:"),
            self.engine
        );
        if let Some(code) = self.read(&name)
            && let Ok(component) = trusted(engine, &code)
        {
            return Ok(component);
        }
        let component = compile()?;
        if let Ok(code) = component.serialize() {
            _ = self.write(&name, &code);
        }
        Ok(component)
    }

    fn read(&self, name: &str) -> Option<Vec<u8>> {
        let mut file = fs::read(self.dir.join(name)).ok()?;
        let code = file.len().checked_sub(SEAL)?;
        let seal: [u8; SEAL] = file.get(code..)?.try_into().ok()?;
        // `blake3::Hash` compares in constant time.
        if self.seal(name, file.get(..code)?) != blake3::Hash::from_bytes(seal) {
            return None;
        }
        file.truncate(code);
        Some(file)
    }

    /// Writes beside and renames: a reader sees the whole file or none, and of
    /// two writers one wins.
    fn write(&self, name: &str, code: &[u8]) -> io::Result<()> {
        let path = self.dir.join(name);
        let mut file = tempfile::NamedTempFile::new_in(&self.dir)?;
        file.write_all(code)?;
        file.write_all(self.seal(name, code).as_bytes())?;
        file.persist(&path)?;
        Ok(())
    }

    fn seal(&self, name: &str, code: &[u8]) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        hasher.update(&(name.len() as u64).to_le_bytes());
        hasher.update(name.as_bytes());
        hasher.update(code);
        hasher.finalize()
    }
}

/// Turns code into a component without looking at it.
#[expect(
    unsafe_code,
    reason = "the one place that loads compiled code; see the safety comment"
)]
fn trusted(engine: &wasmtime::Engine, code: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: `code` carried our seal, made with a key that only this user can
    // read, so it is what `Component::serialize` gave us, unchanged. That
    // engine and version fit is checked by `deserialize` itself.
    unsafe { Component::deserialize(engine, code) }
}

#[cfg(unix)]
fn private_dir(dir: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, MetadataExt};

    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)?;
    let metadata = fs::metadata(dir)?;
    if metadata.mode() & 0o022 != 0 {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "others can write to it; run `chmod 700` on it",
        ));
    }
    Ok(())
}

#[cfg(not(unix))]
fn private_dir(dir: &Path) -> io::Result<()> {
    fs::create_dir_all(dir)
}

/// Reads the directory's key, or makes it. Of two hosts that make it at the
/// same time, one wins and both use that one's.
fn key(path: &Path) -> io::Result<[u8; 32]> {
    if !path.exists() {
        let dir = path.parent().unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(dir)?;
        let halves = [uuid::Uuid::new_v4(), uuid::Uuid::new_v4()];
        let key = blake3::hash(&[*halves[0].as_bytes(), *halves[1].as_bytes()].concat());
        file.write_all(key.as_bytes())?;
        match file.persist_noclobber(path) {
            Ok(_) => {}
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error.error),
        }
    }
    let mut key = [0; 32];
    let mut file = OpenOptions::new().read(true).open(path)?;
    only_owner_reads(&file)?;
    io::Read::read_exact(&mut file, &mut key)?;
    Ok(key)
}

#[cfg(unix)]
fn only_owner_reads(file: &fs::File) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;

    if file.metadata()?.mode() & 0o077 != 0 {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "others can read its key; delete the directory",
        ));
    }
    Ok(())
}

#[cfg(not(unix))]
fn only_owner_reads(_file: &fs::File) -> io::Result<()> {
    Ok(())
}

/// Why a directory can't be a compile cache.
#[derive(Debug)]
pub struct CacheError {
    path: PathBuf,
    message: String,
}

impl fmt::Display for CacheError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.message)
    }
}

impl std::error::Error for CacheError {}
