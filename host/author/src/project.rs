//! What a path leads to: a node's folder, or its source.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::error::BuildError;
use crate::language::Language;

/// A node's sources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Project {
    pub(crate) language: Language,
    /// The node's folder. For a source by itself, the current one.
    pub(crate) dir: PathBuf,
    /// What else the folder's manifest says. A package of cargo says it to cargo.
    pub(crate) node: Option<Node>,
    /// Whether the folder is the node's own, so that what the node needs is in
    /// it.
    pub(crate) is_folder: bool,
}

/// A node that is made of one file and what that imports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) name: String,
    pub(crate) source: PathBuf,
    /// The engine for JavaScript.
    pub(crate) engine: Option<String>,
}

impl Project {
    /// Finds out what a path leads to.
    pub(crate) fn find(path: &Path) -> Result<Project, BuildError> {
        if path.is_file() {
            return source(path);
        }
        let has = |name: &str| path.join(name).is_file();
        let (language, node) = if has("Cargo.toml") {
            (Language::Rust, None)
        } else if has("pyproject.toml") {
            (Language::Python, Some(python(path)?))
        } else if has("package.json") {
            (Language::JavaScript, Some(javascript(path)?))
        } else {
            return Err(BuildError::NoNode(path.to_owned()));
        };
        Ok(Project {
            language,
            dir: path.to_owned(),
            node,
            is_folder: true,
        })
    }
}

fn source(path: &Path) -> Result<Project, BuildError> {
    let language = match path.extension().and_then(|end| end.to_str()) {
        Some("py") => Language::Python,
        Some("js" | "mjs" | "ts" | "mts") => Language::JavaScript,
        _ => return Err(BuildError::NotASource(path.to_owned())),
    };
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    Ok(Project {
        language,
        dir: PathBuf::from("."),
        node: Some(Node {
            name: stem.replace('_', "-"),
            source: path.to_owned(),
            engine: None,
        }),
        is_folder: false,
    })
}

/// What a `pyproject.toml` says.
fn python(dir: &Path) -> Result<Node, BuildError> {
    let file = dir.join("pyproject.toml");
    let table: toml::Table = read(&file)?
        .parse()
        .map_err(|error: toml::de::Error| manifest(&file, error.to_string().trim_end()))?;
    let text = |first: &str, path: &[&str]| {
        let mut keys = path.iter();
        keys.try_fold(table.get(first)?, |value, key| value.get(*key))?
            .as_str()
    };
    let name = text("project", &["name"])
        .ok_or_else(|| manifest(&file, "there is no `name` in [project]: add the node's"))?;
    let source = text("tool", &["hospes", "source"]).ok_or_else(|| {
        let says = "it does not say which file the node is in: add [tool.hospes] with \
                    source = \"FILE.py\", or name the file itself";
        manifest(&file, says)
    })?;
    node(dir, &file, name, source, None)
}

/// What a `package.json` says.
fn javascript(dir: &Path) -> Result<Node, BuildError> {
    let file = dir.join("package.json");
    let value: Value =
        serde_json::from_str(&read(&file)?).map_err(|error| manifest(&file, error.to_string()))?;
    let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str);
    let name =
        text("/name").ok_or_else(|| manifest(&file, "there is no \"name\": add the node's"))?;
    let source = text("/main").ok_or_else(|| {
        let says = "it does not say which file the node is in: add \"main\": \"FILE.js\", or name \
                    the file itself";
        manifest(&file, says)
    })?;
    node(dir, &file, name, source, text("/hospes/engine"))
}

fn node(
    dir: &Path,
    file: &Path,
    name: &str,
    source: &str,
    engine: Option<&str>,
) -> Result<Node, BuildError> {
    // It becomes the name of a file.
    if name.is_empty() || name.starts_with('.') || name.contains(['/', '\\']) {
        let says =
            format!("`{name}` can't be a node's name: use lowercase letters, digits and `-`");
        return Err(manifest(file, says));
    }
    let path = dir.join(source);
    if !path.is_file() {
        let says = format!("there is no file {}", path.display());
        return Err(manifest(file, says));
    }
    Ok(Node {
        name: name.to_owned(),
        source: path,
        engine: engine.map(str::to_owned),
    })
}

fn read(file: &Path) -> Result<String, BuildError> {
    fs::read_to_string(file).map_err(|error| manifest(file, format!("can't be read: {error}")))
}

fn manifest(file: &Path, says: impl Into<String>) -> BuildError {
    BuildError::Manifest(file.to_owned(), says.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_says_what_a_folder_is() {
        for (file, text, found) in [
            ("Cargo.toml", "", Ok((Language::Rust, None))),
            (
                "pyproject.toml",
                "[project]\nname = \"greet\"\n[tool.hospes]\nsource = \"node.py\"",
                Ok((Language::Python, Some(("greet", None)))),
            ),
            (
                "package.json",
                r#"{"name": "greet", "main": "node.py", "hospes": {"engine": "quickjs"}}"#,
                Ok((Language::JavaScript, Some(("greet", Some("quickjs"))))),
            ),
            (
                "pyproject.toml",
                "[project]\nname = \"x\"",
                Err("add [tool.hospes] with"),
            ),
            ("pyproject.toml", "[project\n", Err("line 1, column 9")),
            ("package.json", r#"{"name": "x"}"#, Err("add \"main\"")),
            (
                "package.json",
                r#"{"main": "node.py"}"#,
                Err("there is no \"name\""),
            ),
            (
                "package.json",
                r#"{"name": "@a/b", "main": "node.py"}"#,
                Err("`@a/b` can't be"),
            ),
            (
                "package.json",
                r#"{"name": "x", "main": "y.js"}"#,
                Err("there is no file"),
            ),
            ("package.json", "{", Err("line 1 column 1")),
            ("setup.py", "", Err("there is no node in")),
        ] {
            let dir = tempfile::tempdir().unwrap();
            fs::write(dir.path().join(file), text).unwrap();
            fs::write(dir.path().join("node.py"), "").unwrap();
            match (Project::find(dir.path()), found) {
                (Ok(project), Ok((language, node))) => {
                    assert_eq!(project.language, language, "{file}");
                    let project = project.node.map(|node| (node.name, node.engine));
                    let node = node.map(|(name, engine): (&str, Option<&str>)| {
                        (name.to_owned(), engine.map(str::to_owned))
                    });
                    assert_eq!(project, node, "{file}");
                }
                (Err(error), Err(message)) => {
                    let error = error.to_string();
                    assert!(error.contains(message), "{file} {text}: {error}");
                }
                (found, _) => panic!("{file} {text}: {found:?}"),
            }
        }
    }

    #[test]
    fn a_source_is_a_node_by_itself() {
        let dir = tempfile::tempdir().unwrap();
        for (file, found) in [
            ("braze_track.py", Some((Language::Python, "braze-track"))),
            ("greet.ts", Some((Language::JavaScript, "greet"))),
            ("greet.rs", None),
            ("greet", None),
        ] {
            let path = dir.path().join(file);
            fs::write(&path, "").unwrap();
            let project = Project::find(&path).ok();
            let project = project.map(|project| (project.language, project.node.unwrap().name));
            let found = found.map(|(language, name)| (language, name.to_owned()));
            assert_eq!(project, found, "{file}");
        }
    }
}
