//! Why a solution could not be loaded, or a node's grants could not be read
//! from it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use hospes::files;
use hospes::json::JsonError;
use hospes::limits::LimitError;
use hospes::signature::SignatureError;

use crate::finding::Findings;
use crate::rule_template::TemplateError;

/// Why a solution file could not be loaded.
#[derive(Debug)]
#[non_exhaustive]
pub enum ReadError {
    /// The file can't be read.
    Io {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// It has faults.
    Findings(Findings),
}

impl ReadError {
    /// The text of a file.
    pub(crate) fn text_of(file: &Path) -> Result<String, ReadError> {
        files::read_text(file, files::TEXT).map_err(|error| ReadError::Io {
            path: file.to_owned(),
            error,
        })
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::Io { path, error } => write!(f, "can't read {}: {error}", path.display()),
            ReadError::Findings(findings) => findings.fmt(f),
        }
    }
}

/// The text includes the cause, and the variant has the cause itself.
impl std::error::Error for ReadError {}

/// Why a node's grants can't be determined.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GrantError {
    /// No node has that name.
    UnknownNode {
        /// The name given.
        name: String,
        /// The node with the most similar name.
        nearest: Option<String>,
        /// Every node.
        known: Vec<String>,
    },
    /// No environment has that name.
    UnknownEnvironment {
        /// The name given.
        name: String,
        /// The environment with the most similar name.
        nearest: Option<String>,
        /// Every environment.
        known: Vec<String>,
    },
    /// There are several environments, and none was named.
    WhichEnvironment {
        /// Every environment.
        known: Vec<String>,
    },
    /// A rule does not parse, or not with these params.
    Rule(TemplateError),
    /// A limit does not exist, or its value is invalid.
    Limit(LimitError),
    /// No rule names an origin that the secret could be sent to.
    Secret {
        /// The secret's name.
        name: String,
    },
    /// A header is for a secret that the node does not have.
    UnknownSecret {
        /// The name given.
        name: String,
    },
    /// The params can't be written as JSON.
    Params(JsonError),
    /// Saved grants can't be read.
    Saved(String),
    /// A file that the node needs can't be read.
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        message: String,
    },
    /// A file is not a golden case.
    Golden {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: JsonError,
    },
    /// A file contains something other than signatures.
    Signature {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// What is wrong with the line.
        error: SignatureError,
    },
}

impl fmt::Display for GrantError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GrantError::UnknownNode {
                name,
                nearest,
                known,
            } => unknown(f, "node", name, nearest.as_deref(), known),
            GrantError::UnknownEnvironment {
                name,
                nearest,
                known,
            } => unknown(f, "environment", name, nearest.as_deref(), known),
            GrantError::WhichEnvironment { known } => {
                write!(
                    f,
                    "there are several environments, name one: {}",
                    list(known)
                )
            }
            GrantError::Rule(error) => error.fmt(f),
            GrantError::Limit(error) => error.fmt(f),
            GrantError::Secret { name } => write!(
                f,
                "secret `{}` can't be sent anywhere: no rule names an origin that it may go to",
                name.escape_debug()
            ),
            GrantError::UnknownSecret { name } => {
                write!(f, "there is no secret `{}` to attach", name.escape_debug())
            }
            GrantError::Params(error) => write!(f, "the params are not JSON: {error}"),
            GrantError::Saved(message) => f.write_str(message),
            GrantError::Read { path, message } => {
                write!(f, "can't read {}: {message}", path.display())
            }
            GrantError::Golden { path, error } => write!(f, "{}: {error}", path.display()),
            GrantError::Signature { path, line, error } => {
                write!(f, "{}:{line}: {error}", path.display())
            }
        }
    }
}

/// The text includes the cause, and the variant has the cause itself.
impl std::error::Error for GrantError {}

fn unknown(
    f: &mut fmt::Formatter<'_>,
    what: &str,
    name: &str,
    nearest: Option<&str>,
    known: &[String],
) -> fmt::Result {
    write!(f, "no {what} is called `{}`", name.escape_debug())?;
    match nearest {
        Some(nearest) => write!(f, ": did you mean `{nearest}`?"),
        None if known.is_empty() => write!(f, ": there are none"),
        None => write!(f, ": expected one of {}", list(known)),
    }
}

fn list(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}
