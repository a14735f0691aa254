//! Why a component was refused.

use std::fmt;
use std::io;
use std::path::PathBuf;

use wasmtime::component::Component;

use crate::egress::GrantError;
use crate::limits::{LimitError, Unit};
use crate::outcome::Fault;
use crate::protection::ProtectionError;
use crate::retry::RetryError;
use crate::secret::SecretError;
use crate::signature::SignatureError;

/// Why a node could not be loaded. Whatever was loaded under its name before
/// goes on serving.
#[derive(Debug)]
#[non_exhaustive]
pub enum LoadError {
    /// The file can't be read.
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// The component is larger than the limit `component`.
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// It is something else; holds what.
    NotAComponent(&'static str),
    /// It is not the component that the operator named.
    Digest {
        /// The operator's.
        expected: String,
        /// The component's.
        found: String,
    },
    /// It does not validate or compile.
    Compile(String),
    /// It imports what this host does not grant; holds the names.
    Import(Vec<String>),
    /// It does not export what this host calls.
    Export(String),
    /// It can't be instantiated: it traps, takes too long or wants too much
    /// before anything is asked of it.
    Start(Fault),
    /// It breaks when asked about itself.
    Describe(Fault),
    /// A limit is out of range.
    Limit(LimitError),
    /// The retry policy makes no sense.
    Retry(RetryError),
    /// The protection makes no sense.
    Protection(ProtectionError),
    /// The share of a canary is not between 1 and 99 percent.
    Percent(u32),
    /// A signature is missing, or says something else.
    Signature(SignatureError),
    /// A golden case does not end as it should.
    Golden {
        /// The case's name.
        case: String,
        /// What should have been.
        expected: String,
        /// What was.
        found: String,
    },
    /// The params are JSON, but no object.
    Params,
    /// A secret has no value.
    Secret {
        /// Its name.
        name: String,
        /// Why not.
        error: SecretError,
    },
    /// A secret could not be used safely.
    Grant(GrantError),
    /// The host has no thread for it.
    Thread(io::Error),
    /// A revision that was begun later has been published already.
    Superseded {
        /// The later one's generation.
        by: u64,
    },
}

impl LoadError {
    /// Names the imports that a failed link was about.
    pub(crate) fn import(
        engine: &wasmtime::Engine,
        component: &Component,
        error: &wasmtime::Error,
    ) -> LoadError {
        let message = format!("{error:#}");
        let ty = component.component_type();
        let names: Vec<String> = ty
            .imports(engine)
            .map(|(name, _)| name.to_owned())
            .filter(|name| message.contains(&format!("`{name}`")))
            .collect();
        if names.is_empty() {
            return LoadError::Compile(message);
        }
        LoadError::Import(names)
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoadError::Read { path, error } => write!(f, "can't read {}: {error}", path.display()),
            LoadError::TooLarge { limit } => write!(
                f,
                "the component is larger than {} (limit `component`)",
                Unit::Bytes.show(*limit)
            ),
            LoadError::NotAComponent(what) => write!(f, "this is no component: {what}"),
            LoadError::Digest { expected, found } => {
                write!(
                    f,
                    "the component's digest is {found}, and {expected} is required"
                )
            }
            LoadError::Compile(message) => write!(f, "the component does not compile: {message}"),
            LoadError::Import(names) => {
                write!(f, "the component imports what this host does not grant: ")?;
                for (i, name) in names.iter().enumerate() {
                    write!(f, "{}`{name}`", if i == 0 { "" } else { ", " })?;
                }
                Ok(())
            }
            LoadError::Export(message) => write!(f, "the component is no node: {message}"),
            LoadError::Start(fault) => write!(f, "the component does not start: {fault}"),
            LoadError::Describe(fault) => {
                write!(f, "the component breaks when asked about itself: {fault}")
            }
            LoadError::Limit(error) => error.fmt(f),
            LoadError::Retry(error) => error.fmt(f),
            LoadError::Protection(error) => error.fmt(f),
            LoadError::Percent(percent) => {
                write!(f, "a canary takes 1 to 99 percent, and not {percent}")
            }
            LoadError::Signature(error) => error.fmt(f),
            LoadError::Golden {
                case,
                expected,
                found,
            } => write!(
                f,
                "golden case `{case}`: expected is {expected}; found was {found}"
            ),
            LoadError::Params => f.write_str("the params are no JSON object"),
            LoadError::Secret { name, error } => write!(f, "secret `{name}`: {error}"),
            LoadError::Grant(error) => error.fmt(f),
            LoadError::Thread(error) => write!(f, "no thread to load the component on: {error}"),
            LoadError::Superseded { by } => superseded(f, *by),
        }
    }
}

/// Says that a later revision has been published.
pub(crate) fn superseded(f: &mut fmt::Formatter<'_>, by: u64) -> fmt::Result {
    write!(
        f,
        "generation {by}, which was begun later, has been published already"
    )
}

impl std::error::Error for LoadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            LoadError::Read { error, .. } | LoadError::Thread(error) => Some(error),
            _ => None,
        }
    }
}
