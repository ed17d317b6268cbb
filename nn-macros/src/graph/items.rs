//! What stands beside a network: constants, blocks, and the names of other networks.

use std::collections::{BTreeMap, BTreeSet};

use syn::Ident;

use crate::expressions::{Numbers, Value};
use crate::layers;
use crate::report::{Mistake, Report};
use crate::syntax::{Block, Body, Chain, Const, File, Item, Link, LinkKind, Network, Shape};
use crate::words::{self, COMING, MERGES, NUMBER};

/// The items of one `network!` by name.
#[derive(Debug)]
pub struct Items<'a> {
    blocks: BTreeMap<String, (&'a Block, usize)>,
    networks: BTreeMap<String, Entry<'a>>,
    numbers: Vec<Numbers>,
}

#[derive(Debug)]
struct Entry<'a> {
    network: &'a Network,
    /// Its index among the items.
    item: usize,
    /// The networks of this file that may be its parts.
    parts: Vec<String>,
}

impl<'a> Items<'a> {
    /// Collects them; reports names that do not fit, and constants without a value.
    pub fn collect(file: &'a File, report: &mut Report) -> Self {
        let mut items = Self { blocks: BTreeMap::new(), networks: BTreeMap::new(), numbers: Vec::new() };
        let mut numbers = Numbers::default();
        for item in &file.items {
            if let Item::Const(constant) = item {
                numbers.define_later(constant.name.to_string());
            }
        }
        for (i, item) in file.items.iter().enumerate() {
            items.numbers.push(numbers.clone());
            match item {
                Item::Network(network) => items.network(network, i, report),
                Item::Block(block) => items.block(block, i, report),
                Item::Const(constant) => define(constant, &mut numbers, report),
            }
        }
        items
    }

    fn network(&mut self, network: &'a Network, item: usize, report: &mut Report) {
        let name = network.name.to_string();
        if !name.starts_with(char::is_uppercase) {
            let mistake = Mistake::new(&network.name, format!("the name of a network is in CamelCase, not `{name}`"));
            report.push(mistake.help(format!("write `{}`", camel_case(&name))));
        }
        if name == NUMBER {
            let text = format!("`{name}` is the number type of every network and cannot be its name");
            let mistake = Mistake::new(&network.name, text);
            report.push(mistake.help("choose another name, like `Digits`"));
        }
        if self.networks.contains_key(&name) {
            let mistake = Mistake::new(&network.name, format!("there is a network `{name}` already"));
            report.push(mistake.help("choose another name"));
        }
        for (before, input) in network.inputs.iter().enumerate() {
            check_name(&input.name, "an input", report);
            if network.inputs[..before].iter().any(|other| other.name == input.name) {
                report.push(Mistake::new(&input.name, format!("there is an input `{}` already", input.name)));
            }
        }
        check_lets(network.body.as_ref(), report);
        let mut parts = Vec::new();
        walk_body(network.body.as_ref(), &mut parts);
        self.networks.entry(name).or_insert(Entry { network, item, parts });
    }

    fn block(&mut self, block: &'a Block, i: usize, report: &mut Report) {
        check_name(&block.name, "a block", report);
        for (i, parameter) in block.parameters.iter().enumerate() {
            check_name(&parameter.name, "a parameter", report);
            if block.parameters[..i].iter().any(|other| other.name == parameter.name) {
                report
                    .push(Mistake::new(&parameter.name, format!("there is a parameter `{}` already", parameter.name)));
            }
        }
        check_lets(block.body.as_ref(), report);
        if self.blocks.insert(block.name.to_string(), (block, i)).is_some() {
            report.push(Mistake::new(&block.name, format!("there is a block `{}` already", block.name)));
        }
    }

    /// The block of this name, and the constants above it.
    pub fn find_block(&self, name: &str) -> Option<(&'a Block, &Numbers)> {
        self.blocks.get(name).map(|(block, i)| (*block, &self.numbers[*i]))
    }

    /// Reports what is wrong in blocks that are not among the called.
    pub fn check_uncalled(&self, mut called: BTreeSet<String>, report: &mut Report) {
        for (name, (block, item)) in &self.blocks {
            if called.contains(name) {
                continue;
            }
            let mut numbers = self.numbers[*item].clone();
            for parameter in &block.parameters {
                let default = parameter.default.as_ref().map(|default| self.numbers[*item].number(default, report));
                numbers.define(parameter.name.to_string(), default.unwrap_or(Value::Wrong));
            }
            super::expand::check_block(block, self, numbers, &mut called, report);
        }
    }

    /// The bodies of all blocks.
    pub fn blocks(&self) -> impl Iterator<Item = &Body> {
        self.blocks.values().filter_map(|(block, _)| block.body.as_ref())
    }

    /// The names of all blocks.
    pub fn block_names(&self) -> impl Iterator<Item = &str> {
        self.blocks.keys().map(String::as_str)
    }

    /// Whether there is a network of this name.
    pub fn has_network(&self, name: &str) -> bool {
        self.networks.contains_key(name)
    }

    /// The shape of the one input of the network of this name, with the constants above it.
    pub fn input_of(&self, name: &str) -> Option<(&'a Shape, &Numbers)> {
        let Entry { network, item, .. } = self.networks.get(name)?;
        let numbers = self.numbers(*item);
        if let [input] = &network.inputs[..] {
            return Some((input.shape.as_ref()?, numbers));
        }
        let body = network.body.as_ref()?;
        let first = body.lets.iter().map(|binding| &binding.chain).chain(&body.outputs).next()?.links.first()?;
        match &first.kind {
            LinkKind::Shape(shape) => Some((shape, numbers)),
            // A network cannot be its own part, or this would not end; that is reported where it is expanded.
            LinkKind::Path(path) => {
                let inner = path.path.get_ident()?.to_string();
                if self.way(&inner, name).is_some() { None } else { self.input_of(&inner) }
            }
            _ => None,
        }
    }

    /// Whether the item of this index is the first network of its name.
    pub fn is_first(&self, item: usize, name: &str) -> bool {
        self.networks.get(name).is_some_and(|entry| entry.item == item)
    }

    /// How network `from` comes to have `to` as a part: `Pair -> Half -> Pair` for a part of `to` itself.
    pub fn way(&self, from: &str, to: &str) -> Option<String> {
        let mut ways = vec![vec![to, from]];
        let mut seen = BTreeSet::new();
        while let Some(way) = ways.pop() {
            let last = way[way.len() - 1];
            if last == to {
                return Some(way.join(" -> "));
            }
            for part in self
                .networks
                .get(last)
                .into_iter()
                .flat_map(|entry| &entry.parts)
                .filter(|part| seen.insert(part.as_str()))
            {
                ways.push([&way[..], &[part.as_str()]].concat());
            }
        }
        None
    }

    /// The constants above the item of this index.
    pub fn numbers(&self, item: usize) -> &Numbers {
        &self.numbers[item]
    }
}

fn define(constant: &Const, numbers: &mut Numbers, report: &mut Report) {
    let name = constant.name.to_string();
    if !name.starts_with(char::is_uppercase) {
        let mistake = Mistake::new(&constant.name, format!("the name of a constant is in capitals, not `{name}`"));
        report.push(mistake.help(format!("write `{}`", name.to_uppercase())));
    }
    if numbers.get(&name).is_some() {
        report.push(Mistake::new(&constant.name, format!("there is a constant `{name}` already")));
    }
    let value = constant.value.as_ref().map_or(Value::Wrong, |value| numbers.number(value, report));
    numbers.define(name, value);
}

fn check_lets(body: Option<&Body>, report: &mut Report) {
    for name in body.iter().flat_map(|body| &body.lets).flat_map(|binding| &binding.names) {
        check_name(name, "a value", report);
    }
}

/// A name that stands where layers do is in lower case, and no word of the language.
fn check_name(ident: &Ident, what: &str, report: &mut Report) {
    let name = ident.to_string();
    if name.starts_with(char::is_uppercase) {
        let mistake = Mistake::new(ident, format!("the name of {what} is in lower case, not `{name}`"));
        report.push(mistake.help(format!("write `{}`", super::labels::snake_case(&name))));
    }
    let layer = layers::find(&name).is_some() || COMING.contains(&name.as_str());
    let kind = if layer {
        "the name of a layer"
    } else if MERGES.contains(&name.as_str())
        || name == "id"
        || [words::PER_SAMPLE, words::EACH].contains(&name.as_str())
    {
        "a word of the language"
    } else if words::VALUES.contains(&name.as_str()) {
        "the value of an argument"
    } else {
        return;
    };
    let mistake = Mistake::new(ident, format!("`{name}` is {kind} and cannot be the name of {what}"));
    report.push(mistake.help("choose another name"));
}

/// The one-segment paths of a body, which may be networks of the same file.
fn walk_body(body: Option<&Body>, parts: &mut Vec<String>) {
    let Some(body) = body else { return };
    let lets = body.lets.iter().map(|binding| &binding.chain);
    lets.chain(&body.outputs).for_each(|chain| walk_chain(chain, parts));
}

fn walk_chain(chain: &Chain, parts: &mut Vec<String>) {
    chain.links.iter().for_each(|link| walk_link(link, parts));
}

fn walk_link(link: &Link, parts: &mut Vec<String>) {
    match &link.kind {
        LinkKind::Repeat(_, link) => walk_link(link, parts),
        LinkKind::Group(chain) | LinkKind::Each(chain) => walk_chain(chain, parts),
        LinkKind::Merge(merge) => merge.branches.iter().for_each(|branch| walk_chain(branch, parts)),
        LinkKind::Path(path) => parts.extend(path.path.get_ident().map(ToString::to_string)),
        LinkKind::Call(_) | LinkKind::Shape(_) | LinkKind::Wrong => {}
    }
}

fn camel_case(name: &str) -> String {
    let capital = |part: &str| {
        let mut chars = part.chars();
        chars.next().map(|first| first.to_uppercase().chain(chars).collect::<String>()).unwrap_or_default()
    };
    name.split('_').map(capital).collect()
}
