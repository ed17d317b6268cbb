//! A place for every value, gradient, index and scratch number.
//!
//! What holds afterwards: two operands that are in use at the same time never share a place; what the backward pass reads
//! is kept until then.

use std::collections::{BTreeSet, HashMap};

use nn_sizes::GROUPS;

use super::Mode;
use super::lower::{Action, Extent, Op, Program};
use super::stages::Stage;

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
    /// Kept from forward to backward.
    Kept,
    /// In a slot of the workspace that later values reuse.
    Slot(usize),
    /// In a slot of the scratch of a group of samples: it lives within one stage.
    Scratch(usize),
}

/// Numbers that some memory must hold, by what they grow with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Room {
    /// For each sample.
    pub per_sample: usize,
    /// For each group of samples.
    pub per_group: usize,
    /// The most groups.
    pub groups: usize,
    /// Once.
    pub fixed: usize,
}

/// Where everything lies during one program.
#[derive(Debug)]
pub struct Memory {
    /// The place of each value.
    pub values: Vec<Place>,
    /// The slots of the forward pass.
    pub slots: Vec<Extent>,
    /// Operations that prepare something for all samples, and how many numbers: forward, and as many backward.
    pub prepared: Vec<(usize, usize)>,
    /// The scratch slots of each stage of the forward pass, the last one for the kernels' own use.
    pub scratch: Vec<Vec<usize>>,
    /// Groups of samples in each pass over the batch.
    pub groups: usize,
    /// Kept values, in order.
    pub kept: Vec<usize>,
    /// Operations that keep indices, in order.
    pub indices: Vec<usize>,
    /// The place of each value's gradient.
    pub gradients: Vec<Place>,
    /// Where an operation leaves a contribution to a gradient that already has one, before it is added:
    /// by operation and position among what it contributes to.
    pub spare: HashMap<(usize, usize), Place>,
    /// The slots of the backward pass.
    pub backward_slots: Vec<Extent>,
    /// The backward pass, stage by stage of the forward pass.
    pub backward: Vec<BackwardStage>,
}

/// What a stage of the backward pass needs.
#[derive(Clone, Debug, Default)]
pub struct BackwardStage {
    /// Its scratch slots, the last one for the kernels' own use.
    pub scratch: Vec<usize>,
    /// Operations whose parameters get partial sums, with their offset and length in the partial.
    pub partials: Vec<(usize, usize, usize)>,
    /// Numbers in a partial.
    pub partial_len: usize,
    /// Groups of samples, each with scratch and a partial.
    pub groups: usize,
}

impl Memory {
    /// Workspace of the forward pass, apart from what paths want.
    pub fn forward_room(&self) -> Room {
        slots_room(&self.slots).with_groups(self.groups, most(&self.scratch)).with(self.prepared_len())
    }

    /// Workspace of the backward pass, apart from what paths want.
    pub fn backward_room(&self) -> Room {
        let scratch = self.backward.iter().map(|stage| carved(&stage.scratch)).max().unwrap_or(0);
        let groups = self.backward.iter().map(|stage| stage.groups).max().unwrap_or(0);
        let partials = self.backward.iter().map(|stage| stage.groups * stage.partial_len).max().unwrap_or(0);
        slots_room(&self.backward_slots).with_groups(groups, scratch).with(rounded(partials) + self.prepared_len())
    }

    fn prepared_len(&self) -> usize {
        self.prepared.iter().map(|&(_, len)| rounded(len)).sum()
    }
}

impl Room {
    fn with_groups(self, groups: usize, per_group: usize) -> Self {
        Self { per_group, groups, fixed: self.fixed + 2 * ALIGN, ..self }
    }

    fn with(self, fixed: usize) -> Self {
        Self { fixed: self.fixed + fixed, ..self }
    }
}

/// Room for buffers of these extents, each rounded up.
pub fn slots_room(slots: &[Extent]) -> Room {
    let mut room = Room { fixed: ALIGN * slots.len(), ..Room::default() };
    for slot in slots {
        match slot {
            Extent::Sample(len) => room.per_sample += len,
            Extent::Batch(len) => room.fixed += len,
        }
    }
    room
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
        prepared: prepared(program),
        scratch: Vec::new(),
        groups: GROUPS,
        kept: Vec::new(),
        indices: Vec::new(),
        gradients: vec![Place::Caller; program.values.len()],
        spare: HashMap::new(),
        backward_slots: Vec::new(),
        backward: Vec::new(),
    };
    forward(program, stages, &steps, mode, &mut memory);
    if mode == Mode::Training {
        backward(program, stages, &steps, &mut memory);
    }
    memory
}

/// The operations that prepare something, and how much.
fn prepared(program: &Program) -> Vec<(usize, usize)> {
    let len = |op: &Op| op.kernel().and_then(|kernel| kernel.prepared).filter(|&len| len > 0);
    program.ops.iter().enumerate().filter_map(|(index, op)| Some((index, len(op)?))).collect()
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
}

/// A value or gradient with the time for which it needs a place.
struct Need {
    id: usize,
    extent: Extent,
    /// First and last step of use.
    steps: (usize, usize),
    /// First and last stage of use.
    stages: (usize, usize),
}

fn forward(program: &Program, stages: &[Stage], steps: &Steps, mode: Mode, memory: &mut Memory) {
    let kept: BTreeSet<usize> = match mode {
        Mode::Training => program.ops.iter().flat_map(Op::backward_reads).collect(),
        Mode::Inference => BTreeSet::new(),
    };
    let mut needs = Vec::new();
    for (index, op) in program.ops.iter().enumerate() {
        let value = op.output;
        if program.outputs.contains(&value) {
            continue;
        }
        if kept.contains(&value) {
            memory.values[value] = Place::Kept;
            memory.kept.push(value);
            continue;
        }
        let users = || program.ops.iter().enumerate().filter(|(_, op)| op.inputs.contains(&value)).map(|(i, _)| i);
        let span = |times: &[usize]| (times[index], users().map(|user| times[user]).fold(times[index], usize::max));
        let extent = program.values[value].extent;
        needs.push(Need { id: value, extent, steps: span(&steps.step), stages: span(&steps.stage) });
    }
    if mode == Mode::Training {
        memory.indices = (0..program.ops.len()).filter(|&op| program.ops[op].indices() > 0).collect();
    }
    needs.sort_by_key(|need| (need.steps, need.id));
    memory.scratch = vec![Vec::new(); stages.len()];
    for (need, place) in assign(&needs, stages, &mut memory.slots, &mut memory.scratch) {
        memory.values[need] = place;
    }
    let own = |op: &usize| program.ops[*op].kernel().and_then(|k| k.scratch).map_or(0, |s| s.forward);
    for (stage, scratch) in stages.iter().zip(&mut memory.scratch) {
        scratch.push(stage.ops().iter().map(own).max().unwrap_or(0));
    }
    memory.groups = groups(SCRATCH, most(&memory.scratch));
}

/// The scratch of the stage that wants most.
fn most(scratch: &[Vec<usize>]) -> usize {
    scratch.iter().map(|slots| carved(slots)).max().unwrap_or(0)
}

/// As many groups as memory for `limit` numbers allows, each of which wants `len`.
fn groups(limit: usize, len: usize) -> usize {
    limit.checked_div(len).unwrap_or(GROUPS).clamp(2, GROUPS)
}

fn backward(program: &Program, stages: &[Stage], steps: &Steps, memory: &mut Memory) {
    let mut started: BTreeSet<usize> = program.outputs.iter().copied().collect();
    let mut uses: HashMap<usize, Vec<usize>> = HashMap::new();
    let mut needs = Vec::new();
    let mut spares = Vec::new();
    for &op in stages.iter().flat_map(Stage::ops).collect::<Vec<_>>().into_iter().rev() {
        for value in program.ops[op].backward_gradients() {
            uses.entry(value).or_default().push(op);
        }
        for (position, &value) in program.ops[op].contributes().iter().enumerate() {
            uses.entry(value).or_default().push(op);
            if !started.insert(value) {
                spares.push((op, position, value));
            }
        }
    }
    // Backwards, time runs from the last step to the first.
    let (last_step, last_stage) = (steps.count, stages.len());
    let need = |id: usize, extent: Extent, ops: &[usize]| {
        let span = |times: &[usize], last: usize| {
            let times = || ops.iter().map(|&op| last - 1 - times[op]);
            (times().min().unwrap_or(0), times().max().unwrap_or(0))
        };
        Need { id, extent, steps: span(&steps.step, last_step), stages: span(&steps.stage, last_stage) }
    };
    for (value, ops) in &uses {
        if !program.inputs.contains(value) && !program.outputs.contains(value) {
            needs.push(need(*value, program.values[*value].gradient, ops));
        }
    }
    for (index, &(op, _, value)) in spares.iter().enumerate() {
        needs.push(need(program.values.len() + index, program.values[value].gradient, &[op]));
    }
    needs.sort_by_key(|need| (need.steps, need.id));
    let backwards: Vec<Stage> = stages.iter().rev().cloned().collect();
    let mut scratch = vec![Vec::new(); stages.len()];
    for (id, place) in assign(&needs, &backwards, &mut memory.backward_slots, &mut scratch) {
        match id.checked_sub(program.values.len()) {
            None => memory.gradients[id] = place,
            Some(spare) => _ = memory.spare.insert((spares[spare].0, spares[spare].1), place),
        }
    }
    scratch.reverse();
    memory.backward =
        stages.iter().zip(scratch).map(|(stage, scratch)| backward_stage(program, stage, scratch)).collect();
    let most = memory.backward.iter().map(|stage| carved(&stage.scratch)).max().unwrap_or(0);
    for stage in &mut memory.backward {
        stage.groups = stage.groups.min(groups(SCRATCH, most));
    }
}

fn backward_stage(program: &Program, stage: &Stage, mut scratch: Vec<usize>) -> BackwardStage {
    let own = |op: &usize| program.ops[*op].kernel().and_then(|k| k.scratch).map_or(0, |s| s.backward);
    scratch.push(stage.ops().iter().map(own).max().unwrap_or(0));
    let mut partials = Vec::new();
    let mut partial_len = 0;
    if let Stage::Samples(ops) = stage {
        for &op in ops {
            if let (Action::Call(_), Some((_, len))) = (&program.ops[op].action, &program.ops[op].parameters) {
                partials.push((op, partial_len, len.number as usize));
                partial_len += rounded(len.number as usize);
            }
        }
    }
    BackwardStage { scratch, partials, partial_len, groups: groups(PARTIALS, partial_len) }
}

/// Gives each need a slot: of the scratch if it lives within one stage over single samples, else of the workspace.
///
/// The needs come in the order in which their lives begin; each takes the first slot that is free, or a new one.
fn assign(
    needs: &[Need],
    stages: &[Stage],
    slots: &mut Vec<Extent>,
    scratch: &mut [Vec<usize>],
) -> Vec<(usize, Place)> {
    let mut slots_end: Vec<usize> = Vec::new();
    let mut scratch_end: Vec<Vec<usize>> = vec![Vec::new(); scratch.len()];
    let mut places = Vec::new();
    for need in needs {
        let within = need.stages.0 == need.stages.1 && matches!(stages[need.stages.0], Stage::Samples(_));
        let place = match need.extent {
            Extent::Sample(len) if within => {
                let stage = need.stages.0;
                let ends = &mut scratch_end[stage];
                let slot = free_slot(ends, |_| true, need.steps);
                match scratch[stage].get_mut(slot) {
                    Some(room) => *room = len.max(*room),
                    None => scratch[stage].push(len),
                }
                Place::Scratch(slot)
            }
            Extent::Sample(len) => {
                let slot = free_slot(&mut slots_end, |slot| matches!(slots[slot], Extent::Sample(_)), need.stages);
                match slots.get_mut(slot) {
                    Some(Extent::Sample(room)) => *room = len.max(*room),
                    _ => slots.push(need.extent),
                }
                Place::Slot(slot)
            }
            Extent::Batch(_) => {
                slots.push(need.extent);
                slots_end.push(usize::MAX);
                Place::Slot(slots.len() - 1)
            }
        };
        places.push((need.id, place));
    }
    places
}

/// The first slot that suits and is free before `life` begins, or a new one; it is then taken until `life` ends.
fn free_slot(ends: &mut Vec<usize>, suits: impl Fn(usize) -> bool, life: (usize, usize)) -> usize {
    let free = (0..ends.len()).find(|&slot| suits(slot) && ends[slot] < life.0);
    let slot = free.unwrap_or(ends.len());
    match ends.get_mut(slot) {
        Some(end) => *end = life.1,
        None => ends.push(life.1),
    }
    slot
}
