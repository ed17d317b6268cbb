//! Networks by path that do not fit what stands around them.

use nn_core::network;

network! {
    pub struct Generator = [100] -> affine(784) -> tanh;
    pub struct Judge = [784] -> affine(1) -> sigmoid;
    pub struct WrongCheck = [100] -> Generator -> [28, 28] -> affine(3);
    pub struct WrongInput = [100] -> Generator -> [784] -> affine(700) -> Judge -> [1];
}

fn main() {}
