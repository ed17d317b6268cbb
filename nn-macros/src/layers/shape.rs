//! Shapes as the language writes them.

use std::fmt;
use std::ops::Deref;

/// Sizes, `[channels, height, width]` or a list of another length, and what the numbers are.
#[derive(Clone, PartialEq, Eq)]
pub struct Shape {
    sizes: Vec<usize>,
    /// For whole numbers, what each of them is below: 40 in `[12 of 40]`. `None` for real numbers.
    pub below: Option<usize>,
    /// For `[..64, 3]`, whose first size is a bound, the input whose samples have as many rows. `None` where that is fixed.
    pub varies: Option<usize>,
    /// What it is a row of: within `each`, a layer is given one row.
    pub row_of: Option<Rows>,
    /// Whether it is a map one pixel high that the language writes without its height: `[channels, length]`.
    pub is_line: bool,
}

/// How many rows a sample has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rows {
    /// So many at most, and exactly where that does not vary.
    pub count: usize,
    /// If it varies, the input whose samples have as many.
    pub varies: Option<usize>,
}

impl Shape {
    /// The same sizes with whole numbers, each below a bound.
    pub fn of_whole_numbers(sizes: Vec<usize>, below: usize) -> Self {
        Self { below: Some(below), ..sizes.into() }
    }

    /// The same with a first size that is a bound: there are as many rows as of this input.
    pub fn varying(self, input: Option<usize>) -> Self {
        Self { varies: input, ..self }
    }

    /// A map one pixel high, which is written `[channels, length]`.
    pub fn line(channels: usize, length: usize) -> Self {
        Self { is_line: true, ..vec![channels, 1, length].into() }
    }

    /// The map that `[channels, length]` stands for; any other shape as it is.
    pub fn as_map(&self) -> Self {
        let is_plain = self.varies.is_none() && self.below.is_none() && self.row_of.is_none();
        match self.sizes[..] {
            [channels, length] if is_plain => Self::line(channels, length),
            _ => self.clone(),
        }
    }

    /// Other sizes of the same kind.
    pub fn with_sizes(&self, sizes: Vec<usize>) -> Self {
        Self { sizes, ..self.clone() }
    }

    /// The sizes as they are written.
    pub fn written(&self) -> Vec<usize> {
        match self.sizes[..] {
            [channels, _, length] if self.is_line => vec![channels, length],
            ref sizes => sizes.to_vec(),
        }
    }

    /// The same as one of these rows.
    pub fn within(self, rows: Option<Rows>) -> Self {
        Self { row_of: rows, ..self }
    }

    /// One of its rows.
    pub fn row(&self) -> Self {
        let (count, row) = self.sizes.split_first().map_or((1, &[][..]), |(&count, row)| (count, row));
        let row_of = Some(Rows { count, varies: self.varies });
        Self { sizes: row.to_vec(), varies: None, row_of, ..self.clone() }
    }

    /// All rows, of which this is one.
    pub fn rows(&self) -> Self {
        let Some(Rows { count, varies }) = self.row_of else { return self.clone() };
        let sizes = [count].into_iter().chain(self.sizes.iter().copied()).collect();
        Self { sizes, varies, row_of: None, ..self.clone() }
    }

    /// Whether a check that says `other` holds: it does not know which input it is that the number of rows follows.
    pub fn agrees(&self, other: &Self) -> bool {
        let words = |shape: &Self| (shape.below, shape.varies.is_some());
        self.written() == other.written() && words(self) == words(other)
    }
}

impl From<Vec<usize>> for Shape {
    /// Real numbers.
    fn from(sizes: Vec<usize>) -> Self {
        Self { sizes, below: None, varies: None, row_of: None, is_line: false }
    }
}

impl Deref for Shape {
    type Target = [usize];

    fn deref(&self) -> &[usize] {
        &self.sizes
    }
}

/// As the language writes it.
impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sizes: Vec<String> = self.written().iter().map(usize::to_string).collect();
        let (bound, sizes) = (if self.varies.is_some() { ".." } else { "" }, sizes.join(", "));
        match self.below {
            None => write!(f, "[{bound}{sizes}]"),
            Some(below) => write!(f, "[{bound}{sizes} of {below}]"),
        }
    }
}
