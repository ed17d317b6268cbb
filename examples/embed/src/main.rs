//! Tells what a picture of clothing shows, by a network that is part of the program.
//!
//!     cargo run --release -- pictures/boot.pgm

mod picture;

use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use nn_core::network;

network! {
    /// The network of the example `fashion`, with what it has learnt.
    #[weights("../weights/clothes.safetensors.gz")]
    struct Clothes =
        [1, 28, 28] -> conv(30, 5) -> relu -> pool(2) -> affine(100) -> relu -> affine(10) -> softmax;
}

/// What the ten outputs stand for.
const CLASSES: [&str; 10] =
    ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"];

const HELP: &str = "\
Tells what a picture of clothing shows.

    embed [--invert] PICTURE

PICTURE is 28×28 grey, bright clothes before a black ground: a binary PGM file (P5), or 784 bytes, row by row.
Built with `--features decode` the program also reads PNG and JPEG pictures, of any size and in colour.

    --invert    the picture is dark before a white ground
    --help      this text
";

fn main() -> ExitCode {
    match run(env::args_os().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("error: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: impl Iterator<Item = OsString>) -> Result<(), String> {
    let (mut path, mut invert) = (None, false);
    for argument in arguments {
        match argument.to_str() {
            Some("--help" | "-h") => {
                print!("{HELP}");
                return Ok(());
            }
            Some("--invert") => invert = true,
            _ if path.is_none() => path = Some(argument),
            _ => return Err("one picture at a time; see --help".into()),
        }
    }
    let path = path.ok_or("no picture given; see --help")?;
    let mut pixels = picture::read(Path::new(&path))?;
    if invert {
        pixels = pixels.map(|pixel| 255 - pixel);
    }
    let (class, probability) = classify(&pixels);
    println!("{}, {:.0} %", CLASSES[class], 100.0 * probability);
    Ok(())
}

/// The class of a picture and its probability.
fn classify(pixels: &[u8; picture::PIXELS]) -> (usize, f32) {
    let input = pixels.map(|pixel| f32::from(pixel) / 255.0);
    let outputs = Clothes::embedded().predict_one(&input, &mut Clothes::workspace());
    (0..).zip(outputs).fold((0, 0.0), |best, output| if output.1 > best.1 { output } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_boot_is_a_boot() {
        let pixels = picture::read(Path::new("pictures/boot.pgm")).expect("a picture");
        let (class, probability) = classify(&pixels);
        assert_eq!(CLASSES[class], "Ankle boot");
        assert!(probability > 0.9);
    }
}
