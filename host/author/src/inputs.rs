//! What a component is made of, as one digest: while it stays the same, nothing
//! has to be built again.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use blake3::Hasher;

/// Folders that hold no sources: what tools make, and what only tests read.
const LEFT_OUT: &[&str] = &[
    ".git",
    ".pytest_cache",
    ".venv",
    "__pycache__",
    "build",
    "golden",
    "node_modules",
    "target",
    "venv",
];

/// The digest of a folder's sources and of what else decides.
///
/// `None` if that can't be told from the folder: something in it is a link to
/// another folder.
pub(crate) fn digest(dir: &Path, else_: &[&[u8]]) -> io::Result<Option<String>> {
    let mut hasher = Hasher::new();
    for part in else_ {
        field(&mut hasher, part);
    }
    let mut files = Vec::new();
    if !list(dir, &mut files)? {
        return Ok(None);
    }
    files.sort();
    for file in files {
        let path = file.strip_prefix(dir).unwrap_or(&file);
        field(&mut hasher, path.as_os_str().as_encoded_bytes());
        field(&mut hasher, &fs::read(&file)?);
    }
    Ok(Some(hasher.finalize().to_hex().to_string()))
}

/// Its length comes first, so that fields can't run into each other.
fn field(hasher: &mut Hasher, bytes: &[u8]) {
    hasher.update(&(bytes.len() as u64).to_le_bytes());
    hasher.update(bytes);
}

/// The files below a folder. Returns false if they may not be all.
fn list(dir: &Path, files: &mut Vec<PathBuf>) -> io::Result<bool> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let (path, kind) = (entry.path(), entry.file_type()?);
        if LEFT_OUT.contains(&&*entry.file_name().to_string_lossy()) {
            continue;
        }
        if kind.is_symlink() && path.is_dir() {
            return Ok(false);
        }
        if kind.is_dir() {
            if !list(&path, files)? {
                return Ok(false);
            }
        } else if path.is_file() {
            files.push(path);
        }
    }
    Ok(true)
}

/// Where the digest is kept, beside the component.
fn stamp(component: &Path) -> PathBuf {
    let name = component.file_stem().unwrap_or_default().to_string_lossy();
    component.with_file_name(format!(".{name}.inputs"))
}

/// Whether the component is what these inputs make: nobody has touched it since.
pub(crate) fn made(component: &Path, inputs: &str) -> bool {
    let Ok(bytes) = fs::read(component) else {
        return false;
    };
    fs::read_to_string(stamp(component)).is_ok_and(|found| found == line(inputs, &bytes))
}

/// Keeps what a component was made of. If it can't be kept, the next build does
/// more.
pub(crate) fn keep(component: &Path, inputs: &str) {
    if let Ok(bytes) = fs::read(component) {
        _ = fs::write(stamp(component), line(inputs, &bytes));
    }
}

fn line(inputs: &str, component: &[u8]) -> String {
    format!("{inputs} {}\n", blake3::hash(component).to_hex())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_component_is_made_of_changes_the_digest_and_nothing_else_does() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let digest = || digest(dir.path(), &[b"python 3.14"]).unwrap().unwrap();
        write("node.py", "1");
        let mut last = digest();
        for (name, text, changes) in [
            ("node.py", "2", true),
            ("lib/more.py", "", true),
            ("vendor/hospes-node/__init__.py", "", true),
            ("build/node.wasm", "", false),
            ("golden/greets.json", "", false),
            ("lib/__pycache__/more.pyc", "", false),
            ("node_modules/x/index.js", "", false),
        ] {
            write(name, text);
            let now = digest();
            assert_eq!(now != last, changes, "{name}");
            last = now;
        }
        assert_ne!(
            super::digest(dir.path(), &[b"python 3.15"]).unwrap(),
            Some(last)
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_leads_elsewhere_has_no_digest() {
        let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::os::unix::fs::symlink(other.path(), dir.path().join("lib")).unwrap();
        assert_eq!(digest(dir.path(), &[]).unwrap(), None);
    }

    #[test]
    fn a_component_that_somebody_touched_is_built_again() {
        let dir = tempfile::tempdir().unwrap();
        let component = dir.path().join("greet.wasm");
        assert!(!made(&component, "abc"));
        fs::write(&component, "1").unwrap();
        keep(&component, "abc");
        assert!(made(&component, "abc"));
        assert!(!made(&component, "xyz"));
        fs::write(&component, "2").unwrap();
        assert!(!made(&component, "abc"));
    }
}
