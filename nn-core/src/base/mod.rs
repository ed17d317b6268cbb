//! What every room stands on: checks and memory. Nothing here knows of the rest of the crate.

#[macro_use]
pub(crate) mod check;
pub mod memory;
#[cfg(all(test, feature = "std"))]
pub(crate) mod test_folder;
