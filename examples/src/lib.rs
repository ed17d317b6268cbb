//! What the example programs share: where the pictures come from, and how they are shown.

pub mod contact_sheet;
mod font;
pub mod location;
pub mod picture;
pub mod terminal;

use std::fmt::Display;
use std::process::ExitCode;

/// How a program ends: an error is one line that says what to do.
pub fn exit(result: Result<(), impl Display>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
