//! Mistakes with shapes: the compiler's own messages, in sizes that a person can read.

use std::fs;

#[test]
fn shapes_that_do_not_fit_are_refused_in_words() {
    trybuild::TestCases::new().compile_fail("ui-types/*.rs");
}

#[test]
fn no_message_shows_how_sizes_are_computed() {
    for entry in fs::read_dir("ui-types").unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "stderr") {
            let message = fs::read_to_string(&path).unwrap();
            for word in ["UInt", "UTerm", "typenum", "Spelled", "Spelling"] {
                assert!(!message.contains(word), "{} shows {word}", path.display());
            }
        }
    }
}
