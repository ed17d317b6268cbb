//! The backward pass: the stages of training in reverse, each operation's `backward` in place of its `forward`.

use std::collections::BTreeSet;

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::forward::{
    Forward, as_inputs, carve, carve_kept, carve_lent, carve_scratch, group_scratch, pieces, prepare, prepared,
    prepared_piece, sample_reads, scratch_name_of, scratch_write, workspace_pieces,
};
use super::names::{
    Constants, Operands, Source, ident, parameter_gradients, parameters, scratch_name, slot_name, suffixed,
};
use crate::layers::Kernel;
use crate::plan::{Action, BackwardStage, Extent, Memory, Mode, Op, Place, Program, Scheduled, Stage, Wanted};

/// The statements of the backward pass.
pub fn body(scheduled: &Scheduled, constants: &Constants) -> TokenStream {
    let Scheduled { program, stages, memory } = scheduled;
    let pass = Backward { program, memory, constants };
    let kept = carve_kept(program, memory, &memory.backward_slots);
    let lent = carve_lent(program, memory, &memory.backward_slots, |_| true);
    let carve = pass.carve_workspace();
    let stages = stages.iter().enumerate().rev().map(|(index, stage)| match stage {
        Stage::Samples(ops) => pass.samples(ops, &memory.backward[index], &memory.prepared[index]),
        Stage::Batch(op) => pass.batch(*op),
    });
    quote!(let n = run.samples(); #kept #lent #carve #(#stages)*)
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
        let own = memory.backward_room();
        let mut pieces = workspace_pieces(self.program, &memory.backward_slots, &own, "training");
        let partials = memory.backward.iter().map(|stage| stage.groups * stage.partial_len).max().unwrap_or(0);
        if partials > 0 {
            pieces.push((ident("partials"), quote!(#partials)));
        }
        pieces.extend(prepared_piece(memory));
        carve(&ident("workspace"), &pieces)
    }

    /// A pass over the samples, and the sums of their parameters' gradients.
    fn samples(&self, ops: &[usize], stage: &BackwardStage, prepared: &[(usize, usize)]) -> TokenStream {
        let gradients = self.gradients();
        let touched = self.touched(ops);
        let (mut pieces, mut rows) = pieces(&gradients, &touched, Some(&self.program.inputs));
        let (spare_pieces, spare_rows) = self.spare_rows(ops);
        pieces.extend(spare_pieces);
        rows.extend(spare_rows);
        let (reads, again) = (self.reads(ops, stage), self.again(stage));
        let carve = carve_scratch(&stage.scratch, 0);
        let partial = carve_partial(self.program, stage);
        let (groups, partial_len) = (stage.groups, stage.partial_len);
        // Forward, and twice as much backward.
        let work: u64 = ops.iter().map(|&op| 2 * self.program.ops[op].cost).sum();
        let calls = ops.iter().rev().map(|&op| self.sample_call(op, stage));
        let (scratch, partials) = (group_scratch(&stage.scratch, 0), group_partials(partial_len));
        let sums = stage.partials.iter().map(|&(op, offset, len)| {
            let g = parameter_gradients(&self.program.ops[op]);
            let end = offset + len;
            quote!(#g.copy_from_slice(__nn::memory::part(sums, #offset..#end));)
        });
        let named = (!stage.partials.is_empty()).then(|| quote!(let sums =));
        let prepare = prepare(self.program, prepared, self.constants, "prepare_backward", Source::Block, false);
        quote! {
            #prepare
            #named run.each_sample(
                #groups,
                #work,
                [#(#pieces),*],
                [],
                __nn::run::Group { scratch: #scratch, partial: #partials },
                |s, [#(#rows),*], [], scratch, partial| { #carve #partial #reads #again #(#calls)* },
            );
            #(#sums)*
        }
    }

    /// Gradients that a pass over the samples reads or writes outside of its scratch.
    fn touched(&self, ops: &[usize]) -> Vec<usize> {
        let gradients = self.gradients();
        let mut touched = BTreeSet::new();
        for &op in ops {
            let op = &self.program.ops[op];
            let of_op = op.backward_gradients().into_iter().chain(op.contributes().iter().copied());
            touched.extend(of_op.map(|value| self.memory.shared[value]));
        }
        let of_sample =
            |value: &usize| !gradients.in_scratch(*value) && matches!(gradients.extent(*value), Extent::Sample(_));
        touched.into_iter().filter(of_sample).collect()
    }

    /// Rows for the contributions that wait in a slot to be added.
    fn spare_rows(&self, ops: &[usize]) -> (Vec<TokenStream>, Vec<Ident>) {
        let mut rows = (Vec::new(), Vec::new());
        for &op in ops {
            for (position, &value) in self.program.ops[op].contributes().iter().enumerate() {
                if let Some(Place::Slot(slot)) = self.memory.spare.get(&(op, position)) {
                    let Extent::Sample(len) = self.gradients().extent(value) else { continue };
                    let slot = slot_name(*slot);
                    rows.0.push(quote!(__nn::run::Pieces::new(#slot, #len)));
                    rows.1.push(slot);
                }
            }
        }
        rows
    }

    /// Names the values, and the gradients of the batch, that the pass reads for a sample.
    fn reads(&self, ops: &[usize], stage: &BackwardStage) -> TokenStream {
        let ops = || ops.iter().map(|&op| &self.program.ops[op]);
        let again = || stage.again.iter().map(|&(op, _)| &self.program.ops[op]);
        let values = ops().flat_map(Op::backward_reads).chain(again().flat_map(|op| op.inputs.clone())).collect();
        let values = sample_reads(&self.values(), &values, &again().map(|op| op.output).collect());
        let indices = ops().filter(|op| op.indices() > 0).map(|op| {
            let (name, len) = (suffixed(self.program, op, "indices"), op.indices());
            quote!(let #name = __nn::run::row(#name, s, #len);)
        });
        let totals = ops().filter(|op| matches!(op.action, Action::Gather { .. })).map(|op| op.output).collect();
        let totals = sample_reads(&self.gradients(), &totals, &BTreeSet::new());
        quote!(#values #(#indices)* #totals)
    }

    /// Computes again, for a sample, what was not kept.
    fn again(&self, stage: &BackwardStage) -> TokenStream {
        let Self { program, memory, constants } = *self;
        let forward = Forward { program, memory, mode: Mode::Training, constants, source: Source::Block };
        let calls = stage.again.iter().map(|&(op, slot)| {
            let op = &program.ops[op];
            let (place, call) = (scratch_name_of(&self.values(), op.output, slot), forward.sample_call(op));
            quote!(#place #call)
        });
        quote!(#(#calls)*)
    }

    fn sample_call(&self, index: usize, stage: &BackwardStage) -> TokenStream {
        let op = &self.program.ops[index];
        let (values, gradients) = (self.values(), self.gradients());
        let dy = gradients.name(op.output);
        let targets: Vec<Target> = (0..op.contributes().len()).map(|position| self.target(index, position)).collect();
        let p = parameters(op);
        let before = targets.iter().map(|target| &target.before);
        let after = targets.iter().map(|target| &target.after);
        let call = match &op.action {
            Action::Call(kernel) | Action::Draw(kernel, _) => {
                let (module, dimensions) = (ident(kernel.module), self.constants.get(&kernel.dimensions));
                let dp =
                    stage.partials.iter().any(|&(op, ..)| op == index).then(|| suffixed(self.program, op, "partial"));
                let indices = (kernel.indices > 0).then(|| suffixed(self.program, op, "indices"));
                let scratch = kernel.scratch.map(|_| ident("work"));
                let draw = match &op.action {
                    Action::Draw(_, layer) => Some(quote!(run.draw(s, #layer))),
                    _ => None,
                };
                let inputs = op.inputs.iter().map(|&value| values.name(value));
                let x = kernel.backward_reads_input.then(|| match kernel.takes_list {
                    true => quote!(&[#(#inputs),*],),
                    false => quote!(#(#inputs),*,),
                });
                let y = output(&values, op, kernel);
                let dx = if kernel.takes_list {
                    let own = |&position: &usize| !self.memory.is_passed(self.program, index, position);
                    let names = (0..targets.len()).filter(own).map(|position| &targets[position].name);
                    quote!(&mut [#(#names),*])
                } else {
                    targets[0].option()
                };
                let tail = [dp, indices].into_iter().flatten().map(|name| quote!(#name));
                let tail = tail.chain(prepared(self.program, op)).chain(scratch.map(|name| quote!(#name))).chain(draw);
                let p = p.into_iter();
                quote!(__nn::ops::#module::backward(#dimensions, #x #y #(#p,)* #dy, #dx #(, #tail)*);)
            }
            Action::Normalise(kernel) => {
                let dimensions = self.constants.get(&kernel.dimensions);
                let [x, statistics] = [0, 1].map(|input| values.name(op.inputs[input]));
                let (y, sums) = (output(&values, op, kernel), &targets[0].name);
                quote!(__nn::ops::batch_norm::gather_gradient(#dimensions, #x, #y #statistics, #dy, #sums);)
            }
            Action::Gather { dimensions, statistics, normalised } => {
                let dimensions = self.constants.get(dimensions);
                let [x, statistics] = [op.inputs[0], *statistics].map(|value| values.name(value));
                let (dz, dx) = (gradients.name(*normalised), &targets[0].name);
                let call = quote!(__nn::ops::batch_norm::backward(#dimensions, n, #x, #statistics, #p, #dy, #dz, #dx););
                if targets[0].optional { quote!(if wanted { #call }) } else { call }
            }
            Action::Combine(_) | Action::Path { .. } => unreachable!("{:?} runs on the batch", op.action),
        };
        let call = quote!(#call #(#after)*);
        quote!(#(#before)* #call)
    }

    /// Where a contribution to the gradient of an input goes.
    fn target(&self, op: usize, position: usize) -> Target {
        let gradients = self.gradients();
        let value = self.program.ops[op].contributes()[position];
        let name = gradients.name(value);
        let optional = self.program.values[value].wanted == Wanted::WithInputs;
        let spare = match self.memory.spare.get(&(op, position)) {
            None => {
                let is_there = self.memory.is_passed(self.program, op, position);
                let before = if is_there { None } else { scratch_write(&gradients, value) };
                return Target { name, optional, before, after: None };
            }
            Some(Place::Scratch(slot)) => scratch_name(*slot),
            Some(Place::Slot(slot)) => slot_name(*slot),
            Some(place) => unreachable!("a spare contribution at {place:?}"),
        };
        let Extent::Sample(len) = gradients.extent(value) else { unreachable!("{name} is not of a sample") };
        let more = ident(&format!("more{position}"));
        let before = quote!(let #more = __nn::memory::part_mut(#spare, ..#len););
        let add = quote!(__nn::run::accumulate(#name, #more););
        let after = if optional { quote!(if wanted { #add }) } else { add };
        Target { name: more, optional, before: Some(before), after: Some(after) }
    }

    /// A call on the whole batch.
    fn batch(&self, index: usize) -> TokenStream {
        let op = &self.program.ops[index];
        let (values, gradients) = (self.values(), self.gradients());
        let (p, g) = (parameters(op), parameter_gradients(op));
        if let Action::Combine(dimensions) = &op.action {
            let dimensions = self.constants.get(dimensions);
            let (dy, statistics) = (gradients.read(op.output), values.read(op.output));
            let totals = gradients.write(op.inputs[0]);
            return quote!(__nn::ops::batch_norm::combine_gradient(#dimensions, n, #dy, #statistics, #totals, #g););
        }
        let (x, dy) = (values.read(op.inputs[0]), gradients.write(op.output));
        let (dx, after) = self.batch_target(index);
        let call = match &op.action {
            Action::Call(kernel) => {
                let (module, dimensions) = (ident(kernel.module), self.constants.get(&kernel.dimensions));
                let x = as_inputs(self.program, op, x);
                let y = if kernel.backward_reads_output { values.read(op.output) } else { quote!(&[]) };
                quote!(__nn::ops::#module::backward(run, #dimensions, n, #x, #y, #p, #dy, #dx, #g);)
            }
            Action::Path { path, logits } => {
                let y = values.read(op.output);
                let kept = ["kept", "indices", "workspace"].map(|suffix| suffixed(self.program, op, suffix));
                let backward = ident(if *logits { "backward_logits" } else { "backward" });
                quote!(<#path as __nn::Layer<T>>::#backward(run, #p, #x, #y, #dy, #dx, #g, #(#kept),*);)
            }
            action => unreachable!("{action:?} runs on single samples"),
        };
        quote!(#call #after)
    }

    /// The gradient of the input as an `Option`, and what follows the call.
    fn batch_target(&self, op: usize) -> (TokenStream, Option<TokenStream>) {
        let gradients = self.gradients();
        let value = self.program.ops[op].inputs[0];
        let optional = self.program.values[value].wanted == Wanted::WithInputs;
        let own = gradients.write(value);
        let (target, add) = match (self.memory.spare.get(&(op, 0)), gradients.extent(value)) {
            (Some(Place::Slot(slot)), Extent::Sample(len)) => {
                let slot = slot_name(*slot);
                let spare = quote!(__nn::memory::part_mut(#slot, ..n * #len));
                (spare, Some(quote!(__nn::run::accumulate(#own, __nn::memory::part(#slot, ..n * #len));)))
            }
            _ => (own, None),
        };
        match optional {
            true => (quote!(wanted.then_some(#target)), add.map(|add| quote!(if wanted { #add }))),
            false => (quote!(Some(#target)), add),
        }
    }
}

/// Where an operation writes its contribution to a gradient.
struct Target {
    name: Ident,
    /// Whether it may be unwanted.
    optional: bool,
    /// Names the place.
    before: Option<TokenStream>,
    /// Adds the contribution to the gradient.
    after: Option<TokenStream>,
}

impl Target {
    fn option(&self) -> TokenStream {
        let name = &self.name;
        if self.optional { quote!(wanted.then_some(&mut *#name)) } else { quote!(Some(&mut *#name)) }
    }
}

/// The output as an argument of `backward`: empty where it is taken but not read.
fn output(values: &Operands<'_>, op: &Op, kernel: &Kernel) -> Option<TokenStream> {
    let name = values.name(op.output);
    match (kernel.backward_reads_output, kernel.has_epilogue) {
        (true, _) => Some(quote!(#name,)),
        (false, true) => Some(quote!(&[],)),
        (false, false) => None,
    }
}

/// Splits a group's partial into the gradients of its operations.
fn carve_partial(program: &Program, stage: &BackwardStage) -> TokenStream {
    let pieces: Vec<(Ident, TokenStream)> = (stage.partials.iter())
        .map(|&(op, _, len)| (suffixed(program, &program.ops[op], "partial"), quote!(#len)))
        .collect();
    carve(&ident("partial"), &pieces)
}

fn group_partials(len: usize) -> TokenStream {
    match len {
        0 => quote!(__nn::run::Pieces::new(&mut [], 0)),
        len => quote!(__nn::run::Pieces::new(partials, #len)),
    }
}
