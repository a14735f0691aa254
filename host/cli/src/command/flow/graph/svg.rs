//! A standalone SVG picture.

use hospes_solution::Flow;
use hospes_solution::flow::StepKind;
use layout::backends::svg::SVGWriter;
use layout::core::base::Orientation;
use layout::core::color::Color;
use layout::core::style::{LineStyleKind, StyleAttr};
use layout::std_shapes::render::get_shape_size;
use layout::std_shapes::shapes::{Arrow, Element, LineEndKind, ShapeKind};
use layout::topo::layout::VisualGraph;

use super::run::RecordedPath;
use super::{label, lines};

const FONT: usize = 14;
const INK: u32 = 0x3333_33ff;
const TAKEN: u32 = 0x1a7f_4bff;

/// The text of the picture.
pub(super) fn draw(flow: &Flow, way: &RecordedPath) -> String {
    let direction = Orientation::TopToBottom;
    let mut graph = VisualGraph::new(direction);
    let mut handles = Vec::new();
    for step in flow.steps() {
        let taken = way.entered(step.name());
        let fill = match (taken, step.kind()) {
            (true, _) => 0xd9f2_e3ff,
            (false, StepKind::Action) => 0xe3ec_faff,
            (false, StepKind::Branch) => 0xfbf3_d9ff,
            (false, StepKind::End) => 0xeeee_eeff,
            (false, StepKind::Say | StepKind::Collect) => 0xffff_ffff,
        };
        let rounded = match step.kind() {
            StepKind::Say | StepKind::End => 15,
            StepKind::Collect | StepKind::Action | StepKind::Branch => 0,
        };
        let look = StyleAttr::new(
            ink(taken),
            width(taken),
            Some(Color::new(fill)),
            rounded,
            FONT,
        );
        let shape = ShapeKind::new_box(&label(step).join("\n"));
        let size = get_shape_size(direction, &shape, FONT, false);
        handles.push(graph.add_node(Element::create(shape, look, direction, size)));
    }
    for line in lines(flow, way) {
        let (Some(from), Some(to)) = (handles.get(line.from), handles.get(line.to)) else {
            continue;
        };
        let look = StyleAttr::new(ink(line.taken), width(line.taken), None, 0, FONT);
        let arrow = Arrow::new(
            LineEndKind::None,
            LineEndKind::Arrow,
            LineStyleKind::Normal,
            &line.labels.join("\n"),
            &look,
            &None,
            &None,
        );
        graph.add_edge(arrow, *from, *to);
    }
    let mut picture = SVGWriter::new();
    graph.do_it(false, false, false, &mut picture);
    let mut text = picture.finalize();
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

fn ink(taken: bool) -> Color {
    Color::new(if taken { TAKEN } else { INK })
}

fn width(taken: bool) -> usize {
    if taken { 4 } else { 1 }
}
