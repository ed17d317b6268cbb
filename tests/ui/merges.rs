//! Branches that do not fit together.

use nn_core::network;

network! {
    pub struct Add = [3, 8, 8] -> add(conv(3, 3) | id) -> affine(10);
    pub struct Concat = [3, 8, 8] -> concat(conv(4, 1) | conv(4, 3) | id) -> affine(10);
    pub struct Residual = [3, 8, 8] -> residual(conv(4, 3, pad = same)) -> affine(10);
    pub struct Single = [3, 8, 8] -> mul(conv(3, 1)) -> affine(10);
    pub struct Bare = [3, 8, 8] -> concat -> affine(10);
    pub struct Comma = [3, 8, 8] -> add(conv(3, 1), id) -> affine(10);
    pub struct Unnamed = [3, 8, 8] -> (conv(3, 1) | id) -> affine(10);
    pub struct Empty = [3, 8, 8] -> add(conv(3, 1) | ) -> affine(10);
}

fn main() {}
