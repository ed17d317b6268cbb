//! Shapes as the language writes them.

use std::fmt;
use std::ops::Deref;

/// Sizes, `[channels, height, width]` or a list of another length, and what the numbers are.
#[derive(Clone, PartialEq, Eq)]
pub struct Shape {
    sizes: Vec<usize>,
    /// For whole numbers, what each of them is below: 40 in `[12 of 40]`. `None` for real numbers.
    pub below: Option<usize>,
}

impl Shape {
    /// The same sizes with whole numbers, each below a bound.
    pub fn of_whole_numbers(sizes: Vec<usize>, below: usize) -> Self {
        Self { sizes, below: Some(below) }
    }
}

impl From<Vec<usize>> for Shape {
    /// Real numbers.
    fn from(sizes: Vec<usize>) -> Self {
        Self { sizes, below: None }
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
        let sizes: Vec<String> = self.sizes.iter().map(usize::to_string).collect();
        let sizes = sizes.join(", ");
        match self.below {
            None => write!(f, "[{sizes}]"),
            Some(below) => write!(f, "[{sizes} of {below}]"),
        }
    }
}
