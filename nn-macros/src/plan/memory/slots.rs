//! Places that one operand takes after the other.

use std::ops::Range;

use super::{Place, Stage};
use crate::plan::program::{Extent, Program};

/// Memory for the whole batch, where one operand lies after the other.
#[derive(Clone, Debug)]
pub struct Slot {
    /// Its size.
    pub extent: Extent,
    /// What else it is for, if it is no part of the workspace.
    pub lent: Option<Lent>,
}

/// The places of saved values, while nothing is saved there.
#[derive(Clone, Debug)]
pub struct Lent {
    /// Which of the saved values, one beside the other.
    pub saved: Range<usize>,
    /// The stage of the pass from which on they are not lent: one of them is written then, or the pass is over.
    pub until: usize,
}

/// The place of a saved value, which may be lent.
#[derive(Clone, Debug)]
pub struct Idle {
    /// Numbers for each sample.
    pub len: usize,
    /// The stages of the pass in which nothing is saved there.
    pub stages: Range<usize>,
}

/// An operand with the time for which it needs a place.
pub struct Need<I> {
    /// What it is; of those that are needed from the same step on, the least comes first.
    pub id: I,
    pub extent: Extent,
    /// First and last step of use.
    pub steps: (usize, usize),
    /// First and last stage of use.
    pub stages: (usize, usize),
}

/// Gives each need a slot: of the scratch if it lives within one stage over single samples, else one that saved values lend,
/// else one of the workspace. The slots of scratch are added to those of each stage, the others returned.
///
/// Each takes the first slot that is free when its life begins, or a new one.
pub fn assign<I: Copy + Ord>(
    program: &Program,
    mut needs: Vec<Need<I>>,
    stages: &[Stage],
    idle: Vec<Idle>,
    scratch: &mut [Vec<usize>],
) -> (Vec<(I, Place)>, Vec<Slot>) {
    needs.sort_by_key(|need| (need.steps, need.id));
    let mut slots = Slots { idle, ..Slots::default() };
    let mut scratch_ends: Vec<Vec<usize>> = vec![Vec::new(); scratch.len()];
    let mut places = Vec::new();
    for need in needs {
        let within = match &stages[need.stages.0] {
            Stage::Samples(ops) if need.stages.0 == need.stages.1 => need.extent.unit(program.ops[ops[0]].rows),
            _ => None,
        };
        let place = match (within, need.extent) {
            (Some(len), _) => {
                let (ends, lens) = (&mut scratch_ends[need.stages.0], &mut scratch[need.stages.0]);
                let slot = (0..ends.len()).find(|&slot| ends[slot] < need.steps.0).unwrap_or_else(|| {
                    ends.push(0);
                    lens.push(0);
                    ends.len() - 1
                });
                (ends[slot], lens[slot]) = (need.steps.1, lens[slot].max(len));
                Place::Scratch(slot)
            }
            (None, Extent::Sample(len)) => Place::Slot(slots.take(len, need.stages)),
            (None, Extent::Row(..)) => Place::Slot(slots.of_workspace(need.extent, need.stages)),
            (None, Extent::Batch(_)) => Place::Slot(slots.add(Slot { extent: need.extent, lent: None }, usize::MAX)),
        };
        places.push((need.id, place));
    }
    (places, slots.slots)
}

/// The slots of a pass so far.
#[derive(Default)]
struct Slots {
    slots: Vec<Slot>,
    /// The last stage for which each is taken.
    ends: Vec<usize>,
    /// The places of all saved values.
    idle: Vec<Idle>,
}

impl Slots {
    /// A slot for so many numbers of each sample from one stage to another.
    fn take(&mut self, len: usize, life: (usize, usize)) -> usize {
        let free = |slot: &usize| self.ends[*slot] < life.0;
        let lent = (0..self.slots.len()).filter(free).find(|&slot| self.slots[slot].lends(len, life.1));
        let Some(slot) = lent.or_else(|| self.lend(len, life)) else {
            return self.of_workspace(Extent::Sample(len), life);
        };
        self.ends[slot] = life.1;
        slot
    }

    /// A new slot in the place of saved values that are side by side: as few numbers as will do.
    fn lend(&mut self, len: usize, life: (usize, usize)) -> Option<usize> {
        let rows = (0..self.idle.len()).filter_map(|first| self.row(first, len, life));
        let (room, saved) = rows.min_by_key(|&(room, _)| room)?;
        let lenders = &mut self.idle[saved.clone()];
        let until = lenders.iter().map(|idle| idle.stages.end).min()?;
        lenders.iter_mut().for_each(|idle| idle.stages = 0..0);
        Some(self.add(Slot { extent: Extent::Sample(room), lent: Some(Lent { saved, until }) }, 0))
    }

    /// The saved values from one on that make room for so many numbers, and how much, if all are idle for so long.
    fn row(&self, first: usize, len: usize, life: (usize, usize)) -> Option<(usize, Range<usize>)> {
        let mut room = 0;
        for (index, idle) in self.idle.iter().enumerate().skip(first) {
            if life.0 < idle.stages.start || idle.stages.end <= life.1 {
                return None;
            }
            room += idle.len;
            if room >= len {
                return Some((room, first..index + 1));
            }
        }
        None
    }

    /// A slot of the workspace that is free from one stage to another, made larger if need be, or a new one.
    fn of_workspace(&mut self, extent: Extent, life: (usize, usize)) -> usize {
        for (index, slot) in self.slots.iter_mut().enumerate() {
            let larger = slot.extent.larger(extent).filter(|_| slot.lent.is_none() && self.ends[index] < life.0);
            if let Some(larger) = larger {
                (slot.extent, self.ends[index]) = (larger, life.1);
                return index;
            }
        }
        self.add(Slot { extent, lent: None }, life.1)
    }

    fn add(&mut self, slot: Slot, end: usize) -> usize {
        self.slots.push(slot);
        self.ends.push(end);
        self.slots.len() - 1
    }
}

impl Slot {
    /// Whether saved values lend it, with room for so many numbers, to the end of a stage.
    fn lends(&self, len: usize, last: usize) -> bool {
        matches!(&self.extent, Extent::Sample(room) if *room >= len)
            && self.lent.as_ref().is_some_and(|l| last < l.until)
    }
}
