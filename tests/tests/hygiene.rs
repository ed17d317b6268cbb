//! Networks work whatever else is in scope, and whatever their own names are.

#![deny(warnings)]
#![forbid(unsafe_code)]
#![warn(clippy::pedantic, missing_docs, unused_qualifications)]

/// Everything that a module can shadow.
mod shadowed {
    #![allow(non_camel_case_types, non_upper_case_globals, dead_code, missing_docs)]

    pub struct Some;
    pub struct None;
    pub struct Ok;
    pub struct Err;
    pub struct Option;
    pub struct Vec;
    pub struct Box;
    pub struct String;
    pub struct f32;
    pub struct f64;
    pub struct u32;
    pub struct u64;
    pub struct usize;
    pub struct str;
    pub struct Real;
    pub struct Network;
    pub struct Layer;
    pub struct Conv;
    pub struct Activation;
    pub struct Parameters;
    pub type Result<T> = ::core::result::Result<T, ()>;
    pub trait Clone {}
    pub trait Copy {}
    pub trait Default {}
    pub trait From {}
    pub trait Into {}
    pub trait AsRef {}
    pub trait Deref {}
    pub trait Sized {}
    pub const N: i8 = 0;
    pub const T: i8 = 0;
    pub const n: i8 = 0;
    pub const p: i8 = 0;
    pub const g: i8 = 0;
    pub const s: i8 = 0;
    pub const pass: i8 = 0;
    pub const path: i8 = 0;
    pub const seed: i8 = 0;
    pub const saved: i8 = 0;
    pub const indices: i8 = 0;
    pub const workspace: i8 = 0;
    pub const scratch: i8 = 0;
    pub const partial: i8 = 0;
    pub const work: i8 = 0;
    pub const inputs: i8 = 0;
    pub const outputs: i8 = 0;
    pub const parameters: i8 = 0;
    pub const first: i8 = 0;
    pub const piece: i8 = 0;
    pub const sums: i8 = 0;
    pub const call: i8 = 0;
    pub mod core {}
    pub mod std {}
    pub mod nn_core {}
    pub mod sizes {}

    ::nn_core::network! {
        /// Kernels of all kinds.
        pub struct Maps = [1, 8, 8] -> conv(4, 3) -> bn -> relu -> pool(2) -> dropout(0.2) -> concat(conv(2, 1) -> gelu | id)
            -> affine(3) -> layer_norm -> softmax;
        /// Whole numbers, rows and several outputs.
        pub struct Graph(words: [3 of 9], more: [..4, 2]) = {
            let row = words -> embedding(4) -> flatten;
            row -> affine(2), more -> each(affine(3) -> relu)
        };
        /// Another network inside.
        #[observe]
        pub struct Outer = [1, 8, 8] -> Maps -> [3] -> affine(2);
        /// Weights inside.
        #[weights("ui/weights/right.safetensors")]
        pub struct Inside = [4] -> affine(3) -> relu -> affine(2);
        /// There in none of the builds.
        #[cfg(target_os = "none")]
        #[observe]
        pub struct Elsewhere = [1, 8, 8] -> Maps -> [3] -> affine(2);
        /// There in all of them.
        #[cfg(not(target_os = "none"))]
        #[observe]
        #[derive(Debug)]
        pub struct Here = [1, 8, 8] -> Maps -> [3] -> affine(2);
        /// Narrow weights inside.
        #[weights("ui/weights/right.safetensors", precision = f16)]
        pub struct Narrow = [4] -> affine(3) -> relu -> affine(2);
    }
}

/// Names that mean something elsewhere.
mod names {
    nn_core::network! {
        /// A network.
        pub struct Vec = [2] -> affine(2);
        /// A network.
        pub struct Option = [2] -> affine(2);
        /// A network.
        pub struct Result = [2 of 3] -> embedding(2) -> flatten -> affine(2);
        /// A network.
        pub struct Some = [2] -> affine(2);
        /// A network.
        pub struct Box = [2] -> Vec -> [2] -> affine(2);
        /// A network.
        pub struct N = [2] -> affine(2);
        /// A network.
        pub struct Batch = [2] -> affine(2);
        /// A network whose parts are called as variables of what it becomes.
        pub struct Words(slot_0: [2], d_slot_0: [2], workspace: [2], pass: [2], n: [2], p: [2], s: [2]) = {
            let inputs = concat(slot_0 | d_slot_0 | workspace | pass | n | p | s);
            let v_input = inputs -> scratch: affine(4) -> batch_norm -> relu;
            let indices = v_input -> conv1_indices: affine(4);
            indices -> new: affine(2), v_input -> saved: affine(2)
        };
    }
}

#[test]
fn compile_where_everything_is_shadowed() {
    use shadowed::{Graph, Inside, Maps, Narrow, Outer};
    let sizes = [Maps::PARAMETERS, Outer::PARAMETERS, Inside::PARAMETERS, Narrow::PARAMETERS];
    assert_eq!(sizes, [4 * 9 + 4 + 16 + 10 + 54 * 3 + 3 + 6, Maps::PARAMETERS + 8, 23, 23]);
    assert_eq!(Graph::new(1).parameters().affine2().len(), 9);
    let mut workspace = Maps::workspace();
    let sum: f32 = Maps::new(1).predict_one(&[0.5; 64], &mut workspace).iter().sum();
    assert!((sum - 1.0).abs() < 1e-6, "{sum}");
}

#[test]
fn take_any_name() {
    use names::{Batch, Box, N, Option, Result, Some, Vec, Words};
    assert_eq!([Vec::PARAMETERS, Option::PARAMETERS, Some::PARAMETERS, N::PARAMETERS, Batch::PARAMETERS], [6; 5]);
    assert_eq!([Box::PARAMETERS, Result::PARAMETERS], [12, 16]);
    let words = Words::new(1);
    assert_eq!(words.parameters().conv1_indices().len(), 20);
    assert_eq!(words.parameters().new().len(), 10);
}
