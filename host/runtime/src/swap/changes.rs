//! What is different about a revision.

use std::fmt;

use serde::Serialize;

use crate::swap::Approval;

/// What a revision asks for and is granted, compared with the revision that
/// serves; if none does, with nothing.
///
/// `Display` writes one line for each, `+` for what is new, `-` for what is
/// gone, `~` for what is another and `!` for what is wanted and not granted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Changes {
    /// Interfaces that the component imports, without their versions.
    pub imports: Diff,
    /// Requests that the component says it wants to make.
    pub wishes: Diff,
    /// The policy's rules, in their canonical spelling.
    pub rules: Diff,
    /// Secrets and where they may go: `name to origin`.
    pub secrets: Diff,
    /// Names of params.
    pub params: Diff,
    /// Names of params that have another value.
    pub changed_params: Vec<String>,
    /// Which JSON Schemas are others: `payload`, `result`, `params`.
    pub schemas: Vec<&'static str>,
    /// Limits with another value.
    pub limits: Vec<LimitChange>,
    /// The policy only observes now, and did not before.
    pub observes: bool,
    /// What an operator has to agree to because it gives the node more than the
    /// serving revision has: rules, secrets and where they may go, raised limits,
    /// a policy that only observes, and imports that give something (HTTP, and
    /// what the host adds). Other imports and requests that it asks for give nothing by themselves.
    pub wider: Vec<String>,
    /// What an operator has to agree to because it breaks callers: another
    /// described name, or a payload schema that refuses what the serving
    /// revision's takes. Two schemas are compared by what is written in them;
    /// where that leaves a doubt, the new one counts as narrower.
    pub breaking: Vec<String>,
    /// What the component wants and is not granted. It is reported, and the
    /// revision may serve all the same.
    pub unmet: Vec<Unmet>,
    /// What is granted beyond what the serving revision has: all that counts of
    /// a component that has served before.
    #[serde(skip)]
    pub(crate) granted: Vec<String>,
}

/// What is new and what is gone, both sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Diff {
    /// What was not there.
    pub added: Vec<String>,
    /// What is not there any more.
    pub removed: Vec<String>,
}

/// A limit with another value, as people write it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LimitChange {
    /// As in the table of limits.
    pub name: &'static str,
    /// The serving revision's.
    pub from: String,
    /// The new one.
    pub to: String,
    /// Whether it allows more.
    pub raised: bool,
}

/// Something that a component wants and that is not granted to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "what", rename_all = "lowercase")]
#[non_exhaustive]
pub enum Unmet {
    /// A request that no rule allows in full.
    Egress {
        /// As the component wrote it, with the params put in: `POST https://...`.
        wish: String,
    },
    /// A param it can't work without.
    Param {
        /// Its name.
        name: String,
    },
    /// A secret it can't work without.
    Secret {
        /// Its name.
        name: String,
    },
}

impl Changes {
    /// Whether the revision has more than the one it would follow, so that an
    /// operator has to agree.
    pub fn is_wider(&self) -> bool {
        !self.wider.is_empty()
    }

    /// Whether the revision is held with that approval.
    pub fn needs_approval(&self, approval: Approval) -> bool {
        match approval {
            Approval::Same => self.is_wider() || !self.breaking.is_empty(),
            Approval::Known => !self.granted.is_empty(),
            Approval::Wider => false,
        }
    }

    /// The same for a component that has served before: of what it is nobody
    /// has to approve anything.
    pub(crate) fn of_known(mut self) -> Changes {
        self.wider.clone_from(&self.granted);
        self.breaking.clear();
        self
    }

    /// The lines that an operator has to agree to: [`Changes::wider`] and
    /// [`Changes::breaking`].
    pub fn to_approve(&self) -> impl Iterator<Item = &str> {
        let lines = self.wider.iter().chain(&self.breaking);
        lines.map(String::as_str)
    }

    /// Whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        *self == Changes::default()
    }
}

impl Diff {
    /// Compares two lists; their order and repetitions mean nothing.
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
