//! How good a network is on samples it does not learn from.

use super::check_data;
use super::history::Totals;
use crate::base::memory::Buffer;
use crate::data::{MiniBatch, Order, Source};
use crate::exec::Pass;
use crate::shape::{Shape, Shapes};
use crate::{Error, Loss, Network, Number};

/// Loss and accuracy on a data set.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Evaluation {
    /// Mean loss over the samples.
    pub loss: f64,
    /// Share of the samples classified right, where the loss classifies.
    pub accuracy: Option<f64>,
}

/// Predicts a data set in mini-batches and compares the predictions with its targets.
///
/// The network runs as in any prediction: dropout rests and batch norm uses its running statistics. The loss is computed
/// from the outputs, so where their softmax has rounded a probability to zero it counts as 1e-38.
///
/// # Errors
///
/// When there are no samples, `batch_size` is zero, samples or targets are not those of the network and the loss, or an output is
/// NaN or infinite.
pub fn evaluate<S, Y, N, D, L>(net: &N, data: &D, loss: &L, batch_size: usize) -> Result<Evaluation, Error>
where
    S: Shape,
    Y: Shape,
    N: Network<Inputs = (S,), Outputs = (Y,)>,
    D: Source<S::Element<N::Scalar>> + ?Sized,
    L: Loss<N::Scalar, Target = D::Target>,
{
    Error::check_count("batch size", batch_size)?;
    check_data::<N::Scalar, S, Y, D, L>("the data set", data, loss)?;
    let head = N::HEADS[0];
    let mut gradients = Buffer::zeros(batch_size.min(data.len()) * Y::LEN);
    let mut totals = Totals::default();
    predict_batches(net, data, batch_size, |logits, targets| {
        logits.chunks_exact_mut(Y::LEN).for_each(|row| head.invert(row));
        let mean = loss.evaluate(head, Y::LEN, logits, targets, &mut gradients[..logits.len()])?;
        totals.add(logits.len() / Y::LEN, mean.to_f64(), loss.correct(head, Y::LEN, logits, targets));
        Ok(())
    })?;
    Ok(Evaluation { loss: totals.mean_loss(), accuracy: totals.accuracy() })
}

/// Predicts a data set in mini-batches, and hands the outputs of each with its targets to `visit`. Fails afterwards where outputs were
/// not finite.
pub(crate) fn predict_batches<S, Y, N, D>(
    net: &N,
    data: &D,
    batch_size: usize,
    mut visit: impl FnMut(&mut [N::Scalar], &[D::Target]) -> Result<(), Error>,
) -> Result<(), Error>
where
    S: Shape,
    Y: Shape,
    N: Network<Inputs = (S,), Outputs = (Y,)>,
    D: Source<S::Element<N::Scalar>> + ?Sized,
{
    Error::check_count("batch size", batch_size)?;
    if data.is_empty() {
        return Err(Error::Empty { what: "the data set".into() });
    }
    let capacity = batch_size.min(data.len());
    let order = Order::new(data.len(), 0);
    let mut batches = order.batches(capacity);
    let mut batch = MiniBatch::<N, _>::new(capacity);
    let mut outputs = N::Outputs::allocate(capacity);
    let mut workspace = Buffer::zeros(N::workspace_len(capacity));
    let mut not_finite = Vec::new();
    while let Some(indices) = batches.next() {
        let n = indices.len();
        batch.gather(data, indices)?;
        let inputs = <N::Inputs as Shapes>::slices(batch.inputs());
        N::Inputs::check_bounds::<N::Scalar>(inputs, &[], N::INPUT_NAMES)?;
        let places = N::Outputs::slices_mut(&mut outputs, 0..n);
        N::forward(&Pass::inference(n).finite(net.storage().are_finite()), net.block(), inputs, places, &mut workspace);
        let [outputs] = N::Outputs::slices_mut(&mut outputs, 0..n);
        let rows = outputs.chunks_exact(Y::LEN).zip(indices);
        not_finite.extend(rows.filter(|(row, _)| !row.iter().all(|y| y.is_finite())).map(|(_, index)| *index));
        visit(outputs, batch.targets())?;
    }
    match not_finite.first() {
        Some(&first) => Err(Error::OutputsNotFinite { samples: not_finite.len(), of: data.len(), first }),
        None => Ok(()),
    }
}
