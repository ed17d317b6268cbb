//! The library of `examples/embed_c`, linked to programs in C and C++, predicts what Rust does, to the last bit.
#![cfg(unix)]

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use nn_core::{Batch, network, shape};

network! {
    /// What the library holds.
    #[weights("../examples/weights/clothes.safetensors.gz")]
    struct Clothes =
        [1, 28, 28] -> conv(30, 5) -> relu -> pool(2) -> affine(100) -> relu -> affine(10) -> softmax;
}

/// The compilers, and how the sources are to be read.
const LANGUAGES: [(&str, &[&str]); 2] = [("cc", &["-std=c99"]), ("c++", &["-x", "c++", "-std=c++11"])];

#[test]
fn c_and_rust_predict_the_same_bits() {
    if let Err(error) = Command::new("cc").arg("--version").output() {
        println!("skipped, as there is no C compiler `cc`: {error}");
        return;
    }
    let library = build_library();
    let picture = repository("examples/embed/pictures/boot.pgm");
    let expected = predict(&picture);
    for (compiler, language) in LANGUAGES {
        if Command::new(compiler).arg("--version").output().is_err() {
            println!("skipped {compiler}, as there is none");
            continue;
        }
        for shared in [false, true] {
            let program = |source| compile(compiler, language, &repository(source), &library, shared);
            let printed = run(Command::new(program("examples/embed_c/main.c")).arg(&picture), &library);
            let printed = String::from_utf8(printed.stdout).expect("text");
            assert_eq!(probabilities(&printed), expected, "{compiler}, shared: {shared}\n{printed}");
            run(&mut Command::new(program("tests/c/batch.c")), &library);
        }
    }
}

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// The folder with the library, static and shared, and its header.
fn build_library() -> PathBuf {
    // A folder for all workspaces of their own, so that dependencies are built once.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("workspaces");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--release", "--locked", "--quiet", "--manifest-path"]);
    done(cargo.arg(repository("examples/embed_c/Cargo.toml")).arg("--target-dir").arg(&target));
    let library = target.join("release");
    let header = done(&mut Command::new(library.join("header")));
    fs::write(library.join("clothes.h"), header.stdout).expect("the target folder can be written to");
    library
}

/// A program from one source.
fn compile(compiler: &str, language: &[&str], source: &Path, library: &Path, shared: bool) -> PathBuf {
    let name = source.file_stem().and_then(OsStr::to_str).expect("a source has a name");
    let program = library.join(format!("{name}_{compiler}_{shared}"));
    let mut command = Command::new(compiler);
    command.args(["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-O1"]).args(language).arg("-I").arg(library);
    command.arg(source).args(["-x", "none"]);
    if shared {
        command.arg("-L").arg(library).arg("-lclothes");
    } else {
        command.arg(library.join("libclothes.a")).args(["-lpthread", "-ldl", "-lm"]);
    }
    done(command.arg("-o").arg(&program));
    program
}

fn run(program: &mut Command, library: &Path) -> Output {
    done(program.env("LD_LIBRARY_PATH", library).env("DYLD_LIBRARY_PATH", library))
}

fn done(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}\n{errors}", output.status);
    output
}

/// The first word of each line as a number.
fn probabilities(printed: &str) -> Vec<f32> {
    let first = |line: &str| line.split_whitespace().next().and_then(|word| word.parse().ok());
    printed.lines().map(|line| first(line).expect("a number")).collect()
}

/// What Rust predicts for a picture.
fn predict(picture: &Path) -> Vec<f32> {
    let file = fs::read(picture).expect("the picture is there");
    let (_, pixels) = file.split_at(file.len() - 28 * 28);
    let mut input = Batch::<shape![1, 28, 28]>::zeros(1);
    input.as_mut_slice().iter_mut().zip(pixels).for_each(|(x, &pixel)| *x = f32::from(pixel) / 255.0);
    Clothes::embedded().predict(&input).expect("one picture").as_slice().to_vec()
}
