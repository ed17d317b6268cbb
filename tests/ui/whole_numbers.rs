//! Whole numbers where a layer takes real ones, and the other way around.

use nn_core::network;

network! {
    pub struct Real = [12 of 40] -> conv(3, 3) -> affine(10);
    pub struct Words = [12] -> embedding(4) -> affine(10);
}

fn main() {}
