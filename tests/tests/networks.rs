//! Whole networks: composition, outputs and inputs, threads, and memory.

use nn_core::layer::{Backward, Forward, Head, MemoryNeed, MemoryNeeds};
use nn_core::parameters::Parameters;
use nn_core::shape::Shape;
use nn_core::{
    Adam, Batch, BatchView, BinaryCrossEntropy, CrossEntropy, GradientCheck, Layer, Loss, MeanSquaredError, Network,
    Real, Tensor, Training, network, shape,
};

/// Numbers that look random, the same everywhere.
fn noise<S: Shape<Element<T> = T>, T: Real>(samples: usize) -> Batch<S, T> {
    let mut batch = Batch::zeros(samples);
    for (i, x) in batch.as_mut_slice().iter_mut().enumerate() {
        *x = T::from_f64(((i * 7919 + i * i * 31) % 1009) as f64 / 504.5 - 1.0);
    }
    batch
}

mod layers {
    use super::*;

    /// Twice its input, and a parameter of its own.
    pub struct Scale<const BY: usize>;

    impl<T: Real, const BY: usize> Layer<T> for Scale<BY> {
        type Input = shape![8];
        type Output = shape![8];
        const PARAMETERS: usize = 1;
        const ENTRIES: &'static [nn_core::parameters::Entry] =
            &[nn_core::parameters::Entry::Segment(nn_core::parameters::Segment {
                label: "weight",
                offset: 0,
                shape: &[1],
                axes: &[nn_core::__private::sizes::Axis { len: 1, stride: 1 }],
                role: nn_core::__private::sizes::Role::Scale,
            })];

        fn forward(call: Forward<'_, T>) {
            for (y, &x) in call.outputs[0].iter_mut().zip(call.inputs[0]) {
                *y = x * call.parameters[0] * T::from_usize(BY);
            }
        }

        fn backward(call: Backward<'_, T>) {
            let (x, dy, by) = (call.inputs[0], &*call.output_gradients[0], T::from_usize(BY));
            if let [dp] = call.parameter_gradients {
                *dp = x.iter().zip(dy).map(|(&x, &dy)| x * dy * by).sum();
            }
            for (dx, &dy) in call.input_gradients[0].iter_mut().zip(dy) {
                *dx = dy * call.parameters[0] * by;
            }
        }
    }
}

/// Takes more than it says it wants.
struct Greedy;

impl<T: Real> Layer<T> for Greedy {
    type Input = shape![8];
    type Output = shape![8];
    const MEMORY: MemoryNeeds = {
        let half = MemoryNeed { per_sample: 4, ..MemoryNeed::NONE };
        MemoryNeeds { inference: half, saved: half, indices: half, training: half }
    };

    fn forward(call: Forward<'_, T>) {
        let memory = if call.saved.is_empty() { call.scratch } else { call.saved };
        memory[..8 * call.pass.samples()].copy_from_slice(call.inputs[0]);
    }

    fn backward(_: Backward<'_, T>) {}
}

/// The cube of every number, alone or in a batch.
pub struct Cube;

impl<T: Real> Layer<T> for Cube {
    type Input = shape![4, 4, 3];
    type Output = shape![4, 4, 3];
    const PER_SAMPLE: bool = true;

    fn forward(call: Forward<'_, T>) {
        call.outputs[0].iter_mut().zip(call.inputs[0]).for_each(|(y, &x)| *y = x * x * x);
    }

    fn backward(call: Backward<'_, T>) {
        let numbers = call.inputs[0].iter().zip(&*call.output_gradients[0]);
        for (dx, (&x, &dy)) in call.input_gradients[0].iter_mut().zip(numbers) {
            *dx = T::from_f64(3.0) * x * x * dy;
        }
    }
}

network! {
    struct CubeOfBatch = [2, 6, 5] -> conv(4, 3) -> Cube -> [4, 4, 3] -> conv(3, 2) -> relu -> affine(2);
    struct CubeOfSamples = [2, 6, 5] -> conv(4, 3) -> per_sample(Cube) -> [4, 4, 3] -> conv(3, 2) -> relu -> affine(2);

    /// The main job's network, small.
    pub struct Small = [1, 12, 12] -> conv(5, 3) -> relu -> pool(2) -> affine(20) -> relu -> affine(4) -> softmax;

    struct Generator = [4] -> affine(8) -> relu -> affine(2 * 5 * 5) -> reshape([2, 5, 5]) -> conv(2, 3, pad = same) -> tanh;
    struct Discriminator = [2, 5, 5] -> conv(3, 3) -> bn -> relu -> pool(2, stride = 1) -> affine(1) -> sigmoid;
    struct Gan = [4] -> generator: Generator -> [2, 5, 5] -> Discriminator -> [1];
    struct Inline = [4] -> affine(8) -> relu -> affine(2 * 5 * 5) -> reshape([2, 5, 5]) -> conv(2, 3, pad = same) -> tanh
        -> conv(3, 3) -> bn -> relu -> pool(2, stride = 1) -> affine(1) -> sigmoid;

    struct Deceived = [4] -> affine(8) -> Greedy -> [8] -> affine(300) -> affine(2);

    struct Scaled = [4] -> affine(8) -> layers::Scale(2 + 1) -> [8] -> affine(3);

    struct Two(image: [3, 6, 6], code: [5]) = {
        let seen = image -> conv(4, 3) -> relu -> [4, 4, 4];
        let joined = concat(seen -> affine(6) | code -> affine(6)) -> tanh;
        joined -> affine(3) -> softmax,
        seen -> conv(2, 1)
    };
}

/// What a call says of itself that panics.
fn panic_of(call: impl FnOnce() + std::panic::UnwindSafe) -> String {
    let payload = std::panic::catch_unwind(call).expect_err("a panic");
    payload.downcast_ref::<String>().cloned().expect("a message with numbers")
}

/// At the call itself, and not at the first prediction.
#[test]
fn sizes_that_cannot_be_are_refused_where_they_are_given() {
    for len in [0, Small::PARAMETERS - 1, Small::PARAMETERS + 1] {
        let message = panic_of(|| drop(Small::<f32>::from_parameters(Parameters::zeros(len))));
        assert_eq!(message, format!("Small has {} parameters, but the block for it has {len}", Small::PARAMETERS));
    }
    assert_eq!(Small::<f32>::workspace_len(usize::MAX), usize::MAX);
    for capacity in [1 << 60, usize::MAX] {
        let message = panic_of(|| drop(Training::<Small>::new(capacity)));
        assert_eq!(message, format!("the memory for batches of {capacity} samples of Small cannot be addressed"));
    }
}

/// A layer has no more memory than it says it wants, and cannot get at its neighbours'.
#[test]
fn a_layer_that_takes_more_memory_than_it_wants_panics_in_its_own_code() {
    let net = Deceived::new(1);
    let batch = Batch::<shape![4]>::zeros(3);
    for message in [
        panic_of(|| drop(net.predict(&batch))),
        panic_of(|| drop(Training::new(3).loss_and_gradients(&net, &batch, &CrossEntropy, &[0; 3]))),
    ] {
        assert_eq!(message, "range end index 24 out of range for slice of length 12");
    }
}

#[test]
fn it_learns() {
    let mut net = Small::new(1);
    let batch = noise(8);
    let labels = [0, 1, 2, 3, 0, 1, 2, 3];
    let mut training = Training::new(8);
    let mut adam = Adam::new(0.01);
    for _ in 0..150 {
        training.loss_and_gradients(&net, &batch, &CrossEntropy, &labels).expect("a batch");
        training.step(&mut net, &mut adam).expect("a step");
    }
    let loss = training.loss_and_gradients(&net, &batch, &CrossEntropy, &labels).expect("a batch");
    assert!(loss < 0.05, "{loss}");
    let probabilities = net.predict(&batch).expect("one input");
    for (row, label) in probabilities.iter().zip(labels) {
        assert_eq!(nn_core::argmax(row), label);
    }
}

#[test]
fn a_sample_alone_is_predicted_as_in_a_batch() {
    let net = Small::new(2);
    let batch = noise::<shape![1, 12, 12], f32>(300);
    let together = net.predict(&batch).expect("one input");
    for sample in [0, 1, 255, 256, 299] {
        let one = Tensor::<shape![1, 12, 12]>::try_from(batch.sample(sample)).expect("a sample");
        let alone = net.predict(&one).expect("one input");
        for (a, b) in alone.as_slice().iter().zip(together.sample(sample)) {
            assert!((a - b).abs() < 1e-6, "sample {sample}: {a} and {b}");
        }
    }
}

/// A layer by path in the pass over the samples gives the same numbers as on the whole batch.
#[test]
fn a_layer_by_path_runs_sample_by_sample_if_it_says_so() {
    let (of_batch, of_samples) = (CubeOfBatch::new(7), CubeOfSamples::new(7));
    let batch = noise(9);
    let [alone, together] = [of_samples.predict(&batch), of_batch.predict(&batch)];
    assert_eq!(alone.expect("one input"), together.expect("one input"));
    let targets = [0.25; 18];
    let mut gradients = Vec::new();
    let (mut first, mut second) = (Training::new(9).with_input_gradients(), Training::new(9).with_input_gradients());
    first.loss_and_gradients(&of_samples, &batch, &MeanSquaredError, &targets).expect("a batch");
    second.loss_and_gradients(&of_batch, &batch, &MeanSquaredError, &targets).expect("a batch");
    gradients.push((first.gradients(), second.gradients()));
    gradients.push((
        first.input_gradients().expect("asked for").as_slice(),
        second.input_gradients().expect("asked for").as_slice(),
    ));
    for (samples, batch) in gradients {
        assert_eq!(samples, batch);
        assert!(samples.iter().any(|&g| g != 0.0));
    }
}

/// A network made of two others is the same as one that is written out, in every number.
#[test]
fn composition_changes_nothing() {
    let whole = Inline::new(5).to_f64();
    let gan = Gan::<f64>::from_parameters(Parameters::from(whole.block()));
    assert_eq!(Gan::PARAMETERS, Inline::PARAMETERS);
    let inputs = noise(6);
    assert_eq!(whole.predict(&inputs).expect("one input"), gan.predict(&inputs).expect("one input"));
    let targets = [1.0, 0.0, 1.0, 1.0, 0.0, 0.0];
    let (mut one, mut two) = (Training::new(6).with_input_gradients(), Training::new(6).with_input_gradients());
    let a = one.loss_and_gradients(&whole, &inputs, &MeanSquaredError, &targets).expect("a batch");
    let b = two.loss_and_gradients(&gan, &inputs, &MeanSquaredError, &targets).expect("a batch");
    assert!((a - b).abs() < 1e-15, "{a} and {b}");
    assert_eq!((whole_head(&whole), whole_head(&gan)), (Head::Sigmoid, Head::Sigmoid));
    for (i, (a, b)) in one.gradients().iter().zip(two.gradients()).enumerate() {
        assert!((a - b).abs() < 1e-14, "parameter {i}: {a} and {b}");
    }
    let labels: Vec<String> = nn_core::parameters::flatten(Gan::<f64>::ENTRIES).into_iter().map(|s| s.label).collect();
    assert!(labels.contains(&"generator.affine1.weight".to_owned()), "{labels:?}");
}

/// The head that a network's loss sees: for a network that ends in another, that of the other.
fn whole_head<N: Network>(_: &N) -> Head {
    N::HEADS[0]
}

/// A head that something else reads too is still left to the loss.
#[test]
fn a_head_may_have_other_readers() {
    network! {
        struct Shared = { let p = [4] -> affine(3) -> sigmoid; p -> affine(2), p };
        struct Inner = [4] -> affine(3) -> sigmoid;
        struct InTheMiddle = [4] -> Inner -> [3] -> affine(2);
    }
    assert_eq!(Shared::<f64>::HEADS, [Head::Identity, Head::Sigmoid]);
    let loss = |outputs: &[&mut [f64]], gradients: &mut [&mut [f64]]| {
        let [first, second] = gradients else { unreachable!("two outputs") };
        let one = MeanSquaredError.evaluate(Head::Identity, 2, outputs[0], &[0.3; 6], first)?;
        Ok(one + BinaryCrossEntropy.evaluate(Head::Sigmoid, 3, outputs[1], &[1.0; 9], second)?)
    };
    let net = Shared::<f64>::new(1);
    for tensor in GradientCheck::new().network_with(&net, &noise(3), loss).expect("a batch") {
        assert!(tensor.relative < 2e-7, "{tensor:?}");
    }
    let net = InTheMiddle::<f64>::new(1);
    for tensor in GradientCheck::new().network(&net, &noise(3), &MeanSquaredError, &[0.3; 6]).expect("a batch") {
        assert!(tensor.relative < 2e-7, "{tensor:?}");
    }
}

#[test]
fn a_hand_written_layer_takes_part() {
    let net = Scaled::<f64>::new(1);
    let targets = [0.5; 12];
    let tensors = GradientCheck::new().network(&net, &noise(4), &MeanSquaredError, &targets).expect("a batch");
    assert_eq!(tensors.len(), 6, "{tensors:?}");
    for tensor in tensors {
        assert!(tensor.relative < 2e-7, "{tensor:?}");
    }
}

#[test]
fn several_inputs_and_outputs() {
    let net = Two::<f64>::new(1);
    let (images, codes) = (noise::<shape![3, 6, 6], f64>(3), noise::<shape![5], f64>(3));
    let (classes, maps) = net.predict((&images, &codes)).expect("as many of each");
    assert_eq!((classes.samples(), maps.as_slice().len()), (3, 3 * 2 * 4 * 4));
    let fewer = noise::<shape![5], f64>(2);
    assert!(net.predict((&images, &fewer)).is_err());

    let targets = vec![0.3; 3 * 32];
    let loss = |outputs: &[&mut [f64]], gradients: &mut [&mut [f64]]| {
        let [classes, maps] = gradients else { unreachable!("two outputs") };
        let heads = Two::<f64>::HEADS;
        let first = CrossEntropy.evaluate(heads[0], 3, outputs[0], &[0, 2, 1], classes)?;
        Ok(first + MeanSquaredError.evaluate(heads[1], 32, outputs[1], &targets, maps)?)
    };
    for tensor in GradientCheck::new().network_with(&net, (&images, &codes), loss).expect("a batch") {
        assert!(tensor.relative < 2e-7, "{tensor:?}");
    }
}

/// Maps are channels first outside, whatever they are inside.
#[test]
fn maps_keep_their_order() {
    network! {
        struct Same = [2, 3, 4] -> pool(1);
        struct Flat = [2, 3, 4] -> pool(1) -> flatten;
    }
    let inputs = noise::<shape![2, 3, 4], f32>(2);
    assert_eq!(Same::new(0).predict(&inputs).expect("one input").as_slice(), inputs.as_slice());
    assert_eq!(Flat::new(0).predict(&inputs).expect("one input").as_slice(), inputs.as_slice());
}

/// One thread or many, the same bits: predictions, loss, gradients and a step.
#[test]
fn threads_change_no_bit() {
    network! {
        struct Mixed = [3, 16, 16] -> conv(24, 3, pad = same, bias = false) -> bn -> relu
            -> residual(conv(24, 3, pad = same) -> bn -> relu -> conv(24, 3, pad = same) -> bn) -> relu -> pool(2)
            -> concat(conv(20, 1) | conv(20, 3, pad = same)) -> dropout(0.2) -> affine(200) -> relu -> affine(10) -> softmax;
    }
    let inputs = noise::<shape![3, 16, 16], f32>(37);
    let labels: Vec<usize> = (0..37).map(|i| i % 10).collect();
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads start");
        pool.install(|| {
            let mut net = Mixed::new(1);
            let mut adam = Adam::new(0.001);
            let mut training = Training::new(37).seed(9).with_input_gradients();
            for _ in 0..2 {
                training.loss_and_gradients(&net, &inputs, &CrossEntropy, &labels).expect("a batch");
                training.step(&mut net, &mut adam).expect("a step");
            }
            let dx = training.input_gradients().expect("asked for").as_slice().to_vec();
            let prediction = net.predict(&inputs).expect("one input").as_slice().to_vec();
            [training.gradients().to_vec(), dx, prediction, net.block().to_vec()].map(|numbers| bits(&numbers))
        })
    };
    let one = on(1);
    for threads in [2, 3, 8] {
        assert!(one == on(threads), "{threads} threads give other bits than one");
    }
}

fn bits(numbers: &[f32]) -> Vec<u32> {
    numbers.iter().map(|number| number.to_bits()).collect()
}

/// A network of VGG-16's size is built where there is next to no stack.
#[test]
fn a_large_network_fits_a_small_stack() {
    network! {
        block twice(channels) = 2 * (conv(channels, 3, pad = 1) -> relu) -> pool(2);
        block thrice(channels) = 3 * (conv(channels, 3, pad = 1) -> relu) -> pool(2);
        struct Vgg16 = [3, 224, 224] -> twice(64) -> twice(128) -> thrice(256) -> thrice(512) -> thrice(512)
            -> [512, 7, 7] -> affine(4096) -> relu -> dropout -> affine(4096) -> relu -> dropout -> affine(1000) -> softmax;
    }
    assert_eq!(Vgg16::PARAMETERS, 138_357_544);
    let build = || Vgg16::<f32>::from_parameters(Parameters::zeros(Vgg16::PARAMETERS)).block().len();
    let thread = std::thread::Builder::new().stack_size(256 << 10).spawn(build).expect("a thread");
    assert_eq!(thread.join().expect("no overflow"), 138_357_544);
}

#[test]
fn a_summary_tells_what_a_network_is() {
    let table = Small::summary().to_string();
    for part in ["conv(5, 3)", "+ relu", "+ pool(2)", "[5, 5, 5]", "2,654 parameters", "7,080 multiply-adds"] {
        assert!(table.contains(part), "no {part} in\n{table}");
    }
}

#[test]
fn wrong_batches_are_refused() {
    let net = Small::new(1);
    let mut training = Training::new(4);
    let error = training.loss_and_gradients(&net, &noise(5), &CrossEntropy, &[0; 5]).unwrap_err();
    assert!(error.to_string().contains("at most 4"), "{error}");
    let error = training.loss_and_gradients(&net, &noise(0), &CrossEntropy, &[]).unwrap_err();
    assert!(error.to_string().contains("no samples"), "{error}");
    let view = BatchView::<shape![1, 12, 12]>::from_slice(&[0.0; 144]).expect("one sample");
    let mut outputs = [0.0; 4];
    let error = net.predict_in(view, [&mut outputs], &mut [0.0; 10]).unwrap_err();
    assert!(error.to_string().contains("workspace must hold"), "{error}");
}
