//! Links to nodes: one function per kind.

use std::rc::Rc;

use proc_macro2::{Literal, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::Ident;

use super::expand::{Expansion, From, Full, LIMIT};
use super::labels::{is_name, join, snake_case};
use super::{Edge, Kind};
use crate::expressions::{Numbers, Value};
use crate::layers::{self, Arguments, Description, Given, Layer};
use crate::report::{Mistake, Report, Site};
use crate::syntax::{Argument, Block, Call, Chain, Expression, Label, Link, LinkKind, Merge, Path, Shape};
use crate::words::{self, COMING, EACH, MERGES, NUMBER};

/// How deep blocks may nest.
const DEPTH: usize = 64;

impl From {
    fn edge(self) -> Option<Edge> {
        match self {
            From::Nothing => None,
            From::Branch(edge) | From::Value(edge) => Some(edge),
        }
    }
}

impl Expansion<'_> {
    /// What comes out of a link. `name` is the name that a repeat around it gives it.
    pub(super) fn link(&mut self, link: &Link, from: From, scope: &str, name: Option<String>) -> Result<Edge, Full> {
        self.count(link.site)?;
        let name = match &link.label {
            Some(label) => Some(self.label(label, link, name.as_deref().unwrap_or(scope))),
            None => name,
        };
        let inner = name.as_deref().unwrap_or(scope);
        match &link.kind {
            LinkKind::Repeat(count, repeated) => {
                let name = name
                    .map(|name| Repeated { counts_on: link.label.as_ref().is_some_and(|label| label.quoted), name });
                self.repeat(count, repeated, from, scope, name)
            }
            LinkKind::Group(chain) => self.chain(chain, from, inner),
            LinkKind::Each(chain) => self.each(chain, link.site, from, inner),
            LinkKind::Merge(merge) => self.merge(merge, link.site, from, inner),
            LinkKind::Call(call) => self.call(call, link.site, from, scope, name),
            LinkKind::Path(path) => Ok(self.path(path, link.site, from, scope, name)),
            LinkKind::Shape(shape) => Ok(self.shape(shape, from)),
            LinkKind::Wrong => {
                self.unread();
                Ok(self.wrong(from.edge(), link.site))
            }
        }
    }

    fn label(&mut self, Label { name, site, quoted }: &Label, link: &Link, scope: &str) -> String {
        if *quoted && name.is_empty() {
            return self.no_label(*site, link, scope);
        }
        let (label, full) = (*site, join(scope, name));
        if *quoted && !is_name(name) {
            let mistake = Mistake::new(label, format!("`{name}` is no name of a tensor"));
            self.mistake(mistake.help("it has parts joined by dots, such as \"features.0\""));
        } else if !quoted && syn::parse_str::<Ident>(name).is_err() {
            let mistake = Mistake::new(label, format!("`{name}` is a word of Rust and cannot be a label"));
            self.mistake(mistake.help(format!("choose another name, or write it in quotes: `\"{name}\":`")));
        } else if !quoted && name.starts_with(char::is_uppercase) {
            let mistake = Mistake::new(label, format!("a label is in lower case, not `{name}`"));
            self.mistake(mistake.help(format!("write `{}:`, or `\"{name}\":` if a file has it so", snake_case(name))));
        } else if matches!(link.kind, LinkKind::Shape(_)) {
            let mistake = Mistake::new(label, "a label names parameters, and a shape has none");
            self.mistake(mistake.help(format!("leave out `{name}:`")));
        } else if !self.labels.take(&full) {
            let mistake = Mistake::new(label, format!("`{full}` is the name of another layer already"));
            self.mistake(mistake.help("a label names one layer; one before a count names the whole: `name: 3 * …`"));
        }
        full
    }

    /// Of the empty label, by which a block's layers are named as if they stood in its place.
    fn no_label(&mut self, label: Site, link: &Link, scope: &str) -> String {
        let is_block =
            matches!(&link.kind, LinkKind::Call(call) if self.items.find_block(&call.name.to_string()).is_some());
        if !is_block {
            let mistake = Mistake::new(label, "an empty label stands before a block alone");
            self.mistake(mistake.help("leave it out: what has no label is given one, such as `conv1`"));
        }
        scope.to_owned()
    }

    /// Reports a mistake that leaves the network without a graph.
    fn mistake(&mut self, mistake: Mistake) {
        let site = mistake.site;
        self.report.push(mistake);
        self.wrong(None, site);
    }

    /// Reports a mistake and stands in for what should be there.
    fn mistaken(&mut self, mistake: Mistake, from: From) -> Edge {
        let site = mistake.site;
        self.report.push(mistake);
        self.wrong(from.edge(), site)
    }

    /// What flows into a link that needs an input.
    fn needed(&mut self, from: From, site: Site, text: &str) -> Edge {
        if let Some(edge) = from.edge() {
            return edge;
        }
        self.unread();
        let help = match self.sources.first() {
            None if text.contains("::") || text.starts_with(char::is_uppercase) => {
                "begin with the shape of its input, which the macro cannot see: `[100] -> …`".to_owned()
            }
            Some(source) => format!("begin this chain with a value: `{} -> …`", source.name),
            None => "begin with the shape of the input: `[1, 28, 28] -> …`".to_owned(),
        };
        self.mistaken(Mistake::new(site, format!("nothing flows into {text}")).help(help), from)
    }

    fn repeat(
        &mut self,
        count: &Expression,
        link: &Link,
        from: From,
        scope: &str,
        name: Option<Repeated>,
    ) -> Result<Edge, Full> {
        let Some(times) = self.numbers.size(count, "a count", self.report) else {
            return Ok(self.wrong(from.edge(), count.site));
        };
        if times > LIMIT {
            let mistake =
                Mistake::new(count.site, format!("{times} repeats are more than the {LIMIT} a network may have"));
            return Ok(self.mistaken(mistake.help("repeat less"), from));
        }
        let mut from = from;
        let mut last = None;
        for i in 0..times {
            let name = name.as_ref().map(|name| name.of(i));
            if i > 0 && name.as_ref().is_some_and(|name| !self.labels.take(name)) {
                let taken = name.unwrap_or_default();
                let mistake = Mistake::new(link.site, format!("`{taken}` is the name of another layer already"));
                return Ok(self
                    .mistaken(mistake.help("a label with a number is counted on: give the other a later one"), from));
            }
            let edge = self.link(link, from, scope, name)?;
            from = From::Value(if i + 1 < times { self.one(edge) } else { edge });
            last = Some(edge);
        }
        Ok(last.unwrap_or_else(|| self.wrong(from.edge(), link.site)))
    }

    fn merge(&mut self, merge: &Merge, end: Site, from: From, scope: &str) -> Result<Edge, Full> {
        let site = Site::from(&merge.name).to(end);
        let name = merge.name.to_string();
        let residual = words::merges_its_input(&name);
        if matches!(from, From::Value(_)) && !residual && merge.branches.iter().all(|branch| self.begins_itself(branch))
        {
            self.unread();
            let mistake = Mistake::new(&merge.name, format!("no branch of this {name} uses what comes before it"));
            return Ok(self.mistaken(mistake.help("begin the chain with it, or add the branch `id`"), from));
        }
        let passed = if residual { Some(self.needed(from, site, &name)) } else { from.edge() };
        let from = passed.map_or(From::Nothing, From::Branch);
        let mut inputs = Vec::new();
        for branch in &merge.branches {
            inputs.push(self.chain(branch, from, scope)?);
        }
        if residual {
            inputs.extend(passed);
        }
        let label = self.labels.next(scope, &name);
        Ok(self.node(Kind::Layer(layers::merge(&name)), inputs, label, name, site))
    }

    fn each(&mut self, chain: &Chain, site: Site, from: From, scope: &str) -> Result<Edge, Full> {
        let input = self.needed(from, site, EACH);
        let [begin, end] = layers::each().map(Kind::Layer);
        let row = self.node(begin, vec![input], String::new(), EACH.to_owned(), site);
        let edge = self.chain(chain, From::Value(row), scope)?;
        let edge = self.one(edge);
        Ok(self.node(end, vec![edge], String::new(), EACH.to_owned(), site))
    }

    fn shape(&mut self, shape: &Shape, from: From) -> Edge {
        let Some(edge) = from.edge() else { return self.first_shape(shape) };
        match self.sizes(shape) {
            Some(sizes) => {
                let text = format!("{sizes:?}");
                self.node(Kind::Check(sizes), vec![edge], String::new(), text, shape.site)
            }
            None => self.wrong(Some(edge), shape.site),
        }
    }

    /// A shape that nothing flows into: the input.
    fn first_shape(&mut self, shape: &Shape) -> Edge {
        if let Some(input) = self.network.inputs.first() {
            self.unread();
            let mistake = Mistake::new(shape.site, "the inputs of this network have names already");
            return self.mistaken(mistake.help(format!("begin with `{} -> …`", input.name)), From::Nothing);
        }
        if self.nodes.iter().any(|node| matches!(node.kind, Kind::Input { .. })) {
            let mistake = Mistake::new(shape.site, "this is a second input without a name");
            let help = format!("name the inputs: `struct {}(image: [1, 28, 28], noise: [100]) = …`", self.network.name);
            return self.mistaken(mistake.help(help), From::Nothing);
        }
        self.input("input", shape)
    }

    fn call(&mut self, call: &Call, site: Site, from: From, scope: &str, name: Option<String>) -> Result<Edge, Full> {
        let word = call.name.to_string();
        if let Some(i) = self.sources.iter().position(|source| source.name == call.name) {
            return Ok(self.source(i, call, site, from));
        }
        if word == "id" {
            return Ok(self.identity(call, site, from));
        }
        if let Some(description) = layers::find(&word) {
            return Ok(self.layer(description, call, site, from, scope, name));
        }
        if let Some((block, _)) = self.items.find_block(&word) {
            return self.block(block, call, site, from, scope, name);
        }
        let mistake = self.unknown(call);
        Ok(self.mistaken(mistake, from))
    }

    fn identity(&mut self, call: &Call, site: Site, from: From) -> Edge {
        if call.arguments.as_ref().is_some_and(|arguments| !arguments.is_empty()) {
            return self.mistaken(Mistake::new(site, "id takes no arguments"), from);
        }
        self.needed(from, site, "id")
    }

    fn layer(
        &mut self,
        description: &Description,
        call: &Call,
        site: Site,
        from: From,
        scope: &str,
        name: Option<String>,
    ) -> Edge {
        let word = call.name.to_string();
        let given = self.given(call.arguments.as_deref().unwrap_or_default());
        let text = text(&word, &given);
        given.iter().for_each(|given| self.use_values(&given.value));
        let sources = self.source_names();
        let mut arguments = Arguments::new(&word, site, given, &self.numbers, sources, self.report);
        let layer: Rc<dyn Layer> = (description.build)(&mut arguments);
        let values = arguments.given_values();
        let correct = arguments.finish();
        let mut inputs = vec![self.needed(from, site, &text)];
        inputs.extend(values.into_iter().map(|(name, site)| self.value(&name, site)));
        let label = name.unwrap_or_else(|| self.labels.next(scope, description.names[0]));
        if correct {
            self.node(Kind::Layer(layer), inputs, label, text, site)
        } else {
            // A value that it should have named is not to blame.
            self.unread();
            self.wrong(inputs.first().copied(), site)
        }
    }

    /// Notes the sources that an argument names.
    fn use_values(&mut self, value: &Value) {
        let names = match value {
            Value::Word(name) => std::slice::from_ref(name),
            Value::Tuple(names) => names,
            _ => return,
        };
        for source in &mut self.sources {
            source.used |= names.iter().any(|name| source.name == *name);
        }
    }

    /// A value that an argument names.
    fn value(&mut self, name: &str, site: Site) -> Edge {
        match self.sources.iter().find(|source| source.name == name) {
            Some(source) => source.edge.unwrap_or_else(|| self.too_early(name, site, From::Nothing)),
            None => self.wrong(None, site),
        }
    }

    /// What stands for a value that is used before it is there.
    fn too_early(&mut self, name: &str, site: Site, from: From) -> Edge {
        let mistake = Mistake::new(site, format!("`{name}` has no value yet"));
        self.mistaken(mistake.help(format!("move `let {name} = …` above its first use")), from)
    }

    fn given(&mut self, arguments: &[Argument]) -> Vec<Given> {
        let given = |argument: &Argument| {
            let value = argument.value.as_ref().map_or(Value::Wrong, |value| self.numbers.value(value, self.report));
            Given { name: argument.name.clone(), value, site: argument.site }
        };
        arguments.iter().map(given).collect()
    }

    fn block(
        &mut self,
        block: &Block,
        call: &Call,
        site: Site,
        from: From,
        scope: &str,
        name: Option<String>,
    ) -> Result<Edge, Full> {
        let word = call.name.to_string();
        let input = self.needed(from, site, &format!("block `{word}`"));
        self.called.insert(word.clone());
        if self.blocks.contains(&word) {
            let way: Vec<&str> = self.blocks.iter().map(String::as_str).skip_while(|block| *block != word).collect();
            let message = format!("block `{word}` contains itself: {} -> {word}", way.join(" -> "));
            let mistake = Mistake::new(site, message).help("repeat a block with `3 * block(…)`");
            return Ok(self.mistaken(mistake, From::Value(input)));
        }
        if self.blocks.len() == DEPTH {
            let mistake = Mistake::new(site, format!("more than {DEPTH} blocks within each other"));
            return Ok(self.mistaken(mistake, From::Value(input)));
        }
        let Some(numbers) = self.bind(block, call, site) else { return Ok(self.wrong(Some(input), site)) };
        let Some(body) = &block.body else {
            self.unread();
            return Ok(self.wrong(Some(input), site));
        };
        if let Some(second) = body.outputs.get(1) {
            let mistake = Mistake::new(second.site, "a block has one output");
            return Ok(self.mistaken(mistake.help("join them with a merge, or write two blocks"), From::Value(input)));
        }
        let scope = name.unwrap_or_else(|| self.labels.next(scope, &word));
        let outer = (std::mem::replace(&mut self.numbers, numbers), std::mem::take(&mut self.sources));
        self.blocks.push(word);
        let outputs = self.body(body, From::Branch(input), &scope);
        self.blocks.pop();
        (self.numbers, self.sources) = outer;
        Ok(outputs?.first().copied().unwrap_or(input))
    }

    /// The numbers that have a name inside a block.
    fn bind(&mut self, block: &Block, call: &Call, site: Site) -> Option<Numbers> {
        let given = self.given(call.arguments.as_deref().unwrap_or_default());
        let sources = self.source_names();
        let (_, outside) = self.items.find_block(&block.name.to_string())?;
        let mut numbers = outside.clone();
        let defaults: Vec<Option<Value>> = (block.parameters.iter())
            .map(|parameter| parameter.default.as_ref().map(|default| outside.number(default, self.report)))
            .collect();
        let word = call.name.to_string();
        let mut arguments = Arguments::new(&word, site, given, &self.numbers, sources, self.report);
        for (parameter, default) in block.parameters.iter().zip(defaults) {
            let name = parameter.name.to_string();
            let value = arguments.any(&name, default);
            numbers.define(name, value);
        }
        arguments.finish().then_some(numbers)
    }

    fn source(&mut self, i: usize, call: &Call, site: Site, from: From) -> Edge {
        let name = &call.name;
        self.sources[i].used = true;
        if call.arguments.is_some() {
            let mistake = Mistake::new(site, format!("`{name}` is a value and takes no arguments"));
            return self.mistaken(mistake, from);
        }
        if matches!(from, From::Value(_)) {
            let mistake =
                Mistake::new(site, format!("`{name}` is a value: it stands only first in a chain or a branch"));
            return self.mistaken(mistake.help(format!("merge it: `add(id | {name})` or `concat(id | {name})`")), from);
        }
        match self.sources[i].edge {
            Some(edge) => edge,
            None => self.too_early(&name.to_string(), site, from),
        }
    }

    fn unknown(&mut self, call: &Call) -> Mistake {
        let word = call.name.to_string();
        if self.numbers.get(&word).is_some() {
            let mistake = Mistake::new(&call.name, format!("`{word}` is a number, not a layer"));
            return mistake.help(format!("repeat a layer with `{word} * …`"));
        }
        if COMING.contains(&word.as_str()) {
            return Mistake::new(&call.name, format!("there is no layer `{word}` yet"));
        }
        let meant = (layers::meant(&word)
            .map(|ours| self.in_our_words(ours, call.arguments.as_deref().unwrap_or_default())))
        .or_else(|| self.closest(&word));
        if call.arguments.is_none() {
            // It may have meant any value, which then only seems unused.
            self.unread();
        }
        let mistake = Mistake::new(&call.name, format!("there is no layer, block or value `{word}`"));
        let names: Vec<&str> = layers::names().collect();
        let help = meant.map(|meant| format!("did you mean `{meant}`?"));
        mistake.help(help.unwrap_or_else(|| format!("the layers are `{}`", names.join("`, `"))))
    }

    /// A call of another framework as one of ours, with its arguments where they make sense here.
    fn in_our_words(&mut self, ours: &'static str, arguments: &[Argument]) -> String {
        let Some(description) = layers::find(ours) else { return ours.to_owned() };
        let mut unread = Report::default();
        let given = arguments.iter().map(|argument| {
            let value = argument.value.as_ref().map_or(Value::Wrong, |value| self.numbers.value(value, &mut unread));
            Given { name: argument.name.clone(), value, site: argument.site }
        });
        let given = given.collect();
        let (numbers, sources) = (&self.numbers, Vec::new());
        let mut arguments = Arguments::new(ours, Site::from(Span::call_site()), given, numbers, sources, &mut unread);
        (description.build)(&mut arguments);
        let meant = arguments.meant(ours);
        unread.into_mistakes();
        meant.unwrap_or_else(|| ours.to_owned())
    }

    /// The word of the language, or the name, that is nearest to a misspelt one.
    fn closest(&self, word: &str) -> Option<String> {
        let words = layers::names().chain(MERGES).chain(["id", EACH]).map(str::to_owned);
        let blocks = self.items.block_names().map(str::to_owned);
        let names: Vec<String> = self.source_names().into_iter().chain(blocks).chain(words).collect();
        words::closest(word, names.iter().map(String::as_str)).map(str::to_owned)
    }

    fn source_names(&self) -> Vec<String> {
        self.sources.iter().map(|source| source.name.to_string()).collect()
    }

    fn path(&mut self, path: &Path, site: Site, from: From, scope: &str, name: Option<String>) -> Edge {
        let source = |source: &super::expand::Source| path.path.is_ident(&source.name);
        if let Some(source) = self.sources.iter_mut().find(|other| source(other)) {
            // The name is in capitals, which is reported.
            source.used = true;
            let edge = source.edge;
            self.give_up();
            return edge.unwrap_or_else(|| self.wrong(from.edge(), site));
        }
        if let Some(mistake) = self.impossible(path) {
            return self.mistaken(mistake, from);
        }
        let words = path.path.to_token_stream().to_string().replace(' ', "");
        let given = self.given(&path.arguments);
        let text = text(&words, &given);
        let input = match self.input_of(path, from) {
            Some(input) => input,
            None => self.needed(from, site, &text),
        };
        let Some(arguments) = self.generics(&given) else { return self.wrong(Some(input), site) };
        let last = path.path.segments.last().map(|segment| snake_case(&segment.ident.to_string()));
        let label = name.unwrap_or_else(|| self.labels.next(scope, &last.unwrap_or_default()));
        let Path { path, per_sample, .. } = path;
        let path = if arguments.is_empty() { quote!(#path) } else { quote!(#path<#(#arguments),*>) };
        self.node(Kind::Path { path, per_sample: *per_sample }, vec![input], label, text, site)
    }

    /// The input of a network that begins with another one of the same file: the shape is the other's.
    fn input_of(&mut self, path: &Path, from: From) -> Option<Edge> {
        let begins = matches!(from, From::Nothing) && self.network.inputs.is_empty() && self.nodes.is_empty();
        let name = path.path.get_ident().filter(|_| begins)?.to_string();
        let (shape, numbers) = self.items.input_of(&name)?;
        let outer = std::mem::replace(&mut self.numbers, numbers.clone());
        let input = self.input("input", shape);
        self.numbers = outer;
        Some(input)
    }

    /// What is wrong with a path that cannot be meant as one.
    fn impossible(&mut self, path: &Path) -> Option<Mistake> {
        let segments: Vec<&Ident> = path.path.segments.iter().map(|segment| &segment.ident).collect();
        let (first, last) = (*segments.first()?, *segments.last()?);
        let (site, name) = (Site::from(first).to(last), last.to_string());
        let yours = format!(
            "a type of yours of this name is written `self::{}`",
            path.path.to_token_stream().to_string().replace(' ', "")
        );
        if first == "Self" {
            let mistake = Mistake::new(site, "`Self` is no layer: a network cannot be a part of itself");
            return Some(mistake.help("write a piece that stands in several places as a `block`"));
        }
        if segments.len() > 1 {
            let foreign = words::is_foreign_module(&first.to_string());
            let ours = layers::meant(&name).or_else(|| Some(layers::find(&name)?.names[0]));
            return match ours.filter(|_| foreign || name.starts_with(char::is_lowercase)) {
                Some(ours) => {
                    let meant = self.in_our_words(ours, &path.arguments);
                    let mistake = Mistake::new(site, "the layers of the language stand without a path");
                    let yours = if foreign { format!("; {yours}") } else { String::new() };
                    Some(mistake.help(format!("write `{meant}`{yours}")))
                }
                None if name.starts_with(char::is_lowercase) => {
                    let help = "a path ends in the CamelCase name of a network or a layer of yours: `my::Swish`";
                    Some(Mistake::new(last, format!("`{name}` is no type")).help(help))
                }
                None => None,
            };
        }
        if self.items.has_network(&name) {
            return self.items.way(&name, &self.network.name.to_string()).map(|way| {
                let mistake = Mistake::new(last, format!("`{}` contains itself: {way}", self.network.name));
                mistake.help("a network cannot be a part of its parts")
            });
        }
        if self.numbers.get(&name).is_some() {
            let mistake = Mistake::new(last, format!("`{name}` is a number, not a layer"));
            return Some(mistake.help(format!("repeat a layer with `{name} * …`")));
        }
        if name == NUMBER {
            return Some(Mistake::new(last, format!("`{name}` is the number type here, not a layer")).help(yours));
        }
        let ours = layers::meant(&name)?;
        let meant = self.in_our_words(ours, &path.arguments);
        let mistake = Mistake::new(last, format!("there is no layer `{name}`"));
        Some(mistake.help(format!("did you mean `{meant}`? If not, {yours}")))
    }

    /// Arguments of a path as those of a type.
    fn generics(&mut self, given: &[Given]) -> Option<Vec<TokenStream>> {
        let generics: Vec<_> = given.iter().map(|given| self.generic(given)).collect();
        generics.into_iter().collect()
    }

    fn generic(&mut self, given: &Given) -> Option<TokenStream> {
        let span = given.site.start;
        let mistake = match (&given.name, &given.value) {
            (None, Value::Integer(integer)) => return Some(integer_tokens(*integer, span)),
            (None, Value::Bool(truth)) => return Some(Ident::new(&truth.to_string(), span).into_token_stream()),
            (_, Value::Wrong) => return None,
            (Some(name), _) => {
                let help = format!("write the value alone: `{}`", given.value);
                Mistake::new(given.site, format!("arguments of a path have no names such as `{name}`")).help(help)
            }
            (None, value) => {
                let help = "they become const generics: `my::Scale(3)` is the type `my::Scale<3>`";
                Mistake::new(given.site, format!("an argument of a path is a whole number, not {value}")).help(help)
            }
        };
        self.report.push(mistake);
        None
    }
}

fn integer_tokens(integer: i64, span: Span) -> TokenStream {
    let mut literal = Literal::u64_unsuffixed(integer.unsigned_abs());
    literal.set_span(span);
    if integer < 0 { quote!(-#literal) } else { quote!(#literal) }
}

/// A call in words: `conv(30, 5, stride = 2)`.
fn text(word: &str, given: &[Given]) -> String {
    let argument = |given: &Given| match &given.name {
        Some(name) => format!("{name} = {}", given.value),
        None => given.value.to_string(),
    };
    let arguments: Vec<String> = given.iter().map(argument).collect();
    if arguments.is_empty() { word.to_owned() } else { format!("{word}({})", arguments.join(", ")) }
}

/// The name of what is repeated.
struct Repeated {
    name: String,
    /// Whether a number at its end is that of the first.
    counts_on: bool,
}

impl Repeated {
    /// The name of number `i`: `layer1.2` for `layer1`, and `layer1.3` for `layer1.1` if that counts on.
    fn of(&self, i: usize) -> String {
        let base = self.name.trim_end_matches(|c: char| c.is_ascii_digit());
        match self.name[base.len()..].parse::<usize>() {
            Ok(first) if self.counts_on => format!("{base}{}", first.saturating_add(i)),
            _ => format!("{}.{i}", self.name),
        }
    }
}
