//! The forward pass, to predict or to train.

use std::collections::BTreeSet;

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::memory::{
    batch_scratch, carve, carve_lent, carve_saved, carve_scratch, group_scratch, own_rows, prepacked_piece,
    sample_reads, scratch_write, workspace_pieces,
};
use super::names::{Constants, Operands, Source, counts, ident, on_rows, own_name};
use super::operands::{inputs, list};
use crate::layers::Rows;
use crate::plan::{Call, Memory, Mode, Op, Part, Program, Scheduled, Stage, carved};

/// The statements of a forward pass.
pub fn body(scheduled: &Scheduled, constants: &Constants, mode: Mode, source: Source<'_>) -> TokenStream {
    let Scheduled { program, stages, memory, .. } = scheduled;
    let pass = Forward { program, memory, mode, constants, source };
    let carve = pass.carve_workspace();
    let saved = (mode == Mode::Training).then(|| carve_saved(program, memory, &memory.slots));
    let stages = stages.iter().enumerate().map(|(index, stage)| {
        let returned = carve_lent(program, memory, &memory.slots, |lent| lent.until == index);
        let calls = match stage {
            Stage::Samples(ops) => pass.samples(index, ops, scheduled.work[index].forward),
            Stage::Batch(op) => pass.batch(index, *op),
        };
        quote!(#returned #calls)
    });
    let counts = counts(program);
    quote!(#counts #carve #saved #(#stages)*)
}

/// Calls the prepacking of the operations of a stage that have something to prepack, unless what it computes stays from one
/// pass to the next and is there.
pub fn prepack(
    program: &Program,
    ops: &[(usize, usize)],
    constants: &Constants,
    prepack: TokenStream,
    source: Source<'_>,
    stays: bool,
) -> TokenStream {
    let name = |op: usize| own_name(program, &program.ops[op], "prepacked");
    let pieces: Vec<_> = ops.iter().map(|&(op, len)| (name(op), quote!(#len))).collect();
    let carve = carve(&ident("prepacked"), &pieces);
    let calls = ops.iter().filter_map(|&(index, _)| {
        let op = &program.ops[index];
        let dimensions = constants.get(&op.operation()?.dimensions);
        let (p, prepacked) = (source.parameters(op), name(index));
        Some(quote!(__nn::ops::#prepack(#dimensions, #p, &mut *#prepacked);))
    });
    let calls = quote!(#(#calls)*);
    if stays && !ops.is_empty() { quote!(#carve if pass.prepacks() { #calls }) } else { quote!(#carve #calls) }
}

/// A program with everything that its calls are spelled by.
pub struct Forward<'a> {
    pub program: &'a Program,
    pub memory: &'a Memory,
    pub mode: Mode,
    pub constants: &'a Constants,
    pub source: Source<'a>,
}

impl Forward<'_> {
    fn operands(&self) -> Operands<'_> {
        Operands { program: self.program, memory: self.memory, gradients: false }
    }

    fn carve_workspace(&self) -> TokenStream {
        let need = match self.mode {
            Mode::Inference => "inference",
            Mode::Training => "training",
        };
        let own = self.memory.forward_memory();
        let mut pieces = workspace_pieces(self.program, &self.memory.slots, &own, need);
        pieces.extend(prepacked_piece(self.memory.prepacked_len()));
        carve(&ident("workspace"), &pieces)
    }

    /// A pass over the samples.
    fn samples(&self, stage: usize, ops: &[usize], work: u64) -> TokenStream {
        let (program, memory, operands) = (self.program, self.memory, self.operands());
        let outputs = ops.iter().flat_map(|&op| &program.ops[op].outputs).copied();
        let written: Vec<usize> = outputs.filter(|&value| !operands.in_scratch(value)).collect();
        let over = program.ops[ops[0]].rows;
        let (mut pieces, mut rows) = pieces(&operands, over, &written);
        let keeping = if self.mode == Mode::Training { ops } else { &[] };
        let (saved_pieces, saved_rows) = own_rows(program, keeping, "saved", Op::saved);
        pieces.extend(saved_pieces);
        rows.extend(saved_rows);
        let (index_pieces, index_rows) = own_rows(program, keeping, "indices", Op::indices);
        let reads = self.reads(ops);
        let scratch = &memory.scratch[stage];
        let more = if carved(scratch) > 0 && self.is_cut(ops) { memory.pieces } else { 0 };
        let carve = carve_scratch(scratch, more);
        let calls = ops.iter().map(|&op| {
            let op = &program.ops[op];
            let places = op.outputs.iter().filter_map(|&output| scratch_write(&operands, over, output));
            let call = self.sample_call(op);
            quote!(#(#places)* #call)
        });
        let (groups, group) = (memory.groups, group_scratch(scratch, more));
        let prepack = self.prepack(stage);
        let statements = quote! {
            #prepack
            pass.each_sample(
                #groups,
                #work,
                [#(#pieces),*],
                [#(#index_pieces),*],
                __nn::exec::Group { scratch: #group, partial: __nn::exec::Pieces::new(&mut [], 0) },
                |s, [#(#rows),*], [#(#index_rows),*], scratch, _| { #carve #reads #(#calls)* },
            );
        };
        on_rows(over, statements)
    }

    /// Prepacks what the operations of a stage want.
    fn prepack(&self, stage: usize) -> TokenStream {
        let Self { program, memory, constants, source, .. } = *self;
        let stays = self.mode == Mode::Inference && memory.prepacked_stays();
        prepack(program, &memory.prepacked[stage], constants, quote!(Prepack::prepack), source, stays)
    }

    /// Whether any of some operations is cut into pieces.
    fn is_cut(&self, ops: &[usize]) -> bool {
        self.mode == Mode::Inference
            && ops.iter().any(|&op| self.program.ops[op].whole().is_some_and(|op| op.cut.is_some()))
    }

    /// Names what earlier stages left for a sample.
    fn reads(&self, ops: &[usize]) -> TokenStream {
        let read = ops.iter().flat_map(|&op| &self.program.ops[op].inputs).copied().collect();
        let written: BTreeSet<usize> = ops.iter().flat_map(|&op| &self.program.ops[op].outputs).copied().collect();
        sample_reads(&self.operands(), self.program.ops[ops[0]].rows, &read, &written)
    }

    /// A call for one sample, all operands being named.
    pub fn sample_call(&self, op: &Op) -> TokenStream {
        let operands = self.operands();
        let output = op.outputs.iter().map(|&output| {
            let name = operands.name(output);
            quote!(&mut *#name)
        });
        let (outputs, call) = (quote!(&mut [#(#output),*]), &op.call);
        let (operation, part) = match call {
            Call::Operation(operation, part) => (operation, part),
            Call::Path { path, .. } => {
                let inputs = inputs(self.program, &op.inputs, |value| {
                    let name = operands.name(value);
                    quote!(&*#name)
                });
                let training = self.mode == Mode::Training;
                return quote!(<#path as __nn::Layer<T>>::forward(__nn::ops::Forward {
                    #inputs
                    outputs: #outputs,
                    training: #training,
                    ..__nn::ops::Forward::new(&pass.one_sample(), s, &[][..])
                }););
            }
        };
        let dimensions = self.constants.get(&operation.dimensions);
        let work = (*part == Part::Whole && operation.scratch.forward > 0).then(|| quote!(scratch: &mut *work));
        if self.mode == Mode::Inference && operation.cut.is_some() {
            let y = operands.name(op.outputs[0]);
            let arguments = self.arguments(op, &quote!(&mut [piece]), quote!(s), work);
            return quote! {
                pass.each_piece(const { &(#dimensions).cut() }, #y, work, |first, piece, work| {
                    __nn::ops::ByRows::forward_rows(#dimensions, first, #arguments);
                });
            };
        }
        let arguments = self.arguments(op, &outputs, quote!(s), work);
        let function = function(*part);
        quote!(#function(#dimensions, #arguments);)
    }

    /// The arguments of a call; the operands of one for a sample go by their names.
    fn arguments(&self, op: &Op, outputs: &TokenStream, sample: TokenStream, work: Option<TokenStream>) -> TokenStream {
        let operands = self.operands();
        let read = |value: usize| match op.on_batch() {
            true => operands.read(value),
            false => {
                let name = operands.name(value);
                quote!(&*#name)
            }
        };
        let inputs = inputs(self.program, &op.inputs, read);
        let mut more = self.more_arguments(op);
        more.extend(work);
        let p = self.source.parameters(op);
        quote!(__nn::ops::Forward { #inputs outputs: #outputs, #(#more,)* ..__nn::ops::Forward::new(pass, #sample, #p) })
    }

    /// What an operation is given besides: indices, scratch and the like.
    fn more_arguments(&self, op: &Op) -> Vec<TokenStream> {
        let mut more = Vec::new();
        let Some(operation) = op.whole() else { return self.frozen(op).into_iter().collect() };
        if self.mode == Mode::Training && operation.indices > 0 {
            let indices = own_name(self.program, op, "indices");
            more.push(quote!(indices: &mut *#indices));
        }
        if self.mode == Mode::Training && operation.saved > 0 {
            let saved = own_name(self.program, op, "saved");
            more.push(quote!(saved: &mut *#saved));
        }
        if operation.prepacked > 0 {
            let prepacked = own_name(self.program, op, "prepacked");
            more.push(quote!(prepacked: &*#prepacked));
        }
        if operation.random {
            let layer = op.nodes[0] as u64;
            more.push(quote!(layer: #layer));
        }
        more
    }

    /// Whether the parameters of a reduction are frozen: it then goes by what it has seen before.
    fn frozen(&self, op: &Op) -> Option<TokenStream> {
        let range = super::names::parameter_range(op)?;
        Some(quote!(frozen: !pass.trains(#range)))
    }

    /// A call on the whole batch.
    fn batch(&self, stage: usize, index: usize) -> TokenStream {
        let (operands, op) = (self.operands(), &self.program.ops[index]);
        let outputs = list(op.outputs.iter().map(|&output| operands.write(output)));
        match &op.call {
            Call::Operation(operation, part) => {
                let (dimensions, function) = (self.constants.get(&operation.dimensions), function(*part));
                let work = self.memory.work.get(&index).map(|&place| {
                    let scratch = batch_scratch(op, place, operation.scratch.forward);
                    quote!(scratch: #scratch)
                });
                let (prepack, arguments) = (self.prepack(stage), self.arguments(op, &outputs, quote!(0), work));
                on_rows(op.rows, quote!(#prepack #function(#dimensions, #arguments);))
            }
            Call::Path { path, logits, .. } => {
                let (p, workspace) = (self.source.parameters(op), own_name(self.program, op, "workspace"));
                let inputs = inputs(self.program, &op.inputs, |value| operands.read(value));
                let (offset, layer) = (op.parameters.as_ref().map(|(offset, _)| offset), op.nodes[0] as u64);
                let training = (self.mode == Mode::Training).then(|| {
                    let [saved, indices] = ["saved", "indices"].map(|what| own_name(self.program, op, what));
                    quote!(saved: #saved, indices: #indices, training: true, logits: #logits,)
                });
                quote! {
                    <#path as __nn::Layer<T>>::forward(__nn::ops::Forward {
                        #inputs
                        outputs: #outputs,
                        scratch: &mut *#workspace,
                        #training
                        ..__nn::ops::Forward::new(&pass.within(#offset, #layer), 0, #p)
                    });
                }
            }
        }
    }
}

/// The function of a part of an operation.
fn function(part: Part) -> TokenStream {
    match part {
        Part::Whole => quote!(__nn::ops::Operation::forward),
        Part::Map => quote!(__nn::ops::Reduction::map),
        Part::Reduce => quote!(__nn::ops::Reduction::reduce),
        Part::Apply => quote!(__nn::ops::Reduction::apply),
    }
}

/// The buffers that a pass over the samples shares out, and the names of a sample's pieces.
fn pieces(operands: &Operands<'_>, rows: Option<Rows>, values: &[usize]) -> (Vec<TokenStream>, Vec<Ident>) {
    values
        .iter()
        .map(|&value| {
            let (buffer, name) = (operands.buffer(value), operands.name(value));
            let Some(len) = operands.unit(value, rows) else { unreachable!("{name} is not of a sample") };
            (quote!(__nn::exec::Pieces::new(#buffer, #len)), name)
        })
        .unzip()
}
