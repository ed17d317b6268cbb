//! A function of two numbers, and ways over it.

use plotters::chart::ChartBuilder;
use plotters::drawing::DrawingAreaErrorKind;
use plotters::prelude::{Circle, DrawingBackend, LineSeries, PathElement};
use plotters::style::{Color as _, RGBColor};

use crate::PlotError;
use crate::legend;
use crate::panel::Area;
use crate::style::{FONT, INK, LABEL, TITLE, colour, line, number};

/// Squares of the net on which the lines of equal height are looked for, along either axis.
const NET: usize = 160;
/// The colour of lines of equal height.
const HEIGHT: RGBColor = RGBColor(170, 170, 170);

/// Lines of equal height of a function of two numbers, and ways over it: how optimizers walk down.
///
/// ```
/// use nn_plot::Contour;
///
/// let contour = Contour::new("x²/20 + y²", (-10.0, 10.0), (-5.0, 5.0), |x, y| x * x / 20.0 + y * y)
///     .way("SGD", &[(-7.0, 2.0), (-6.3, -1.8), (-5.7, 1.6)])
///     .minimum(0.0, 0.0);
/// # contour.save(std::env::temp_dir().join("contour.svg"))?;
/// # Ok::<(), nn_plot::PlotError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Contour {
    title: String,
    x: (f64, f64),
    y: (f64, f64),
    /// Heights at the corners of the net, row by row.
    heights: Vec<f64>,
    levels: Vec<f64>,
    ways: Vec<(String, Vec<(f64, f64)>)>,
    minima: Vec<(f64, f64)>,
}

impl Contour {
    /// The function from one number to another along either axis, with some levels that lie closer where it is low.
    pub fn new(title: impl Into<String>, x: (f64, f64), y: (f64, f64), function: impl Fn(f64, f64) -> f64) -> Self {
        let at = |(low, high): (f64, f64), i: usize| low + (high - low) * i as f64 / NET as f64;
        let row = |j: usize| (0..=NET).map(move |i| (i, j));
        let heights: Vec<f64> = (0..=NET).flat_map(row).map(|(i, j)| function(at(x, i), at(y, j))).collect();
        let finite = || heights.iter().copied().filter(|height| height.is_finite());
        let (low, high) = (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
        let levels = (1..16).map(|i| low + (high - low) * (f64::from(i) / 16.0).powi(4)).collect();
        Self { title: title.into(), x, y, heights, levels, ways: Vec::new(), minima: Vec::new() }
    }

    /// With lines at these heights.
    #[must_use]
    pub fn levels(self, levels: &[f64]) -> Self {
        Self { levels: levels.to_vec(), ..self }
    }

    /// One way more, with a dot at each step.
    #[must_use]
    pub fn way(mut self, name: impl Into<String>, steps: &[(f64, f64)]) -> Self {
        self.ways.push((name.into(), steps.to_vec()));
        self
    }

    /// Marks a minimum.
    #[must_use]
    pub fn minimum(mut self, x: f64, y: f64) -> Self {
        self.minima.push((x, y));
        self
    }

    /// Pieces of the line of this height: where it crosses the sides of each square of the net, by linear interpolation
    /// (marching squares).
    fn line(&self, level: f64) -> Vec<[(f64, f64); 2]> {
        let mut pieces = Vec::new();
        for (i, j) in (0..NET).flat_map(|j| (0..NET).map(move |i| (i, j))) {
            let corners = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1)];
            let crossings: Vec<_> =
                (0..4).filter_map(|side| self.crossing(corners[side], corners[(side + 1) % 4], level)).collect();
            pieces.extend(crossings.chunks_exact(2).map(|pair| [pair[0], pair[1]]));
        }
        pieces
    }

    /// Where a side of a square has this height, if its ends are above and below.
    fn crossing(&self, from: (usize, usize), to: (usize, usize), level: f64) -> Option<(f64, f64)> {
        let height = |(i, j): (usize, usize)| self.heights[j * (NET + 1) + i] - level;
        let (above, below) = (height(from), height(to));
        let share = above / (above - below);
        if (above >= 0.0) == (below >= 0.0) || !share.is_finite() {
            return None;
        }
        let along = |from: usize, to: usize| (from as f64 + share * (to as f64 - from as f64)) / NET as f64;
        let at = |(low, high): (f64, f64), share: f64| low + (high - low) * share;
        Some((at(self.x, along(from.0, to.0)), at(self.y, along(from.1, to.1))))
    }

    /// The part of a way that can be drawn: points not much farther than the picture goes.
    fn inside(&self, steps: &[(f64, f64)]) -> Vec<(f64, f64)> {
        let clamp = |value: f64, (low, high): (f64, f64)| value.clamp(2.0 * low - high, 2.0 * high - low);
        let finite = steps.iter().take_while(|(x, y)| x.is_finite() && y.is_finite());
        finite.map(|&(x, y)| (clamp(x, self.x), clamp(y, self.y))).collect()
    }

    pub(crate) fn draw<B: DrawingBackend>(&self, area: &Area<B>) -> Result<(), PlotError> {
        if self.x.0 >= self.x.1 || self.y.0 >= self.y.1 {
            return Err(PlotError::content(&self.title, "a range is empty"));
        }
        self.chart(area).map_err(|error| PlotError::content(&self.title, error))
    }

    fn chart<B: DrawingBackend>(&self, area: &Area<B>) -> Result<(), DrawingAreaErrorKind<B::ErrorType>> {
        let mut chart = ChartBuilder::on(area)
            .caption(&self.title, (FONT, TITLE, &INK))
            .margin(12)
            .x_label_area_size(28)
            .y_label_area_size(46)
            .build_cartesian_2d(self.x.0..self.x.1, self.y.0..self.y.1)?;
        chart
            .configure_mesh()
            .disable_mesh()
            .label_style((FONT, LABEL, &INK))
            .axis_style(INK)
            .x_label_formatter(&|value| number(*value))
            .y_label_formatter(&|value| number(*value))
            .draw()?;
        for &level in &self.levels {
            chart.draw_series(self.line(level).into_iter().map(|piece| PathElement::new(piece.to_vec(), HEIGHT)))?;
        }
        for (index, (name, steps)) in self.ways.iter().enumerate() {
            let steps = self.inside(steps);
            chart
                .draw_series(LineSeries::new(steps.iter().copied(), line(index)))?
                .label(name)
                .legend(legend::mark(index));
            chart.draw_series(steps.iter().map(|&at| Circle::new(at, 2, colour(index).filled())))?;
        }
        chart.draw_series(self.minima.iter().map(|&at| Circle::new(at, 5, INK.stroke_width(2))))?;
        if !self.ways.is_empty() {
            let points = self.ways.iter().flat_map(|(_, steps)| self.inside(steps));
            legend::draw(&mut chart, legend::free_corner(self.x, self.y, points))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_lie_at_their_height() {
        let contour = Contour::new("", (-2.0, 2.0), (-2.0, 2.0), |x, y| x * x + y * y);
        let line = contour.line(1.0);
        assert!(line.len() > 100);
        for (x, y) in line.into_iter().flatten() {
            assert!((x.hypot(y) - 1.0).abs() < 1e-3, "{x}, {y}");
        }
        assert!(contour.line(9.0).is_empty());
    }
}
