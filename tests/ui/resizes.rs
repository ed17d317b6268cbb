//! Maps that are enlarged or cut out.

use nn_core::network;

network! {
    pub struct Mode = [3, 8, 8] -> upsample(2, bicubic) -> affine(10);
    pub struct Elsewhere = [3, 8, 8] -> Upsample(scale_factor = 2, mode = bilinear) -> affine(10);
    pub struct Zero = [3, 8, 8] -> upsample(0) -> resize([4]) -> affine(10);
    pub struct Row = [784] -> upsample(2) -> affine(10);
    pub struct Large = [3, 8, 8] -> crop([9, 4]) -> affine(10);
    pub struct Beyond = [3, 8, 8] -> crop([4, 4], from = [2, 5]) -> affine(10);
    pub struct Huge = [1, 8, 8] -> upsample(1_000_000) -> pool(8_000_000) -> affine(10);
    pub struct Channels = [3, 8, 8] -> deconv(5, 4, stride = 2, pad = 1, init = bilinear) -> affine(10);
    pub struct Start = [3, 8, 8] -> deconv(3, 4, stride = 2, pad = 1, init = nearest) -> affine(10);
}

fn main() {}
