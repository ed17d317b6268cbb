//! Photographs: read, brought to other sizes, drawn upon, written.

use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::Path;

use crate::Failure;

/// Red, green and blue, 0 to 255, channel by channel.
pub struct Picture {
    numbers: Vec<f32>,
    pub height: usize,
    pub width: usize,
}

/// The part of a picture from left and top to before right and bottom.
pub type Part = [usize; 4];

impl Picture {
    /// From a PNG file with eight bits of red, green and blue.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let said = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let file = File::open(path).map_err(|error| said(&error))?;
        let mut reader = png::Decoder::new(BufReader::new(file)).read_info().map_err(|error| said(&error))?;
        let mut bytes = vec![0; reader.output_buffer_size().ok_or_else(|| said(&"too large"))?];
        let info = reader.next_frame(&mut bytes).map_err(|error| said(&error))?;
        if (info.color_type, info.bit_depth) != (png::ColorType::Rgb, png::BitDepth::Eight) {
            return Err(said(&"not eight bits of red, green and blue; reference.py writes such files").into());
        }
        let (height, width) = (info.height as usize, info.width as usize);
        let channel = |c: usize| bytes.iter().skip(c).step_by(3).take(height * width).map(|&byte| f32::from(byte));
        Ok(Self::new((0..3).flat_map(channel).collect(), [height, width]))
    }

    /// From numbers `[3][height][width]`.
    pub fn new(numbers: Vec<f32>, [height, width]: [usize; 2]) -> Self {
        assert!(numbers.len() == 3 * height * width, "{} numbers for a picture of {height}×{width}", numbers.len());
        Self { numbers, height, width }
    }

    /// Writes it as PNG.
    pub fn save(&self, path: &Path) -> Result<(), Failure> {
        let area = self.height * self.width;
        let bytes: Vec<u8> = (0..3 * area).map(|i| self.numbers[i % 3 * area + i / 3] as u8).collect();
        let mut encoder =
            png::Encoder::new(BufWriter::new(File::create(path)?), self.width.try_into()?, self.height.try_into()?);
        encoder.set_color(png::ColorType::Rgb);
        encoder.write_header()?.write_image_data(&bytes)?;
        Ok(())
    }

    pub fn at(&self, channel: usize, y: usize, x: usize) -> f32 {
        self.numbers[(channel * self.height + y) * self.width + x]
    }

    /// A part brought to another size: each pixel is the mean of those that it touches (PyTorch's `area` interpolation).
    pub fn resized(&self, [left, top, right, bottom]: Part, [height, width]: [usize; 2]) -> Self {
        let span = |i: usize, from: usize, to: usize| i * from / to..((i + 1) * from).div_ceil(to);
        let mut numbers = Vec::with_capacity(3 * height * width);
        for c in 0..3 {
            for y in 0..height {
                let rows = span(y, bottom - top, height);
                for x in 0..width {
                    let columns = span(x, right - left, width);
                    let row = |y: usize| columns.clone().map(|x| self.at(c, top + y, left + x)).sum::<f32>();
                    let count = rows.len() * columns.len();
                    numbers.push(rows.clone().map(row).sum::<f32>() / count as f32);
                }
            }
        }
        Self::new(numbers, [height, width])
    }

    /// The numbers as the networks want them: about -1 to 1.
    pub fn scaled(mut self) -> Self {
        self.numbers.iter_mut().for_each(|number| *number = (*number - 127.5) / 128.0);
        self
    }

    pub fn numbers(&self) -> &[f32] {
        &self.numbers
    }

    /// The frame of a box, some pixels thick, as far as it lies in the picture.
    pub fn draw(&mut self, edges: [f32; 4], thick: usize, colour: [f32; 3]) {
        let [left, top, right, bottom] = edges.map(|edge| edge.max(0.0) as usize);
        for y in top..(bottom + thick).min(self.height) {
            for x in left..(right + thick).min(self.width) {
                if y < top + thick || y >= bottom || x < left + thick || x >= right {
                    for (c, number) in colour.into_iter().enumerate() {
                        self.numbers[(c * self.height + y) * self.width + x] = number;
                    }
                }
            }
        }
    }
}
