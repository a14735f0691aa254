//! Any text as a solution file: findings that say where, or a solution that
//! grants every node in every environment.

use std::path::Path;

use hospes_solution::{Overrides, Solution};

/// Bytes as the text of a solution file.
pub fn solution(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    match Solution::parse(Path::new("hospes.toml"), text) {
        Err(findings) => {
            let lines: Vec<&str> = text.split('\n').collect();
            assert!(findings.iter().next().is_some(), "an error without a fault");
            for finding in &findings {
                let line = lines.get(finding.line - 1);
                let line = line.unwrap_or_else(|| panic!("no such line: {finding}"));
                let columns = 1..=line.chars().count() + 1;
                assert!(
                    columns.contains(&finding.column),
                    "no such column: {finding}"
                );
                assert!(!finding.message.is_empty());
                crate::shows_plainly(&finding.to_string());
            }
        }
        Ok(solution) => {
            let environments: Vec<Option<&str>> = if solution.environments.is_empty() {
                vec![None]
            } else {
                solution
                    .environments
                    .keys()
                    .map(|name| Some(&**name))
                    .collect()
            };
            for node in solution.nodes.keys() {
                for env in &environments {
                    let granted = solution.grants(node, *env, &Overrides::default());
                    let granted =
                        granted.unwrap_or_else(|error| panic!("{node}, {env:?}: {error}"));
                    assert!(granted.config().is_ok());
                }
            }
        }
    }
}
