//! Images beside each other.

use plotters::prelude::DrawingBackend;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{IntoFont as _, TextStyle};

use crate::PlotError;
use crate::panel::{Area, Image};
use crate::style::{FONT, INK, LABEL, TITLE};

/// Pixels between images.
const GAP: u32 = 8;
/// Pixels for the title.
const HEAD: u32 = 36;
/// Pixels for a line under an image.
const LINE: u32 = 16;

/// An image of one (grey) or three (red, green, blue) channels.
#[derive(Clone, Debug)]
pub struct Picture {
    pixels: Vec<f64>,
    shape: [usize; 3],
    caption: String,
    stretched: bool,
}

impl Picture {
    /// Numbers from 0 (black) to 1 (white), `[channels, height, width]`.
    pub fn new(pixels: impl IntoIterator<Item = impl Into<f64>>, shape: [usize; 3]) -> Self {
        let pixels = pixels.into_iter().map(Into::into).collect();
        Self { pixels, shape, caption: String::new(), stretched: false }
    }

    /// With words under it; `\n` begins a new line.
    #[must_use]
    pub fn caption(self, caption: impl Into<String>) -> Self {
        Self { caption: caption.into(), ..self }
    }

    /// From its own least number (black) to its largest (white), for filters and feature maps.
    #[must_use]
    pub fn stretched(self) -> Self {
        Self { stretched: true, ..self }
    }

    fn is_right(&self) -> bool {
        let [channels, height, width] = self.shape;
        matches!(channels, 1 | 3) && height * width > 0 && self.pixels.len() == channels * height * width
    }

    /// Three bytes for each pixel, each pixel a square of some.
    fn bytes(&self, scale: usize) -> Vec<u8> {
        let [channels, height, width] = self.shape;
        let finite = || self.pixels.iter().copied().filter(|pixel| pixel.is_finite());
        let (low, high) = match self.stretched {
            true => (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max)),
            false => (0.0, 1.0),
        };
        let byte = |value: f64| ((value - low) / (high - low).max(f64::MIN_POSITIVE) * 255.0).round() as u8;
        let mut bytes = Vec::with_capacity(3 * scale * scale * height * width);
        for y in (0..height * scale).map(|y| y / scale) {
            for x in (0..width * scale).map(|x| x / scale) {
                let channel = |c: usize| byte(self.pixels[(c % channels * height + y) * width + x]);
                bytes.extend([channel(0), channel(1), channel(2)]);
            }
        }
        bytes
    }
}

/// Images beside each other, under a title.
///
/// ```
/// use nn_plot::{Picture, Pictures};
///
/// let checks = (0..16).map(|i| f64::from((i + i / 4) % 2));
/// let sheet = Pictures::new("What the network sees").columns(5).picture(Picture::new(checks, [1, 4, 4]).caption("checks"));
/// # sheet.save(std::env::temp_dir().join("sheet.png"))?;
/// # Ok::<(), nn_plot::PlotError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Pictures {
    title: String,
    columns: usize,
    scale: usize,
    pictures: Vec<Picture>,
}

impl Pictures {
    /// No images yet, ten in a row.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), columns: 10, scale: 0, pictures: Vec::new() }
    }

    /// So many in a row, at least one.
    #[must_use]
    pub fn columns(self, columns: usize) -> Self {
        Self { columns: columns.max(1), ..self }
    }

    /// Each pixel as a square of so many; unless said, so that an image has some sixty pixels across.
    #[must_use]
    pub fn scale(self, scale: usize) -> Self {
        Self { scale, ..self }
    }

    /// One image more.
    #[must_use]
    pub fn picture(mut self, picture: Picture) -> Self {
        self.pictures.push(picture);
        self
    }

    /// Many images more.
    #[must_use]
    pub fn pictures(mut self, pictures: impl IntoIterator<Item = Picture>) -> Self {
        self.pictures.extend(pictures);
        self
    }

    fn factor(&self) -> usize {
        let widest = self.pictures.iter().map(|picture| picture.shape[2]).max().unwrap_or(1).max(1);
        if self.scale == 0 { (64 / widest).max(1) } else { self.scale }
    }

    /// Pixels of a cell: the largest image, and the words under it.
    fn cell(&self) -> (u32, u32) {
        let largest = |axis: usize| self.pictures.iter().map(|picture| picture.shape[axis]).max().unwrap_or(1);
        let lines = self.pictures.iter().map(|picture| picture.caption.lines().count()).max().unwrap_or(0) as u32;
        let letters = self.pictures.iter().flat_map(|picture| picture.caption.lines()).map(|line| line.chars().count());
        let words = letters.max().unwrap_or(0) as u32 * (LABEL as u32 * 3 / 5);
        let (width, height) = ((largest(2) * self.factor()) as u32, (largest(1) * self.factor()) as u32);
        (width.max(words) + GAP, height + lines * LINE + GAP)
    }

    pub(crate) fn size(&self) -> (u32, u32) {
        let (width, height) = self.cell();
        let columns = self.columns.min(self.pictures.len()).max(1) as u32;
        let rows = self.pictures.len().div_ceil(self.columns) as u32;
        let title = 24 + self.title.chars().count() as u32 * (TITLE as u32 * 3 / 5);
        ((columns * width + 2 * GAP).max(title), HEAD + rows * height + GAP)
    }

    pub(crate) fn draw<B: DrawingBackend>(&self, area: &Area<B>, images: &mut Vec<Image>) -> Result<(), PlotError> {
        if let Some(wrong) = self.pictures.iter().position(|picture| !picture.is_right()) {
            let Picture { pixels, shape, .. } = &self.pictures[wrong];
            let reason = format!("image {wrong} has {} numbers for {shape:?}; it needs 1 or 3 channels", pixels.len());
            return Err(PlotError::content(&self.title, reason));
        }
        let failed = |error| PlotError::content(&self.title, error);
        let style = TextStyle::from((FONT, TITLE).into_font()).color(&INK);
        area.draw_text(&self.title, &style, (12, 8)).map_err(failed)?;
        let words = TextStyle::from((FONT, LABEL - 1).into_font()).color(&INK).pos(Pos::new(HPos::Center, VPos::Top));
        let ((cell, line), scale, base) = (self.cell(), self.factor(), area.get_base_pixel());
        for (i, picture) in self.pictures.iter().enumerate() {
            let [_, height, width] = picture.shape.map(|size| (size * scale) as u32);
            let x = GAP + (i % self.columns) as u32 * cell + (cell - GAP - width) / 2;
            let y = HEAD + (i / self.columns) as u32 * line;
            let at = (base.0 + x as i32, base.1 + y as i32);
            images.push(Image { at, size: (width, height), pixels: picture.bytes(scale) });
            for (number, text) in picture.caption.lines().enumerate() {
                let at = ((x + width / 2) as i32, (y + height + 5) as i32 + number as i32 * LINE as i32);
                area.draw_text(text, &words, at).map_err(failed)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_become_squares() {
        let picture = Picture::new([0.0, 1.0], [1, 1, 2]);
        assert_eq!(picture.bytes(1), [0, 0, 0, 255, 255, 255]);
        assert_eq!(picture.bytes(2).len(), 2 * 4 * 3);
        let colour = Picture::new([0.0, 0.5, 2.0], [3, 1, 1]);
        assert_eq!(colour.bytes(1), [0, 128, 255]);
        assert_eq!(colour.stretched().bytes(1), [0, 64, 255]);
    }
}
