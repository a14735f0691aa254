//! `hospes flow graph`: a flow as a picture.

mod mermaid;
mod run;
mod svg;

use std::io::{self, Write};

use hospes_solution::Flow;
use hospes_solution::flow::{Step, StepKind};

use super::player;
use crate::args::{Graph, GraphFormat};
use crate::exit::Exit;
use crate::solution;
use run::RecordedPath;

pub(super) fn run(args: &Graph) -> anyhow::Result<Exit> {
    let solution = solution::load(&args.solution)?;
    let flow = player::find(&solution, &args.flow, &args.solution)?;
    let way = match &args.run {
        Some(file) => RecordedPath::read(file, flow)?,
        None => RecordedPath::default(),
    };
    let picture = match args.format {
        GraphFormat::Mermaid => mermaid::draw(flow, &way),
        GraphFormat::Svg => svg::draw(flow, &way),
    };
    write!(io::stdout().lock(), "{picture}")?;
    Ok(Exit::Success)
}

/// The lines of text in a step's shape.
fn label(step: &Step) -> Vec<String> {
    let about = step.about();
    let verb = match step.kind() {
        StepKind::Say => "says",
        StepKind::Collect => "asks for",
        StepKind::Action => "calls",
        StepKind::Branch => "looks at",
        StepKind::End => "ends:",
    };
    let mut lines = vec![step.name().to_owned()];
    lines.extend((!about.is_empty()).then(|| format!("{verb} {about}")));
    lines
}

/// The edges of a flow with the numbers of their steps. Edges with the same
/// start and end are merged into one with all names.
struct DrawnEdge<'f> {
    from: usize,
    to: usize,
    labels: Vec<&'f str>,
    taken: bool,
}

fn lines<'f>(flow: &'f Flow, way: &RecordedPath) -> Vec<DrawnEdge<'f>> {
    let steps = flow.steps();
    let mut lines: Vec<DrawnEdge<'f>> = Vec::new();
    for (from, step) in steps.iter().enumerate() {
        for edge in step.edges() {
            let Some(to) = steps.iter().position(|step| step.name() == edge.to) else {
                continue;
            };
            let taken = way.took(step.name(), edge.label);
            match lines
                .iter_mut()
                .find(|line| (line.from, line.to) == (from, to))
            {
                Some(line) => {
                    line.labels.push(edge.label);
                    line.taken |= taken;
                }
                None => lines.push(DrawnEdge {
                    from,
                    to,
                    labels: vec![edge.label],
                    taken,
                }),
            }
        }
    }
    for line in &mut lines {
        // A single edge needs no name.
        if line.labels == ["next"] {
            line.labels.clear();
        }
    }
    lines
}
