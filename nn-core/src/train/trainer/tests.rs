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
    type Test = Trainer<'static, Classes>;
    type Make = fn(Test) -> Test;
    let cases: [(Make, &str); 7] = [
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
        (
            |trainer| trainer.freeze("afine1"),
            "Classes has no parameters labelled `afine1`; did you mean `affine1`? Its labels are affine1, affine2",
        ),
        (
            |trainer| trainer.freeze("affine1").freeze("affine2"),
            "all parameters of Classes are frozen; unfreeze some, or ask for the gradients of the inputs",
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
    let fails = |mut trainer: Trainer<'_, Classes<f32>>| {
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
    let message = "output that cross-entropy takes: expected a row [classes], steps [steps, classes] or a map of one \
                   pixel [classes, 1, 1], found [3, 2, 2]";
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

/// Several inputs, and several outputs of which each has a loss.
mod several {
    use super::*;
    use crate::data::MiniBatch;
    use crate::train::callback::CsvLog;
    use crate::train::loss::{WeightedCrossEntropy, scaled};
    use crate::{Batch, Loss, Momentum, shape};

    network! {
        struct Heads = {
            let middle = [2] -> affine(16) -> relu;
            middle -> affine(8) -> relu -> affine(2) -> softmax, middle -> aux: affine(2) -> softmax, middle -> value: affine(1)
        };
        struct Main = {
            let middle = [2] -> affine(16) -> relu;
            middle -> affine(8) -> relu -> affine(2) -> softmax
        };
        struct Words(left: [2], right: [2 of 5]) = {
            let both = concat(left -> affine(8) | right -> embedding(4) -> flatten) -> relu;
            both -> affine(3) -> softmax, both -> affine(1)
        };
    }

    /// A hand-written step: the sum of the losses and of their gradients.
    #[test]
    fn steps_are_those_of_a_loop_of_ones_own() {
        let (left, right) = pair(10);
        let classes: Vec<usize> = (0..10).map(|i| i % 3).collect();
        let values: Vec<f32> = (0..10).map(|i| i as f32 / 10.0).collect();
        let mut net = Words::<f32>::new(1);
        let history = Trainer::new(Momentum::new(0.1, 0.9))
            .loss((CrossEntropy, scaled(0.3, MeanSquaredError)))
            .batch_size(4)
            .epochs(2)
            .seed(7)
            .fit(&mut net, ((&left, &right), (&classes, &values)))
            .expect("valid");

        let (mut own, mut momentum) = (Words::<f32>::new(1), Momentum::new(0.1, 0.9));
        let mut training = Training::new(4);
        let mut order = crate::data::Order::new(10, 7);
        for epoch in [1, 2] {
            order.shuffle(epoch);
            let mut batches = order.batches(4);
            let mut sums = [0.0; 2];
            while let Some(indices) = batches.next() {
                let rows = |row: &dyn Fn(usize) -> Vec<f32>| indices.iter().flat_map(|&i| row(i)).collect::<Vec<f32>>();
                let inputs = Batch::from_slice(&rows(&|i| left.view().sample(i).to_vec())).expect("rows");
                let words: Vec<u32> = indices.iter().flat_map(|&i| right.view().sample(i).to_vec()).collect();
                let words = Batch::from_slice(&words).expect("rows");
                let labels: Vec<usize> = indices.iter().map(|&i| classes[i]).collect();
                let targets = rows(&|i| vec![values[i]]);
                let pass = training.pass(&own, (&inputs, &words), |outputs, gradients| {
                    let [first, second] = gradients else { unreachable!("two outputs") };
                    let one = CrossEntropy.evaluate(crate::Head::Softmax, 3, outputs[0], &labels, first)?;
                    let two = MeanSquaredError.evaluate(crate::Head::Identity, 1, outputs[1], &targets, second)?;
                    second.iter_mut().for_each(|gradient| *gradient *= 0.3);
                    Ok([one, two * 0.3])
                });
                let pass = pass.expect("a batch");
                sums.iter_mut().zip(pass).for_each(|(sum, mean)| *sum += f64::from(mean) * indices.len() as f64);
                training.step(&mut own, &mut momentum).expect("a step");
            }
            let told = &history[epoch as usize - 1];
            for (score, sum) in told.train_outputs.iter().zip(sums) {
                assert_eq!(score.loss, sum / 10.0, "epoch {epoch}");
            }
            assert_eq!(told.train_loss, told.train_outputs[0].loss + told.train_outputs[1].loss);
            assert_eq!(told.train_accuracy, told.train_outputs[0].accuracy);
            assert!(told.train_accuracy.is_some() && told.train_outputs[1].accuracy.is_none());
        }
        assert_eq!(net.block(), own.block());
    }

    type Left = Batch<shape![2]>;
    type Right = Batch<shape![2 of 5]>;

    fn pair(count: usize) -> (Left, Right) {
        let left: Vec<f32> = (0..2 * count).map(|i| (i * 7919 % 1009) as f32 / 1009.0).collect();
        let right: Vec<u32> = (0..2 * count).map(|i| (i * 31 % 5) as u32).collect();
        (Batch::from_slice(&left).expect("rows"), Batch::from_slice(&right).expect("rows"))
    }

    #[test]
    fn heads_share_the_labels_of_a_source() {
        network! {
            struct Two = {
                let middle = [2] -> affine(16) -> relu;
                middle -> affine(8) -> relu -> affine(2) -> softmax, middle -> aux: affine(2) -> softmax
            };
        }
        let data = halves(200);
        let mut net = Two::<f32>::new(1);
        let losses = (CrossEntropy, scaled(0.3, CrossEntropy));
        let mut trainer = Trainer::new(Adam::new(0.01)).loss(losses).epochs(10).batch_size(20).validation(&data);
        let history = trainer.fit(&mut net, &data).expect("valid");
        let last = history.last().expect("ten");
        for score in last.train_outputs.iter().chain(&last.validation_outputs) {
            assert!(score.accuracy > Some(0.9), "{last:?}");
        }
        let found = evaluate(&net, &data, &losses, 7).expect("valid");
        assert_eq!(found.accuracy, last.validation_accuracy, "whatever the batch size");
        assert!((found.loss - last.validation_loss.expect("some")).abs() < 1e-6);
        // A loop of one's own.
        let (mut batch, mut training) = (MiniBatch::new(9), Training::new(9));
        batch.gather(&data, &[5, 3, 8]).expect("three");
        let loss = training.loss_and_gradients_of(&net, &batch, &losses).expect("a batch");
        assert!(loss.is_finite() && batch.targets().len() == 3);
    }

    /// A factor of zero leaves the main head's gradients as if there were no other head.
    #[test]
    fn a_head_that_counts_for_nothing_changes_nothing() {
        let data = halves(40);
        let labels: Vec<usize> = (0..40).map(|i| label(&data, i)).collect();
        let values = vec![0.5; 40];
        let mut main = Main::<f32>::new(1);
        let mut heads = Heads::<f32>::new(2);
        let shared = Main::<f32>::PARAMETERS;
        heads.block_mut()[..shared].copy_from_slice(main.block());
        let losses = (CrossEntropy, scaled(0.0, CrossEntropy), scaled(0.0, MeanSquaredError));
        let mut trainer = Trainer::new(Sgd::new(0.1)).loss(losses).epochs(2).batch_size(16).seed(3);
        trainer.fit(&mut heads, (&data, (&labels, &labels, &values))).expect("valid");
        Trainer::new(Sgd::new(0.1)).epochs(2).batch_size(16).seed(3).fit(&mut main, &data).expect("valid");
        assert_eq!(&heads.block()[..shared], main.block());
    }

    fn label(data: &Samples<f32, usize>, index: usize) -> usize {
        let mut label = [0];
        crate::data::Source::<f32>::targets(data, &[index], &mut label).expect("a sample");
        label[0]
    }

    #[test]
    fn a_sample_with_twice_the_weight_counts_like_two() {
        let data = halves(6);
        let labels: Vec<usize> = (0..6).map(|index| label(&data, index)).collect();
        let twice: Vec<usize> = (0..6).chain([1, 4]).collect();
        let mut inputs = Batch::<shape![2], f64>::zeros(8);
        crate::data::Source::<f64>::gather(&wide(&data), &twice, inputs.as_mut_slice()).expect("eight");
        let of_twice: Vec<usize> = twice.iter().map(|&index| labels[index]).collect();
        let weights = [1.0, 2.0, 1.0, 1.0, 2.0, 1.0];
        for loss in [WeightedCrossEntropy::new(), WeightedCrossEntropy::new().weights([1.0, 5.0]).smoothing(0.1)] {
            let (mut weighted, mut doubled) = (Classes::<f64>::new(1), Classes::<f64>::new(1));
            let trainer = || Trainer::new(Sgd::<f64>::new(0.1)).loss(loss.clone()).epochs(5);
            let one = trainer().fit(&mut weighted, (&wide(&data), &labels, &weights)).expect("valid");
            let two = trainer().fit(&mut doubled, (&inputs, &of_twice)).expect("valid");
            assert!((one[4].train_loss - two[4].train_loss).abs() < 1e-12);
            for (a, b) in weighted.block().iter().zip(doubled.block()) {
                assert!((a - b).abs() < 1e-12, "{a} and {b}");
            }
            // In mini-batches of any size the evaluation is the same.
            let all = evaluate(&weighted, (&wide(&data), &labels, &weights), &loss, 6).expect("valid");
            let parts = evaluate(&weighted, (&wide(&data), &labels, &weights), &loss, 4).expect("valid");
            assert!((all.loss - parts.loss).abs() < 1e-12, "{all:?} and {parts:?}");
        }
    }

    /// The same samples as `f64`.
    fn wide(data: &Samples<f32, usize>) -> Samples<f64, usize> {
        let mut inputs = vec![0.0_f32; 12];
        let all: Vec<usize> = (0..6).collect();
        crate::data::Source::<f32>::gather(data, &all, &mut inputs).expect("six");
        Samples::new(6, inputs.into_iter().map(f64::from).collect(), all.iter().map(|&i| label(data, i)).collect())
            .expect("valid")
    }

    #[test]
    fn what_does_not_fit_is_told() {
        let (left, right) = pair(6);
        let (classes, values) = (vec![0, 1, 2, 0, 1, 2], vec![0.5; 6]);
        let (short, _) = pair(5);
        let losses = || (CrossEntropy, MeanSquaredError);
        let mut net = Words::<f32>::new(1);
        let start = net.block().to_vec();
        let trainer = || Trainer::new(Sgd::new(0.1)).loss(losses());
        let mut errors = vec![
            trainer().fit(&mut net, ((&short, &right), (&classes, &values))),
            trainer().fit(&mut net, ((&left, &right), (&classes[..5], &values))),
            trainer().fit(&mut net, ((&left, &right), (&classes, &[0.5; 12]))),
            trainer().fit(&mut net, ((&left, &right), (&classes, &values), &[1.0; 5])),
            trainer().fit(&mut net, ((&left, &right), (&classes, &values), &[1.0, 1.0, -1.0, 1.0, 1.0, 1.0])),
            trainer().fit(&mut net, ((&left, &right), (&classes, &values), &[1.0, f32::NAN, 1.0, 1.0, 1.0, 1.0])),
        ];
        for factor in [-1.0, f64::NAN] {
            let losses = (CrossEntropy, scaled(factor, MeanSquaredError));
            errors.push(Trainer::new(Sgd::new(0.1)).loss(losses).fit(&mut net, ((&left, &right), (&classes, &values))));
        }
        let expected = [
            "samples of input 1 of the training set: expected 5 as the first input has, found 6",
            "targets of output 0 of the training set: expected a multiple of its 6 samples, found 5",
            "targets of each sample of the training set: expected 1 as the loss wants of the network's output 1 [1], found 2",
            "samples of the weights of the training set: expected 6 as the first input has, found 5",
            "weight of a sample is -1, but must be a finite number, 0 or above",
            "weight of a sample is NaN, but must be a finite number, 0 or above",
            "factor of a loss is -1, but must be a finite number, 0 or above",
            "factor of a loss is NaN, but must be a finite number, 0 or above",
        ];
        for (error, expected) in errors.into_iter().zip(expected) {
            assert_eq!(error.expect_err(expected).to_string(), expected);
        }
        assert_eq!(net.block(), start, "nothing was trained");
    }

    /// The columns of each output, and the same bits after a checkpoint in the midst of an epoch.
    #[test]
    fn each_output_is_logged_and_a_run_is_resumed() {
        let folder = crate::base::test_folder::Folder::new("several");
        let (left, right) = pair(9);
        let (classes, values) = (vec![0, 1, 2, 0, 1, 2, 0, 1, 2], vec![0.5; 9]);
        let data = ((&left, &right), (&classes, &values));
        let path = |name: &str| folder.0.join(name).display().to_string();
        let run = |name: &str| {
            Trainer::new(Adam::new(0.01))
                .loss((CrossEntropy, MeanSquaredError))
                .epochs(2)
                .batch_size(2)
                .validation(data)
                .callback(CsvLog::new(path(name)))
                .callback(crate::train::callback::Checkpoint::every_steps(3, path("{epoch}-{step}")))
        };
        let mut net = Words::<f32>::new(1);
        let history = run("log.csv").fit(&mut net, data).expect("valid");
        let (mut other, mut resumed) = (Words::<f32>::new(2), run("other.csv"));
        resumed.resume(path("2-3"), &mut other).expect("a checkpoint");
        let rest = resumed.fit(&mut other, data).expect("valid");
        assert_eq!(net.block(), other.block());
        assert_eq!(rest[0].train_outputs, history[1].train_outputs);
        let text = std::fs::read_to_string(path("log.csv")).expect("written");
        let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
        assert_eq!(lines[0][8..12], ["train_loss_0", "train_accuracy_0", "train_loss_1", "train_accuracy_1"]);
        assert_eq!((lines[0].len(), lines[1].len(), lines[1][11]), (16, 16, ""));
        assert_eq!(lines[2][8], history[1].train_outputs[0].loss.to_string());
    }

    #[test]
    fn a_validation_set_may_be_of_another_type() {
        let data = halves(20);
        let validation = Dataset::new(vec![0, 255, 255, 0], [2, 1, 1], vec![0, 1], 2).expect("valid");
        let mut net = Classes::<f32>::new(1);
        let history = Trainer::new(Sgd::new(0.1)).validation(&validation).fit(&mut net, &data).expect("valid");
        let expected = evaluate(&net, &validation, &CrossEntropy, 1).expect("valid");
        assert_eq!(history[0].validation_accuracy, expected.accuracy);
        let three = Samples::new(1, vec![0.0_f32; 3], vec![0]).expect("valid");
        let error = Trainer::new(Sgd::new(0.1)).validation(&three).fit(&mut net, &data).expect_err("three").to_string();
        let expected =
            "numbers of each sample of the validation set: expected 2 as the network's input [2] has, found 3";
        assert_eq!(error, expected);
    }
}

/// The error names the first layer whose output is not finite, the sample, or what else is known.
mod origins {
    use super::*;
    use crate::Origin;

    network! {
        #[observe]
        struct Seen = [2] -> affine(3) -> relu -> body: (affine(3) -> relu) -> affine(2) -> softmax;
        struct Unseen = [2] -> affine(3) -> relu -> body: (affine(3) -> relu) -> affine(2) -> softmax;
    }

    /// What is said of a network with these parameters in all layers, when sample 3 has this number.
    fn origin<N: Network<Scalar = f32, Inputs = (crate::shape![2],), Outputs = (crate::shape![2],)>>(
        weight: f32,
        number: f32,
    ) -> Origin {
        let mut inputs = vec![0.5_f32; 10];
        inputs[6] = number;
        let data = Samples::new(5, inputs, vec![0, 1, 0, 1, 0]).expect("valid");
        let mut net = N::new(1);
        net.block_mut().fill(weight);
        let result = Trainer::new(Sgd::new(1e-9)).batch_size(2).seed(2).fit(&mut net, &data);
        match result.expect_err("not finite") {
            Error::NotFinite { origin, .. } => origin,
            error => panic!("{error}"),
        }
    }

    #[test]
    fn of_a_layer() {
        // 1e25 is squared in the second layer.
        let expected = Origin::Layer { label: "body.affine1", text: "affine(3)", sample: 3 };
        assert_eq!(origin::<Seen<f32>>(1e13, 1e13), expected);
        assert_eq!(origin::<Unseen<f32>>(1e13, 1e13), Origin::Unknown);
    }

    #[test]
    fn of_the_data() {
        let expected = Origin::Input { input: "input", sample: 3 };
        assert_eq!(origin::<Seen<f32>>(0.1, f32::NAN), expected);
        assert_eq!(origin::<Unseen<f32>>(0.1, f32::INFINITY), expected);
    }

    #[test]
    fn of_the_loss() {
        let loss = crate::train::loss::custom(1, |_, _: &[f32], _: &[usize], gradients: &mut [f32]| {
            gradients.fill(0.0);
            f32::NAN
        });
        let error = Trainer::new(Sgd::new(0.1)).loss(loss).fit(&mut Seen::<f32>::new(1), &xor()).expect_err("NaN");
        let expected = "the loss became NaN in epoch 1, step 1; inputs, parameters and all layers of the prediction are finite, so \
                        it began in the loss or in what only training does; try a smaller learning rate, and look for values \
                        in the data that are not finite or not normalised";
        assert_eq!(error.to_string(), expected);
    }
}
