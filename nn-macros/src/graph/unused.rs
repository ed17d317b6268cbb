//! What nobody uses: rustc warns of it, as it does elsewhere.

use std::collections::HashSet;

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};

use crate::syntax::{Argument, Body, Chain, Expression, ExpressionKind, File, Item, Link, LinkKind, Shape};

/// Items of Rust that are as little used as constants, blocks and parameters of a file without mistakes, by the same names and
/// under the same attributes: `dead_code` and `unused_variables` are what warns of them, and can be allowed.
pub fn unused(file: &File) -> TokenStream {
    let mut used = Used::default();
    file.items.iter().for_each(|item| used.item(item));
    file.items.iter().map(|item| used.warn(item)).collect()
}

/// The names that stand in some expressions and chains.
#[derive(Default)]
struct Used(HashSet<String>);

impl Used {
    fn warn(&self, item: &Item) -> TokenStream {
        match item {
            Item::Const(constant) if !self.0.contains(&constant.name.to_string()) => {
                let (name, attributes) = (&constant.name, &constant.attributes);
                let item = quote_spanned!(name.span()=> const #name: () = (););
                quote!(const _: () = { #(#attributes)* #item };)
            }
            Item::Block(block) => {
                let (name, attributes) = (&block.name, &block.attributes);
                let mut inside = Self::default();
                inside.item(item);
                let is_used = |name: &Ident| inside.0.contains(&name.to_string());
                let parameters = block.parameters.iter().map(|parameter| &parameter.name).filter(|name| !is_used(name));
                let called = self.0.contains(&name.to_string()).then(|| quote!(const _: fn() = #name;));
                let parameters = quote!(#(let #parameters = ();)*);
                if called.is_some() && parameters.is_empty() {
                    return TokenStream::new();
                }
                let item = quote_spanned!(name.span()=> fn #name() { #parameters });
                quote!(const _: () = { #(#attributes)* #item #called };)
            }
            _ => TokenStream::new(),
        }
    }

    fn item(&mut self, item: &Item) {
        match item {
            Item::Network(network) => {
                network.inputs.iter().filter_map(|input| input.shape.as_ref()).for_each(|shape| self.shape(shape));
                network.attributes.budget.iter().flatten().for_each(|limit| self.expression(&limit.value));
                self.body(network.body.as_ref());
            }
            Item::Block(block) => {
                block
                    .parameters
                    .iter()
                    .filter_map(|parameter| parameter.default.as_ref())
                    .for_each(|default| self.expression(default));
                self.body(block.body.as_ref());
            }
            Item::Const(constant) => constant.value.iter().for_each(|value| self.expression(value)),
        }
    }

    fn body(&mut self, body: Option<&Body>) {
        let Some(body) = body else { return };
        let lets = body.lets.iter().map(|binding| &binding.chain);
        lets.chain(&body.outputs).for_each(|chain| self.chain(chain));
    }

    fn chain(&mut self, chain: &Chain) {
        chain.links.iter().for_each(|link| self.link(link));
    }

    fn link(&mut self, link: &Link) {
        match &link.kind {
            LinkKind::Repeat(count, link) => {
                self.expression(count);
                self.link(link);
            }
            LinkKind::Group(chain) | LinkKind::Each(chain) => self.chain(chain),
            LinkKind::Merge(merge) => merge.branches.iter().for_each(|branch| self.chain(branch)),
            LinkKind::Call(call) => {
                self.0.insert(call.name.to_string());
                self.arguments(call.arguments.as_deref().unwrap_or_default());
            }
            LinkKind::Path(path) => self.arguments(&path.arguments),
            LinkKind::Shape(shape) => self.shape(shape),
            LinkKind::Wrong => {}
        }
    }

    fn arguments(&mut self, arguments: &[Argument]) {
        arguments.iter().filter_map(|argument| argument.value.as_ref()).for_each(|value| self.expression(value));
    }

    fn shape(&mut self, shape: &Shape) {
        shape.sizes.iter().chain(&shape.below).for_each(|size| self.expression(size));
    }

    fn expression(&mut self, expression: &Expression) {
        match &expression.kind {
            ExpressionKind::Name(name) => drop(self.0.insert(name.to_string())),
            ExpressionKind::Negative(inner) => self.expression(inner),
            ExpressionKind::Binary(_, operands) => operands.iter().for_each(|operand| self.expression(operand)),
            ExpressionKind::List(list) => list.iter().for_each(|item| self.expression(item)),
            ExpressionKind::Tuple(names) => self.0.extend(names.iter().map(ToString::to_string)),
            ExpressionKind::Integer(_) | ExpressionKind::Float(_) | ExpressionKind::Bool(_) => {}
        }
    }
}
