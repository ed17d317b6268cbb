//! The box that says what each colour is.

use plotters::chart::ChartContext;
use plotters::coord::types::RangedCoordf64;
use plotters::drawing::DrawingAreaErrorKind;
use plotters::prelude::{Cartesian2d, DrawingBackend, PathElement, SeriesLabelPosition};
use plotters::style::Color as _;

use crate::style::{FAINT, FONT, INK, LABEL, PAPER, line};

/// The mark of the curve or way of this number.
pub(crate) fn mark(index: usize) -> impl Fn((i32, i32)) -> PathElement<(i32, i32)> {
    move |(x, y)| PathElement::new(vec![(x, y), (x + 16, y)], line(index))
}

/// Draws it for everything in a chart that has a label.
pub(crate) fn draw<'a, B: DrawingBackend + 'a>(
    chart: &mut ChartContext<'a, B, Cartesian2d<RangedCoordf64, RangedCoordf64>>,
    position: SeriesLabelPosition,
) -> Result<(), DrawingAreaErrorKind<B::ErrorType>> {
    chart
        .configure_series_labels()
        .position(position)
        .background_style(PAPER.mix(0.85))
        .border_style(FAINT)
        .label_font((FONT, LABEL, &INK))
        .draw()
}
