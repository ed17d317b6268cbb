//! Where something may be, whatever it is.

use crate::suppression::suppress_until;
use crate::{Among, Detection, Rect};

/// Sums of a picture's numbers from its corner, by which the mean of any window is found in four steps (Viola and Jones, 2001).
struct Sums {
    /// `[height + 1][width + 1]`.
    sums: Vec<f64>,
    width: usize,
}

impl Sums {
    fn of(picture: &[f32], width: usize) -> Self {
        let mut sums = vec![0.0; width + 1];
        for row in picture.chunks_exact(width) {
            let above = sums.len() - (width + 1);
            let mut sum = 0.0;
            sums.push(0.0);
            for (x, &number) in row.iter().enumerate() {
                sum += f64::from(number);
                sums.push(sum + sums[above + x + 1]);
            }
        }
        Self { sums, width }
    }

    /// The sum from left and top to before right and bottom.
    fn sum(&self, [left, top, right, bottom]: [usize; 4]) -> f64 {
        let at = |x: usize, y: usize| self.sums[y * (self.width + 1) + x];
        at(right, bottom) - at(left, bottom) - at(right, top) + at(left, top)
    }
}

/// Windows that slide over a picture.
#[derive(Clone, Copy, Debug)]
pub struct Windows<'a> {
    /// Widths and heights in pixels.
    pub sizes: &'a [[usize; 2]],
    /// Pixels from one place to the next.
    pub stride: usize,
    /// The most proposals.
    pub most: usize,
    /// Of windows whose intersection over union is more than this, only the best is proposed.
    pub overlap: f32,
}

/// The windows of a picture that look most as if something were in them: those whose mean differs most from that of the frame around
/// them, a quarter of their size each way. Their class is 0, and their score that difference times the root of their area, as the mean of
/// few pixels differs by chance already. Windows that are larger than the picture
/// are left out, so a picture that is smaller than all of them has none.
///
/// # Panics
///
/// When the picture is not `height * width` numbers, or the stride is zero.
pub fn proposals(picture: &[f32], [height, width]: [usize; 2], windows: &Windows<'_>) -> Vec<Detection> {
    assert!(picture.len() == height * width, "{} numbers for a picture of {height}×{width}", picture.len());
    assert!(windows.stride > 0, "windows move by at least a pixel");
    if picture.is_empty() {
        return Vec::new();
    }
    let sums = Sums::of(picture, width);
    let mut all = Vec::new();
    for &[wide, tall] in
        windows.sizes.iter().filter(|[wide, tall]| (1..=width).contains(wide) && (1..=height).contains(tall))
    {
        for top in (0..=height - tall).step_by(windows.stride) {
            for left in (0..=width - wide).step_by(windows.stride) {
                let (right, bottom) = (left + wide, top + tall);
                let frame = [
                    left.saturating_sub(wide.div_ceil(4)),
                    top.saturating_sub(tall.div_ceil(4)),
                    (right + wide.div_ceil(4)).min(width),
                    (bottom + tall.div_ceil(4)).min(height),
                ];
                let (inside, whole) = (sums.sum([left, top, right, bottom]), sums.sum(frame));
                let (area, of) = (wide * tall, (frame[2] - frame[0]) * (frame[3] - frame[1]));
                let around = if of > area { (whole - inside) / (of - area) as f64 } else { 0.0 };
                let score = (inside / area as f64 - around).abs() * (area as f64).sqrt();
                if let Ok(rect) = Rect::new([left, top, right, bottom].map(|edge| edge as f32)) {
                    all.push(Detection { rect, class: 0, score: score as f32 });
                }
            }
        }
    }
    let kept = suppress_until(&mut all, windows.overlap, Among::All, windows.most);
    all.truncate(kept);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bright_square_is_proposed_first() {
        let mut picture = vec![0.1; 40 * 50];
        for (y, x) in (12..24).flat_map(|y| (20..36).map(move |x| (y, x))) {
            picture[y * 50 + x] = 0.9;
        }
        let windows = Windows { sizes: &[[8, 8], [16, 12], [24, 24], [90, 8]], stride: 2, most: 5, overlap: 0.5 };
        let found = proposals(&picture, [40, 50], &windows);
        assert_eq!(found[0].rect.edges(), [20.0, 12.0, 36.0, 24.0]);
        assert!((found[0].score - 0.8 * 192.0_f32.sqrt()).abs() < 1e-4, "{found:?}");
        assert_eq!(found.len(), 5);
    }

    #[test]
    fn windows_larger_than_the_picture_are_left_out() {
        let windows = Windows { sizes: &[[8, 8]], stride: 1, most: 5, overlap: 0.5 };
        assert!(proposals(&[0.0; 35], [5, 7], &windows).is_empty());
        assert!(proposals(&[], [0, 7], &windows).is_empty());
        assert_eq!(proposals(&[0.0; 64], [8, 8], &windows).len(), 1);
        let not_a_number = proposals(&[f32::NAN; 64], [8, 8], &windows);
        assert!(not_a_number.is_empty(), "{not_a_number:?}");
    }
}
