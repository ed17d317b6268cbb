//! The header: `cbindgen` does not see what a macro writes, so the macro brings its own.

use nn_sizes::Message;

use super::Status;
use crate::Network;
use crate::shape::Shapes;

/// The text of a header, put together while the compiler runs.
pub type Header = Message<{ 1 << 14 }>;

/// In what follows, `$` is the prefix of the functions and `@` the same in capitals.
const GUARD: &str = "\
#ifndef @_H
#define @_H

#include <stddef.h>
";

/// For whole numbers.
const INCLUDE: &str = "#include <stdint.h>
";

const OPENING: &str = "
#ifdef __cplusplus
extern \"C\" {
#endif

/* Numbers in one sample of each input and output. A map is [channels, height, width]: one channel after another,
   each row by row. */
";

const WORKSPACE: &str = "
/* Numbers of workspace for one sample. */
#define @_WORKSPACE_LEN ";

const STATUS: &str = "

/* A buffer may begin wherever a float may; at a multiple of so many bytes, no vector in it crosses a cache line. */
#define @_ALIGNMENT 64

/* What the functions return. */
";

const PREDICT: &str = "
/* Predicts one sample. The workspace has @_WORKSPACE_LEN numbers, everything else as many as said above.
   What is written may hold anything before, and overlaps with nothing.
   Nothing is allocated or kept: threads may predict at the same time, each in memory of its own. */
int $_predict(";

const WORKSPACE_OF_BATCH: &str = "

/* Numbers of workspace for so many samples at once; 0 if their numbers cannot be addressed. */
size_t $_workspace_len(size_t samples);
";

const PREDICT_BATCH: &str = "
/* Predicts so many samples at once, which lie one after another in each input and output; the workspace has
   $_workspace_len(samples) numbers. Everything else is as above. */
int $_predict_batch(size_t samples, ";

const END: &str = "

#ifdef __cplusplus
}
#endif

#endif
";

impl Status {
    /// What C calls it, and when it is returned.
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Ok => ("OK", "the outputs are written"),
            Self::Null => ("NULL", "a pointer is NULL"),
            Self::Misaligned => ("MISALIGNED", "a buffer does not begin where a float may"),
            Self::Overlap => ("OVERLAP", "an output or the workspace overlaps with another buffer"),
            Self::TooMany => ("TOO_MANY", "the numbers of so many samples cannot be addressed"),
            Self::Bound => ("BOUND", "a whole number is not below its bound"),
        }
    }
}

/// The header of the network `N`, whose functions begin with `prefix`; C calls its inputs and outputs by these names.
///
/// # Panics
///
/// When the names are so long that the header does not fit.
pub const fn header<N: Network>(prefix: &str, inputs: &[&str], outputs: &[&str]) -> Header {
    let mut writer = Writer { text: Header::new(), prefix };
    writer.text.text("/* ");
    writer.text.text(N::NAME);
    writer.text.text(", a neural network with its weights inside; nn-core wrote this. */\n");
    writer.expand(GUARD);
    if any_whole(N::Inputs::BELOW) {
        writer.expand(INCLUDE);
    }
    writer.expand(OPENING);
    writer.lens(inputs, N::Inputs::DIMS, N::Inputs::BELOW, N::Inputs::LENS);
    writer.lens(outputs, N::Outputs::DIMS, N::Outputs::BELOW, N::Outputs::LENS);
    writer.expand(WORKSPACE);
    writer.text.number(N::MEMORY.inference.at(1) as u64);
    writer.expand(STATUS);
    writer.statuses(any_whole(N::Inputs::BELOW));
    writer.expand(PREDICT);
    writer.parameters(inputs, N::Inputs::BELOW, outputs);
    writer.expand(WORKSPACE_OF_BATCH);
    writer.expand(PREDICT_BATCH);
    writer.parameters(inputs, N::Inputs::BELOW, outputs);
    writer.expand(END);
    if writer.text.is_full() {
        panic!("the names are so long that the C header does not fit");
    }
    writer.text
}

/// Whether any input consists of whole numbers.
const fn any_whole(below: &[Option<u32>]) -> bool {
    let mut i = 0;
    while i < below.len() {
        if below[i].is_some() {
            return true;
        }
        i += 1;
    }
    false
}

struct Writer<'a> {
    text: Header,
    prefix: &'a str,
}

impl Writer<'_> {
    /// Text with the prefix in the places for it.
    const fn expand(&mut self, template: &str) {
        let mut i = 0;
        while i < template.len() {
            match template.as_bytes()[i] {
                b'$' => self.text.text(self.prefix),
                b'@' => self.text.capitals(self.prefix),
                byte => self.text.byte(byte),
            }
            i += 1;
        }
    }

    /// `#define DIGITS_INPUT_LEN 784 /* [1, 28, 28] */`, and so on.
    const fn lens(&mut self, names: &[&str], shapes: &[&[usize]], below: &[Option<u32>], lens: &[usize]) {
        let mut i = 0;
        while i < names.len() {
            self.expand("#define @_");
            self.text.capitals(names[i]);
            self.text.text("_LEN ");
            self.text.number(lens[i] as u64);
            self.text.text(" /* ");
            match below[i] {
                None => self.text.shape(shapes[i]),
                Some(below) => self.text.shape_of(shapes[i], below as u64),
            }
            self.text.text(" */\n");
            i += 1;
        }
    }

    const fn statuses(&mut self, whole: bool) {
        let mut i = 0;
        while i < Status::ALL.len() {
            if matches!(Status::ALL[i], Status::Bound) && !whole {
                break;
            }
            let (name, reason) = Status::ALL[i].words();
            self.expand("#define @_");
            self.text.text(name);
            self.text.text(" ");
            self.text.number(i as u64);
            self.text.text(" /* ");
            self.text.text(reason);
            self.text.text(" */\n");
            i += 1;
        }
    }

    /// `const float *input, float *output, float *workspace);`
    const fn parameters(&mut self, inputs: &[&str], below: &[Option<u32>], outputs: &[&str]) {
        let mut i = 0;
        while i < inputs.len() {
            self.pointer(if below[i].is_some() { "const uint32_t *" } else { "const float *" }, inputs[i]);
            i += 1;
        }
        let mut i = 0;
        while i < outputs.len() {
            self.pointer("float *", outputs[i]);
            i += 1;
        }
        self.text.text("float *workspace);");
    }

    const fn pointer(&mut self, kind: &str, name: &str) {
        self.text.text(kind);
        self.text.text(name);
        self.text.text(", ");
    }
}
