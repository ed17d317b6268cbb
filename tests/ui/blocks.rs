//! Blocks and repeats.

use nn_core::network;

network! {
    block basic(channels) = residual(conv(channels, 3, pad = same) -> rellu);
    block endless() = relu -> 2 * again;
    block again() = endless;
    block two() = { relu, tanh };
    pub struct Arguments = [8, 9, 9] -> basic -> basic(8, 3) -> basic(chanels = 8);
    pub struct Inside = [8, 9, 9] -> 3 * basic(8);
    pub struct Endless = [8] -> endless;
    pub struct Two = [8] -> two;
    pub struct Zero = [8] -> 0 * relu;
    pub struct Many = [8] -> 1000000 * affine(8);
    pub struct Sum = [8] -> 2 + 3 * affine(8);
}

fn main() {}
