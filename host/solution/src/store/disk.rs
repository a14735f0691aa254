//! The few operations that change a directory, so that tests can let the power
//! fail between any two of them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// What a store does to a disk. Each call may be the last.
pub(super) trait Disk: Send + Sync {
    /// Makes a new file that only its owner reads.
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;
    /// Forces a file's content to disk.
    fn sync(&self, path: &Path) -> io::Result<()>;
    /// Puts a file into its place, over whatever is there.
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
        options.write(true).create(true).truncate(true);
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

/// Puts a whole file into its place: after a crash there is the old one or
/// the new one.
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

fn unfinished(path: &Path) -> PathBuf {
    path.with_added_extension(UNFINISHED)
}

/// Whether a file is one that [`replace`] did not bring into its place.
pub(super) fn is_unfinished(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension == UNFINISHED)
}
