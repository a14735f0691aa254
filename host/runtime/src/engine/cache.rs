//! Compiled components on disk.
//!
//! Compiled code is native code: anyone who can write a file here can run code
//! in the host. So a file is used only if its seal, a keyed BLAKE3 hash over
//! name and content, is correct. The key is made together with the directory,
//! and only its owner can read it. A file with any defect (cut off, flipped
//! bits, made by another version or for another CPU) is compiled again.
//!
//! A file is found by the component's BLAKE3 hash, which is fast to compute. It
//! also stores the component's SHA-256 digest, which is slow to compute, under
//! the same seal. Using a file updates its time: when there are too many, the
//! least recently used ones are removed.
//!
//! | bytes | what |
//! | --- | --- |
//! | all but the last 64 | the code, as wasmtime serializes it |
//! | 32 | the component's SHA-256 |
//! | 32 | the seal |

use std::fmt;
use std::fs::{self, File};
use std::hash::{Hash, Hasher};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use hospes_egress::digest::Digest;
use wasmtime::component::Component;

use crate::engine::room::{UNFINISHED, make_room};
use crate::files;

const SEAL: usize = blake3::OUT_LEN;
const TAIL: usize = SHA256 + SEAL;
const SHA256: usize = 32;
const KEY_FILE: &str = "key";

/// A directory of sealed, compiled components.
pub(crate) struct CompileCache {
    dir: PathBuf,
    key: [u8; 32],
    /// Separates the files of different engines.
    engine: u64,
    /// How many bytes the files may have together.
    room: u64,
}

impl CompileCache {
    /// Opens a directory, or makes it with a new key if it does not exist.
    pub(crate) fn open(
        dir: &Path,
        room: u64,
        engine: &wasmtime::Engine,
    ) -> Result<CompileCache, CacheError> {
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
            room,
        })
    }

    /// The component with this content and its digest, if its file exists and
    /// the seal is correct.
    pub(crate) fn find(
        &self,
        engine: &wasmtime::Engine,
        content: &blake3::Hash,
    ) -> Option<(Component, Digest)> {
        let name = self.name(content);
        let path = self.dir.join(&name);
        let mut file = files::open_own(&path).ok()?;
        let digest = self.sealed(&name, &mut file).ok()??;
        let component = trusted(engine, Code::Sealed(&file, &path)).ok()?;
        _ = file.set_modified(SystemTime::now());
        Some((component, digest))
    }

    /// Counts as a use of this component.
    pub(crate) fn touch(&self, content: &blake3::Hash) {
        if let Ok(file) = files::open_own(&self.dir.join(self.name(content))) {
            _ = file.set_modified(SystemTime::now());
        }
    }

    /// Stores a component for the next time. A cache that can't be written only
    /// costs time.
    pub(crate) fn keep(&self, content: &blake3::Hash, digest: &Digest, component: &Component) {
        if let Ok(code) = component.serialize() {
            self.keep_code(content, digest, &code);
        }
    }

    fn keep_code(&self, content: &blake3::Hash, digest: &Digest, code: &[u8]) {
        _ = self.write(&self.name(content), code, digest);
    }

    fn name(&self, content: &blake3::Hash) -> String {
        format!("{content}-{:016x}", self.engine)
    }

    /// The digest in a file whose seal is correct.
    fn sealed(&self, name: &str, file: &mut File) -> io::Result<Option<Digest>> {
        let Some(code) = file.metadata()?.len().checked_sub(TAIL as u64) else {
            return Ok(None);
        };
        let (mut digest, mut seal) = ([0; SHA256], [0; SEAL]);
        let mut hasher = self.hasher(name);
        hasher.update_reader(file.take(code))?;
        file.read_exact(&mut digest)?;
        file.read_exact(&mut seal)?;
        hasher.update(&digest);
        // `blake3::Hash` compares in constant time.
        let right = hasher.finalize() == blake3::Hash::from_bytes(seal);
        Ok(right.then_some(digest))
    }

    /// Writes a temporary file and renames it: a reader sees the whole file or
    /// none, and of two writers one wins. An existing file is never written to,
    /// since a component that was loaded from it runs from it.
    fn write(&self, name: &str, code: &[u8], digest: &Digest) -> io::Result<()> {
        let path = self.dir.join(name);
        let mut file = unfinished(&self.dir)?;
        let seal = self.hasher(name).update(code).update(digest).finalize();
        file.write_all(code)?;
        file.write_all(digest)?;
        file.write_all(seal.as_bytes())?;
        read_only(file.as_file())?;
        file.persist(&path)?;
        make_room(&self.dir, self.room, &path, is_ours)
    }

    fn hasher(&self, name: &str) -> blake3::Hasher {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        hasher.update(&(name.len() as u64).to_le_bytes());
        hasher.update(name.as_bytes());
        hasher
    }
}

/// Code that a process of this host has compiled. It is stored if there is a
/// cache, and loaded from there, so that it is mapped from the first time on.
pub(super) fn load(
    cache: Option<&CompileCache>,
    engine: &wasmtime::Engine,
    bytes: &[u8],
    digest: &Digest,
    code: &[u8],
) -> wasmtime::Result<Component> {
    if let Some(cache) = cache {
        let content = blake3::hash(bytes);
        cache.keep_code(&content, digest, code);
        if let Some((component, _)) = cache.find(engine, &content) {
            return Ok(component);
        }
    }
    trusted(engine, Code::Compiled(code))
}

/// Native code by its origin.
enum Code<'a> {
    /// The content of a file whose seal is correct.
    Sealed(&'a File, &'a Path),
    /// The output of a compiler process that we started.
    Compiled(&'a [u8]),
}

/// Turns code into a component without validating it.
///
/// The code in a file is not copied: the file is mapped, which is most of what
/// makes a load from the cache fast. Like a shared library it must then not
/// change, and like a shared library only its owner can change it: only this
/// user can write to the directory, the file is read-only, and the cache itself
/// replaces files and never writes to one.
#[expect(
    unsafe_code,
    reason = "the one place that loads compiled code; see the safety comment"
)]
fn trusted(engine: &wasmtime::Engine, code: Code<'_>) -> wasmtime::Result<Component> {
    match code {
        Code::Sealed(file, path) => {
            // The very file whose seal was read, even if its name was reused.
            let path = by_descriptor(file).unwrap_or_else(|| path.to_owned());
            // SAFETY: `file` carried our seal, made with a key that only this
            // user can read, so it is what `Component::serialize` or a compiler
            // of ours produced, unchanged. `deserialize_file` itself checks
            // that engine and version fit. The comment above says why the file
            // does not change.
            unsafe { Component::deserialize_file(engine, path) }
        }
        Code::Compiled(code) => {
            // SAFETY: `code` came over a pipe that only the compiler holds, and
            // the compiler is the program that the host named for it, which we
            // started for this one component: the same compiler that would
            // otherwise run here, and trusted to turn any input into sound
            // code. `deserialize` itself checks that engine and version fit.
            unsafe { Component::deserialize(engine, code) }
        }
    }
}

/// Another name for an open file, where the system has such names.
#[cfg(unix)]
fn by_descriptor(file: &File) -> Option<PathBuf> {
    use std::os::fd::AsRawFd;

    let path = PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()));
    path.exists().then_some(path)
}

#[cfg(not(unix))]
fn by_descriptor(_file: &File) -> Option<PathBuf> {
    None
}

/// Whether a file has a name that [`CompileCache::name`] makes: the directory
/// may hold other files.
fn is_ours(name: &str) -> bool {
    let is_hex = |text: &str, length| {
        text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    name.split_once('-')
        .is_some_and(|(content, engine)| is_hex(content, 64) && is_hex(engine, 16))
}

/// A new temporary file.
fn unfinished(dir: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(UNFINISHED).tempfile_in(dir)
}

#[cfg(unix)]
fn read_only(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;

    file.set_permissions(fs::Permissions::from_mode(0o400))
}

/// A read-only file could not be replaced on this system.
#[cfg(not(unix))]
fn read_only(_file: &File) -> io::Result<()> {
    Ok(())
}

fn private_dir(dir: &Path) -> io::Result<()> {
    let metadata = files::own_dir(dir)?;
    if is_open(&metadata, 0o022) {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "others can write to it; run `chmod 700` on it",
        ));
    }
    Ok(())
}

#[cfg(unix)]
fn is_open(metadata: &fs::Metadata, mode: u32) -> bool {
    std::os::unix::fs::MetadataExt::mode(metadata) & mode != 0
}

#[cfg(not(unix))]
fn is_open(_: &fs::Metadata, _: u32) -> bool {
    false
}

/// Reads the directory's key, or makes it. If two hosts make it at the same
/// time, one wins and both use its key.
fn key(path: &Path) -> io::Result<[u8; 32]> {
    if !path.exists() {
        let dir = path.parent().unwrap_or(Path::new("."));
        let mut file = unfinished(dir)?;
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(io::Error::other)?;
        file.write_all(&key)?;
        match file.persist_noclobber(path) {
            Ok(_) => {}
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error.error),
        }
    }
    let mut key = [0; 32];
    let mut file = files::open_own(path)?;
    if is_open(&file.metadata()?, 0o077) {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "others can read its key; delete the directory",
        ));
    }
    file.read_exact(&mut key)?;
    Ok(key)
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

#[cfg(test)]
mod tests {
    use wasmtime::{Config, Engine};

    use super::*;

    const ROOM: u64 = 1 << 20;
    const EMPTY: &[u8] = b"\0asm\x0d\0\x01\0";

    #[test]
    fn what_another_engine_compiled_is_compiled_again() {
        let dir = tempfile::tempdir().unwrap();
        let (content, digest) = (blake3::hash(EMPTY), [7; SHA256]);
        let ticking = Engine::new(Config::new().epoch_interruption(true)).unwrap();
        let endless = Engine::new(Config::new().epoch_interruption(false)).unwrap();
        let open = |engine| CompileCache::open(dir.path(), ROOM, engine).unwrap();
        let component = Component::from_binary(&endless, EMPTY).unwrap();
        open(&endless).keep(&content, &digest, &component);

        let (_, found) = open(&endless).find(&endless, &content).unwrap();
        assert_eq!(found, digest);
        assert!(open(&ticking).find(&ticking, &content).is_none());

        // Not even under the name that the other engine looks for.
        let (from, to) = (open(&endless).name(&content), open(&ticking).name(&content));
        fs::rename(dir.path().join(from), dir.path().join(to)).unwrap();
        assert!(open(&ticking).find(&ticking, &content).is_none());
    }

    #[test]
    fn only_what_the_cache_wrote_is_its_own() {
        let dir = tempfile::tempdir().unwrap();
        let engine = Engine::default();
        let cache = CompileCache::open(dir.path(), ROOM, &engine).unwrap();
        let name = cache.name(&blake3::hash(EMPTY));
        assert!(is_ours(&name), "{name}");
        for other in [
            "key",
            "thesis.tex",
            "-",
            &name[1..],
            &name.replace('-', "_"),
        ] {
            assert!(!is_ours(other), "{other}");
        }
    }

    #[test]
    fn what_is_sealed_and_is_no_code_for_this_engine_is_compiled_again() {
        let dir = tempfile::tempdir().unwrap();
        let engine = Engine::default();
        let cache = CompileCache::open(dir.path(), ROOM, &engine).unwrap();
        let content = blake3::hash(EMPTY);
        let other = Engine::new(Config::new().epoch_interruption(true)).unwrap();
        let foreign = Component::from_binary(&other, EMPTY).unwrap();
        for code in [
            b"".to_vec(),
            b"no code".to_vec(),
            foreign.serialize().unwrap(),
        ] {
            cache
                .write(&cache.name(&content), &code, &[0; SHA256])
                .unwrap();
            assert!(cache.find(&engine, &content).is_none());
        }
    }
}
