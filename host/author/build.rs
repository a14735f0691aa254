//! Lists the files of the SDKs, which the crate carries whole.

use std::error::Error;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// What toolchains leave between the sources.
const LEFT_OUT: &[&str] = &["__pycache__", "node_modules"];

fn main() -> Result<(), Box<dyn Error>> {
    let sdk = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("sdk");
    let mut text = String::new();
    for (name, folder) in [("RUST", "rust"), ("PYTHON", "python"), ("JAVASCRIPT", "js")] {
        let root = sdk.join(folder);
        let mut files = Vec::new();
        list(&root, &mut files)?;
        files.sort();
        writeln!(text, "const {name}: &[File] = &[")?;
        for file in files {
            let path = file.strip_prefix(&root)?;
            // The same on every system.
            let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
            writeln!(text, "    ({:?}, include_str!({file:?})),", parts.join("/"))?;
        }
        text.push_str("];\n");
    }
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("sdk.rs"), text)?;
    Ok(())
}

/// The files below a folder. A folder that changes is listed again.
fn list(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={}", folder.display());
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if LEFT_OUT.contains(&&*name) || name.ends_with(".egg-info") {
            continue;
        }
        if path.is_dir() {
            list(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
