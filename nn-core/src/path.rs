//! The compile-time check of a layer by path against the shapes around it.

use crate::Layer;
use crate::shape::Shape;

/// Fails to compile unless the layer `P` turns the shape `input` into `output`; the message is in the words of the network.
pub const fn check_path<P: Layer<f32>>(text: &str, input: &[usize], output: &[usize]) {
    if !same(<P::Input as Shape>::DIMS, input) {
        let mut message = Message::new();
        message.text(text);
        message.text(" takes ");
        message.shape(<P::Input as Shape>::DIMS);
        message.text(", but its input here is ");
        message.shape(input);
        panic!("{}", message.as_str());
    }
    if !same(<P::Output as Shape>::DIMS, output) {
        let mut message = Message::new();
        message.text(text);
        message.text(" gives ");
        message.shape(<P::Output as Shape>::DIMS);
        message.text(", but the check after it says ");
        message.shape(output);
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

/// A message put together while the compiler runs; what does not fit is cut off.
struct Message {
    bytes: [u8; 512],
    len: usize,
}

impl Message {
    const fn new() -> Self {
        Self { bytes: [0; 512], len: 0 }
    }

    const fn byte(&mut self, byte: u8) {
        // Only plain ASCII, so that a cut never splits a character.
        if self.len < self.bytes.len() {
            self.bytes[self.len] = if byte < 128 { byte } else { b'?' };
            self.len += 1;
        }
    }

    const fn text(&mut self, text: &str) {
        let mut i = 0;
        while i < text.len() {
            self.byte(text.as_bytes()[i]);
            i += 1;
        }
    }

    const fn number(&mut self, number: usize) {
        if number >= 10 {
            self.number(number / 10);
        }
        self.byte(b'0' + (number % 10) as u8);
    }

    const fn shape(&mut self, shape: &[usize]) {
        self.byte(b'[');
        let mut i = 0;
        while i < shape.len() {
            if i > 0 {
                self.text(", ");
            }
            self.number(shape[i]);
            i += 1;
        }
        self.byte(b']');
    }

    const fn as_str(&self) -> &str {
        let (text, _) = self.bytes.split_at(self.len);
        match core::str::from_utf8(text) {
            Ok(text) => text,
            Err(_) => "the shapes around a path do not fit it",
        }
    }
}
