//! Pictures as files.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use plotters::prelude::{BitMapBackend, DrawingBackend, IntoDrawingArea as _, SVGBackend};

use crate::PlotError;
use crate::panel::{Image, Panel};
use crate::style::{PAPER, register_font};

/// Saves a panel; the file appears whole or not at all.
pub(crate) fn save(panel: &Panel, path: &Path) -> Result<(), PlotError> {
    let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_lowercase);
    let bytes = match ending.as_deref() {
        Some("svg") => svg(panel)?.into_bytes(),
        Some("png") => png(panel)?,
        _ => return Err(PlotError::Format { path: path.into() }),
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let part = path.with_file_name(format!(".{name}.{}.part", std::process::id()));
    let written = fs::write(&part, bytes).and_then(|()| fs::rename(&part, path));
    written.map_err(|source| {
        let _ = fs::remove_file(&part);
        PlotError::Io { path: path.into(), source }
    })
}

fn svg(panel: &Panel) -> Result<String, PlotError> {
    let (mut text, mut images) = (String::new(), Vec::new());
    draw(panel, SVGBackend::with_string(&mut text, panel.size()), &mut images)?;
    let end = text.rfind("</svg>").unwrap_or(text.len());
    let images: String = images.iter().map(element).collect();
    text.insert_str(end, &images);
    Ok(text)
}

/// An image as an element of SVG.
fn element(image: &Image) -> String {
    let ((x, y), (width, height)) = (image.at, image.size);
    let data = STANDARD.encode(encode(&image.pixels, image.size));
    format!(
        "<image x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" href=\"data:image/png;base64,{data}\"/>\n"
    )
}

fn png(panel: &Panel) -> Result<Vec<u8>, PlotError> {
    let (width, height) = panel.size();
    let (mut pixels, mut images) = (vec![0; (width * height * 3) as usize], Vec::new());
    draw(panel, BitMapBackend::with_buffer(&mut pixels, (width, height)), &mut images)?;
    let row = width as usize * 3;
    for Image { at: (x, y), size, pixels: image } in images {
        for (line, from) in image.chunks_exact(size.0 as usize * 3).enumerate() {
            let start = (y as usize + line) * row + x as usize * 3;
            pixels[start..start + from.len()].copy_from_slice(from);
        }
    }
    Ok(encode(&pixels, (width, height)))
}

fn draw<B: DrawingBackend>(panel: &Panel, backend: B, images: &mut Vec<Image>) -> Result<(), PlotError> {
    register_font();
    let area = backend.into_drawing_area();
    let failed = |error: &dyn std::fmt::Display| PlotError::content("the picture", error);
    area.fill(&PAPER).map_err(|error| failed(&error))?;
    panel.draw(&area, images)?;
    area.present().map_err(|error| failed(&error))
}

/// Pixels of three bytes as a PNG.
fn encode(pixels: &[u8], (width, height): (u32, u32)) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(pixels));
    written.expect("a vector takes all, and there are as many pixels as the size says");
    bytes
}
