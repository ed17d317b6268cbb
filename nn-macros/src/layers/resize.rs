//! Maps of another height and width.

use std::rc::Rc;

use super::sizes::{channels_last, length, map, tokens};
use super::{Arguments, Description, Fused, Layer, Operation, Problem, Runs, Scratch, Shape};

/// `upsample(factor, mode = nearest)`, `resize(size, mode = nearest)` and `crop(size, from = the middle)`.
pub const LAYERS: &[Description] = &[
    Description {
        names: &["upsample"],
        build: |arguments| {
            let to = To::Times(arguments.pair("factor"));
            Rc::new(Resize { name: "upsample", to, is_bilinear: is_bilinear(arguments) })
        },
    },
    Description {
        names: &["resize"],
        build: |arguments| {
            let to = To::Size(arguments.pair("size"));
            Rc::new(Resize { name: "resize", to, is_bilinear: is_bilinear(arguments) })
        },
    },
    Description {
        names: &["crop"],
        build: |arguments| {
            Rc::new(Crop { size: arguments.pair("size"), from: arguments.pair_if_given("from", "the middle") })
        },
    },
];

fn is_bilinear(arguments: &mut Arguments) -> bool {
    arguments.placed_word("mode", ["nearest", "bilinear"]) == "bilinear"
}

/// Which height and width a map comes to have.
#[derive(Debug)]
enum To {
    Times([usize; 2]),
    Size([usize; 2]),
}

#[derive(Debug)]
struct Resize {
    name: &'static str,
    to: To,
    is_bilinear: bool,
}

impl Resize {
    fn size(&self, [height, width]: [usize; 2]) -> [usize; 2] {
        match self.to {
            To::Times([down, across]) => [height.saturating_mul(down), width.saturating_mul(across)],
            To::Size(size) => size,
        }
    }

    /// Only for shapes that `output` accepted.
    fn dimensions(&self, inputs: &[Shape]) -> nn_sizes::Resize {
        let input @ [height, width, channels] = channels_last(&inputs[0]);
        let [tall, wide] = self.size([height, width]);
        nn_sizes::Resize { input, output: [tall, wide, channels] }
    }
}

impl Layer for Resize {
    fn name(&self) -> &'static str {
        self.name
    }

    fn output(&self, inputs: &[Shape]) -> Result<Shape, Problem> {
        let [channels, height, width] = map(&inputs[0])?;
        let size @ [tall, wide] = self.size([height, width]);
        // A place on an axis is counted in parts of a pixel, both sizes to one.
        let parts = |from: usize, to: usize| length(&[2, from, to]);
        if length(&[channels, tall, wide]).and(parts(height, tall)).and(parts(width, wide)).is_none() {
            return Err(Problem::new(format!("makes a map of {size:?} pixels, which is too large to compute"))
                .help("make its input or its output smaller"));
        }
        Ok(vec![channels, tall, wide].into())
    }

    fn multiply_adds(&self, inputs: &[Shape]) -> u64 {
        let resize = self.dimensions(inputs);
        if self.is_bilinear { nn_sizes::Bilinear { resize }.multiply_adds() } else { 0 }
    }

    fn looks_through(&self) -> bool {
        true
    }

    fn operation(&self, inputs: &[Shape], _fused: &Fused) -> Operation {
        let resize = self.dimensions(inputs);
        if !self.is_bilinear {
            return Operation::new(tokens(&nn_sizes::Nearest { resize }), Runs::Sample);
        }
        let bilinear = nn_sizes::Bilinear { resize };
        let scratch = Scratch { forward: bilinear.scratch(), backward: bilinear.scratch() };
        Operation { scratch, ..Operation::new(tokens(&bilinear), Runs::Sample) }
    }
}

#[derive(Debug)]
struct Crop {
    size: [usize; 2],
    /// `None` for the middle.
    from: Option<[usize; 2]>,
}

impl Layer for Crop {
    fn name(&self) -> &'static str {
        "crop"
    }

    fn output(&self, inputs: &[Shape]) -> Result<Shape, Problem> {
        let [channels, height, width] = map(&inputs[0])?;
        let from @ [top, left] = self.from.unwrap_or([0, 0]);
        let [tall, wide] = self.size;
        let fits = |first: usize, len: usize, all: usize| first.checked_add(len).is_some_and(|end| end <= all);
        if fits(top, tall, height) && fits(left, wide, width) {
            return Ok(vec![channels, tall, wide].into());
        }
        let place = if self.from.is_some() { format!(" from row {top} and column {left} on") } else { String::new() };
        let message = format!("cuts out {tall}×{wide} pixels{place}, but its input here is {:?}", inputs[0]);
        let help = if from == [0, 0] { "cut out less" } else { "cut out less, or from further up or left" };
        Err(Problem::new(message).help(help))
    }

    fn looks_through(&self) -> bool {
        true
    }

    fn operation(&self, inputs: &[Shape], _fused: &Fused) -> Operation {
        let input @ [height, width, channels] = channels_last(&inputs[0]);
        let [tall, wide] = self.size;
        let middle = [height.saturating_sub(tall) / 2, width.saturating_sub(wide) / 2];
        let from = self.from.unwrap_or(middle);
        Operation::new(tokens(&nn_sizes::Crop { input, output: [tall, wide, channels], from }), Runs::Sample)
    }
}
