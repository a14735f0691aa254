//! How a revision differs from another.

use std::fmt;

use serde::Serialize;

use crate::swap::Approval;

/// What a revision asks for and is granted, compared with the revision that
/// serves, or with nothing if none serves.
///
/// `Display` writes one line for each difference: `+` for new, `-` for removed,
/// `~` for changed, and `!` for requested but not granted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Changes {
    /// Interfaces that the component imports, without their versions.
    pub imports: Diff,
    /// Requests that the component asks to make.
    pub wishes: Diff,
    /// The policy's rules, in canonical form.
    pub rules: Diff,
    /// Secrets and where they may be sent: `name to origin`.
    pub secrets: Diff,
    /// Names of params.
    pub params: Diff,
    /// Names of params whose value has changed.
    pub changed_params: Vec<String>,
    /// Which JSON Schemas have changed: `payload`, `result`, `params`.
    pub schemas: Vec<&'static str>,
    /// Limits whose value has changed.
    pub limits: Vec<LimitChange>,
    /// The policy only observes now, and did not before.
    pub observes: bool,
    /// What needs approval because it gives the node more than the serving
    /// revision has: rules, secrets and where they may be sent, raised limits,
    /// a policy that only observes, and imports that give an ability (HTTP, and
    /// capabilities that the host adds). Other imports and the component's
    /// requests give nothing by themselves.
    pub wider: Vec<String>,
    /// What needs approval because it breaks callers: another described name,
    /// or a payload schema that refuses values that the serving revision's
    /// accepts. Schemas are compared by their text; in doubt, the new one
    /// counts as narrower.
    pub breaking: Vec<String>,
    /// What the component asks for but is not granted. It is only reported; the
    /// revision may serve.
    pub unmet: Vec<Unmet>,
    /// Grants beyond those of the serving revision: all that matters for a
    /// component that has served before.
    #[serde(skip)]
    pub(crate) granted: Vec<String>,
}

/// What is new and what was removed, both sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Diff {
    /// What is new.
    pub added: Vec<String>,
    /// What was removed.
    pub removed: Vec<String>,
}

/// A limit whose value has changed, with units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LimitChange {
    /// The name in the table of limits.
    pub name: &'static str,
    /// The serving revision's value.
    pub from: String,
    /// The new value.
    pub to: String,
    /// Whether the new value allows more.
    pub raised: bool,
}

/// Something that a component asks for but is not granted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "what", rename_all = "lowercase")]
#[non_exhaustive]
pub enum Unmet {
    /// A request that no rule allows in full.
    Egress {
        /// As the component states it, with the params filled in: `POST
        /// https://...`.
        wish: String,
    },
    /// A param without which it can't work.
    Param {
        /// Its name.
        name: String,
    },
    /// A secret without which it can't work.
    Secret {
        /// Its name.
        name: String,
    },
}

impl Changes {
    /// Whether the revision has more than the one that it would replace, so
    /// that it needs approval.
    pub fn is_wider(&self) -> bool {
        !self.wider.is_empty()
    }

    /// Whether the revision needs more approval than that.
    pub fn needs_approval(&self, approval: Approval) -> bool {
        match approval {
            Approval::Same => self.is_wider() || !self.breaking.is_empty(),
            Approval::Known => !self.granted.is_empty(),
            Approval::Wider => false,
        }
    }

    /// Reduces the changes to those that matter for a component that has served
    /// before: only its grants need approval.
    pub(crate) fn of_known(mut self) -> Changes {
        self.wider.clone_from(&self.granted);
        self.breaking.clear();
        self
    }

    /// The lines that need approval: [`Changes::wider`] and
    /// [`Changes::breaking`].
    pub fn to_approve(&self) -> impl Iterator<Item = &str> {
        let lines = self.wider.iter().chain(&self.breaking);
        lines.map(String::as_str)
    }

    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        *self == Changes::default()
    }
}

impl Diff {
    /// Compares two lists, ignoring order and repetitions.
    pub(crate) fn between(mut before: Vec<String>, mut after: Vec<String>) -> Diff {
        before.sort();
        before.dedup();
        after.sort();
        after.dedup();
        let not_in = |list: &[String], other: &[String]| -> Vec<String> {
            let new = list.iter().filter(|item| !other.contains(item));
            new.cloned().collect()
        };
        Diff {
            added: not_in(&after, &before),
            removed: not_in(&before, &after),
        }
    }
}

impl fmt::Display for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, diff) in [
            ("import", &self.imports),
            ("wish", &self.wishes),
            ("rule", &self.rules),
            ("secret", &self.secrets),
            ("param", &self.params),
        ] {
            for line in &diff.added {
                writeln!(f, "+ {what} {line}")?;
            }
            for line in &diff.removed {
                writeln!(f, "- {what} {line}")?;
            }
        }
        for name in &self.changed_params {
            writeln!(f, "~ param {name}")?;
        }
        for of in &self.schemas {
            writeln!(f, "~ schema of the {of}")?;
        }
        for line in &self.breaking {
            writeln!(f, "~ {line}")?;
        }
        for limit in &self.limits {
            writeln!(f, "~ {limit}")?;
        }
        if self.observes {
            writeln!(f, "+ the policy only observes")?;
        }
        for unmet in &self.unmet {
            writeln!(f, "! {unmet}")?;
        }
        Ok(())
    }
}

impl fmt::Display for LimitChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "limit {} {} to {}", self.name, self.from, self.to)
    }
}

impl fmt::Display for Unmet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unmet::Egress { wish } => {
                write!(f, "{wish} is asked for, and no rule allows all of it")
            }
            Unmet::Param { name } => write!(f, "the param `{name}` is required, and missing"),
            Unmet::Secret { name } => {
                write!(f, "the secret `{name}` is required, and not granted")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(items: &[&str]) -> Vec<String> {
        items.iter().map(|item| (*item).to_owned()).collect()
    }

    #[test]
    fn changes_are_shown_one_a_line() {
        let changes = Changes {
            imports: Diff::between(list(&["wasi:io/poll"]), list(&["hospes:node/http"])),
            secrets: Diff::between(list(&[]), list(&["key to https://a.example"])),
            changed_params: list(&["url"]),
            schemas: vec!["payload"],
            breaking: list(&["payload /user: it is required now"]),
            limits: vec![LimitChange {
                name: "memory",
                from: "64MiB".to_owned(),
                to: "128MiB".to_owned(),
                raised: true,
            }],
            observes: true,
            unmet: vec![
                Unmet::Egress {
                    wish: "GET https://b.example".to_owned(),
                },
                Unmet::Param {
                    name: "url".to_owned(),
                },
                Unmet::Secret {
                    name: "key".to_owned(),
                },
            ],
            ..Changes::default()
        };
        assert_eq!(
            changes.to_string(),
            "+ import hospes:node/http\n\
             - import wasi:io/poll\n\
             + secret key to https://a.example\n\
             ~ param url\n\
             ~ schema of the payload\n\
             ~ payload /user: it is required now\n\
             ~ limit memory 64MiB to 128MiB\n\
             + the policy only observes\n\
             ! GET https://b.example is asked for, and no rule allows all of it\n\
             ! the param `url` is required, and missing\n\
             ! the secret `key` is required, and not granted\n"
        );
    }

    #[test]
    fn order_and_repetition_make_no_difference() {
        assert_eq!(
            Diff::between(list(&["a", "b"]), list(&["b", "a", "b"])),
            Diff::default()
        );
    }
}
