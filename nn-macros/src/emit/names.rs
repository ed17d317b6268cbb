//! How operands are spelled.
//!
//! Within a pass over the samples a value goes by `v_` and its name, and its gradient by `d_` and the name, whatever its place;
//! outside, what lies in a slot goes by the slot. No other name of the generated code begins so.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{format_ident, quote};

use crate::layers::Rows;
use crate::plan::{Extent, Memory, Op, Place, Plan, Program};
use crate::weights::Narrow;

/// What the generated code calls by one word: the network, `__nn`, the primitive types and its own variables, whatever the words
/// mean around it. All else goes by its whole path.
pub fn imports(network: &Ident, krate: &TokenStream) -> TokenStream {
    let module = super::item::module(network);
    quote! {
        #[allow(unused_imports)]
        use #krate::__private::{self as __nn, words::*};
        #[allow(unused_imports)]
        use #module::#network;
    }
}

/// An identifier of the generated code.
pub fn ident(name: &str) -> Ident {
    Ident::new(name, Span::call_site())
}

/// The name of a value.
pub fn value_name(program: &Program, value: usize) -> Ident {
    format_ident!("v_{}", program.values[value].name, span = Span::call_site())
}

/// The name of a value's gradient.
pub fn gradient_name(program: &Program, value: usize) -> Ident {
    format_ident!("d_{}", program.values[value].name, span = Span::call_site())
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
        if self.gradients {
            gradient_name(self.program, self.memory.aliased[value])
        } else {
            value_name(self.program, value)
        }
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

    /// How many numbers of it an operation over these rows, or over samples, sees at a time; `None` if it sees all.
    pub fn unit(&self, value: usize, rows: Option<Rows>) -> Option<usize> {
        self.extent(value).unit(rows)
    }

    /// The buffer it lies in, which holds the whole batch.
    pub fn buffer(&self, value: usize) -> Ident {
        match self.place(value) {
            Place::Slot(slot) => slot_name(slot),
            Place::Caller | Place::Saved | Place::Scratch(_) => self.name(value),
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
            (Place::Slot(_), extent) | (_, extent @ Extent::Batch(_)) => Some(slot_len(extent)),
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
    ident(&format!("slot_{slot}"))
}

/// The name of a slot of the scratch.
pub fn scratch_name(slot: usize) -> Ident {
    ident(&format!("scratch_{slot}"))
}

/// The name of something that belongs to an operation alone: its indices, or the memory of a path.
pub fn own_name(program: &Program, op: &Op, what: &str) -> Ident {
    format_ident!("{what}_{}", program.values[op.outputs[0]].name, span = Span::call_site())
}

/// The name of a condition.
pub fn condition_name(condition: usize) -> Ident {
    ident(&format!("wanted_{condition}"))
}

/// A call's parameters: a part of the block, empty where it has none.
fn parameters(op: &Op) -> TokenStream {
    match parameter_range(op) {
        Some(range) => quote!(__nn::memory::part(p, #range)),
        None => quote!(&[][..]),
    }
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
    pub fn parameters(self, op: &Op) -> TokenStream {
        let Self::Narrow(narrow) = self else { return parameters(op) };
        let Some([weights, rest]) = find(narrow, op) else { return quote!(&[][..]) };
        let (start, end) = (rest.start, rest.end);
        if weights.is_empty() {
            return quote!(__nn::memory::part(p.rest(), #start..#end));
        }
        let (first, last) = (weights.start, weights.end);
        quote!(p.part(#first..#last, #start..#end))
    }
}

fn find(narrow: &Narrow, op: &Op) -> Option<[Range<usize>; 2]> {
    let (offset, len) = op.parameters.as_ref()?;
    Some(narrow.find(offset.number as usize, len.number as usize))
}

/// Where a call's parameters lie in the block.
pub fn parameter_range(op: &Op) -> Option<TokenStream> {
    let (offset, len) = op.parameters.as_ref()?;
    let end = offset.plus(len);
    Some(quote!(#offset..#end))
}

/// Names how many samples there are, and how many rows of each kind that varies.
pub fn counts(program: &Program) -> TokenStream {
    let of_values = program.values.iter().filter_map(|value| value.extent.rows()?.varies);
    let inputs: BTreeSet<usize> = program.ops.iter().filter_map(|op| op.rows?.varies).chain(of_values).collect();
    let names = inputs.iter().map(|&input| count_name(input));
    quote!(let n = pass.samples(); #(let #names = pass.rows_of(#inputs).samples();)*)
}

/// How many rows the samples of an input have.
fn count_name(input: usize) -> Ident {
    ident(&format!("n_{input}"))
}

/// Statements with the pass over some rows in place of that over the samples.
pub fn on_rows(rows: Option<Rows>, statements: TokenStream) -> TokenStream {
    match rows {
        None => statements,
        Some(Rows { varies: Some(input), .. }) => quote!({ let pass = &pass.rows_of(#input); #statements }),
        Some(Rows { count, varies: None }) => quote!({ let pass = &pass.rows(#count); #statements }),
    }
}

/// The length of a slot in a batch of `n`.
pub fn slot_len(extent: Extent) -> TokenStream {
    match extent {
        Extent::Sample(len) => quote!(n * #len),
        Extent::Row(rows, len) => {
            let count = rows.varies.map(count_name);
            quote!(#count * #len)
        }
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
                if let Some(operation) = op.operation() {
                    constants.add(&program.values[op.outputs[0]].name, &operation.dimensions);
                }
            }
        }
        constants
    }

    fn add(&mut self, value: &str, dimensions: &TokenStream) {
        let (Some(kind), false) = (kind(dimensions), self.names.contains_key(&dimensions.to_string())) else { return };
        let plain = value.to_uppercase();
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

/// The type of dimensions, which name it: `Conv { … }`, `Activation::Relu`.
fn kind(dimensions: &TokenStream) -> Option<TokenStream> {
    match dimensions.clone().into_iter().next()? {
        TokenTree::Ident(name) => Some(quote!(__nn::sizes::#name)),
        _ => None,
    }
}
