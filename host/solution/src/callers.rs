//! Callers files: who may use which nodes and flows of a server, with which
//! tokens and limits.
//!
//! ```toml
//! [caller.crm]
//! tokens = ["file:/run/secrets/crm"]
//! nodes = ["braze-track"]
//! flows = ["onboarding"]
//! rate = 50
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::document::{Document, Item, Report, directory, suggest};
use crate::error::ReadError;
use crate::finding::Findings;
use crate::key::is_bare;
use crate::secret::SecretFrom;
use crate::solution::Solution;

pub(crate) const KEYS: &[&str] = &[
    "tokens",
    "nodes",
    "flows",
    "read",
    "rate",
    "concurrency",
    "sessions",
];

/// So that a caller's name fits into an execution's id together with the
/// caller's own id.
const LONGEST_NAME: usize = 32;

/// One caller of a server: `[caller.NAME]`. The default may use nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Caller {
    /// Where its tokens come from. Each source may have several, one per line;
    /// all of them are valid.
    pub tokens: Vec<SecretFrom>,
    /// The nodes that it may run.
    pub nodes: Reach,
    /// The flows that it may play. A flow may call its nodes, for every caller.
    pub flows: Reach,
    /// Whether it may see nodes and metrics.
    pub read: bool,
    /// Requests per second, in bursts of up to one second's worth. Defaults to
    /// the server's flags.
    pub rate: Option<u32>,
    /// Requests at once. Defaults to the server's flags.
    pub concurrency: Option<u32>,
    /// Sessions at once. Defaults to the server's flags.
    pub sessions: Option<u32>,
}

/// The nodes or flows that a caller may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// All of them: `["*"]`.
    All,
    /// Those with these names.
    Only(BTreeSet<String>),
}

impl Reach {
    /// Whether it includes this name.
    pub fn has(&self, name: &str) -> bool {
        match self {
            Reach::All => true,
            Reach::Only(names) => names.contains(name),
        }
    }
}

impl Default for Reach {
    fn default() -> Reach {
        Reach::Only(BTreeSet::new())
    }
}

impl Caller {
    /// Checks a caller's name: at most 32 letters, digits, `-` and `_`.
    ///
    /// # Errors
    ///
    /// What a valid name is, if this is not one.
    pub fn check_name(name: &str) -> Result<(), &'static str> {
        if !is_bare(name) || name.len() > LONGEST_NAME {
            return Err("a caller's name has 1 to 32 letters, digits, `-` and `_`");
        }
        if name == "approver" {
            return Err("`approver` is reserved for the token of `--approve-token`");
        }
        if name == "operator" {
            return Err("`operator` is reserved for the token of `--token`");
        }
        Ok(())
    }

    /// Reads and checks a callers file. Paths in it are relative to its
    /// directory. With a solution, callers may name only what is in it.
    ///
    /// # Errors
    ///
    /// If the file can't be read, or all of its faults.
    pub fn load(
        file: impl AsRef<Path>,
        solution: Option<&Solution>,
    ) -> Result<BTreeMap<String, Caller>, ReadError> {
        let file = file.as_ref();
        let text = ReadError::text_of(file)?;
        Caller::parse(file, &text, solution).map_err(ReadError::Findings)
    }

    /// The same for its text; `file` is not read.
    ///
    /// # Errors
    ///
    /// All of its faults.
    pub fn parse(
        file: &Path,
        text: &str,
        solution: Option<&Solution>,
    ) -> Result<BTreeMap<String, Caller>, Findings> {
        let document = Document::parse(file, text)?;
        let mut report = Report::new(&document);
        let root = document.root();
        root.only(&["caller"], &mut report);
        let mut callers = BTreeMap::new();
        match root.get("caller") {
            None => report.key(&root.key, "there is no caller: add `[caller.NAME]`"),
            Some(all) => {
                for (name, item) in all.entries(&mut report) {
                    if let Err(wrong) = Caller::check_name(name) {
                        report.key(&item.key, wrong);
                    }
                    let caller = read(&item, directory(file), solution, &mut report);
                    callers.insert(name.to_owned(), caller);
                }
            }
        }
        report.finish()?;
        Ok(callers)
    }
}

fn read(
    item: &Item<'_>,
    directory: &Path,
    solution: Option<&Solution>,
    report: &mut Report<'_>,
) -> Caller {
    let mut caller = Caller::default();
    if !item.only(KEYS, report) {
        return caller;
    }
    if let Some(tokens) = item.get("tokens") {
        for (text, key) in tokens.texts(report) {
            match SecretFrom::parse_private(text) {
                Ok(from) => caller.tokens.push(from.within(directory)),
                // Not the text, since people put the token itself there by
                // mistake.
                Err(_) => {
                    report.value(&key, "a token comes from `env:VARIABLE` or `file:PATH`");
                }
            }
        }
    }
    if item
        .get("tokens")
        .is_none_or(|tokens| tokens.is_empty_list())
    {
        report.key(
            &item.key,
            "`tokens` is missing: it lists where the caller's tokens come from",
        );
    }
    let nodes = solution.map(|solution| solution.nodes.keys().map(String::as_str).collect());
    let flows = solution.map(|solution| solution.flow_files.keys().map(String::as_str).collect());
    caller.nodes = reach(item.get("nodes"), "node", nodes, report);
    caller.flows = reach(item.get("flows"), "flow", flows, report);
    caller.read = item.get("read").is_some_and(|read| read.flag(report));
    caller.rate = bound(item.get("rate"), report);
    caller.concurrency = bound(item.get("concurrency"), report);
    caller.sessions = bound(item.get("sessions"), report);
    let nothing = Reach::default();
    if caller.nodes == nothing && caller.flows == nothing && !caller.read {
        report.key(
            &item.key,
            "the caller may use nothing: add `nodes`, `flows` or `read`",
        );
    }
    caller
}

/// `["*"]`, or names that exist.
fn reach(
    item: Option<Item<'_>>,
    what: &str,
    known: Option<Vec<&str>>,
    report: &mut Report<'_>,
) -> Reach {
    let Some(item) = item else {
        return Reach::default();
    };
    let texts = item.texts(report);
    if let [("*", _)] = texts.as_slice() {
        return Reach::All;
    }
    for (text, key) in &texts {
        let here = |known: &Vec<&str>| known.contains(text);
        if *text == "*" {
            report.value(key, format!("`*` means every {what} and must stand alone"));
        } else if !known.as_ref().is_none_or(here) {
            let near = suggest(text, known.as_deref().unwrap_or_default());
            let text = text.escape_debug();
            let message = format!("no {what} of the solution is called `{text}`{near}");
            report.value(key, message);
        }
    }
    let names = texts.into_iter().map(|(text, _)| text.to_owned());
    Reach::Only(names.collect())
}

/// A whole number from 1.
fn bound(item: Option<Item<'_>>, report: &mut Report<'_>) -> Option<u32> {
    let item = item?;
    let number = item.number(report)?;
    if number == 0 {
        report.value(&item.key, "expected a whole number from 1");
    }
    Some(number)
}
