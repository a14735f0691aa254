//! Names of nodes.

use std::fmt;

/// The longest name, in bytes.
const LONGEST: usize = 64;

/// Names that a Rust package can't have, or that would hide a crate.
const TAKEN: &[&str] = &[
    "abstract",
    "alloc",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "build",
    "const",
    "continue",
    "core",
    "crate",
    "deps",
    "do",
    "dyn",
    "else",
    "enum",
    "examples",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "hospes-guest",
    "if",
    "impl",
    "in",
    "incremental",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "proc-macro",
    "pub",
    "ref",
    "return",
    "self",
    "serde",
    "serde-json",
    "static",
    "std",
    "struct",
    "super",
    "test",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "unsafe",
    "unsized",
    "use",
    "virtual",
    "where",
    "while",
    "yield",
];

/// Why a text can't be a node's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameError {
    name: String,
    nearest: Option<String>,
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name.escape_debug();
        if TAKEN.contains(&self.name.as_str()) {
            return write!(
                f,
                "`{name}` has a meaning of its own in Rust: choose another name, such as `{name}-node`"
            );
        }
        write!(
            f,
            "`{name}` can't be a node's name: use up to {LONGEST} lowercase letters, digits and \
             single `-`, and begin with a letter"
        )?;
        match &self.nearest {
            Some(nearest) => write!(f, ", such as `{nearest}`"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for NameError {}

/// Checks a node's name, which is also that of a package and of a file.
pub(crate) fn check(name: &str) -> Result<(), NameError> {
    if is_name(name) {
        return Ok(());
    }
    let nearest = nearest(name);
    Err(NameError {
        name: name.to_owned(),
        nearest: is_name(&nearest).then_some(nearest),
    })
}

fn is_name(name: &str) -> bool {
    let is_word = |word: &str| {
        let mut bytes = word.bytes();
        !word.is_empty() && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    name.len() <= LONGEST
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.split('-').all(is_word)
        && !TAKEN.contains(&name)
}

fn nearest(name: &str) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<String> = words
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    words.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_fits_a_package_a_file_and_a_key() {
        for name in ["greet", "braze-track", "a", "crm2", "crm-2"] {
            assert_eq!(check(name), Ok(()), "{name}");
        }
        for (name, nearest) in [
            ("", None),
            ("Greet", Some("greet")),
            ("my node", Some("my-node")),
            ("my_node", Some("my-node")),
            ("-greet", Some("greet")),
            ("greet-", Some("greet")),
            ("a--b", Some("a-b")),
            ("2crm", None),
            ("gr\u{fc}n", Some("gr-n")),
            ("test", None),
            ("Type", None),
        ] {
            let error = check(name).unwrap_err();
            assert_eq!(error.nearest.as_deref(), nearest, "{name}");
        }
        assert!(check(&"a".repeat(64)).is_ok());
        assert!(check(&"a".repeat(65)).is_err());
    }

    #[test]
    fn an_error_says_what_to_do() {
        assert_eq!(
            check("My Node").unwrap_err().to_string(),
            "`My Node` can't be a node's name: use up to 64 lowercase letters, digits and single `-`, \
             and begin with a letter, such as `my-node`"
        );
        assert_eq!(
            check("test").unwrap_err().to_string(),
            "`test` has a meaning of its own in Rust: choose another name, such as `test-node`"
        );
    }
}
