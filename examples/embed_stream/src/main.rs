//! Tells what a picture of clothing shows while its rows come in, by a recurrent network that is part of the program.
//!
//!     cargo run --release -- < pictures/boot.raw
//!
//! The network of the example `digits_by_rows` has learnt from whole pictures. Here it takes one row at a time, and what it remembers
//! is an array of the program's: no picture is ever held in memory, and the network asks for no heap.

use std::env;
use std::io::{self, ErrorKind, Read, Write};
use std::process::ExitCode;

use nn_core::network;

network! {
    /// One step of the network by rows, with the same parameters.
    #[weights("../weights/rows.safetensors.gz")]
    struct Row(row: [1, 28], before: [128]) = {
        let (all, after) = row -> gru(128, start = before);
        all -> affine(10) -> softmax, after
    };
}

/// What the ten outputs stand for.
const CLASSES: [&str; 10] =
    ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"];

/// Pixels of a row, and rows of a picture.
const SIDE: usize = 28;

const HELP: &str = "\
Tells what pictures of clothing show while their rows come in.

    embed_stream < BYTES

BYTES are pictures of 28×28 grey, bright clothes before a black ground: 784 bytes each, row by row, one picture after another.

    --help      this text
";

/// What is remembered of a picture that comes in row by row.
struct Stream {
    state: [f32; 128],
    rows: usize,
}

impl Stream {
    fn new() -> Self {
        Self { state: [0.0; 128], rows: 0 }
    }

    /// Takes a row; the likeliest class so far, and its probability.
    fn push(&mut self, row: &[u8; SIDE]) -> (usize, f32) {
        let row = row.map(|pixel| f32::from(pixel) / 255.0);
        let (classes, state) = Row::embedded().predict_one(&row, &self.state, &mut Row::workspace());
        (self.state, self.rows) = (state, self.rows + 1);
        (0..).zip(classes).fold((0, 0.0), |best, class| if class.1 > best.1 { class } else { best })
    }
}

/// Tells after every seventh row of every picture what it seems to be.
fn tell(mut input: impl Read, mut output: impl Write) -> Result<(), String> {
    let (mut stream, mut row) = (Stream::new(), [0; SIDE]);
    let mut pictures = 0;
    while fill(&mut input, &mut row)? {
        let (class, probability) = stream.push(&row);
        if stream.rows.is_multiple_of(7) {
            writeln!(output, "{:>2} rows: {}, {:.0} %", stream.rows, CLASSES[class], 100.0 * probability)
                .map_err(|error| format!("cannot write: {error}"))?;
        }
        if stream.rows == SIDE {
            (stream, pictures) = (Stream::new(), pictures + 1);
        }
    }
    match (stream.rows, pictures) {
        (0, 0) => Err("nothing came in; see --help".into()),
        (0, _) => Ok(()),
        (rows, _) => Err(format!("the last picture ends after {rows} of {SIDE} rows")),
    }
}

/// Reads a row; `false` at the end.
fn fill(input: &mut impl Read, row: &mut [u8; SIDE]) -> Result<bool, String> {
    let mut len = 0;
    while len < SIDE {
        match input.read(&mut row[len..]) {
            Ok(0) if len == 0 => return Ok(false),
            Ok(0) => return Err(format!("the last row has {len} of {SIDE} pixels")),
            Ok(more) => len += more,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(format!("cannot read: {error}")),
        }
    }
    Ok(true)
}

fn main() -> ExitCode {
    if let Some(argument) = env::args().nth(1) {
        if matches!(&argument[..], "--help" | "-h") {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        eprintln!("error: there is no argument {argument}; see --help");
        return ExitCode::FAILURE;
    }
    match tell(io::stdin().lock(), io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("error: {problem}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOOT: &[u8; 784] = include_bytes!("../pictures/boot.raw");

    fn told(bytes: &[u8]) -> Result<String, String> {
        let mut output = Vec::new();
        tell(bytes, &mut output).map(|()| String::from_utf8(output).expect("text"))
    }

    #[test]
    fn a_boot_is_a_boot() {
        let text = told(&[&BOOT[..], BOOT].concat()).expect("two pictures");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 8);
        assert!(lines[3].starts_with("28 rows: Ankle boot"), "{text}");
        assert_eq!(lines[..4], lines[4..], "nothing is left of the first picture");
    }

    #[test]
    fn broken_streams_are_refused() {
        assert_eq!(told(&[]), Err("nothing came in; see --help".into()));
        assert_eq!(told(&BOOT[..30]), Err("the last row has 2 of 28 pixels".into()));
        assert_eq!(told(&BOOT[..28]), Err("the last picture ends after 1 of 28 rows".into()));
    }
}
