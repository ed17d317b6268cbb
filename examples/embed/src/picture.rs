//! Pictures from files.

use std::fs;
use std::path::Path;

/// The side of what the network takes.
const SIDE: usize = 28;
/// Its pixels.
pub const PIXELS: usize = SIDE * SIDE;

/// A grey picture, row by row.
struct Grey<'a> {
    width: usize,
    height: usize,
    pixels: &'a [u8],
}

/// The 28×28 pixels of a picture.
pub fn read(path: &Path) -> Result<[u8; PIXELS], String> {
    let name = path.display();
    let bytes = fs::read(path).map_err(|error| format!("cannot read {name}: {error}"))?;
    let pixels = if let Some(grey) = pgm(&bytes) {
        fit(&grey)
    } else if bytes.len() == PIXELS {
        fit(&Grey { width: SIDE, height: SIDE, pixels: &bytes })
    } else {
        decode(&bytes)
    };
    pixels.map_err(|problem| format!("{name} {problem}"))
}

/// A binary PGM file of bytes: `P5`, width, height and the largest grey between white space and comments, then the pixels.
fn pgm(bytes: &[u8]) -> Option<Grey<'_>> {
    let mut rest = bytes.strip_prefix(b"P5")?;
    let [width, height, 255] = [number(&mut rest)?, number(&mut rest)?, number(&mut rest)?] else { return None };
    let pixels = rest.get(1..)?.get(..width.checked_mul(height)?)?;
    Some(Grey { width, height, pixels })
}

/// The next number of a PGM header.
fn number(rest: &mut &[u8]) -> Option<usize> {
    *rest = rest.trim_ascii_start();
    while rest.starts_with(b"#") {
        let end = rest.iter().position(|&byte| byte == b'\n')?;
        *rest = rest[end..].trim_ascii_start();
    }
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (number, after) = rest.split_at(digits);
    *rest = after;
    str::from_utf8(number).ok()?.parse().ok()
}

/// A picture as large as the network takes it.
fn fit(grey: &Grey) -> Result<[u8; PIXELS], String> {
    let Grey { width, height, pixels } = *grey;
    match pixels.try_into() {
        Ok(pixels) if width == SIDE => Ok(pixels),
        _ => resize(width, height, pixels),
    }
}

#[cfg(not(feature = "decode"))]
fn resize(width: usize, height: usize, _: &[u8]) -> Result<[u8; PIXELS], String> {
    Err(format!("is {width}×{height}, but the network takes 28×28: resize it, or build with `--features decode`"))
}

#[cfg(not(feature = "decode"))]
fn decode(_: &[u8]) -> Result<[u8; PIXELS], String> {
    Err("is neither a binary PGM file with greys up to 255 (P5) nor 784 bytes: \
         convert it, or build with `--features decode` for PNG and JPEG"
        .into())
}

#[cfg(feature = "decode")]
fn resize(width: usize, height: usize, pixels: &[u8]) -> Result<[u8; PIXELS], String> {
    let size = |size: usize| u32::try_from(size).ok();
    let picture = size(width).zip(size(height)).and_then(|(w, h)| image::GrayImage::from_raw(w, h, pixels.to_vec()));
    centred(picture.ok_or("is too large")?.into())
}

#[cfg(feature = "decode")]
fn decode(bytes: &[u8]) -> Result<[u8; PIXELS], String> {
    centred(image::load_from_memory(bytes).map_err(|error| format!("is not a picture: {error}"))?)
}

/// The picture, its longer side 28 pixels, in the middle of a square that goes on as its first pixel begins.
#[cfg(feature = "decode")]
fn centred(picture: image::DynamicImage) -> Result<[u8; PIXELS], String> {
    let side = SIDE as u32;
    let small = picture.resize(side, side, image::imageops::FilterType::Triangle).into_luma8();
    let mut square = image::GrayImage::from_pixel(side, side, *small.get_pixel(0, 0));
    let (left, top) = ((side - small.width()) / 2, (side - small.height()) / 2);
    image::imageops::replace(&mut square, &small, left.into(), top.into());
    square.as_raw()[..].try_into().map_err(|_| "cannot be resized".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_as_people_write_them() {
        for header in ["P5 2 1 255 ", "P5\n# from a camera\n2 1\n255\n", "P5\t2\n#a\n#b\n1 255\n"] {
            let bytes = [header.as_bytes(), &[7, 9]].concat();
            let grey = pgm(&bytes).expect(header);
            assert_eq!((grey.width, grey.height, grey.pixels), (2, 1, &[7, 9][..]), "{header:?}");
        }
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        for bytes in [
            "",
            "P5",
            "P5 2",
            "P5 2 1 65535 abcd",
            "P5 2 2 255 abc",
            "P6 1 1 255 abc",
            "P5 99999999999 99999999999 255 ",
        ] {
            assert!(pgm(bytes.as_bytes()).is_none(), "{bytes:?}");
        }
    }

    #[cfg(feature = "decode")]
    #[test]
    fn a_large_picture_is_made_small() {
        let pixels = read(Path::new("pictures/bag.png")).expect("a picture");
        assert!(pixels[0] > 250 && pixels[14 * 28 + 14] < 200);
    }
}
