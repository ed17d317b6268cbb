//! Parts of networks: frozen, at a rate of their own, and lent to other networks.

use nn_core::data::Samples;
use nn_core::parameters::flatten;
use nn_core::shape::Shape;
use nn_core::train::Group;
use nn_core::{
    Adam, Batch, BinaryCrossEntropy, CrossEntropy, Error, GradientCheck, Momentum, Network, Number, Optimizer, Real,
    Sgd, Trainer, Training, Workspace, network, shape,
};

network! {
    struct Trunk = [2, 6, 6] -> conv(4, 3) -> bn -> relu -> affine(8) -> tanh;
    struct Head = [8] -> affine(3) -> softmax;
    struct Whole = [2, 6, 6] -> trunk: Trunk -> [8] -> head: Head -> [3];
    struct Inline = [2, 6, 6] -> trunk: (conv(4, 3) -> bn -> relu -> affine(8) -> tanh) -> head: affine(3) -> softmax;
    struct Plain = [2, 6, 6] -> trunk: (conv(4, 3) -> relu -> affine(8) -> tanh) -> head: affine(3) -> softmax;
    /// The same parameters as `Head`, for something else.
    struct Scores = [8] -> affine(3);

    struct Generator = [4] -> affine(8) -> relu -> affine(18) -> tanh -> reshape([2, 3, 3]);
    struct Discriminator = [2, 3, 3] -> conv(3, 2) -> bn -> leaky_relu(0.1) -> affine(1) -> sigmoid;
    struct Gan = [4] -> generator: Generator -> [2, 3, 3] -> discriminator: Discriminator -> [1];

    struct Critic = [2, 3, 3] -> conv(3, 2) -> leaky_relu(0.1) -> affine(1) -> sigmoid;
    struct Duel = [4] -> generator: Generator -> [2, 3, 3] -> critic: Critic -> [1];

    struct Twin = [16, 12, 12] -> conv(16, 3, pad = same) -> relu;
    struct Twins = [16, 12, 12] -> first: Twin -> [16, 12, 12] -> second: Twin -> [16, 12, 12];

    struct Dropped = [6] -> trunk: (affine(20) -> dropout(0.5)) -> affine(2) -> softmax;
    struct Undropped = [6] -> trunk: affine(20) -> affine(2) -> softmax;
}

/// Numbers that look random, the same everywhere.
fn noise<S: Shape<Element<T> = T>, T: Real>(samples: usize) -> Batch<S, T> {
    let mut batch = Batch::zeros(samples);
    for (i, x) in batch.as_mut_slice().iter_mut().enumerate() {
        *x = T::from_f64(((i * 7919 + i * i * 31) % 1009) as f64 / 504.5 - 1.0);
    }
    batch
}

/// Parameters none of which is what it was at the start: no bias is zero, no running mean either.
fn stirred<N: Network>(seed: u64) -> N {
    let mut net = N::new(seed);
    for (i, x) in net.block_mut().iter_mut().enumerate() {
        *x += N::Scalar::from_f64((i * 37 % 11) as f64 / 50.0);
    }
    net
}

fn bits<T: Real>(numbers: &[T]) -> Vec<u64> {
    numbers.iter().map(|x| x.to_f64().to_bits()).collect()
}

/// The parameters below a label.
fn of<N: Network>(label: &str, block: &[N::Scalar]) -> Vec<u64> {
    let segments = flatten(N::ENTRIES).into_iter().filter(|segment| segment.label.starts_with(label));
    segments.flat_map(|segment| bits(&block[segment.range()])).collect()
}

fn text<T>(result: Result<T, Error>) -> String {
    result.err().expect("a mistake").to_string()
}

#[test]
fn a_part_predicts_as_a_network_of_its_own() {
    let whole = stirred::<Whole>(3);
    let images = noise(5);
    let trunk = whole.part::<Trunk>("trunk").expect("the trunk");
    let head = whole.part::<Head>("head").expect("the head");
    let own = Trunk::from_parameters(nn_core::parameters::Parameters::from(trunk.block()));
    let seen = trunk.predict(&images).expect("a batch");
    assert_eq!(seen, own.predict(&images).expect("a batch"));
    assert_eq!(seen, trunk.to_network().predict(&images).expect("a batch"));
    assert_eq!(head.predict(&seen).expect("a batch"), whole.predict(&images).expect("a batch"));
    // What is written out has the same layout.
    let inline = Inline::from_parameters(nn_core::parameters::Parameters::from(whole.block()));
    let of_inline = inline.part::<Trunk>("trunk").expect("the same tensors").predict(&images);
    assert_eq!(of_inline.expect("a batch"), seen);
    // All of a network, for another.
    let whole_of_head = head.to_network();
    let scores = whole_of_head.part::<Scores>("").expect("the same tensors").predict(&seen).expect("a batch");
    assert_eq!(scores, whole.part::<Scores>("head").expect("the same tensors").predict(&seen).expect("a batch"));
}

#[test]
fn training_a_part_changes_that_part_alone() {
    let mut whole = stirred::<Whole>(3);
    let mut own = whole.part::<Trunk>("trunk").expect("the trunk").to_network();
    let before = whole.block().to_vec();
    let images = noise(5);
    let mut adams = [Adam::new(0.01), Adam::new(0.01)];
    let mut trainings = [Training::new(5), Training::new(5)];
    let loss = nn_core::MeanSquaredError;
    for _ in 0..3 {
        let mut trunk = whole.part_mut::<Trunk>("trunk").expect("the trunk");
        trainings[0].loss_and_gradients(&trunk, &images, &loss, &[0.3; 40]).expect("a batch");
        trainings[0].step(&mut trunk, &mut adams[0]).expect("a step");
        trainings[1].loss_and_gradients(&own, &images, &loss, &[0.3; 40]).expect("a batch");
        trainings[1].step(&mut own, &mut adams[1]).expect("a step");
    }
    assert_eq!(of::<Whole>("head", whole.block()), of::<Whole>("head", &before));
    assert_eq!(bits(whole.part::<Trunk>("trunk").expect("the trunk").block()), bits(own.block()));
    assert_ne!(
        of::<Whole>("trunk.batch_norm1.running_mean", whole.block()),
        of::<Whole>("trunk.batch_norm1.running_mean", &before)
    );
}

#[test]
fn what_a_workspace_keeps_is_not_used_for_other_parameters() {
    let mut twins = stirred::<Twins>(1);
    let images = noise(2);
    let (mut workspace, mut outputs) = (Workspace::new(), Batch::zeros(2));
    let mut check = |twins: &Twins| {
        for label in ["first", "second", "second", "first"] {
            let twin = twins.part::<Twin>(label).expect("a twin");
            twin.predict_into(&images, &mut outputs, &mut workspace).expect("a batch");
            assert_eq!(outputs, twin.to_network().predict(&images).expect("a batch"), "{label}");
        }
    };
    check(&twins);
    twins.block_mut()[0] += 1.0;
    check(&twins);
    twins.part_mut::<Twin>("second").expect("a twin").block_mut()[5] -= 1.0;
    check(&twins);
    let mut second = twins.part_mut::<Twin>("second").expect("a twin");
    for _ in 0..2 {
        second.block_mut()[7] += 0.5;
        second.as_part().predict_into(&images, &mut outputs, &mut workspace).expect("a batch");
        assert_eq!(outputs, second.as_part().to_network().predict(&images).expect("a batch"));
    }
    twins.predict_into(&images, &mut outputs, &mut workspace).expect("a batch");
    assert_eq!(outputs, twins.predict(&images).expect("a batch"));
}

#[test]
fn a_gan_trains_its_generator_through_a_frozen_discriminator() {
    let mut gan = stirred::<Gan>(2);
    let codes = noise(6);
    let mut training = Training::new(6);
    let mut rule = Momentum::new(0.1, 0.9);
    // Velocities of the discriminator, that would move it.
    training.loss_and_gradients(&gan, &codes, &BinaryCrossEntropy, &[1.0; 6]).expect("a batch");
    training.step(&mut gan, &mut rule).expect("a step");
    let before = gan.block().to_vec();
    training.freeze("discriminator").expect("a label");
    let mut thawed = rule.clone();
    for _ in 0..3 {
        training.loss_and_gradients(&gan, &codes, &BinaryCrossEntropy, &[1.0; 6]).expect("a batch");
        assert!(of::<Gan>("discriminator", training.gradients()).iter().all(|&bits| bits == 0));
        training.step(&mut gan, &mut rule).expect("a step");
    }
    assert_eq!(of::<Gan>("discriminator", gan.block()), of::<Gan>("discriminator", &before));
    assert_ne!(of::<Gan>("generator", gan.block()), of::<Gan>("generator", &before));
    // Its velocities neither: a step without gradients moves it as it would have before.
    let step = |rule: &mut Momentum| {
        let mut block = before.clone();
        rule.step(&flatten(<Gan as Network>::ENTRIES), &mut block, &vec![0.0; Gan::PARAMETERS]).expect("a step");
        of::<Gan>("discriminator", &block)
    };
    assert_eq!(step(&mut rule), step(&mut thawed));
}

#[test]
fn freezing_changes_no_bit_of_other_gradients() {
    fn check<N: Network<Outputs = (Y,)>, Y: Shape>(label: &str, loss: impl Fn(&N, &mut Training<N>)) {
        let net = stirred::<N>(4);
        let (mut free, mut frozen) = (Training::<N>::new(6), Training::<N>::new(6));
        // After a pass, so that there are gradients to become zero.
        loss(&net, &mut frozen);
        frozen.freeze(label).expect("a label");
        loss(&net, &mut free);
        loss(&net, &mut frozen);
        for segment in flatten(N::ENTRIES) {
            let [free, frozen] = [&free, &frozen].map(|training| &training.gradients()[segment.range()]);
            if segment.label.starts_with(label) {
                assert!(frozen.iter().all(|&x| x == N::Scalar::ZERO), "{}", segment.label);
                assert!(free.iter().any(|&x| x != N::Scalar::ZERO), "{}", segment.label);
            } else {
                assert_eq!(bits(free), bits(frozen), "{}", segment.label);
            }
        }
    }
    let codes = noise(6);
    check::<Duel, _>("critic", |net, training| {
        training.loss_and_gradients(net, &codes, &BinaryCrossEntropy, &[1.0; 6]).expect("a batch");
    });
    let images = noise(6);
    for label in ["trunk", "trunk.conv1", "trunk.affine1", "head"] {
        check::<Plain, _>(label, |net, training| {
            training.loss_and_gradients(net, &images, &CrossEntropy, &[0, 1, 2, 0, 1, 2]).expect("a batch");
        });
    }
}

#[test]
fn a_frozen_trunk_predicts() {
    let whole = stirred::<Whole<f64>>(5);
    let images = noise(7);
    let labels = [0, 1, 2, 0, 1, 2, 0];
    let mut training = Training::new(7);
    training.freeze_all_but("head").expect("a label");
    let loss = training.loss_and_gradients(&whole, &images, &CrossEntropy, &labels).expect("a batch");
    let seen = whole.part::<Trunk<f64>>("trunk").expect("the trunk").predict(&images).expect("a batch");
    let head = whole.part::<Head<f64>>("head").expect("the head");
    let mut alone = Training::new(7);
    let expected = alone.loss_and_gradients(&head, &seen, &CrossEntropy, &labels).expect("a batch");
    assert!((loss - expected).abs() < 1e-12, "{loss} and {expected}");
    let of_head = &training.gradients()[<Trunk as Network>::PARAMETERS..];
    for (a, b) in of_head.iter().zip(alone.gradients()) {
        assert!((a - b).abs() < 1e-12, "{a} and {b}");
    }
}

#[test]
fn gradients_behind_frozen_parts_are_right() {
    let images = noise(3);
    for (frozen, trained) in [
        ("trunk.batch_norm1", "trunk.conv1"),
        ("trunk", "head"),
        ("trunk.affine1", "trunk.batch_norm1"),
        ("head", "trunk.conv1"),
    ] {
        let net = stirred::<Inline<f64>>(6);
        let mut training = Training::new(3);
        training.freeze(frozen).expect("a label");
        let mut value = |net: &Inline<f64>| {
            training
                .loss_and_gradients(net, &images, &CrossEntropy, &[0, 2, 1])
                .map(|loss| (loss, training.gradients().to_vec()))
        };
        let gradients = value(&net).expect("a batch").1;
        for segment in flatten(<Inline<f64> as Network>::ENTRIES) {
            if segment.label.starts_with(trained) && segment.statistics().is_none() {
                let range = segment.range();
                let mut changed = net.clone();
                let difference = GradientCheck::new().function(
                    &segment.label,
                    &net.block()[range.clone()],
                    &gradients[range.clone()],
                    |point| {
                        changed.block_mut()[range.clone()].copy_from_slice(point);
                        Ok(value(&changed)?.0)
                    },
                );
                let difference = difference.expect("a batch");
                assert!(difference.relative < 2e-7, "{frozen} frozen: {difference:?}");
            }
        }
    }
}

/// A loop that clamps, scales and adds noise to the whole block: the norm counts gradients alone, and the running statistics follow
/// those of the batch, which can be changed by themselves.
#[test]
fn statistics_are_not_gradients() {
    let images = noise(5);
    let running = |block: &[f32]| -> Vec<f32> {
        let segments =
            flatten(<Inline as Network>::ENTRIES).into_iter().filter(|segment| segment.statistics().is_some());
        segments.flat_map(|segment| block[segment.range()].to_vec()).collect()
    };
    let rules: [Box<Optimizer>; 3] =
        [Box::new(Sgd::new(0.1)), Box::new(Momentum::new(0.1, 0.9)), Box::new(Adam::new(0.1))];
    for mut rule in rules {
        let mut net = stirred::<Inline>(7);
        let mut training = Training::new(5);
        for step in 0..3 {
            training.loss_and_gradients(&net, &images, &CrossEntropy, &[0, 1, 2, 0, 1]).expect("a batch");
            assert!(running(training.gradients()).iter().all(|&gradient| gradient == 0.0), "step {step}");
            for (i, gradient) in training.gradients_mut().iter_mut().enumerate() {
                *gradient = gradient.clamp(-0.01, 0.01) * 3.0 + (i % 7) as f32 - 3.0;
            }
            if step == 2 {
                training.statistics_mut().iter_mut().for_each(|statistic| *statistic += 1.0);
            }
            let (before, batch) = (running(net.block()), training.statistics().to_vec());
            training.step(&mut net, &mut *rule).expect("a step");
            let after = running(net.block());
            assert_eq!((before.len(), after.len()), (batch.len(), batch.len()));
            for ((before, batch), after) in before.iter().zip(batch).zip(after) {
                assert!((after - (0.9 * before + 0.1 * batch)).abs() < 1e-6, "step {step}: {before} to {after}");
            }
        }
    }
}

#[test]
fn groups_may_change_between_steps() {
    let images = noise(5);
    let steps = |groups: fn(&mut Training<Inline>, usize)| {
        let mut net = stirred::<Inline>(8);
        let mut training = Training::new(5);
        let mut adam = Adam::new(0.01);
        for step in 0..4 {
            groups(&mut training, step);
            training.loss_and_gradients(&net, &images, &CrossEntropy, &[0, 1, 2, 0, 1]).expect("a batch");
            training.step(&mut net, &mut adam).expect("a step");
        }
        net.block().to_vec()
    };
    let free = steps(|_, _| ());
    assert_eq!(bits(&free), bits(&steps(|training, _| training.group("", Group::default()).expect("a group"))));
    let slow = steps(|training, _| {
        training.group("trunk", Group { rate: 0.1, ..Group::default() }).expect("a group");
    });
    assert_ne!(of::<Inline>("trunk", &free), of::<Inline>("trunk", &slow));
    let thawed = steps(|training, step| match step {
        0 => training.freeze_all_but("head").expect("a label"),
        2 => training.unfreeze("trunk").expect("a label"),
        _ => (),
    });
    assert!(thawed.iter().all(|x| x.is_finite()));
    assert_ne!(of::<Inline>("trunk", &thawed), of::<Inline>("trunk", stirred::<Inline>(8).block()));
}

#[test]
fn dropout_can_be_switched_off() {
    let net = stirred::<Dropped>(1);
    let same = net.part::<Undropped>("");
    assert!(same.is_err(), "trunk.affine1 and trunk");
    let inputs = noise(4);
    let mut training = Training::new(4);
    training.loss_and_gradients(&net, &inputs, &CrossEntropy, &[0, 1, 0, 1]).expect("a batch");
    let dropped = training.logits().as_slice().to_vec();
    training.dropout(false);
    training.loss_and_gradients(&net, &inputs, &CrossEntropy, &[0, 1, 0, 1]).expect("a batch");
    let undropped = training.logits().as_slice().to_vec();
    assert_ne!(dropped, undropped);
    let own = Undropped::from_parameters(nn_core::parameters::Parameters::from(net.block()));
    let mut of_own = Training::new(4);
    of_own.loss_and_gradients(&own, &inputs, &CrossEntropy, &[0, 1, 0, 1]).expect("a batch");
    assert_eq!(undropped, of_own.logits().as_slice());
    assert_eq!(bits(training.gradients()), bits(of_own.gradients()));
}

#[test]
fn a_trainer_freezes_too() {
    let data =
        Samples::new(6, noise::<shape![2, 6, 6], f32>(6).as_slice().to_vec(), vec![0, 1, 2, 0, 1, 2]).expect("samples");
    let mut net = stirred::<Inline>(9);
    let before = net.block().to_vec();
    let mut trainer = Trainer::new(Adam::new(0.01)).epochs(2).batch_size(3).freeze("trunk");
    trainer.fit(&mut net, &data).expect("an epoch");
    assert_eq!(of::<Inline>("trunk", net.block()), of::<Inline>("trunk", &before));
    assert_ne!(of::<Inline>("head", net.block()), of::<Inline>("head", &before));
    let error = text(Trainer::new(Adam::new(0.01)).freeze("trnk").fit(&mut net, &data));
    assert_eq!(error, "Inline has no parameters labelled `trnk`; did you mean `trunk`? Its labels are trunk, head");
}

#[test]
fn mistakes_are_told() {
    let images = noise(2);
    let mut training = Training::new(2);
    assert_eq!(
        text(training.freeze("head.weight")),
        "head is trained or frozen as a whole, because its gradients are computed together, but head.weight would be \
         frozen and head.bias trained; name `head` instead"
    );
    training.freeze("trunk").expect("a label");
    training.freeze("head").expect("a label");
    let net = stirred::<Inline>(1);
    let pass = |training: &mut Training<Inline>| training.loss_and_gradients(&net, &images, &CrossEntropy, &[0, 1]);
    let expected = "all parameters of Inline are frozen; unfreeze some, or ask for the gradients of the inputs";
    assert_eq!(text(pass(&mut training)), expected);
    let mut training = training.with_input_gradients();
    pass(&mut training).expect("gradients of the inputs");
    assert!(training.input_gradients().expect("asked for").as_slice().iter().any(|&x| x != 0.0));
    assert!(training.gradients().iter().all(|&x| x == 0.0));

    let mut gan = stirred::<Gan>(1);
    assert_eq!(
        text(gan.part::<Generator>("generater")),
        "Gan has no parameters labelled `generater`; did you mean `generator`? Its labels are generator, discriminator"
    );
    assert_eq!(
        text(gan.part_mut::<Discriminator>("generator")),
        "the parameters of Gan below `generator` are not those of Discriminator: affine1.weight [8, 4] is in the place of \
         conv1.weight [3, 2, 2, 2]"
    );
    assert_eq!(
        text(gan.part::<Generator>("")),
        "the parameters of Gan below `` are not those of Generator: generator.affine1.weight [8, 4] is in the place of \
         affine1.weight [8, 4]"
    );
}
