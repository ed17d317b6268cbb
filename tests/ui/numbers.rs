//! Arithmetic.

use nn_core::network;

network! {
    const HALF = 1 / 2;
    pub struct Division = [10] -> affine(10 / 0);
    pub struct Nought = [10] -> affine(HALF);
    pub struct Negative = [10] -> affine(2 - 3);
    pub struct Overflow = [10] -> affine(9223372036854775807 + 1);
    pub struct Literal = [10] -> affine(99999999999999999999);
    pub struct Unknown = [10] -> affine(HLAF * 2);
    pub struct Above = [10] -> affine(LATER);
    pub struct Fraction = [10] -> affine(2 * 1.5);
    pub struct Suffix = [10] -> affine(10usize);
    const LATER = 3;
}

fn main() {}
