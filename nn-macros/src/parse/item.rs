//! Items and bodies.

use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::token::{Bracket, Paren};
use syn::{Attribute, Ident, Token, Visibility};

use super::cursor::{self, open_brace, open_parenthesis, skip, skip_until};
use super::{Parsed, Parser};
use crate::report::{Mistake, Reported, Site};
use crate::syntax::{Block, Body, Const, File, Input, Item, Let, Network, Parameter};

impl Parser<'_> {
    /// All items.
    pub fn file(&mut self, input: ParseStream) -> File {
        let mut file = File::default();
        while !input.is_empty() {
            let before = input.cursor();
            match self.item(input) {
                Ok(item) => file.items.push(item),
                Err(_) => cursor::skip_item(input),
            }
            if input.cursor() == before {
                skip(input);
            }
        }
        file
    }

    fn item(&mut self, input: ParseStream) -> Parsed<Item> {
        let attributes = input.call(Attribute::parse_outer).map_err(|error| self.adopt(&error))?;
        let visibility = input.parse::<Visibility>().map_err(|error| self.adopt(&error))?;
        if input.peek(Token![struct]) {
            return self.network(input, attributes, visibility).map(Item::Network);
        }
        let attributes = self.no_attributes(attributes);
        let item = if input.peek(Token![const]) {
            self.constant(input, attributes).map(Item::Const)
        } else if cursor::word(input, "block") {
            self.block(input, attributes).map(Item::Block)
        } else {
            Err(self.no_item(input))
        };
        if let (Ok(_), Visibility::Public(public)) = (&item, &visibility) {
            let mistake = Mistake::new(public.span, "only a network has a visibility");
            self.mistake(mistake.help("leave out `pub`: blocks and constants live inside this `network!`"));
        }
        item
    }

    fn no_item(&mut self, input: ParseStream) -> Reported {
        let (site, found) = cursor::next(input);
        let mistake = Mistake::new(site, format!("expected `struct`, `block` or `const`, found {found}"));
        self.mistake(mistake.help("a network is written `pub struct Digits = [1, 28, 28] -> …;`"))
    }

    fn network(&mut self, input: ParseStream, attributes: Vec<Attribute>, visibility: Visibility) -> Parsed<Network> {
        skip(input);
        let name = self.name(input, "the network's name")?;
        let attributes = self.attributes(attributes);
        let mut network = Network { attributes, visibility, name, inputs: Vec::new(), body: None };
        if self.head(input, &mut network).is_err() {
            cursor::skip_item(input);
            return Ok(network);
        }
        let after = Site::from(&network.name);
        network.body = self.body(input, after);
        Ok(network)
    }

    fn head(&mut self, input: ParseStream, network: &mut Network) -> Parsed<()> {
        if input.peek(Token![<]) {
            let mistake = Mistake::new(input.span(), "a network declares no generics");
            let help = "its number type is added by itself: `Digits<f64>`; a size with a name is a `const` beside it";
            skip_until(input, |input| input.peek(Token![;]));
            return Err(self.mistake(mistake.help(help)));
        }
        if input.peek(Paren) {
            let (site, content) = open_parenthesis(input).map_err(|error| self.adopt(&error))?;
            network.inputs = self.inputs(&content, site);
        }
        Ok(())
    }

    fn inputs(&mut self, content: ParseStream, site: Site) -> Vec<Input> {
        let mut inputs = Vec::new();
        if content.is_empty() {
            let mistake = Mistake::new(site, "expected at least one input");
            self.mistake(mistake.help("write `(image: [1, 28, 28])`, or leave out the parentheses"));
        }
        while !content.is_empty() {
            match self.input(content) {
                Ok(input) => inputs.push(input),
                Err(_) => skip_until(content, |content| content.peek(Token![,])),
            }
            if !content.is_empty() && content.parse::<Token![,]>().is_err() {
                self.expected(content, "`,` or `)`");
                skip_until(content, |content| content.peek(Token![,]));
                let _ = content.parse::<Option<Token![,]>>();
            }
        }
        inputs
    }

    fn input(&mut self, content: ParseStream) -> Parsed<Input> {
        let name = self.name(content, "the input's name")?;
        if content.parse::<Token![:]>().is_err() || !content.peek(Bracket) {
            let mistake = Mistake::new(&name, format!("input `{name}` needs a shape"));
            self.mistake(mistake.help(format!("write `{name}: [1, 28, 28]`")));
            skip_until(content, |content| content.peek(Token![,]));
            return Ok(Input { name, shape: None });
        }
        let shape = self.shape(content).ok();
        Ok(Input { name, shape })
    }

    fn block(&mut self, input: ParseStream, attributes: Vec<Attribute>) -> Parsed<Block> {
        skip(input);
        let name = self.name(input, "the block's name")?;
        let mut parameters = Vec::new();
        if input.peek(Paren) {
            let (_, content) = open_parenthesis(input).map_err(|error| self.adopt(&error))?;
            parameters = self.parameters(&content);
        }
        let after = Site::from(&name);
        let body = self.body(input, after);
        Ok(Block { attributes, name, parameters, body })
    }

    fn parameters(&mut self, content: ParseStream) -> Vec<Parameter> {
        let mut parameters = Vec::new();
        while !content.is_empty() {
            match self.parameter(content) {
                Ok(parameter) => parameters.push(parameter),
                Err(_) => skip_until(content, |content| content.peek(Token![,])),
            }
            if !content.is_empty() && !content.peek(Token![,]) {
                let (site, found) = cursor::next(content);
                let mistake = Mistake::new(site, format!("expected `,` or `)`, found {found}"));
                self.mistake(mistake.help("a parameter is a name alone: `block basic(channels, stride)`"));
                skip_until(content, |content| content.peek(Token![,]));
            }
            let _ = content.parse::<Option<Token![,]>>();
        }
        parameters
    }

    fn parameter(&mut self, content: ParseStream) -> Parsed<Parameter> {
        let name = self.name(content, "a parameter's name")?;
        let default = match content.parse::<Option<Token![=]>>() {
            Ok(Some(_)) => Some(self.expression(content)?),
            _ => None,
        };
        Ok(Parameter { name, default })
    }

    fn constant(&mut self, input: ParseStream, attributes: Vec<Attribute>) -> Parsed<Const> {
        skip(input);
        let name = self.name(input, "the constant's name")?;
        if input.peek(Token![:]) {
            let mistake = Mistake::new(input.span(), "a constant here has no type");
            self.mistake(mistake.help(format!("write `const {name} = 10;`")));
            skip_until(input, |input| input.peek(Token![=]) || input.peek(Token![;]));
        }
        if input.parse::<Token![=]>().is_err() {
            self.expected(input, "`=`");
            cursor::skip_item(input);
            return Ok(Const { attributes, name, value: None });
        }
        let value = self.expression(input);
        match &value {
            Ok(value) => self.semicolon(input, value.site),
            Err(_) => cursor::skip_item(input),
        }
        Ok(Const { attributes, name, value: value.ok() })
    }

    /// `= body;`
    fn body(&mut self, input: ParseStream, after: Site) -> Option<Body> {
        if input.parse::<Token![=]>().is_err() {
            let (site, found) = cursor::next(input);
            let mistake = match input.is_empty() {
                true => Mistake::new(after, "expected `= …;` after this"),
                false => Mistake::new(site, format!("expected `=`, found {found}")),
            };
            self.mistake(mistake.help("what it computes stands behind a `=`: `… = conv(30, 5) -> relu;`"));
            cursor::skip_item(input);
            return None;
        }
        let (body, end) = if cursor::starts_brace(input) {
            self.graph(input).ok()?
        } else if cursor::ends_chain(input) {
            let mistake = Mistake::new(after, format!("`{}` is empty", source(after)));
            self.mistake(mistake.help("write `[1, 28, 28] -> …`: the shape of the input, then layers"));
            cursor::skip_item(input);
            return None;
        } else {
            let chain = self.chain(input);
            let end = chain.site.end.into();
            (Body { lets: Vec::new(), outputs: vec![chain] }, end)
        };
        self.semicolon(input, end);
        Some(body)
    }

    /// `{ let name = chain; chain, chain }`
    fn graph(&mut self, input: ParseStream) -> Parsed<(Body, Site)> {
        let (site, content) = open_brace(input).map_err(|error| self.adopt(&error))?;
        let mut body = Body { lets: Vec::new(), outputs: Vec::new() };
        while !content.is_empty() {
            if content.peek(Token![let]) {
                self.binding(&content, &mut body);
            } else {
                self.output(&content, &mut body);
            }
        }
        if body.outputs.is_empty() {
            let mistake = Mistake::new(site, "a graph needs an output");
            self.mistake(mistake.help("write `{ let a = …; a -> … }`: the last chain is what comes out"));
        }
        Ok((body, site.end.into()))
    }

    fn binding(&mut self, content: ParseStream, body: &mut Body) {
        let site = Site::from(content.span());
        skip(content);
        if !body.outputs.is_empty() {
            self.mistake(Mistake::new(site, "a `let` stands before the outputs"));
        }
        match self.named_chain(content) {
            Ok(binding) => {
                self.semicolon(content, binding.chain.site);
                body.lets.push(binding);
            }
            Err(_) => cursor::skip_item(content),
        }
    }

    fn named_chain(&mut self, content: ParseStream) -> Parsed<Let> {
        if content.peek(Token![mut]) {
            let mistake = Mistake::new(content.span(), "a value of the graph never changes");
            self.mistake(mistake.help("leave out `mut`"));
            skip(content);
        }
        let names = self.names(content)?;
        if content.peek(Token![:]) {
            let mistake = Mistake::new(content.span(), "the shape of a value follows from its chain");
            self.mistake(mistake.help("leave it out, or check it at the end of the chain: `… -> [8]`"));
            skip_until(content, |content| content.peek(Token![=]) || content.peek(Token![;]));
        }
        if content.parse::<Token![=]>().is_err() {
            return Err(self.expected(content, "`=`"));
        }
        if cursor::ends_chain(content) {
            return Err(self.expected(content, "a chain"));
        }
        Ok(Let { names, chain: self.chain(content) })
    }

    /// `name`, or `(name, name)`
    fn names(&mut self, content: ParseStream) -> Parsed<Vec<Ident>> {
        if !content.peek(Paren) {
            return Ok(vec![self.name(content, "a name")?]);
        }
        let (site, inner) = open_parenthesis(content).map_err(|error| self.adopt(&error))?;
        let mut names = Vec::new();
        while !inner.is_empty() {
            names.push(self.name(&inner, "a name")?);
            if !inner.is_empty() && inner.parse::<Token![,]>().is_err() {
                return Err(self.expected(&inner, "`,` or `)`"));
            }
        }
        if names.is_empty() {
            Err(self.mistake(Mistake::new(site, "expected a name in these parentheses")))
        } else {
            Ok(names)
        }
    }

    fn output(&mut self, content: ParseStream, body: &mut Body) {
        let mut skipped = false;
        if content.peek(Token![return]) {
            let mistake = Mistake::new(content.span(), "an output is a chain alone");
            self.mistake(mistake.help("leave out `return`, and the `;` behind the chain"));
            skip(content);
            body.outputs.push(self.chain(content));
            let _ = content.parse::<Option<Token![;]>>();
            return;
        }
        if !cursor::ends_chain(content) {
            body.outputs.push(self.chain(content));
            skipped = true;
        }
        if content.is_empty() || content.peek(Token![let]) || (skipped && content.parse::<Token![,]>().is_ok()) {
            return;
        }
        let (site, found) = cursor::next(content);
        let mistake = Mistake::new(site, format!("expected `,` or `}}` after an output, found {found}"));
        let help = "outputs are separated by `,` and take no `;`; other chains are named with `let`";
        self.mistake(mistake.help(help));
        skip(content);
    }

    /// The `;` after something that ends at `before`.
    fn semicolon(&mut self, input: ParseStream, before: Site) {
        if input.parse::<Token![;]>().is_ok() {
            return;
        }
        if input.is_empty() || cursor::starts_item(input) || input.peek(Token![let]) {
            self.mistake(Mistake::new(before.end, "expected `;` after this"));
            return;
        }
        let (site, found) = cursor::next(input);
        let mistake = Mistake::new(site, format!("expected `->` or `;`, found {found}"));
        self.mistake(mistake.maybe_help(separator_help(input)));
        cursor::skip_item(input);
    }

    /// A name that is no word of Rust.
    pub fn name(&mut self, input: ParseStream, wanted: &str) -> Parsed<Ident> {
        let (site, found) = cursor::next(input);
        if let Ok(name) = input.parse::<Ident>() {
            return Ok(name);
        }
        if input.peek(Ident::peek_any) {
            let _ = input.call(Ident::parse_any);
            return Err(self.mistake(Mistake::new(site, format!("{found} is a word of Rust and cannot be {wanted}"))));
        }
        Err(self.mistake(Mistake::new(site, format!("expected {wanted}, found {found}"))))
    }
}

fn separator_help(input: ParseStream) -> Option<String> {
    if input.peek(Token![,]) {
        Some("several outputs stand in braces: `{ chain, chain }`".to_owned())
    } else if input.peek(Token![|]) {
        Some("`|` separates the branches of a merge: `add(a | b)`".to_owned())
    } else if ["%", "<", ">", "^", "&", "!"].iter().any(|mark| cursor::next(input).1.trim_matches('`') == *mark) {
        Some("numbers are computed by `+ - * /` and parentheses".to_owned())
    } else {
        None
    }
}

fn source(site: Site) -> String {
    site.start.source_text().unwrap_or_else(|| "this".to_owned())
}
