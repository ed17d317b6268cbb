//! A program without a standard library and without an allocator predicts what one with them does, to the last bit, and
//! nothing in it can panic.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread;

use object::{Object, ObjectSymbol};

/// Named, so that the processor's features are not asked of the macro's own crates too, which are then built once.
const TARGET: &str = "x86_64-unknown-linux-gnu";

/// The class of the picture: an ankle boot.
const BOOT: i32 = 9;

/// One of the programs of `tests/bare`, for some features of the processor. In a folder of its own: each is linked on one core, so that
/// they are built side by side.
fn build(name: &str, arguments: &[&str], isa: &str, features: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name).join(isa);
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("bare/Cargo.toml");
    let built = Command::new(env!("CARGO"))
        .args(["build", "--release", "--locked", "--quiet", "--target", TARGET, "--bin", name])
        .args(arguments)
        .args(["--manifest-path".as_ref(), manifest.as_os_str(), "--target-dir".as_ref(), folder.as_os_str()])
        .env("CARGO_ENCODED_RUSTFLAGS", format!("-Ctarget-feature={features}"))
        .status()
        .expect("cargo runs");
    assert!(built.success());
    folder.join(TARGET).join("release").join(name)
}

fn run(program: &Path, isa: &str) -> Output {
    Command::new(program).env("NN_ISA", isa).output().expect("the program runs")
}

/// Symbols of the machinery behind panics, and of allocators.
fn unwanted(program: &Path) -> Vec<String> {
    let bytes = fs::read(program).expect("the program is there");
    let file = object::File::parse(&bytes[..]).expect("an executable");
    let names: Vec<&str> = file.symbols().filter_map(|symbol| symbol.name().ok()).collect();
    assert!(names.contains(&"main"), "the program has been stripped");
    let is_unwanted = |name: &&&str| ["panic", "unwind", "alloc", "4core3fmt"].iter().any(|part| name.contains(part));
    names.iter().filter(is_unwanted).map(|name| name.to_string()).collect()
}

#[test]
fn a_bare_program_predicts_the_same_and_cannot_panic() {
    let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
    let avx512 = is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl");
    let all = [
        ("portable", "", true),
        ("avx2", "+avx2,+fma", avx2),
        ("avx512", "+avx2,+fma,+avx512f,+avx512bw,+avx512dq,+avx512vl", avx2 && avx512),
    ];
    let present = all.into_iter().filter(|(.., present)| *present);
    let (hosted, bare) = thread::scope(|scope| {
        let hosted = scope.spawn(|| build("hosted", &["--features", "std"], "any", ""));
        let bare: Vec<_> =
            present.map(|(isa, features, _)| (isa, scope.spawn(move || build("bare", &[], isa, features)))).collect();
        let bare = bare.into_iter().map(|(isa, bare)| (isa, bare.join().expect("built"))).collect::<Vec<_>>();
        (hosted.join().expect("built"), bare)
    });
    for (isa, bare) in bare {
        assert_eq!(unwanted(&bare), [""; 0], "{isa}");
        let (bare, hosted) = (run(&bare, isa), run(&hosted, isa));
        assert_eq!((bare.status.code(), hosted.status.code()), (Some(BOOT), Some(BOOT)), "{isa}");
        assert_eq!(bare.stdout, hosted.stdout, "{isa}");
    }
}
