//! The compile-time check of a layer by path against the shapes around it.

use nn_sizes::{Axis, Message};

use crate::shape::Shape;
use crate::{Entry, Layer, MemoryNeed, MemoryNeeds};

/// Fails to compile unless the layer `P` turns the shape `input`, of whole numbers if there is something that they are below,
/// into `output`, and its table tells of its parameters and its memory can be addressed; the message is in the words of the network.
pub const fn check_path<P: Layer<f32>>(text: &str, input: &[usize], below: Option<u32>, output: &[usize]) {
    if P::IS_WRONG {
        return;
    }
    if !same(<P::Input as Shape>::DIMS, input) || !same_bound(<P::Input as Shape>::BELOW, below) {
        let mut message: Message = Message::new();
        message.text(text);
        message.text(" takes ");
        shape(&mut message, <P::Input as Shape>::DIMS, <P::Input as Shape>::BELOW);
        message.text(", but its input here is ");
        shape(&mut message, input, below);
        panic!("{}", message.as_str());
    }
    if <P::Input as Shape>::VARIES || <P::Output as Shape>::VARIES {
        let mut message: Message = Message::new();
        message.text(text);
        message.text(
            " takes or gives samples whose number of rows varies, and a part of a network has a fixed number of them",
        );
        panic!("{}", message.as_str());
    }
    if !same(<P::Output as Shape>::DIMS, output) || <P::Output as Shape>::BELOW.is_some() {
        let mut message: Message = Message::new();
        message.text(text);
        message.text(" gives ");
        shape(&mut message, <P::Output as Shape>::DIMS, <P::Output as Shape>::BELOW);
        message.text(", but the check after it says ");
        message.shape(output);
        panic!("{}", message.as_str());
    }
    check_entries::<P>(text);
    check_memory::<P>(text);
}

/// Fails to compile unless what the layer `P` wants for a sample can be addressed.
const fn check_memory<P: Layer<f32>>(text: &str) {
    let MemoryNeeds { inference, saved, indices, training } = P::MEMORY;
    let needs = [("inference", inference), ("saved", saved), ("indices", indices), ("training", training)];
    let mut i = 0;
    while i < needs.len() {
        let (name, need) = needs[i];
        match need.plus(MemoryNeed { fixed: need.pieces, ..MemoryNeed::NONE }).checked_at(1) {
            Some(numbers) if numbers <= isize::MAX as usize / size_of::<f64>() => {}
            _ => {
                let mut message: Message = Message::new();
                message.text(text);
                message.text(" has a `MEMORY` whose `");
                message.text(name);
                message.text("` is more for one sample than can be addressed");
                panic!("{}", message.as_str());
            }
        }
        i += 1;
    }
}

/// Fails to compile unless the table of the layer `P` tells of each of its parameters once.
const fn check_entries<P: Layer<f32>>(text: &str) {
    let mut message: Message = Message::new();
    message.text(text);
    match end_of(P::ENTRIES) {
        Ok(end) if end == P::PARAMETERS => return,
        Ok(end) => {
            message.text(" has `PARAMETERS = ");
            message.number(P::PARAMETERS as u64);
            message.text("`, but its `ENTRIES` end at ");
            message.number(end as u64);
        }
        Err((label, reason)) => {
            message.text(" has `ENTRIES` in which `");
            message.text(label);
            message.text(reason);
        }
    }
    panic!("{}", message.as_str());
}

/// How many numbers a table tells of, one tensor after the other; or the label of a tensor that is wrong, and how.
const fn end_of(entries: &[Entry]) -> Result<usize, (&'static str, &'static str)> {
    let (mut end, mut i) = (0, 0);
    while i < entries.len() {
        let (label, offset, len) = match &entries[i] {
            Entry::Segment(segment) => {
                if !are_all_reached(segment.axes, segment.len()) {
                    return Err((segment.label, "` has axes that do not reach each of its numbers once"));
                }
                (segment.label, segment.offset, segment.len())
            }
            Entry::Nested { label, offset, entries } => match end_of(entries) {
                Ok(len) => (*label, *offset, len),
                Err(wrong) => return Err(wrong),
            },
        };
        if offset != end {
            return Err((label, "` does not begin where the tensor before it ends"));
        }
        end += len;
        i += 1;
    }
    Ok(end)
}

/// Whether axes lead to each of the first `len` places once: the stride of each is the count of what lies within it.
const fn are_all_reached(axes: &[Axis], len: usize) -> bool {
    let (mut count, mut i) = (1, 0);
    while i < axes.len() {
        let (mut within, mut j) = (1, 0);
        while j < axes.len() {
            if axes[j].stride < axes[i].stride && axes[j].len > 1 {
                within *= axes[j].len;
            }
            j += 1;
        }
        if axes[i].len > 1 && axes[i].stride != within {
            return false;
        }
        count *= axes[i].len;
        i += 1;
    }
    count == len
}

/// Fails to compile unless the layer `P` is without parameters: a network with `#[weights]` cannot see its declaration.
pub const fn check_embedded<P: Layer<f32>>(text: &str) {
    if P::PARAMETERS > 0 {
        let mut message: Message = Message::new();
        message.text(text);
        message.text(" has ");
        message.number(P::PARAMETERS as u64);
        message.text(" parameters, and `#[weights]` sees only those of networks in the same `network!`; ");
        message.text("declare it there, or embed it by itself");
        panic!("{}", message.as_str());
    }
}

/// A shape in the words of the language.
const fn shape(message: &mut Message, dims: &[usize], below: Option<u32>) {
    match below {
        None => message.shape(dims),
        Some(below) => message.shape_of(dims, below as u64),
    }
}

const fn same_bound(left: Option<u32>, right: Option<u32>) -> bool {
    match (left, right) {
        (None, None) => true,
        (Some(left), Some(right)) => left == right,
        _ => false,
    }
}

/// Fails to compile unless the layer `P` says that it works sample by sample, and wants nothing for that.
pub const fn check_per_sample<P: Layer<f32>>(text: &str) {
    let reason = if !P::PER_SAMPLE {
        " does not say that it works sample by sample: add `const PER_SAMPLE: bool = true;` to its `Layer`, or leave out \
         `per_sample`"
    } else if P::PARAMETERS > 0 {
        " has parameters, which a layer in `per_sample` cannot have: leave out `per_sample`"
    } else {
        return;
    };
    let mut message: Message = Message::new();
    message.text(text);
    message.text(reason);
    panic!("{}", message.as_str());
}

const fn same(left: &[usize], right: &[usize]) -> bool {
    if left.len() != right.len() {
        return false;
    }
    let mut i = 0;
    while i < left.len() {
        if left[i] != right[i] {
            return false;
        }
        i += 1;
    }
    true
}
