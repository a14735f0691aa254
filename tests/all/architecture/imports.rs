//! Which file imports which: a small reader of `use` lines and paths.
//!
//! It knows what the sources here are written in: `use` with braces, paths that
//! begin with `crate`, `super` or `self`, and re-exports, which are followed to
//! where a name is defined. Tests are left out: they may know everything.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A module by its path in its crate; the root's is empty.
pub(super) type Module = Vec<String>;

/// What each file imports from others of its crate.
pub(super) type Imports = BTreeMap<Module, BTreeSet<Module>>;

/// The Rust sources below a directory.
pub(super) fn sources(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// The code of a file: no comments, no tests.
pub(super) fn code(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap();
    let text = text.split("\nmod tests {").next().unwrap();
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .fold(String::new(), |code, line| code + line + "\n")
}

/// Reads all files of a crate.
pub(super) fn imports(src: &Path) -> Imports {
    let files = sources(src);
    let files = files.iter().filter_map(|file| {
        let mut module: Module = file
            .strip_prefix(src)
            .unwrap()
            .with_extension("")
            .iter()
            .map(|part| part.to_str().unwrap().to_owned())
            .collect();
        if module.iter().any(|part| part == "tests") {
            return None;
        }
        if matches!(module.last().unwrap().as_str(), "mod" | "lib" | "main") {
            module.pop();
        }
        Some((module, Source::read(&code(file))))
    });
    let known = Crate(files.collect());
    let of = |module: &Module| {
        let source = &known.0[module];
        let used = source.uses.iter().filter(|used| used.counts(source));
        let paths = used.map(|used| &used.path).chain(&source.paths);
        let files = paths.filter_map(|path| known.file(known.absolute(module, path)?, 0));
        files.filter(|file| file != module).collect()
    };
    known
        .0
        .keys()
        .map(|module| (module.clone(), of(module)))
        .collect()
}

/// Files that reach each other by their imports.
pub(super) fn circles(imports: &Imports) -> BTreeSet<Vec<String>> {
    let reached = |from: &Module| {
        let (mut reached, mut open) = (BTreeSet::new(), vec![from]);
        while let Some(module) = open.pop() {
            for next in &imports[module] {
                if reached.insert(next) {
                    open.push(next);
                }
            }
        }
        reached
    };
    let reached: BTreeMap<_, _> = imports.keys().map(|from| (from, reached(from))).collect();
    let in_circle = imports
        .keys()
        .filter(|module| reached[module].contains(module));
    in_circle
        .map(|module| {
            let all = reached[module]
                .iter()
                .filter(|other| reached[*other].contains(module));
            all.map(|module| module.join("/")).collect()
        })
        .collect()
}

struct Source {
    uses: Vec<Use>,
    /// Paths in the code itself.
    paths: Vec<Vec<String>>,
    code: String,
}

struct Use {
    public: bool,
    path: Vec<String>,
}

impl Use {
    /// Whether it is an import: a re-export is none, unless the code says its
    /// name.
    fn counts(&self, source: &Source) -> bool {
        let name = self.path.last().unwrap();
        !self.public || words(&source.code).any(|word| word == name)
    }
}

impl Source {
    fn read(text: &str) -> Source {
        let mut source = Source {
            uses: Vec::new(),
            paths: Vec::new(),
            code: String::new(),
        };
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            let trimmed = line.trim();
            let (visible, rest) = match trimmed.strip_prefix("pub") {
                Some(rest) => (
                    true,
                    rest.split_once("use ").filter(|(scope, _)| is_scope(scope)),
                ),
                None => (
                    false,
                    trimmed
                        .split_once("use ")
                        .filter(|(scope, _)| scope.is_empty()),
                ),
            };
            let Some((_, first)) = rest else {
                if !trimmed.ends_with(';') || !trimmed.contains("mod ") {
                    source.code += line;
                    source.code += "\n";
                }
                continue;
            };
            let mut statement = first.to_owned();
            while !statement.contains(';') {
                statement += lines.next().unwrap();
            }
            let tree: String = statement.split(';').next().unwrap().to_owned();
            source
                .uses
                .extend(expand(&tree).into_iter().map(|path| Use {
                    public: visible,
                    path: path.split("::").map(str::to_owned).collect(),
                }));
        }
        source.paths = paths(&source.code);
        source
    }
}

fn is_scope(text: &str) -> bool {
    text.trim().is_empty() || (text.starts_with('(') && text.trim().ends_with(')'))
}

/// The paths of a tree: `a::{b, c::{self, d}}` is three.
fn expand(tree: &str) -> Vec<String> {
    let tree = tree.trim();
    let Some((head, rest)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap().trim();
        return vec![path.trim_end_matches("::self").to_owned()];
    };
    let (inner, _) = rest.rsplit_once('}').unwrap();
    let (mut depth, mut parts) = (0, vec![String::new()]);
    for char in inner.chars() {
        match char {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        parts.last_mut().unwrap().push(char);
    }
    let parts = parts.iter().filter(|part| !part.trim().is_empty());
    let whole = |part: &String| {
        expand(part)
            .into_iter()
            .map(|path| format!("{}{path}", head.trim()))
    };
    parts
        .flat_map(whole)
        .map(|path| path.trim_end_matches("::self").to_owned())
        .collect()
}

fn is_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|char| !is_word(char))
}

/// Paths that begin with `crate` or `super`, anywhere in the code.
fn paths(code: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for start in ["crate::", "super::"] {
        for (at, _) in code.match_indices(start) {
            let before = code[..at].chars().next_back();
            if before.is_some_and(|char| is_word(char) || char == ':' || char == '$') {
                continue;
            }
            let end = code[at..]
                .find(|char| !is_word(char) && char != ':')
                .map_or(code.len(), |end| at + end);
            let path = code[at..end].trim_end_matches(':');
            found.push(path.split("::").map(str::to_owned).collect());
        }
    }
    found
}

/// All files of a crate.
struct Crate(BTreeMap<Module, Source>);

impl Crate {
    /// A path from the crate's root; nothing for another crate's.
    fn absolute(&self, from: &Module, path: &[String]) -> Option<Vec<String>> {
        let mut base = from.clone();
        let mut rest = path;
        match path[0].as_str() {
            "crate" => return Some(path[1..].to_vec()),
            "self" => rest = &rest[1..],
            "super" => {
                while rest.first().is_some_and(|part| part == "super") {
                    base.pop();
                    rest = &rest[1..];
                }
            }
            child => {
                let child = [from.as_slice(), &[child.to_owned()]].concat();
                self.0.get(&child)?;
            }
        }
        base.extend_from_slice(rest);
        Some(base)
    }

    /// The file that has what a path names.
    fn file(&self, path: Vec<String>, depth: usize) -> Option<Module> {
        assert!(depth < 10, "{path:?} is re-exported in a circle");
        let mut end = path.len();
        while !self.0.contains_key(&path[..end]) {
            end -= 1;
        }
        let module = path[..end].to_vec();
        let Some(name) = path.get(end) else {
            return Some(module);
        };
        let mut uses = self.0[&module].uses.iter().filter(|used| used.public);
        match uses.find(|used| used.path.last() == Some(name)) {
            Some(used) => self.file(self.absolute(&module, &used.path)?, depth + 1),
            None => Some(module),
        }
    }
}
