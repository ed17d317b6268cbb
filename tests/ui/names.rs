//! Names that mean something else, or are spelt for something else.

use nn_core::network;

network! {
    const width = 3;
    const DEPTH: usize = 3;
    block conv(c) = affine(c);
    block Basic(c) = affine(c);
    #[allow(non_camel_case_types)]
    pub struct digits = [10] -> affine(10);
    pub struct T = [10] -> affine(10);
    pub struct Words(relu: [10]) = { let pool = relu -> affine(3); pool -> tanh };
    pub struct Labels = [10] -> a: affine(10) -> a: affine(3) -> Stem: relu -> b: [3] -> loop: affine(3);
    pub struct Repeated = [10] -> 2 * fc: affine(10);
}

fn main() {}
