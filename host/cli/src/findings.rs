//! The faults of a solution: a line for each or, on a terminal, the lines of
//! the file around it.

use std::collections::BTreeMap;
use std::fs;
use std::io::IsTerminal;
use std::path::PathBuf;

use hospes_solution::{Finding, Findings};
use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteDiagnostic, NamedSource, Report,
};

use crate::outcome::count;
use crate::terminal::{visible, visible_lines};

/// All findings of a solution, for standard error.
pub(crate) fn show(findings: &Findings) -> String {
    show_of("the solution", findings)
}

/// The same for any file, under this name.
pub(crate) fn show_of(what: &str, findings: &Findings) -> String {
    let head = format!(
        "{what} has {}:",
        count(findings.iter().count() as u64, "fault")
    );
    let pictures = std::io::stderr()
        .is_terminal()
        .then(|| pictures(findings, true))
        .flatten();
    match pictures {
        Some(pictures) => format!("{head}\n{pictures}"),
        None => format!("{head}\n{findings}"),
    }
}

/// Each fault with the lines around it. None if a file can't be read.
fn pictures(findings: &Findings, colours: bool) -> Option<String> {
    let theme = match colours && std::env::var_os("NO_COLOR").is_none() {
        true => GraphicalTheme::unicode(),
        false => GraphicalTheme::unicode_nocolor(),
    };
    let handler = GraphicalReportHandler::new_themed(theme).with_links(false);
    let mut texts: BTreeMap<PathBuf, String> = BTreeMap::new();
    let mut pictures = String::new();
    for finding in findings {
        if !texts.contains_key(&finding.file) {
            // Escape sequences in a file are shown, not interpreted. That keeps the lines,
            // but not the columns.
            let text = fs::read_to_string(&finding.file).ok()?;
            texts.insert(finding.file.clone(), text);
        }
        let text = texts.get(&finding.file)?;
        let diagnostic = diagnostic(finding, text);
        let name = finding.file.display().to_string();
        let report = Report::new(diagnostic).with_source_code(NamedSource::new(name, text.clone()));
        handler.render_report(&mut pictures, report.as_ref()).ok()?;
    }
    Some(pictures)
}

fn diagnostic(finding: &Finding, text: &str) -> MietteDiagnostic {
    let message = match finding.key.is_empty() {
        true => visible(&finding.message),
        false => format!("{}: {}", visible(&finding.key), visible(&finding.message)),
    };
    let label = LabeledSpan::new(None, finding.bytes.start, finding.bytes.len());
    let plain = visible_lines(text) == text;
    let diagnostic = MietteDiagnostic::new(message);
    // A file with characters that a terminal would interpret is not shown.
    if plain {
        diagnostic.with_label(label)
    } else {
        diagnostic
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use hospes_solution::Solution;

    use super::*;

    #[test]
    fn a_fault_is_shown_in_its_place() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("hospes.toml");
        let text = "name = \"a\"\n\n[node.x]\ncomponet = \"x.wasm\"\n";
        fs::write(&file, text).unwrap();
        let findings = Solution::parse(Path::new(&file), text).unwrap_err();
        let shown = pictures(&findings, false).unwrap();
        let name = file.display();
        let expected = format!(
            "  × node.x: `component` is missing: it names the node's `.wasm` file\n   ╭─[{name}:3:7]\n 2 │ \n 3 │ \
             [node.x]\n   ·       ─\n 4 │ componet = \"x.wasm\"\n   ╰────\n  × node.x.componet: unknown key: did you \
             mean `component`?\n   ╭─[{name}:4:1]\n 3 │ [node.x]\n 4 │ componet = \"x.wasm\"\n   · ────────\n   \
             ╰────\n"
        );
        assert_eq!(shown, expected);
    }
}
