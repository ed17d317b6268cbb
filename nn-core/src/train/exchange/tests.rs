//! Ranks that are threads of one process.

use std::collections::VecDeque;
use std::sync::{Arc, Barrier, Mutex};
use std::thread;

use super::{GradientExchange, Parts};
use crate::base::test_folder::Folder;
use crate::data::{Augmented, Samples};
use crate::train::callback::{Checkpoint, EarlyStopping};
use crate::train::loss::{WeightedCrossEntropy, scaled};
use crate::train::schedule::{Every, Plateau};
use crate::{Adam, CrossEntropy, Error, MeanSquaredError, Momentum, Network, Real, Trainer, network};

network! {
    struct Plain = [6] -> affine(16) -> relu -> dropout(0.2) -> affine(3) -> softmax;
    struct Normalised = [1, 4, 4] -> conv(6, 3) -> bn -> relu -> affine(8) -> bn -> relu -> affine(3) -> softmax;
    struct Heads = {
        let middle = [6] -> affine(8) -> relu;
        middle -> affine(3) -> softmax, middle -> affine(1)
    };
}

/// What the ranks give each other: whatever each has put down, when all have.
struct Table {
    places: Mutex<Vec<Vec<f64>>>,
    barrier: Barrier,
}

/// A rank that is a thread.
struct Thread<T> {
    rank: usize,
    parts: usize,
    table: Arc<Table>,
    started: VecDeque<Vec<T>>,
}

impl<T: Real> Thread<T> {
    fn all(&self, own: Vec<f64>) -> Vec<Vec<f64>> {
        self.table.places.lock().expect("no panic")[self.rank] = own;
        self.table.barrier.wait();
        let all = self.table.places.lock().expect("no panic").clone();
        self.table.barrier.wait();
        all
    }
}

fn tree<T: Real>(ranks: &[Vec<f64>]) -> Vec<T> {
    if let [one] = ranks {
        return one.iter().map(|x| T::from_f64(*x)).collect();
    }
    let (left, right) = ranks.split_at(ranks.len() / 2);
    tree::<T>(left).into_iter().zip(tree::<T>(right)).map(|(a, b)| a + b).collect()
}

impl<T: Real> GradientExchange<T> for Thread<T> {
    fn rank(&self) -> usize {
        self.rank
    }

    fn ranks(&self) -> usize {
        self.table.places.lock().expect("no panic").len()
    }

    fn parts(&self) -> usize {
        self.parts
    }

    fn start(&mut self, piece: &[T]) -> Result<(), Error> {
        self.started.push_back(piece.to_vec());
        Ok(())
    }

    fn finish(&mut self, piece: &mut [T]) -> Result<(), Error> {
        let own = self.started.pop_front().expect("a piece was started");
        let all = self.all(own.into_iter().map(T::to_f64).collect());
        piece.copy_from_slice(&tree::<T>(&all));
        Ok(())
    }

    fn gather(&mut self, numbers: &mut [f64]) -> Result<(), Error> {
        let all = self.all(numbers.to_vec());
        for (place, number) in numbers.iter_mut().enumerate() {
            *number = all.iter().map(|of| of[place]).sum();
        }
        Ok(())
    }

    fn share(&mut self, numbers: &mut [T]) -> Result<(), Error> {
        let all = self.all(numbers.iter().map(|x| x.to_f64()).collect());
        numbers.iter_mut().zip(&all[0]).for_each(|(to, from)| *to = T::from_f64(*from));
        Ok(())
    }
}

/// Runs the same on so many ranks, and gives what each returns.
fn on_ranks<T: Real, R: Send>(ranks: usize, parts: usize, run: impl Fn(Thread<T>) -> R + Sync) -> Vec<R> {
    let table = Arc::new(Table { places: Mutex::new(vec![Vec::new(); ranks]), barrier: Barrier::new(ranks) });
    thread::scope(|scope| {
        let start = |rank| {
            let rank = Thread { rank, parts, table: Arc::clone(&table), started: VecDeque::new() };
            let run = &run;
            scope.spawn(move || run(rank))
        };
        let threads: Vec<_> = (0..ranks).map(start).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    })
}

fn inputs(count: usize, len: usize) -> Vec<f32> {
    (0..count * len).map(|i| (i * 7919 % 1009) as f32 / 1009.0 - 0.5).collect()
}

fn samples(count: usize, len: usize) -> Samples<f32, usize> {
    Samples::new(count, inputs(count, len), (0..count).map(|i| i * 31 % 3).collect()).expect("valid")
}

fn bits<T: Real>(block: &[T]) -> Vec<u64> {
    block.iter().map(|x| x.to_f64().to_bits()).collect()
}

/// All ranks have the same bits, and as many parts give the same, however many ranks share them.
#[test]
fn any_number_of_ranks_gives_the_same_bits() {
    // The last mini-batch has three samples for four parts.
    let data = samples(43, 6);
    let augmented = Augmented::new(&data, [6, 1, 1]).seed(4).noise(0.1);
    let weights: Vec<f32> = (0..43).map(|i| 0.5 + (i % 4) as f32).collect();
    let train = |ranks, ahead, batch_size| {
        let found = on_ranks(ranks, 4, |rank| {
            // Only rank 0 begins with these parameters.
            let mut net = Plain::<f32>::new(if rank.rank == 0 { 7 } else { 8 });
            let trainer = Trainer::new(Adam::new(0.01)).epochs(3).batch_size(batch_size).seed(3).read_ahead(ahead);
            let mut trainer = trainer.loss(WeightedCrossEntropy::new().weights([1.0, 2.0, 3.0])).threads(1).over(rank);
            let labels: Vec<usize> = (0..43).map(|i| i * 31 % 3).collect();
            let history = trainer.fit(&mut net, (&augmented, &labels, &weights)).expect("valid");
            (bits(net.block()), history.train_losses(), history[2].train_accuracy)
        });
        assert!(found.iter().all(|of| of == &found[0]), "{ranks} ranks");
        found.into_iter().next().expect("one")
    };
    for batch_size in [20, 2] {
        let one = train(1, 0, batch_size);
        for ranks in [2, 3, 4] {
            assert_eq!(train(ranks, ranks - 2, batch_size), one, "{ranks} ranks, batches of {batch_size}");
        }
    }
}

/// The sum over the parts is that over the whole but for rounding, which `f64` makes small: sums within a part are added up in
/// another order than those over a whole batch.
#[test]
fn parts_give_what_the_whole_gives() {
    let values: Vec<f64> = (0..40).map(|i| f64::from(i % 7) / 7.0).collect();
    let labels: Vec<usize> = (0..40).map(|i| i * 31 % 3).collect();
    let weights: Vec<f64> = (0..40).map(|i| f64::from(i % 5)).collect();
    let inputs: Vec<f64> = inputs(40, 6).into_iter().map(f64::from).collect();
    let inputs = crate::Batch::<crate::shape![6], f64>::from_slice(&inputs).expect("rows");
    // The outputs do not weigh their samples alike.
    let loss = || (WeightedCrossEntropy::new().weights([1.0, 5.0, 0.5]).ignore(2), scaled(0.5, MeanSquaredError));
    let trainer = || Trainer::new(Momentum::new(0.1, 0.9)).loss(loss()).epochs(4).batch_size(12).threads(1);
    let mut whole = Heads::<f64>::new(1);
    let history = trainer().fit(&mut whole, (&inputs, (&labels, &values), &weights)).expect("valid");
    for (ranks, parts) in [(1, 3), (2, 2), (3, 7)] {
        let found = on_ranks(ranks, parts, |rank| {
            let mut net = Heads::<f64>::new(1);
            let mut trainer = trainer().over(rank);
            (trainer.fit(&mut net, (&inputs, (&labels, &values), &weights)).expect("valid"), net)
        });
        for (of, net) in found {
            for (a, b) in net.block().iter().zip(whole.block()) {
                assert!((a - b).abs() < 1e-13 * a.abs().max(1.0), "{a} and {b} on {ranks} ranks");
            }
            for (a, b) in of[3].train_outputs.iter().zip(&history[3].train_outputs) {
                assert!((a.loss - b.loss).abs() < 1e-13 && a.accuracy == b.accuracy, "{a:?} and {b:?}");
            }
        }
    }
}

/// One part is a whole, bit for bit.
#[test]
fn one_part_gives_the_bits_of_no_exchange() {
    let data = samples(30, 16);
    let train = |rank: Option<Thread<f32>>| {
        let mut net = Normalised::<f32>::new(1);
        let trainer = Trainer::new(Adam::new(0.01)).epochs(2).batch_size(8).threads(1);
        let mut trainer = match rank {
            Some(rank) => trainer.over(rank),
            None => trainer,
        };
        trainer.fit(&mut net, &data).expect("valid");
        bits(net.block())
    };
    assert_eq!(on_ranks(1, 1, |rank| train(Some(rank))), [train(None)]);
}

/// A batch norm goes by the statistics of each part; the running ones follow their mean, weighted by samples.
#[test]
fn statistics_are_averaged_over_the_parts() {
    let data = samples(10, 16);
    let train = |indices: &[usize]| {
        let mut net = Normalised::<f32>::new(1);
        let mut batch = crate::data::MiniBatch::new(10);
        let mut training = crate::Training::new(10);
        batch.gather(&data, indices).expect("valid");
        training.loss_and_gradients_of(&net, &batch, &CrossEntropy).expect("valid");
        training.step(&mut net, &mut Momentum::new(1e-30, 0.0)).expect("valid");
        training.statistics().to_vec()
    };
    let mut order = crate::data::Order::new(10, 0);
    order.shuffle(1);
    let order: Vec<usize> = order.indices().collect();
    let (first, second) = (train(&order[..5]), train(&order[5..]));
    let nets = on_ranks(2, 2, |rank| {
        let mut net = Normalised::<f32>::new(1);
        Trainer::new(Momentum::new(1e-30, 0.0))
            .batch_size(10)
            .threads(1)
            .over(rank)
            .fit(&mut net, &data)
            .expect("valid");
        net
    });
    let segments = crate::flatten(Normalised::<f32>::ENTRIES);
    let start = Normalised::<f32>::new(1);
    let mut place = 0;
    for segment in segments.iter().filter(|segment| segment.statistics().is_some()) {
        let momentum = segment.statistics().expect("some") as f32;
        for index in segment.range() {
            let mean = (first[place] + second[place]) / 2.0;
            let expected = start.block()[index] * (1.0 - momentum) + mean * momentum;
            let found = nets[1].block()[index];
            assert!(
                (found - expected).abs() < 1e-5 * expected.abs().max(1.0),
                "{}: {found}, {expected}",
                segment.label
            );
            place += 1;
        }
    }
    assert_eq!(place, first.len());
    assert_eq!(bits(nets[0].block()), bits(nets[1].block()));
}

/// Only rank 0 validates, and calls its callbacks; all follow what these decide. A checkpoint is gone on from on another number of
/// ranks.
#[test]
fn rank_0_decides_and_saves() {
    let folder = Folder::new("exchange-checkpoint");
    let (data, validation) = (samples(43, 16), samples(20, 16));
    let path = |ranks: usize| folder.0.join(format!("{ranks}.safetensors")).display().to_string();
    let trainer = |ranks: usize, rank: Thread<f32>| {
        Trainer::<Normalised>::new(Adam::new(0.02))
            .epochs(9)
            .batch_size(10)
            .threads(1)
            .validation(&validation)
            .schedule(Every::Epoch, Plateau::new(0.5, 1))
            .callback(EarlyStopping::new(2))
            .callback(Checkpoint::every_steps(4, path(ranks) + ".{epoch}-{step}"))
            .over(rank)
    };
    let run = |ranks: usize| {
        let found = on_ranks(ranks, 4, |rank| {
            let mut net = Normalised::new(1);
            let history = trainer(ranks, rank).fit(&mut net, &data).expect("valid");
            let validations: Vec<_> =
                history.iter().map(|epoch| (epoch.validation_loss, epoch.validation_accuracy)).collect();
            (bits(net.block()), validations, history.last().map(|epoch| epoch.learning_rate))
        });
        assert!(found.iter().all(|of| of == &found[0]));
        found[0].clone()
    };
    let one = run(1);
    assert!(one.1.len() < 9, "stopped early: {:?}", one.1);
    assert_eq!(run(2), one);
    for ranks in [1, 2, 4] {
        let found = on_ranks(ranks, 4, |rank| {
            let mut net = Normalised::new(2);
            let mut trainer = trainer(9, rank);
            trainer.resume(path(2) + ".2-4", &mut net).expect("saved");
            trainer.fit(&mut net, &data).expect("valid");
            bits(net.block())
        });
        assert!(found.iter().all(|of| of == &one.0), "{ranks} ranks");
    }
}

#[test]
fn ranks_that_differ_are_refused() {
    let (data, other) = (samples(20, 6), samples(21, 6));
    let what = |train: &(dyn Fn(Thread<f32>) -> Result<(), Error> + Sync)| {
        let errors = on_ranks(2, 2, |rank| train(rank).expect_err("refused"));
        assert_eq!(errors[0].to_string(), errors[1].to_string());
        match &errors[0] {
            Error::Ranks { rank: 1, what, found, expected } if found != expected => *what,
            error => panic!("{error}"),
        }
    };
    let fit = |trainer: Trainer<'_, Plain>, rank: Thread<f32>, data: &Samples<f32, usize>| {
        trainer.over(rank).fit(&mut Plain::new(1), data).map(|_| ())
    };
    let adam = || Trainer::new(Adam::new(0.1));
    assert_eq!(
        what(&|rank| {
            let data = if rank.rank == 0 { &data } else { &other };
            fit(adam(), rank, data)
        }),
        "training set"
    );
    assert_eq!(what(&|rank| fit(adam().seed(rank.rank as u64), rank, &data)), "settings");
    assert_eq!(what(&|rank| fit(adam().batch_size(5 + rank.rank), rank, &data)), "settings");
    assert_eq!(what(&|rank| fit(Trainer::new(Adam::new(0.1 + rank.rank as f64)), rank, &data)), "optimizer");
    network! {
        struct Other = [6] -> affine(16) -> relu -> dropout(0.2) -> last: affine(3) -> softmax;
    }
    let of_network = |rank: Thread<f32>| match rank.rank {
        0 => fit(adam(), rank, &data),
        _ => Trainer::new(Adam::new(0.1)).over(rank).fit(&mut Other::new(1), &data).map(|_| ()),
    };
    assert_eq!(what(&of_network), "network");
    // A run that has come further.
    let further = |rank: Thread<f32>| {
        let second = rank.rank == 1;
        let mut net = Plain::new(1);
        let mut trainer = adam();
        if second {
            trainer.fit(&mut net, &data)?;
        }
        trainer.over(rank).fit(&mut net, &data).map(|_| ())
    };
    assert_eq!(what(&further), "progress");
}

#[test]
fn too_few_parts_are_refused() {
    let data = samples(20, 6);
    for error in on_ranks(2, 1, |rank| {
        Trainer::new(Adam::new(0.1)).over(rank).fit(&mut Plain::new(1), &data).expect_err("one part")
    }) {
        let expected = "count of parts of a mini-batch is 1, but must be the count of ranks or more, and at most 65536";
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn parts_are_shared_out_by_halves() {
    let of = |ranks, count| (0..ranks).map(|rank| Parts::of_rank(rank, ranks, count).own).collect::<Vec<_>>();
    assert_eq!(of(2, 4), [0..2, 2..4]);
    assert_eq!(of(3, 4), [0..2, 2..3, 3..4]);
    for (ranks, count) in (1..20).flat_map(|ranks| (ranks..40).map(move |count| (ranks, count))) {
        let owns = of(ranks, count);
        assert!(owns.iter().all(|own| !own.is_empty()), "{ranks} ranks, {count} parts: {owns:?}");
        assert!(owns.windows(2).all(|two| two[0].end == two[1].start));
        assert_eq!((owns[0].start, owns[ranks - 1].end), (0, count));
        let parts = Parts { count, own: 0..count };
        let places: Vec<usize> = (0..count).flat_map(|part| parts.samples(part, 25)).collect();
        assert!(places.into_iter().eq(0..25));
    }
}
