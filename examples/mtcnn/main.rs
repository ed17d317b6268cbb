//! Faces, found by a detector that other people have trained: the MTCNN cascade (Zhang et al., 2016) of PyPI's `facenet-pytorch`.
//!
//! ```sh
//! pip install facenet-pytorch==2.6.0 numpy pillow safetensors
//! python3 examples/mtcnn/reference.py out/faces PICTURE ...
//! cargo run --release --example mtcnn -- out/faces
//! ```
//!
//! Its three networks are declared here and their weights loaded by name. Beside each picture lies what the package finds in it; the
//! program says how far its own boxes are from those, and draws them into `NAME_faces.png`.

mod cascade;
mod picture;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;

use crate::cascade::{Cascade, Face};
use crate::picture::Picture;

type Failure = Box<dyn Error>;

/// Finds faces by the MTCNN cascade, and compares them with those that the package facenet-pytorch finds.
#[derive(Debug, Parser)]
struct Arguments {
    /// Folder that `python3 examples/mtcnn/reference.py FOLDER PICTURE ...` has filled
    folder: PathBuf,

    /// Folder for the pictures with boxes, created if need be
    #[arg(long, value_name = "DIR", default_value = "out")]
    out: PathBuf,
}

/// A box further than so many pixels from the package's is another.
const TOLERANCE: f32 = 1.0;

/// The faces in a text file, one a line.
fn read(path: &Path) -> Result<Vec<Face>, Failure> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let face = |line: &str| {
        let numbers: Vec<f32> = line.split(' ').map(str::parse).collect::<Result<_, _>>().ok()?;
        let (edges, more) = numbers.split_first_chunk()?;
        let (&score, points) = more.split_first()?;
        let (points, []) = points.as_chunks() else { return None };
        Some(Face { edges: *edges, score, points: points.try_into().ok()? })
    };
    let wrong = || format!("{}: a line that is not the 15 numbers of a face", path.display()).into();
    text.lines().map(face).collect::<Option<_>>().ok_or_else(wrong)
}

/// The most by which two lists of numbers differ.
fn most<'a>(a: impl IntoIterator<Item = &'a f32>, b: impl IntoIterator<Item = &'a f32>) -> f32 {
    a.into_iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// Whether a picture's faces are those of the package.
fn compare(cascade: &Cascade, path: &Path, out: &Path) -> Result<bool, Failure> {
    let mut picture = Picture::open(path)?;
    let expected = read(&path.with_extension("txt"))?;
    let start = Instant::now();
    let found = cascade.find(&picture)?;
    let milliseconds = 1000.0 * start.elapsed().as_secs_f64();
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    println!(
        "{name}: {}×{}, {} faces, the package finds {}; {milliseconds:.0} ms",
        picture.width,
        picture.height,
        found.len(),
        expected.len()
    );
    let mut is_same = found.len() == expected.len();
    for theirs in &expected {
        let distance = |face: &Face| most(&face.edges, &theirs.edges);
        let Some(own) = found.iter().min_by(|a, b| distance(a).total_cmp(&distance(b))) else { continue };
        let landmarks = most(own.points.as_flattened(), theirs.points.as_flattened());
        println!(
            "  {:6.1?} probability {:.4}: edges differ by {:.1e} pixels, landmarks by {landmarks:.1e}, probability by {:.1e}",
            own.edges,
            own.score,
            distance(own),
            (own.score - theirs.score).abs()
        );
        is_same &= distance(own) <= TOLERANCE && landmarks <= TOLERANCE;
    }
    let thick = picture.width.div_ceil(256);
    for face in &found {
        picture.draw(face.edges, thick, [255.0, 220.0, 30.0]);
        for [x, y] in face.points {
            picture.draw([x, y, x, y], thick + 1, [60.0, 255.0, 90.0]);
        }
    }
    picture.save(&out.join(format!("{name}_faces.png")))?;
    Ok(is_same)
}

fn faces(arguments: &Arguments) -> Result<(), Failure> {
    let folder = &arguments.folder;
    let cascade = Cascade::load(&folder.join("mtcnn.safetensors"))?;
    fs::create_dir_all(&arguments.out)?;
    let listed =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<PathBuf>, std::io::Error>>()?;
    let mut pictures: Vec<PathBuf> =
        listed.into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "png")).collect();
    pictures.sort();
    if pictures.is_empty() {
        return Err(format!("{} has no pictures; reference.py puts them there", folder.display()).into());
    }
    let mut different = 0;
    for picture in &pictures {
        different += usize::from(!compare(&cascade, picture, &arguments.out)?);
    }
    match different {
        0 => Ok(()),
        _ => {
            Err(format!("in {different} of {} pictures the faces are not those of the package", pictures.len()).into())
        }
    }
}

fn main() -> ExitCode {
    nn_examples::exit(faces(&Arguments::parse()))
}
