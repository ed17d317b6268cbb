//! A bar for each of some names.

use plotters::chart::ChartBuilder;
use plotters::drawing::DrawingAreaErrorKind;
use plotters::prelude::{DrawingBackend, Rectangle, SeriesLabelPosition};
use plotters::style::Color as _;

use crate::PlotError;
use crate::legend;
use crate::panel::Area;
use crate::style::{FAINT, FONT, INK, LABEL, PAPER, TITLE, colour, number, range};

/// A bar for each of some names, or several beside each other.
///
/// ```
/// use nn_plot::Bars;
///
/// let bars = Bars::new("Test accuracy", ["scratch", "head only", "fine-tuned"])
///     .unit("%")
///     .bars("100 images", &[81.0, 88.5, 90.1])
///     .bars("1000 images", &[90.2, 91.0, 93.4]);
/// # bars.save(std::env::temp_dir().join("bars.svg"))?;
/// # Ok::<(), nn_plot::PlotError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Bars {
    title: String,
    unit: String,
    names: Vec<String>,
    groups: Vec<(String, Vec<f64>)>,
}

impl Bars {
    /// No bars yet for these names.
    pub fn new<N: Into<String>>(title: impl Into<String>, names: impl IntoIterator<Item = N>) -> Self {
        let names = names.into_iter().map(Into::into).collect();
        Self { title: title.into(), unit: String::new(), names, groups: Vec::new() }
    }

    /// The unit of the values.
    #[must_use]
    pub fn unit(self, unit: impl Into<String>) -> Self {
        Self { unit: unit.into(), ..self }
    }

    /// A bar more for each name.
    #[must_use]
    pub fn bars(mut self, group: impl Into<String>, values: &[f64]) -> Self {
        self.groups.push((group.into(), values.to_vec()));
        self
    }

    pub(crate) fn draw<B: DrawingBackend>(&self, area: &Area<B>) -> Result<(), PlotError> {
        if let Some((group, values)) = self.groups.iter().find(|(_, values)| values.len() != self.names.len()) {
            let reason = format!("`{group}` has {} values for {} names", values.len(), self.names.len());
            return Err(PlotError::content(&self.title, reason));
        }
        let values = self.groups.iter().flat_map(|(_, values)| values.iter().copied());
        let Some((low, high)) = range(values.chain([0.0])).filter(|_| !self.groups.is_empty()) else {
            return Err(PlotError::content(&self.title, "there are no bars"));
        };
        self.chart(area, (low.min(0.0), high)).map_err(|error| PlotError::content(&self.title, error))
    }

    fn chart<B: DrawingBackend>(
        &self,
        area: &Area<B>,
        (low, high): (f64, f64),
    ) -> Result<(), DrawingAreaErrorKind<B::ErrorType>> {
        let low =
            if self.groups.iter().all(|(_, values)| values.iter().all(|&value| value >= 0.0)) { 0.0 } else { low };
        let has_legend = self.groups.iter().any(|(name, _)| !name.is_empty());
        // Room for the legend above the bars.
        let high = if has_legend { high + (0.05 + 0.06 * self.groups.len() as f64) * (high - low) } else { high };
        let mut chart = ChartBuilder::on(area)
            .caption(&self.title, (FONT, TITLE, &INK))
            .margin(12)
            .x_label_area_size(30)
            .y_label_area_size(60)
            .build_cartesian_2d(0.0..self.names.len() as f64, low..high)?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .y_desc(&self.unit)
            .label_style((FONT, LABEL, &INK))
            .axis_style(INK)
            .bold_line_style(FAINT)
            .light_line_style(PAPER)
            .x_labels(2 * self.names.len() + 1)
            .x_label_formatter(&|place| self.name_at(*place))
            .y_label_formatter(&|value| number(*value))
            .draw()?;
        let width = 0.8 / self.groups.len() as f64;
        for (group, (name, values)) in self.groups.iter().enumerate() {
            let bar = |(i, &value): (usize, &f64)| {
                let left = i as f64 + 0.1 + group as f64 * width;
                Rectangle::new([(left, 0.0), (left + width, value)], colour(group).filled())
            };
            let drawn = chart.draw_series(values.iter().enumerate().map(bar))?;
            if !name.is_empty() {
                let mark = move |(x, y)| Rectangle::new([(x, y - 5), (x + 14, y + 5)], colour(group).filled());
                drawn.label(name).legend(mark);
            }
        }
        if has_legend {
            legend::draw(&mut chart, SeriesLabelPosition::UpperLeft)?;
        }
        Ok(())
    }

    /// The name whose bars have their middle at a place.
    fn name_at(&self, place: f64) -> String {
        let is_middle = (place.fract() - 0.5).abs() < 1e-6;
        self.names.get(place as usize).filter(|_| is_middle).cloned().unwrap_or_default()
    }
}
