//! The compile-time check of a layer by path against the shapes around it.

use nn_sizes::Message;

use crate::Layer;
use crate::shape::Shape;

/// Fails to compile unless the layer `P` turns the shape `input`, of whole numbers if there is something that they are below,
/// into `output`; the message is in the words of the network.
pub const fn check_path<P: Layer<f32>>(text: &str, input: &[usize], below: Option<u32>, output: &[usize]) {
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
