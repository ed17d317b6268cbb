//! Bodies and chains to nodes.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::items::Items;
use super::labels::Labels;
use super::{Edge, Graph, Kind, Node};
use crate::expressions::Numbers;
use crate::layers::{Shape, Wrong};
use crate::report::{Mistake, Report, Site};
use crate::syntax::{self, Block, Body, Chain, Link, LinkKind, Network};
use crate::words::merges_its_input;

/// No network has more links than this, with its blocks and repeats written out.
pub const LIMIT: usize = 10_000;

/// The network is too large; this is reported.
#[derive(Clone, Copy, Debug)]
pub struct Full;

/// What flows into a link.
#[derive(Clone, Copy, Debug)]
pub enum From {
    /// Nothing: it is the first of its chain.
    Nothing,
    /// The input of a branch or a block, which a source in first place may pass over.
    Branch(Edge),
    /// What the link before it gives.
    Value(Edge),
}

/// A value with a name.
#[derive(Debug)]
pub struct Source {
    /// Its name.
    pub name: syn::Ident,
    /// The value; `None` while it stands further down.
    pub edge: Option<Edge>,
    /// Whether a chain begins with it.
    pub used: bool,
}

/// A network while it is expanded.
pub struct Expansion<'a> {
    pub(super) network: &'a Network,
    pub(super) items: &'a Items<'a>,
    pub(super) report: &'a mut Report,
    pub(super) nodes: Vec<Node>,
    pub(super) labels: Labels,
    /// Numbers that have a name here.
    pub(super) numbers: Numbers,
    /// Values that have a name here.
    pub(super) sources: Vec<Source>,
    /// Blocks around this place.
    pub(super) blocks: Vec<String>,
    /// Blocks that are called.
    pub(super) called: &'a mut BTreeSet<String>,
    links: usize,
    /// Whether something could not be read, so that a name may only seem unused.
    unread: bool,
    /// Whether a node stands for something that is reported.
    wrong: bool,
}

/// The graph of a network as far as it could be made, and whether it is whole: something in it is wrong if not, which is
/// reported.
pub fn expand(
    network: &Network,
    items: &Items,
    numbers: &Numbers,
    called: &mut BTreeSet<String>,
    report: &mut Report,
) -> Option<(Graph, bool)> {
    let body = network.body.as_ref()?;
    let labels = Labels::beside(items.blocks().chain([body]));
    let mut expansion = Expansion::new(network, items, numbers.clone(), labels, called, report);
    expansion.inputs();
    let outputs = expansion.body(body, From::Nothing, "").ok()?;
    expansion.check_emptiness();
    let is_whole = !expansion.wrong && !outputs.is_empty();
    Some((Graph { nodes: expansion.nodes, outputs }, is_whole))
}

/// Reports what is wrong in a block that nobody calls, whatever flows into it and whatever its parameters are.
pub fn check_block(block: &Block, items: &Items, numbers: Numbers, called: &mut BTreeSet<String>, report: &mut Report) {
    let Some(body) = &block.body else { return };
    let network = Network {
        attributes: syntax::Attributes::default(),
        visibility: syn::Visibility::Inherited,
        name: block.name.clone(),
        inputs: Vec::new(),
        body: None,
    };
    let mut expansion = Expansion::new(&network, items, numbers, Labels::default(), called, report);
    expansion.blocks.push(block.name.to_string());
    let input = expansion.wrong(None, (&block.name).into());
    let _ = expansion.body(body, From::Branch(input), "");
}

impl<'a> Expansion<'a> {
    fn new(
        network: &'a Network,
        items: &'a Items<'a>,
        numbers: Numbers,
        labels: Labels,
        called: &'a mut BTreeSet<String>,
        report: &'a mut Report,
    ) -> Self {
        let (nodes, sources, blocks) = (Vec::new(), Vec::new(), Vec::new());
        let (links, unread, wrong) = (0, false, false);
        Self { network, items, report, nodes, labels, numbers, sources, blocks, called, links, unread, wrong }
    }
}

impl Expansion<'_> {
    fn inputs(&mut self) {
        let network = self.network;
        for input in &network.inputs {
            let name = input.name.to_string();
            let edge = match input.shape.as_ref() {
                Some(shape) => self.input(&name, shape),
                None => self.wrong(None, (&input.name).into()),
            };
            self.sources.push(Source { name: input.name.clone(), edge: Some(edge), used: false });
        }
    }

    /// A node for an input of the network.
    pub(super) fn input(&mut self, name: &str, shape: &syntax::Shape) -> Edge {
        match self.sizes(shape) {
            None => self.wrong(None, shape.site),
            Some(sizes) => {
                let text = format!("{sizes:?}");
                let kind = Kind::Input { name: name.to_owned(), shape: sizes };
                self.node(kind, Vec::new(), String::new(), text, shape.site)
            }
        }
    }

    /// The numbers of a shape.
    pub(super) fn sizes(&mut self, shape: &syntax::Shape) -> Option<Shape> {
        let sizes: Vec<_> = shape.sizes.iter().map(|size| self.numbers.size(size, "a size", self.report)).collect();
        let below = shape.below.as_ref().map(|below| self.numbers.size(below, "a bound", self.report));
        let sizes: Vec<usize> = sizes.into_iter().collect::<Option<_>>()?;
        let sizes = match below {
            None => sizes.into(),
            Some(below) => Shape::of_whole_numbers(sizes, self.bound(below?, shape)?),
        };
        // Of an input it is its own number of rows; of a check it is not known which.
        let inputs = || self.nodes.iter().filter(|node| matches!(node.kind, Kind::Input { .. })).count();
        Some(sizes.varying(shape.varies.then(inputs)))
    }

    /// The bound of whole numbers, which are kept in 32 bits.
    fn bound(&mut self, below: usize, shape: &syntax::Shape) -> Option<usize> {
        if u32::try_from(below).is_ok() {
            return Some(below);
        }
        let mistake = Mistake::new(shape.site, format!("{below} is too large a bound for whole numbers"));
        self.report.push(mistake.help(format!("it is at most {}", u32::MAX)));
        None
    }

    /// The values of a body's outputs.
    pub(super) fn body(&mut self, body: &Body, from: From, scope: &str) -> Result<Vec<Edge>, Full> {
        let outer = self.sources.len();
        self.declare(body);
        for binding in &body.lets {
            let edge = self.outputs_of(&binding.chain, from, scope)?;
            self.bind_names(outer, binding, edge);
        }
        let outputs = body.outputs.iter().map(|chain| self.chain(chain, from, scope)).collect();
        self.unread |= body.outputs.is_empty();
        self.check_use();
        outputs
    }

    /// Gives the outputs of a let their names.
    fn bind_names(&mut self, outer: usize, binding: &syntax::Let, edge: Edge) {
        let mut edge = self.with_ports(edge, binding.names.len());
        let ports = self.ports(edge);
        if ports != binding.names.len() && !self.is_wrong(edge) {
            let text = &self.nodes[edge.node].text;
            let names: Vec<String> = (0..ports).map(|port| format!("a{port}")).collect();
            let (outputs, names) = match (ports, self.most_ports(edge, binding.names.len())) {
                (1, None) => ("one output".to_owned(), "a".to_owned()),
                (1, Some(most)) => (format!("at most {most} outputs"), "(a0, a1)".to_owned()),
                _ => (format!("{ports} outputs"), format!("({})", names.join(", "))),
            };
            let mistake = Mistake::new(
                &binding.names[0],
                format!("{text} has {outputs}, but the `let` names {}", binding.names.len()),
            );
            self.report.push(mistake.help(format!("write `let {names} = …`")));
            edge = self.wrong(Some(Edge { port: 0, ..edge }), binding.chain.site);
        }
        for (port, name) in binding.names.iter().enumerate() {
            let edge = if edge.port == Edge::ALL { Edge { port, ..edge } } else { edge };
            if let Some(source) = self.sources[outer..].iter_mut().find(|source| source.name == *name) {
                source.edge.get_or_insert(edge);
            }
        }
    }

    fn declare(&mut self, body: &Body) {
        for name in body.lets.iter().flat_map(|binding| &binding.names) {
            let what = if self.sources.iter().any(|source| source.name == *name) {
                "a value"
            } else if self.items.find_block(&name.to_string()).is_some() {
                "a block"
            } else {
                self.sources.push(Source { name: name.clone(), edge: None, used: false });
                continue;
            };
            let mistake = Mistake::new(name, format!("there is {what} `{name}` already"));
            self.report.push(mistake.help("choose another name"));
            self.wrong = true;
        }
    }

    fn check_use(&mut self) {
        for source in &self.sources {
            if source.used || self.unread {
                continue;
            }
            let mistake = Mistake::new(&source.name, format!("`{}` is never used", source.name));
            self.report
                .push(mistake.help(format!("begin a chain or a branch with `{} -> …`, or leave it out", source.name)));
            self.wrong = true;
        }
    }

    fn check_emptiness(&mut self) {
        if self.wrong || self.nodes.iter().any(|node| matches!(node.kind, Kind::Layer(_) | Kind::Path { .. })) {
            return;
        }
        let name = &self.network.name;
        let mistake = Mistake::new(name, format!("`{name}` has no layers"));
        self.report.push(mistake.help("write `[1, 28, 28] -> …`: the shape of the input, then layers"));
        self.wrong = true;
    }

    /// What comes out of a chain: one value.
    pub(super) fn chain(&mut self, chain: &Chain, from: From, scope: &str) -> Result<Edge, Full> {
        let edge = self.outputs_of(chain, from, scope)?;
        Ok(self.one(edge))
    }

    /// What comes out of a chain, the last of whose links may have several outputs.
    fn outputs_of(&mut self, chain: &Chain, from: From, scope: &str) -> Result<Edge, Full> {
        let mut edge = None;
        for link in &chain.links {
            let from = edge.map_or(from, |edge| From::Value(self.one(edge)));
            edge = Some(self.link(link, from, scope, None)?);
        }
        Ok(edge.unwrap_or_else(|| self.wrong(None, chain.site)))
    }

    /// An edge of which one value is wanted; reports a layer with several outputs.
    pub(super) fn one(&mut self, edge: Edge) -> Edge {
        if edge.port != Edge::ALL {
            return edge;
        }
        let node = &self.nodes[edge.node];
        let (site, text, ports) = (node.site(), node.text.clone(), self.ports(edge));
        let names: Vec<String> = (0..ports).map(|port| format!("a{port}")).collect();
        let mistake = Mistake::new(site, format!("{text} has {ports} outputs"));
        self.report.push(mistake.help(format!("name them: `let ({}) = … -> {text};`", names.join(", "))));
        self.wrong(Some(Edge { port: 0, ..edge }), site)
    }

    /// The edge of a layer that has so many outputs if it is asked for them, and is now.
    fn with_ports(&mut self, edge: Edge, ports: usize) -> Edge {
        match &mut self.nodes[edge.node].kind {
            Kind::Layer(layer) if ports > 1 && edge.port == 0 => match layer.with_ports(ports) {
                Some(more) => {
                    *layer = more;
                    Edge { port: Edge::ALL, ..edge }
                }
                None => edge,
            },
            _ => edge,
        }
    }

    /// The most outputs, fewer than so many, that a layer has if it is asked for several.
    fn most_ports(&self, edge: Edge, ports: usize) -> Option<usize> {
        let Kind::Layer(layer) = &self.nodes[edge.node].kind else { return None };
        (2..ports).rev().find(|&ports| layer.with_ports(ports).is_some())
    }

    /// How many outputs an edge stands for.
    fn ports(&self, edge: Edge) -> usize {
        match &self.nodes[edge.node].kind {
            Kind::Layer(layer) if edge.port == Edge::ALL => layer.ports(),
            _ => 1,
        }
    }

    fn is_wrong(&self, edge: Edge) -> bool {
        matches!(&self.nodes[edge.node].kind, Kind::Layer(layer) if layer.is_wrong())
    }

    /// Counts a link; reports a network that grows too large.
    pub(super) fn count(&mut self, site: Site) -> Result<(), Full> {
        self.links += 1;
        if self.links <= LIMIT {
            return Ok(());
        }
        let message = format!("`{}` has more than {LIMIT} links with its blocks and repeats", self.network.name);
        self.report.push(Mistake::new(site, message).help("repeat less"));
        Err(Full)
    }

    /// Adds a node.
    pub(super) fn node(&mut self, kind: Kind, inputs: Vec<Edge>, label: String, text: String, site: Site) -> Edge {
        let port = match &kind {
            Kind::Layer(layer) if layer.ports() > 1 => Edge::ALL,
            _ => 0,
        };
        self.nodes.push(Node { kind, inputs, label, text, span: site.start, end: site.end });
        Edge { node: self.nodes.len() - 1, port }
    }

    /// Adds a node for something that is reported.
    pub(super) fn wrong(&mut self, input: Option<Edge>, site: Site) -> Edge {
        self.wrong = true;
        let inputs = input.into_iter().collect();
        self.node(Kind::Layer(Rc::new(Wrong)), inputs, String::new(), String::new(), site)
    }

    /// Notes that something is wrong which is reported, and needs no node to stand for it.
    pub(super) fn give_up(&mut self) {
        self.wrong = true;
    }

    /// Notes that a part of the network could not be read.
    pub(super) fn unread(&mut self) {
        self.unread = true;
    }

    /// Whether a chain begins with a named value, so that nothing need flow into it.
    pub(super) fn begins_itself(&self, chain: &Chain) -> bool {
        chain.links.first().is_some_and(|link| self.link_begins_itself(link))
    }

    fn link_begins_itself(&self, link: &Link) -> bool {
        match &link.kind {
            LinkKind::Call(call) => self.sources.iter().any(|source| source.name == call.name),
            LinkKind::Group(chain) | LinkKind::Each(chain) => self.begins_itself(chain),
            LinkKind::Repeat(_, link) => self.link_begins_itself(link),
            LinkKind::Merge(merge) => {
                !merges_its_input(&merge.name.to_string())
                    && merge.branches.iter().all(|branch| self.begins_itself(branch))
            }
            _ => false,
        }
    }
}
