//! The forward pass, to predict or to train.

use std::collections::BTreeSet;

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};

use super::names::{Constants, Operands, Source, ident, scratch_name, slot_len, slot_name, suffixed};
use crate::layers::Kernel;
use crate::plan::{Action, Extent, Lent, Memory, Mode, Op, Place, Program, Room, Scheduled, Slot, Stage, carved};

/// The statements of a forward pass.
pub fn body(scheduled: &Scheduled, constants: &Constants, mode: Mode, source: Source<'_>) -> TokenStream {
    let Scheduled { program, stages, memory } = scheduled;
    let pass = Forward { program, memory, mode, constants, source };
    let carve = pass.carve_workspace();
    let kept = (mode == Mode::Training).then(|| carve_kept(program, memory, &memory.slots));
    let stages = stages.iter().enumerate().map(|(index, stage)| {
        let returned = carve_lent(program, memory, &memory.slots, |lent| lent.until == index);
        let calls = match stage {
            Stage::Samples(ops) => pass.samples(ops, &memory.scratch[index], &memory.prepared[index]),
            Stage::Batch(op) => pass.batch(&program.ops[*op]),
        };
        quote!(#returned #calls)
    });
    quote!(let n = run.samples(); #carve #kept #(#stages)*)
}

/// Names the kept values and indices; of values that lend a slot, that slot.
pub fn carve_kept(program: &Program, memory: &Memory, slots: &[Slot]) -> TokenStream {
    let lent = |kept: usize| {
        let mut ranges = slots.iter().enumerate().filter_map(|(i, slot)| Some((i, &slot.lent.as_ref()?.kept)));
        ranges.find(|(_, range)| range.contains(&kept))
    };
    let mut kept: Vec<(Ident, TokenStream)> = (0..memory.kept.len())
        .filter_map(|kept| match lent(kept) {
            None => Some(kept_piece(program, memory.kept[kept])),
            Some((slot, range)) => (range.start == kept).then(|| {
                let lens = memory.kept[range.clone()].iter().map(|&value| slot_len(program.values[value].extent));
                (slot_name(slot), quote!(__nn::memory::carved_len(&[#(#lens),*])))
            }),
        })
        .collect();
    let mut indices: Vec<(Ident, TokenStream)> = (memory.indices.iter())
        .map(|&op| {
            let len = program.ops[op].indices();
            (suffixed(program, &program.ops[op], "indices"), quote!(n * #len))
        })
        .collect();
    for op in &program.ops {
        if let Action::Path { path, .. } = &op.action {
            kept.push((suffixed(program, op, "kept"), quote!(<#path as __nn::Layer<T>>::ROOMS.kept.at(n))));
            indices.push((suffixed(program, op, "indices"), quote!(<#path as __nn::Layer<T>>::ROOMS.indices.at(n))));
        }
    }
    let (kept, indices) = (carve(&ident("kept"), &kept), carve(&ident("indices"), &indices));
    quote!(#kept #indices)
}

/// Names the kept values that lend such slots: forward, these are not used from here on; backward, not until the values no
/// longer are.
pub fn carve_lent(program: &Program, memory: &Memory, slots: &[Slot], which: impl Fn(&Lent) -> bool) -> TokenStream {
    let lent = slots.iter().enumerate().filter_map(|(i, slot)| Some((i, slot.lent.as_ref()?)));
    let carves = lent.filter(|(_, lent)| which(lent)).map(|(i, lent)| {
        let kept: Vec<_> = memory.kept[lent.kept.clone()].iter().map(|&value| kept_piece(program, value)).collect();
        carve(&slot_name(i), &kept)
    });
    carves.collect()
}

fn kept_piece(program: &Program, value: usize) -> (Ident, TokenStream) {
    let value = &program.values[value];
    (value.name.clone(), slot_len(value.extent))
}

/// A statement that splits a block into named pieces.
pub fn carve(block: &Ident, pieces: &[(Ident, TokenStream)]) -> TokenStream {
    let (names, lens): (Vec<_>, Vec<_>) = pieces.iter().cloned().unzip();
    if names.is_empty() {
        TokenStream::new()
    } else {
        quote!(let [#(#names),*] = __nn::memory::carve(#block, [#(#lens),*]);)
    }
}

/// Names the slots of a workspace, the scratch of its groups, and what the paths in it want.
pub fn workspace_pieces(program: &Program, slots: &[Slot], own: &Room, room: &str) -> Vec<(Ident, TokenStream)> {
    let slots = slots.iter().enumerate().filter(|(_, slot)| slot.lent.is_none());
    let mut pieces: Vec<_> = slots.map(|(i, slot)| (slot_name(i), slot_len(slot.extent))).collect();
    for op in &program.ops {
        if let Action::Path { path, .. } = &op.action {
            let room = ident(room);
            let len = quote!(run.numbers(&<#path as __nn::Layer<T>>::ROOMS.#room));
            pieces.push((suffixed(program, op, "workspace"), len));
        }
    }
    if own.per_group > 0 {
        let (groups, len) = (own.groups, scratch_len(own.per_group, own.pieces));
        pieces.push((ident("scratch"), quote!(run.groups(#groups) * #len)));
    }
    pieces
}

/// The length of a scratch that may have to do for pieces of a sample too.
fn scratch_len(len: usize, pieces: usize) -> TokenStream {
    if pieces > 0 { quote!(run.with_pieces(#len, #pieces)) } else { quote!(#len) }
}

/// Names the memory for what the operations of a stage prepare for all samples.
pub fn prepared_piece(memory: &Memory) -> Option<(Ident, TokenStream)> {
    let len = memory.prepared_len();
    (len > 0).then(|| (ident("prepared"), quote!(#len)))
}

/// Calls `prepare` of the operations of a stage that have something to prepare, unless what it computes stays from one pass to
/// the next and is there.
pub fn prepare(
    program: &Program,
    ops: &[(usize, usize)],
    constants: &Constants,
    prepare: &str,
    source: Source<'_>,
    stays: bool,
) -> TokenStream {
    let name = |op: usize| suffixed(program, &program.ops[op], "prepared");
    let pieces: Vec<_> = ops.iter().map(|&(op, len)| (name(op), quote!(#len))).collect();
    let carve = carve(&ident("prepared"), &pieces);
    let calls = ops.iter().filter_map(|&(index, _)| {
        let op = &program.ops[index];
        let kernel = op.kernel()?;
        let (module, prepare, dimensions) =
            (ident(kernel.module), source.function(op, prepare), constants.get(&kernel.dimensions));
        let (p, prepared) = (source.parameters(op), name(index));
        Some(quote!(__nn::ops::#module::#prepare(#dimensions, #p, &mut *#prepared);))
    });
    let calls = quote!(#(#calls)*);
    if stays && !ops.is_empty() { quote!(#carve if run.prepares() { #calls }) } else { quote!(#carve #calls) }
}

/// What was prepared, as an argument.
pub fn prepared(program: &Program, op: &Op) -> Option<TokenStream> {
    let len = op.kernel().and_then(|kernel| kernel.prepared)?;
    let name = suffixed(program, op, "prepared");
    Some(if len > 0 { quote!(&*#name) } else { quote!(&[]) })
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
        let room = match self.mode {
            Mode::Inference => "inference",
            Mode::Training => "training",
        };
        let own = self.memory.forward_room();
        let mut pieces = workspace_pieces(self.program, &self.memory.slots, &own, room);
        pieces.extend(prepared_piece(self.memory));
        carve(&ident("workspace"), &pieces)
    }

    /// A pass over the samples.
    fn samples(&self, ops: &[usize], scratch: &[usize], prepared: &[(usize, usize)]) -> TokenStream {
        let operands = self.operands();
        let written: Vec<usize> =
            ops.iter().map(|&op| self.program.ops[op].output).filter(|&value| !operands.in_scratch(value)).collect();
        let (pieces, rows) = pieces(&operands, &written, None);
        let indexed: Vec<&Op> = self.indexed(ops);
        let index_names: Vec<Ident> = indexed.iter().map(|op| suffixed(self.program, op, "indices")).collect();
        let index_lens = indexed.iter().map(|op| op.indices());
        let reads = self.reads(ops);
        let more = if carved(scratch) > 0 && self.is_cut(ops) { self.memory.pieces } else { 0 };
        let carve = carve_scratch(scratch, more);
        let work: u64 = ops.iter().map(|&op| self.program.ops[op].cost).sum();
        let calls = ops.iter().map(|&op| {
            let op = &self.program.ops[op];
            let (place, call) = (scratch_write(&operands, op.output), self.sample_call(op));
            quote!(#place #call)
        });
        let (groups, group) = (self.memory.groups, group_scratch(scratch, more));
        let stays = self.mode == Mode::Inference && self.memory.prepared_stays();
        let prepare = prepare(self.program, prepared, self.constants, "prepare", self.source, stays);
        quote! {
            #prepare
            run.each_sample(
                #groups,
                #work,
                [#(#pieces),*],
                [#(__nn::run::Pieces::new(#index_names, #index_lens)),*],
                __nn::run::Group { scratch: #group, partial: __nn::run::Pieces::new(&mut [], 0) },
                |s, [#(#rows),*], [#(#index_names),*], scratch, _| { #carve #reads #(#calls)* },
            );
        }
    }

    /// Whether any of some operations is cut into pieces.
    fn is_cut(&self, ops: &[usize]) -> bool {
        self.mode == Mode::Inference
            && ops.iter().any(|&op| self.program.ops[op].kernel().is_some_and(|k| k.cut.is_some()))
    }

    fn indexed(&self, ops: &[usize]) -> Vec<&Op> {
        let training = self.mode == Mode::Training;
        ops.iter().map(|&op| &self.program.ops[op]).filter(|op| training && op.indices() > 0).collect()
    }

    /// Names what earlier stages left for a sample.
    fn reads(&self, ops: &[usize]) -> TokenStream {
        let read = ops.iter().flat_map(|&op| &self.program.ops[op].inputs).copied().collect();
        let written: BTreeSet<usize> = ops.iter().map(|&op| self.program.ops[op].output).collect();
        sample_reads(&self.operands(), &read, &written)
    }

    /// A call for one sample, all operands being named.
    pub fn sample_call(&self, op: &Op) -> TokenStream {
        let operands = self.operands();
        let output = operands.name(op.output);
        let inputs: Vec<Ident> = op.inputs.iter().map(|&input| operands.name(input)).collect();
        let p = self.source.parameters(op);
        let forward = self.source.function(op, "forward");
        match &op.action {
            Action::Call(kernel) if self.mode == Mode::Inference && kernel.cut.is_some() => {
                self.pieces_call(op, kernel, &inputs)
            }
            Action::Call(kernel) | Action::Draw(kernel, _) => {
                let (module, dimensions) = (ident(kernel.module), self.constants.get(&kernel.dimensions));
                let inputs = list(kernel, &inputs);
                let indices = (kernel.indices > 0).then(|| match self.mode {
                    Mode::Training => suffixed(self.program, op, "indices").into_token_stream(),
                    Mode::Inference => quote!(&mut []),
                });
                let scratch = kernel.scratch.map(|_| ident("work"));
                let draw = match &op.action {
                    Action::Draw(_, layer) => Some(quote!(run.draw(s, #layer))),
                    _ => None,
                };
                let prepared = prepared(self.program, op);
                let tail = [p, Some(quote!(#output)), indices, prepared, scratch.map(|s| quote!(#s)), draw];
                let tail = tail.into_iter().flatten();
                quote!(__nn::ops::#module::#forward(#dimensions, #inputs, #(#tail),*);)
            }
            Action::Gather { dimensions, .. } => {
                let dimensions = self.constants.get(dimensions);
                quote!(__nn::ops::batch_norm::gather(#dimensions, #(#inputs),*, #output);)
            }
            Action::Normalise(kernel) => {
                let dimensions = self.constants.get(&kernel.dimensions);
                quote!(__nn::ops::batch_norm::normalise(#dimensions, #(#inputs),*, #p, #output);)
            }
            Action::Combine(_) | Action::Path { .. } => unreachable!("{:?} runs on the batch", op.action),
        }
    }

    /// A call for each piece of a sample.
    fn pieces_call(&self, op: &Op, kernel: &Kernel, inputs: &[Ident]) -> TokenStream {
        let (module, dimensions) = (ident(kernel.module), self.constants.get(&kernel.dimensions));
        let (y, inputs) = (self.operands().name(op.output), list(kernel, inputs));
        let indices = (kernel.indices > 0).then(|| quote!(&mut []));
        let prepared = prepared(self.program, op);
        let arguments = [self.source.parameters(op), Some(quote!(piece)), indices, prepared, Some(quote!(work))];
        let arguments = arguments.into_iter().flatten();
        quote! {
            run.each_piece(#dimensions.cut(), #y, work, |first, piece, work| {
                __nn::ops::#module::forward_rows(#dimensions, first, #inputs, #(#arguments),*);
            });
        }
    }

    /// A call on the whole batch.
    fn batch(&self, op: &Op) -> TokenStream {
        let operands = self.operands();
        let (x, y) = (operands.read(op.inputs[0]), operands.write(op.output));
        let p = self.source.parameters(op);
        let forward = self.source.function(op, "forward");
        match &op.action {
            Action::Call(kernel) => {
                let (module, dimensions) = (ident(kernel.module), self.constants.get(&kernel.dimensions));
                if let Some(scratch) = op.scratch {
                    let (x, scratch) = (as_inputs(self.program, op, x), operands.write(scratch));
                    return quote!(__nn::ops::#module::forward_in_halves(run, #dimensions, n, #x, #p, #y, #scratch););
                }
                quote!(__nn::ops::#module::#forward(run, #dimensions, n, #x, #p, #y);)
            }
            Action::Combine(dimensions) => {
                let dimensions = self.constants.get(dimensions);
                quote!(__nn::ops::batch_norm::combine(#dimensions, n, #x, #y);)
            }
            Action::Path { path, logits } => {
                let workspace = suffixed(self.program, op, "workspace");
                let layer = quote!(<#path as __nn::Layer<T>>);
                if self.mode == Mode::Inference {
                    return quote!(#layer::forward(run, #p, #x, #y, #workspace););
                }
                let (kept, indices) = (suffixed(self.program, op, "kept"), suffixed(self.program, op, "indices"));
                let forward = ident(if *logits { "forward_logits" } else { "forward_training" });
                quote!(#layer::#forward(run, #p, #x, #y, #kept, #indices, #workspace);)
            }
            action => unreachable!("{action:?} runs on single samples"),
        }
    }
}

/// The input `x` of a dense layer, which may lie in halves if it is the network's.
pub fn as_inputs(program: &Program, op: &Op, x: TokenStream) -> TokenStream {
    if program.halved_input() == Some(op.output) { quote!(__nn::ops::affine::Inputs::of_network(run, #x)) } else { x }
}

/// The inputs as arguments of a kernel.
fn list(kernel: &Kernel, inputs: &[Ident]) -> TokenStream {
    if kernel.takes_list { quote!(&[#(#inputs),*]) } else { quote!(#(#inputs),*) }
}

/// The buffers that a pass over the samples shares out, and the names of a sample's pieces.
///
/// Those that are `optional` are only there if they are wanted.
pub fn pieces(operands: &Operands<'_>, values: &[usize], optional: Option<&[usize]>) -> (Vec<TokenStream>, Vec<Ident>) {
    values
        .iter()
        .map(|&value| {
            let (buffer, name) = (operands.buffer(value), operands.name(value));
            let Extent::Sample(len) = operands.extent(value) else { unreachable!("{name} is not of a sample") };
            let len = match optional {
                Some(inputs) if inputs.contains(&value) => quote!(if wanted { #len } else { 0 }),
                _ => quote!(#len),
            };
            (quote!(__nn::run::Pieces::new(#buffer, #len)), name)
        })
        .unzip()
}

/// Names a sample's piece of what is read but not written by a pass over the samples.
pub fn sample_reads(operands: &Operands<'_>, read: &BTreeSet<usize>, written: &BTreeSet<usize>) -> TokenStream {
    let reads = read.difference(written).filter(|&&value| !operands.in_scratch(value)).map(|&value| {
        let (buffer, name) = (operands.buffer(value), operands.name(value));
        match operands.extent(value) {
            Extent::Sample(len) => quote!(let #name = __nn::run::row(#buffer, s, #len);),
            Extent::Batch(len) => quote!(let #name = __nn::memory::part(#buffer, ..#len);),
        }
    });
    quote!(#(#reads)*)
}

/// Names the scratch slot that a value or gradient is about to be written to, if it lies in one.
pub fn scratch_write(operands: &Operands<'_>, value: usize) -> Option<TokenStream> {
    let Place::Scratch(slot) = operands.place(value) else { return None };
    scratch_name_of(operands, value, slot)
}

/// Names a slot of the scratch as that of a value or gradient.
pub fn scratch_name_of(operands: &Operands<'_>, value: usize, slot: usize) -> Option<TokenStream> {
    let (name, slot) = (operands.name(value), scratch_name(slot));
    let Extent::Sample(len) = operands.extent(value) else { return None };
    Some(quote!(let #name = __nn::memory::part_mut(#slot, ..#len);))
}

/// Splits a group's scratch into slots; the last is the kernels' own, and that of pieces of a sample.
pub fn carve_scratch(slots: &[usize], pieces: usize) -> TokenStream {
    let slots: Vec<(Ident, TokenStream)> = (slots.iter().enumerate())
        .map(|(slot, &len)| {
            let is_last = slot + 1 == slots.len();
            if is_last { (ident("work"), scratch_len(len, pieces)) } else { (scratch_name(slot), quote!(#len)) }
        })
        .collect();
    carve(&ident("scratch"), &slots)
}

/// The groups' scratch, if a stage wants any.
pub fn group_scratch(slots: &[usize], pieces: usize) -> TokenStream {
    match carved(slots) {
        0 => quote!(__nn::run::Pieces::new(&mut [], 0)),
        len => {
            let len = scratch_len(len, pieces);
            quote!(__nn::run::Pieces::new(scratch, #len))
        }
    }
}
