//! A network with weights of fewer bits does not learn.

use nn_core::data::Samples;
use nn_core::parameters::F16;
use nn_core::{Adam, Trainer, Training, network};

network! {
    #[weights("weights/right.safetensors", precision = f16)]
    struct Digits = [4] -> affine(3) -> relu -> affine(2);
}

fn train(_: Training<Digits<F16>>) {}

fn fit(net: &mut Digits<F16>, data: &Samples<f32, usize>) {
    let _ = Trainer::new(Adam::new(0.01)).fit(net, data);
}

fn main() {}
