//! The words of the generated code, which mean the same whatever else has these names where a network is declared.

pub use core::primitive::{f32, f64, str, u32, u64, usize};

/// A variable cannot have the name of a constant that is in scope, but it can have that of a function: these functions stand
/// between a user's constants and the variables of the generated code.
macro_rules! variables {
    ($($name:ident)*) => {
        $(
            /// Never called.
            pub const fn $name() {}
        )*
    };
}

variables! {
    call first g indices inputs n outputs p parameters partial partials pass path piece prepacked s samples saved scratch seed
    sums work workspace
}
