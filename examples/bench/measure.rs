//! How fast one network learns and predicts.

use std::time::{Duration, Instant};

use nn_core::data::{MiniBatch, Order, Source};
use nn_core::shape::Shape;
use nn_core::{Adam, Batch, BatchView, CrossEntropy, Network, Training, Workspace, shape};

use crate::memory::Memory;
use crate::noise::Noise;

/// Samples, gathered batch by batch from memory.
pub type Samples<'a> = &'a dyn Source<f32, Target = usize>;

/// Why there is no result.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Measures a network: given what it learns from, the samples of a training step, and how long to train.
pub type Measure = fn(Samples<'_>, usize, Duration) -> Result<Rates, Failure>;

/// Samples of a large prediction.
const MANY: usize = 256;

/// The results of one network.
pub struct Rates {
    /// Samples learnt from in a second.
    pub learnt: f64,
    /// Bytes that training took at most, its network and all, where the system tells.
    pub memory: Option<u64>,
    /// Time to predict one sample.
    pub latency: Duration,
    /// Samples predicted in a second, 256 at a time.
    pub predicted: f64,
}

/// Trains for the given time, then predicts for half of it one sample at a time and for half of it 256.
pub fn rates<N, S>(samples: Samples<'_>, batch: usize, time: Duration) -> Result<Rates, Failure>
where
    S: Shape<Element<f32> = f32>,
    N: Network<Scalar = f32, Inputs = (S,), Outputs = (shape![10],)>,
{
    let before = Memory::now();
    let mut net = N::new(1);
    let learnt = training(&mut net, samples, batch, time)?;
    let memory = before.and_then(|before| before.peak());
    let latency = prediction(&net, 1, time / 2)?;
    let predicted = MANY as f64 / prediction(&net, MANY, time / 2)?.as_secs_f64();
    Ok(Rates { learnt, memory, latency, predicted })
}

/// Samples learnt from in a second: each step gathers a random mini-batch, runs it forward and backward, and lets Adam
/// move the parameters.
fn training<N, S>(net: &mut N, samples: Samples<'_>, batch: usize, time: Duration) -> Result<f64, Failure>
where
    S: Shape<Element<f32> = f32>,
    N: Network<Scalar = f32, Inputs = (S,), Outputs = (shape![10],)>,
{
    let mut adam = Adam::new(5e-4);
    let mut training = Training::new(batch);
    let mut chosen = MiniBatch::new(batch);
    // As many as make whole mini-batches; after the last one the first comes again.
    let mut order = Order::new(samples.len() / batch * batch, 1);
    order.shuffle(1);
    let mut batches = order.batches(batch);
    let mut step = || {
        if batches.is_empty() {
            batches = order.batches(batch);
        }
        let Some(indices) = batches.next() else {
            return Err(format!("{} samples do not make a mini-batch of {batch}", samples.len()).into());
        };
        chosen.gather(samples, indices)?;
        training.loss_and_gradients_of(net, &chosen, &CrossEntropy)?;
        Ok(training.step(net, &mut adam)?)
    };
    repeat(warm_up(time), &mut step)?;
    let start = Instant::now();
    let steps = repeat(time, &mut step)?;
    Ok((steps * batch) as f64 / start.elapsed().as_secs_f64())
}

/// The median time of a prediction of so many samples.
fn prediction<N, S>(net: &N, samples: usize, time: Duration) -> Result<Duration, Failure>
where
    S: Shape<Element<f32> = f32>,
    N: Network<Scalar = f32, Inputs = (S,), Outputs = (shape![10],)>,
{
    let numbers = Noise::new(2).numbers(samples * S::LEN);
    let inputs = BatchView::<S>::from_slice(&numbers)?;
    let mut outputs = Batch::zeros(samples);
    let mut workspace = Workspace::new();
    let mut times = Vec::new();
    let mut predict = || {
        let start = Instant::now();
        let result = net.predict_into(inputs, &mut outputs, &mut workspace);
        times.push(start.elapsed());
        Ok(result?)
    };
    let warm = repeat(warm_up(time), &mut predict)?;
    repeat(time, &mut predict)?;
    let times = &mut times[warm..];
    let middle = times.len() / 2;
    Ok(*times.select_nth_unstable(middle).1)
}

/// How long to run before the clock counts: caches, branch predictors and the processor's frequency have settled then.
fn warm_up(time: Duration) -> Duration {
    time / 8
}

/// Calls `work` until the time is over, at least five times, and returns how often.
fn repeat(time: Duration, work: &mut impl FnMut() -> Result<(), Failure>) -> Result<usize, Failure> {
    let start = Instant::now();
    let mut times = 0;
    while times < 5 || start.elapsed() < time {
        work()?;
        times += 1;
    }
    Ok(times)
}
