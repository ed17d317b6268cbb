//! Steps whose mini-batches several ranks share.

use core::ops::Range;

use super::{Evaluation, Score};
use crate::base::memory::Buffer;
use crate::data::MiniBatch;
use crate::exec::accumulate;
use crate::shape::Shapes;
use crate::train::exchange::{GradientExchange, Parts};
use crate::train::loss::{Hits, Losses, Mean};
use crate::{Error, Network, Number, Real, Training};

/// What each rank tells of a part and an output: its loss, how many samples are right, of how many, and whether they are classified.
const FOUND: usize = 4;

/// The memory of these steps.
pub(super) struct DataParallel<N: Network> {
    parts: Parts,
    /// The sums of first halves of parts, while the second halves are computed: one for each depth of the tree.
    halves: Vec<Sums<N::Scalar>>,
    /// By how much each part's mean loss counts, output by output.
    weights: Vec<f64>,
    /// The same of all parts together.
    totals: Vec<f64>,
    found: Vec<f64>,
}

/// Gradients, and statistics of the batch.
struct Sums<T: Real> {
    gradients: Buffer<T>,
    statistics: Buffer<T>,
}

/// What a step is made of.
pub(super) struct Shared<'s, N: Network, G, L> {
    pub net: &'s N,
    /// One's own parts of the mini-batch.
    pub share: &'s [MiniBatch<N, G>],
    /// The samples of the whole mini-batch.
    pub samples: usize,
    /// The steps before this one, which key the random draws.
    pub number: u64,
    pub loss: &'s L,
}

impl<N: Network> DataParallel<N> {
    pub fn new(parts: Parts, training: &Training<N>) -> Self {
        let sums = |_| Sums {
            gradients: Buffer::zeros(N::PARAMETERS),
            statistics: Buffer::zeros(training.statistics().len()),
        };
        let depth = parts.own.len().next_power_of_two().ilog2();
        let outputs = N::Outputs::COUNT;
        Self {
            halves: (0..depth).map(sums).collect(),
            weights: vec![0.0; parts.count * outputs],
            totals: vec![0.0; outputs],
            found: vec![0.0; parts.count * outputs * FOUND],
            parts,
        }
    }

    /// The gradients and statistics of the whole mini-batch, and what is found of each output.
    pub fn learn<G, L: Losses<N::Scalar, N::Outputs, G>>(
        &mut self,
        exchange: &mut dyn GradientExchange<N::Scalar>,
        training: &mut Training<N>,
        step: &Shared<'_, N, G, L>,
        found: &mut Vec<(Mean, Option<Hits>)>,
    ) -> Result<(), Error> {
        self.weigh(exchange, step)?;
        self.found.fill(0.0);
        self.sum_parts(training, step, self.parts.own.clone(), 0, found)?;
        exchange.start(training.gradients())?;
        exchange.start(training.statistics())?;
        exchange.gather(&mut self.found)?;
        exchange.finish(training.gradients_mut())?;
        exchange.finish(training.statistics_mut())?;
        self.tell(found);
        Ok(())
    }

    /// Finds by how much each part counts.
    fn weigh<G, L: Losses<N::Scalar, N::Outputs, G>>(
        &mut self,
        exchange: &mut dyn GradientExchange<N::Scalar>,
        step: &Shared<'_, N, G, L>,
    ) -> Result<(), Error> {
        let outputs = N::Outputs::COUNT;
        self.weights.fill(0.0);
        for (part, batch) in self.parts.own.clone().zip(step.share).filter(|(_, batch)| batch.samples() > 0) {
            let mut places = self.weights[part * outputs..].iter_mut();
            step.loss.weigh(batch.compared(&[]), &mut |weight| places.next().into_iter().for_each(|of| *of = weight));
        }
        exchange.gather(&mut self.weights)?;
        self.totals.fill(0.0);
        for weights in self.weights.chunks_exact(outputs) {
            self.totals.iter_mut().zip(weights).for_each(|(total, weight)| *total += weight);
        }
        Ok(())
    }

    /// Adds up the gradients of one's own parts: those of one half, those of the other, and halves of these.
    fn sum_parts<G, L: Losses<N::Scalar, N::Outputs, G>>(
        &mut self,
        training: &mut Training<N>,
        step: &Shared<'_, N, G, L>,
        parts: Range<usize>,
        depth: usize,
        found: &mut Vec<(Mean, Option<Hits>)>,
    ) -> Result<(), Error> {
        if parts.len() == 1 {
            return self.part(training, step, parts.start, found);
        }
        let middle = parts.start + parts.len() / 2;
        self.sum_parts(training, step, parts.start..middle, depth + 1, found)?;
        self.halves[depth].gradients.copy_from_slice(training.gradients());
        self.halves[depth].statistics.copy_from_slice(training.statistics());
        self.sum_parts(training, step, middle..parts.end, depth + 1, found)?;
        accumulate(training.gradients_mut(), &self.halves[depth].gradients);
        accumulate(training.statistics_mut(), &self.halves[depth].statistics);
        Ok(())
    }

    /// A part's share in the gradients, and in the statistics.
    fn part<G, L: Losses<N::Scalar, N::Outputs, G>>(
        &mut self,
        training: &mut Training<N>,
        step: &Shared<'_, N, G, L>,
        part: usize,
        found: &mut Vec<(Mean, Option<Hits>)>,
    ) -> Result<(), Error> {
        let batch = &step.share[part - self.parts.own.start];
        if batch.samples() == 0 {
            training.learn_nothing();
            return Ok(());
        }
        training.set_step(step.number);
        let first = self.parts.samples(part, step.samples).start;
        training.learn(step.net, batch, first, step.loss, |output| self.factor(part, output), found)?;
        let share = N::Scalar::from_f64(batch.samples() as f64 / step.samples as f64);
        training.statistics_mut().iter_mut().for_each(|x| *x *= share);
        let places = self.found.chunks_exact_mut(FOUND).skip(part * N::Outputs::COUNT);
        for (place, (mean, hits)) in places.zip(found.iter()) {
            let of = hits.unwrap_or_default();
            place.copy_from_slice(&[mean.loss, of.right as f64, of.of as f64, f64::from(u8::from(hits.is_some()))]);
        }
        Ok(())
    }

    /// The share of a part in the mean loss of an output.
    fn factor(&self, part: usize, output: usize) -> f64 {
        let weight = self.weights[part * N::Outputs::COUNT + output];
        if weight == 0.0 { 0.0 } else { weight / self.totals[output] }
    }

    /// What all ranks have found of the whole mini-batch.
    fn tell(&self, found: &mut Vec<(Mean, Option<Hits>)>) {
        found.clear();
        for (output, &weight) in self.totals.iter().enumerate() {
            let (mut loss, mut right, mut of, mut classifies) = (0.0, 0, 0, false);
            for part in 0..self.parts.count {
                let place = &self.found[(part * N::Outputs::COUNT + output) * FOUND..][..FOUND];
                loss += self.factor(part, output) * place[0];
                (right, of) = (right + place[1] as usize, of + place[2] as usize);
                classifies |= place[3] != 0.0;
            }
            found.push((Mean { loss, weight }, classifies.then_some(Hits { right, of })));
        }
    }
}

/// Rank 0's evaluation, on all ranks.
pub(super) fn share_evaluation<T: Real>(
    exchange: &mut dyn GradientExchange<T>,
    own: Option<Evaluation>,
    outputs: usize,
) -> Result<Option<Evaluation>, Error> {
    let mut numbers = vec![0.0; 1 + 3 * outputs];
    if let Some(own) = &own {
        numbers[0] = 1.0;
        for (place, score) in numbers[1..].chunks_exact_mut(3).zip(&own.outputs) {
            let classifies = f64::from(u8::from(score.accuracy.is_some()));
            place.copy_from_slice(&[score.loss, classifies, score.accuracy.unwrap_or(0.0)]);
        }
    }
    exchange.gather(&mut numbers)?;
    if numbers[0] == 0.0 {
        return Ok(None);
    }
    let score = |place: &[f64]| Score { loss: place[0], accuracy: (place[1] != 0.0).then_some(place[2]) };
    let outputs: Vec<Score> = numbers[1..].chunks_exact(3).map(score).collect();
    let Score { loss, accuracy } = Score::all(&outputs);
    Ok(Some(Evaluation { loss, accuracy, outputs }))
}
