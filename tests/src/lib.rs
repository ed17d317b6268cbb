//! Shared parts of the cross-crate tests.

/// The README, so that its code is tested.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
