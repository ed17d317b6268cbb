//! Products of matrices: tiles in registers, rows with zeros, dense layers, narrow weights.
#![allow(clippy::needless_range_loop)] // Registers in lockstep: an index for all of them says what happens.

pub(crate) mod block;
pub(crate) mod dense;
pub(crate) mod epilogue;
pub(crate) mod long;
pub(crate) mod narrow;
pub(crate) mod panels;
pub(crate) mod product;
pub(crate) mod register_tile;
pub(crate) mod sparse;
pub(crate) mod tile;
pub(crate) mod vectors;
