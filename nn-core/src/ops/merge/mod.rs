//! Branches put together: their sum, their product, their channels side by side.

pub mod add;
pub mod concat;
pub mod mul;

#[cfg(all(test, feature = "std"))]
mod tests;
