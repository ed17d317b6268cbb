//! The backward pass: the stages of training in reverse, the backward call of each operation in place of its forward call.

use std::collections::BTreeSet;

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::forward::{Forward, prepack};
use super::memory::{
    batch_scratch, carve, carve_lent, carve_saved, carve_scratch, group_scratch, own_rows, prepacked_piece,
    sample_reads, scratch_name_of, scratch_write, workspace_pieces,
};
use super::names::{
    Constants, Operands, Source, condition_name, counts, gradient_name, ident, on_rows, own_name, parameter_range,
    scratch_name, slot_len, slot_name,
};
use super::operands::{self, list};
use crate::layers::Rows;
use crate::plan::{BackwardStage, Call, Extent, Memory, Mode, Op, Part, Place, Program, Scheduled, Stage};

/// The statements of the backward pass.
pub fn body(scheduled: &Scheduled, constants: &Constants) -> TokenStream {
    let Scheduled { program, stages, memory, .. } = scheduled;
    let pass = Backward { program, memory, constants };
    let conditions = conditions(program);
    let saved = carve_saved(program, memory, &memory.backward_slots);
    let lent = carve_lent(program, memory, &memory.backward_slots, |_| true);
    let carve = pass.carve_workspace();
    let stages = stages.iter().enumerate().rev().map(|(index, stage)| match stage {
        Stage::Samples(ops) => pass.samples(index, ops, scheduled.work[index].backward),
        Stage::Batch(op) => pass.batch(index, *op),
    });
    let counts = counts(program);
    quote!(#counts #conditions #saved #lent #carve #(#stages)*)
}

/// Says which gradients are computed: those of the inputs if they are asked for, and of all that lies behind parameters that
/// are trained.
fn conditions(program: &Program) -> TokenStream {
    let conditions = program.conditions.iter().enumerate().map(|(index, condition)| {
        let name = condition_name(index);
        if index == Program::INPUTS {
            let inputs = program.inputs.iter().map(|&input| gradient_name(program, input));
            return quote!(let #name = #(!#inputs.is_empty())||*;);
        }
        let any = condition.any.iter().map(|&condition| condition_name(condition));
        let trained = condition.trained.and_then(|op| parameter_range(&program.ops[op]));
        let alternatives = any.map(|any| quote!(#any)).chain(trained.map(|range| quote!(pass.trains(#range))));
        quote!(let #name = #(#alternatives)||*;)
    });
    conditions.collect()
}

struct Backward<'a> {
    program: &'a Program,
    memory: &'a Memory,
    constants: &'a Constants,
}

impl Backward<'_> {
    fn values(&self) -> Operands<'_> {
        Operands { program: self.program, memory: self.memory, gradients: false }
    }

    fn gradients(&self) -> Operands<'_> {
        Operands { gradients: true, ..self.values() }
    }

    fn carve_workspace(&self) -> TokenStream {
        let memory = self.memory;
        let own = memory.backward_memory();
        let mut pieces = workspace_pieces(self.program, &memory.backward_slots, &own, "training");
        let partials = memory.backward.iter().map(|stage| stage.groups * stage.partial_len).max().unwrap_or(0);
        if partials > 0 {
            pieces.push((ident("partials"), quote!(#partials)));
        }
        pieces.extend(prepacked_piece(memory.prepacked_backward_len()));
        carve(&ident("workspace"), &pieces)
    }

    /// A pass over the samples, and the sums of their parameters' gradients.
    fn samples(&self, index: usize, ops: &[usize], work: u64) -> TokenStream {
        let (stage, wanted) = (&self.memory.backward[index], self.wanted(ops));
        let over = self.program.ops[ops[0]].rows;
        let (mut pieces, mut rows) = self.pieces(over, &self.touched(ops));
        let (spare_pieces, spare_rows) = self.spare_rows(ops);
        let (saved_pieces, saved_rows) = own_rows(self.program, ops, "saved", Op::saved);
        pieces.extend(spare_pieces.into_iter().chain(saved_pieces));
        rows.extend(spare_rows.into_iter().chain(saved_rows));
        let (index_pieces, index_rows) = own_rows(self.program, ops, "indices", Op::indices);
        let (reads, recompute) = (self.reads(ops, stage), self.recompute(stage));
        let carve = carve_scratch(&stage.scratch, 0);
        let partial = carve_partial(self.program, stage);
        let (groups, partial_len) = (stage.groups, stage.partial_len);
        let calls = ops.iter().rev().map(|&op| self.sample_call(op, ops, stage));
        let (scratch, partials) = (group_scratch(&stage.scratch, 0), group_partials(partial_len));
        let sums = stage.partials.iter().filter_map(|&(op, offset, len)| {
            let range = parameter_range(&self.program.ops[op])?;
            let end = offset + len;
            Some(quote!(if pass.trains(#range) {
                __nn::memory::part_mut(g, #range).copy_from_slice(__nn::memory::part(sums, #offset..#end));
            }))
        });
        let named = (!stage.partials.is_empty()).then(|| quote!(let sums =));
        let prepack = self.prepack(stage);
        let statements = quote! {
            if #wanted {
                #prepack
                #named pass.each_sample(
                    #groups,
                    #work,
                    [#(#pieces),*],
                    [#(#index_pieces),*],
                    __nn::exec::Group { scratch: #scratch, partial: #partials },
                    |s, [#(#rows),*], [#(#index_rows),*], scratch, partial| { #carve #partial #reads #recompute #(#calls)* },
                );
                #(#sums)*
            }
        };
        on_rows(over, statements)
    }

    /// Prepacks what the operations of a stage want.
    fn prepack(&self, stage: &BackwardStage) -> TokenStream {
        let function = quote!(Differentiable::prepack_backward);
        prepack(self.program, &stage.prepacked, self.constants, function, Source::Block, false)
    }

    /// Whether a stage has anything to do.
    fn wanted(&self, ops: &[usize]) -> TokenStream {
        let wanted = self.conditions_of(ops).into_iter().map(condition_name);
        quote!(#(#wanted)||*)
    }

    /// The conditions of a stage, of which one must hold: those of the operations whose output no other of the stage reads.
    fn conditions_of(&self, ops: &[usize]) -> BTreeSet<usize> {
        let read: BTreeSet<usize> = ops.iter().flat_map(|&op| &self.program.ops[op].inputs).copied().collect();
        let last =
            ops.iter().map(|&op| &self.program.ops[op]).filter(|op| !op.outputs.iter().any(|y| read.contains(y)));
        last.map(|op| self.program.is_wanted(op)).collect()
    }

    /// The buffers of gradients that a pass over the samples shares out, and the names of a sample's pieces. Those of the
    /// network's inputs are there only if they are wanted.
    fn pieces(&self, rows: Option<Rows>, values: &[usize]) -> (Vec<TokenStream>, Vec<Ident>) {
        let (gradients, wanted) = (self.gradients(), condition_name(Program::INPUTS));
        let piece = |&value: &usize| {
            let (buffer, name) = (gradients.buffer(value), gradients.name(value));
            let Some(len) = gradients.unit(value, rows) else { unreachable!("{name} is not of a sample") };
            let len = match self.program.inputs.contains(&value) {
                true => quote!(if #wanted { #len } else { 0 }),
                false => quote!(#len),
            };
            (quote!(__nn::exec::Pieces::new(#buffer, #len)), name)
        };
        values.iter().map(piece).unzip()
    }

    /// Gradients that a pass over the samples reads or writes outside of its scratch.
    fn touched(&self, ops: &[usize]) -> Vec<usize> {
        let gradients = self.gradients();
        let mut touched = BTreeSet::new();
        for &op in ops {
            let backward = &self.program.ops[op].backward;
            let of_op = backward.output_gradients.iter().chain(&backward.input_gradients);
            touched.extend(of_op.map(|&value| self.memory.aliased[value]));
        }
        let of_sample =
            |value: &usize| !gradients.in_scratch(*value) && !matches!(gradients.extent(*value), Extent::Batch(_));
        touched.into_iter().filter(of_sample).collect()
    }

    /// Rows for the contributions that wait in a slot to be added.
    fn spare_rows(&self, ops: &[usize]) -> (Vec<TokenStream>, Vec<Ident>) {
        let mut rows = (Vec::new(), Vec::new());
        for &op in ops {
            for (position, &value) in self.program.ops[op].backward.input_gradients.iter().enumerate() {
                if let Some(Place::Slot(slot)) = self.memory.spare.get(&(op, position)) {
                    let Some(len) = self.gradients().unit(value, self.program.ops[op].rows) else { continue };
                    let slot = slot_name(*slot);
                    rows.0.push(quote!(__nn::exec::Pieces::new(#slot, #len)));
                    rows.1.push(slot);
                }
            }
        }
        rows
    }

    /// Names the values, and the gradients of the batch, that the pass reads for a sample.
    fn reads(&self, ops: &[usize], stage: &BackwardStage) -> TokenStream {
        let over = self.program.ops[ops[0]].rows;
        let ops = || ops.iter().map(|&op| &self.program.ops[op]);
        let recomputed = || stage.recomputed.iter().map(|&(op, _)| &self.program.ops[op]);
        let values = ops().flat_map(Op::backward_reads).chain(recomputed().flat_map(|op| op.inputs.clone())).collect();
        let written = recomputed().flat_map(|op| op.outputs.clone()).collect();
        let values = sample_reads(&self.values(), over, &values, &written);
        let gradients = self.gradients();
        let of_batch = |value: &usize| matches!(gradients.extent(*value), Extent::Batch(_));
        let totals = ops().flat_map(|op| op.backward.output_gradients.iter().copied()).filter(of_batch).collect();
        let totals = sample_reads(&gradients, over, &totals, &BTreeSet::new());
        quote!(#values #totals)
    }

    /// Recomputes, for a sample, what was not saved.
    fn recompute(&self, stage: &BackwardStage) -> TokenStream {
        let Self { program, memory, constants } = *self;
        let forward = Forward { program, memory, mode: Mode::Training, constants, source: Source::Block };
        let calls = stage.recomputed.iter().map(|&(op, slot)| {
            let op = &program.ops[op];
            let (place, call) =
                (scratch_name_of(&self.values(), op.rows, op.outputs[0], slot), forward.sample_call(op));
            quote!(#place #call)
        });
        calls.collect()
    }

    /// A call for one sample, all operands being named.
    fn sample_call(&self, index: usize, ops: &[usize], stage: &BackwardStage) -> TokenStream {
        let op = &self.program.ops[index];
        let (values, gradients) = (self.values(), self.gradients());
        let positions = 0..op.backward.input_gradients.len();
        let targets: Vec<Target> = positions.map(|position| self.target(index, position)).collect();
        let passed = |position: &usize| self.memory.is_passed(self.program, index, *position);
        let own: Vec<usize> = (0..targets.len()).filter(|position| !passed(position)).collect();
        let input_gradients = list(own.iter().map(|&position| targets[position].operand()));
        let before = targets.iter().map(|target| &target.before);
        let after = targets.iter().map(|target| &target.after);
        let read = |value: usize| {
            let name = values.name(value);
            quote!(&*#name)
        };
        // Gradients of the whole batch are not one sample's to change: they stand behind the inputs.
        let of_batch = |value: &&usize| matches!(gradients.extent(**value), Extent::Batch(_));
        let (totals, dy): (Vec<usize>, Vec<usize>) = op.backward.output_gradients.iter().partition(of_batch);
        let [totals, dy] = [totals, dy].map(|values| values.into_iter().map(|value| gradients.name(value)));
        let totals: Vec<TokenStream> = totals.map(|name| quote!(&*#name)).collect();
        let output_gradients = list(dy.map(|name| quote!(&mut *#name)));
        let mut more = self.more_arguments(op);
        if op.whole().is_some_and(|operation| operation.scratch.backward > 0) {
            more.push(quote!(scratch: &mut *work));
        }
        if stage.partials.iter().any(|&(op, ..)| op == index) {
            let (partial, range) = (own_name(self.program, op, "partial"), parameter_range(op));
            more.push(quote!(parameter_gradients: __nn::memory::given(pass.trains(#range), &mut *#partial)));
        }
        let call = self.call(op, &read, &totals, &output_gradients, &input_gradients, quote!(s), quote!(#(#more,)*));
        let call = quote!(#call #(#after)*);
        // It runs only if there is something to do, where that is not known of the whole stage.
        let wanted = self.program.is_wanted(op);
        if self.conditions_of(ops).iter().eq([&wanted]) {
            return quote!(#(#before)* #call);
        }
        let wanted = condition_name(wanted);
        quote!(#(#before)* if #wanted { #call })
    }

    /// What an operation is given besides: indices, what is prepacked and the like.
    fn more_arguments(&self, op: &Op) -> Vec<TokenStream> {
        let mut more = Vec::new();
        let Some(operation) = op.whole() else { return more };
        for (what, len) in [("indices", op.indices()), ("saved", op.saved())] {
            if len > 0 {
                let (field, name) = (ident(what), own_name(self.program, op, what));
                more.push(quote!(#field: &mut *#name));
            }
        }
        if operation.prepacked_backward > 0 {
            let prepacked = own_name(self.program, op, "prepacked");
            more.push(quote!(prepacked: &*#prepacked));
        }
        if operation.random {
            let layer = op.nodes[0] as u64;
            more.push(quote!(layer: #layer));
        }
        more
    }

    /// The call of an operation's backward pass.
    fn call(
        &self,
        op: &Op,
        read: &dyn Fn(usize) -> TokenStream,
        totals: &[TokenStream],
        output_gradients: &TokenStream,
        input_gradients: &TokenStream,
        sample: TokenStream,
        more: TokenStream,
    ) -> TokenStream {
        let (inputs, outputs) = (self.inputs_read(op, totals, read), self.outputs_read(op, read));
        let (operation, part) = match &op.call {
            Call::Operation(operation, part) => (operation, part),
            Call::Path { path, .. } => {
                return quote!(<#path as __nn::Layer<T>>::backward(__nn::ops::Backward {
                    #inputs
                    #outputs
                    output_gradients: #output_gradients,
                    input_gradients: #input_gradients,
                    ..__nn::ops::Backward::new(&pass.one_sample(), #sample, &[][..])
                }););
            }
        };
        let dimensions = self.constants.get(&operation.dimensions);
        let function = match part {
            Part::Whole => quote!(__nn::ops::Differentiable::backward),
            Part::Map => quote!(__nn::ops::Reduction::apply_gradient),
            Part::Reduce => quote!(__nn::ops::Reduction::reduce_gradient),
            Part::Apply => quote!(__nn::ops::Reduction::map_gradient),
        };
        let p = Source::Block.parameters(op);
        quote! {
            #function(#dimensions, __nn::ops::Backward {
                #inputs
                #outputs
                output_gradients: #output_gradients,
                input_gradients: #input_gradients,
                #more
                ..__nn::ops::Backward::new(pass, #sample, #p)
            });
        }
    }

    /// The fields `inputs` and `whole`; what is not read is empty.
    fn inputs_read(&self, op: &Op, totals: &[TokenStream], read: &dyn Fn(usize) -> TokenStream) -> TokenStream {
        let whole = op.inputs.iter().filter(|&&value| self.program.values[value].is_whole).map(|&value| read(value));
        let whole: Vec<TokenStream> = whole.collect();
        let whole = (!whole.is_empty()).then(|| quote!(whole: &[#(#whole),*],));
        let real = op
            .backward
            .inputs
            .iter()
            .filter(|operand| operand.is_none_or(|value| !self.program.values[value].is_whole));
        let inputs = real.map(|operand| operand.map_or_else(|| quote!(&[]), read)).chain(totals.iter().cloned());
        quote!(inputs: &[#(#inputs),*], #whole)
    }

    fn outputs_read(&self, op: &Op, read: &dyn Fn(usize) -> TokenStream) -> TokenStream {
        let outputs = op.backward.outputs.iter().map(|operand| operand.map_or_else(|| quote!(&[]), read));
        quote!(outputs: &[#(#outputs),*],)
    }

    /// Where a contribution to the gradient of an input goes.
    fn target(&self, op: usize, position: usize) -> Target {
        let gradients = self.gradients();
        let value = self.program.ops[op].backward.input_gradients[position];
        let rows = self.program.ops[op].rows;
        let (name, wanted) = (gradients.name(value), condition_name(self.program.values[value].wanted));
        let spare = match self.memory.spare.get(&(op, position)) {
            None => {
                let is_there = self.memory.is_passed(self.program, op, position);
                let before = if is_there { None } else { scratch_write(&gradients, rows, value) };
                return Target { name, wanted, before, after: None };
            }
            Some(Place::Scratch(slot)) => scratch_name(*slot),
            Some(Place::Slot(slot)) => slot_name(*slot),
            Some(place) => unreachable!("a spare contribution at {place:?}"),
        };
        let Some(len) = gradients.unit(value, rows) else { unreachable!("{name} is not of a sample") };
        let more = ident(&format!("more_{position}"));
        let before = quote!(let #more = __nn::memory::part_mut(#spare, ..#len););
        let after = quote!(if #wanted { __nn::exec::accumulate(#name, #more); });
        Target { name: more, wanted, before: Some(before), after: Some(after) }
    }

    /// A call on the whole batch.
    fn batch(&self, stage: usize, index: usize) -> TokenStream {
        let op = &self.program.ops[index];
        let (values, gradients) = (self.values(), self.gradients());
        let wanted = condition_name(self.program.is_wanted(op));
        let range = parameter_range(op);
        let output_gradients = list(op.backward.output_gradients.iter().map(|&value| gradients.write(value)));
        let (targets, after): (Vec<_>, Vec<_>) =
            (0..op.backward.input_gradients.len()).map(|position| self.batch_target(index, position)).unzip();
        let input_gradients = list(targets.into_iter());
        let learns = range.as_ref().filter(|_| op.backward.learns || matches!(op.call, Call::Path { .. }));
        let g = learns.map(|range| quote!(parameter_gradients: pass.trained(g, #range),));
        let prepack = self.prepack(&self.memory.backward[stage]);
        let call = match &op.call {
            Call::Operation(operation, _) => {
                let mut more = self.more_arguments(op);
                more.extend(self.memory.backward_work.get(&index).map(|&place| {
                    let scratch = batch_scratch(op, place, operation.scratch.backward);
                    quote!(scratch: #scratch)
                }));
                self.call(
                    op,
                    &|value| values.read(value),
                    &[],
                    &output_gradients,
                    &input_gradients,
                    quote!(0),
                    quote!(#g #(#more,)*),
                )
            }
            Call::Path { path, logits, .. } => {
                let inputs = operands::inputs(self.program, &op.inputs, |value| values.read(value));
                let outputs = values.read(op.outputs[0]);
                let [saved, indices, workspace] =
                    ["saved", "indices", "workspace"].map(|what| own_name(self.program, op, what));
                let (p, offset) = (Source::Block.parameters(op), op.parameters.as_ref().map(|(offset, _)| offset));
                let layer = op.nodes[0] as u64;
                quote! {
                    <#path as __nn::Layer<T>>::backward(__nn::ops::Backward {
                        #inputs
                        outputs: &[#outputs],
                        output_gradients: #output_gradients,
                        input_gradients: #input_gradients,
                        #g
                        saved: #saved,
                        indices: #indices,
                        scratch: &mut *#workspace,
                        logits: #logits,
                        ..__nn::ops::Backward::new(&pass.within(#offset, #layer), 0, #p)
                    });
                }
            }
        };
        on_rows(op.rows, quote!(if #wanted { #prepack #call #(#after)* }))
    }

    /// The gradient of an input, empty where it is not wanted, and what follows the call.
    fn batch_target(&self, op: usize, position: usize) -> (TokenStream, Option<TokenStream>) {
        let gradients = self.gradients();
        let value = self.program.ops[op].backward.input_gradients[position];
        let wanted = condition_name(self.program.values[value].wanted);
        let own = gradients.write(value);
        let (target, add) = match (self.memory.spare.get(&(op, position)), gradients.extent(value)) {
            (Some(Place::Slot(slot)), extent @ (Extent::Sample(_) | Extent::Row(..))) => {
                let (slot, len) = (slot_name(*slot), slot_len(extent));
                let add = quote!(__nn::exec::accumulate(#own, __nn::memory::part(#slot, ..#len)););
                (quote!(__nn::memory::part_mut(#slot, ..#len)), Some(quote!(if #wanted { #add })))
            }
            _ => (own, None),
        };
        (quote!(__nn::memory::given(#wanted, #target)), add)
    }
}

/// Where an operation writes its contribution to a gradient.
struct Target {
    name: Ident,
    /// The condition under which it does.
    wanted: Ident,
    /// Names the place.
    before: Option<TokenStream>,
    /// Adds the contribution to the gradient.
    after: Option<TokenStream>,
}

impl Target {
    fn operand(&self) -> TokenStream {
        let Self { name, wanted, .. } = self;
        quote!(__nn::memory::given(#wanted, &mut *#name))
    }
}

/// Splits a group's partial into the gradients of its operations.
fn carve_partial(program: &Program, stage: &BackwardStage) -> TokenStream {
    let pieces: Vec<(Ident, TokenStream)> = (stage.partials.iter())
        .map(|&(op, _, len)| (own_name(program, &program.ops[op], "partial"), quote!(#len)))
        .collect();
    carve(&ident("partial"), &pieces)
}

fn group_partials(len: usize) -> TokenStream {
    match len {
        0 => quote!(__nn::exec::Pieces::new(&mut [], 0)),
        len => quote!(__nn::exec::Pieces::new(partials, #len)),
    }
}
