//! Networks along sequences: recurrent layers, and what makes one row of all steps.

use nn_core::data::Samples;
use nn_core::shape::Shape;
use nn_core::train::loss::WeightedCrossEntropy;
use nn_core::{
    Adam, Batch, CrossEntropy, GradientCheck, MeanSquaredError, Network, Trainer, Training, Workspace, evaluate,
    network, shape,
};
use nn_tests::{noise, ragged};

network! {
    struct Plain = [6, 3] -> rnn(5) -> rnn(4, nonlinearity = relu, reverse = true) -> last;
    struct Gates = [6, 3] -> gru(5) -> layer_norm -> lstm(4) -> mean -> affine(2);

    /// Both directions, and two layers on top.
    struct Both = [6, 3] -> concat(lstm(4) | lstm(3, reverse = true)) -> 2 * gru(5) -> each(affine(2));

    /// The same for sequences of any length.
    struct Varying = [..6, 3] -> concat(lstm(4) | lstm(3, reverse = true)) -> 2 * gru(5) -> each(affine(2));
    struct VaryingEnds = [..6, 3] -> add(rnn(4) -> last | gru(4) -> mean) -> affine(2);

    /// An encoder whose last states start a decoder; both are trained by the decoder's outputs.
    struct Decoder(source: [..6, 3], more: [4, 2]) = {
        let (all, h, c) = source -> lstm(4);
        let summary = all -> mean;
        let other = concat(h | c | summary) -> affine(5) -> tanh;
        add(more -> lstm(4, start = (h, c)) -> each(affine(3)) | more -> gru(5, start = other) -> each(affine(3)))
    };

    struct Last = {
        let (all, end) = [5, 2] -> gru(3);
        concat(all -> last | end)
    };

    /// One step of `Deep`, with the states handed in and out.
    struct Step(x: [1, 3], h1: [4], c1: [4], h2: [5]) = {
        let (first, h, c) = x -> lstm(4, start = (h1, c1));
        let (second, end) = first -> gru(5, start = h2);
        second -> each(affine(2)), h, c, end
    };
    struct Deep = [6, 3] -> lstm(4) -> gru(5) -> each(affine(2));

    struct Attends = [6, 3] -> each(affine(4)) -> attention(2) -> attention(1, causal = true) -> mean;
    struct VaryingAttends = [..6, 3] -> each(affine(4)) -> residual(attention(2)) -> attention(4, causal = true) -> last;

    /// One sequence looks at another; each has a length of its own.
    struct Looks(x: [..6, 4], more: [..5, 3]) = {
        let memory = more -> gru(4);
        x -> attention(2, over = memory) -> each(affine(2))
    };

    block transformer(size, hidden) = residual(layer_norm -> attention(4, causal = true))
        -> residual(layer_norm -> each(affine(hidden) -> gelu -> affine(size)));

    /// What each word is, and where it stands.
    struct Transformer(words: [7 of 11], places: [7 of 7]) =
        add(words -> embedding(16) | places -> embedding(16))
            -> 2 * transformer(16, 32) -> layer_norm -> each(affine(11)) -> log_softmax;

    /// A class for each of six steps, and for each of as many as there are.
    struct Tags = [6, 3] -> gru(8) -> each(affine(4)) -> softmax;
    struct VaryingTags = [..6, 3] -> gru(8) -> each(affine(4)) -> softmax;

    struct Words = [..7 of 11] -> embedding(8) -> lstm(16) -> each(affine(11)) -> log_softmax;
}

fn fixed<S: Shape<Element<f64> = f64>>(samples: usize, seed: u64) -> Batch<S, f64> {
    Batch::from_slice(&noise(samples * S::LEN, seed)).expect("whole samples")
}

const STEPS: [usize; 7] = [2, 6, 1, 5, 6, 3, 4];

/// A network with parameters away from where they start.
fn stirred<N: Network<Scalar = f64>>() -> N {
    let mut net = N::new(3);
    let more = noise(N::PARAMETERS, 6);
    net.block_mut().iter_mut().zip(more).for_each(|(p, more)| *p = 0.7 * *p + 0.3 * more);
    net
}

fn check<A: Shape<Element<f64> = f64>, B: Shape, N: Network<Scalar = f64, Inputs = (A,), Outputs = (B,)>>(
    inputs: &Batch<A, f64>,
    targets: usize,
) {
    let found =
        GradientCheck::new().at_most(60).network(&stirred::<N>(), inputs, &MeanSquaredError, &noise(targets, 5));
    for difference in found.expect("a batch") {
        assert!(difference.relative < 2e-7, "{}: {difference:?}", N::NAME);
    }
}

#[test]
fn gradients() {
    check::<_, _, Plain<f64>>(&fixed(3, 1), 3 * 4);
    check::<_, _, Gates<f64>>(&fixed(3, 1), 3 * 2);
    check::<_, _, Both<f64>>(&fixed(3, 1), 3 * 6 * 2);
    check::<_, _, Varying<f64>>(&ragged(&STEPS, 1), STEPS.iter().sum::<usize>() * 2);
    check::<_, _, VaryingEnds<f64>>(&ragged(&STEPS, 1), STEPS.len() * 2);
    check::<_, _, Last<f64>>(&fixed(4, 2), 4 * 6);
    check::<_, _, Attends<f64>>(&fixed(3, 1), 3 * 4);
    check::<_, _, VaryingAttends<f64>>(&ragged(&STEPS, 1), STEPS.len() * 4);
}

#[test]
fn states_start_another_layer() {
    let net: Decoder<f64> = stirred();
    let inputs = (&ragged::<shape![..6, 3]>(&STEPS, 1), &fixed::<shape![4, 2]>(STEPS.len(), 2));
    let found = GradientCheck::new().network_with(&net, inputs, squares).expect("a batch");
    assert!(found.len() > 10);
    for difference in found {
        assert!(difference.relative < 2e-7, "{difference:?}");
    }
}

/// The sum of the squares of an output.
fn squares(outputs: &[&mut [f64]], gradients: &mut [&mut [f64]]) -> Result<f64, nn_core::Error> {
    let sum = outputs[0].iter().zip(gradients[0].iter_mut()).map(|(y, dy)| {
        *dy = 2.0 * y;
        y * y
    });
    Ok(sum.sum())
}

#[test]
fn a_sequence_looks_at_another() {
    let (net, others): (Looks<f64>, Vec<usize>) = (stirred(), STEPS.iter().map(|steps| 1 + steps * 3 % 5).collect());
    let inputs = (&ragged::<shape![..6, 4]>(&STEPS, 1), &ragged::<shape![..5, 3]>(&others, 2));
    let found = GradientCheck::new().network_with(&net, inputs, squares).expect("a batch");
    assert!(found.len() > 6);
    for difference in found {
        assert!(difference.relative < 2e-7, "{difference:?}");
    }
    let outputs = net.predict(inputs).expect("sequences");
    for (sample, output) in outputs.iter().enumerate() {
        let alone = (inputs.0.view().range(sample..sample + 1), inputs.1.view().range(sample..sample + 1));
        assert_eq!(net.predict(alone).expect("one").as_slice(), output);
    }
}

#[test]
fn the_last_step_is_the_last_state() {
    let net = Last::new(2);
    let inputs = Batch::from_slice(&noise(3 * 10, 1).iter().map(|&x| x as f32).collect::<Vec<_>>()).expect("samples");
    for output in net.predict(&inputs).expect("samples").iter() {
        assert_eq!(output[..3], output[3..]);
    }
}

#[test]
fn every_sequence_is_as_if_alone() {
    let net: Varying<f64> = stirred();
    let inputs = ragged::<shape![..6, 3]>(&STEPS, 1);
    let outputs = net.predict(&inputs).expect("sequences");
    for (sample, output) in outputs.iter().enumerate() {
        assert_eq!(net.predict(inputs.view().range(sample..sample + 1)).expect("one").as_slice(), output);
    }
    let same = Both::<f64>::from_parameters(net.storage().clone());
    let full = ragged::<shape![..6, 3]>(&[6; 4], 1);
    let fixed = Batch::<shape![6, 3], f64>::from_slice(full.as_slice()).expect("all steps");
    let [varying, fixed] = [
        net.predict(&full).expect("steps").as_slice().to_vec(),
        same.predict(&fixed).expect("steps").as_slice().to_vec(),
    ];
    assert_eq!(varying, fixed);
}

/// Without a heap: all is in arrays of the caller.
#[test]
fn step_by_step_is_as_at_once() {
    let net = Deep::new(4);
    let step = Step::from_parameters(net.storage().clone());
    let x: [f32; 18] = noise(18, 1).iter().map(|&x| x as f32).collect::<Vec<_>>().try_into().expect("six steps");
    let (all, mut workspace) = (net.predict_one(&x, &mut Deep::workspace()), Step::workspace());
    let (mut h1, mut c1, mut h2) = ([0.0; 4], [0.0; 4], [0.0; 5]);
    for (x, expected) in x.chunks(3).zip(all.chunks(2)) {
        let x = x.try_into().expect("three numbers");
        let y;
        (y, h1, c1, h2) = step.predict_one(x, &h1, &c1, &h2, &mut workspace);
        assert_eq!(y, expected);
    }
}

#[test]
fn names_are_pytorchs() {
    let names: Vec<String> = nn_core::parameters::flatten(Both::<f32>::ENTRIES).into_iter().map(|s| s.label).collect();
    assert_eq!(
        names[..4],
        ["weight_ih_l0", "bias_ih_l0", "weight_hh_l0", "bias_hh_l0"].map(|name| format!("lstm1.{name}"))
    );
    assert!(names.iter().any(|name| name == "gru2.weight_hh_l0"), "{names:?}");
}

/// Sentences, and for each word of them the one before it.
fn sentences() -> (Vec<Vec<u32>>, Vec<usize>) {
    let sentences: Vec<Vec<u32>> =
        (0..40).map(|i: u32| (0..2 + i % 6).map(|k| (i * (1 + k % 2) * 3 + k * k) % 11).collect()).collect();
    let before = |sentence: &Vec<u32>| {
        (0..sentence.len()).map(|k| if k == 0 { 0 } else { sentence[k - 1] as usize }).collect::<Vec<_>>()
    };
    let targets = sentences.iter().flat_map(before).collect();
    (sentences, targets)
}

/// The numbers of whole sentences as a batch.
fn words<S: Shape<Element<f32> = u32>>(sentences: &[Vec<u32>]) -> Batch<S> {
    Batch::from_samples(&sentences.iter().map(Vec::as_slice).collect::<Vec<_>>()).expect("words")
}

/// What follows a word depends on the word before it: a dense layer on each word alone cannot know.
#[test]
fn an_lstm_remembers() {
    let (sentences, targets) = sentences();
    let inputs = words::<shape![..7 of 11]>(&sentences);
    let (mut net, mut adam, mut training) = (Words::new(1), Adam::new(0.02), Training::new(40));
    for _ in 0..150 {
        training.loss_and_gradients(&net, &inputs, &CrossEntropy, &targets).expect("a batch");
        training.step(&mut net, &mut adam).expect("a step");
    }
    let loss = training.loss_and_gradients(&net, &inputs, &CrossEntropy, &targets).expect("a batch");
    assert!(loss < 0.05, "{loss}");
}

/// With a fixed count of steps it is as with one that varies: a label for each, and one that is ignored.
#[test]
fn every_step_has_its_label() {
    let numbers: Vec<f32> = noise(5 * 18, 1).iter().map(|&x| x as f32).collect();
    let labels: Vec<usize> = (0..30).map(|i| if i % 7 == 0 { 9 } else { usize::from(numbers[3 * i] > 0.0) }).collect();
    let loss = WeightedCrossEntropy::new().ignore(9).smoothing(0.1);
    let (mut net, other) = (Tags::new(1), VaryingTags::from_parameters(Tags::new(1).storage().clone()));
    let fixed = Batch::<shape![6, 3]>::from_slice(&numbers).expect("steps");
    let varying = Batch::<shape![..6, 3]>::from_samples(&numbers.chunks(18).collect::<Vec<_>>()).expect("steps");
    let (mut training, mut likewise) = (Training::new(5), Training::new(5));
    let found = training.loss_and_gradients(&net, &fixed, &loss, &labels).expect("a batch");
    let expected = likewise.loss_and_gradients(&other, &varying, &loss, &labels).expect("a batch");
    assert_eq!((found, training.gradients()), (expected, likewise.gradients()));

    let data = Samples::new(5, numbers, labels.clone()).expect("six labels each");
    let told = evaluate(&net, &data, &loss, 2).expect("valid");
    assert!((told.loss - f64::from(found)).abs() < 1e-6, "{} for {found}", told.loss);
    let mut trainer = Trainer::new(Adam::new(0.05)).loss(loss.clone()).epochs(60).batch_size(2);
    trainer.fit(&mut net, &data).expect("valid");
    assert_eq!(evaluate(&net, &data, &loss, 5).expect("valid").accuracy, Some(1.0));

    // A sample's weight is that of all its steps.
    let weights = [1.0_f32, 0.0, 0.0, 0.0, 0.0];
    let weighed = evaluate(&net, (&fixed, &labels, &weights), &loss, 2).expect("valid");
    let alone = Batch::<shape![6, 3]>::from_slice(&fixed.as_slice()[..18]).expect("steps");
    let expected = training.loss_and_gradients(&net, &alone, &loss, &labels[..6]).expect("a batch");
    assert!((weighed.loss - f64::from(expected)).abs() < 1e-6, "{} for {expected}", weighed.loss);

    let short = Samples::new(5, vec![0.0_f32; 90], vec![0_usize; 5]).expect("one label each");
    let error = evaluate(&net, &short, &loss, 2).expect_err("six are wanted").to_string();
    assert!(error.contains("expected 6 as the loss wants of the network's output [6, 4], found 1"), "{error}");
}

#[test]
fn a_transformer_looks_back() {
    let (sentences, before) = sentences();
    let (mut before, mut targets) = (before.into_iter(), Vec::new());
    let mut padded = Vec::new();
    for sentence in sentences {
        let len = sentence.len();
        padded.extend(sentence.into_iter().chain(std::iter::repeat_n(0, 7 - len)));
        targets.extend(before.by_ref().take(len).chain(std::iter::repeat_n(99, 7 - len)));
    }
    let places: Vec<u32> = (0..padded.len() as u32).map(|i| i % 7).collect();
    let inputs = (&Batch::from_slice(&padded).expect("words"), &Batch::from_slice(&places).expect("places"));
    let (mut net, mut adam, mut training) = (Transformer::new(1), Adam::new(0.005), Training::new(40));
    let loss = WeightedCrossEntropy::new().ignore(99);
    for _ in 0..150 {
        training.loss_and_gradients(&net, inputs, &loss, &targets).expect("a batch");
        training.step(&mut net, &mut adam).expect("a step");
    }
    let loss = training.loss_and_gradients(&net, inputs, &loss, &targets).expect("a batch");
    assert!(loss < 0.05, "{loss}");
}

#[test]
fn threads_change_no_bit() {
    let steps: Vec<usize> = (0..300).map(|i| 1 + i * 7 % 6).collect();
    let inputs = ragged::<shape![..6, 3]>(&steps, 1);
    let net: Varying<f64> = stirred();
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads start");
        pool.install(|| {
            let mut training = Training::new(300);
            let targets = noise(inputs.as_slice().len() / 3 * 2, 1);
            training.loss_and_gradients(&net, &inputs, &MeanSquaredError, &targets).expect("a batch");
            (net.predict(&inputs).expect("steps"), training.gradients().to_vec())
        })
    };
    assert!(on(1) == on(3));
}

#[test]
fn predicts_in_memory_that_is_given() {
    let net = VaryingEnds::new(1);
    let numbers: Vec<f32> = noise(9 * 3, 1).iter().map(|&x| x as f32).collect();
    let inputs = Batch::<shape![..6, 3]>::from_samples(&[&numbers[..18], &numbers[18..]]).expect("steps");
    let expected = net.predict(&inputs).expect("steps");
    let mut outputs = [9.0; 4];
    net.predict_in(&inputs, [&mut outputs], &mut vec![0.0; VaryingEnds::<f32>::workspace_len(2)]).expect("enough");
    assert_eq!(outputs, expected.as_slice());
    let mut again = expected.clone();
    again.as_mut_slice().fill(9.0);
    net.predict_into(&inputs, &mut again, &mut Workspace::new()).expect("as many");
    assert_eq!(again, expected);
}
