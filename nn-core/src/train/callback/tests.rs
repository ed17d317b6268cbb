use super::*;
use crate::base::test_folder::Folder;
use crate::data::Samples;
use crate::{MeanSquaredError, Sgd, Trainer, network};

network! {
    struct Classes = [2] -> affine(8) -> relu -> affine(2) -> softmax;
}

/// Ten points in a square, labelled by the half they lie in.
fn halves() -> Samples<f32, usize> {
    let inputs: Vec<f32> = (0..20).map(|i| (i * 7919 % 1009) as f32 / 1009.0).collect();
    let labels = inputs.chunks_exact(2).map(|point| usize::from(point[0] > point[1])).collect();
    Samples::new(10, inputs, labels).expect("valid")
}

/// Writes down what happens, and stops where it is told to.
#[derive(Default)]
struct Diary {
    events: Vec<String>,
    stops_at: Option<&'static str>,
}

impl Diary {
    fn note<N: Network>(&mut self, run: &mut Run<'_, N>, event: String) {
        if self.stops_at == Some(event.as_str()) {
            run.stop();
        }
        self.events.push(event);
    }
}

impl<N: Network> Callback<N> for Diary {
    fn begin(&mut self, run: &mut Run<'_, N>) -> Result<(), Error> {
        self.note(run, format!("begin of {}", run.epochs));
        Ok(())
    }

    fn step(&mut self, run: &mut Run<'_, N>, step: &Step) -> Result<(), Error> {
        assert!(step.mean_loss.is_finite() && step.samples_per_second > 0.0);
        assert_eq!((step.steps, step.of), (3, 10));
        self.note(run, format!("{}.{}: {}", step.epoch, step.step, step.samples));
        Ok(())
    }

    fn epoch(&mut self, run: &mut Run<'_, N>, epoch: &Epoch) -> Result<(), Error> {
        self.note(run, format!("epoch {}", epoch.epoch));
        Ok(())
    }

    fn end(&mut self, run: &mut Run<'_, N>, history: &History) -> Result<(), Error> {
        self.note(run, format!("end after {}", history.len()));
        Ok(())
    }
}

fn diary(stops_at: Option<&'static str>) -> Vec<String> {
    let mut diary = Diary { stops_at, ..Diary::default() };
    let mut trainer = Trainer::new(Sgd::new(0.1)).epochs(2).batch_size(4).callback(&mut diary);
    trainer.fit(&mut Classes::<f32>::new(1), &halves()).expect("valid");
    drop(trainer);
    diary.events
}

#[test]
fn every_event_is_told() {
    let first = ["begin of 2", "1.1: 4", "1.2: 8", "1.3: 10", "epoch 1"];
    let second = ["2.1: 4", "2.2: 8", "2.3: 10", "epoch 2", "end after 2"];
    assert_eq!(diary(None), [first, second].concat());
}

#[test]
fn a_run_can_be_stopped() {
    assert_eq!(diary(Some("begin of 2")), ["begin of 2", "end after 0"]);
    assert_eq!(diary(Some("1.2: 8")), ["begin of 2", "1.1: 4", "1.2: 8", "end after 0"]);
    assert_eq!(diary(Some("epoch 1")).last().map(String::as_str), Some("end after 1"));
    assert_eq!(diary(Some("1.3: 10")).last().map(String::as_str), Some("end after 1"), "the last step of an epoch");
}

#[test]
fn a_callback_sees_the_network_and_changes_the_rate() {
    let mut rates = RateLog::default();
    let mut sums = Vec::new();
    Trainer::<Classes>::new(Sgd::new(0.1))
        .epochs(3)
        .callback(&mut rates)
        .on_epoch(|run, epoch| {
            sums.push(run.net.block().iter().sum::<f32>());
            run.optimizer.set_learning_rate(0.1 / (1 + epoch.epoch) as f64);
            Ok(())
        })
        .fit(&mut Classes::new(1), &halves())
        .expect("valid");
    assert_eq!(rates.rates, [0.1, 0.05, 0.1 / 3.0]);
    assert!(sums[0] != sums[1] && sums[1] != sums[2]);
}

#[test]
fn a_callback_that_fails_ends_the_run() {
    let result = Trainer::<Classes>::new(Sgd::new(0.1))
        .on_epoch(|_, _| Err(Error::Empty { what: "the test".into() }))
        .fit(&mut Classes::new(1), &halves());
    assert!(matches!(result, Err(Error::Empty { .. })));
}

/// An epoch with this loss.
fn epoch(number: usize, loss: f64) -> Epoch {
    Epoch {
        epoch: number,
        train_loss: loss,
        learning_rate: 0.1,
        seconds: 1.0,
        samples_per_second: 1.0,
        ..Epoch::default()
    }
}

/// Tells a callback losses, and lets the first parameter be the number of the epoch. What it is in the end, and whether it was stopped.
fn tell(callback: &mut dyn Callback<Classes>, losses: &[f64]) -> (f32, bool, Vec<PathBuf>) {
    let (mut net, mut sgd, mut control) = (Classes::new(1), Sgd::new(0.1), Control::default());
    let mut run = Run { net: &mut net, optimizer: &mut sgd, epochs: 100, scores: &[], control: &mut control };
    callback.begin(&mut run).expect("valid");
    for (i, &loss) in losses.iter().enumerate() {
        run.net.block_mut()[0] = (i + 1) as f32;
        callback.epoch(&mut run, &epoch(i + 1, loss)).expect("valid");
    }
    callback.end(&mut run, &History::default()).expect("valid");
    (net.block()[0], control.stops, control.saves)
}

#[test]
fn early_stopping_gives_the_best_weights_back() {
    let stopped = |callback: EarlyStopping, losses: &[f64]| {
        let mut callback = callback;
        let (weight, stops, _) = tell(&mut callback, losses);
        assert_eq!(callback.best_epoch(), Some(weight as usize));
        (weight, stops)
    };
    assert_eq!(stopped(EarlyStopping::new(2), &[3.0, 1.0, 2.0, 1.0]), (2.0, true), "equal is not better");
    assert_eq!(stopped(EarlyStopping::new(2), &[3.0, 1.0, 2.0]), (2.0, false), "the run was shorter");
    assert_eq!(stopped(EarlyStopping::new(2), &[3.0, 2.0, 1.0]), (3.0, false));
    assert_eq!(stopped(EarlyStopping::new(2).by(0.5), &[3.0, 2.8, 2.6]), (1.0, true));
    assert_eq!(stopped(EarlyStopping::new(1), &[1.0, f64::NAN]), (1.0, true));
}

#[test]
fn early_stopping_remembers() {
    let mut first = EarlyStopping::<f32>::new(2);
    tell(&mut first, &[3.0, 1.0, 2.0]);
    let mut second = EarlyStopping::new(2);
    Callback::<Classes>::recall(&mut second, Callback::<Classes>::memory(&first));
    let (mut net, mut sgd, mut control) = (Classes::new(1), Sgd::new(0.1), Control::default());
    let mut run = Run { net: &mut net, optimizer: &mut sgd, epochs: 100, scores: &[], control: &mut control };
    Callback::<Classes>::epoch(&mut second, &mut run, &epoch(4, 1.5)).expect("valid");
    Callback::<Classes>::end(&mut second, &mut run, &History::default()).expect("valid");
    assert_eq!((net.block()[0], control.stops), (2.0, true));
}

#[test]
fn checkpoints_are_asked_for() {
    let paths = |callback: Checkpoint| {
        let mut callback = callback;
        let (_, _, saves) = tell(&mut callback, &[3.0, 4.0, 1.0, 2.0]);
        saves.into_iter().map(|path| path.to_str().expect("text").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(paths(Checkpoint::last("a")), ["a"; 4]);
    assert_eq!(paths(Checkpoint::every(2, "a-{epoch}")), ["a-2", "a-4"]);
    assert_eq!(paths(Checkpoint::best("a-{epoch}")), ["a-1", "a-3"]);
    assert_eq!(paths(Checkpoint::every_steps(2, "a")), [""; 0]);
}

#[test]
fn settings_out_of_range_are_refused() {
    let wrong: [Box<dyn Callback<Classes>>; 4] = [
        Box::new(EarlyStopping::new(0)),
        Box::new(EarlyStopping::new(1).by(f64::NAN)),
        Box::new(Checkpoint::every(0, "a")),
        Box::new(Checkpoint::every_steps(0, "a")),
    ];
    for (i, callback) in wrong.into_iter().enumerate() {
        let mut callback = callback;
        let result = Trainer::new(Sgd::new(0.1)).callback(&mut *callback).fit(&mut Classes::new(1), &halves());
        assert!(matches!(result, Err(Error::Setting { .. })), "case {i}");
    }
    let values = Samples::new(1, vec![0.0_f32; 2], vec![0.0; 2]).expect("valid");
    let error = Trainer::new(Sgd::new(0.1))
        .loss(MeanSquaredError)
        .callback(EarlyStopping::new(1).watch(Watch::Accuracy))
        .fit(&mut Classes::new(1), &values)
        .expect_err("no accuracy");
    let expected = "early stopping goes by accuracy, but the loss does not classify; let it watch the loss";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn epochs_are_logged() {
    let folder = Folder::new("csv-log");
    let path = folder.0.join("log.csv");
    std::fs::write(&path, "an older run\n").expect("writable");
    let (data, mut net) = (halves(), Classes::<f32>::new(1));
    let mut trainer = Trainer::new(Sgd::new(0.1)).epochs(2).validation(&data).callback(CsvLog::new(&path));
    trainer.fit(&mut net, &data).expect("valid");
    // Another program that goes on.
    let mut log = CsvLog::new(&path);
    log.write(&epoch(3, 0.5)).expect("writable");
    let text = std::fs::read_to_string(&path).expect("written");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!((lines.len(), lines[0]), (4, csv_log::HEAD));
    assert_eq!(lines[3], "3,0.5,,,,0.1,1,1");
    assert!(lines[1..3].iter().all(|line| line.split(',').all(|field| field.parse::<f64>().is_ok())), "{text}");
    let missing = CsvLog::new(folder.0.join("no/such/folder.csv"));
    assert!(matches!(trainer.callback(missing).fit(&mut net, &data), Err(Error::Io { action: "create", .. })));
}

#[test]
fn lines_leave_out_what_is_not_measured() {
    assert_eq!(lines::line(10, &epoch(3, 0.5)), "epoch  3/10  loss 0.5000  rate 1.000e-1  1 samples/s");
}
