//! Files that may be compressed, and weights in safetensors files.
//!
//! `nn-core` reads them while a program runs, `nn-macros` while it is compiled; both by this crate.

mod header;
mod json;
mod load;
mod matching;
mod normalisation;
mod precision;
mod problem;
mod renames;
mod stream;
mod types;

pub use load::{Fault, Found, Loaded, Tensor, load, load_renamed, metadata, tensors};
pub use matching::edit_distance;
pub use normalisation::{NORMALISATION, read_normalisation, write_normalisation};
pub use precision::{Narrowed, Precision};
pub use problem::{Foreign, LISTED, Mismatch, WeightsProblem};
pub use renames::Renames;
pub use stream::{Failure, Shortfall, Stream};
