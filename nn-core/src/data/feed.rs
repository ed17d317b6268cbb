//! What networks of any number of inputs and outputs are fed with.

use super::gather::{gather_in_parts, parts_of};
use super::targets::Targets;
use super::{Source, Visit, check_samples};
use crate::shape::{Shape, Shapes};
use crate::{Batch, Error, Real};

/// Samples for a network with the inputs `I`: what a [`Trainer`](crate::Trainer) learns from.
///
/// | | |
/// |---|---|
/// | `&source` | one input, and the source's targets |
/// | `(&source, targets)` | one input, and these [`Targets`]; those of the source are left alone |
/// | `((&source, &source), targets)` | several inputs, in the order of their declaration |
/// | `(inputs, targets, weights)` | either of these with a weight for each sample, finite and not negative |
///
/// A [`Batch`] is a source too, of inputs without targets. Targets are a vector, a slice or an array; a tuple of them has one for
/// each output, and where there is but one, all outputs share it. Weights are the network's numbers, `f32` or `f64`: see
/// [`SampleWeights`](crate::train::loss::SampleWeights).
///
/// ```
/// use nn_core::train::loss::scaled;
/// use nn_core::{Adam, Batch, CrossEntropy, MeanSquaredError, Network, Trainer, network, shape};
///
/// network! {
///     struct Pair(left: [2], right: [2 of 5]) = {
///         let both = concat(left -> affine(8) | right -> embedding(4) -> flatten) -> relu;
///         both -> affine(2) -> softmax, both -> affine(1)
///     };
/// }
///
/// let left = Batch::<shape![2]>::from([[0.0, 0.1], [0.2, 0.3], [0.4, 0.5]]);
/// let right = Batch::<shape![2 of 5]>::from_slice(&[0, 1, 2, 3, 4, 0])?;
/// let (classes, values, weights) = (vec![0, 1, 1], vec![0.5, 0.2, 0.1], vec![1.0, 1.0, 0.5]);
/// let history = Trainer::new(Adam::new(0.01))
///     .loss((CrossEntropy, scaled(0.3, MeanSquaredError)))
///     .fit(&mut Pair::new(1), ((&left, &right), (&classes, &values), &weights))?;
/// assert_eq!(history[0].train_outputs.len(), 2);
/// # Ok::<(), nn_core::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not feed a network with the inputs `{I}` of `{T}`",
    note = "give `&source` for one input, `(&source, &targets)`, or `((&first, &second), &targets)` for two"
)]
pub trait Feed<I: Shapes, T: Real>: Sync {
    /// The targets of a mini-batch: a vector, or a tuple with one for each output.
    type Targets: Default + Send + Sync;

    /// Count of samples.
    fn samples(&self) -> usize;

    /// Fails unless all parts have as many samples, which are those of the inputs. `what` names the whole.
    ///
    /// # Errors
    ///
    /// When they have not.
    fn check(&self, what: &str) -> Result<(), Error>;

    /// Count of targets that each sample has: of each output, or of all alike.
    fn targets_per_sample(&self) -> Vec<usize>;

    /// Writes the samples with these indices to the beginning of `inputs`, and their targets and weights over the others.
    ///
    /// # Errors
    ///
    /// When an index is out of range, or a source fails.
    fn gather(
        &self,
        how: Gathering,
        indices: &[usize],
        inputs: &mut I::Batches<T>,
        targets: &mut Self::Targets,
        weights: &mut Vec<T>,
    ) -> Result<(), Error>;
}

/// The inputs of a [`Feed`]: `&source`, or a tuple of such.
#[diagnostic::on_unimplemented(
    message = "`{Self}` are not sources for the inputs `{I}`",
    note = "give `&source` for one input, `(&first, &second)` for two"
)]
pub trait Inputs<I: Shapes, T: Real>: Sync {
    /// Count of samples.
    fn samples(&self) -> usize;

    /// Fails unless all have as many samples, which are those of the inputs.
    ///
    /// # Errors
    ///
    /// When they have not.
    fn check(&self, what: &str) -> Result<(), Error>;

    /// Writes the samples with these indices to the beginning of `inputs`.
    ///
    /// # Errors
    ///
    /// When an index is out of range, or a source fails.
    fn gather(&self, how: Gathering, indices: &[usize], inputs: &mut I::Batches<T>) -> Result<(), Error>;
}

/// How a mini-batch is gathered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gathering {
    /// Steps of the training before this one, as the samples may be changed at random; `None` for samples as they are.
    pub step: Option<u64>,
    /// The place of the first sample in the whole mini-batch, where these are a part of it.
    pub first: usize,
    /// Whether on all threads at hand.
    pub parallel: bool,
}

impl Gathering {
    /// Unchanged, on all threads at hand.
    pub const AS_THEY_ARE: Self = Self { step: None, first: 0, parallel: true };
}

fn gather_inputs<S: Shape, T: Real, D>(
    data: &D,
    how: Gathering,
    indices: &[usize],
    inputs: &mut Batch<S, T>,
) -> Result<(), Error>
where
    D: Source<S::Element<T>> + ?Sized,
{
    let numbers = indices.len() * S::LEN;
    let (inputs, parts) = (&mut inputs.as_mut_slice()[..numbers], if how.parallel { parts_of(numbers) } else { 1 });
    gather_in_parts(indices, parts, inputs, &|place, indices, inputs| match how.step {
        Some(step) => data.gather_for(Visit { step, place: how.first + place }, indices, inputs),
        None => data.gather(indices, inputs),
    })
}

impl<S: Shape, T: Real, D: Source<S::Element<T>> + ?Sized> Inputs<(S,), T> for &D {
    fn samples(&self) -> usize {
        (**self).len()
    }

    fn check(&self, what: &str) -> Result<(), Error> {
        check_samples::<T, S, D>(what, self)
    }

    fn gather(&self, how: Gathering, indices: &[usize], inputs: &mut Batch<S, T>) -> Result<(), Error> {
        gather_inputs(*self, how, indices, inputs)
    }
}

macro_rules! several {
    ($($shape:ident $source:ident $place:tt),+) => {
        impl<T: Real, $($shape: Shape,)+ $($source: Source<$shape::Element<T>> + ?Sized),+> Inputs<($($shape,)+), T>
            for ($(&$source,)+)
        {
            fn samples(&self) -> usize {
                self.0.len()
            }

            fn check(&self, what: &str) -> Result<(), Error> {
                $(
                    let input = format!("input {} of {what}", $place);
                    check_samples::<T, $shape, $source>(&input, self.$place)?;
                    check_count(&input, self.0.len(), self.$place.len())?;
                )+
                Ok(())
            }

            fn gather(
                &self,
                how: Gathering,
                indices: &[usize],
                inputs: &mut ($(Batch<$shape, T>,)+),
            ) -> Result<(), Error> {
                $(gather_inputs(self.$place, how, indices, &mut inputs.$place)?;)+
                Ok(())
            }
        }
    };
}

several!(A SA 0, B SB 1);
several!(A SA 0, B SB 1, C SC 2);
several!(A SA 0, B SB 1, C SC 2, D SD 3);
several!(A SA 0, B SB 1, C SC 2, D SD 3, E SE 4);
several!(A SA 0, B SB 1, C SC 2, D SD 3, E SE 4, F SF 5);
several!(A SA 0, B SB 1, C SC 2, D SD 3, E SE 4, F SF 5, G SG 6);
several!(A SA 0, B SB 1, C SC 2, D SD 3, E SE 4, F SF 5, G SG 6, H SH 7);

fn check_count(what: &str, expected: usize, found: usize) -> Result<(), Error> {
    if expected == found {
        return Ok(());
    }
    Err(Error::size(format!("samples of {what}"), format!("{expected} as the first input has"), found))
}

#[diagnostic::do_not_recommend]
impl<S: Shape, T: Real, D: Source<S::Element<T>> + ?Sized> Feed<(S,), T> for &D {
    type Targets = Vec<D::Target>;

    fn samples(&self) -> usize {
        (**self).len()
    }

    fn check(&self, what: &str) -> Result<(), Error> {
        check_samples::<T, S, D>(what, self)
    }

    fn targets_per_sample(&self) -> Vec<usize> {
        vec![(**self).targets_per_sample()]
    }

    fn gather(
        &self,
        how: Gathering,
        indices: &[usize],
        inputs: &mut Batch<S, T>,
        targets: &mut Vec<D::Target>,
        weights: &mut Vec<T>,
    ) -> Result<(), Error> {
        gather_inputs(*self, how, indices, inputs)?;
        targets.resize(indices.len() * (**self).targets_per_sample(), D::Target::default());
        weights.clear();
        match how.step {
            Some(step) => self.targets_for(Visit { step, place: 0 }, indices, targets),
            None => self.targets(indices, targets),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<I: Shapes, T: Real, P: Inputs<I, T>, Y: Targets> Feed<I, T> for (P, Y) {
    type Targets = Y::Gathered;

    fn samples(&self) -> usize {
        self.0.samples()
    }

    fn check(&self, what: &str) -> Result<(), Error> {
        self.0.check(what)?;
        self.1.check(what, self.0.samples())
    }

    fn targets_per_sample(&self) -> Vec<usize> {
        self.1.per_sample(self.0.samples())
    }

    fn gather(
        &self,
        how: Gathering,
        indices: &[usize],
        inputs: &mut I::Batches<T>,
        targets: &mut Y::Gathered,
        weights: &mut Vec<T>,
    ) -> Result<(), Error> {
        self.0.gather(how, indices, inputs)?;
        weights.clear();
        self.1.gather(indices, self.0.samples(), targets);
        Ok(())
    }
}

#[diagnostic::do_not_recommend]
impl<I: Shapes, T: Real, P: Inputs<I, T>, Y: Targets, W: AsRef<[T]> + Sync> Feed<I, T> for (P, Y, W) {
    type Targets = Y::Gathered;

    fn samples(&self) -> usize {
        self.0.samples()
    }

    fn check(&self, what: &str) -> Result<(), Error> {
        self.0.check(what)?;
        self.1.check(what, self.0.samples())?;
        check_count(&format!("the weights of {what}"), self.0.samples(), self.2.as_ref().len())
    }

    fn targets_per_sample(&self) -> Vec<usize> {
        self.1.per_sample(self.0.samples())
    }

    fn gather(
        &self,
        how: Gathering,
        indices: &[usize],
        inputs: &mut I::Batches<T>,
        targets: &mut Y::Gathered,
        weights: &mut Vec<T>,
    ) -> Result<(), Error> {
        self.0.gather(how, indices, inputs)?;
        self.1.gather(indices, self.0.samples(), targets);
        weights.clear();
        weights.extend(indices.iter().map(|&index| self.2.as_ref()[index]));
        Ok(())
    }
}

/// Inputs without targets.
impl<S: Shape, T: Real> Source<S::Element<T>> for Batch<S, T> {
    type Target = ();

    fn len(&self) -> usize {
        self.samples()
    }

    fn sample_len(&self) -> usize {
        S::LEN
    }

    fn targets_per_sample(&self) -> usize {
        0
    }

    fn gather(&self, indices: &[usize], inputs: &mut [S::Element<T>]) -> Result<(), Error> {
        const { assert!(!S::VARIES, "samples of a data set have a fixed number of rows: see `Training` for others") };
        super::check_gather("inputs of a mini-batch", indices, self.samples(), S::LEN, inputs.len())?;
        for (&index, place) in indices.iter().zip(inputs.chunks_exact_mut(S::LEN)) {
            place.copy_from_slice(self.view().sample(index));
        }
        Ok(())
    }

    fn targets(&self, indices: &[usize], targets: &mut [()]) -> Result<(), Error> {
        super::check_gather("targets of a mini-batch", indices, self.samples(), 0, targets.len())
    }
}
