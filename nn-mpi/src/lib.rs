//! Data-parallel training over MPI: the same program runs as several processes, called *ranks*, on one machine or many. Each learns
//! from a part of every mini-batch, and all take the same steps.
//!
//! ```
//! use nn_core::data::Samples;
//! use nn_core::{Adam, Network, Trainer, network};
//! use nn_mpi::Distributed;
//!
//! network! {
//!     struct Xor = [2] -> affine(16) -> relu -> affine(2) -> softmax;
//! }
//!
//! fn main() -> Result<(), nn_core::Error> {
//!     let cluster = Distributed::init()?;
//!     let data = Samples::new(4, vec![0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0], vec![0, 1, 1, 0])?;
//!     let mut net = Xor::new(1);
//!     let history = Trainer::new(Adam::new(0.05)).epochs(100).batch_size(4).over(&cluster).fit(&mut net, &data)?;
//!     assert_eq!(history.last().and_then(|epoch| epoch.train_accuracy), Some(1.0));
//!     Ok(())
//! }
//! ```
//!
//! `mpirun -n 4 program` starts four of it; without `mpirun` there is one rank. What the ranks share, and what only rank 0 does, is
//! told in [`nn_core::train::exchange`]; how to run on several hosts in `docs/distributed.md`.

mod distributed;
mod sum;
mod wire;

pub use distributed::Distributed;
