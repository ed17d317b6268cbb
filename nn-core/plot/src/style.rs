//! Colours, letters and numbers, the same in every picture.

use std::sync::Once;

use plotters::prelude::{Color as _, FontStyle, RGBColor, ShapeStyle};
use plotters::style::register_font as register;

/// Behind everything.
pub(crate) const PAPER: RGBColor = RGBColor(255, 255, 255);
/// Letters and axes.
pub(crate) const INK: RGBColor = RGBColor(40, 40, 40);
/// Lines of a mesh.
pub(crate) const FAINT: RGBColor = RGBColor(225, 225, 225);

/// The name of the one font: a picture looks the same on every machine.
pub(crate) const FONT: &str = "sans-serif";
/// Pixels of a title's letters.
pub(crate) const TITLE: i32 = 18;
/// Pixels of other letters.
pub(crate) const LABEL: i32 = 13;

/// Okabe and Ito's colours, which all eyes tell apart, without the yellow that is faint on paper.
const COLOURS: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(230, 159, 0),
    INK,
];

/// The colour of the curve, bar or way of this number.
pub(crate) fn colour(index: usize) -> RGBColor {
    COLOURS[index % COLOURS.len()]
}

/// How its line is drawn.
pub(crate) fn line(index: usize) -> ShapeStyle {
    colour(index).stroke_width(2)
}

/// From white to blue by a share from 0 to 1.
pub(crate) fn shade(share: f64) -> RGBColor {
    let mix = |light: f64, dark: f64| (light + (dark - light) * share.clamp(0.0, 1.0)) as u8;
    RGBColor(mix(255.0, 8.0), mix(255.0, 69.0), mix(255.0, 148.0))
}

/// Makes the font known to the drawing library, once.
pub(crate) fn register_font() {
    static DONE: Once = Once::new();
    DONE.call_once(|| {
        // It fails for a file that is no font, which this is not.
        let _ = register(FONT, FontStyle::Normal, dejavu::sans::regular());
    });
}

/// A number as short as its size allows: `0.05`, `1200`, `3e-7`.
pub(crate) fn number(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 {
        "0".into()
    } else if !(1e-3..1e5).contains(&size) {
        format!("{value:.0e}")
    } else {
        let text = format!("{value:.3}");
        text.trim_end_matches('0').trim_end_matches('.').into()
    }
}

/// The least and the largest of the finite numbers, with some room on either side.
pub(crate) fn range(numbers: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    let finite = numbers.filter(|number| number.is_finite());
    let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
    if low > high {
        return None;
    }
    let room = if high > low { 0.04 * (high - low) } else { 0.5 * low.abs().max(1e-3) };
    Some((low - room, high + room))
}
