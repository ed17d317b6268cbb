//! Pictures of what networks learn, as SVG or PNG: the ending of the file's name decides.
//!
//! Every kind of panel is saved alone, or with others in a [`Grid`]. Axes, legends and units have sensible defaults.
//!
//! ```
//! use nn_plot::{Curves, Grid, Histogram};
//!
//! let losses = Curves::new("Loss").axes("epoch", "cross-entropy").curve("SGD", &[2.3, 1.1, 0.8]).curve("Adam", &[2.3, 0.7, 0.4]);
//! let weights = Histogram::new("Weights", &[-0.1, 0.0, 0.02, 0.3]);
//! # let folder = std::env::temp_dir();
//! losses.save(folder.join("losses.svg"))?;
//! Grid::new("After three epochs").panel(losses).panel(weights).save(folder.join("both.png"))?;
//! # Ok::<(), nn_plot::PlotError>(())
//! ```

mod bars;
mod contour;
mod curves;
mod diagram;
mod error;
mod grid;
mod histogram;
mod layers;
mod legend;
mod matrix;
mod panel;
mod pictures;
mod save;
mod style;

pub use bars::Bars;
pub use contour::Contour;
pub use curves::Curves;
pub use diagram::Diagram;
pub use error::PlotError;
pub use grid::Grid;
pub use histogram::Histogram;
pub use matrix::Matrix;
pub use panel::Panel;
pub use pictures::{Picture, Pictures};
