//! What nobody uses, where that is not allowed: rustc's own lints, at the names.

#![deny(dead_code, unused_variables)]

use nn_core::network;

network! {
    const WIDTH = 3;
    #[allow(dead_code)]
    const HEIGHT = 4;
    block wide(channels, stride) = conv(channels, 3);
    block narrow(_channels) = id;
    block never(channels) = conv(channels, 3);
    pub struct Net = [3, 8, 8] -> wide(4, 5) -> narrow(1) -> affine(10);
}

fn main() {}
