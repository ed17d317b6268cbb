//! Budgets of networks with parts by path, whose costs only the compiler proper can see.

use nn_core::network;

network! {
    pub struct Generator = [100] -> affine(784) -> tanh;
    #[budget(parameters = 80_000, flash = 256 KiB, multiply_adds = 1, workspace = 3 KiB)]
    pub struct Gan = [100] -> Generator -> [784] -> affine(1) -> sigmoid;
}

fn main() {}
