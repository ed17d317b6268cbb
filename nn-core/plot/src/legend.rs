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

/// Share of the width, and of the height, that it may take in a corner.
const SIDE: f64 = 0.35;

/// The corner with the fewest of these points; the upper right one of equals.
pub(crate) fn free_corner(
    x: (f64, f64),
    y: (f64, f64),
    points: impl IntoIterator<Item = (f64, f64)>,
) -> SeriesLabelPosition {
    use SeriesLabelPosition::{LowerLeft, LowerRight, UpperLeft, UpperRight};
    let share = |at: f64, (low, high): (f64, f64)| (at - low) / (high - low);
    let mut counts = [0; 4];
    for point in points {
        let (right, up) = (share(point.0, x), share(point.1, y));
        let corner = |near_right: bool, near_top: bool| {
            (if near_right { right > 1.0 - SIDE } else { right < SIDE })
                && (if near_top { up > 1.0 - SIDE } else { up < SIDE })
        };
        let corners = [corner(true, true), corner(true, false), corner(false, true), corner(false, false)];
        for (count, is_in) in counts.iter_mut().zip(corners) {
            *count += usize::from(is_in);
        }
    }
    let best = (0..4).min_by_key(|&corner| counts[corner]).unwrap_or(0);
    [UpperRight, LowerRight, UpperLeft, LowerLeft][best].clone()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stands_where_no_curve_is() {
        use SeriesLabelPosition::{LowerLeft, LowerRight, UpperLeft, UpperRight};
        let corners = [(9.0, 9.0), (9.0, 1.0), (1.0, 9.0), (1.0, 1.0)];
        let free = [UpperRight, LowerRight, UpperLeft, LowerLeft];
        for (i, expected) in free.iter().enumerate() {
            let others = (0..4).filter(|&j| j != i).map(|j| corners[j]);
            let found = free_corner((0.0, 10.0), (0.0, 10.0), others);
            assert_eq!(format!("{found:?}"), format!("{expected:?}"));
        }
        assert!(matches!(free_corner((0.0, 1.0), (0.0, 1.0), []), UpperRight));
    }
}
