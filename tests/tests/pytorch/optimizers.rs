//! Every optimizer over twenty steps.

use nn_core::parameters::flatten;
use nn_core::train::optimizer::{AdaGrad, Adam, AdamW, Lion, Momentum, Nesterov, Optimizer, RAdam, RmsProp, Sgd};
use nn_core::{BatchView, MeanSquaredError, Network, Real, Training, network, shape};

use crate::fixture::Fixture;
use crate::state::{Temporary, state_dict};
use crate::{comparison, in_file_order, of};

network! {
    struct Small = [6] -> affine(5) -> tanh -> affine(3);
}

type Case<T> = (&'static str, Box<Optimizer<T>>);

fn cases<T: Real>() -> [Case<T>; 13] {
    [
        ("sgd", Box::new(Sgd::new(0.1))),
        ("sgd_decay", Box::new(Sgd::new(0.1).weight_decay(0.1))),
        ("momentum", Box::new(Momentum::new(0.1, 0.9))),
        ("nesterov", Box::new(Nesterov::new(0.1, 0.9).weight_decay(0.1))),
        ("ada_grad", Box::new(AdaGrad::new(0.05))),
        ("rms_prop", Box::new(RmsProp::new(0.01))),
        ("adam", Box::new(Adam::new(0.01))),
        ("adam_decay", Box::new(Adam::new(0.01).decays(0.8, 0.99).epsilon(1e-6).weight_decay(0.1))),
        ("adam_w", Box::new(AdamW::new(0.01).weight_decay(0.1))),
        ("r_adam", Box::new(RAdam::new(0.01))),
        ("lion", Box::new(Lion::new(0.001).weight_decay(0.1))),
        ("clip_norm", Box::new(Momentum::new(0.1, 0.9).clip_norm(0.05))),
        ("clip_value", Box::new(Momentum::new(0.1, 0.9).clip_value(0.01))),
    ]
}

fn compare<N: Network<Inputs = (shape![6],), Outputs = (shape![3],)>>() {
    let reference = Fixture::open("optimizers");
    let start: Vec<_> = (reference.with_prefix("start/"))
        .map(|(label, shape, numbers)| (label.to_owned(), shape.to_vec(), of(numbers)))
        .collect();
    let file = Temporary::new(&format!("optimizers-{}", size_of::<N::Scalar>()), &state_dict(&start));
    let (inputs, targets) = (of::<N::Scalar>(reference.get("input")), of::<N::Scalar>(reference.get("target")));
    let inputs = BatchView::<shape![6], N::Scalar>::from_slice(&inputs).expect("whole samples");
    for (case, mut optimizer) in cases::<N::Scalar>() {
        let mut net = N::load(&file.0).unwrap_or_else(|error| panic!("{error}"));
        let mut training = Training::<N>::new(inputs.samples());
        for _ in 0..20 {
            training.loss_and_gradients(&net, inputs, &MeanSquaredError, &targets).expect("a batch");
            training.step(&mut net, &mut optimizer).expect("a step");
        }
        let mut comparison = comparison::<N::Scalar>(case);
        for segment in flatten(N::ENTRIES) {
            let label = format!("{case}/{}", segment.label);
            comparison.close(&label, reference.get(&label), &in_file_order(&segment, net.block()));
        }
        comparison.finish();
    }
}

#[test]
fn steps_are_the_same() {
    compare::<Small>();
    compare::<Small<f64>>();
}
