//! Shared parts of the cross-crate tests.

/// The README, so that its code is tested.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;

/// The pages with code that runs, for the same reason.
#[cfg(doctest)]
#[doc = include_str!("../../docs/training.md")]
#[doc = include_str!("../../docs/data-and-weights.md")]
#[doc = include_str!("../../docs/layers-of-your-own.md")]
#[doc = include_str!("../../docs/where.md")]
pub struct Pages;
