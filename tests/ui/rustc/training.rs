//! What cannot be looked into, and data and losses that do not fit a network.

use nn_core::data::Samples;
use nn_core::observe::Activations;
use nn_core::{Batch, CrossEntropy, MeanSquaredError, Sgd, Trainer, network, shape};

network! {
    struct Unseen = [2] -> affine(2) -> softmax;
    struct Two(left: [2], right: [2]) = {
        let both = add(left | right);
        both -> affine(2) -> softmax, both -> affine(1)
    };
}

fn main() {
    let _ = Activations::of(&Unseen::new(1), &Batch::<shape![2]>::zeros(1));

    let data = Samples::new(1, vec![0.0_f32; 2], vec![0_usize]).unwrap();
    let values = Samples::new(1, vec![0.0_f32; 2], vec![0.0_f32; 2]).unwrap();
    let two = || Two::<f32>::new(1);
    // One source for two inputs.
    let _ = Trainer::new(Sgd::new(0.1)).loss((CrossEntropy, CrossEntropy)).fit(&mut two(), &data);
    // One loss for two outputs.
    let _ = Trainer::new(Sgd::new(0.1)).fit(&mut two(), ((&data, &data), &[0]));
    // A loss of values for labels.
    let _ = Trainer::new(Sgd::new(0.1)).loss(MeanSquaredError).fit(&mut Unseen::new(1), &data);
    // A validation set with other targets.
    let _ = Trainer::new(Sgd::new(0.1)).validation(&values).fit(&mut Unseen::new(1), &data);
}
