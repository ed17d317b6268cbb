//! The dotted names of parameters: `layer1.0.conv1`.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::Graph;
use crate::syntax::{Body, Chain, Link, LinkKind};

/// Names that are taken, and how far the numbering of those without a label has come.
#[derive(Debug, Default)]
pub struct Labels {
    taken: HashSet<String>,
    counters: HashMap<String, usize>,
    /// Labels that stand in the source, wherever that is: none of them is given to what has no label.
    written: HashSet<String>,
}

impl Labels {
    /// No label yet, and those that stand in these bodies.
    pub fn beside<'a>(bodies: impl Iterator<Item = &'a Body>) -> Self {
        let mut labels = Self::default();
        for body in bodies {
            let lets = body.lets.iter().map(|binding| &binding.chain);
            lets.chain(&body.outputs).for_each(|chain| labels.note(chain));
        }
        labels
    }

    fn note(&mut self, chain: &Chain) {
        for link in &chain.links {
            self.note_link(link);
        }
    }

    fn note_link(&mut self, link: &Link) {
        self.written.extend(link.label.as_ref().map(|label| label.name.clone()));
        match &link.kind {
            LinkKind::Repeat(_, link) => self.note_link(link),
            LinkKind::Group(chain) | LinkKind::Each(chain) => self.note(chain),
            LinkKind::Merge(merge) => merge.branches.iter().for_each(|branch| self.note(branch)),
            LinkKind::Call(_) | LinkKind::Path(_) | LinkKind::Shape(_) | LinkKind::Wrong => {}
        }
    }

    /// Takes a name; whether it was free.
    pub fn take(&mut self, label: &str) -> bool {
        self.taken.insert(label.to_owned())
    }

    /// The next free name of a kind within a scope: `conv1`, `conv2`, …
    pub fn next(&mut self, scope: &str, kind: &str) -> String {
        let base = join(scope, kind);
        let counter = self.counters.entry(base.clone()).or_default();
        loop {
            *counter += 1;
            let label = format!("{base}{counter}");
            if !self.written.contains(&format!("{kind}{counter}")) && self.taken.insert(label.clone()) {
                return label;
            }
        }
    }
}

/// Whether this may be the name of a tensor: parts joined by dots, none of which is empty.
pub fn is_name(label: &str) -> bool {
    label.split('.').all(|part| !part.is_empty() && part.chars().all(|c| !c.is_whitespace() && !c.is_control()))
}

/// The outermost labels of a network, as far as they are known: those of its nodes, and those that stand before what is wrong.
pub fn all(body: Option<&Body>, graph: Option<&Graph>) -> Vec<String> {
    let written = Labels::beside(body.into_iter()).written;
    let nodes = graph.into_iter().flat_map(|graph| &graph.nodes);
    let named = nodes.filter_map(|node| node.label.split('.').next().map(str::to_owned));
    let written = written.iter().filter_map(|label| label.split('.').next().map(str::to_owned));
    let all: BTreeSet<String> = written.chain(named).filter(|label| !label.is_empty()).collect();
    all.into_iter().collect()
}

/// A name within a scope; the outermost scope is empty.
pub fn join(scope: &str, name: &str) -> String {
    if scope.is_empty() { name.to_owned() } else { format!("{scope}.{name}") }
}

/// `MyLayer` as `my_layer`.
pub fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    let mut before = '_';
    for c in name.chars() {
        if c.is_uppercase() && (before.is_lowercase() || before.is_ascii_digit()) {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
        before = c;
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_each_kind_in_each_scope() {
        let mut labels = Labels::default();
        assert_eq!(labels.next("", "conv"), "conv1");
        assert_eq!(labels.next("", "affine"), "affine1");
        assert_eq!(labels.next("", "conv"), "conv2");
        assert_eq!(labels.next("layer1.0", "conv"), "layer1.0.conv1");
    }

    #[test]
    fn passes_over_names_that_are_taken() {
        let mut labels = Labels::default();
        assert!(labels.take("conv1"));
        assert!(!labels.take("conv1"));
        assert_eq!(labels.next("", "conv"), "conv2");
    }

    #[test]
    fn leaves_written_labels_to_those_who_wrote_them() {
        let mut labels = Labels { written: ["up1".to_owned()].into(), ..Labels::default() };
        assert_eq!((labels.next("", "up"), labels.next("a", "up")), ("up2".to_owned(), "a.up2".to_owned()));
        assert!(labels.take("up1"));
    }

    #[test]
    fn turns_types_into_labels() {
        for (name, expected) in [("Swish", "swish"), ("MyLayer", "my_layer"), ("ReLU", "re_lu"), ("GAN", "gan")] {
            assert_eq!(snake_case(name), expected);
        }
    }
}
