//! Pictures with their captions in one PNG file.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::font;
use crate::picture::{Picture, SIDE};

/// Pictures in a row.
const COLUMNS: usize = 5;
/// Pixels of the sheet to one of a picture.
const ZOOM: usize = 5;
/// Width of the coloured frame around a picture.
const FRAME: usize = 3;
/// Space around a framed picture.
const MARGIN: usize = 8;
/// Pixels of the sheet to one of a letter.
const LETTER_ZOOM: usize = 2;
/// Height of a line of text.
const LINE: usize = (font::HEIGHT + 3) * LETTER_ZOOM;

const FRAMED: usize = SIDE * ZOOM + 2 * FRAME;
const CELL_WIDTH: usize = FRAMED + 2 * MARGIN;
const CELL_HEIGHT: usize = FRAMED + 2 * LINE + 2 * MARGIN;

type Colour = [u8; 3];
const PAPER: Colour = [250, 250, 248];
const INK: Colour = [40, 40, 40];
const RIGHT: Colour = [46, 125, 50];
const WRONG: Colour = [198, 40, 40];

/// Writes the pictures, five to a row, each in a green frame with its class below, or, where the network is wrong, in
/// a red frame with what it said and what it is.
pub fn save(path: &Path, pictures: &[Picture]) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    write(&mut file, pictures)?;
    file.flush()
}

fn write(file: impl Write, pictures: &[Picture]) -> io::Result<()> {
    let sheet = draw(pictures);
    // A sheet has a few thousand pixels a side at most.
    let mut encoder = png::Encoder::new(file, sheet.width as u32, (sheet.pixels.len() / sheet.width) as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header()?.write_image_data(sheet.pixels.as_flattened())?;
    Ok(())
}

fn draw(pictures: &[Picture]) -> Sheet {
    let columns = pictures.len().clamp(1, COLUMNS);
    let rows = pictures.len().div_ceil(COLUMNS).max(1);
    let mut sheet = Sheet::new(columns * CELL_WIDTH, rows * CELL_HEIGHT);
    for (i, picture) in pictures.iter().enumerate() {
        let (left, top) = (i % COLUMNS * CELL_WIDTH + MARGIN, i / COLUMNS * CELL_HEIGHT + MARGIN);
        let colour = if picture.is_right() { RIGHT } else { WRONG };
        sheet.fill(left, top, FRAMED, FRAMED, colour);
        for row in 0..SIDE {
            for column in 0..SIDE {
                // As printed: the cloth dark on white.
                let grey = 255 - picture.at(row, column);
                sheet.fill(left + FRAME + column * ZOOM, top + FRAME + row * ZOOM, ZOOM, ZOOM, [grey; 3]);
            }
        }
        let text = top + FRAMED + LETTER_ZOOM * 2;
        sheet.text(left, text, picture.predicted, colour);
        if !picture.is_right() {
            sheet.text(left, text + LINE, picture.class, INK);
        }
    }
    sheet
}

struct Sheet {
    width: usize,
    pixels: Vec<Colour>,
}

impl Sheet {
    fn new(width: usize, height: usize) -> Self {
        Self { width, pixels: vec![PAPER; width * height] }
    }

    /// A rectangle; what lies outside the sheet is left out.
    fn fill(&mut self, left: usize, top: usize, width: usize, height: usize, colour: Colour) {
        for row in self.pixels.chunks_exact_mut(self.width).skip(top).take(height) {
            row.iter_mut().skip(left).take(width).for_each(|pixel| *pixel = colour);
        }
    }

    fn text(&mut self, left: usize, top: usize, text: &str, colour: Colour) {
        for (i, letter) in text.chars().enumerate() {
            let left = left + i * (font::WIDTH + 1) * LETTER_ZOOM;
            for (row, bits) in font::glyph(letter).into_iter().enumerate() {
                for column in (0..font::WIDTH).filter(|column| bits >> (font::WIDTH - 1 - column) & 1 == 1) {
                    let place = [left + column * LETTER_ZOOM, top + row * LETTER_ZOOM];
                    self.fill(place[0], place[1], LETTER_ZOOM, LETTER_ZOOM, colour);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_say_right_and_wrong() {
        let pixels = [0; SIDE * SIDE];
        let right = Picture { index: 0, pixels: &pixels, predicted: "Coat", probability: 1.0, class: "Coat" };
        let wrong = Picture { predicted: "Dress", ..right };
        let sheet = draw(&[right, wrong, right, right, right, wrong]);
        assert_eq!((sheet.width, sheet.pixels.len()), (5 * CELL_WIDTH, 10 * CELL_WIDTH * CELL_HEIGHT));
        let at = |column: usize, row: usize| {
            sheet.pixels[(row * CELL_HEIGHT + MARGIN) * sheet.width + column * CELL_WIDTH + MARGIN]
        };
        assert_eq!([at(0, 0), at(1, 0), at(0, 1), at(1, 1)], [RIGHT, WRONG, WRONG, PAPER]);
    }

    #[test]
    fn the_file_is_a_png() -> io::Result<()> {
        let pixels = [7; SIDE * SIDE];
        let picture = Picture { index: 0, pixels: &pixels, predicted: "Bag", probability: 1.0, class: "Bag" };
        let mut file = Vec::new();
        write(&mut file, &[picture])?;
        let mut reader = png::Decoder::new(io::Cursor::new(&file)).read_info()?;
        let mut decoded = vec![0; CELL_WIDTH * CELL_HEIGHT * 3];
        reader.next_frame(&mut decoded)?;
        assert_eq!(decoded, draw(&[picture]).pixels.as_flattened());
        Ok(())
    }
}
