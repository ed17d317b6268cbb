//! The third step: every size, and every mistake in them.
//!
//! A node behind a mistake has no shape, and nothing more is said of it; a shape check lets inference resume, so that
//! independent mistakes are all reported in one build.

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use crate::graph::{Edge, Graph, Kind, Network, Node};
use crate::layers::{LIMIT, Layer, OnRows, Problem, Rows, Shape, length};
use crate::report::{Mistake, Report};

/// How many steps `on the way here` shows at most.
const STEPS: usize = 8;

/// The shapes of all nodes' outputs.
#[derive(Clone, Debug)]
pub struct Shapes(Vec<Vec<Shape>>);

impl Shapes {
    /// The shape that an edge carries.
    pub fn of(&self, edge: Edge) -> &Shape {
        &self.0[edge.node][edge.port]
    }

    /// The shapes of a node's outputs.
    pub fn node(&self, node: usize) -> &[Shape] {
        &self.0[node]
    }

    /// The shapes of a node's inputs, as its layer sees them: of one row where it works on rows.
    pub fn inputs(&self, node: &Node) -> Vec<Shape> {
        self.seen(node).0
    }

    /// The rows that a node works on, one by one; `None` where it works on whole samples.
    pub fn rows(&self, node: &Node) -> Option<Rows> {
        self.seen(node).1
    }

    fn seen(&self, node: &Node) -> (Vec<Shape>, Option<Rows>) {
        let inputs: Vec<Shape> = node.inputs.iter().map(|&edge| self.of(edge).clone()).collect();
        match &node.kind {
            Kind::Layer(layer) => seen(layer.as_ref(), &inputs).unwrap_or((inputs, None)),
            _ => {
                let rows = inputs.first().and_then(|input| input.row_of);
                (inputs, rows)
            }
        }
    }
}

/// What a layer sees of its inputs, and the rows that it then works on one by one.
fn seen(layer: &dyn Layer, inputs: &[Shape]) -> Result<(Vec<Shape>, Option<Rows>), Problem> {
    let varies = inputs.iter().find(|input| input.varies.is_some());
    let rows: Vec<Shape> = match (layer.on_rows(), varies) {
        (OnRows::Begin, _) => {
            if inputs[0].row_of.is_some() {
                return Err(Problem::new("stands within another `each`, which gives it one row"));
            }
            if varies.is_none() && inputs[0].len() == 3 {
                let map = &inputs[0];
                let message = format!("takes the rows of [rows, features], but its input here is the map {map:?}");
                return Err(Problem::new(message).help("`reshape([rows, features])` makes rows of it"));
            }
            inputs.iter().map(Shape::row).collect()
        }
        (OnRows::Each, Some(_)) => inputs.iter().map(Shape::row).collect(),
        (OnRows::Along, _) => inputs.to_vec(),
        (OnRows::Whole, Some(input)) => {
            let message = format!("needs a fixed number of rows, but its input here is {input:?}");
            return Err(Problem::new(message).help("`each(…)` around it takes every row by itself"));
        }
        _ => inputs.to_vec(),
    };
    let of = rows.first().and_then(|row| row.row_of);
    if rows.iter().any(|row| row.row_of != of) {
        let message = "joins rows that are not counted alike";
        return Err(Problem::new(message)
            .help("within `each`, begin every branch with its row; elsewhere, join what comes from one input"));
    }
    if of.is_none() && layer.on_rows() == OnRows::End {
        return Err(Problem::new("needs a chain that begins with its row"));
    }
    Ok((rows.into_iter().map(|row| row.within(None)).collect(), of))
}

/// The shapes of a layer's outputs.
fn outputs(layer: &dyn Layer, inputs: &[Shape]) -> Result<Vec<Shape>, Problem> {
    numbers_fit(layer, inputs)?;
    let (seen, rows) = seen(layer, inputs)?;
    Ok(layer.outputs(&seen)?.into_iter().map(|output| given(layer, inputs, rows, output)).collect())
}

/// What a layer gives, from what it sees of that.
fn given(layer: &dyn Layer, inputs: &[Shape], rows: Option<Rows>, output: Shape) -> Shape {
    let output = output.within(rows);
    let within = inputs[0].row_of.is_some();
    match layer.on_rows() {
        OnRows::End => output.rows(),
        OnRows::Each if !within => output.rows(),
        _ => output,
    }
}

/// The shapes of every network of a file; `None` if something is wrong, which is reported. A network with a part that is
/// wrong has none either: nothing is to be said of it but that its part is wrong.
pub fn infer_all(networks: &[Network], report: &mut Report) -> Vec<Option<Shapes>> {
    let mut file = File { networks, found: vec![None; networks.len()], parts: HashMap::new() };
    for i in 0..networks.len() {
        file.infer(i, report);
    }
    file.found.into_iter().map(Option::flatten).collect()
}

/// The networks of a file, of which some have their shapes.
struct File<'a> {
    networks: &'a [Network],
    /// `None` where nothing was tried yet.
    found: Vec<Option<Option<Shapes>>>,
    /// What other networks see of those with shapes.
    parts: Parts,
}

impl File<'_> {
    /// Finds the shapes of a network, after those of its parts.
    fn infer(&mut self, i: usize, report: &mut Report) {
        if self.found[i].is_some() {
            return;
        }
        let network = &self.networks[i];
        // A network is not its own part: one that is, which is reported, finds itself wrong.
        self.found[i] = Some(None);
        self.parts.insert(network.name.to_string(), None);
        for part in network.parts() {
            if let Some(part) = self.networks.iter().position(|network| network.name == part) {
                self.infer(part, report);
            }
        }
        if let Some(sketch) = &network.sketch {
            infer(sketch, &self.parts, report);
        }
        let shapes = network.graph.as_ref().and_then(|graph| infer(graph, &self.parts, report));
        if let (Some(graph), Some(shapes)) = (&network.graph, &shapes) {
            let outputs = graph.outputs.iter().map(|&edge| shapes.of(edge).clone()).collect();
            let outside = Outside { inputs: graph.signature().inputs, outputs };
            self.parts.insert(network.name.to_string(), Some(outside));
        }
        self.found[i] = Some(shapes);
    }
}

/// The outside of the networks of a file by their names; `None` of one that is wrong.
pub type Parts = HashMap<String, Option<Outside>>;

/// The shapes that go into a network and come out of it.
#[derive(Clone, Debug)]
pub struct Outside {
    inputs: Vec<Shape>,
    outputs: Vec<Shape>,
}

impl Outside {
    /// `two inputs and one output`
    fn count(&self) -> String {
        let some =
            |count: usize, what: &str| if count == 1 { format!("one {what}") } else { format!("{count} {what}s") };
        format!("{} and {}", some(self.inputs.len(), "input"), some(self.outputs.len(), "output"))
    }
}

/// `None` if something is wrong, which is reported.
pub fn infer(graph: &Graph, parts: &Parts, report: &mut Report) -> Option<Shapes> {
    Inference { graph, parts, report, shapes: Vec::new(), correct: true }.finish()
}

/// The shapes of a graph of which the first nodes have theirs already.
pub fn infer_more(graph: &Graph, known: &Shapes, report: &mut Report) -> Option<Shapes> {
    let shapes = known.0.iter().cloned().map(Some).collect();
    Inference { graph, parts: &Parts::new(), report, shapes, correct: true }.finish()
}

struct Inference<'a> {
    graph: &'a Graph,
    parts: &'a Parts,
    report: &'a mut Report,
    /// Of the nodes so far; `None` behind a mistake.
    shapes: Vec<Option<Vec<Shape>>>,
    correct: bool,
}

impl Inference<'_> {
    fn finish(mut self) -> Option<Shapes> {
        for node in self.shapes.len()..self.graph.nodes.len() {
            let shapes = self.node(node);
            self.shapes.push(shapes);
        }
        for &output in &self.graph.outputs {
            self.output(output);
        }
        if self.correct { self.shapes.into_iter().collect::<Option<_>>().map(Shapes) } else { None }
    }

    fn node(&mut self, node: usize) -> Option<Vec<Shape>> {
        let shape = match &self.graph.nodes[node].kind {
            Kind::Layer(layer) => return self.layer(node, layer.as_ref()),
            Kind::Input { shape, .. } => self.bounded(node, shape.clone()),
            Kind::Path { .. } => self.path(node),
            Kind::Check(shape) => self.check(node, shape),
        };
        shape.map(|shape| vec![shape])
    }

    /// The shape that an edge carries; `None` behind a mistake.
    fn of(&self, edge: Edge) -> Option<&Shape> {
        self.shapes[edge.node].as_ref()?.get(edge.port)
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

    fn layer(&mut self, node: usize, layer: &dyn Layer) -> Option<Vec<Shape>> {
        let at = &self.graph.nodes[node];
        let inputs: Option<Vec<Shape>> = at.inputs.iter().map(|&edge| self.of(edge).cloned()).collect();
        let outputs = inputs.map(|inputs| outputs(layer, &inputs));
        let problem = match outputs {
            Some(Ok(shapes)) => return shapes.into_iter().map(|shape| self.bounded(node, shape)).collect(),
            Some(Err(problem)) if !problem.is_reported() => problem,
            _ => {
                self.correct = false;
                return None;
            }
        };
        let mistake = Mistake::new(at.site(), format!("{} {}", at.text, problem.message));
        let mut mistake = self.with_way(mistake, node).maybe_help(problem.help);
        // One place in a block stands for as many as there are calls and rounds.
        if let Some((scope, _)) = at.label.rsplit_once('.') {
            mistake = mistake.note(format!("in `{scope}`, as its parameters are called"));
        }
        self.mistake(mistake);
        None
    }

    /// Refuses an output of whole numbers.
    fn output(&mut self, output: Edge) {
        let Some(shape) = self.of(output).filter(|shape| shape.below.is_some()) else { return };
        let message = format!("an output of a network is real numbers, but this is {shape:?}, whole numbers");
        let mistake = Mistake::new(self.graph.nodes[output.node].site(), message);
        self.mistake(mistake.help("`embedding(size)` makes so many real numbers of each"));
    }

    /// The shape behind a path: that of a network of this file is known.
    fn path(&mut self, node: usize) -> Option<Shape> {
        let at = &self.graph.nodes[node];
        match (self.of(at.inputs[0]), &at.kind) {
            (None, _) => self.correct = false,
            (Some(whole), Kind::Path { per_sample: true, .. }) if whole.below.is_some() => {
                let message = format!("{} takes real numbers, but its input here is {whole:?}, whole numbers", at.text);
                let mistake =
                    Mistake::new(at.site(), message).help("leave out `per_sample`, or put `embedding(size)` before it");
                self.mistake(mistake);
            }
            (Some(rows), _) if rows.varies.is_some() || rows.row_of.is_some() => {
                let message = format!("{} takes samples with a fixed number of rows, not rows", at.text);
                let mistake = Mistake::new(at.site(), message).help("a part by path stands before or after them");
                self.mistake(mistake);
            }
            _ => {}
        }
        let Kind::Path { path, .. } = &at.kind else { return None };
        match self.parts.get(&path.to_string()) {
            None => self.unseen(node),
            Some(Some(outside)) => self.seen(node, outside),
            Some(None) => {
                self.correct = false;
                self.check_after(node).cloned()
            }
        }
    }

    /// The check right after a node.
    fn check_after(&self, node: usize) -> Option<&Shape> {
        match self.graph.nodes.get(node + 1) {
            Some(Node { kind: Kind::Check(shape), inputs, .. }) if inputs[0].node == node => Some(shape),
            _ => None,
        }
    }

    /// The shape behind a network of this file.
    fn seen(&mut self, node: usize, outside: &Outside) -> Option<Shape> {
        let at = &self.graph.nodes[node];
        let after = self.check_after(node).cloned();
        let ([input], [output]) = (&outside.inputs[..], &outside.outputs[..]) else {
            let message = format!("{} has {}, and a part has one of each", at.text, outside.count());
            let help = "a piece that stands in several networks is written as a `block`";
            self.mistake(Mistake::new(at.site(), message).help(help));
            return after;
        };
        let (site, text) = (at.site(), at.text.clone());
        if input.varies.is_some() || output.varies.is_some() {
            let message = format!("{text} takes or gives samples whose number of rows varies, as no part does");
            self.mistake(Mistake::new(site, message).help("write it as a `block`"));
            return after;
        }
        if let Some(found) = self.of(at.inputs[0]).filter(|found| !found.agrees(input)) {
            let message = format!("{text} takes {input:?}, but its input here is {found:?}");
            let mistake = self.with_way(Mistake::new(site, message), node);
            self.mistake(
                mistake.help(format!("let what is before it end in {input:?}, or change the input of {text}")),
            );
        }
        match after {
            Some(after) if !output.agrees(&after) => {
                let message = format!("{text} gives {output:?}, but the check after it says {after:?}");
                self.mistake(Mistake::new(site, message).help(format!("write `{text} -> {output:?}`, or no check")));
                Some(after)
            }
            _ => Some(output.clone()),
        }
    }

    /// The shape behind a path that leads elsewhere is that of the check right after it.
    fn unseen(&mut self, node: usize) -> Option<Shape> {
        let at = &self.graph.nodes[node];
        let next = self.graph.nodes.get(node + 1);
        let Some(shape) = self.check_after(node).cloned() else {
            let is_wrong = |next: &Node| match &next.kind {
                Kind::Layer(layer) => layer.is_wrong() && next.inputs.first().is_some_and(|edge| edge.node == node),
                _ => false,
            };
            if next.is_some_and(is_wrong) {
                self.correct = false;
                return None;
            }
            let mistake = Mistake::new(at.site(), format!("{} needs a shape right after it", at.text));
            let help = format!("the macro cannot see what it gives; say it: `{} -> [10]`", at.text);
            self.mistake(mistake.help(help));
            return None;
        };
        let gives = match (shape.varies, shape.below) {
            (Some(_), _) => "a fixed number of rows",
            (_, Some(_)) => "real numbers",
            _ => return Some(shape),
        };
        let message = format!("{} gives {gives}, but the check after it says {shape:?}", at.text);
        let site = next.map_or(at.site(), Node::site);
        self.mistake(Mistake::new(site, message));
        None
    }

    fn check(&mut self, node: usize, expected: &Shape) -> Option<Shape> {
        let at = &self.graph.nodes[node];
        if let Some(found) = self.of(at.inputs[0]).cloned()
            && !found.agrees(expected)
        {
            let mistake = Mistake::new(at.site(), format!("expected {expected:?} here, but the shape is {found:?}"));
            let mistake = self.with_way(mistake, node).help(format!("write {found:?}, or change a layer before it"));
            self.mistake(mistake);
            return self.bounded(node, expected.clone().within(found.row_of));
        }
        match self.of(at.inputs[0]) {
            Some(found) => Some(found.clone()),
            None => self.bounded(node, expected.clone()),
        }
    }

    /// Adds how the shapes came to be: `[3, 8, 8] -> conv [64, 6, 6] -> pool [64, 3, 3]`.
    fn with_way(&self, mistake: Mistake, node: usize) -> Mistake {
        let mut steps: Vec<String> = Vec::new();
        let mut at = self.before(node);
        while let Some(edge) = at {
            at = self.before(edge.node);
            let Some(shape) = self.of(edge) else {
                steps.push("…".to_owned());
                break;
            };
            if steps.len() == STEPS {
                steps.push("…".to_owned());
                break;
            }
            steps.extend(self.step(edge.node, shape));
        }
        steps.reverse();
        if steps.len() < 2 { mistake } else { mistake.note(format!("on the way here: {}", steps.join(" -> "))) }
    }

    fn before(&self, node: usize) -> Option<Edge> {
        self.graph.nodes[node].inputs.first().copied()
    }

    /// A node that begins the way or changes the shape.
    fn step(&self, node: usize, shape: &Shape) -> Option<String> {
        let at = &self.graph.nodes[node];
        let before = self.before(node).and_then(|before| self.of(before));
        match &at.kind {
            Kind::Input { .. } => Some(format!("{shape:?}")),
            Kind::Check(_) if before != Some(shape) => Some(format!("{shape:?}")),
            Kind::Layer(layer) if before != Some(shape) => Some(format!("{} {shape:?}", layer.name())),
            Kind::Path { .. } => Some(format!("{} {shape:?}", at.text)),
            Kind::Layer(_) | Kind::Check(_) => None,
        }
    }
}

/// Whether a layer takes numbers of the kind of its inputs.
fn numbers_fit(layer: &dyn Layer, inputs: &[Shape]) -> Result<(), Problem> {
    match inputs.iter().find(|input| input.below.is_some() != layer.takes_whole_numbers()) {
        None => Ok(()),
        Some(whole) if whole.below.is_some() => {
            let message = format!("takes real numbers, but its input here is {whole:?}, whole numbers");
            Err(Problem::new(message).help("`embedding(size)` makes so many real numbers of each"))
        }
        Some(real) => {
            let message = format!("takes whole numbers, but its input here is {real:?}, real numbers");
            Err(Problem::new(message).help("give the input its bound: `[12 of 40]` is twelve numbers, each below 40"))
        }
    }
}
