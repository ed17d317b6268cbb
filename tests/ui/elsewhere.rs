//! The words of other frameworks and languages.

use nn_core::network;

network! {
    pub struct Torch = [1, 28, 28] -> Conv2d(1, 30, 5, 1, 2) -> nn::ReLU() -> nn.Linear(3000, 10);
    pub struct Keras = [1, 28, 28] -> conv(filters = 30, kernel_size = 5, activation = relu) -> dense(units = 10);
    pub struct Flax = [28] -> linear(in_features = 28, out_features = 10, use_bias = false);
    pub struct Values = [4, 8, 8] -> conv(8, 3, bias = True) -> conv(8, (3, 1)) -> conv(8, 3, pad = "same") -> Swish;
    pub struct Loop = [8] -> for i in 0..3 { affine(8) } -> relu;
    pub struct Times = [8] -> affine(8) * 3 -> relu;
    pub struct Label = [8] -> head = affine(8) -> relu;
    pub struct Sum = [8] -> affine(8) + id -> relu;
    pub struct List = [8] -> concat([affine(8), id]) -> relu;
    pub struct Round = (1, 28, 28) -> conv(30, 5);
    pub struct Batched = [None, 784] -> affine(10);
    pub struct Outer = [8] -> affine(crate::WIDTH) -> affine(WIDTH);
    pub struct Generic<const N: usize> = [8] -> affine(N);
    pub struct Graph(x: [8]) = { let mut a: [8] = x -> relu; return a -> affine(2); };
    pub struct Wrapped = Sequential([8] -> affine(2));
    pub struct Commented = [8] -> /// the head
        affine(2);
    #[derive(Debug, Copy)]
    pub struct Copied = [8] -> affine(2);
}

fn main() {}
