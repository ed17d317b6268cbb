//! Windows that do not fit.

use nn_core::network;

network! {
    pub struct Shrunk = [3, 8, 8] -> conv(64, 3) -> relu -> pool(2) -> pool(2) -> pool(2) -> affine(10);
    pub struct Dilated = [1, 8, 8] -> conv(3, 5, pad = 1, dilation = 3) -> affine(10);
    pub struct Uneven = [1, 4, 4] -> conv(3, 8, pad = [[0, 1], [2, 3]]) -> affine(10);
    pub struct Apart = [1, 4, 4] -> pool(2, pad = 3, dilation = 5) -> affine(10);
    pub struct Groups = [6, 4, 4] -> group_norm(4) -> channel_shuffle(4);
    pub struct Pixel = [6, 4, 4] -> global_avg_pool -> instance_norm -> affine(10);
    pub struct Axes = [6, 4, 4] -> transpose([0, 1]) -> affine(10);
    pub struct Factors = [6, 4, 4] -> mul(id | global_avg_pool -> affine(5)) -> affine(10);
    pub struct Padded = [1, 28, 28] -> pool(2, pad = 2) -> affine(10);
    pub struct Row = [784] -> conv(30, 5) -> affine(10);
    pub struct LongLine = [2, 6] -> conv(4, 7) -> affine(10);
    pub struct PairOnLine = [2, 40] -> pool([1, 2]) -> affine(10);
}

fn main() {}
