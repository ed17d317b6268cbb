//! A batch of another shape than the network takes, and results read as another shape than it gives.

use nn_core::{Batch, Network, network, shape};

network! {
    pub struct Digits = [1, 28, 28] -> affine(10) -> softmax;
}

fn main() {
    let network: Digits = Digits::new(1);
    let pictures: Batch<shape![3, 28, 28]> = Batch::zeros(2);
    let _ = network.predict(&pictures);
    let pictures: Batch<shape![1, 28, 28]> = Batch::zeros(2);
    let _: Batch<shape![100]> = network.predict(&pictures).unwrap();
}
