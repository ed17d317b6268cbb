//! Mistakes in a block that nobody calls.

use nn_core::network;

network! {
    block spelling(c) = konv(c, 3) -> relu;
    block argument(c) = conv(c, 3, padding = 1);
    block fine(c, n) = n * conv(c, 3) -> [c, 8, 8];
    pub struct Net = [3, 8, 8] -> affine(10);
}

fn main() {}
