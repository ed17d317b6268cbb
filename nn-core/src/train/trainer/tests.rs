mod visits;

use super::*;
use crate::data::{Dataset, Samples};
use crate::train::callback::RateLog;
use crate::train::schedule::{OneCycle, Plateau};
use crate::{Adam, BinaryCrossEntropy, MeanSquaredError, Sgd, Training, network};

network! {
    struct Classes = [2] -> affine(16) -> relu -> affine(2) -> softmax;
}
network! {
    struct Answer = [2] -> affine(16) -> tanh -> affine(1) -> sigmoid;
}

const CORNERS: [f32; 8] = [0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0];

fn xor() -> Samples<f32, usize> {
    Samples::new(4, CORNERS.to_vec(), vec![0, 1, 1, 0]).expect("valid")
}

/// Points in a square, labelled by the half they lie in.
fn halves(count: usize) -> Samples<f32, usize> {
    let inputs: Vec<f32> = (0..2 * count).map(|i| (i * 7919 % 1009) as f32 / 1009.0).collect();
    let labels = inputs.chunks_exact(2).map(|point| usize::from(point[0] > point[1])).collect();
    Samples::new(count, inputs, labels).expect("valid")
}

#[test]
fn classes_are_learnt() {
    let (train, test) = (halves(500), halves(101));
    let mut net = Classes::<f32>::new(1);
    let before = evaluate(&net, &test, &CrossEntropy, 7).expect("valid");
    let mut trainer = Trainer::new(Adam::new(0.01)).epochs(10).batch_size(32).seed(3).validation(&test);
    let history = trainer.fit(&mut net, &train).expect("valid");
    let last = history.last().expect("ten");
    assert_eq!((history.len(), last.epoch), (10, 10));
    assert!(last.train_loss < history[0].train_loss && last.train_accuracy > Some(0.9), "{history:?}");
    assert!(last.validation_accuracy > Some(0.9) && last.validation_accuracy > before.accuracy, "{history:?}");

    let after = evaluate(&net, &test, &CrossEntropy, 1000).expect("valid");
    assert_eq!(Some(after.accuracy), last.validation_accuracy.map(Some), "whatever the batch size");
    assert!((after.loss - last.validation_loss.expect("some")).abs() < 1e-6);
    let more = trainer.epochs(2).fit(&mut net, &train).expect("valid");
    assert_eq!(more.iter().map(|epoch| epoch.epoch).collect::<Vec<_>>(), [11, 12], "epochs are counted on");
}

#[test]
fn values_are_learnt() {
    let data = Samples::new(4, CORNERS.to_vec(), vec![0.0, 1.0, 1.0, 0.0]).expect("valid");
    let trainer = || Trainer::new(Adam::new(0.05)).epochs(200).batch_size(4);
    let mut net = Answer::<f32>::new(1);
    let history = trainer().loss(BinaryCrossEntropy).fit(&mut net, &data).expect("valid");
    assert_eq!(history.last().and_then(|epoch| epoch.train_accuracy), Some(1.0));
    let mut net = Answer::<f32>::new(1);
    let history = trainer().loss(MeanSquaredError).fit(&mut net, &data).expect("valid");
    let last = history.last().expect("two hundred");
    assert!(last.train_loss < 0.01 && last.train_accuracy.is_none(), "{last:?}");
}

#[test]
fn a_short_batch_weighs_less() {
    // The parameters hardly move, so the epoch's mean is that of one large batch.
    let data = halves(10);
    let run = |batch_size| {
        let mut net = Classes::<f32>::new(1);
        Trainer::new(Sgd::new(1e-12)).batch_size(batch_size).fit(&mut net, &data).expect("valid")[0].train_loss
    };
    assert!((run(10) - run(4)).abs() < 1e-6 && (run(10) - run(1000)).abs() < 1e-6);
}

#[cfg(feature = "parallel")]
#[test]
fn the_same_seed_gives_the_same_bits_on_any_number_of_threads() {
    network! {
        // Work enough for several threads.
        struct Wide = [2] -> affine(128) -> relu -> affine(64) -> relu -> affine(2) -> softmax;
    }
    let data = halves(100);
    let run = |threads: usize, seed| {
        let mut net = Wide::<f32>::new(1);
        let mut trainer = Trainer::new(Adam::new(0.01)).epochs(2).batch_size(32).seed(seed).threads(threads);
        trainer.fit(&mut net, &data).expect("valid");
        net.block().to_vec()
    };
    let one = run(1, 1);
    for threads in [2, 3, 8] {
        assert_eq!(run(threads, 1), one, "{threads} threads");
    }
    assert_ne!(run(1, 2), one);
}

#[test]
fn the_rate_follows_a_schedule() {
    let data = halves(10);
    let rates = |every, accumulated: usize, schedule: fn(u64) -> f64| {
        let mut log = RateLog::default();
        let sgd = Sgd::new(0.1).accumulate(accumulated);
        let mut trainer = Trainer::new(sgd).epochs(2).batch_size(4).schedule(every, schedule).callback(&mut log);
        trainer.fit(&mut Classes::<f32>::new(1), &data).expect("valid");
        drop(trainer);
        log.rates.iter().map(|rate| (rate * 1e4).round() / 1e3).collect::<Vec<_>>()
    };
    let halved = |at: u64| 0.5_f64.powf(at as f64);
    assert_eq!(rates(Every::Step, 1, halved), [1.0, 0.5, 0.25, 0.125, 0.063, 0.031]);
    assert_eq!(rates(Every::Epoch, 1, halved), [1.0, 1.0, 1.0, 0.5, 0.5, 0.5]);
    assert_eq!(rates(Every::Step, 3, halved), [1.0, 1.0, 1.0, 0.5, 0.5, 0.5], "steps of the optimizer");
}

#[test]
fn a_plateau_is_told_the_loss() {
    let mut trainer = Trainer::new(Sgd::new(1e-12)).epochs(5).schedule(Every::Epoch, Plateau::new(0.5, 1));
    let history = trainer.fit(&mut Classes::<f32>::new(1), &xor()).expect("valid");
    let rates: Vec<f64> = history.iter().map(|epoch| epoch.learning_rate * 1e12).collect();
    for (found, expected) in rates.iter().zip([1.0, 1.0, 1.0, 0.5, 0.5]) {
        assert!((found - expected).abs() < 1e-6, "{rates:?}");
    }
}

#[test]
fn a_schedule_must_fit_the_run() {
    let fit = |every, length, accumulated| {
        let sgd = Sgd::new(0.1).accumulate(accumulated);
        let mut trainer = Trainer::new(sgd).epochs(2).batch_size(4).schedule(every, OneCycle::new(length));
        trainer.fit(&mut Classes::<f32>::new(1), &halves(20)).map(drop)
    };
    fit(Every::Step, 10, 1).expect("twice five steps");
    let error = fit(Every::Step, 11, 1).expect_err("too long").to_string();
    let expected =
        "the schedule takes 11 steps, but the run ends after 10; make the schedule shorter or the run longer";
    assert_eq!(error, expected);
    assert!(matches!(fit(Every::Step, 6, 2), Err(Error::Schedule { run: 5, .. })));
    assert!(matches!(fit(Every::Epoch, 4, 1), Err(Error::Schedule { run: 2, unit: "epochs", .. })));
    assert!(matches!(fit(Every::Step, 1, 1), Err(Error::Setting { .. })));
}

#[test]
fn wrong_settings_and_data_are_refused() {
    type Test = Trainer<'static, Classes, Samples<f32, usize>>;
    type Make = fn(Test) -> Test;
    let cases: [(Make, &str); 5] = [
        (|trainer| trainer.epochs(0), "count of epochs is 0, but must be at least 1"),
        (|trainer| trainer.batch_size(0), "batch size is 0, but must be at least 1"),
        (|trainer| trainer.threads(0), "count of threads is 0, but must be 1 to 1024"),
        (|trainer| trainer.threads(1_000_000), "count of threads is 1000000, but must be 1 to 1024"),
        (
            |mut trainer| {
                trainer.optimizer_mut().set_learning_rate(f64::NAN);
                trainer
            },
            "learning rate is NaN, but must be a positive, finite number",
        ),
    ];
    let mut net = Classes::<f32>::new(1);
    let start = net.block().to_vec();
    for (make, message) in cases {
        let found = make(Trainer::new(Adam::new(0.1))).fit(&mut net, &xor()).expect_err(message);
        assert_eq!(found.to_string(), message);
    }
    let three = Samples::new(1, vec![0.0_f32; 3], vec![0]).expect("valid");
    let two_labels = Samples::new(1, vec![0.0_f32; 2], vec![0, 1]).expect("valid");
    let label = Samples::new(1, vec![0.0_f32; 2], vec![2]).expect("valid");
    let cases = [
        (&three, "numbers of each sample of the training set: expected 2 as the network's input [2] has, found 3"),
        (
            &two_labels,
            "targets of each sample of the training set: expected 1 as the loss wants of the network's output [2], found 2",
        ),
        (&label, "targets: label 2 of sample 0 is out of range; 2 classes are labelled 0 to 1"),
    ];
    for (data, message) in cases {
        let found = Trainer::new(Adam::new(0.1)).fit(&mut net, data).expect_err(message);
        assert_eq!(found.to_string(), message);
    }
    let empty = Dataset::new(vec![0; 2], [2, 1, 1], vec![0], 2).expect("valid").take(0);
    let found = Trainer::new(Adam::new(0.1)).fit(&mut net, &empty).expect_err("empty").to_string();
    assert_eq!(found, "the training set holds no samples; at least one is needed");
    assert!(evaluate(&net, &xor(), &CrossEntropy, 0).is_err() && evaluate(&net, &empty, &CrossEntropy, 1).is_err());
    assert_eq!(net.block(), start, "nothing was trained");
}

/// A batch whose loss is finite, and whose step is not.
#[test]
fn a_step_that_overflows_is_told() {
    // A point that cannot be of both classes.
    let data = Samples::new(2, vec![1e20_f32; 4], vec![0, 1]).expect("valid");
    let trainer = || Trainer::new(Sgd::new(1e30)).batch_size(2);
    let fails = |mut trainer: Trainer<'_, Classes<f32>, _>| {
        trainer.fit(&mut Classes::<f32>::new(1), &data).expect_err("infinite parameters").to_string()
    };
    let at_the_end = fails(trainer());
    let expected = "some numbers of affine1.weight are NaN or infinite after epoch 1, step";
    assert!(at_the_end.starts_with(&format!("{expected} 1;")), "{at_the_end}");
    // Here the loss of the second step may not be finite first.
    let in_the_middle = fails(trainer().batch_size(1));
    assert!(in_the_middle.starts_with(expected), "{in_the_middle}");
    let found = fails(trainer().check_finite(0));
    assert_eq!(found, "count of steps from one check to the next is 0, but must be at least 1");
}

/// Parameters that turn infinite and change no loss are found after so many steps.
#[test]
fn parameters_are_looked_at_when_asked() {
    let data = halves(12);
    let fails = |every: Option<u64>| {
        let mut net = Classes::<f32>::new(1);
        // A unit that is off for good, and whose gradient is zero.
        let bias = 2 * 16;
        net.block_mut()[bias] = f32::NEG_INFINITY;
        let trainer = Trainer::new(Sgd::new(1e-3)).batch_size(2);
        let mut trainer = match every {
            Some(every) => trainer.check_finite(every),
            None => trainer,
        };
        trainer.fit(&mut net, &data).expect_err("an infinite bias").to_string()
    };
    assert!(fails(None).contains("affine1.bias are NaN or infinite after epoch 1, step 6"), "{}", fails(None));
    assert!(fails(Some(4)).contains("affine1.bias are NaN or infinite after epoch 1, step 4"), "{}", fails(Some(4)));
}

/// All three say so: the evaluation of a network, that of data, and a validation.
#[test]
fn outputs_that_are_not_finite_are_told() {
    let mut net = Classes::<f32>::new(1);
    let mut inputs = vec![0.5_f32; 20];
    (inputs[13], inputs[17]) = (f32::NAN, f32::NAN);
    let data = Samples::new(10, inputs, vec![0; 10]).expect("valid");
    let expected = "the outputs of 2 of 10 samples are NaN or infinite, the first of sample 6; look for such values in the \
                    data and the network's parameters";
    for batch_size in [1, 3, 100] {
        let error = evaluate(&net, &data, &CrossEntropy, batch_size).expect_err("NaN").to_string();
        assert_eq!(error, expected);
    }
    let train = Samples::new(10, vec![0.5_f32; 20], vec![0; 10]).expect("valid");
    let error = Trainer::new(Sgd::new(1e-3)).validation(&data).fit(&mut net, &train).expect_err("NaN").to_string();
    assert_eq!(error, expected);
    net.block_mut().fill(f32::NAN);
    let error = evaluate(&net, &halves(30), &CrossEntropy, 7).expect_err("NaN").to_string();
    assert!(error.starts_with("the outputs of 30 of 30 samples"), "{error}");
}

/// A label for each pixel is another loss. A map of one pixel is a row, and its softmax a head.
#[test]
fn classes_of_a_map_are_refused() {
    network! {
        struct Segments = [1, 4, 4] -> conv(3, 3) -> softmax;
        struct Whole = [1, 4, 4] -> conv(3, 4) -> softmax;
    }
    let data = Samples::new(2, vec![0.5_f32; 32], vec![0, 2]).expect("valid");
    let message = "output that cross-entropy takes: expected a row [classes] or a map of one pixel [classes, 1, 1], as a sample \
                   has one label, found [3, 2, 2]";
    let mut net = Segments::<f32>::new(1);
    let error = Trainer::new(Sgd::new(0.1)).fit(&mut net, &data).expect_err("a map").to_string();
    assert_eq!(error, message);
    assert_eq!(evaluate(&net, &data, &CrossEntropy, 2).expect_err("a map").to_string(), message);
    let weighted = crate::train::loss::WeightedCrossEntropy::new();
    assert_eq!(evaluate(&net, &data, &weighted, 2).expect_err("a map").to_string(), message);
    let images = crate::Batch::zeros(2);
    let error = Training::new(2).loss_and_gradients(&net, &images, &CrossEntropy, &[0, 1]).expect_err("a map");
    assert_eq!(error.to_string(), message);

    assert_eq!(<Whole<f32> as Network>::HEADS, [crate::Head::Softmax]);
    Trainer::new(Sgd::new(0.1)).fit(&mut Whole::<f32>::new(1), &data).expect("one pixel");
}

#[test]
fn a_loss_that_is_not_finite_ends_the_training() {
    let mut inputs = vec![0.5_f32; 20];
    inputs[13] = f32::NAN;
    let data = Samples::new(10, inputs, vec![0; 10]).expect("valid");
    let mut net = Classes::<f32>::new(1);
    let error = Trainer::new(Adam::new(0.1)).epochs(3).batch_size(1).fit(&mut net, &data).expect_err("NaN");
    assert!(matches!(error, Error::NotFinite { epoch: 1, .. }), "{error}");
    assert!(error.to_string().contains("try a smaller learning rate"), "{error}");
    assert!(net.block().iter().all(|number| number.is_finite()), "the step is not taken");
}
