//! A position in a document: the path of its keys.

use std::fmt;

/// A path of keys and indexes, shown as `node.braze-track.allow[1]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Key(Vec<KeySegment>);

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KeySegment {
    Name(String),
    Index(usize),
}

impl Key {
    /// The document itself.
    pub(crate) fn root() -> Key {
        Key::default()
    }

    /// The entry of this name in the table at this key.
    pub(crate) fn child(&self, name: &str) -> Key {
        self.with(KeySegment::Name(name.to_owned()))
    }

    /// The item of the array at this key.
    pub(crate) fn item(&self, index: usize) -> Key {
        self.with(KeySegment::Index(index))
    }

    pub(crate) fn steps(&self) -> &[KeySegment] {
        &self.0
    }

    fn with(&self, step: KeySegment) -> Key {
        let mut steps = self.0.clone();
        steps.push(step);
        Key(steps)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.0.iter().enumerate() {
            match step {
                KeySegment::Index(index) => write!(f, "[{index}]")?,
                KeySegment::Name(name) => {
                    f.write_str(if i == 0 { "" } else { "." })?;
                    if is_bare(name) {
                        f.write_str(name)?
                    } else {
                        write!(f, "{name:?}")?
                    }
                }
            }
        }
        Ok(())
    }
}

/// Whether a text is a valid name of a node, an environment or a session:
/// letters, digits, `-` and `_`, which TOML accepts without quotes.
pub fn is_bare(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::Key;

    #[test]
    fn a_key_is_shown_as_it_would_be_written() {
        let key = Key::root()
            .child("node")
            .child("a b\u{1b}")
            .child("allow")
            .item(1);
        assert_eq!(key.to_string(), r#"node."a b\u{1b}".allow[1]"#);
        assert_eq!(Key::root().to_string(), "");
    }
}
