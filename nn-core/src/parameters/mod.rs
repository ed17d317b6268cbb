//! The parameter block of a network, the constant table that says what lies where in it, and how it starts and is looked at.

pub(crate) mod block;
#[cfg(feature = "std")]
pub(crate) mod group;
pub(crate) mod storage;

pub use block::Parameters;
#[cfg(feature = "std")]
pub use block::Version;
pub use nn_sizes::{Axis, Init, Role};
pub use storage::{Bf16, F16, Int8, Narrow, NarrowParameters, Storage};

#[cfg(feature = "std")]
use crate::Real;
#[cfg(feature = "std")]
pub use crate::network::init::initialise;
#[cfg(feature = "std")]
pub use crate::network::view::{ParametersView, TensorView};
#[cfg(feature = "std")]
use group::Group;

/// One tensor of a parameter block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Segment {
    /// Its name in a weights file: `layer1.0.conv1.weight`.
    pub label: &'static str,
    /// Where it starts in the block, in numbers.
    pub offset: usize,
    /// Its shape in a weights file: PyTorch's, `[out, in, kernel height, kernel width]`.
    pub shape: &'static [usize],
    /// The file's axes, split where needed so that each has one stride in the block.
    pub axes: &'static [Axis],
    /// What it is.
    pub role: Role,
}

impl Segment {
    /// Count of its numbers.
    pub const fn len(&self) -> usize {
        let mut product = 1;
        let mut i = 0;
        while i < self.shape.len() {
            product *= self.shape[i];
            i += 1;
        }
        product
    }

    /// Whether it has no numbers.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A tensor, or all those of a network or layer that takes part by path.
#[derive(Clone, Copy, Debug)]
pub enum Entry {
    /// One tensor.
    Segment(Segment),
    /// The table of another network, `offset` further into the block, its labels under `label`.
    Nested {
        /// Prefix of the labels within, without the dot.
        label: &'static str,
        /// Where its block starts in this one.
        offset: usize,
        /// Its table.
        entries: &'static [Entry],
    },
}

/// One tensor of a whole network: a [`Segment`] with its full name and its place in the whole block.
#[cfg(feature = "std")]
#[derive(Clone, Debug, PartialEq)]
pub struct FlatSegment {
    /// Its name in a weights file, with those of the networks and layers around it: `generator.affine1.weight`.
    pub label: String,
    /// Where it starts in the block, in numbers.
    pub offset: usize,
    /// Its shape in a weights file.
    pub shape: &'static [usize],
    /// The file's axes with their strides in the block.
    pub axes: &'static [Axis],
    /// What it is.
    pub role: Role,
    /// How it is trained.
    pub group: Group,
}

#[cfg(feature = "std")]
impl FlatSegment {
    /// Count of its numbers.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether it has no numbers.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where it lies in the block.
    pub fn range(&self) -> core::ops::Range<usize> {
        self.offset..self.offset + self.len()
    }

    /// Calls `visit` with the place in the block of each number, in the order of a weights file.
    pub fn for_each_position(&self, mut visit: impl FnMut(usize)) {
        nn_sizes::for_each_position(self.axes, self.offset, &mut visit);
    }

    /// The momentum of running statistics, which are no parameters to be trained: they follow those of the batches.
    pub fn statistics(&self) -> Option<f64> {
        match self.role {
            Role::RunningMean { momentum } | Role::RunningVariance { momentum } => Some(momentum),
            Role::Weight { .. } | Role::Bias | Role::Scale | Role::Shift | Role::Slope => None,
        }
    }
}

/// The table of a network with those of the networks and layers within, in the order of the block.
#[cfg(feature = "std")]
pub fn flatten(entries: &[Entry]) -> Vec<FlatSegment> {
    let mut segments = Vec::new();
    collect(entries, "", 0, &mut segments);
    segments.sort_by_key(|segment| segment.offset);
    segments
}

/// The tensors with numbers that are NaN or infinite, in the order of the table, and how many there are.
#[cfg(feature = "std")]
pub(crate) fn not_finite<T: Real>(segments: &[FlatSegment], block: &[T]) -> impl Iterator<Item = (String, usize)> {
    segments.iter().filter_map(|segment| {
        let count = block[segment.range()].iter().filter(|number| !number.is_finite()).count();
        (count > 0).then(|| (segment.label.clone(), count))
    })
}

#[cfg(feature = "std")]
fn collect(entries: &[Entry], prefix: &str, start: usize, segments: &mut Vec<FlatSegment>) {
    let name = |label: &str| match (prefix, label) {
        ("", label) => label.to_owned(),
        (prefix, "") => prefix.to_owned(),
        (prefix, label) => format!("{prefix}.{label}"),
    };
    for entry in entries {
        match *entry {
            Entry::Segment(Segment { label, offset, shape, axes, role }) => {
                let (label, offset, group) = (name(label), start + offset, Group::default());
                segments.push(FlatSegment { label, offset, shape, axes, role, group });
            }
            Entry::Nested { label, offset, entries } => collect(entries, &name(label), start + offset, segments),
        }
    }
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::*;

    const BIAS: Segment = Segment {
        label: "affine1.bias",
        offset: 6,
        shape: &[2],
        axes: &[Axis { len: 2, stride: 1 }],
        role: Role::Bias,
    };
    const WEIGHT: Segment = Segment {
        label: "affine1.weight",
        offset: 0,
        shape: &[2, 3],
        axes: &[Axis { len: 2, stride: 1 }, Axis { len: 3, stride: 2 }],
        role: Role::Bias,
    };

    #[test]
    fn nested_tables_are_prefixed_and_moved() {
        const INNER: &[Entry] = &[Entry::Segment(WEIGHT), Entry::Segment(BIAS)];
        const MIDDLE: &[Entry] = &[Entry::Nested { label: "", offset: 1, entries: INNER }];
        let outer = [Entry::Nested { label: "generator", offset: 10, entries: MIDDLE }, Entry::Segment(BIAS)];
        let flat = flatten(&outer);
        let found: Vec<_> = flat.iter().map(|segment| (segment.label.as_str(), segment.range())).collect();
        let expected =
            [("affine1.bias", 6..8), ("generator.affine1.weight", 11..17), ("generator.affine1.bias", 17..19)];
        assert_eq!(found, expected);
    }

    #[test]
    fn positions_follow_the_file() {
        let [segment] = &flatten(&[Entry::Segment(WEIGHT)])[..] else { panic!("one tensor") };
        let mut positions = Vec::new();
        segment.for_each_position(|position| positions.push(position));
        assert_eq!(positions, [0, 2, 4, 1, 3, 5]);
    }
}
