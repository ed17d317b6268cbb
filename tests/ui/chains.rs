//! Chains with something missing between, before or behind their links.

use nn_core::network;

network! {
    pub struct Arrow = [10] -> affine(10) relu -> affine(3);
    pub struct FatArrow = [10] => affine(10);
    pub struct Trailing = [10] -> affine(10) -> ;
    pub struct Double = [10] -> -> affine(10);
    pub struct Number = [10] -> 3 -> affine(10);
    pub struct Outputs = [10] -> affine(10), affine(3);
    pub struct Headless = affine(10) -> relu;
    pub struct Part = my::Part -> [10];
    pub struct Blank = ;
    pub struct Idle = [10];
    pub struct Semicolon = [10] -> affine(3)
    pub struct Last = [10] -> affine(3);
}

fn main() {}
