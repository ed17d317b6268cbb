//! Arguments that are missing, of the wrong kind, too many, or given twice.

use nn_core::network;

network! {
    pub struct Missing = [1, 28, 28] -> conv(30) -> affine();
    pub struct Kinds = [1, 28, 28] -> conv(0, 5) -> dropout(1.5) -> affine(10, bias = 3) -> elu(-1);
    pub struct TooMany = [1, 28, 28] -> conv(30, 5, 1, 2, 1, 1, true, 7) -> relu(3);
    pub struct Order = [1, 28, 28] -> conv(30, stride = 2, 5) -> affine(10);
    pub struct Twice = [1, 28, 28] -> conv(30, 5, kernel = 3) -> affine(10);
    pub struct Colon = [1, 28, 28] -> conv(30, 5, stride: 2) -> affine(10);
}

fn main() {}
