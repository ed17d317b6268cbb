//! How often numbers lie where.

use plotters::chart::ChartBuilder;
use plotters::drawing::DrawingAreaErrorKind;
use plotters::prelude::{DrawingBackend, Rectangle};
use plotters::style::Color as _;

use crate::PlotError;
use crate::panel::Area;
use crate::style::{FONT, INK, LABEL, PAPER, colour, number, range};

/// How often numbers lie where: the share of them in each of some bins of equal width.
///
/// ```
/// use nn_plot::Histogram;
///
/// let activations = [0.0, 0.1, 0.1, 0.9];
/// let histogram = Histogram::new("relu, layer 3", &activations).bins(10).between(0.0, 1.0);
/// # histogram.save(std::env::temp_dir().join("histogram.svg"))?;
/// # Ok::<(), nn_plot::PlotError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Histogram {
    title: String,
    values: Vec<f64>,
    bins: usize,
    range: Option<(f64, f64)>,
}

impl Histogram {
    /// Of these numbers, in thirty bins from the least to the largest. Those that are not finite are left out.
    pub fn new(title: impl Into<String>, values: &[f64]) -> Self {
        let values = values.iter().copied().filter(|value| value.is_finite()).collect();
        Self { title: title.into(), values, bins: 30, range: None }
    }

    /// In so many bins, at least one.
    #[must_use]
    pub fn bins(self, bins: usize) -> Self {
        Self { bins: bins.max(1), ..self }
    }

    /// From one number to another; what lies beyond is left out.
    #[must_use]
    pub fn between(self, low: f64, high: f64) -> Self {
        Self { range: Some((low, high)), ..self }
    }

    /// The share of all numbers in each bin.
    fn shares(&self, (low, high): (f64, f64)) -> Vec<f64> {
        let mut counts = vec![0.0; self.bins];
        for &value in self.values.iter().filter(|&&value| low <= value && value <= high) {
            let bin = ((value - low) / (high - low) * self.bins as f64) as usize;
            counts[bin.min(self.bins - 1)] += 1.0 / self.values.len() as f64;
        }
        counts
    }

    pub(crate) fn draw<B: DrawingBackend>(&self, area: &Area<B>) -> Result<(), PlotError> {
        let Some(range) = self.range.or_else(|| range(self.values.iter().copied())) else {
            return Err(PlotError::content(&self.title, "no number is finite"));
        };
        if range.0 >= range.1 {
            return Err(PlotError::content(&self.title, format!("the range from {} to {} is empty", range.0, range.1)));
        }
        self.chart(area, range).map_err(|error| PlotError::content(&self.title, error))
    }

    fn chart<B: DrawingBackend>(
        &self,
        area: &Area<B>,
        (low, high): (f64, f64),
    ) -> Result<(), DrawingAreaErrorKind<B::ErrorType>> {
        let shares = self.shares((low, high));
        let most = shares.iter().fold(0.0, |most: f64, &share| most.max(share)).max(1e-9);
        let mut chart = ChartBuilder::on(area)
            .caption(&self.title, (FONT, LABEL + 1, &INK))
            .margin(8)
            .x_label_area_size(22)
            .y_label_area_size(44)
            .build_cartesian_2d(low..high, 0.0..most * 1.05)?;
        chart
            .configure_mesh()
            .disable_mesh()
            .x_labels(5)
            .y_labels(3)
            .label_style((FONT, LABEL - 2, &INK))
            .axis_style(INK)
            .x_label_formatter(&|value| number(*value))
            .y_label_formatter(&|share| format!("{} %", number(100.0 * share)))
            .bold_line_style(PAPER)
            .draw()?;
        let width = (high - low) / self.bins as f64;
        chart.draw_series(shares.iter().enumerate().map(|(bin, &share)| {
            let left = low + bin as f64 * width;
            Rectangle::new([(left, 0.0), (left + width, share)], colour(0).filled())
        }))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_lies_in_each_bin() {
        let histogram = Histogram::new("", &[0.0, 0.24, 0.25, 1.0, 7.0, f64::NAN]).bins(4);
        assert_eq!(histogram.shares((0.0, 1.0)), [0.4, 0.2, 0.0, 0.2]);
    }
}
