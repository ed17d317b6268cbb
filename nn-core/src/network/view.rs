//! A look at the parameters of a network by their labels.

use std::fmt;
use std::ops::Range;

use crate::{FlatSegment, Network, Number, Real, flatten};

/// The parameters below a label: of a layer, a block, or a whole network.
///
/// ```
/// use nn_core::network;
///
/// network! {
///     struct Small = [4] -> stem: affine(3) -> relu -> affine(2);
/// }
///
/// let net = Small::new(7);
/// let stem = net.parameters().stem();
/// assert_eq!(stem.len(), 4 * 3 + 3);
/// assert_eq!(stem.tensor("weight").expect("affine has one").shape(), [3, 4]);
/// ```
#[derive(Clone, Debug)]
pub struct ParametersView<'a, T: Real> {
    segments: Vec<FlatSegment>,
    block: &'a [T],
}

impl<'a, T: Real> ParametersView<'a, T> {
    /// All parameters of a network.
    pub fn of<N: Network<Scalar = T>>(net: &'a N) -> Self {
        Self { segments: flatten(N::ENTRIES), block: net.block() }
    }

    /// Numbers that lie as the parameters of this table do.
    pub(crate) fn over(segments: &[FlatSegment], block: &'a [T]) -> Self {
        Self { segments: segments.to_vec(), block }
    }

    /// Those below a label: `part("layer1.0")` has `conv1.weight` if this has `layer1.0.conv1.weight`. Empty when there are none.
    #[must_use]
    pub fn part(&self, label: &str) -> Self {
        let inner = |segment: &FlatSegment| {
            let rest = segment.label.strip_prefix(label)?.strip_prefix('.')?;
            Some(FlatSegment { label: rest.to_owned(), ..segment.clone() })
        };
        Self { segments: self.segments.iter().filter_map(inner).collect(), block: self.block }
    }

    /// The tensor with this label.
    pub fn tensor(&self, label: &str) -> Option<TensorView<'a, T>> {
        self.tensors().find(|tensor| tensor.label() == label)
    }

    /// All tensors, in the order of the block.
    pub fn tensors(&self) -> impl Iterator<Item = TensorView<'a, T>> {
        let block = self.block;
        self.segments.iter().map(move |segment| TensorView { segment: segment.clone(), block })
    }

    /// Where these parameters lie in the network's block.
    pub fn range(&self) -> Range<usize> {
        let start = self.segments.iter().map(|segment| segment.range().start).min().unwrap_or(0);
        let end = self.segments.iter().map(|segment| segment.range().end).max().unwrap_or(0);
        start..end
    }

    /// Count of the numbers.
    pub fn len(&self) -> usize {
        self.segments.iter().map(FlatSegment::len).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }
}

/// One tensor of a network's parameters.
#[derive(Clone)]
pub struct TensorView<'a, T: Real> {
    segment: FlatSegment,
    block: &'a [T],
}

impl<T: Real> TensorView<'_, T> {
    /// Its label below the view it came from.
    pub fn label(&self) -> &str {
        &self.segment.label
    }

    /// Its shape, as in a weights file: `[out, in, kernel height, kernel width]` of a convolution.
    pub fn shape(&self) -> &'static [usize] {
        self.segment.shape
    }

    /// Its numbers in the order of that shape.
    pub fn to_vec(&self) -> Vec<T> {
        let mut numbers = Vec::with_capacity(self.segment.len());
        self.segment.for_each_position(|position| numbers.push(self.block[position]));
        numbers
    }
}

impl<T: Real> fmt::Debug for TensorView<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", self.label(), self.shape())
    }
}

/// The same network in another precision.
pub fn cast<N: Network, M: Network>(net: &N) -> M {
    let mut parameters = crate::Parameters::zeros(M::PARAMETERS);
    for (to, from) in parameters.iter_mut().zip(net.block()) {
        *to = M::Scalar::from_f64(from.to_f64());
    }
    M::from_parameters(parameters)
}
