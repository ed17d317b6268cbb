//! The dimensions of regions of a map, each brought to one size.

/// Boxes over a map, and what becomes of each.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Regions {
    /// `[height, width, channels]` of the map.
    pub input: [usize; 3],
    /// How many boxes there are, each `[left, top, right, bottom]`.
    pub boxes: usize,
    /// `[height, width]` of each region of the output: its bins.
    pub output: [usize; 2],
    /// Pixels of the map for one of what the boxes are counted in.
    pub scale: f64,
}

impl Regions {
    /// Bins of one region.
    pub const fn bins(&self) -> usize {
        self.output[0] * self.output[1]
    }

    /// Numbers of one region of the output.
    pub const fn region(&self) -> usize {
        self.bins() * self.input[2]
    }
}

/// Each bin is the mean of samples at places between pixels: He et al., "Mask R-CNN" (2017).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RoiAlign {
    /// The boxes and the map.
    pub regions: Regions,
    /// Samples of a bin, down and across.
    pub samples: usize,
    /// Whether a pixel is a square with its number in the middle, rather than at its upper left corner.
    pub aligned: bool,
}

impl RoiAlign {
    /// Scratch of either pass: a region with its channels last.
    pub const fn scratch(&self) -> usize {
        self.regions.region()
    }

    /// Places that one region is sampled at.
    pub const fn places(&self) -> usize {
        self.regions.bins() * self.samples * self.samples
    }

    /// Multiply–adds: each sample is put together from four pixels.
    pub const fn multiply_adds(&self) -> u64 {
        (self.regions.boxes * self.places() * 4 * self.regions.input[2]) as u64
    }
}

/// Each bin is the largest number of the pixels it touches: Girshick, "Fast R-CNN" (2015).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RoiPool {
    /// The boxes and the map.
    pub regions: Regions,
}
