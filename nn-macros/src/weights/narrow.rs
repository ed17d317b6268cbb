//! Weights in fewer bits, apart from the parameters that stay as they are.

use std::ops::Range;

use super::tensors::Placed;
use crate::report::{Mistake, Report, Reported};
use nn_files::{Narrowed, Precision};

/// The parameters of a network whose weights are narrow.
pub struct Narrow {
    pub precision: Precision,
    /// The weights of all layers, little-endian.
    pub weights: Vec<u8>,
    /// Everything else, little-endian: for each layer its scales, if there are any, and its other parameters.
    pub rest: Vec<[u8; 4]>,
    /// For each tensor where it would start in the block, and where it does in `weights` and `rest`; then their ends.
    places: Vec<(usize, [usize; 2])>,
}

impl Narrow {
    /// Makes the weights among the numbers of a block narrow.
    pub fn of(
        precision: Precision,
        placed: &[Placed],
        numbers: &[[u8; 4]],
        report: &mut Report,
    ) -> Result<Self, Reported> {
        let mut narrow = Self { precision, weights: Vec::new(), rest: Vec::new(), places: Vec::new() };
        for tensor in placed {
            narrow.place(tensor.offset);
            let numbers = &numbers[tensor.offset..][..tensor.tensor().len()];
            if !tensor.parameter.may_be_narrow {
                narrow.rest.extend(numbers);
                continue;
            }
            let weights: Vec<f32> = numbers.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
            let narrowed = precision.narrow(&weights, tensor.parameter.file_shape[0]);
            let Narrowed { bytes, scales } = narrowed.ok_or_else(|| report.push(too_large(precision, tensor)))?;
            narrow.weights.extend(bytes);
            narrow.rest.extend(scales.into_iter().map(f32::to_le_bytes));
        }
        narrow.place(numbers.len());
        Ok(narrow)
    }

    fn place(&mut self, offset: usize) {
        self.places.push((offset, [self.weights.len() / self.precision.size(), self.rest.len()]));
    }

    /// Where the parameters of a stretch of the block are, which begins and ends with tensors: the weights, and the rest.
    pub fn find(&self, offset: usize, len: usize) -> [Range<usize>; 2] {
        let at = |offset| self.places.iter().find(|(start, _)| *start >= offset).map_or([0, 0], |(_, places)| *places);
        let (start, end) = (at(offset), at(offset + len));
        [start[0]..end[0], start[1]..end[1]]
    }

    /// Bytes of it all.
    pub fn bytes(&self) -> usize {
        self.weights.len() + self.rest.as_flattened().len()
    }

    /// Bytes of such a stretch.
    pub fn bytes_of(&self, offset: usize, len: usize) -> usize {
        let [weights, rest] = self.find(offset, len);
        weights.len() * self.precision.size() + rest.len() * size_of::<f32>()
    }
}

fn too_large(precision: Precision, tensor: &Placed) -> Mistake {
    let message = format!("{} holds a weight that is too large for {}", tensor.label, precision.name());
    Mistake::new(tensor.site, message).help("take `precision = bf16`, or `int8`")
}
