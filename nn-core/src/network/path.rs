//! The compile-time check of a layer by path against the shapes around it.

use nn_sizes::Message;

use crate::Layer;
use crate::shape::Shape;

/// Fails to compile unless the layer `P` turns the shape `input` into `output`; the message is in the words of the network.
pub const fn check_path<P: Layer<f32>>(text: &str, input: &[usize], output: &[usize]) {
    if !same(<P::Input as Shape>::DIMS, input) {
        let mut message: Message = Message::new();
        message.text(text);
        message.text(" takes ");
        message.shape(<P::Input as Shape>::DIMS);
        message.text(", but its input here is ");
        message.shape(input);
        panic!("{}", message.as_str());
    }
    if !same(<P::Output as Shape>::DIMS, output) {
        let mut message: Message = Message::new();
        message.text(text);
        message.text(" gives ");
        message.shape(<P::Output as Shape>::DIMS);
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
