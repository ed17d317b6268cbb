//! How good a network is on samples it does not learn from.

use super::history::Total;
use super::{Score, check_data};
use crate::base::memory::Buffer;
use crate::data::{Feed, Gathering, MiniBatch, Order};
use crate::exec::Pass;
use crate::shape::Shapes;
use crate::train::loss::Losses;
use crate::{Error, Network, Number};

/// Loss and accuracy on a data set.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Evaluation {
    /// Mean loss over the samples; of several outputs the sum of theirs.
    pub loss: f64,
    /// Share of the samples classified right, where the loss classifies; of several outputs that of the first that does.
    pub accuracy: Option<f64>,
    /// The same of each output.
    pub outputs: Vec<Score>,
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
pub fn evaluate<N, D, L>(net: &N, data: D, loss: &L, batch_size: usize) -> Result<Evaluation, Error>
where
    N: Network,
    D: Feed<N::Inputs, N::Scalar>,
    L: Losses<N::Scalar, N::Outputs, D::Targets>,
{
    Error::check_count("batch size", batch_size)?;
    check_data::<N, D, L>("the data set", &data, loss)?;
    measure(net, &data, loss, batch_size)
}

/// The same of a data set that has been checked.
pub(super) fn measure<N, D, L>(net: &N, data: &D, loss: &L, batch_size: usize) -> Result<Evaluation, Error>
where
    N: Network,
    D: Feed<N::Inputs, N::Scalar>,
    L: Losses<N::Scalar, N::Outputs, D::Targets>,
{
    let mut gradients = N::Outputs::allocate::<N::Scalar>(batch_size.min(data.samples()));
    let mut totals = vec![Total::default(); N::Outputs::COUNT];
    predict_batches(net, data, batch_size, |logits, batch| {
        for ((logits, head), len) in logits.iter_mut().zip(N::HEADS).zip(N::Outputs::HEAD_LENS) {
            logits.chunks_exact_mut(*len).for_each(|row| head.invert(row));
        }
        let mut gradients = N::Outputs::slices_mut(&mut gradients, 0..batch.samples());
        let mut of = totals.iter_mut();
        loss.evaluate_all(batch.compared(logits), gradients.as_mut(), &mut |mean| {
            of.next().into_iter().for_each(|of| of.add(mean));
        })?;
        let mut of = totals.iter_mut();
        loss.count_correct(batch.compared(logits), &mut |hits| of.next().into_iter().for_each(|of| of.hit(hits)));
        Ok(())
    })?;
    let outputs: Vec<Score> = totals.iter().map(Total::score).collect();
    let Score { loss, accuracy } = Score::all(&outputs);
    Ok(Evaluation { loss, accuracy, outputs })
}

/// Predicts a data set in mini-batches, and hands the outputs of each to `visit`. Fails afterwards where outputs were not finite.
pub(crate) fn predict_batches<N, D>(
    net: &N,
    data: &D,
    batch_size: usize,
    mut visit: impl FnMut(&mut [&mut [N::Scalar]], &MiniBatch<N, D::Targets>) -> Result<(), Error>,
) -> Result<(), Error>
where
    N: Network,
    D: Feed<N::Inputs, N::Scalar>,
{
    Error::check_count("batch size", batch_size)?;
    if data.samples() == 0 {
        return Err(Error::Empty { what: "the data set".into() });
    }
    let capacity = batch_size.min(data.samples());
    let order = Order::new(data.samples(), 0);
    let mut batches = order.batches(capacity);
    let mut batch = MiniBatch::<N, _>::new(capacity);
    let mut outputs = N::Outputs::allocate(capacity);
    let mut workspace = Buffer::zeros(N::workspace_len(capacity));
    let mut not_finite = Vec::new();
    while let Some(indices) = batches.next() {
        batch.gather_checked(data, indices, Gathering::AS_THEY_ARE)?;
        let inputs = N::Inputs::slices(batch.inputs());
        N::Inputs::check_bounds::<N::Scalar>(inputs, &[], N::INPUT_NAMES)?;
        let pass = Pass::inference(indices.len()).finite(net.storage().are_finite());
        let places = N::Outputs::slices_mut(&mut outputs, 0..indices.len());
        N::forward(&pass, net.block(), inputs, places, &mut workspace);
        let mut outputs = N::Outputs::slices_mut(&mut outputs, 0..indices.len());
        let outputs = outputs.as_mut();
        let is_finite = |sample: usize| {
            let mut rows =
                outputs.iter().zip(N::Outputs::LENS).flat_map(|(output, len)| &output[sample * len..][..*len]);
            rows.all(|y| y.is_finite())
        };
        not_finite.extend((0..indices.len()).filter(|sample| !is_finite(*sample)).map(|sample| indices[sample]));
        visit(outputs, &batch)?;
    }
    match not_finite.first() {
        Some(&first) => Err(Error::OutputsNotFinite { samples: not_finite.len(), of: data.samples(), first }),
        None => Ok(()),
    }
}
