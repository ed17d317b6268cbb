//! The third step: every size, and every mistake in them.
//!
//! A node behind a mistake has no shape, and nothing more is said of it; a shape check lets inference resume, so that
//! independent mistakes are all reported in one build.

#[cfg(test)]
mod tests;

use crate::graph::{Graph, Kind, Network, Node};
use crate::layers::{LIMIT, Layer, Shape, Wrong, length};
use crate::report::{Mistake, Report};

/// How many steps `on the way here` shows at most.
const STEPS: usize = 8;

/// The shapes of every network of a file, as [`infer`] gives them. A network with a part that is wrong has none either:
/// nothing is to be said of it but that its part is wrong.
pub fn infer_all(networks: &[Network], report: &mut Report) -> Vec<Option<Vec<Shape>>> {
    let infer = |network: &Network| network.graph.as_ref().and_then(|graph| infer(graph, report));
    let mut shapes: Vec<_> = networks.iter().map(infer).collect();
    let mut wrong: Vec<String> = Vec::new();
    loop {
        let before = wrong.len();
        for (network, shapes) in networks.iter().zip(&mut shapes) {
            if network.parts().any(|part| wrong.contains(&part)) {
                *shapes = None;
            }
            if shapes.is_none() && !wrong.iter().any(|name| network.name == name) {
                wrong.push(network.name.to_string());
            }
        }
        if wrong.len() == before {
            return shapes;
        }
    }
}

/// One shape per node; `None` if something is wrong, which is reported.
pub fn infer(graph: &Graph, report: &mut Report) -> Option<Vec<Shape>> {
    let mut inference = Inference { graph, report, shapes: Vec::new(), correct: true };
    for node in 0..graph.nodes.len() {
        let shape = inference.shape(node);
        inference.shapes.push(shape);
    }
    let Inference { shapes, correct, .. } = inference;
    if correct { shapes.into_iter().collect() } else { None }
}

struct Inference<'a> {
    graph: &'a Graph,
    report: &'a mut Report,
    /// Of the nodes so far; `None` behind a mistake.
    shapes: Vec<Option<Shape>>,
    correct: bool,
}

impl Inference<'_> {
    fn shape(&mut self, node: usize) -> Option<Shape> {
        match &self.graph.nodes[node].kind {
            Kind::Input { shape, .. } => self.bounded(node, shape.clone()),
            Kind::Layer(layer) => self.layer(node, layer.as_ref()),
            Kind::Path(_) => self.path(node),
            Kind::Check(shape) => self.check(node, shape),
        }
    }

    fn mistake(&mut self, mistake: Mistake) {
        self.report.push(mistake);
        self.correct = false;
    }

    /// Refuses a shape with more numbers than can be computed.
    fn bounded(&mut self, node: usize, shape: Shape) -> Option<Shape> {
        if length(&shape).is_some() {
            return Some(shape);
        }
        let node = &self.graph.nodes[node];
        let message = match node.kind {
            Kind::Layer(_) => format!("{} gives {shape:?}, which is more than {LIMIT} numbers", node.text),
            _ => format!("{shape:?} is more than {LIMIT} numbers"),
        };
        self.mistake(Mistake::new(node.site(), message).help("make a size smaller"));
        None
    }

    fn layer(&mut self, node: usize, layer: &dyn Layer) -> Option<Shape> {
        let at = &self.graph.nodes[node];
        let inputs: Option<Vec<Shape>> = at.inputs.iter().map(|edge| self.shapes[edge.node].clone()).collect();
        let problem = match inputs.map(|inputs| layer.output(&inputs)) {
            Some(Ok(shape)) => return self.bounded(node, shape),
            Some(Err(problem)) if !problem.is_reported() => problem,
            _ => {
                self.correct = false;
                return None;
            }
        };
        let mistake = Mistake::new(at.site(), format!("{} {}", at.text, problem.message));
        let mistake = self.with_way(mistake, node).maybe_help(problem.help);
        self.mistake(mistake);
        None
    }

    /// The shape behind a path is that of the check right after it.
    fn path(&mut self, node: usize) -> Option<Shape> {
        let at = &self.graph.nodes[node];
        if self.shapes[at.inputs[0].node].is_none() {
            self.correct = false;
        }
        match self.graph.nodes.get(node + 1) {
            Some(Node { kind: Kind::Check(shape), inputs, .. }) if inputs[0].node == node => Some(shape.clone()),
            Some(Node { kind: Kind::Layer(layer), inputs, .. })
                if inputs.first().is_some_and(|edge| edge.node == node) && is_wrong(layer.as_ref()) =>
            {
                self.correct = false;
                None
            }
            _ => {
                let mistake = Mistake::new(at.site(), format!("{} needs a shape right after it", at.text));
                let help = "the macro cannot see what it gives; say it: `{} -> [10]`".replace("{}", &at.text);
                self.mistake(mistake.help(help));
                None
            }
        }
    }

    fn check(&mut self, node: usize, expected: &Shape) -> Option<Shape> {
        let at = &self.graph.nodes[node];
        if let Some(found) = self.shapes[at.inputs[0].node].clone()
            && found != *expected
        {
            let mistake = Mistake::new(at.site(), format!("expected {expected:?} here, but the shape is {found:?}"));
            let mistake = self.with_way(mistake, node).help(format!("write {found:?}, or change a layer before it"));
            self.mistake(mistake);
        }
        self.bounded(node, expected.clone())
    }

    /// Adds how the shapes came to be: `[3, 8, 8] -> conv [64, 6, 6] -> pool [64, 3, 3]`.
    fn with_way(&self, mistake: Mistake, node: usize) -> Mistake {
        let mut steps: Vec<String> = Vec::new();
        let mut at = self.before(node);
        while let Some(node) = at {
            at = self.before(node);
            let Some(shape) = &self.shapes[node] else {
                steps.push("…".to_owned());
                break;
            };
            if steps.len() == STEPS {
                steps.push("…".to_owned());
                break;
            }
            steps.extend(self.step(node, shape));
        }
        steps.reverse();
        if steps.len() < 2 { mistake } else { mistake.note(format!("on the way here: {}", steps.join(" -> "))) }
    }

    fn before(&self, node: usize) -> Option<usize> {
        self.graph.nodes[node].inputs.first().map(|edge| edge.node)
    }

    /// A node that begins the way or changes the shape.
    fn step(&self, node: usize, shape: &Shape) -> Option<String> {
        let at = &self.graph.nodes[node];
        let before = self.before(node).and_then(|before| self.shapes[before].as_ref());
        match &at.kind {
            Kind::Input { .. } => Some(format!("{shape:?}")),
            Kind::Check(_) if before != Some(shape) => Some(format!("{shape:?}")),
            Kind::Layer(layer) if before != Some(shape) => Some(format!("{} {shape:?}", layer.name())),
            Kind::Path(_) => Some(format!("{} {shape:?}", at.text)),
            Kind::Layer(_) | Kind::Check(_) => None,
        }
    }
}

/// Whether a layer stands for a mistake that is reported.
fn is_wrong(layer: &dyn Layer) -> bool {
    layer.name() == Wrong::NAME
}
