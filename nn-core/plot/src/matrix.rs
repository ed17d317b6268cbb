//! Counts by row and column.

use plotters::drawing::DrawingAreaErrorKind;
use plotters::prelude::{DrawingBackend, Rectangle};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color as _, FontTransform, IntoFont as _, TextStyle};

use crate::PlotError;
use crate::panel::Area;
use crate::style::{FONT, INK, LABEL, PAPER, TITLE, number, shade};

/// Pixels of a cell's side.
const CELL: i32 = 46;
/// Pixels for the names of rows, and below for those of columns.
const NAMES: i32 = 110;
/// Pixels for the title and what the columns are.
const HEAD: i32 = 48;

/// Counts by row and column: a confusion matrix. Cells are as dark as their share of their row.
///
/// ```
/// use nn_plot::Matrix;
///
/// let matrix = Matrix::new("Confusion", ["cat", "dog"], &[9.0, 1.0, /**/ 2.0, 8.0]).axes("truth", "prediction");
/// # matrix.save(std::env::temp_dir().join("matrix.svg"))?;
/// # Ok::<(), nn_plot::PlotError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Matrix {
    title: String,
    names: Vec<String>,
    counts: Vec<f64>,
    axes: [String; 2],
}

impl Matrix {
    /// A row and a column for each name; counts row by row.
    pub fn new<N: Into<String>>(title: impl Into<String>, names: impl IntoIterator<Item = N>, counts: &[f64]) -> Self {
        let names = names.into_iter().map(Into::into).collect();
        let axes = ["truth".to_owned(), "prediction".to_owned()];
        Self { title: title.into(), names, counts: counts.to_vec(), axes }
    }

    /// What rows and columns are; `truth` and `prediction` unless said.
    #[must_use]
    pub fn axes(self, rows: impl Into<String>, columns: impl Into<String>) -> Self {
        Self { axes: [rows.into(), columns.into()], ..self }
    }

    pub(crate) fn size(&self) -> (u32, u32) {
        let side = self.names.len() as i32 * CELL;
        ((NAMES + side + 20).max(320) as u32, (HEAD + side + NAMES) as u32)
    }

    pub(crate) fn draw<B: DrawingBackend>(&self, area: &Area<B>) -> Result<(), PlotError> {
        let names = self.names.len();
        if names == 0 || self.counts.len() != names * names {
            let reason = format!("{names} names need {} counts, not {}", names * names, self.counts.len());
            return Err(PlotError::content(&self.title, reason));
        }
        self.cells(area).map_err(|error| PlotError::content(&self.title, error))
    }

    fn cells<B: DrawingBackend>(&self, area: &Area<B>) -> Result<(), DrawingAreaErrorKind<B::ErrorType>> {
        let text =
            |size: i32, h: HPos, v: VPos| TextStyle::from((FONT, size).into_font()).color(&INK).pos(Pos::new(h, v));
        let names = self.names.len();
        let [rows, columns] = &self.axes;
        area.draw_text(&self.title, &text(TITLE, HPos::Left, VPos::Top), (12, 8))?;
        let legend = format!("rows: {rows} · columns: {columns}");
        area.draw_text(&legend, &text(LABEL - 1, HPos::Left, VPos::Top), (12, 30))?;
        for row in 0..names {
            let counts = &self.counts[row * names..][..names];
            let sum: f64 = counts.iter().sum::<f64>().max(f64::MIN_POSITIVE);
            let y = HEAD + row as i32 * CELL;
            let name = text(LABEL, HPos::Right, VPos::Center);
            area.draw_text(&self.names[row], &name, (NAMES - 8, y + CELL / 2))?;
            for (column, &count) in counts.iter().enumerate() {
                let (x, share) = (NAMES + column as i32 * CELL, count / sum);
                let cell = Rectangle::new([(x, y), (x + CELL - 1, y + CELL - 1)], shade(share).filled());
                area.draw(&cell)?;
                let ink = if share > 0.5 { PAPER } else { INK };
                let style = text(LABEL - 1, HPos::Center, VPos::Center).color(&ink);
                area.draw_text(&number(count), &style, (x + CELL / 2, y + CELL / 2))?;
            }
        }
        let turned = (FONT, LABEL).into_font().transform(FontTransform::Rotate270);
        let turned = TextStyle::from(turned).color(&INK).pos(Pos::new(HPos::Right, VPos::Center));
        for (column, name) in self.names.iter().enumerate() {
            let at = (NAMES + column as i32 * CELL + CELL / 2, HEAD + names as i32 * CELL + 8);
            area.draw_text(name, &turned, at)?;
        }
        Ok(())
    }
}
