//! Keeping a directory of files within a size.

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// The age after which an unfinished file counts as abandoned.
const ABANDONED: Duration = Duration::from_secs(60 * 60);

/// Removes files, the least recently modified first, until the others have at
/// most `bytes` bytes together. `stays` is kept whatever its size, and so are
/// files that `own` does not recognise. Abandoned temporary files are removed.
///
/// # Errors
///
/// If the directory can't be read. A file that can't be removed stays.
pub(super) fn make_room(
    dir: &Path,
    bytes: u64,
    stays: &Path,
    own: impl Fn(&str) -> bool,
) -> io::Result<()> {
    let mut files: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        // Another process may have removed it.
        let Ok(metadata) = entry.metadata() else {
            continue;
        };
        let name = entry.file_name();
        if own(&name.to_string_lossy()) {
            files.push((modified(&metadata), metadata.len(), entry.path()));
        } else if name.to_string_lossy().starts_with(UNFINISHED) && is_abandoned(&metadata) {
            _ = fs::remove_file(entry.path());
        }
    }
    files.sort();
    let mut all: u64 = files.iter().map(|(_, length, _)| length).sum();
    for (_, length, path) in files {
        if all <= bytes {
            break;
        }
        if path != stays && fs::remove_file(&path).is_ok() {
            all -= length;
        }
    }
    Ok(())
}

/// The prefix of temporary files.
pub(super) const UNFINISHED: &str = ".unfinished-";

fn is_abandoned(metadata: &Metadata) -> bool {
    let age = SystemTime::now().duration_since(modified(metadata));
    age.is_ok_and(|age| age > ABANDONED)
}

fn modified(metadata: &Metadata) -> SystemTime {
    metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;

    #[test]
    fn what_was_used_longest_ago_goes_first() {
        for (bytes, left) in [
            (100, &["a", "b", "c", "key"][..]),
            (30, &["a", "b", "c", "key"]),
            (29, &["b", "c", "key"]),
            (10, &["c", "key"]),
            (0, &["c", "key"]),
        ] {
            let dir = tempfile::tempdir().unwrap();
            let names = ["a", "b", "c", "key", ".unfinished-new", ".unfinished-old"];
            let hours = [5, 4, 6, 9, 0, 2];
            for (name, hours) in names.iter().zip(hours) {
                let path = dir.path().join(name);
                fs::write(&path, [0; 10]).unwrap();
                let age = Duration::from_secs(hours * 60 * 60);
                let file = File::open(&path).unwrap();
                file.set_modified(SystemTime::now() - age).unwrap();
            }
            let own = |name: &str| ["a", "b", "c"].contains(&name);
            make_room(dir.path(), bytes, &dir.path().join("c"), own).unwrap();
            let entries = fs::read_dir(dir.path()).unwrap();
            let name = |entry: fs::DirEntry| entry.file_name().into_string().unwrap();
            let mut found: Vec<String> = entries.map(|entry| name(entry.unwrap())).collect();
            found.sort();
            assert_eq!(found.remove(0), ".unfinished-new");
            assert_eq!(found, left, "{bytes}");
        }
    }
}
