//! Curves over a common axis.

use plotters::chart::ChartBuilder;
use plotters::prelude::{DrawingBackend, LineSeries};
use plotters::style::Color as _;

use crate::PlotError;
use crate::legend;
use crate::panel::Area;
use crate::style::{FAINT, FONT, INK, LABEL, PAPER, TITLE, colour, line, number, range};

/// Curves over a common axis: losses, accuracies, rates.
///
/// ```
/// use nn_plot::Curves;
///
/// let curves = Curves::new("Learning")
///     .axes("epoch", "accuracy")
///     .curve("training", &[0.71, 0.82, 0.88])
///     .curve("test", &[0.70, 0.80, 0.84]);
/// # curves.save(std::env::temp_dir().join("learning.svg"))?;
/// # Ok::<(), nn_plot::PlotError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Curves {
    title: String,
    axes: [String; 2],
    curves: Vec<(String, Vec<(f64, f64)>)>,
    logarithmic: [bool; 2],
    y_range: Option<(f64, f64)>,
}

impl Curves {
    /// No curves yet.
    pub fn new(title: impl Into<String>) -> Self {
        let axes = [String::new(), String::new()];
        Self { title: title.into(), axes, curves: Vec::new(), logarithmic: [false; 2], y_range: None }
    }

    /// What the axes show, with their units.
    #[must_use]
    pub fn axes(self, x: impl Into<String>, y: impl Into<String>) -> Self {
        Self { axes: [x.into(), y.into()], ..self }
    }

    /// One curve more, over 1, 2, 3, … What is not finite leaves a gap.
    #[must_use]
    pub fn curve(self, name: impl Into<String>, values: &[f64]) -> Self {
        let points: Vec<_> = values.iter().enumerate().map(|(i, &y)| ((i + 1) as f64, y)).collect();
        self.points(name, &points)
    }

    /// One curve more, through these points.
    #[must_use]
    pub fn points(mut self, name: impl Into<String>, points: &[(f64, f64)]) -> Self {
        self.curves.push((name.into(), points.to_vec()));
        self
    }

    /// Points without a line between them.
    #[must_use]
    pub fn dots(self, name: impl Into<String>, points: &[(f64, f64)]) -> Self {
        // A gap after each, so that it stands alone.
        let apart: Vec<_> = points.iter().flat_map(|&point| [point, (f64::NAN, f64::NAN)]).collect();
        self.points(name, &apart)
    }

    /// With a logarithmic axis up. What is not above zero is left out.
    #[must_use]
    pub fn log_y(mut self) -> Self {
        self.logarithmic[1] = true;
        self
    }

    /// With a logarithmic axis across.
    #[must_use]
    pub fn log_x(mut self) -> Self {
        self.logarithmic[0] = true;
        self
    }

    /// Shows these values only; unless said, all of them.
    #[must_use]
    pub fn between(self, low: f64, high: f64) -> Self {
        Self { y_range: Some((low, high)), ..self }
    }

    /// Each curve as the mean over a window of so many of its points, for values that jump about.
    #[must_use]
    pub fn smoothed(mut self, window: usize) -> Self {
        for (_, points) in &mut self.curves {
            let means = (0..points.len()).map(|i| {
                let around = &points[i.saturating_sub(window / 2)..(i + window.div_ceil(2).max(1)).min(points.len())];
                (points[i].0, around.iter().map(|point| point.1).sum::<f64>() / around.len() as f64)
            });
            *points = means.collect();
        }
        self
    }

    /// A coordinate where it is drawn.
    fn place(&self, axis: usize, value: f64) -> f64 {
        if self.logarithmic[axis] { if value > 0.0 { value.log10() } else { f64::NAN } } else { value }
    }

    /// The stretches of a curve without a gap.
    fn stretches(&self, points: &[(f64, f64)]) -> Vec<Vec<(f64, f64)>> {
        let placed = points.iter().map(|&(x, y)| (self.place(0, x), self.place(1, y)));
        let placed: Vec<_> = placed.collect();
        let whole = placed.split(|(x, y)| !x.is_finite() || !y.is_finite());
        whole.filter(|stretch| !stretch.is_empty()).map(<[_]>::to_vec).collect()
    }

    pub(crate) fn draw<B: DrawingBackend>(&self, area: &Area<B>) -> Result<(), PlotError> {
        let stretches: Vec<_> = self.curves.iter().map(|(_, points)| self.stretches(points)).collect();
        let all = || stretches.iter().flatten().flatten();
        let (Some(x), Some(y)) = (range(all().map(|point| point.0)), range(all().map(|point| point.1))) else {
            return Err(PlotError::content(&self.title, "no curve has a finite point"));
        };
        let y = self.y_range.map_or(y, |(low, high)| (self.place(1, low), self.place(1, high)));
        self.chart(area, x, y, &stretches).map_err(|error| PlotError::content(&self.title, error))
    }

    fn chart<B: DrawingBackend>(
        &self,
        area: &Area<B>,
        x: (f64, f64),
        y: (f64, f64),
        stretches: &[Vec<Vec<(f64, f64)>>],
    ) -> Result<(), plotters::drawing::DrawingAreaErrorKind<B::ErrorType>> {
        let mut chart = ChartBuilder::on(area)
            .caption(&self.title, (FONT, TITLE, &INK))
            .margin(12)
            .x_label_area_size(if self.axes[0].is_empty() { 28 } else { 42 })
            .y_label_area_size(if self.axes[1].is_empty() { 46 } else { 60 })
            .build_cartesian_2d(x.0..x.1, y.0..y.1)?;
        // Two digits are enough for places that the drawing library chooses between powers of ten.
        let label = |axis: usize| {
            let short = |exponent: f64| {
                let digits = 10f64.powf(1.0 - exponent.floor());
                number((10f64.powf(exponent) * digits).round() / digits)
            };
            move |value: &f64| if self.logarithmic[axis] { short(*value) } else { number(*value) }
        };
        chart
            .configure_mesh()
            .x_desc(&self.axes[0])
            .y_desc(&self.axes[1])
            .label_style((FONT, LABEL, &INK))
            .axis_style(INK)
            .bold_line_style(FAINT)
            .light_line_style(PAPER)
            .x_label_formatter(&label(0))
            .y_label_formatter(&label(1))
            .draw()?;
        for (index, ((name, _), stretches)) in self.curves.iter().zip(stretches).enumerate() {
            for (first, stretch) in stretches.iter().enumerate() {
                let drawn = chart.draw_series(LineSeries::new(stretch.iter().copied(), line(index)))?;
                if first == 0 && !name.is_empty() {
                    drawn.label(name).legend(legend::mark(index));
                }
                if let [(x, y)] = stretch[..] {
                    let dot = plotters::element::Circle::new((x, y), 3, colour(index).filled());
                    chart.draw_series([dot])?;
                }
            }
        }
        if self.curves.iter().any(|(name, _)| !name.is_empty()) {
            let points = stretches.iter().flatten().flatten().copied();
            legend::draw(&mut chart, legend::free_corner(x, y, points))?;
        }
        Ok(())
    }
}
