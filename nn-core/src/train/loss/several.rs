//! The losses of all outputs of a network.

use super::{Hits, Loss, SampleWeights};
use crate::shape::{Shape, Shapes};
use crate::{Error, Head, Real};

/// What a network with the outputs `O` learns by, from targets `G`: a [`Loss`] for its only output, or a tuple with one for each.
///
/// The loss of the network is their sum; [`scaled`](super::scaled) makes one count less. Where `G` is one vector, it is for all
/// outputs: the auxiliary heads of a classifier share its labels. Where it is a tuple, each output has its own.
///
/// ```
/// use nn_core::data::Samples;
/// use nn_core::train::loss::scaled;
/// use nn_core::{Adam, CrossEntropy, Network, Trainer, network};
///
/// network! {
///     struct Deep = {
///         let middle = [2] -> affine(16) -> relu;
///         middle -> affine(16) -> relu -> affine(2) -> softmax, middle -> aux: affine(2) -> softmax
///     };
/// }
///
/// let data = Samples::new(4, vec![0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0], vec![0, 1, 1, 0])?;
/// let losses = (CrossEntropy, scaled(0.3, CrossEntropy));
/// let history = Trainer::new(Adam::new(0.05)).loss(losses).epochs(100).fit(&mut Deep::new(1), &data)?;
/// assert_eq!(history[99].train_outputs[0].accuracy, Some(1.0));
/// # Ok::<(), nn_core::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no loss for the outputs `{O}` and targets `{G}`",
    note = "one output takes a loss, several a tuple with a loss for each; a loss of classes takes `usize`, one of values the network's numbers"
)]
pub trait Losses<T: Real, O: Shapes, G>: Send + Sync {
    /// Fails unless the outputs, and these counts of targets, are such as the losses compare. `what` are the samples.
    ///
    /// # Errors
    ///
    /// When they are not.
    fn check_outputs(&self, what: &str, targets_per_sample: &[usize]) -> Result<(), Error>;

    /// Overwrites the gradients of all outputs, and tells the mean loss of each.
    ///
    /// # Errors
    ///
    /// Of any of the losses.
    fn evaluate_all(
        &self,
        batch: Compared<'_, T, G>,
        gradients: &mut [&mut [T]],
        tell: &mut dyn FnMut(Mean),
    ) -> Result<(), Error>;

    /// Tells of each output by how much the mean loss of the batch counts among those of others: see [`Loss::weight`]. It takes no logits.
    fn weigh(&self, batch: Compared<'_, T, G>, tell: &mut dyn FnMut(f64));

    /// Tells of each output how many samples are classified right, where its loss classifies.
    fn count_correct(&self, batch: Compared<'_, T, G>, tell: &mut dyn FnMut(Option<Hits>));
}

/// The logits of all outputs, and what they are compared with.
#[derive(Debug)]
pub struct Compared<'b, T, G> {
    /// The head of each output.
    pub heads: &'b [Head],
    /// The logits of each output.
    pub logits: &'b [&'b mut [T]],
    /// The targets.
    pub targets: &'b G,
    /// The weights of the samples; empty where all weigh the same.
    pub weights: &'b [T],
}

/// The mean loss of some samples.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Mean {
    /// The mean.
    pub loss: f64,
    /// By how much it counts among other means: see [`Loss::weight`].
    pub weight: f64,
}

/// One output of the tuple `O`.
struct Output<O>(usize, core::marker::PhantomData<O>);

impl<O: Shapes> Output<O> {
    fn at(place: usize) -> Self {
        Self(place, core::marker::PhantomData)
    }

    /// The sizes of a row.
    fn dims(&self) -> &'static [usize] {
        let dims = O::DIMS[self.0];
        if O::VARIES[self.0] { &dims[1..] } else { dims }
    }

    /// The numbers that the loss compares together, and how many of these a row has: the steps of a sequence.
    fn len(&self) -> (usize, usize) {
        let len = O::HEAD_LENS[self.0];
        (len, O::ROW_LENS[self.0] / len.max(1))
    }

    fn check<T: Real, L: Loss<T>>(&self, what: &str, loss: &L, found: &[usize]) -> Result<(), Error> {
        let ((len, rows), dims) = (self.len(), self.dims());
        loss.check_output(dims)?;
        // One count for all, or one for each.
        let found = found[self.0 % found.len()];
        let expected = rows * loss.targets_per_sample(len);
        if found == expected {
            return Ok(());
        }
        let output = if O::COUNT == 1 { "output".into() } else { format!("output {}", self.0) };
        let expected = format!("{expected} as the loss wants of the network's {output} {dims:?}");
        Err(Error::size(format!("targets of each sample of {what}"), expected, found))
    }

    fn evaluate<T: Real, L: Loss<T>, G>(
        &self,
        loss: &L,
        batch: &Compared<'_, T, G>,
        targets: &[L::Target],
        gradients: &mut [&mut [T]],
    ) -> Result<Mean, Error> {
        let (head, logits, gradients) = (batch.heads[self.0], &*batch.logits[self.0], &mut *gradients[self.0]);
        let (len, rows) = self.len();
        let mean = match batch.weights {
            [] => loss.evaluate(head, len, logits, targets, gradients)?,
            weights => SampleWeights::new(loss, weights).rows(rows).evaluate(head, len, logits, targets, gradients)?,
        };
        Ok(Mean { loss: mean.to_f64(), weight: self.weight(loss, batch, targets) })
    }

    fn weight<T: Real, L: Loss<T>, G>(&self, loss: &L, batch: &Compared<'_, T, G>, targets: &[L::Target]) -> f64 {
        let (len, rows) = self.len();
        match batch.weights {
            [] => loss.weight(len, targets),
            weights => SampleWeights::new(loss, weights).rows(rows).weight(len, targets),
        }
    }

    fn correct<T: Real, L: Loss<T>, G>(
        &self,
        loss: &L,
        batch: &Compared<'_, T, G>,
        targets: &[L::Target],
    ) -> Option<Hits> {
        loss.correct(batch.heads[self.0], self.len().0, &*batch.logits[self.0], targets)
    }
}

impl<T: Real, S: Shape, Y: Copy + Default + Send + Sync, L: Loss<T, Target = Y>> Losses<T, (S,), Vec<Y>> for L {
    fn check_outputs(&self, what: &str, targets_per_sample: &[usize]) -> Result<(), Error> {
        Output::<(S,)>::at(0).check(what, self, targets_per_sample)
    }

    fn evaluate_all(
        &self,
        batch: Compared<'_, T, Vec<Y>>,
        gradients: &mut [&mut [T]],
        tell: &mut dyn FnMut(Mean),
    ) -> Result<(), Error> {
        tell(Output::<(S,)>::at(0).evaluate(self, &batch, batch.targets, gradients)?);
        Ok(())
    }

    fn weigh(&self, batch: Compared<'_, T, Vec<Y>>, tell: &mut dyn FnMut(f64)) {
        tell(Output::<(S,)>::at(0).weight(self, &batch, batch.targets));
    }

    fn count_correct(&self, batch: Compared<'_, T, Vec<Y>>, tell: &mut dyn FnMut(Option<Hits>)) {
        tell(Output::<(S,)>::at(0).correct(self, &batch, batch.targets));
    }
}

/// For targets `$gathered`, of which `$targets` takes those of an output.
macro_rules! losses {
    ([$($bounds:tt)*] $outputs:ty, $gathered:ty, $($shape:ident $loss:ident $target:ident $place:tt $(. $field:tt)?),+) => {
        impl<T: Real, $($shape: Shape,)+ $($bounds)* $($loss: Loss<T, Target = $target>),+>
            Losses<T, $outputs, $gathered> for ($($loss,)+)
        {
            fn check_outputs(&self, what: &str, targets_per_sample: &[usize]) -> Result<(), Error> {
                $(Output::<$outputs>::at($place).check(what, &self.$place, targets_per_sample)?;)+
                Ok(())
            }

            fn evaluate_all(
                &self,
                batch: Compared<'_, T, $gathered>,
                gradients: &mut [&mut [T]],
                tell: &mut dyn FnMut(Mean),
            ) -> Result<(), Error> {
                $(
                    let targets = &batch.targets$(.$field)?;
                    tell(Output::<$outputs>::at($place).evaluate(&self.$place, &batch, targets, gradients)?);
                )+
                Ok(())
            }

            fn weigh(&self, batch: Compared<'_, T, $gathered>, tell: &mut dyn FnMut(f64)) {
                $(
                    let targets = &batch.targets$(.$field)?;
                    tell(Output::<$outputs>::at($place).weight(&self.$place, &batch, targets));
                )+
            }

            fn count_correct(&self, batch: Compared<'_, T, $gathered>, tell: &mut dyn FnMut(Option<Hits>)) {
                $(
                    let targets = &batch.targets$(.$field)?;
                    tell(Output::<$outputs>::at($place).correct(&self.$place, &batch, targets));
                )+
            }
        }
    };
}

/// With targets for all, and with targets for each.
macro_rules! several {
    ($($shape:ident $loss:ident $target:ident $place:tt),+) => {
        losses!([Y: Copy + Default + Send + Sync,] ($($shape,)+), Vec<Y>, $($shape $loss Y $place),+);
        losses!(
            [$($target: Copy + Default + Send + Sync,)+] ($($shape,)+), ($(Vec<$target>,)+),
            $($shape $loss $target $place . $place),+
        );
    };
}

several!(A LA YA 0, B LB YB 1);
several!(A LA YA 0, B LB YB 1, C LC YC 2);
several!(A LA YA 0, B LB YB 1, C LC YC 2, D LD YD 3);
several!(A LA YA 0, B LB YB 1, C LC YC 2, D LD YD 3, E LE YE 4);
several!(A LA YA 0, B LB YB 1, C LC YC 2, D LD YD 3, E LE YE 4, F LF YF 5);
several!(A LA YA 0, B LB YB 1, C LC YC 2, D LD YD 3, E LE YE 4, F LF YF 5, G LG YG 6);
several!(A LA YA 0, B LB YB 1, C LC YC 2, D LD YD 3, E LE YE 4, F LF YF 5, G LG YG 6, H LH YH 7);
