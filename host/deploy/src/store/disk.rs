//! The few operations that change a directory, so that tests can let the power
//! fail between any two of them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use hospes::files;

/// The operations of a store on a disk. Each call may be the last one before a
/// crash.
pub(super) trait Disk: Send + Sync {
    /// Creates a file that only its owner can read. Fails if it exists.
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;
    /// Forces a file's content to disk.
    fn sync(&self, path: &Path) -> io::Result<()>;
    /// Renames a file, replacing the target.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Forces a directory's entries to disk.
    fn sync_dir(&self, dir: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;
}

/// The file system.
pub(super) struct RealDisk;

impl Disk for RealDisk {
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(path)?.write_all(bytes)
    }

    fn sync(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_data()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        if cfg!(unix) {
            File::open(dir)?.sync_all()?;
        }
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }
}

/// Replaces a file as a whole: after a crash, it is the old one or the new one.
/// Of two at once, each writes its own file, and the one that is renamed last
/// stays.
pub(super) fn replace(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let unfinished = unfinished(path);
    let written = disk
        .write(&unfinished, bytes)
        .and_then(|()| disk.sync(&unfinished))
        .and_then(|()| disk.rename(&unfinished, path));
    if let Err(error) = written {
        _ = disk.remove(&unfinished);
        return Err(error);
    }
    disk.sync_dir(path.parent().unwrap_or(Path::new(".")))
}

const UNFINISHED: &str = "unfinished";

/// A name that no other file has: only one process uses the directory, and what
/// an earlier one left behind is removed when the store is opened.
fn unfinished(path: &Path) -> PathBuf {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Relaxed);
    path.with_added_extension(number.to_string())
        .with_added_extension(UNFINISHED)
}

/// Whether a file is one that [`replace`] did not rename.
pub(super) fn is_unfinished(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension == UNFINISHED)
}

/// Creates a directory that only this user can access.
pub(super) fn private_dir(dir: &Path) -> io::Result<()> {
    let metadata = files::own_dir(dir)?;
    if is_open(&metadata) {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "other users can access it: run `chmod 700` on it",
        ));
    }
    Ok(())
}

#[cfg(unix)]
fn is_open(metadata: &fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::mode(metadata) & 0o077 != 0
}

#[cfg(not(unix))]
fn is_open(_: &fs::Metadata) -> bool {
    false
}
