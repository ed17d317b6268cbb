//! Networks of which every value can be seen, `#[observe]`.
//!
//! What a plan fuses or overwrites cannot be seen in its programs. So there is a second network over the same parameters, whose
//! only output is all values of the first, one after another: every value has a reader then. Nothing else knows of it.

use std::rc::Rc;

use crate::graph::{Edge, Graph, Kind, Network, Node};
use crate::layers::{self, Layer};
use crate::plan::{self, Plan};
use crate::report::{Mistake, Report, Site};
use crate::shapes::{self, Shapes};

/// The second network.
#[derive(Debug)]
pub struct Observed {
    pub values: Vec<Value>,
    pub graph: Graph,
    pub shapes: Shapes,
    pub plan: Plan,
}

/// A value of the first network.
#[derive(Debug)]
pub struct Value {
    pub label: String,
    /// The words that it comes from: `conv(30, 5)`.
    pub text: String,
    /// `[channels, height, width]`
    pub sizes: Vec<usize>,
    /// Where it begins among the numbers of a sample.
    pub start: usize,
}

/// Of each network that asks for it.
pub fn all(networks: &[Network], shapes: &[Option<Shapes>], report: &mut Report) -> Vec<Option<Observed>> {
    let observe = |(network, shapes): (&Network, &Option<Shapes>)| {
        let (graph, shapes) = (network.graph.as_ref()?, shapes.as_ref()?);
        if network.attributes.observe { observed(network, graph, shapes, report) } else { None }
    };
    networks.iter().zip(shapes).map(observe).collect()
}

/// `None` if there is nothing to see, which is reported.
fn observed(network: &Network, graph: &Graph, shapes: &Shapes, report: &mut Report) -> Option<Observed> {
    let site = Site::from(&network.name);
    let mut graph = graph.clone();
    let (mut values, mut edges, mut start) = (Vec::new(), Vec::new(), 0);
    for index in 0..graph.nodes.len() {
        for (port, shape) in shapes.node(index).iter().enumerate() {
            let node = &graph.nodes[index];
            let is_layer = matches!(node.kind, Kind::Layer(_) | Kind::Path { .. }) && !node.label.is_empty();
            if !is_layer || shape.varies.is_some() || shape.row_of.is_some() || shape.below.is_some() {
                continue;
            }
            let label = match shapes.node(index).len() {
                1 => node.label.clone(),
                _ => format!("{}.{port}", node.label),
            };
            values.push(Value { label, text: node.text.clone(), sizes: shape.written(), start });
            start += shape.iter().product::<usize>();
            edges.push(add(&mut graph, layers::flatten(), vec![Edge { node: index, port }], site));
        }
    }
    let output = match edges.as_slice() {
        [] => {
            let mistake = Mistake::new(site, format!("`{}` has no values to observe", network.name));
            report.push(mistake.help("rows, within `each` or where their number varies, are not observed"));
            return None;
        }
        [only] => *only,
        _ => add(&mut graph, layers::merge("concat"), edges, site),
    };
    graph.outputs = vec![output];
    let shapes = shapes::infer_more(&graph, shapes, report)?;
    let plan = plan::plan(&graph, &shapes);
    Some(Observed { values, graph, shapes, plan })
}

/// Adds a layer that nobody wrote.
fn add(graph: &mut Graph, layer: Rc<dyn Layer>, inputs: Vec<Edge>, site: Site) -> Edge {
    let (label, text) = (String::new(), layer.name().to_owned());
    graph.nodes.push(Node { kind: Kind::Layer(layer), inputs, label, text, span: site.start, end: site.end });
    Edge { node: graph.nodes.len() - 1, port: 0 }
}
