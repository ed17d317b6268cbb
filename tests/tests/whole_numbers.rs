//! Networks whose inputs are whole numbers below a bound: words, that is.

use nn_core::data::Samples;
use nn_core::layer::{Backward, Forward};
use nn_core::shape::{BoundError, Numbers, Shapes};
use nn_core::{
    Adam, Batch, BatchView, CrossEntropy, Error, GradientCheck, Layer, MeanSquaredError, Network, PredictError, Real,
    Tensor, Trainer, Training, evaluate, network, shape,
};

mod layers {
    use super::*;

    /// Each number as a real one.
    pub struct AsReal;

    impl<T: Real> Layer<T> for AsReal {
        type Input = shape![3 of 40];
        type Output = shape![3];

        fn forward(call: Forward<T>) {
            for (y, &x) in call.outputs[0].iter_mut().zip(call.whole[0]) {
                *y = T::from_usize(x as usize);
            }
        }

        fn backward(call: Backward<T>) {
            assert!(call.input_gradients.is_empty() && call.whole[0].len() == 3 * call.pass.samples());
        }
    }
}

network! {
    /// Which of four classes the first of three words belongs to.
    struct Classes = [3 of 40] -> embedding(8) -> affine(4) -> softmax;

    /// Words and real numbers.
    struct Mixed(words: [2 of 7], more: [3]) = {
        let rows = words -> embedding(4);
        concat(rows -> flatten | more) -> affine(5) -> tanh -> affine(2)
    };

    /// The same words looked up twice.
    struct Twice = {
        let words = [5 of 11];
        add(words -> first: embedding(3) | words -> second: embedding(3)) -> relu -> affine(2) -> softmax
    };

    struct Outer = [3 of 40] -> Classes -> [4] -> affine(2);

    struct Own = [3 of 40] -> layers::AsReal -> [3] -> affine(2);
}

/// Every triple's class is what its first word leaves when divided by four.
fn task(count: u32) -> (Vec<u32>, Vec<usize>) {
    let words: Vec<u32> = (0..count).flat_map(|i| [i % 40, (i * 7 + 3) % 40, (i * i + 11) % 40]).collect();
    let classes = (0..count).map(|i| i as usize % 40 % 4).collect();
    (words, classes)
}

#[test]
fn an_embedding_learns() {
    let (words, classes) = task(400);
    let inputs = Batch::<shape![3 of 40]>::from_slice(&words).expect("whole samples");
    let mut net = Classes::new(1);
    let mut adam = Adam::new(0.02);
    let mut training = Training::new(400);
    for _ in 0..150 {
        training.loss_and_gradients(&net, &inputs, &CrossEntropy, &classes).expect("a batch");
        training.step(&mut net, &mut adam).expect("a step");
    }
    let loss = training.loss_and_gradients(&net, &inputs, &CrossEntropy, &classes).expect("a batch");
    assert!(loss < 0.05, "{loss}");
    assert!(training.input_gradients().is_none());

    let outputs = net.predict(&inputs).expect("one input");
    let best = |row: &[f32]| (0..4).max_by(|&a, &b| row[a].total_cmp(&row[b])).expect("four");
    assert!(outputs.iter().zip(&classes).all(|(row, &class)| best(row) == class));
}

#[test]
fn the_trainer_takes_words() {
    let (words, classes) = task(400);
    let data = Samples::new(400, words.clone(), classes.clone()).expect("as many of each");
    let mut net = Classes::new(1);
    let history = Trainer::new(Adam::new(0.02)).epochs(40).batch_size(50).validation(&data).fit(&mut net, &data);
    assert_eq!(history.expect("valid").last().and_then(|epoch| epoch.validation_accuracy), Some(1.0));

    let mut words = words;
    words[7] = 40;
    let data = Samples::new(400, words, classes).expect("as many of each");
    let expected = "input `input`: number 40 of sample 2 at position 1 must be below 40";
    assert_eq!(evaluate(&net, &data, &CrossEntropy, 400).expect_err("40").to_string(), expected);
    assert!(matches!(Trainer::new(Adam::new(0.02)).fit(&mut net, &data), Err(Error::Bound(_))));
}

#[test]
fn one_sample_is_predicted_alike() {
    let net = Classes::new(5);
    let words = [39, 0, 17];
    let batch = net.predict(&Tensor::from_slice(&words).expect("three words")).expect("one input");
    let mut workspace = Classes::workspace();
    let one = net.predict_one(&words, &mut workspace).expect("words below 40");
    assert_eq!(one, batch.as_slice());
    let error = net.predict_one(&[39, 40, 17], &mut workspace).expect_err("40 is not below 40");
    let bound = BoundError { input: "input", sample: 0, position: 1, number: 40, below: 40 };
    assert_eq!(error, PredictError::Bound(bound));
}

#[test]
fn numbers_out_of_their_bound_are_refused() {
    let net = Mixed::new(1);
    let mut words = vec![6_u32; 10];
    words[9] = u32::MAX;
    let words = Batch::<shape![2 of 7]>::from_slice(&words).expect("whole samples");
    let more = Batch::<shape![3]>::zeros(5);
    let expected = "input `words`: number 4294967295 of sample 4 at position 1 must be below 7";

    assert_eq!(net.predict((&words, &more)).expect_err("out of bound").to_string(), expected);
    let mut outputs = Batch::<shape![2]>::zeros(5);
    let into = net.predict_into((&words, &more), &mut outputs, &mut nn_core::Workspace::new());
    assert_eq!(into.expect_err("out of bound").to_string(), expected);
    let mut workspace = vec![0.0; Mixed::<f32>::workspace_len(5)];
    let inside = net.predict_in((&words, &more), [outputs.as_mut_slice()], &mut workspace);
    assert_eq!(inside.expect_err("out of bound").to_string(), expected);
    let mut training = Training::new(5);
    let error = training.loss_and_gradients(&net, (&words, &more), &MeanSquaredError, &[0.0; 10]);
    assert_eq!(error.expect_err("out of bound").to_string(), expected);
}

#[test]
fn gradients_of_tables_are_right() {
    let words = Batch::<shape![2 of 7], f64>::from_slice(&[0, 6, 3, 3, 6, 1]).expect("whole samples");
    let more = Batch::<shape![3], f64>::from_slice(&[0.3, -0.2, 0.9, 0.1, 0.4, -0.7, 0.2, 0.2, -1.0]).expect("three");
    let targets = [0.2, 0.4, -0.3, 0.9, 0.0, 1.0];
    let mixed = GradientCheck::new().network(&Mixed::<f64>::new(2), (&words, &more), &MeanSquaredError, &targets);
    let mixed = mixed.expect("valid");
    let labels: Vec<&str> = mixed.iter().map(|tensor| tensor.label.as_str()).collect();
    let expected = ["embedding1.weight", "affine1.weight", "affine1.bias", "affine2.weight", "affine2.bias", "input 1"];
    assert_eq!(labels, expected);

    let words = Batch::<shape![5 of 11], f64>::from_slice(&[1, 2, 3, 4, 10, 0, 0, 2, 2, 9]).expect("whole samples");
    let twice = GradientCheck::new().network(&Twice::<f64>::new(2), &words, &CrossEntropy, &[1, 0]).expect("valid");
    let words = Batch::<shape![3 of 40], f64>::from_slice(&[1, 39, 1, 0, 2, 5]).expect("whole samples");
    let outer = GradientCheck::new().network(&Outer::<f64>::new(2), &words, &CrossEntropy, &[1, 0]).expect("valid");
    assert_eq!((twice.len(), outer.len()), (4, 5));
    for tensor in mixed.iter().chain(&twice).chain(&outer) {
        assert!(tensor.relative < 2e-7, "{tensor:?}");
    }
}

#[test]
fn whole_numbers_have_no_gradient() {
    let mut training = Training::<Mixed>::new(4).with_input_gradients();
    let words = Batch::<shape![2 of 7]>::zeros(3);
    let more = Batch::<shape![3]>::zeros(3);
    training.loss_and_gradients(&Mixed::new(1), (&words, &more), &MeanSquaredError, &[1.0; 6]).expect("a batch");
    let (of_words, of_more) = training.input_gradients().expect("asked for");
    assert_eq!((of_words.samples(), of_more.samples()), (0, 3));
    assert!(of_more.as_slice().iter().any(|&gradient| gradient != 0.0));
}

#[test]
fn words_that_are_not_named_have_zeros_for_gradients() {
    let mut training = Training::<Classes>::new(2);
    let words = Batch::<shape![3 of 40]>::from_slice(&[5, 5, 7, 5, 0, 39]).expect("whole samples");
    training.loss_and_gradients(&Classes::new(1), &words, &CrossEntropy, &[1, 2]).expect("a batch");
    let (table, _) = training.gradients().split_at(40 * 8);
    for (word, row) in table.chunks_exact(8).enumerate() {
        assert_eq!(row.iter().any(|&gradient| gradient != 0.0), [0, 5, 7, 39].contains(&word), "{word}");
    }
}

#[test]
fn networks_and_layers_by_path_take_words() {
    let words = Batch::<shape![3 of 40]>::from_slice(&[1, 2, 3, 39, 0, 20]).expect("whole samples");
    assert_eq!(Outer::new(3).predict(&words).expect("one input").samples(), 2);
    let mut net = Own::new(3);
    let block = net.block_mut();
    block.copy_from_slice(&[1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.5, 0.0]);
    let outputs = net.predict(&words).expect("one input");
    assert_eq!(outputs.as_slice(), [1.5, 2.0, 39.5, 0.0]);
    let mut training = Training::new(2).with_input_gradients();
    training.loss_and_gradients(&net, &words, &MeanSquaredError, &[0.0; 4]).expect("a batch");
}

#[test]
fn a_summary_and_a_file_name_the_table() {
    assert!(Classes::summary().to_string().contains("for a sample of [3 of 40]"), "{}", Classes::summary());
    let tensor = Classes::new(1).parameters().embedding1().tensor("weight").map(|tensor| tensor.shape());
    assert_eq!(tensor, Some(&[40, 8][..]));
}

#[test]
fn inputs_of_both_kinds_are_visited() {
    type Inputs = <Mixed as Network>::Inputs;
    assert_eq!(Inputs::BELOW, [Some(7), None]);
    let words = BatchView::<shape![2 of 7]>::from_slice(&[1, 2]).expect("one sample");
    let more = BatchView::<shape![3]>::from_slice(&[0.5; 3]).expect("one sample");
    let mut seen = Vec::new();
    Inputs::for_each((words, more), |_, numbers| seen.push(numbers));
    assert_eq!(seen, [Numbers::Integers(&[1, 2]), Numbers::Reals(&[0.5; 3])]);
}
