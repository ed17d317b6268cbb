//! Named values and inputs.

use nn_core::network;

network! {
    pub struct UnusedLet(x: [10]) = { let a = x -> relu; x -> affine(10) };
    pub struct UnusedInput(x: [10], noise: [5]) = x -> affine(10);
    pub struct Unknown(image: [10]) = imgae -> affine(10);
    pub struct Below(x: [10]) = { let a = b -> relu; let b = x -> tanh; a, b };
    pub struct Again(x: [10]) = { let x = x -> relu; x -> affine(10) };
    pub struct Middle(x: [10]) = x -> affine(10) -> x;
    pub struct Argument(x: [10]) = x -> affine(x);
    pub struct Dropped(x: [10], y: [10]) = x -> relu -> add(y | y -> tanh);
    pub struct Second = { [10] -> relu, [5] -> relu };
    pub struct NoOutput(x: [10]) = { let a = x -> relu; };
    pub struct Semicolon(x: [10]) = { let a = x -> relu; a -> affine(10); };
    pub struct NoShape(x) = x -> relu;
}

fn main() {}
