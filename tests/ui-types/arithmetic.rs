//! Sizes that do not exist.

use nn_core::shape::{Difference, Minus, N, Over, Plus, Positions, Quotient, Size, Slide, Sum};
use nn_core::{Tensor, size};

fn convolved<H: Slide<N<5>>>(_: Tensor<(H,)>) -> Tensor<(Positions<H, N<5>>,)> {
    Tensor::zeros()
}

fn halved<H: Slide<N<2>, N<0>>>(_: Tensor<(H,)>) {}

fn shortened<A: Minus<B>, B: Size>(_: Tensor<(A,)>, _: Tensor<(B,)>) -> Tensor<(Difference<A, B>,)> {
    Tensor::zeros()
}

fn split<A: Over<B>, B: Size>() -> Quotient<A, B> {
    Default::default()
}

fn grown<A: Plus<N<1>>>() -> Sum<A, N<1>> {
    Default::default()
}

fn main() {
    convolved(Tensor::<(size!(4),)>::zeros());
    halved(Tensor::<(size!(1000),)>::zeros());
    shortened(Tensor::<(size!(4320),)>::zeros(), Tensor::<(size!(25088),)>::zeros());
    split::<size!(4320), size!(0)>();
    grown::<N<4320>>();
    grown::<usize>();
}
