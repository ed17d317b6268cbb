//! Boxes.

use core::fmt;

/// A box with some area. Its edges are in pixels from the upper left corner of a picture, and may lie outside it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rect {
    edges: [f32; 4],
}

/// Why four numbers are no box.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RectError {
    /// An edge is NaN or infinite.
    NotFinite([f32; 4]),
    /// It has no width or no height, or less than none.
    Empty([f32; 4]),
}

impl fmt::Display for RectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFinite(edges) => {
                write!(f, "a box has finite edges, but these are {edges:?}: left, top, right, bottom")
            }
            Self::Empty(edges @ [left, top, right, bottom]) => write!(
                f,
                "a box has some width and height, but {edges:?}, left, top, right, bottom, has {}×{}; a width and height in place of \
                 right and bottom are added to left and top",
                right - left,
                bottom - top
            ),
        }
    }
}

impl core::error::Error for RectError {}

/// No box is enlarged more than so many times by what a network says: e to the power of this.
const MOST: f32 = 4.135_166_6; // ln(1000 / 16), as in torchvision

impl Rect {
    /// From its edges `[left, top, right, bottom]`.
    ///
    /// # Errors
    ///
    /// When one is not finite, or right is not beyond left, or bottom not below top.
    pub fn new(edges: [f32; 4]) -> Result<Self, RectError> {
        let [left, top, right, bottom] = edges;
        if !edges.iter().all(|edge| edge.is_finite()) || !(right - left).is_finite() || !(bottom - top).is_finite() {
            return Err(RectError::NotFinite(edges));
        }
        if right <= left || bottom <= top {
            return Err(RectError::Empty(edges));
        }
        Ok(Self { edges })
    }

    /// From its middle `[x, y]`, width and height.
    ///
    /// # Errors
    ///
    /// As of [`new`](Self::new).
    pub fn around([x, y]: [f32; 2], [width, height]: [f32; 2]) -> Result<Self, RectError> {
        Self::new([x - width / 2.0, y - height / 2.0, x + width / 2.0, y + height / 2.0])
    }

    /// `[left, top, right, bottom]`.
    pub fn edges(&self) -> [f32; 4] {
        self.edges
    }

    /// `[x, y]` of its middle.
    pub fn middle(&self) -> [f32; 2] {
        let [left, top, right, bottom] = self.edges;
        [(left + right) / 2.0, (top + bottom) / 2.0]
    }

    /// Its width and height.
    pub fn size(&self) -> [f32; 2] {
        let [left, top, right, bottom] = self.edges;
        [right - left, bottom - top]
    }

    /// Its area.
    pub fn area(&self) -> f32 {
        let [width, height] = self.size();
        width * height
    }

    /// Intersection over union: the area that two boxes share, as a part of what they cover together.
    pub fn iou(&self, other: &Self) -> f32 {
        let (shared, union) = self.shared(other);
        (shared / union) as f32
    }

    /// The generalised form (Rezatofighi et al., 2019): less the part of the smallest box around both that neither covers. It goes on
    /// below zero, to -1, as boxes that do not touch move apart.
    pub fn giou(&self, other: &Self) -> f32 {
        let (shared, union) = self.shared(other);
        let ([a, b, c, d], [e, f, g, h]) = (self.wide(), other.wide());
        let hull = (c.max(g) - a.min(e)) * (d.max(h) - b.min(f));
        (shared / union - (hull - union) / hull) as f32
    }

    /// What lies in a picture of this width and height; `None` if nothing does.
    pub fn clipped(&self, [width, height]: [f32; 2]) -> Option<Self> {
        let [left, top, right, bottom] = self.edges;
        Self::new([left.max(0.0), top.max(0.0), right.min(width), bottom.min(height)]).ok()
    }

    /// What a network is to say of this box beside an anchor (Girshick et al., 2014): how far its middle is to the right and down, in
    /// parts of the anchor, and the logarithms of how many times as wide and high it is.
    pub fn encode(&self, anchor: &Self) -> [f32; 4] {
        let ([x, y], [width, height]) = (self.middle(), self.size());
        let ([from_x, from_y], [of_width, of_height]) = (anchor.middle(), anchor.size());
        let ln = |ratio: f32| libm::logf(ratio);
        [(x - from_x) / of_width, (y - from_y) / of_height, ln(width / of_width), ln(height / of_height)]
    }

    /// The box that a network says of an anchor. None is more than 62.5 times as wide or high.
    ///
    /// # Errors
    ///
    /// When a number is NaN or infinite, or the box has become so small that it is none.
    pub fn decode(anchor: &Self, said: [f32; 4]) -> Result<Self, RectError> {
        if !said.iter().all(|number| number.is_finite()) {
            return Err(RectError::NotFinite(said));
        }
        let ([x, y], [width, height]) = (anchor.middle(), anchor.size());
        let times = |logarithm: f32| libm::expf(logarithm.min(MOST));
        let [right, down, wider, higher] = said;
        Self::around([x + right * width, y + down * height], [width * times(wider), height * times(higher)])
    }

    /// The area shared, and that of both together.
    pub(crate) fn shared(&self, other: &Self) -> (f64, f64) {
        let ([a, b, c, d], [e, f, g, h]) = (self.wide(), other.wide());
        let shared = (c.min(g) - a.max(e)).max(0.0) * (d.min(h) - b.max(f)).max(0.0);
        (shared, (c - a) * (d - b) + (g - e) * (h - f) - shared)
    }

    fn wide(&self) -> [f64; 4] {
        self.edges.map(f64::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rect(edges: [f32; 4]) -> Rect {
        Rect::new(edges).expect("a box")
    }

    #[test]
    fn overlaps_are_those_by_hand() {
        let near = |found: f32, expected: f32| assert!((found - expected).abs() < 1e-6, "{found}, not {expected}");
        let a = rect([0.0, 0.0, 10.0, 10.0]);
        near(a.iou(&a), 1.0);
        near(a.giou(&a), 1.0);
        // Half of each shared: 50 of 150.
        let b = rect([5.0, 0.0, 15.0, 10.0]);
        near(a.iou(&b), 1.0 / 3.0);
        near(a.giou(&b), 1.0 / 3.0);
        // A corner: 25 of 175, in a hull of 225.
        let c = rect([5.0, 5.0, 15.0, 15.0]);
        near(a.iou(&c), 25.0 / 175.0);
        near(a.giou(&c), 25.0 / 175.0 - 50.0 / 225.0);
        // Apart: 200 of a hull of 400.
        let d = rect([30.0, 0.0, 40.0, 10.0]);
        near(a.iou(&d), 0.0);
        near(a.giou(&d), -0.5);
        // One within the other.
        near(a.iou(&rect([2.0, 2.0, 4.0, 7.0])), 0.1);
    }

    #[test]
    fn clips_to_the_picture() {
        let size = [20.0, 10.0];
        assert_eq!(rect([-5.0, 3.0, 25.0, 12.0]).clipped(size), Some(rect([0.0, 3.0, 20.0, 10.0])));
        assert_eq!(rect([20.0, 0.0, 30.0, 5.0]).clipped(size), None);
        assert_eq!(rect([-9.0, -9.0, -1.0, -1.0]).clipped(size), None);
    }

    #[test]
    fn goes_to_numbers_and_back() {
        let anchor = rect([10.0, 20.0, 30.0, 60.0]);
        let moved = rect([15.0, 20.0, 55.0, 40.0]);
        let said = moved.encode(&anchor);
        let expected = [0.75, -0.25, 2.0_f32.ln(), 0.5_f32.ln()];
        assert!(said.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{said:?}");
        let back = Rect::decode(&anchor, said).expect("a box").edges();
        assert!(back.iter().zip(moved.edges()).all(|(a, b)| (a - b).abs() < 1e-4), "{back:?}");
        let huge = Rect::decode(&anchor, [0.0, 0.0, 1e9, 0.0]).expect("bounded").size();
        assert!((huge[0] - 20.0 * 62.5).abs() < 0.1, "{huge:?}");
        assert!(matches!(Rect::decode(&anchor, [f32::NAN, 0.0, 0.0, 0.0]), Err(RectError::NotFinite(_))));
        assert!(matches!(Rect::decode(&anchor, [0.0, 0.0, -1e9, 0.0]), Err(RectError::Empty(_))));
    }

    #[test]
    fn what_is_no_box_is_told() {
        assert!(matches!(Rect::new([f32::NAN, 0.0, 1.0, 1.0]), Err(RectError::NotFinite(_))));
        assert!(matches!(Rect::new([0.0, 0.0, f32::INFINITY, 1.0]), Err(RectError::NotFinite(_))));
        let error = Rect::new([20.0, 30.0, 10.0, 40.0]).expect_err("to the left").to_string();
        assert!(error.contains("[20.0, 30.0, 10.0, 40.0]") && error.contains("-10×10"), "{error}");
        assert!(matches!(Rect::new([1.0, 1.0, 1.0, 2.0]), Err(RectError::Empty(_))));
        assert!(matches!(Rect::around([0.0, 0.0], [-1.0, 2.0]), Err(RectError::Empty(_))));
    }
}
