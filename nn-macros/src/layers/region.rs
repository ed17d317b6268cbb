//! Regions of a map, given by boxes.

use std::rc::Rc;

use nn_sizes::Regions;

use super::sizes::{channels_last, check_weights, length, map, tokens};
use super::{Arguments, Description, Fused, Layer, Operation, Problem, Runs, Scratch, Shape};

/// `roi_align(size, boxes = …, scale = 1, samples = 2, aligned = true)` and `roi_pool(size, boxes = …, scale = 1)`.
pub const LAYERS: &[Description] = &[
    Description {
        names: &["roi_align"],
        build: |arguments| {
            let (size, scale) = region(arguments);
            let samples = arguments.size_or("samples", 2);
            let kind = Kind::Align { samples, aligned: arguments.flag_or("aligned", true) };
            Rc::new(Roi { size, scale, kind })
        },
    },
    Description {
        names: &["roi_pool"],
        build: |arguments| {
            let (size, scale) = region(arguments);
            Rc::new(Roi { size, scale, kind: Kind::Pool })
        },
    },
];

fn region(arguments: &mut Arguments) -> ([usize; 2], f64) {
    let size = arguments.pair("size");
    arguments.value("boxes");
    (size, arguments.number_or("scale", 1.0, "a number above 0", |scale| scale > 0.0))
}

#[derive(Debug)]
enum Kind {
    Align { samples: usize, aligned: bool },
    Pool,
}

#[derive(Debug)]
struct Roi {
    size: [usize; 2],
    scale: f64,
    kind: Kind,
}

impl Roi {
    /// Only for a map and boxes.
    fn regions(&self, inputs: &[Shape]) -> Regions {
        Regions { input: channels_last(&inputs[0]), boxes: inputs[1][0], output: self.size, scale: self.scale }
    }
}

impl Layer for Roi {
    fn name(&self) -> &'static str {
        match self.kind {
            Kind::Align { .. } => "roi_align",
            Kind::Pool => "roi_pool",
        }
    }

    fn output(&self, inputs: &[Shape]) -> Result<Shape, Problem> {
        let [channels, height, width] = map(&inputs[0])?;
        let boxes = match &inputs[1][..] {
            &[boxes, 4] if inputs[1].below.is_none() => boxes,
            _ => return Err(not_boxes(&inputs[1])),
        };
        let [tall, wide] = self.size;
        let too_large = || {
            let message = format!("makes {boxes} regions of {:?} bins, which is too large to compute", self.size);
            Problem::new(message).help("make the regions or the map smaller")
        };
        let output = [boxes, channels, tall, wide];
        // The pixel that a bin came from is kept as an index.
        if length(&output).is_none() || length(&[height, width]).is_none_or(|pixels| pixels >= u32::MAX as usize) {
            return Err(too_large());
        }
        if let Kind::Align { samples, .. } = self.kind {
            check_weights(&[boxes, channels, tall, wide], samples.saturating_mul(samples).saturating_mul(4))?;
        }
        Ok(output.to_vec().into())
    }

    fn multiply_adds(&self, inputs: &[Shape]) -> u64 {
        let regions = self.regions(inputs);
        match self.kind {
            Kind::Align { samples, aligned } => nn_sizes::RoiAlign { regions, samples, aligned }.multiply_adds(),
            Kind::Pool => 0,
        }
    }

    fn looks_through(&self) -> bool {
        true
    }

    fn operation(&self, inputs: &[Shape], _fused: &Fused) -> Operation {
        let regions = self.regions(inputs);
        match self.kind {
            Kind::Align { samples, aligned } => {
                let align = nn_sizes::RoiAlign { regions, samples, aligned };
                let scratch = Scratch { forward: align.scratch(), backward: align.scratch() };
                Operation { scratch, backward_reads_inputs: true, ..Operation::new(tokens(&align), Runs::Sample) }
            }
            Kind::Pool => Operation {
                indices: regions.boxes * regions.region(),
                ..Operation::new(tokens(&nn_sizes::RoiPool { regions }), Runs::Sample)
            },
        }
    }
}

fn not_boxes(boxes: &Shape) -> Problem {
    let message = format!("needs boxes [count, 4], real numbers, but the value given here is {boxes:?}");
    Problem::new(message).help("a box is its left, top, right and bottom edge")
}
