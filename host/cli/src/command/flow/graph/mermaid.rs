//! A Mermaid flowchart.

use std::fmt::Write;

use hospes_solution::Flow;
use hospes_solution::flow::StepKind;

use super::run::RecordedPath;
use super::{label, lines};

/// The text of the chart.
pub(super) fn draw(flow: &Flow, way: &RecordedPath) -> String {
    let mut text = String::from("flowchart TD\n");
    // Writing to a string does not fail.
    let mut line = |words: String| _ = writeln!(text, "    {words}");
    let mut entered = Vec::new();
    for (number, step) in flow.steps().into_iter().enumerate() {
        let (open, close) = match step.kind() {
            StepKind::Say => ("(", ")"),
            StepKind::Collect => ("[/", "/]"),
            StepKind::Action => ("[[", "]]"),
            StepKind::Branch => ("{", "}"),
            StepKind::End => ("([", "])"),
        };
        let label: Vec<String> = label(step).iter().map(|line| quoted(line)).collect();
        line(format!("s{number}{open}\"{}\"{close}", label.join("<br>")));
        if way.entered(step.name()) {
            entered.push(format!("s{number}"));
        }
    }
    let mut taken = Vec::new();
    for (number, edge) in lines(flow, way).into_iter().enumerate() {
        let labels: Vec<String> = edge.labels.iter().map(|label| quoted(label)).collect();
        let arrow = match labels.is_empty() {
            true => "-->".to_owned(),
            false => format!("-- \"{}\" -->", labels.join("<br>")),
        };
        line(format!("s{} {arrow} s{}", edge.from, edge.to));
        if edge.taken {
            taken.push(number.to_string());
        }
    }
    if !entered.is_empty() {
        line("classDef taken fill:#d9f2e3,stroke:#1a7f4b,stroke-width:3px".to_owned());
        line(format!("class {} taken", entered.join(",")));
    }
    if !taken.is_empty() {
        line(format!(
            "linkStyle {} stroke:#1a7f4b,stroke-width:4px",
            taken.join(",")
        ));
    }
    text
}

/// Escapes any text for use inside quotes.
fn quoted(words: &str) -> String {
    let mut text = String::new();
    for c in words.chars() {
        match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | ' ' | '-' | '_' | '.' | ',' | ':' => text.push(c),
            c => _ = write!(text, "#{};", u32::from(c)),
        }
    }
    text
}
