//! How operands are spelled.
//!
//! Within a pass over the samples a value goes by its own name, and its gradient by `d_` and the name, whatever its place;
//! outside, what lies in a slot goes by the slot.

use std::collections::HashMap;
use std::ops::Range;

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use quote::{format_ident, quote};

use crate::plan::{Extent, Memory, Op, Place, Plan, Program};
use crate::weights::Narrow;

/// An identifier of the generated code.
pub fn ident(name: &str) -> Ident {
    Ident::new(name, Span::call_site())
}

/// What a pass reads and writes: the values themselves, or their gradients.
#[derive(Clone, Copy)]
pub struct Operands<'a> {
    pub program: &'a Program,
    pub memory: &'a Memory,
    pub gradients: bool,
}

impl<'a> Operands<'a> {
    /// The name of a value, or of its gradient, which is that of the value in whose place it lies.
    pub fn name(&self, value: usize) -> Ident {
        if !self.gradients {
            return self.program.values[value].name.clone();
        }
        let name = &self.program.values[self.memory.shared[value]].name;
        format_ident!("d_{}", name, span = Span::call_site())
    }

    /// Where it lies.
    pub fn place(&self, value: usize) -> Place {
        if self.gradients { self.memory.gradients[value] } else { self.memory.values[value] }
    }

    /// How many numbers it has.
    pub fn extent(&self, value: usize) -> Extent {
        let value = &self.program.values[value];
        if self.gradients { value.gradient } else { value.extent }
    }

    /// The buffer it lies in, which holds the whole batch.
    pub fn buffer(&self, value: usize) -> Ident {
        match self.place(value) {
            Place::Slot(slot) => slot_name(slot),
            Place::Caller | Place::Kept | Place::Scratch(_) => self.name(value),
        }
    }

    /// Its numbers in that buffer.
    pub fn read(&self, value: usize) -> TokenStream {
        let buffer = self.buffer(value);
        match self.part_len(value) {
            Some(len) => quote!(__nn::memory::part(#buffer, ..#len)),
            None => quote!(&#buffer[..]),
        }
    }

    /// Its numbers in that buffer, to be written.
    pub fn write(&self, value: usize) -> TokenStream {
        let buffer = self.buffer(value);
        match self.part_len(value) {
            Some(len) => quote!(__nn::memory::part_mut(#buffer, ..#len)),
            None => quote!(&mut #buffer[..]),
        }
    }

    /// How many numbers of its buffer are its own, where that is not all of them.
    fn part_len(&self, value: usize) -> Option<TokenStream> {
        match (self.place(value), self.extent(value)) {
            (Place::Slot(_), Extent::Sample(len)) => Some(quote!(n * #len)),
            (_, Extent::Batch(len)) => Some(quote!(#len)),
            _ => None,
        }
    }

    /// Whether it lies in scratch, so that only its own stage sees it.
    pub fn in_scratch(&self, value: usize) -> bool {
        matches!(self.place(value), Place::Scratch(_))
    }
}

/// The name of a slot of the workspace.
pub fn slot_name(slot: usize) -> Ident {
    ident(&format!("slot{slot}"))
}

/// The name of a slot of the scratch.
pub fn scratch_name(slot: usize) -> Ident {
    ident(&format!("scratch{slot}"))
}

/// The name of what an operation keeps under a suffix: its indices, or the memory of a path.
pub fn suffixed(program: &Program, op: &Op, suffix: &str) -> Ident {
    format_ident!("{}_{}", program.values[op.output].name, suffix, span = Span::call_site())
}

/// A call's parameters: a part of the block.
pub fn parameters(op: &Op) -> Option<TokenStream> {
    let range = parameter_range(op)?;
    Some(quote!(__nn::memory::part(p, #range)))
}

/// Where a prediction finds the parameters of its operations.
#[derive(Clone, Copy)]
pub enum Source<'a> {
    /// In the block `p`.
    Block,
    /// Among the narrow weights, and what is not narrow, of `p`.
    Narrow(&'a Narrow),
}

impl Source<'_> {
    /// A call's parameters.
    pub fn parameters(self, op: &Op) -> Option<TokenStream> {
        let Self::Narrow(narrow) = self else { return parameters(op) };
        let [weights, rest] = find(narrow, op)?;
        let (start, end) = (rest.start, rest.end);
        if weights.is_empty() {
            return Some(quote!(__nn::memory::part(p.rest(), #start..#end)));
        }
        let (first, last) = (weights.start, weights.end);
        Some(quote!(p.part(#first..#last, #start..#end)))
    }

    /// The function of an operation's module that takes them.
    pub fn function(self, op: &Op, name: &str) -> Ident {
        match self {
            Self::Narrow(narrow) if find(narrow, op).is_some_and(|[weights, _]| !weights.is_empty()) => {
                ident(&format!("{name}_stored"))
            }
            _ => ident(name),
        }
    }
}

fn find(narrow: &Narrow, op: &Op) -> Option<[Range<usize>; 2]> {
    let (offset, len) = op.parameters.as_ref()?;
    Some(narrow.find(offset.number as usize, len.number as usize))
}

/// The gradients of a call's parameters.
pub fn parameter_gradients(op: &Op) -> Option<TokenStream> {
    let range = parameter_range(op)?;
    Some(quote!(__nn::memory::part_mut(g, #range)))
}

fn parameter_range(op: &Op) -> Option<TokenStream> {
    let (offset, len) = op.parameters.as_ref()?;
    let end = offset.plus(len);
    Some(quote!(#offset..#end))
}

/// The length of a slot in a batch of `n`.
pub fn slot_len(extent: Extent) -> TokenStream {
    match extent {
        Extent::Sample(len) => quote!(n * #len),
        Extent::Batch(len) => quote!(#len),
    }
}

/// The dimensions of all operations as named constants, each printed once.
pub struct Constants {
    /// By how they are spelled.
    names: HashMap<String, Ident>,
    /// Their definitions.
    pub items: TokenStream,
}

impl Constants {
    /// The dimensions in both programs.
    pub fn of(plan: &Plan) -> Self {
        let mut constants = Self { names: HashMap::new(), items: TokenStream::new() };
        for program in [&plan.inference.program, &plan.training.program] {
            for op in &program.ops {
                if let Some(dimensions) = op.dimensions() {
                    constants.add(&program.values[op.output].name, dimensions);
                }
            }
        }
        constants
    }

    fn add(&mut self, value: &Ident, dimensions: &TokenStream) {
        let (Some(kind), false) = (kind(dimensions), self.names.contains_key(&dimensions.to_string())) else { return };
        let plain = value.to_string().to_uppercase();
        let taken = |name: &str| self.names.values().any(|other| other == name);
        let name = (1..).map(|i| if i == 1 { plain.clone() } else { format!("{plain}_{i}") }).find(|name| !taken(name));
        let name = ident(&name.unwrap_or(plain));
        self.items.extend(quote!(const #name: #kind = { use __nn::sizes::*; #dimensions };));
        self.names.insert(dimensions.to_string(), name);
    }

    /// How dimensions are referred to.
    pub fn get(&self, dimensions: &TokenStream) -> TokenStream {
        match self.names.get(&dimensions.to_string()) {
            Some(name) => quote!(&#name),
            None => quote!(&#dimensions),
        }
    }
}

/// The type of dimensions that name one: `Conv { … }`, `Activation::Relu`, `[Rows { … }, …]`.
fn kind(dimensions: &TokenStream) -> Option<TokenStream> {
    match dimensions.clone().into_iter().next()? {
        TokenTree::Ident(name) => Some(quote!(__nn::sizes::#name)),
        TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket => {
            let elements = group.stream().into_iter();
            let count = elements.filter(|token| matches!(token, TokenTree::Group(_))).count();
            let element = kind(&group.stream())?;
            Some(quote!([#element; #count]))
        }
        _ => None,
    }
}
