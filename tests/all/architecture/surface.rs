//! The public interface of the libraries, as a listing that reviews can read.
//!
//! `unreachable_pub` is a warning, and no warning passes: whatever is `pub` in the
//! sources can be reached from outside.

use std::fs;
use std::path::Path;

use super::imports::{code, sources};

const ITEMS: [&str; 10] = [
    "async fn ",
    "const ",
    "enum ",
    "fn ",
    "mod ",
    "static ",
    "struct ",
    "trait ",
    "type ",
    "use ",
];

/// Everything public in a file: items with their signatures, fields, the variants
/// of enums and the functions of traits.
fn public(code: &str) -> Vec<String> {
    let (mut items, mut inside) = (Vec::new(), "");
    let mut lines = code.lines();
    while let Some(line) = lines.next() {
        let item = line.trim();
        let rest = item.strip_prefix("pub ");
        let is_public = rest.is_some_and(|rest| ITEMS.iter().any(|word| rest.starts_with(word)));
        let is_field = rest.is_some_and(|rest| {
            let name = rest.split(':').next().unwrap_or_default();
            !is_public && rest.contains(": ") && !name.contains([' ', '('])
        });
        let indent = line.len() - item.len();
        let is_part = match inside {
            "enum" => indent == 4 && item.starts_with(|c: char| c.is_ascii_uppercase()),
            "trait" => indent == 4 && item.starts_with("fn "),
            _ => is_field,
        };
        if line == "}" {
            inside = "";
        }
        // Macros write some items: their lists are public as they are.
        if !(is_public || is_part) || item.contains('$') {
            continue;
        }
        let mut signature = item.to_owned();
        let ends: &[char] = match rest.and_then(|rest| rest.split(' ').next()) {
            Some("use") => &[';'],
            Some("const" | "static") => &['='],
            _ => &[';', '{', '='],
        };
        while (is_public || item.starts_with("fn ")) && !signature.contains(ends) {
            let Some(more) = lines.next() else { break };
            signature = format!("{signature} {}", more.trim());
        }
        if item.starts_with("pub enum ") || item.starts_with("pub trait ") {
            inside = if item.starts_with("pub enum ") {
                "enum"
            } else {
                "trait"
            };
        }
        let mut end = signature.find(ends).unwrap_or(signature.len());
        if item.starts_with("pub struct ") {
            end = end.min(signature.find('(').unwrap_or(end));
        }
        let shown = signature[..end].trim().trim_end_matches(',').trim();
        let shown = shown.replace("( ", "(").replace(", )", ")");
        let shown = shown.replace("{ ", "{").replace(", }", "}");
        items.push(if is_part {
            format!("    {shown}")
        } else {
            shown
        });
    }
    items
}

/// All of a crate, file by file.
fn listing(krate: &Path) -> String {
    let src = krate.join("src");
    let mut files = sources(&src);
    files.sort();
    let mut listing = String::new();
    for file in files {
        let name = file.strip_prefix(&src).unwrap().display().to_string();
        let items = public(&code(&file));
        if name.contains("tests") || name.contains("fuzz") || items.is_empty() {
            continue;
        }
        listing += &format!("\n{name}\n");
        for item in items {
            listing += &format!("    {item}\n");
        }
    }
    listing
}

#[test]
fn the_public_interface_is_the_one_that_is_written_down() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for name in [
        "author", "bench", "egress", "runtime", "solution", "deploy", "server",
    ] {
        let found = listing(&root.join("host").join(name));
        let file = root.join("docs/api").join(format!("{name}.txt"));
        if std::env::var_os("HOSPES_RENEW").is_some() {
            fs::write(&file, &found).unwrap();
        }
        let written = fs::read_to_string(&file).unwrap();
        let differs = found.lines().zip(written.lines()).find(|(a, b)| a != b);
        assert!(
            found == written,
            "docs/api/{name}.txt says something else, first here: {differs:?}. If the interface is meant to \
             change, write it down with `HOSPES_RENEW=1 cargo test --workspace --test all public_interface`"
        );
    }
}
