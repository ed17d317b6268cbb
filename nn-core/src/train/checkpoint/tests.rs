use std::fs;
use std::path::Path;

use super::*;
use crate::base::test_folder::Folder;
use crate::data::Samples;
use crate::train::callback::{self, EarlyStopping};
use crate::train::schedule::{Every, Exponential, Plateau, WarmUp};
use crate::{Adam, Error, Momentum, Network, Optimizer, Trainer, Training, network};

network! {
    struct Net = [3] -> affine(16) -> bn -> relu -> dropout(0.2) -> affine(8) -> tanh -> affine(2) -> softmax;
    struct Other = [3] -> affine(2) -> softmax;
}

fn samples() -> Samples<f32, usize> {
    let inputs: Vec<f32> = (0..150).map(|i| (i * 7919 % 1009) as f32 / 1009.0).collect();
    let labels = inputs.chunks_exact(3).map(|point| usize::from(point[0] > point[1])).collect();
    Samples::new(50, inputs, labels).expect("valid")
}

fn bits(net: &Net) -> Vec<u32> {
    net.block().iter().map(|number| number.to_bits()).collect()
}

type Run<'a> = Trainer<'a, Net>;
type Validated<'a> = Trainer<'a, Net, crate::CrossEntropy, crate::train::On<&'a Samples<f32, usize>>>;

/// A run with as much to remember as there can be: mini-batches accumulate over epochs, and the last one of an epoch is short.
fn run<'a>(data: &'a Samples<f32, usize>, path: &Path) -> Validated<'a> {
    let schedule = WarmUp::new(2, Plateau::new(0.5, 1));
    Trainer::new(Adam::new(0.01).weight_decay(0.01).clip_norm(0.5).accumulate(2))
        .epochs(6)
        .batch_size(12)
        .seed(5)
        .validation(data)
        .schedule(Every::Epoch, schedule)
        .callback(EarlyStopping::new(4))
        .callback(callback::Checkpoint::every(3, path.to_str().expect("text")))
        .callback(callback::Checkpoint::every_steps(2, path.with_extension("{epoch}-{step}").to_str().expect("text")))
}

#[test]
fn a_resumed_run_has_the_same_bits() {
    let folder = Folder::new("checkpoint-resume");
    let path = folder.0.join("run.safetensors");
    let data = samples();
    let mut net = Net::new(1);
    let history = run(&data, &path).fit(&mut net, &data).expect("valid");
    assert_eq!(history.len(), 6);
    fs::remove_file(&path).expect("saved");
    for (checkpoint, epochs) in [("run.2-4", 5), ("run.3-2", 4), ("run.6-4", 1)] {
        let mut resumed = Net::new(77);
        let mut trainer = run(&data, &path);
        trainer.resume(folder.0.join(checkpoint), &mut resumed).expect("valid");
        let rest = trainer.fit(&mut resumed, &data).expect("valid");
        assert_eq!(bits(&net), bits(&resumed), "{checkpoint}");
        let losses = |epochs: &[crate::train::Epoch]| {
            epochs.iter().map(|epoch| (epoch.epoch, epoch.train_loss, epoch.validation_loss)).collect::<Vec<_>>()
        };
        assert_eq!(losses(&rest), losses(&history[6 - epochs..]), "{checkpoint}");
    }
    // Between two calls of `fit`.
    let mut halves = Net::new(1);
    let mut first = run(&data, &path).epochs(3);
    first.fit(&mut halves, &data).expect("valid");
    first.save(&path, &halves).expect("valid");
    let (mut whole, mut second) = (Net::new(1), run(&data, &path).epochs(3));
    second.resume(&path, &mut whole).expect("valid");
    assert_eq!(second.fit(&mut whole, &data).expect("valid").len(), 0, "all epochs are done");
    first.fit(&mut halves, &data).expect("valid");
    second.fit(&mut whole, &data).expect("valid");
    assert_eq!(bits(&halves), bits(&whole));
}

#[test]
fn a_loop_of_ones_own_is_resumed() {
    let folder = Folder::new("checkpoint-loop");
    let path = folder.0.join("loop.safetensors");
    let inputs = crate::Batch::<crate::shape![3]>::from([[0.1, 0.5, -0.3], [0.7, -0.2, 0.4]]);
    let steps = |net: &mut Net, training: &mut Training<Net>, optimizer: &mut Optimizer| {
        for _ in 0..3 {
            training.loss_and_gradients(&*net, &inputs, &crate::CrossEntropy, &[0, 1]).expect("a batch");
            training.step(net, optimizer).expect("a step");
        }
    };
    let (mut net, mut training, mut adam) = (Net::new(1), Training::new(2).seed(3), Adam::new(0.01));
    training.freeze("affine2").expect("a label");
    steps(&mut net, &mut training, &mut adam);
    training.unfreeze("affine2").expect("a label");
    training.save(&path, &net, &adam).expect("valid");
    steps(&mut net, &mut training, &mut adam);
    let (mut other, mut training, mut adam) = (Net::new(2), Training::new(2), Adam::new(0.5));
    training.resume(&path, &mut other, &mut adam).expect("valid");
    steps(&mut other, &mut training, &mut adam);
    assert_eq!(bits(&net), bits(&other));
}

#[test]
fn the_network_can_be_loaded_alone() {
    let folder = Folder::new("checkpoint-network");
    let (path, net) = (folder.0.join("net.safetensors.gz"), Net::new(1));
    Run::new(Adam::new(0.1)).save(&path, &net).expect("valid");
    assert_eq!(bits(&load_network::<Net>(&path).expect("valid")), bits(&net));
}

/// What is said of a file from which a run cannot go on; neither it nor the network may change.
fn problem(trainer: &mut Run<'_>, path: &Path) -> CheckpointProblem {
    let mut net = Net::new(3);
    let (rate, before) = (trainer.optimizer().learning_rate(), bits(&net));
    let error = trainer.resume(path, &mut net).expect_err("wrong");
    assert_eq!((trainer.optimizer().learning_rate(), bits(&net)), (rate, before), "{error}");
    match error {
        Error::Checkpoint { problem, .. } => problem,
        error => panic!("{error}"),
    }
}

#[test]
fn checkpoints_of_others_are_refused() {
    let folder = Folder::new("checkpoint-others");
    let path = folder.0.join("run.safetensors");
    let mut net = Net::new(1);
    let trainer = || Run::new(Adam::new(0.1)).schedule(Every::Epoch, Exponential::new(0.9));
    trainer().save(&path, &net).expect("valid");
    let differs = |what: &str, saved: &str, found: &str| CheckpointProblem::Differs {
        what: what.into(),
        saved: saved.into(),
        found: found.into(),
    };
    let momentum = Run::new(Momentum::new(0.1, 0.9));
    assert_eq!(problem(&mut { momentum }, &path), differs("rule", "Adam", "momentum"));
    assert_eq!(problem(&mut trainer().seed(4), &path), differs("seed", "0", "4"));
    assert_eq!(problem(&mut trainer().batch_size(7), &path), differs("batch size", "100", "7"));
    assert_eq!(problem(&mut trainer().callback(EarlyStopping::new(3)), &path), differs("callbacks", "0", "1"));

    let other = folder.0.join("other.safetensors");
    Trainer::<Other>::new(Adam::new(0.1)).save(&other, &Other::new(1)).expect("valid");
    assert_eq!(problem(&mut trainer(), &other), differs("network", "Other", "Net"));
    net.save(&other).expect("valid");
    assert_eq!(problem(&mut trainer(), &other), CheckpointProblem::NoCheckpoint);
    let error = Training::<Net>::new(1).resume(&path, &mut net, &mut Adam::new(0.1)).expect_err("of a trainer");
    assert!(error.to_string().ends_with("the checkpoint has no valid training; take another one"), "{error}");
    let missing = trainer().resume(folder.0.join("none"), &mut net);
    assert!(matches!(missing, Err(Error::Io { .. })));

    // Files of the same length, so that all of the header but one word is right.
    let text = |from: &str, to: &str| {
        let bytes = fs::read(&path).expect("saved");
        let place = bytes.windows(from.len()).position(|window| window == from.as_bytes()).expect(from);
        let changed = [&bytes[..place], to.as_bytes(), &bytes[place + from.len()..]].concat();
        fs::write(&other, changed).expect("writable");
    };
    text(r#"checkpoint":"1""#, r#"checkpoint":"9""#);
    assert_eq!(problem(&mut trainer(), &other), CheckpointProblem::Newer { found: 9, known: 1 });
    text(r#"\"taken\""#, r#"\"token\""#);
    assert_eq!(problem(&mut trainer(), &other), CheckpointProblem::Damaged { what: "taken".into() });
    text(r#"\"epochs\""#, r#"\"epocks\""#);
    assert_eq!(problem(&mut trainer(), &other), CheckpointProblem::Damaged { what: "epochs".into() });
}

#[test]
fn only_numbers_are_saved() {
    let folder = Folder::new("checkpoint-nan");
    let mut net = Net::new(1);
    net.block_mut()[0] = f32::NAN;
    let error = Run::new(Adam::new(0.1)).save(folder.0.join("net.safetensors"), &net).expect_err("NaN");
    assert!(matches!(error, Error::Weights { .. }), "{error}");
}
