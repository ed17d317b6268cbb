//! Panels beside each other.

use plotters::prelude::DrawingBackend;
use plotters::style::{IntoFont as _, TextStyle};

use crate::PlotError;
use crate::panel::{Area, Image, Panel};
use crate::style::{FONT, INK, TITLE};

/// Pixels of the line above all panels.
const HEAD: u32 = 36;

/// Panels in rows and columns, under a title. Every panel gets as much room as the largest wants.
///
/// ```
/// use nn_plot::{Grid, Histogram};
///
/// let layers = (1..=4).map(|layer| Histogram::new(format!("layer {layer}"), &[0.0, 0.1, 0.5]));
/// let grid = layers.fold(Grid::new("Activations").columns(2), Grid::panel);
/// # grid.save(std::env::temp_dir().join("grid.svg"))?;
/// # Ok::<(), nn_plot::PlotError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Grid {
    title: String,
    columns: usize,
    panels: Vec<Panel>,
}

impl Grid {
    /// No panels yet; as many columns as rows unless [`columns`](Self::columns) says otherwise.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), columns: 0, panels: Vec::new() }
    }

    /// With so many columns.
    #[must_use]
    pub fn columns(self, columns: usize) -> Self {
        Self { columns, ..self }
    }

    /// One panel more.
    #[must_use]
    pub fn panel(mut self, panel: impl Into<Panel>) -> Self {
        self.panels.push(panel.into());
        self
    }

    /// Columns and rows.
    fn shape(&self) -> (usize, usize) {
        let count = self.panels.len().max(1);
        let square = (1..).find(|side| side * side >= count).unwrap_or(1);
        let columns = if self.columns == 0 { square } else { self.columns.min(count) };
        (columns, count.div_ceil(columns))
    }

    pub(crate) fn size(&self) -> (u32, u32) {
        let (columns, rows) = self.shape();
        let sizes = || self.panels.iter().map(Panel::size);
        let (width, height) = (sizes().map(|size| size.0).max(), sizes().map(|size| size.1).max());
        (columns as u32 * width.unwrap_or(320), HEAD + rows as u32 * height.unwrap_or(240))
    }

    pub(crate) fn draw<B: DrawingBackend>(&self, area: &Area<B>, images: &mut Vec<Image>) -> Result<(), PlotError> {
        if self.panels.is_empty() {
            return Err(PlotError::content(&self.title, "a grid needs a panel"));
        }
        let (head, body) = area.split_vertically(HEAD);
        let style = TextStyle::from((FONT, TITLE).into_font()).color(&INK);
        head.draw_text(&self.title, &style, (12, 10)).map_err(|error| PlotError::content(&self.title, error))?;
        let (columns, rows) = self.shape();
        for (area, panel) in body.split_evenly((rows, columns)).iter().zip(&self.panels) {
            panel.draw(area, images)?;
        }
        Ok(())
    }
}
