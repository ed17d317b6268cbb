//! Windows that do not fit.

use nn_core::network;

network! {
    pub struct Shrunk = [3, 8, 8] -> conv(64, 3) -> relu -> pool(2) -> pool(2) -> pool(2) -> affine(10);
    pub struct Dilated = [1, 8, 8] -> conv(3, 5, pad = 1, dilation = 3) -> affine(10);
    pub struct Even = [1, 28, 28] -> conv(30, 4, pad = same) -> affine(10);
    pub struct Strided = [1, 28, 28] -> conv(30, 3, stride = 2, pad = same) -> affine(10);
    pub struct Padded = [1, 28, 28] -> pool(2, pad = 2) -> affine(10);
    pub struct Row = [784] -> conv(30, 5) -> affine(10);
    pub struct LongLine = [2, 6] -> conv(4, 7) -> affine(10);
    pub struct PairOnLine = [2, 40] -> pool([1, 2]) -> affine(10);
}

fn main() {}
