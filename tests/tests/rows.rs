//! Samples that are rows, `[..6, 3]` of a number that varies or `[6, 3]`, and layers that work on every row by itself.

use nn_core::shape::{RowsError, Shape, Shapes};
use nn_core::{
    Adam, Batch, BatchView, CrossEntropy, Error, GradientCheck, MeanSquaredError, Network, PredictError, Training,
    Workspace, network, shape,
};
use nn_tests::{noise, ragged};

network! {
    /// What the rows of the others are given to.
    struct Row = [3] -> affine(4) -> relu -> layer_norm -> affine(5) -> softmax;
    struct Varying = [..6, 3] -> each(affine(4) -> relu) -> layer_norm -> each(affine(5)) -> softmax;
    struct Fixed = [6, 3] -> each(affine(4) -> relu -> layer_norm -> affine(5)) -> softmax;

    /// Words, added to what a layer makes of them.
    struct Words = [..7 of 11] -> embedding(4) -> residual(each(affine(4) -> tanh)) -> concat(id | gelu) -> each(affine(11)) -> log_softmax;

    struct Map = [2, 5, 5] -> conv(3, 3) -> bn -> relu -> pool(3) -> affine(2);
    struct Maps = [..4, 2, 5, 5] -> each(conv(3, 3) -> bn -> relu -> pool(3) -> affine(2));
    struct FixedMaps = [4, 2, 5, 5] -> each(conv(3, 3) -> bn -> relu -> pool(3) -> affine(2));
    struct MapsInside = [..4, 2, 5, 5] -> each(conv(3, 3, pad = same) -> residual(conv(3, 3, pad = same)) -> conv(2, 3));

    /// Two inputs with rows of their own, and one without.
    struct Several(a: [..3, 2], b: [..5, 4], c: [3]) = {
        a -> each(affine(3)), b -> each(prelu -> affine(2)), c -> affine(2)
    };

    struct Dropped = [..6, 3] -> dropout(0.5) -> each(affine(2));
}

fn single<S: Shape<Element<f64> = f64, Element<f32> = f32>>(batch: &Batch<S, f64>) -> Batch<S> {
    let samples: Vec<Vec<f32>> = batch.iter().map(|sample| sample.iter().map(|&x| x as f32).collect()).collect();
    Batch::from_samples(&samples.iter().map(Vec::as_slice).collect::<Vec<_>>()).expect("rows")
}

const ROWS: [usize; 6] = [2, 6, 1, 5, 6, 3];

#[test]
fn every_row_is_as_if_alone() {
    let net = Varying::new(3);
    let row = Row::from_parameters(net.storage().clone());
    let inputs = single(&ragged::<shape![..6, 3]>(&ROWS, 1));
    let outputs = net.predict(&inputs).expect("rows");
    assert_eq!(outputs.samples(), ROWS.len());
    for (input, output) in inputs.iter().zip(outputs.iter()) {
        let expected = row.predict(&Batch::<shape![3]>::from_slice(input).expect("rows")).expect("rows");
        assert_eq!(output, expected.as_slice());
    }

    let full = ragged::<shape![..6, 3]>(&[6; 4], 1);
    let fixed = Batch::<shape![6, 3], f64>::from_slice(full.as_slice()).expect("all rows");
    let (net, same) = (net.to_f64(), Fixed::from_parameters(net.storage().clone()).to_f64());
    let (varying, fixed) = (net.predict(&full).expect("rows"), same.predict(&fixed).expect("rows"));
    assert_eq!(varying.as_slice(), fixed.as_slice());
}

#[test]
fn rows_may_be_maps() {
    let (net, row) = (Maps::new(3), Map::new(3));
    let inputs = single(&ragged::<shape![..4, 2, 5, 5]>(&[4, 1, 3], 2));
    let outputs = net.predict(&inputs).expect("rows");
    let alone = row.predict(&Batch::<shape![2, 5, 5]>::from_slice(inputs.as_slice()).expect("rows")).expect("rows");
    assert_eq!(outputs.as_slice(), alone.as_slice());
}

/// A batch of rows is one of so many samples: gradients, and the statistics of a batch norm.
#[test]
fn training_takes_every_row_alike() {
    let (net, row) = (Maps::<f64>::new(3), Map::<f64>::new(3));
    let inputs = ragged::<shape![..4, 2, 5, 5]>(&[4, 1, 3], 2);
    let rows = Batch::<shape![2, 5, 5], f64>::from_slice(inputs.as_slice()).expect("rows");
    let targets = noise(8 * 2, 4);
    let (mut varying, mut alone) = (Training::new(3).with_input_gradients(), Training::new(8).with_input_gradients());
    let loss = varying.loss_and_gradients(&net, &inputs, &MeanSquaredError, &targets).expect("a batch");
    assert_eq!(loss, alone.loss_and_gradients(&row, &rows, &MeanSquaredError, &targets).expect("a batch"));
    assert_eq!(varying.gradients(), alone.gradients());
    assert_eq!(varying.statistics(), alone.statistics());
    let [dx, expected] = [
        varying.input_gradients().expect("asked for").as_slice(),
        alone.input_gradients().expect("asked for").as_slice(),
    ];
    assert_eq!(dx, expected);
    assert_eq!(varying.logits().samples(), 3);

    // A shorter batch after a longer one.
    let short = ragged::<shape![..4, 2, 5, 5]>(&[2], 9);
    varying.loss_and_gradients(&net, &short, &MeanSquaredError, &targets[..4]).expect("a batch");
    assert_eq!(varying.logits().sample(0).len(), 4);
}

fn check<A: Shape<Element<f64> = f64>, B: Shape, N: Network<Scalar = f64, Inputs = (A,), Outputs = (B,)>>(
    inputs: &Batch<A, f64>,
) {
    let targets = noise(inputs.as_slice().len() / A::ROW_LEN * B::ROW_LEN, 5);
    let mut net = N::new(3);
    let stirred = noise(N::PARAMETERS, 6);
    net.block_mut().iter_mut().zip(stirred).for_each(|(p, more)| *p = 0.7 * *p + 0.2 * more);
    let found = GradientCheck::new().at_most(40).network(&net, inputs, &MeanSquaredError, &targets).expect("a batch");
    assert!(found.len() > 2, "{}", N::NAME);
    for difference in found {
        assert!(difference.relative < 2e-7, "{}: {difference:?}", N::NAME);
    }
}

#[test]
fn gradients() {
    check::<_, _, Varying<f64>>(&ragged(&ROWS, 1));
    check::<_, _, Maps<f64>>(&ragged(&[4, 1, 3], 2));
    check::<_, _, MapsInside<f64>>(&ragged(&[4, 1, 3], 2));
    let mut batch = Batch::<shape![6, 3], f64>::zeros(3);
    batch.as_mut_slice().copy_from_slice(&noise(54, 3));
    check::<_, _, Fixed<f64>>(&batch);
    let mut maps = Batch::<shape![4, 2, 5, 5], f64>::zeros(2);
    maps.as_mut_slice().copy_from_slice(&noise(400, 3));
    check::<_, _, FixedMaps<f64>>(&maps);
}

#[test]
fn several_inputs_have_rows_of_their_own() {
    let net = Several::<f64>::new(2);
    let (a, b) = (ragged::<shape![..3, 2]>(&[3, 1], 1), ragged::<shape![..5, 4]>(&[2, 5], 2));
    let c = Batch::<shape![3], f64>::from_slice(&noise(6, 3)).expect("two samples");
    let (of_a, of_b, of_c) = net.predict((&a, &b, &c)).expect("two samples");
    let lens = |batch: &[&[f64]]| batch.iter().map(|sample| sample.len()).collect::<Vec<_>>();
    assert_eq!(lens(&of_a.iter().collect::<Vec<_>>()), [9, 3]);
    assert_eq!(lens(&of_b.iter().collect::<Vec<_>>()), [4, 10]);
    assert_eq!(of_c.samples(), 2);

    let squares = |outputs: &[&mut [f64]], gradients: &mut [&mut [f64]]| {
        let mut sum = 0.0;
        for (outputs, gradients) in outputs.iter().zip(gradients) {
            assert_eq!(outputs.len(), gradients.len());
            for (y, dy) in outputs.iter().zip(gradients.iter_mut()) {
                (sum, *dy) = (sum + y * y * y, 3.0 * y * y);
            }
        }
        Ok(sum)
    };
    for difference in GradientCheck::new().network_with(&net, (&a, &b, &c), squares).expect("a batch") {
        assert!(difference.relative < 2e-7, "{difference:?}");
    }

    let three = ragged::<shape![..5, 4]>(&[2, 5, 1], 2);
    let error = net.predict((&a, &three, &c)).expect_err("two and three samples");
    assert!(matches!(error, PredictError::Samples(error) if (error.input, error.found) == (1, 3)), "{error}");
}

#[test]
fn words_learn_what_follows() {
    let sentences: Vec<Vec<u32>> = (0..20).map(|i| (0..1 + i % 7).map(|k| (i * 3 + k) % 11).collect()).collect();
    let inputs = Batch::<shape![..7 of 11]>::from_samples(&sentences.iter().map(Vec::as_slice).collect::<Vec<_>>())
        .expect("words");
    let next: Vec<usize> = inputs.as_slice().iter().map(|&word| (word as usize + 1) % 11).collect();
    let (mut net, mut adam, mut training) = (Words::new(1), Adam::new(0.05), Training::new(20));
    for _ in 0..60 {
        training.loss_and_gradients(&net, &inputs, &CrossEntropy, &next).expect("a batch");
        training.step(&mut net, &mut adam).expect("a step");
    }
    let loss = training.loss_and_gradients(&net, &inputs, &CrossEntropy, &next).expect("a batch");
    assert!(loss < 0.05, "{loss}");

    let wrong = Batch::<shape![..7 of 11]>::from_samples(&[&[1, 2, 3], &[4, 5], &[6, 12]]).expect("words");
    let error = net.predict(&wrong).expect_err("12 of 11");
    assert_eq!(error.to_string(), "input `input`: number 12 of sample 2 at position 1 must be below 11");
    let few = training.loss_and_gradients(&net, &inputs, &CrossEntropy, &next[1..]);
    assert!(matches!(few, Err(Error::Size { .. })), "a target for each row: {few:?}");
}

#[test]
fn threads_and_parts_change_no_bit() {
    let rows: Vec<usize> = (0..700).map(|i| 1 + i * 7 % 6).collect();
    let inputs = single(&ragged::<shape![..6, 3]>(&rows, 1));
    let net = Varying::new(4);
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads start");
        pool.install(|| {
            let mut training = Training::new(700);
            let targets: Vec<usize> = (0..inputs.as_slice().len() / 3).map(|row| row % 5).collect();
            training.loss_and_gradients(&net, &inputs, &CrossEntropy, &targets).expect("a batch");
            (net.predict(&inputs).expect("rows"), training.gradients().to_vec())
        })
    };
    let (outputs, gradients) = on(1);
    assert!((outputs.clone(), gradients) == on(3));
    for (sample, output) in outputs.iter().enumerate() {
        assert_eq!(net.predict(inputs.view().range(sample..sample + 1)).expect("one").as_slice(), output);
    }

    let mut again = outputs.clone();
    again.as_mut_slice().fill(9.0);
    net.predict_into(&inputs, &mut again, &mut Workspace::new()).expect("as many rows");
    assert_eq!(again, outputs);
    let mut fewer = Batch::<shape![..6, 5]>::zeros(2);
    assert!(net.predict_into(&inputs, &mut fewer, &mut Workspace::new()).is_err());

    let few = inputs.view().range(0..3);
    let mut place = vec![0.0; outputs.view().range(0..3).as_slice().len()];
    net.predict_in(few, [&mut place], &mut vec![0.0; Varying::<f32>::workspace_len(3)]).expect("enough room");
    assert_eq!(place, outputs.view().range(0..3).as_slice());
}

#[test]
fn what_is_dropped_differs_from_row_to_row() {
    let net = Dropped::<f64>::new(1);
    let inputs = Batch::<shape![..6, 3], f64>::from_samples(&[&[1.0; 18], &[1.0; 9]]).expect("rows");
    let mut training = Training::new(2);
    let outputs = training.pass(&net, &inputs, |outputs, gradients| {
        gradients[0].fill(0.0);
        Ok(outputs[0].to_vec())
    });
    let outputs = outputs.expect("a batch");
    let first = &outputs[..2];
    assert!(outputs.chunks(2).any(|row| row != first));
}

#[test]
fn batches_of_rows() {
    type Steps = shape![..4, 2];
    let wrong = |sample, found| Err(RowsError { shape: &[4, 2], sample, found });
    let numbers = [0.5f32; 10];
    let view = |len: usize, starts| BatchView::<Steps>::from_rows(&numbers[..len], starts).map(BatchView::samples);
    assert_eq!(view(10, &[0, 1, 5]), Ok(2));
    assert_eq!(view(0, &[0]), Ok(0));
    assert_eq!(view(10, &[0, 0, 5]), wrong(0, 0));
    assert_eq!(view(10, &[0, 5]), wrong(0, 10));
    assert_eq!(view(10, &[0, 3, 2]), wrong(1, 0));
    assert_eq!(view(9, &[0, 1, 5]), wrong(2, 8));
    assert_eq!(view(10, &[1, 5]), wrong(0, 0));
    assert!(BatchView::<shape![4, 2]>::from_rows(&numbers[..8], &[0, 4]).is_err(), "the number of rows is fixed");

    let full = Batch::<Steps>::from_slice(&[0.5; 16]).expect("two samples with all rows");
    assert_eq!((full.samples(), full.sample(1).len()), (2, 8));
    assert!(Batch::<Steps>::from_slice(&numbers).is_err());
    let mut some = Batch::<Steps>::from_samples(&[&numbers[..2], &numbers[..6]]).expect("rows");
    some.iter_mut().enumerate().for_each(|(i, sample)| sample.fill(i as f32));
    assert_eq!(some.as_slice(), [0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]);
    assert_ne!(some, Batch::from_samples(&[&[0.0; 4], &[1.0; 4]]).expect("rows"), "the same numbers in other rows");
    assert_eq!(some.view().range(1..2).to_batch(), Batch::from_samples(&[&[1.0; 6]]).expect("rows"));
    assert_eq!(<(Steps,)>::ROW_LENS, [2]);
    assert!(format!("{some:?}").starts_with("2 × [..4, 2]"), "{some:?}");
    assert!(Varying::summary().to_string().contains("[..6, 3]"));
}
