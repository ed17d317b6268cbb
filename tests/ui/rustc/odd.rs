//! What is harmless, but hardly what is meant, where that is not allowed.

#![deny(deprecated)]

use nn_core::network;

network! {
    pub struct Twice = [64] -> affine(10) -> softmax -> [10] -> softmax;
    pub struct Rectified = [64] -> affine(10) -> relu -> softmax;
    pub struct Dropped = [64] -> affine(10) -> dropout(0.5);
    pub struct Fine = [64] -> affine(10) -> relu -> dropout -> affine(10) -> softmax;
}

fn main() {}
