//! Layers, arguments and words that do not exist, some of them elsewhere.

use nn_core::network;

network! {
    pub struct Letters = [1, 28, 28] -> cnov(30, 5) -> rellu -> affine(10, bais = false);
    pub struct Words = [1, 28, 28] -> conv(30, 5, pad = smae) -> sofmax;
    pub struct Elsewhere = [1, 28, 28] -> Conv2d(30, 5) -> maxpool(2) -> Linear(10);
    pub struct Coming = [9, 8] -> scan(2) -> affine(10);
}

fn main() {}
