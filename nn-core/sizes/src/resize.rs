//! The dimensions of maps that become larger or smaller.

/// A map under another height and width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resize {
    /// `[height, width, channels]` of the input.
    pub input: [usize; 3],
    /// `[height, width, channels]` of the output, with as many channels.
    pub output: [usize; 3],
}

/// Each pixel is the one of the input that it lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nearest {
    /// Its sizes.
    pub resize: Resize,
}

/// Each pixel lies between four of the input, whose corners are those of the output: PyTorch's `align_corners = False`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bilinear {
    /// Its sizes.
    pub resize: Resize,
}

impl Bilinear {
    /// Scratch of either pass: a row of the input.
    pub const fn scratch(&self) -> usize {
        self.resize.input[1] * self.resize.input[2]
    }

    /// Multiply–adds: each row of the output is put together from two of the input, and each of its pixels from two of that.
    pub const fn multiply_adds(&self) -> u64 {
        let Resize { input, output } = self.resize;
        (output[0] * (input[1] + output[1]) * output[2]) as u64
    }
}

/// A rectangle of a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crop {
    /// `[height, width, channels]` of the input.
    pub input: [usize; 3],
    /// `[height, width, channels]` of the output, with as many channels.
    pub output: [usize; 3],
    /// Its first row and column.
    pub from: [usize; 2],
}

/// A walk along an axis of a map that is resized, from one pixel of the output to the next.
///
/// Pixels are squares, so that the middle of pixel `i` is at `(i + 0.5) · input / output`. Places are counted in whole numbers,
/// and so are exact.
#[derive(Clone, Copy, Debug)]
pub struct Walk {
    input: usize,
    output: usize,
    /// The pixel of the input that a place is in, and what is beyond its beginning, in parts of a pixel of `2 * output`.
    pixel: usize,
    rest: usize,
}

impl Walk {
    /// At the first pixel of the output.
    pub const fn new(input: usize, output: usize) -> Self {
        let start = Self { input, output, pixel: 0, rest: 0 };
        start.forward(input)
    }

    /// Goes on by so many parts.
    const fn forward(self, parts: usize) -> Self {
        let Self { input, output, mut pixel, mut rest } = self;
        rest += parts;
        while rest >= 2 * output {
            rest -= 2 * output;
            pixel += 1;
        }
        Self { input, output, pixel, rest }
    }

    /// At the next pixel.
    pub const fn next(self) -> Self {
        self.forward(2 * self.input)
    }

    /// The two pixels of the input whose middles lie beside that of this pixel, and how far it is from the first to the second, in
    /// parts of `2 * output`. At an edge both are the last.
    pub const fn between(self) -> ([usize; 2], usize) {
        // Half a pixel back, where the middle of the first is.
        let (pixel, rest) = if self.rest >= self.output {
            (self.pixel, self.rest - self.output)
        } else if self.pixel > 0 {
            (self.pixel - 1, self.rest + self.output)
        } else {
            return ([0, 0], 0);
        };
        let next = if pixel + 1 < self.input { pixel + 1 } else { pixel };
        ([pixel, next], rest)
    }
}

/// The pixel of the input that one of the output begins in, as in PyTorch: `⌊place · input / output⌋`.
pub const fn nearest(input: usize, output: usize, place: usize) -> usize {
    place * input / output
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(input: usize, output: usize) -> impl Iterator<Item = ([usize; 2], f64)> {
        let mut walk = Walk::new(input, output);
        (0..output).map(move |_| {
            let (pixels, rest) = walk.between();
            walk = walk.next();
            (pixels, rest as f64 / (2 * output) as f64)
        })
    }

    #[test]
    fn walks_along_the_formula() {
        for input in 1..9 {
            for output in 1..20 {
                for (place, (pixels, share)) in places(input, output).enumerate() {
                    let middle = (place as f64 + 0.5) * input as f64 / output as f64 - 0.5;
                    let first = middle.max(0.0) as usize;
                    let second = if middle < 0.0 { 0 } else { (first + 1).min(input - 1) };
                    assert_eq!(pixels, [first, second], "{place} of {output} from {input}");
                    let middle = middle.max(0.0);
                    let error = share - (middle - first as f64);
                    assert!(error * error < 1e-20, "{place} of {output} from {input}: {share}");
                }
            }
        }
    }
}
