//! What the example programs share: where the pictures come from, and how they are shown.

pub mod contact_sheet;
mod font;
pub mod location;
pub mod picture;
pub mod terminal;
