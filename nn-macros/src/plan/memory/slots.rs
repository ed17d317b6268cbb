//! Places that one operand takes after the other.

use super::{Place, Stage};
use crate::plan::lower::Extent;

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

/// Gives each need a slot: of the scratch if it lives within one stage over single samples, else of the workspace.
///
/// Each takes the first slot that is free when its life begins, or a new one.
pub fn assign<I: Copy + Ord>(
    mut needs: Vec<Need<I>>,
    stages: &[Stage],
    slots: &mut Vec<Extent>,
    scratch: &mut [Vec<usize>],
) -> Vec<(I, Place)> {
    needs.sort_by_key(|need| (need.steps, need.id));
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
