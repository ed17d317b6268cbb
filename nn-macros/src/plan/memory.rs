//! A place for every value, gradient, index and scratch number.
//!
//! What holds afterwards: two operands that are in use at the same time never share a place, unless they are the same; what
//! the backward pass reads is saved until then, or recomputed. What passes between stages lies where nothing is saved yet, or
//! no longer, if there is room.

mod slots;

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use nn_sizes::GROUPS;
use slots::{Idle, Need, assign};
pub use slots::{Lent, Slot};

use super::Mode;
use super::aliasing::aliases;
use super::program::{Extent, Op, Program};
use super::recompute::{Recompute, readers};
use super::stages::Stage;
use crate::layers::Operation;

/// Pieces of memory start at a multiple of so many numbers: a cache line of `f32`.
const ALIGN: usize = 16;
/// The scratch of all groups may hold so many numbers, unless that leaves under two groups.
const SCRATCH: usize = 1 << 25;
/// Partial sums of gradients may hold so many numbers in all, unless that leaves under two of them.
const PARTIALS: usize = 1 << 20;

/// Where a value lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// With the caller: an input or an output of the network, or its gradient.
    Caller,
    /// Saved from forward to backward.
    Saved,
    /// In a slot that later values reuse: of the workspace, or lent by values that are saved before or after.
    Slot(usize),
    /// In a slot of the scratch of a group of samples: it lives within one stage.
    Scratch(usize),
}

/// Numbers that some memory must hold, by what they grow with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MemoryNeed {
    /// For each sample.
    pub per_sample: usize,
    /// For each group of samples.
    pub per_group: usize,
    /// The most groups.
    pub groups: usize,
    /// Once.
    pub fixed: usize,
    /// Once more, where samples are cut into pieces.
    pub pieces: usize,
}

/// Where everything lies during one program.
#[derive(Debug)]
pub struct Memory {
    /// The place of each value.
    pub values: Vec<Place>,
    /// The slots of the forward pass.
    pub slots: Vec<Slot>,
    /// The place of the scratch of each operation on the batch that has some.
    pub work: HashMap<usize, Place>,
    /// Operations of each stage that prepack something for all samples, and how many numbers.
    pub prepacked: Vec<Vec<(usize, usize)>>,
    /// The scratch slots of each stage of the forward pass, the last one for the kernels' own use.
    pub scratch: Vec<Vec<usize>>,
    /// Groups of samples in each pass over the batch.
    pub groups: usize,
    /// What a group's scratch must hold besides where a sample is cut into pieces.
    pub pieces: usize,
    /// Saved values, in order.
    pub saved: Vec<usize>,
    /// Operations that save numbers of their own, in order.
    pub own: Vec<usize>,
    /// Operations that save indices, in order.
    pub indices: Vec<usize>,
    /// The place of each value's gradient.
    pub gradients: Vec<Place>,
    /// The value in the place of whose gradient each value's own lies: mostly itself.
    pub aliased: Vec<usize>,
    /// Where an operation leaves a contribution to a gradient that already has one, before it is added:
    /// by operation and position among what it contributes to.
    pub spare: HashMap<(usize, usize), Place>,
    /// The place of the scratch of each operation on the batch that has some in the backward pass.
    pub backward_work: HashMap<usize, Place>,
    /// The slots of the backward pass.
    pub backward_slots: Vec<Slot>,
    /// The backward pass, stage by stage of the forward pass.
    pub backward: Vec<BackwardStage>,
}

/// What a stage of the backward pass needs.
#[derive(Clone, Debug, Default)]
pub struct BackwardStage {
    /// Its scratch slots, the last one for the kernels' own use.
    pub scratch: Vec<usize>,
    /// Its operations that prepack something for all samples, and how many numbers.
    pub prepacked: Vec<(usize, usize)>,
    /// Operations of the forward pass that run again before it, and the scratch slot of the output.
    pub recomputed: Vec<(usize, usize)>,
    /// Operations whose parameters get partial sums, with their offset and length in the partial.
    pub partials: Vec<(usize, usize, usize)>,
    /// Numbers in a partial.
    pub partial_len: usize,
    /// Groups of samples, each with scratch and a partial.
    pub groups: usize,
}

impl Memory {
    /// Workspace of the forward pass, apart from what paths want.
    pub fn forward_memory(&self) -> MemoryNeed {
        let need =
            workspace_memory(&self.slots).with_groups(self.groups, most(&self.scratch)).with(self.prepacked_len());
        MemoryNeed { pieces: self.pieces, ..need }
    }

    /// Workspace of the backward pass, apart from what paths want.
    pub fn backward_memory(&self) -> MemoryNeed {
        let scratch = self.backward.iter().map(|stage| carved(&stage.scratch)).max().unwrap_or(0);
        let groups = self.backward.iter().map(|stage| stage.groups).max().unwrap_or(0);
        let partials = self.backward.iter().map(|stage| stage.groups * stage.partial_len).max().unwrap_or(0);
        workspace_memory(&self.backward_slots)
            .with_groups(groups, scratch)
            .with(rounded(partials) + self.prepacked_backward_len())
    }

    /// Whether what is prepacked stays until the next pass: no other stage prepacks something in its place.
    pub fn prepacked_stays(&self) -> bool {
        self.prepacked.iter().filter(|ops| !ops.is_empty()).count() == 1
    }

    /// Numbers that the operations of any one stage prepack.
    pub fn prepacked_len(&self) -> usize {
        self.prepacked.iter().map(|ops| prepacked_len(ops)).max().unwrap_or(0)
    }

    /// The same in the backward pass.
    pub fn prepacked_backward_len(&self) -> usize {
        self.backward.iter().map(|stage| prepacked_len(&stage.prepacked)).max().unwrap_or(0)
    }

    /// Whether the gradient of an operation's input is there without a call, being that of the output.
    pub fn is_passed(&self, program: &Program, op: usize, position: usize) -> bool {
        let (input, output) = (program.ops[op].backward.input_gradients[position], program.ops[op].outputs[0]);
        program.ops[op].backward.passes_gradient
            && self.aliased[input] == self.aliased[output]
            && !self.spare.contains_key(&(op, position))
    }
}

impl MemoryNeed {
    fn with_groups(self, groups: usize, per_group: usize) -> Self {
        Self { per_group, groups, fixed: self.fixed + 2 * ALIGN, ..self }
    }

    fn with(self, fixed: usize) -> Self {
        Self { fixed: self.fixed + fixed, ..self }
    }
}

/// Room for the slots that are not lent.
fn workspace_memory(slots: &[Slot]) -> MemoryNeed {
    let own = slots.iter().filter(|slot| slot.lent.is_none());
    slots_memory(&own.map(|slot| slot.extent).collect::<Vec<_>>())
}

/// Room for buffers of these extents, each rounded up.
pub fn slots_memory(slots: &[Extent]) -> MemoryNeed {
    let mut need = MemoryNeed { fixed: ALIGN * slots.len(), ..MemoryNeed::default() };
    for slot in slots {
        match slot {
            Extent::Sample(_) | Extent::Row(..) => need.per_sample += slot.most(),
            Extent::Batch(len) => need.fixed += len,
        }
    }
    need
}

/// Numbers that `carve` needs for pieces of these lengths.
pub fn carved(lens: &[usize]) -> usize {
    lens.iter().map(|&len| rounded(len)).sum()
}

fn rounded(len: usize) -> usize {
    len.div_ceil(ALIGN) * ALIGN
}

/// Finds a place for everything.
pub fn memory(program: &Program, stages: &[Stage], mode: Mode) -> Memory {
    let steps = Steps::of(program, stages);
    let mut memory = Memory {
        values: vec![Place::Caller; program.values.len()],
        slots: Vec::new(),
        work: HashMap::new(),
        prepacked: stages.iter().map(|stage| prepacked(program, stage, |op| op.prepacked)).collect(),
        scratch: Vec::new(),
        groups: GROUPS,
        pieces: 0,
        saved: Vec::new(),
        own: Vec::new(),
        indices: Vec::new(),
        gradients: vec![Place::Caller; program.values.len()],
        aliased: (0..program.values.len()).collect(),
        spare: HashMap::new(),
        backward_work: HashMap::new(),
        backward_slots: Vec::new(),
        backward: Vec::new(),
    };
    match mode {
        Mode::Inference => {
            forward(program, stages, &steps, &BTreeSet::new(), &mut memory);
            memory.pieces = pieces(program);
        }
        Mode::Training => {
            let recompute = Recompute::of(program, stages);
            memory.own = (0..program.ops.len()).filter(|&op| program.ops[op].saved() > 0).collect();
            memory.indices = (0..program.ops.len()).filter(|&op| program.ops[op].indices() > 0).collect();
            memory.aliased = aliases(program, stages);
            forward(program, stages, &steps, &recompute.saved, &mut memory);
            backward(program, stages, &steps, &recompute, &mut memory);
        }
    }
    memory
}

/// How much more scratch an operation wants when it is cut into pieces, at most.
fn pieces(program: &Program) -> usize {
    let operations = program.ops.iter().filter_map(|op| op.whole());
    let more = operations.filter_map(|op| Some(op.cut?.all_scratch().saturating_sub(op.scratch.forward)));
    rounded(more.max().unwrap_or(0))
}

/// The operations of a stage that prepack something, and how much.
fn prepacked(program: &Program, stage: &Stage, of: impl Fn(&Operation) -> usize) -> Vec<(usize, usize)> {
    let len = |op: usize| program.ops[op].whole().map(&of).filter(|&len| len > 0);
    stage.ops().iter().filter_map(|&op| Some((op, len(op)?))).collect()
}

fn prepacked_len(ops: &[(usize, usize)]) -> usize {
    ops.iter().map(|&(_, len)| rounded(len)).sum()
}

/// When each operation runs: its stage, and its step among all operations.
struct Steps {
    stage: Vec<usize>,
    step: Vec<usize>,
    count: usize,
}

impl Steps {
    fn of(program: &Program, stages: &[Stage]) -> Self {
        let mut steps = Self { stage: vec![0; program.ops.len()], step: vec![0; program.ops.len()], count: 0 };
        for (index, stage) in stages.iter().enumerate() {
            for &op in stage.ops() {
                steps.stage[op] = index;
                steps.step[op] = steps.count;
                steps.count += 1;
            }
        }
        steps
    }

    /// The step of an operation in the backward pass, which begins with the last.
    fn backward(&self, op: usize) -> usize {
        self.count - 1 - self.step[op]
    }
}

fn forward(program: &Program, stages: &[Stage], steps: &Steps, saved: &BTreeSet<usize>, memory: &mut Memory) {
    let (mut needs, mut idle) = (Vec::new(), Vec::new());
    let outputs = program.ops.iter().enumerate().flat_map(|(op, at)| at.outputs.iter().map(move |&value| (op, value)));
    for (op, value) in outputs.filter(|(_, value)| !program.outputs.contains(value)) {
        if saved.contains(&value) {
            memory.values[value] = Place::Saved;
            memory.saved.push(value);
            // Until it is written.
            idle.push(Idle::of(program, value, 0..steps.stage[op]));
            continue;
        }
        let users = || program.ops.iter().enumerate().filter(|(_, op)| op.inputs.contains(&value)).map(|(i, _)| i);
        let last = |times: &[usize]| users().map(|user| times[user]).fold(times[op], usize::max);
        needs.push(Need {
            id: Wanting::Value(value),
            extent: program.values[value].extent,
            steps: (steps.step[op], last(&steps.step)),
            stages: (steps.stage[op], last(&steps.stage)),
        });
    }
    needs.extend(work(program, steps, |op| op.scratch.forward, |op| steps.step[op], |stage| stage));
    memory.scratch = vec![Vec::new(); stages.len()];
    let (places, slots) = assign(program, needs, stages, idle, &mut memory.scratch);
    memory.slots = slots;
    for (wanting, place) in places {
        match wanting {
            Wanting::Value(value) => memory.values[value] = place,
            Wanting::Work(op) => _ = memory.work.insert(op, place),
            _ => unreachable!("of the backward pass"),
        }
    }
    for (stage, scratch) in stages.iter().zip(&mut memory.scratch) {
        scratch.push(own_scratch(program, stage, |op| op.scratch.forward));
    }
    memory.groups = groups(SCRATCH, most(&memory.scratch));
}

/// The scratch of operations on the batch, at the step and the stage of each.
fn work(
    program: &Program,
    steps: &Steps,
    of: impl Fn(&Operation) -> usize,
    step: impl Fn(usize) -> usize,
    stage: impl Fn(usize) -> usize,
) -> Vec<Need<Wanting>> {
    let ops = program.ops.iter().enumerate().filter(|(_, op)| op.on_batch());
    let need = |(index, op): (usize, &Op)| {
        let len = op.whole().map(&of).filter(|&len| len > 0)?;
        let (step, stage) = (step(index), stage(steps.stage[index]));
        let extent = op.own_extent(len);
        Some(Need { id: Wanting::Work(index), extent, steps: (step, step), stages: (stage, stage) })
    };
    ops.filter_map(need).collect()
}

/// The most scratch that an operation of a stage on single samples wants for itself.
fn own_scratch(program: &Program, stage: &Stage, of: impl Fn(&Operation) -> usize) -> usize {
    let Stage::Samples(ops) = stage else { return 0 };
    ops.iter().filter_map(|&op| program.ops[op].whole()).map(of).max().unwrap_or(0)
}

/// The scratch of the stage that wants most.
fn most(scratch: &[Vec<usize>]) -> usize {
    scratch.iter().map(|slots| carved(slots)).max().unwrap_or(0)
}

/// As many groups as memory for `limit` numbers allows, each of which wants `len`.
fn groups(limit: usize, len: usize) -> usize {
    limit.checked_div(len).unwrap_or(GROUPS).clamp(2, GROUPS)
}

impl Idle {
    /// The place of a saved value.
    fn of(program: &Program, value: usize, stages: Range<usize>) -> Self {
        match program.values[value].extent {
            Extent::Sample(len) => Self { len, stages },
            Extent::Row(..) | Extent::Batch(_) => Self { len: 0, stages },
        }
    }
}

/// What needs a place in a pass.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Wanting {
    /// A value, in the forward pass.
    Value(usize),
    /// The gradient of a value.
    Gradient(usize),
    /// A contribution: its operation, and the position among what that contributes to.
    Spare(usize, usize),
    /// A value that is recomputed: the stage, and the operation.
    Recomputed(usize, usize),
    /// The scratch of an operation on the batch.
    Work(usize),
}

fn backward(program: &Program, stages: &[Stage], steps: &Steps, recompute: &Recompute, memory: &mut Memory) {
    let need = |id: Wanting, extent: Extent, ops: &[usize]| {
        let span = |time: &dyn Fn(usize) -> usize| {
            let times = || ops.iter().map(|&op| time(op));
            (times().min().unwrap_or(0), times().max().unwrap_or(0))
        };
        let stage = |op: usize| stages.len() - 1 - steps.stage[op];
        Need { id, extent, steps: span(&|op| steps.backward(op)), stages: span(&stage) }
    };
    let mut started: BTreeSet<usize> = program.outputs.iter().copied().collect();
    let mut uses: HashMap<usize, Vec<usize>> = HashMap::new();
    let mut needs = Vec::new();
    for &op in stages.iter().flat_map(Stage::ops).collect::<Vec<_>>().into_iter().rev() {
        let backward = &program.ops[op].backward;
        for &value in &backward.output_gradients {
            uses.entry(memory.aliased[value]).or_default().push(op);
        }
        for (position, &value) in backward.input_gradients.iter().enumerate() {
            uses.entry(memory.aliased[value]).or_default().push(op);
            if !started.insert(value) {
                needs.push(need(Wanting::Spare(op, position), program.values[value].gradient, &[op]));
            }
        }
    }
    let own = uses.iter().filter(|(value, _)| !program.inputs.contains(value) && !program.outputs.contains(value));
    needs.extend(own.map(|(&value, ops)| need(Wanting::Gradient(value), program.values[value].gradient, ops)));
    for (index, (stage, ops)) in stages.iter().zip(&recompute.ops).enumerate() {
        for &op in ops {
            let value = program.ops[op].outputs[0];
            // It is there from the first step on, which is that of the stage's last operation.
            let mut users: Vec<usize> = stage.ops().last().copied().into_iter().collect();
            users.extend(stage.ops().iter().filter(|&&op| program.ops[op].backward_reads().any(|read| read == value)));
            needs.push(need(Wanting::Recomputed(index, op), program.values[value].extent, &users));
        }
    }
    let last = stages.len().saturating_sub(1);
    needs.extend(work(program, steps, |op| op.scratch.backward, |op| steps.backward(op), |stage| last - stage));
    let backwards: Vec<Stage> = stages.iter().rev().cloned().collect();
    let mut scratch = vec![Vec::new(); stages.len()];
    // Once it has been read for the last time; the backward pass begins with the last stage.
    let (readers, end) = (readers(program, stages, &recompute.ops), stages.len());
    let free = |value: usize| readers[value].first().map_or(end, |stage| end - stage);
    let idle = memory.saved.iter().map(|&value| Idle::of(program, value, free(value)..end)).collect();
    let (places, slots) = assign(program, needs, &backwards, idle, &mut scratch);
    memory.backward_slots = slots;
    scratch.reverse();
    memory.backward =
        stages.iter().zip(scratch).map(|(stage, scratch)| backward_stage(program, stage, scratch)).collect();
    for (wanting, place) in places {
        match (wanting, place) {
            (Wanting::Gradient(value), _) => memory.gradients[value] = place,
            (Wanting::Spare(op, position), _) => _ = memory.spare.insert((op, position), place),
            (Wanting::Recomputed(stage, op), Place::Scratch(slot)) => {
                memory.backward[stage].recomputed.push((op, slot));
            }
            (Wanting::Work(op), _) => _ = memory.backward_work.insert(op, place),
            (Wanting::Value(_), _) => unreachable!("of the forward pass"),
            (Wanting::Recomputed(..), _) => unreachable!("it lives within a stage over single samples"),
        }
    }
    for stage in &mut memory.backward {
        stage.recomputed.sort_unstable();
    }
    memory.gradients = memory.aliased.iter().map(|&value| memory.gradients[value]).collect();
    let most = memory.backward.iter().map(|stage| carved(&stage.scratch)).max().unwrap_or(0);
    for stage in &mut memory.backward {
        stage.groups = stage.groups.min(groups(SCRATCH, most));
    }
}

fn backward_stage(program: &Program, stage: &Stage, mut scratch: Vec<usize>) -> BackwardStage {
    scratch.push(own_scratch(program, stage, |op| op.scratch.backward));
    let mut partials = Vec::new();
    let mut partial_len = 0;
    if let Stage::Samples(ops) = stage {
        for &op in ops {
            if let (Some(_), Some((_, len))) = (program.ops[op].whole(), &program.ops[op].parameters) {
                partials.push((op, partial_len, len.number as usize));
                partial_len += rounded(len.number as usize);
            }
        }
    }
    BackwardStage {
        scratch,
        prepacked: prepacked(program, stage, |op| op.prepacked_backward),
        recomputed: Vec::new(),
        partials,
        partial_len,
        groups: groups(PARTIALS, partial_len),
    }
}
