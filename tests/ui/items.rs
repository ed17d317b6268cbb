//! Items that are none.

use nn_core::network;

network! {
    network Digits = [10] -> affine(10);
    [10] -> affine(10);
    pub struct Generic<T> = [10] -> affine(10);
    pub struct Fields { weight: f32 }
    pub const WIDTH = 3;
    pub struct Same = [10] -> affine(WIDTH);
    pub struct Same = [10] -> affine(WIDTH);
}

fn main() {}
