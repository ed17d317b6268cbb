//! Shapes and numbers as a person reads them.

use core::fmt;

/// Prints sizes in the words of the language: `[1, 28, 28]`.
///
/// ```
/// use nn_core::shape::Dims;
///
/// assert_eq!(Dims(&[1, 28, 28]).to_string(), "[1, 28, 28]");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dims<'a>(pub &'a [usize]);

impl fmt::Display for Dims<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        sizes(f, self.0)?;
        f.write_str("]")
    }
}

/// Prints a shape in the words of the language: `[1, 28, 28]`, or `[12 of 40]` for whole numbers below 40.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ShapeName {
    pub dims: &'static [usize],
    pub below: Option<u32>,
    /// Whether the first size is a bound, `[..64, 3]`.
    pub varies: bool,
}

impl fmt::Display for ShapeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.varies { "[.." } else { "[" })?;
        sizes(f, self.dims)?;
        self.below.map_or(Ok(()), |below| write!(f, " of {below}"))?;
        f.write_str("]")
    }
}

fn sizes(f: &mut fmt::Formatter<'_>, dims: &[usize]) -> fmt::Result {
    for (i, dim) in dims.iter().enumerate() {
        if i > 0 {
            f.write_str(", ")?;
        }
        write!(f, "{dim}")?;
    }
    Ok(())
}

/// The most sizes that a shape has.
const MAX_RANK: usize = 6;
/// Along each axis, this many entries are printed at either end of a large tensor.
const EDGE: usize = 3;
/// A tensor with more numbers than this is large.
const LARGE: usize = 256;

#[cfg(feature = "std")]
/// Prints a tensor: its shape, then its numbers in rows; of a large one the beginning and end of each axis.
pub(crate) fn elided<T: fmt::Debug>(f: &mut fmt::Formatter<'_>, dims: &[usize], numbers: &[T]) -> fmt::Result {
    write!(f, "{} ", Dims(dims))?;
    axis(f, dims, numbers, numbers.len() > LARGE, 0)
}

/// Prints a batch: the number of samples, their shape, then their numbers as [`elided`] does.
pub(crate) fn elided_samples<T: fmt::Debug>(f: &mut fmt::Formatter<'_>, dims: &[usize], numbers: &[T]) -> fmt::Result {
    let samples = numbers.len() / dims.iter().product::<usize>();
    let mut all = [samples; 1 + MAX_RANK];
    all[1..=dims.len()].copy_from_slice(dims);
    write!(f, "{samples} × {} ", Dims(dims))?;
    axis(f, &all[..=dims.len()], numbers, numbers.len() > LARGE, 0)
}

fn axis<T: fmt::Debug>(
    f: &mut fmt::Formatter<'_>,
    dims: &[usize],
    numbers: &[T],
    large: bool,
    depth: usize,
) -> fmt::Result {
    let [dim, inner @ ..] = dims else {
        return match numbers {
            [number] => number.fmt(f),
            _ => Ok(()),
        };
    };
    let stride: usize = inner.iter().product();
    let shown = |i: usize| !large || *dim <= 2 * EDGE || i < EDGE || i >= dim - EDGE;
    f.write_str("[")?;
    for i in 0..*dim {
        if !shown(i) {
            if shown(i - 1) {
                separator(f, inner, depth)?;
                f.write_str("…")?;
            }
            continue;
        }
        if i > 0 {
            separator(f, inner, depth)?;
        }
        axis(f, inner, &numbers[i * stride..(i + 1) * stride], large, depth + 1)?;
    }
    f.write_str("]")
}

/// A comma; between rows a new line too, indented under the first row of the same bracket.
fn separator(f: &mut fmt::Formatter<'_>, inner: &[usize], depth: usize) -> fmt::Result {
    if inner.is_empty() {
        return f.write_str(", ");
    }
    f.write_str(",\n")?;
    (0..=depth).try_for_each(|_| f.write_str(" "))
}
