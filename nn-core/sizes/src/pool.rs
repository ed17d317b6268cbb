//! The dimensions of pooling.

/// The windows of max or average pooling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    /// `[height, width, channels]` of the input.
    pub input: [usize; 3],
    /// `[height, width, channels]` of the output.
    pub output: [usize; 3],
    /// `[height, width]` of the window.
    pub kernel: [usize; 2],
    /// Steps `[down, right]`.
    pub stride: [usize; 2],
    /// Border `[above and below, left and right]`: never the maximum; counts as zeros in an average.
    pub pad: [usize; 2],
}

/// Max pooling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxPool {
    /// Its windows.
    pub pool: Pool,
}

/// Average pooling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AveragePool {
    /// Its windows.
    pub pool: Pool,
}
