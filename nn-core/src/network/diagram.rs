//! The picture of a network as a graph.

use std::fmt;

use super::summary::input_shapes;
use crate::{LayerInfo, Network};

/// A network as boxes and arrows: what runs in one pass is one box, and the shapes stand on the arrows.
///
/// Printed, it is a text in DOT, which Graphviz and other programs draw; with the feature `plot` it is drawn by `save`.
#[derive(Clone, Debug)]
pub struct Diagram {
    name: &'static str,
    boxes: Vec<Box>,
}

#[derive(Clone, Debug)]
struct Box {
    lines: Vec<String>,
    /// The shape that it gives.
    output: String,
    /// The boxes that it reads.
    inputs: Vec<usize>,
}

impl Diagram {
    /// The diagram of a network.
    pub fn of<N: Network>() -> Self {
        let mut inputs = input_shapes::<N>().map(|shape| shape.to_string());
        let (mut boxes, mut places) = (Vec::<Box>::new(), Vec::new());
        for layer in N::LAYERS {
            let read: Vec<usize> = layer.inputs.iter().map(|&row| places[row]).collect();
            let shape = layer.inputs.is_empty().then(|| inputs.next()).flatten();
            let output = shape.unwrap_or_else(|| format!("{:?}", layer.output));
            let last = boxes.len().wrapping_sub(1);
            if layer.fused && read.contains(&last) {
                let joined = &mut boxes[last];
                joined.lines.push(layer.text.to_owned());
                joined.inputs.extend(read.into_iter().filter(|&place| place != last));
                joined.output = output;
            } else {
                boxes.push(Box { lines: vec![line(layer)], output, inputs: read });
            }
            places.push(boxes.len() - 1);
        }
        Self { name: N::NAME, boxes }
    }

    /// Saves it as a picture; the ending of the name, `.svg` or `.png`, decides how.
    ///
    /// # Errors
    ///
    /// When the name has another ending, or the system refuses.
    #[cfg(feature = "plot")]
    pub fn save(&self, path: impl AsRef<std::path::Path>) -> Result<(), crate::plot::PlotError> {
        self.panel().save(path)
    }

    /// The same to be drawn beside other pictures.
    #[cfg(feature = "plot")]
    pub fn panel(&self) -> crate::plot::Diagram {
        let empty = crate::plot::Diagram::new(self.name);
        self.boxes.iter().fold(empty, |diagram, one| {
            let arrows: Vec<_> = one.inputs.iter().map(|&input| (input, self.boxes[input].output.as_str())).collect();
            diagram.node(one.lines.clone(), &arrows)
        })
    }
}

/// `conv1: conv(30, 5)`, or without a name what has no parameters.
fn line(layer: &LayerInfo) -> String {
    if layer.parameters == 0 { layer.text.to_owned() } else { format!("{}: {}", layer.label, layer.text) }
}

impl fmt::Display for Diagram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "digraph \"{}\" {{", self.name)?;
        writeln!(f, "    node [shape = box, fontname = \"sans-serif\"]; edge [fontname = \"sans-serif\"];")?;
        for (i, one) in self.boxes.iter().enumerate() {
            let lines: Vec<String> = one.lines.iter().map(|line| line.replace(['"', '\\'], "'")).collect();
            writeln!(f, "    n{i} [label = \"{}\"];", lines.join("\\n"))?;
        }
        for (i, one) in self.boxes.iter().enumerate() {
            for &input in &one.inputs {
                writeln!(f, "    n{input} -> n{i} [label = \"{}\"];", self.boxes[input].output)?;
            }
        }
        write!(f, "}}")
    }
}
