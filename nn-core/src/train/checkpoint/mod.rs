//! Files from which training goes on as if it had never stopped, bit for bit.
//!
//! A checkpoint is one safetensors file with the network's tensors under their names, what the optimizer remembers of each, and how
//! far the training has come. It is there whole or not at all: a process that is killed while it saves leaves the one before.
//!
//! [`Trainer`](crate::Trainer) has [`save`](crate::Trainer::save) and [`resume`](crate::Trainer::resume), and saves by itself with
//! [`callback::Checkpoint`](super::callback::Checkpoint). In a loop of one's own:
//!
//! ```
//! use nn_core::{Adam, Batch, CrossEntropy, Network, Training, network, shape};
//!
//! network! {
//!     struct Xor = [2] -> affine(8) -> dropout(0.1) -> tanh -> affine(2) -> softmax;
//! }
//!
//! let inputs = Batch::<shape![2]>::from_slice(&[0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0])?;
//! let train = |net: &mut Xor, training: &mut Training<Xor>, adam: &mut Adam| {
//!     for _ in 0..5 {
//!         training.loss_and_gradients(&*net, &inputs, &CrossEntropy, &[0, 1, 1, 0])?;
//!         training.step(net, adam)?;
//!     }
//!     Ok::<(), nn_core::Error>(())
//! };
//! let (mut net, mut training, mut adam) = (Xor::new(1), Training::new(4), Adam::new(0.05));
//! train(&mut net, &mut training, &mut adam)?;
//! let path = std::env::temp_dir().join("xor-checkpoint.safetensors");
//! training.save(&path, &net, &adam)?;
//! train(&mut net, &mut training, &mut adam)?;
//!
//! // Another program would go on from there.
//! let (mut other, mut training, mut adam) = (Xor::new(7), Training::new(4), Adam::new(0.1));
//! training.resume(&path, &mut other, &mut adam)?;
//! train(&mut other, &mut training, &mut adam)?;
//! assert_eq!(net.block(), other.block());
//! # std::fs::remove_file(path).ok();
//! # Ok::<(), nn_core::Error>(())
//! ```

mod load;
mod problem;
mod save;
#[cfg(test)]
mod tests;
mod training;

pub use load::load_network;
pub(crate) use load::{Saved, State};
pub use problem::CheckpointProblem;
pub(crate) use save::Checkpoint;

/// The version of the format that this library writes, and the newest that it reads.
const FORMAT: u64 = 1;

/// The entry of a file's metadata that holds the version of its format.
const FORMAT_KEY: &str = "nn_core.checkpoint";

/// The entry that holds everything else, as JSON.
const STATE_KEY: &str = "nn_core.state";

/// The names of blocks: before the label of each tensor. No label has a stroke.
const OPTIMIZER: &str = "optimizer/";
const SUM: &str = "sum/";
