//! Networks whose names are taken: each is one mistake, however much is implemented for a network.

use nn_core::network;

pub struct Digits;

network! {
    pub struct Digits = [2] -> affine(2);
}

network! {
    pub struct Twice = [2] -> affine(2);
}

network! {
    pub struct Twice = [3] -> affine(2);
}

fn main() {
    let _ = Twice::new(1).parameters().affine1();
}
