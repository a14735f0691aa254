//! Why a component was refused.

use std::fmt::{self, Write};
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use hospes_egress::{AttachedHeaderError, GrantError, SecretError};

use crate::limits::{LimitError, Unit, millis};
use crate::outcome::Fault;
use crate::protection::ProtectionError;
use crate::retry::RetryError;
use crate::signature::SignatureError;

/// Why a node could not be loaded. A revision that already serves under its
/// name continues to serve.
#[derive(Debug)]
#[non_exhaustive]
pub enum LoadError {
    /// The file can't be read.
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        error: io::Error,
    },
    /// The config asks for the component that serves, and none does.
    NothingServes,
    /// The component is larger than the limit `component`.
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// It is not a component; holds what it is.
    NotAComponent(&'static str),
    /// It is not the component that the operator named.
    Digest {
        /// The digest that the operator requires.
        expected: String,
        /// The component's digest.
        found: String,
    },
    /// It does not validate or compile.
    Compile(String),
    /// It takes longer to compile than the limit `compile`.
    CompileTime {
        /// The limit.
        limit: Duration,
    },
    /// The process that compiled it ended without a result: it needs more
    /// memory than a compiler may have, or crashes the compiler.
    CompileMemory {
        /// How many bytes the process could have.
        limit: u64,
    },
    /// The program that compiles components can't be started.
    Compiler(io::Error),
    /// Too many components are being compiled, and none was done within the
    /// limit `compile`, or all of them are abandoned.
    CompilerBusy {
        /// How many there are.
        others: usize,
    },
    /// The host is too busy to load it: permits or memory are used up. It says
    /// nothing about the component.
    Overloaded(String),
    /// It imports interfaces that this host does not have; holds their names.
    Import(Vec<String>),
    /// A [stub](crate::RuntimeBuilder::stub) has this name, which the component
    /// does not import, or which this host has.
    Stub(String),
    /// It does not export what this host calls.
    Export(String),
    /// It can't be instantiated: it traps, takes too long or exceeds a limit
    /// before it is called.
    Start(Fault),
    /// It breaks when asked for its description.
    Describe(Fault),
    /// A limit is out of range.
    Limit(LimitError),
    /// The retry policy makes no sense.
    Retry(RetryError),
    /// The protection makes no sense.
    Protection(ProtectionError),
    /// The share of a canary is not between 1 and 99 percent.
    Percent(u32),
    /// A signature is missing or not valid.
    Signature(SignatureError),
    /// A golden case does not end as expected.
    Golden {
        /// The case's name.
        case: String,
        /// What was expected.
        expected: String,
        /// What was found.
        found: String,
    },
    /// The params are JSON, but not an object.
    Params,
    /// A secret has no value.
    Secret {
        /// Its name.
        name: String,
        /// The cause.
        error: SecretError,
    },
    /// A secret can't be put into the header that is configured for it.
    SecretHeader {
        /// Its name.
        name: String,
        /// The cause.
        error: AttachedHeaderError,
    },
    /// A secret could not be used safely.
    Grant(GrantError),
    /// The host could not start a thread for it.
    Thread(io::Error),
    /// A later revision has been published already.
    Superseded {
        /// The later revision's generation.
        by: u64,
    },
}

/// The longest message about a component, in bytes. It quotes names that the
/// component chose.
const MAX_SENTENCE: usize = 1024;

/// Without control characters and never longer than a screen, however a
/// component names its parts.
impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut sentence, mut bytes) = (String::new(), 0);
        self.say(&mut sentence)?;
        for c in sentence.chars() {
            bytes += c.len_utf8();
            if bytes > MAX_SENTENCE {
                return f.write_char('…');
            }
            if c.is_control() && c != '\n' {
                write!(f, "{}", c.escape_unicode())?;
            } else {
                f.write_char(c)?;
            }
        }
        Ok(())
    }
}

impl LoadError {
    /// The error when too many others are being loaded.
    pub(crate) fn busy() -> LoadError {
        LoadError::Overloaded("as many components as there may be are being tried".to_owned())
    }

    /// The error for a fault while it was instantiated.
    pub(crate) fn start(fault: Fault) -> LoadError {
        match fault {
            Fault::Overloaded { message } => LoadError::Overloaded(message),
            fault => LoadError::Start(fault),
        }
    }

    /// The error for a fault while it was asked for its description.
    pub(crate) fn describe(fault: Fault) -> LoadError {
        match fault {
            Fault::Overloaded { message } => LoadError::Overloaded(message),
            fault => LoadError::Describe(fault),
        }
    }

    /// Whether the host was too busy, so that the same load may succeed later.
    pub fn is_overload(&self) -> bool {
        matches!(
            self,
            LoadError::Overloaded(_) | LoadError::CompilerBusy { .. }
        )
    }

    /// Whether the component itself was refused, and not its environment.
    pub fn is_refusal(&self) -> bool {
        !matches!(
            self,
            LoadError::Read { .. }
                | LoadError::Limit(_)
                | LoadError::Retry(_)
                | LoadError::Stub(_)
                | LoadError::Params
                | LoadError::Secret { .. }
                | LoadError::Grant(_)
                | LoadError::Compiler(_)
                | LoadError::CompilerBusy { .. }
                | LoadError::Overloaded(_)
                | LoadError::Thread(_)
        )
    }

    fn say(&self, f: &mut String) -> fmt::Result {
        match self {
            LoadError::Read { path, error } => write!(f, "can't read {}: {error}", path.display()),
            LoadError::NothingServes => f.write_str("nothing serves under this name"),
            LoadError::TooLarge { limit } => write!(
                f,
                "the component is larger than {} (limit `component`)",
                Unit::Bytes.show(*limit)
            ),
            LoadError::NotAComponent(what) => write!(f, "this is not a component: {what}"),
            LoadError::Digest { expected, found } => {
                write!(
                    f,
                    "the component's digest is {found}, and {expected} is required"
                )
            }
            LoadError::Compile(message) => write!(f, "the component does not compile: {message}"),
            LoadError::CompileTime { limit } => {
                let limit = Unit::Time.show(millis(*limit));
                write!(
                    f,
                    "the component takes longer than {limit} to compile (limit `compile`)"
                )
            }
            LoadError::CompileMemory { limit } => write!(
                f,
                "the component needs more than {} of memory to compile, or breaks the compiler",
                Unit::Bytes.show(*limit)
            ),
            LoadError::Compiler(error) => write!(f, "the compiler does not start: {error}"),
            LoadError::CompilerBusy { others } => write!(
                f,
                "the compiler is busy with {others} other components: try again later"
            ),
            LoadError::Overloaded(why) => {
                write!(
                    f,
                    "the host can't try the component now: {why}: try again later"
                )
            }
            LoadError::Import(names) => {
                write!(f, "the component imports what this host does not grant: ")?;
                for (i, name) in names.iter().enumerate() {
                    write!(f, "{}`{name}`", if i == 0 { "" } else { ", " })?;
                }
                Ok(())
            }
            LoadError::Stub(name) => write!(
                f,
                "the component needs no stub for `{name}`: it does not import that, or this host has it"
            ),
            LoadError::Export(message) => write!(f, "the component is not a node: {message}"),
            LoadError::Start(fault) => write!(f, "the component does not start: {fault}"),
            LoadError::Describe(fault) => {
                write!(f, "the component breaks when asked about itself: {fault}")
            }
            LoadError::Limit(error) => write!(f, "{error}"),
            LoadError::Retry(error) => write!(f, "{error}"),
            LoadError::Protection(error) => write!(f, "{error}"),
            LoadError::Percent(percent) => {
                write!(f, "a canary takes 1 to 99 percent, and not {percent}")
            }
            LoadError::Signature(error) => write!(f, "{error}"),
            LoadError::Golden {
                case,
                expected,
                found,
            } => write!(
                f,
                "golden case `{case}`: expected is {expected}; found was {found}"
            ),
            LoadError::Params => f.write_str("the params are not a JSON object"),
            LoadError::Secret { name, error } => write!(f, "secret `{name}`: {error}"),
            LoadError::SecretHeader { name, error } => write!(f, "secret `{name}`: {error}"),
            LoadError::Grant(error) => write!(f, "{error}"),
            LoadError::Thread(error) => write!(f, "no thread to load the component on: {error}"),
            LoadError::Superseded { by } => superseded(f, *by),
        }
    }
}

/// Writes that a later revision has been published.
pub(crate) fn superseded(f: &mut impl Write, by: u64) -> fmt::Result {
    write!(
        f,
        "generation {by}, which was begun later, has been published already"
    )
}

impl std::error::Error for LoadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            LoadError::Read { error, .. }
            | LoadError::Thread(error)
            | LoadError::Compiler(error) => Some(error),
            LoadError::Start(fault) | LoadError::Describe(fault) => Some(fault),
            LoadError::Secret { error, .. } => Some(error),
            LoadError::SecretHeader { error, .. } => Some(error),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_component_calls_its_parts_does_nothing_to_a_terminal() {
        let error = LoadError::Import(vec!["a\u{1b}[2J".to_owned(), "b\u{7}".to_owned()]);
        assert_eq!(
            error.to_string(),
            "the component imports what this host does not grant: `a\\u{1b}[2J`, `b\\u{7}`"
        );
        let error = LoadError::Compile("ü".repeat(100_000)).to_string();
        let said = "the component does not compile: ";
        let rest = (MAX_SENTENCE - said.len()) / 2;
        assert_eq!(error, format!("{said}{}…", "ü".repeat(rest)));
    }
}
