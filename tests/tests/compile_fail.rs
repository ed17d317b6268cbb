//! What a person reads who makes a mistake: each file of `ui/` must fail with the messages in the `.stderr` beside it.
//!
//! After a change that is meant, `TRYBUILD=overwrite cargo test -p nn-tests --test compile_fail` writes them anew.

use std::path::Path;
use std::process::Command;
use std::{fs, io};

/// Puts the weights files where the paths in the cases lead to: beside the manifest that trybuild writes.
fn copy_weights() -> io::Result<()> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../tests/trybuild/nn-tests/weights");
    fs::create_dir_all(&folder)?;
    for file in fs::read_dir("ui/weights")? {
        let file = file?;
        fs::copy(file.path(), folder.join(file.file_name()))?;
    }
    Ok(())
}

#[test]
fn mistakes_are_told_in_the_words_of_the_network() {
    copy_weights().expect("the target folder can be written to");
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/*.rs");
    if rustc_words_are_known() {
        cases.compile_fail("ui/rustc/*.rs");
    }
}

/// Whether rustc itself words its messages as it did when ours were written down: the files of `ui/rustc/` hold lines of
/// its own, which differ between releases and where the sources of the standard library are installed.
fn rustc_words_are_known() -> bool {
    let rustc = |argument: &[&str]| {
        let output = Command::new("rustc").args(argument).output().expect("rustc runs");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    };
    let sources = Path::new(&rustc(&["--print", "sysroot"])).join("lib/rustlib/src/rust/library");
    rustc(&["--version"]).starts_with("rustc 1.95.") && !sources.exists()
}
