//! The one formula of every sliding window.

/// One axis of a sliding window: a convolution's or a pooling's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Number of taps.
    pub kernel: usize,
    /// Distance between two positions of the window.
    pub stride: usize,
    /// Padding added at the beginning and at the end.
    pub pad: [usize; 2],
    /// Distance between two taps.
    pub dilation: usize,
    /// Round the number of positions up instead of down.
    pub ceil: bool,
}

/// Why a window has no output size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowError {
    /// The kernel, the stride or the dilation is zero.
    Zero,
    /// The window, dilation included, is larger than the padded input.
    TooLarge {
        /// What the window spans.
        span: usize,
        /// What the input is, padding included.
        padded: usize,
    },
    /// A size does not fit in `usize`.
    Overflow,
}

impl Window {
    /// A window of `kernel` taps that moves by `stride`, without padding or dilation.
    pub const fn new(kernel: usize, stride: usize) -> Self {
        Self { kernel, stride, pad: [0, 0], dilation: 1, ceil: false }
    }

    /// Input positions that one window covers: `dilation * (kernel - 1) + 1`.
    ///
    /// `None` when the window has no taps or the span does not fit in `usize`.
    pub const fn span(&self) -> Option<usize> {
        match self.kernel.checked_sub(1) {
            Some(gaps) => match gaps.checked_mul(self.dilation) {
                Some(reach) => reach.checked_add(1),
                None => None,
            },
            None => None,
        }
    }

    /// Number of window positions over `input`: `(input + both pads - span) / stride + 1`, rounded as `ceil` says.
    ///
    /// With `ceil`, a last window that would start beyond the input and its left padding is dropped, as PyTorch does.
    pub const fn output(&self, input: usize) -> Result<usize, WindowError> {
        if self.kernel == 0 || self.stride == 0 || self.dilation == 0 {
            return Err(WindowError::Zero);
        }
        let Some(span) = self.span() else { return Err(WindowError::Overflow) };
        let Some(padded) = (match self.pad[0].checked_add(self.pad[1]) {
            Some(pads) => pads.checked_add(input),
            None => None,
        }) else {
            return Err(WindowError::Overflow);
        };
        if span > padded {
            return Err(WindowError::TooLarge { span, padded });
        }
        let room = padded - span;
        if !self.ceil {
            return Ok(room / self.stride + 1);
        }
        let positions = room.div_ceil(self.stride) + 1;
        if (positions - 1) * self.stride >= input + self.pad[0] { Ok(positions - 1) } else { Ok(positions) }
    }
}

/// The padding with which a window has `input / stride` positions, rounded up, over its input: as much at both ends, or one more at the
/// end, as TensorFlow's `SAME` has it.
///
/// `None` where a size does not fit in `usize`.
pub const fn same_pad(window: &Window, input: usize) -> Option<[usize; 2]> {
    if window.stride == 0 || input == 0 {
        return None;
    }
    let Some(span) = window.span() else { return None };
    match ((input - 1) / window.stride * window.stride).checked_add(span) {
        Some(reach) => {
            let pads = reach.saturating_sub(input);
            Some([pads / 2, pads - pads / 2])
        }
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_field() {
        let window = |kernel, stride, pad, dilation, ceil| Window { kernel, stride, pad: [pad, pad], dilation, ceil };
        for (window, input, expected) in [
            (window(5, 1, 0, 1, false), 28, 24),
            (window(2, 2, 0, 1, false), 24, 12),
            (window(7, 2, 3, 1, false), 224, 112),
            (window(3, 2, 1, 1, false), 112, 56),
            (window(3, 2, 0, 1, true), 112, 56),
            (window(3, 1, 2, 2, false), 10, 10),
            (window(28, 1, 0, 1, false), 28, 1),
            (window(1, 1, 0, 1, false), 1, 1),
            (window(2, 2, 1, 1, true), 3, 2), // the third window would start in the right padding
        ] {
            assert_eq!(window.output(input), Ok(expected), "{window:?} over {input}");
        }
    }

    #[test]
    fn refuses_what_has_no_size() {
        assert_eq!(Window::new(0, 1).output(4), Err(WindowError::Zero));
        assert_eq!(Window::new(2, 0).output(4), Err(WindowError::Zero));
        assert_eq!(Window::new(5, 1).output(4), Err(WindowError::TooLarge { span: 5, padded: 4 }));
        let huge = Window { dilation: usize::MAX, ..Window::new(3, 1) };
        assert_eq!(huge.output(4), Err(WindowError::Overflow));
    }

    #[test]
    fn same_keeps_the_size() {
        let window = |kernel, stride, dilation| Window { dilation, ..Window::new(kernel, stride) };
        for (window, input, expected) in [
            (window(3, 1, 1), 28, [1, 1]),
            (window(5, 1, 2), 28, [4, 4]),
            (window(2, 1, 1), 28, [0, 1]),
            (window(3, 2, 1), 28, [0, 1]),
            (window(3, 2, 1), 27, [1, 1]),
            (window(7, 2, 1), 224, [2, 3]),
            (window(1, 2, 1), 9, [0, 0]),
            (window(2, 3, 1), 5, [0, 0]), // it steps over what is between
        ] {
            let pad = same_pad(&window, input).expect("sizes that fit");
            assert_eq!(pad, expected, "{window:?} over {input}");
            assert_eq!(Window { pad, ..window }.output(input), Ok(input.div_ceil(window.stride)));
        }
    }
}
