//! A classified picture.

/// A grey picture with what a network says it is and what it is.
#[derive(Clone, Copy, Debug)]
pub struct Picture<'a> {
    /// Its place in the data set.
    pub index: usize,
    /// Rows of brightness, 0 black, [`SIDE`] times [`SIDE`].
    pub pixels: &'a [u8],
    /// The class with the highest probability.
    pub predicted: &'a str,
    /// Its probability, 0 to 1.
    pub probability: f32,
    /// The true class.
    pub class: &'a str,
}

/// Height and width of a picture.
pub const SIDE: usize = 28;

impl Picture<'_> {
    /// Whether the network is right.
    pub fn is_right(&self) -> bool {
        self.predicted == self.class
    }

    /// Brightness at a place.
    pub fn at(&self, row: usize, column: usize) -> u8 {
        self.pixels[row * SIDE + column]
    }

    /// One line: what was predicted, and what it is if that is something else.
    pub fn caption(&self) -> String {
        let percent = self.probability * 100.0;
        match self.is_right() {
            true => format!("{} ({percent:.0} %), right", self.predicted),
            false => format!("{} ({percent:.0} %), but it is {}", self.predicted, self.class),
        }
    }
}
