//! What is common to all kinds of panels.

use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::{DrawingArea, DrawingBackend};

use crate::{Bars, Contour, Curves, Diagram, Grid, Histogram, Matrix, Pictures, PlotError};

/// Where a panel is drawn.
pub(crate) type Area<B> = DrawingArea<B, Shift>;

/// A panel of any kind.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Panel {
    /// Curves over a common axis.
    Curves(Curves),
    /// How often numbers lie where.
    Histogram(Histogram),
    /// A bar for each of some names.
    Bars(Bars),
    /// Counts by row and column.
    Matrix(Matrix),
    /// A function of two numbers, and ways over it.
    Contour(Contour),
    /// Images beside each other.
    Pictures(Pictures),
    /// Boxes and arrows.
    Diagram(Diagram),
    /// Panels beside each other.
    Grid(Grid),
}

/// Pixels of an image at a place of the whole picture, three bytes each. Images are put in after everything else is drawn, as
/// SVG holds them in another way than lines.
pub(crate) struct Image {
    pub at: (i32, i32),
    pub size: (u32, u32),
    pub pixels: Vec<u8>,
}

impl Panel {
    /// Saves it alone; the ending `.svg` or `.png` decides how.
    ///
    /// # Errors
    ///
    /// When the name has another ending, the system refuses, or there is nothing to draw.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), PlotError> {
        crate::save::save(self, path.as_ref())
    }

    /// How many pixels it likes to have, across and down.
    pub(crate) fn size(&self) -> (u32, u32) {
        match self {
            Self::Curves(_) | Self::Bars(_) => (640, 420),
            Self::Histogram(_) => (320, 240),
            Self::Matrix(matrix) => matrix.size(),
            Self::Contour(_) => (560, 460),
            Self::Pictures(pictures) => pictures.size(),
            Self::Diagram(diagram) => diagram.size(),
            Self::Grid(grid) => grid.size(),
        }
    }

    /// Draws it, and adds its images to the list.
    pub(crate) fn draw<B: DrawingBackend>(&self, area: &Area<B>, images: &mut Vec<Image>) -> Result<(), PlotError> {
        match self {
            Self::Curves(curves) => curves.draw(area),
            Self::Histogram(histogram) => histogram.draw(area),
            Self::Bars(bars) => bars.draw(area),
            Self::Matrix(matrix) => matrix.draw(area),
            Self::Contour(contour) => contour.draw(area),
            Self::Pictures(pictures) => pictures.draw(area, images),
            Self::Diagram(diagram) => diagram.draw(area),
            Self::Grid(grid) => grid.draw(area, images),
        }
    }
}

/// A panel of its own, and its `save`.
macro_rules! panels {
    ($($name:ident),+) => {$(
        impl From<$name> for Panel {
            fn from(panel: $name) -> Self {
                Self::$name(panel)
            }
        }

        impl $name {
            /// Saves it alone; the ending `.svg` or `.png` decides how.
            ///
            /// # Errors
            ///
            /// When the name has another ending, the system refuses, or there is nothing to draw.
            pub fn save(&self, path: impl AsRef<Path>) -> Result<(), PlotError> {
                Panel::from(self.clone()).save(path)
            }
        }
    )+};
}

panels!(Curves, Histogram, Bars, Matrix, Contour, Pictures, Diagram, Grid);
