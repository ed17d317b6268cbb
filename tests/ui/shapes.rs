//! Shapes that are not what somebody thought. A check lets the rest be looked at too.

use nn_core::network;

network! {
    pub struct Checks = [1, 28, 28] -> conv(30, 5) -> [30, 28, 28] -> pool(2) -> [30, 14, 14] -> conv(8, 15)
        -> [8, 1, 1] -> affine(10);
    pub struct Lost = [3, 8, 8] -> reshape([3, 8]) -> affine(10);
    pub struct Groups = [3, 8, 8] -> conv(4, 3, groups = 2) -> affine(10);
    pub struct Out = [4, 8, 8] -> conv(3, 3, groups = 2) -> affine(10);
    pub struct Zero = [0] -> affine(10);
    pub struct Nothing = [] -> affine(10);
    pub struct Huge = [10000000000, 10000000000] -> affine(10);
    pub struct Weights = [1000000000] -> affine(1000000000);
}

fn main() {}
