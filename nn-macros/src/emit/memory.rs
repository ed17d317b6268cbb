//! Statements that split memory into named pieces: the workspace, what is saved, scratch, and one sample's rows.

use std::collections::BTreeSet;

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::names::{Operands, ident, own_name, scratch_name, slot_len, slot_name, value_name};
use crate::layers::Rows;
use crate::plan::{Call, Lent, Memory, MemoryNeed, Op, Place, Program, Slot, carved};

/// A statement that splits a block into named pieces.
pub fn carve(block: &Ident, pieces: &[(Ident, TokenStream)]) -> TokenStream {
    let (names, lens): (Vec<_>, Vec<_>) = pieces.iter().cloned().unzip();
    if names.is_empty() {
        TokenStream::new()
    } else {
        quote!(let [#(#names),*] = __nn::memory::carve(#block, [#(#lens),*]);)
    }
}

/// Names the saved values, numbers and indices; of values that lend a slot, that slot.
pub fn carve_saved(program: &Program, memory: &Memory, slots: &[Slot]) -> TokenStream {
    let lent = |saved: usize| {
        let mut ranges = slots.iter().enumerate().filter_map(|(i, slot)| Some((i, &slot.lent.as_ref()?.saved)));
        ranges.find(|(_, range)| range.contains(&saved))
    };
    let mut saved: Vec<(Ident, TokenStream)> = (0..memory.saved.len())
        .filter_map(|saved| match lent(saved) {
            None => Some(saved_piece(program, memory.saved[saved])),
            Some((slot, range)) => (range.start == saved).then(|| {
                let lens = memory.saved[range.clone()].iter().map(|&value| slot_len(program.values[value].extent));
                (slot_name(slot), quote!(__nn::memory::carved_len(&[#(#lens),*])))
            }),
        })
        .collect();
    let per_sample = |what: &'static str, ops: &[usize], len: fn(&Op) -> usize| -> Vec<(Ident, TokenStream)> {
        let ops = ops.iter().map(|&op| &program.ops[op]);
        ops.map(|op| (own_name(program, op, what), slot_len(op.own_extent(len(op))))).collect()
    };
    saved.extend(per_sample("saved", &memory.own, Op::saved));
    let mut indices = per_sample("indices", &memory.indices, Op::indices);
    for op in &program.ops {
        if let Call::Path { path, per_sample: false, .. } = &op.call {
            let len = |field: Ident| quote!(<#path as __nn::Layer<T>>::MEMORY.#field.at(n));
            saved.push((own_name(program, op, "saved"), len(ident("saved"))));
            indices.push((own_name(program, op, "indices"), len(ident("indices"))));
        }
    }
    let (saved, indices) = (carve(&ident("saved"), &saved), carve(&ident("indices"), &indices));
    quote!(#saved #indices)
}

/// Names the saved values that lend such slots: forward, these are not used from here on; backward, not until the values no
/// longer are.
pub fn carve_lent(program: &Program, memory: &Memory, slots: &[Slot], which: impl Fn(&Lent) -> bool) -> TokenStream {
    let lent = slots.iter().enumerate().filter_map(|(i, slot)| Some((i, slot.lent.as_ref()?)));
    let carves = lent.filter(|(_, lent)| which(lent)).map(|(i, lent)| {
        let saved: Vec<_> = memory.saved[lent.saved.clone()].iter().map(|&value| saved_piece(program, value)).collect();
        carve(&slot_name(i), &saved)
    });
    carves.collect()
}

fn saved_piece(program: &Program, value: usize) -> (Ident, TokenStream) {
    (value_name(program, value), slot_len(program.values[value].extent))
}

/// One sample's rows of what operations keep for themselves, numbers or indices: the pieces to split, and their names.
pub fn own_rows(program: &Program, ops: &[usize], what: &str, len: fn(&Op) -> usize) -> (Vec<TokenStream>, Vec<Ident>) {
    let keeping = ops.iter().map(|&op| &program.ops[op]).filter(|op| len(op) > 0);
    let row = |op: &Op| {
        let (name, len) = (own_name(program, op, what), len(op));
        (quote!(__nn::exec::Pieces::new(#name, #len)), name)
    };
    keeping.map(row).unzip()
}

/// Names the slots of a workspace, the scratch of its groups, and what the paths in it want.
pub fn workspace_pieces(program: &Program, slots: &[Slot], own: &MemoryNeed, need: &str) -> Vec<(Ident, TokenStream)> {
    let slots = slots.iter().enumerate().filter(|(_, slot)| slot.lent.is_none());
    let mut pieces: Vec<_> = slots.map(|(i, slot)| (slot_name(i), slot_len(slot.extent))).collect();
    for op in &program.ops {
        if let Call::Path { path, per_sample: false, .. } = &op.call {
            let need = ident(need);
            let len = quote!(pass.numbers(&<#path as __nn::Layer<T>>::MEMORY.#need));
            pieces.push((own_name(program, op, "workspace"), len));
        }
    }
    if own.per_group > 0 {
        let (groups, len) = (own.groups, scratch_len(own.per_group, own.pieces));
        let len = match program.has_rows() {
            // There may be more groups of rows than of samples.
            true => scratch_len(groups * own.per_group, own.pieces),
            false => quote!(pass.groups(#groups) * #len),
        };
        pieces.push((ident("scratch"), len));
    }
    pieces
}

/// The length of a scratch that may have to do for pieces of a sample too.
fn scratch_len(len: usize, pieces: usize) -> TokenStream {
    if pieces > 0 { quote!(pass.with_pieces(#len, #pieces)) } else { quote!(#len) }
}

/// The scratch of an operation on the batch, which lies at this place.
pub fn batch_scratch(op: &Op, place: Place, len: usize) -> TokenStream {
    let Place::Slot(slot) = place else { unreachable!("scratch of the batch at {place:?}") };
    let (slot, len) = (slot_name(slot), slot_len(op.own_extent(len)));
    quote!(__nn::memory::part_mut(#slot, ..#len))
}

/// Names the memory for so many numbers that the operations of a stage prepack for all samples.
pub fn prepacked_piece(len: usize) -> Option<(Ident, TokenStream)> {
    (len > 0).then(|| (ident("prepacked"), quote!(#len)))
}

/// Names a sample's piece of what is read but not written by a pass over the samples.
pub fn sample_reads(
    operands: &Operands<'_>,
    rows: Option<Rows>,
    read: &BTreeSet<usize>,
    written: &BTreeSet<usize>,
) -> TokenStream {
    let reads = read.difference(written).filter(|&&value| !operands.in_scratch(value)).map(|&value| {
        let (buffer, name) = (operands.buffer(value), operands.name(value));
        match operands.unit(value, rows) {
            Some(len) => quote!(let #name = __nn::exec::row(#buffer, s, #len);),
            None => {
                let len = slot_len(operands.extent(value));
                quote!(let #name = __nn::memory::part(#buffer, ..#len);)
            }
        }
    });
    quote!(#(#reads)*)
}

/// Names the scratch slot that a value or gradient is about to be written to, if it lies in one.
pub fn scratch_write(operands: &Operands<'_>, rows: Option<Rows>, value: usize) -> Option<TokenStream> {
    let Place::Scratch(slot) = operands.place(value) else { return None };
    scratch_name_of(operands, rows, value, slot)
}

/// Names a slot of the scratch as that of a value or gradient.
pub fn scratch_name_of(operands: &Operands<'_>, rows: Option<Rows>, value: usize, slot: usize) -> Option<TokenStream> {
    let (name, slot) = (operands.name(value), scratch_name(slot));
    let len = operands.unit(value, rows)?;
    Some(quote!(let #name = __nn::memory::part_mut(#slot, ..#len);))
}

/// Splits a group's scratch into slots; the last is the operations' own, and that of pieces of a sample.
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
        0 => quote!(__nn::exec::Pieces::new(&mut [], 0)),
        len => {
            let len = scratch_len(len, pieces);
            quote!(__nn::exec::Pieces::new(scratch, #len))
        }
    }
}
