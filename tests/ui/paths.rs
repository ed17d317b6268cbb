//! Networks and layers by path.

use nn_core::network;

network! {
    pub struct Half = [10] -> affine(5);
    pub struct Unchecked = [10] -> elsewhere::Half -> affine(3);
    pub struct Generics = [10] -> Half<3> -> [5];
    pub struct Fraction = [10] -> my::Scale(2.5) -> [10];
    pub struct Named = [10] -> my::Scale(by = 2) -> [10];
    pub struct Lower = [10] -> my::scale -> [10];
    pub struct Number = [10] -> T -> [10];
    pub struct Itself = [10] -> Itself -> [10];
    pub struct Chicken = [10] -> Egg -> [10];
    pub struct Egg = [10] -> Chicken -> [10];
}

fn main() {}
