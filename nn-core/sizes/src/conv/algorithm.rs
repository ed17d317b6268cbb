//! Which algorithm computes a convolution and its gradients: the one place that decides.
//!
//! A choice follows from the dimensions alone, not from the batch, the threads or the instruction set: so a sample gives the same
//! numbers alone and in a batch. Everything else, from scratch memory to the kernels, matches on what is chosen here.

use crate::{Conv, ConvPool, Pool};

/// The fewest channels, in and out, for which Winograd's transforms pay.
const WINOGRAD_CHANNELS: usize = 16;
/// The most input channels of minimal filtering: its sums stay in registers.
const MINIMAL5X5_INPUTS: usize = 4;
/// The fewest output channels of minimal filtering: a vector of AVX2.
const MINIMAL5X5_OUTPUTS: usize = 8;
/// The fewest pixels of the output for either.
const LEAST_PIXELS: usize = 64;
/// The fewest weights that are packed: as many as a second-level cache holds with room to spare.
const LEAST_PACKED: usize = 1 << 16;
/// The most input channels of col2im: half a vector of AVX-512.
const COL2IM_INPUTS: usize = 8;
/// The most numbers of quads for which gradients from the maxima are faster than Winograd's: a second-level cache holds them with
/// room to spare.
const QUADS: usize = 1 << 16;

/// How the output of a convolution is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConvAlgorithm {
    /// By the definition, as a product of matrices whose rows are pixels and whose terms are taps × input channels; the input is not
    /// copied. For every shape that no other algorithm takes.
    Direct,
    /// The same with the weights packed in panels, once for all samples: one group of at least 65,536 weights.
    ///
    /// Goto and van de Geijn, *Anatomy of High-Performance Matrix Multiplication*, 2008.
    Packed,
    /// F(2 × 2, 3 × 3) with transformed tiles, 16 multiplications for 2 × 2 outputs in place of 36: 3 × 3 taps with stride and
    /// dilation 1, at least 16 channels in and out, and at least 64 output pixels.
    ///
    /// Winograd, *Arithmetic Complexity of Computations*, 1980, in the form of Lavin and Gray, *Fast Algorithms for
    /// Convolutional Neural Networks*, 2015.
    Winograd,
    /// Minimal filtering F(2 × 2, 5 × 5), 49 multiplications for 2 × 2 outputs in place of 100: 5 × 5 taps with stride and dilation
    /// 1, at most 4 input channels, at least 8 output channels, and at least 64 output pixels.
    ///
    /// Two of Winograd's filters, F(2, 3) and F(2, 2), to a row of five taps.
    Minimal5x5,
    /// Vectors run over the channels, each of which is a group of its own.
    ///
    /// The depthwise half of Howard et al., *MobileNets*, 2017.
    Depthwise,
}

impl ConvAlgorithm {
    /// Its name in a table of layers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Packed => "direct, packed weights",
            Self::Winograd => "Winograd F(2×2, 3×3)",
            Self::Minimal5x5 => "minimal filtering 5×5",
            Self::Depthwise => "depthwise",
        }
    }
}

/// How the gradient of a convolution's input is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputGradientAlgorithm {
    /// As a direct convolution of the output's gradient with the weights turned round, one for each phase of the stride.
    Direct,
    /// As a convolution by [`ConvAlgorithm::Winograd`], where the forward pass is one.
    Winograd,
    /// A product that gives the gradients of whole windows, which are then added up where they overlap: one group, at most 8 input
    /// channels, more than one tap. The columns of the direct product would be input channels, so few that most of each vector
    /// would be empty; those of this one are the numbers of a window.
    ///
    /// Chellapilla, Puri and Simard, *High Performance Convolutional Neural Networks for Document Processing*, 2006.
    Col2im,
    /// As the forward pass by [`ConvAlgorithm::Depthwise`].
    Depthwise,
}

impl InputGradientAlgorithm {
    /// Its name in a table of layers, where it is the forward pass of a transposed convolution.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Winograd => "Winograd F(2×2, 3×3)",
            Self::Col2im => "col2im",
            Self::Depthwise => "depthwise",
        }
    }
}

/// How the gradients of a convolution's weights and biases are computed from that of its output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeightGradientAlgorithm {
    /// As a product of matrices whose rows are taps × input channels and whose terms are pixels.
    Direct,
    /// As products of transformed tiles, summed over the tiles, where the forward pass is by [`ConvAlgorithm::Winograd`].
    Winograd,
    /// Channel by channel, in vectors, where the forward pass is by [`ConvAlgorithm::Depthwise`].
    Depthwise,
}

/// How a convolution and the max pooling after it are computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConvPoolAlgorithm {
    /// Some rows of the map by the convolution's algorithm, which are pooled while they are cached.
    Rows,
    /// The 2 × 2 outputs of a tile of [`ConvAlgorithm::Minimal5x5`] are a window, and pooled in registers: windows of 2 × 2 side by side,
    /// no border, sizes rounded down.
    Tiles,
}

/// How the gradients of the weights and biases are computed where max pooling follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PooledWeightGradientAlgorithm {
    /// From the gradient of the map before the pooling, which is zero but for the maxima.
    Map(WeightGradientAlgorithm),
    /// One maximum after the other, in all squares of 2 × 2 pixels of its window: one group, and at most half as many squares as steps
    /// of the pooling, down × right. Winograd's products save as much where the padded input is too large for a cache.
    FromMaxima,
}

impl Conv {
    /// The algorithm of the forward pass.
    pub const fn algorithm(&self) -> ConvAlgorithm {
        let [inputs, outputs] = [self.input[2], self.output[2]];
        let has_pixels = self.output[0].saturating_mul(self.output[1]) >= LEAST_PIXELS;
        if has_pixels && self.fits_winograd() && inputs >= WINOGRAD_CHANNELS && outputs >= WINOGRAD_CHANNELS {
            ConvAlgorithm::Winograd
        } else if has_pixels && self.fits_minimal5x5() && outputs >= MINIMAL5X5_OUTPUTS {
            ConvAlgorithm::Minimal5x5
        } else if self.groups > 1 && self.groups == inputs && self.groups == outputs {
            ConvAlgorithm::Depthwise
        } else if self.groups == 1 && self.weights() >= LEAST_PACKED {
            ConvAlgorithm::Packed
        } else {
            ConvAlgorithm::Direct
        }
    }

    /// The algorithm of the input's gradient.
    pub const fn input_gradient_algorithm(&self) -> InputGradientAlgorithm {
        match self.algorithm() {
            ConvAlgorithm::Winograd => InputGradientAlgorithm::Winograd,
            ConvAlgorithm::Depthwise => InputGradientAlgorithm::Depthwise,
            ConvAlgorithm::Direct | ConvAlgorithm::Packed | ConvAlgorithm::Minimal5x5 => {
                let taps = self.kernel[0] * self.kernel[1];
                if self.groups == 1 && self.input[2] <= COL2IM_INPUTS && taps > 1 {
                    InputGradientAlgorithm::Col2im
                } else {
                    InputGradientAlgorithm::Direct
                }
            }
        }
    }

    /// The algorithm of the weights' gradient.
    pub const fn weight_gradient_algorithm(&self) -> WeightGradientAlgorithm {
        match self.algorithm() {
            ConvAlgorithm::Winograd => WeightGradientAlgorithm::Winograd,
            ConvAlgorithm::Depthwise => WeightGradientAlgorithm::Depthwise,
            ConvAlgorithm::Direct | ConvAlgorithm::Packed | ConvAlgorithm::Minimal5x5 => {
                WeightGradientAlgorithm::Direct
            }
        }
    }

    /// Whether Winograd's kernels can compute it, however little it would gain: its taps are 3 × 3, next to each other and seen by
    /// every pixel, and as many as the gradient of its input has padding for.
    pub const fn fits_winograd(&self) -> bool {
        matches!((self.kernel, self.stride, self.dilation), ([3, 3], [1, 1], [1, 1]))
            && matches!((self.padding(0), self.padding(1)), ([0..=2, 0..=2], [0..=2, 0..=2]))
            && self.groups == 1
    }

    /// Whether the kernels of minimal filtering can compute it, however little it would gain: its taps are 5 × 5, next to each other
    /// and seen by every pixel, and its input channels few.
    pub const fn fits_minimal5x5(&self) -> bool {
        matches!((self.kernel, self.stride, self.dilation), ([5, 5], [1, 1], [1, 1]))
            && (self.groups == 1 && self.input[2] <= MINIMAL5X5_INPUTS)
    }
}

impl ConvPool {
    /// Squares that are looked at together.
    pub const MOST_SQUARES: usize = 64;

    /// The algorithm of the forward pass.
    pub const fn algorithm(&self) -> ConvPoolAlgorithm {
        let Pool { input, output, kernel, stride, pad } = self.pool;
        let is_tile = matches!((kernel, stride, pad), ([2, 2], [2, 2], [0, 0]));
        let is_rounded_down = output[0] == input[0] / 2 && output[1] == input[1] / 2;
        match self.conv.algorithm() {
            ConvAlgorithm::Minimal5x5 if is_tile && is_rounded_down => ConvPoolAlgorithm::Tiles,
            _ => ConvPoolAlgorithm::Rows,
        }
    }

    /// The algorithm of the weights' gradient.
    pub const fn weight_gradient_algorithm(&self) -> PooledWeightGradientAlgorithm {
        let of_map = self.conv.weight_gradient_algorithm();
        let is_sparse = 2 * self.squares() <= self.pool.stride[0] * self.pool.stride[1];
        let is_fast = match of_map {
            WeightGradientAlgorithm::Winograd => self.quads() <= QUADS,
            WeightGradientAlgorithm::Direct | WeightGradientAlgorithm::Depthwise => true,
        };
        if self.conv.groups == 1 && is_sparse && is_fast && self.squares() <= Self::MOST_SQUARES {
            PooledWeightGradientAlgorithm::FromMaxima
        } else {
            PooledWeightGradientAlgorithm::Map(of_map)
        }
    }
}
