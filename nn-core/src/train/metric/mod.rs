//! How good a network is, in numbers that people know.
//!
//! ```
//! use nn_core::data::Samples;
//! use nn_core::train::metric::Predictions;
//! use nn_core::{Adam, Network, Trainer, network};
//!
//! network! {
//!     struct Xor = [2] -> affine(16) -> relu -> affine(2) -> softmax;
//! }
//!
//! let data = Samples::new(4, vec![0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0], vec![0, 1, 1, 0])?;
//! let mut net = Xor::new(1);
//! Trainer::new(Adam::new(0.05)).epochs(100).fit(&mut net, &data)?;
//!
//! let seen = Predictions::of(&net, &data, 100)?;
//! let confusion = seen.confusion()?;
//! assert_eq!((confusion.accuracy(), confusion.f1(1), seen.auc(1)?), (1.0, 1.0, 1.0));
//! println!("{confusion}");
//! # Ok::<(), nn_core::Error>(())
//! ```

mod confusion;
mod predictions;
#[cfg(test)]
mod tests;

pub use confusion::Confusion;
pub use predictions::Predictions;
