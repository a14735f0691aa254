//! The solution file: its top level, and what has to fit together in it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::check;
use crate::document::{Document, Item, Report, directory};
use crate::environment;
use crate::key::is_bare;
use crate::node;
use crate::secret::Vaults;
use crate::solution::Solution;

pub(crate) const KEYS: &[&str] = &["name", "bots", "csv_bots", "env", "node", "flow"];

/// Reads and checks a document, as far as that needs nothing else.
pub(crate) fn read(
    document: &Document<'_>,
    file: &Path,
    vaults: &Vaults,
    report: &mut Report<'_>,
) -> Solution {
    let solution = read_root(document.root(), directory(file), vaults, report);
    check::check(&solution, document, report);
    solution
}

fn read_root(
    root: Item<'_>,
    directory: &Path,
    vaults: &Vaults,
    report: &mut Report<'_>,
) -> Solution {
    root.only(KEYS, report);
    let name = match root.get("name") {
        Some(name) => name.text(report).unwrap_or_default(),
        None => {
            report.key(
                &root.key.child("name"),
                "is missing: write `name = \"...\"`",
            );
            ""
        }
    };
    let environments = root
        .get("env")
        .map(|item| environment::read_all(item, directory, vaults, report));
    let nodes = root
        .get("node")
        .map(|item| node::read_all(item, directory, report));
    Solution {
        name: name.to_owned(),
        bots: root.names("bots", report),
        csv_bots: root.names("csv_bots", report),
        environments: environments.unwrap_or_default(),
        nodes: nodes.unwrap_or_default(),
        flow_files: root
            .get("flow")
            .map(|item| flow_files(&item, directory, report))
            .unwrap_or_default(),
        flows: BTreeMap::new(),
    }
}

/// `[flow.NAME]`: the files of flows.
fn flow_files(
    item: &Item<'_>,
    directory: &Path,
    report: &mut Report<'_>,
) -> BTreeMap<String, PathBuf> {
    let mut files = BTreeMap::new();
    for (name, item) in item.entries(report) {
        if !is_bare(name) {
            report.key(&item.key, "a flow's name has letters, digits, `-` and `_`");
        }
        let table = item.only(&["file"], report);
        match item.get("file") {
            Some(file) => {
                if let Some(file) = file.text(report) {
                    files.insert(name.to_owned(), directory.join(file));
                }
            }
            None if table => {
                report.key(&item.key, "`file` is missing: it names the flow's file");
            }
            None => {}
        }
    }
    files
}
