//! A part of a network's parameter block, lent to another network: no copy.

use core::fmt;
use core::marker::PhantomData;
use core::ops::Range;

use super::predict;
use crate::parameters::group::{find, is_below};
use crate::shape::{IntoViews, Shapes};
use crate::{Error, FlatSegment, Network, Parameters, PredictError, Version, Workspace, flatten};

/// What has the parameters of a network: the network itself, or a [`Part`] or [`PartMut`] of another.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no parameters of a network",
    note = "a network has them, and a `Part` or `PartMut` of one"
)]
pub trait Holder: Send + Sync {
    /// The network whose they are.
    type Network: Network;

    /// The parameters.
    fn block(&self) -> &[<Self::Network as Network>::Scalar];
}

/// What has the parameters of a network, to change them.
#[diagnostic::on_unimplemented(
    message = "the parameters of `{Self}` cannot be changed",
    note = "those of a network can, and of a `PartMut` of one"
)]
pub trait HolderMut: Holder {
    /// The parameters.
    fn block_mut(&mut self) -> &mut [<Self::Network as Network>::Scalar];
}

impl<N: Network> Holder for N {
    type Network = N;

    fn block(&self) -> &[N::Scalar] {
        Network::block(self)
    }
}

impl<N: Network> HolderMut for N {
    fn block_mut(&mut self) -> &mut [N::Scalar] {
        Network::block_mut(self)
    }
}

/// The parameters of a network `N` that lie in another network's block: it predicts, and [`Training`](crate::Training) takes it
/// in place of the network. [`Network::part`] makes one.
pub struct Part<'a, N: Network> {
    parameters: &'a Parameters<N::Scalar>,
    range: Range<usize>,
    network: PhantomData<N>,
}

impl<'a, N: Network> Part<'a, N> {
    /// The parameters.
    pub fn block(&self) -> &'a [N::Scalar] {
        &self.parameters[self.range.clone()]
    }

    /// A network of its own with a copy of the parameters, to save it for instance.
    pub fn to_network(&self) -> N {
        N::from_parameters(Parameters::from(self.block()))
    }

    /// The outputs for a batch, or for a single sample.
    ///
    /// # Errors
    ///
    /// When there are several inputs and they differ in their number of samples.
    pub fn predict<'i>(
        &self,
        inputs: impl IntoViews<'i, N::Inputs, N::Scalar>,
    ) -> Result<<N::Outputs as Shapes>::Batches<N::Scalar>, PredictError> {
        predict::on_heap::<N>(inputs, self.version(), |pass, inputs, outputs, workspace| {
            N::forward(&pass.finite(self.parameters.are_finite()), self.block(), inputs, outputs, workspace);
        })
    }

    /// The outputs for a batch, written over `outputs`: see [`Network::predict_into`].
    ///
    /// # Errors
    ///
    /// When the inputs and outputs differ in their number of samples.
    pub fn predict_into<'i>(
        &self,
        inputs: impl IntoViews<'i, N::Inputs, N::Scalar>,
        outputs: &mut <N::Outputs as Shapes>::Batches<N::Scalar>,
        workspace: &mut Workspace<N::Scalar>,
    ) -> Result<(), PredictError> {
        predict::into_batches::<N>(inputs, outputs, workspace, self.version(), |pass, inputs, outputs, workspace| {
            N::forward(&pass.finite(self.parameters.are_finite()), self.block(), inputs, outputs, workspace);
        })
    }

    fn version(&self) -> Version {
        self.parameters.version().part(self.range.start)
    }
}

impl<N: Network> Clone for Part<'_, N> {
    fn clone(&self) -> Self {
        Self { range: self.range.clone(), ..*self }
    }
}

impl<N: Network> fmt::Debug for Part<'_, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in the parameters {:?}", N::NAME, self.range)
    }
}

impl<N: Network> Holder for Part<'_, N> {
    type Network = N;

    fn block(&self) -> &[N::Scalar] {
        self.block()
    }
}

/// The parameters of a network `N` that lie in another network's block, to change them. [`Network::part_mut`] makes one.
pub struct PartMut<'a, N: Network> {
    // The whole, so that it is known to have changed whenever a part has.
    parameters: &'a mut Parameters<N::Scalar>,
    range: Range<usize>,
    network: PhantomData<N>,
}

impl<N: Network> PartMut<'_, N> {
    /// The same to look at and to predict with.
    pub fn as_part(&self) -> Part<'_, N> {
        Part { parameters: self.parameters, range: self.range.clone(), network: PhantomData }
    }

    /// The parameters.
    pub fn block(&self) -> &[N::Scalar] {
        &self.parameters[self.range.clone()]
    }

    /// The parameters, to change them. Those in read-only data are copied to the heap first, with all of the other network.
    pub fn block_mut(&mut self) -> &mut [N::Scalar] {
        &mut self.parameters[self.range.clone()]
    }
}

impl<N: Network> fmt::Debug for PartMut<'_, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_part().fmt(f)
    }
}

impl<N: Network> Holder for PartMut<'_, N> {
    type Network = N;

    fn block(&self) -> &[N::Scalar] {
        self.block()
    }
}

impl<N: Network> HolderMut for PartMut<'_, N> {
    fn block_mut(&mut self) -> &mut [N::Scalar] {
        self.block_mut()
    }
}

/// [`Network::part`].
pub(super) fn part<'a, W: Network, N: Network<Scalar = W::Scalar>>(
    whole: &'a W,
    label: &str,
) -> Result<Part<'a, N>, Error> {
    let range = place::<W, N>(label)?;
    Ok(Part { parameters: whole.storage(), range, network: PhantomData })
}

/// [`Network::part_mut`].
pub(super) fn part_mut<'a, W: Network, N: Network<Scalar = W::Scalar>>(
    whole: &'a mut W,
    label: &str,
) -> Result<PartMut<'a, N>, Error> {
    let range = place::<W, N>(label)?;
    Ok(PartMut { parameters: whole.storage_mut(), range, network: PhantomData })
}

/// Where the parameters of `N` lie in the block of `W`, below a label.
fn place<W: Network, N: Network>(label: &str) -> Result<Range<usize>, Error> {
    let (whole, expected) = (flatten(W::ENTRIES), flatten(N::ENTRIES));
    find(W::NAME, &whole, label)?;
    let found: Vec<FlatSegment> = (whole.into_iter())
        .filter(|segment| is_below(&segment.label, label))
        .map(|segment| FlatSegment { label: below(&segment.label, label).to_owned(), ..segment })
        .collect();
    let start = found.first().zip(expected.first()).map_or(0, |(a, b)| a.offset.saturating_sub(b.offset));
    let differs =
        |difference: String| Err(Error::Part { network: W::NAME, label: label.into(), part: N::NAME, difference });
    for (found, expected) in found.iter().zip(&expected) {
        if (found.label.as_str(), found.shape) != (expected.label.as_str(), expected.shape) {
            let [found, expected] = [found, expected].map(|tensor| format!("{} {:?}", tensor.label, tensor.shape));
            return differs(format!("{found} is in the place of {expected}"));
        }
        if (found.offset, found.axes) != (start + expected.offset, expected.axes) {
            return differs(format!("{} lies there otherwise", found.label));
        }
    }
    let one_more = |longer: &[FlatSegment], shorter: usize| longer.get(shorter).map(|tensor| tensor.label.clone());
    if let Some(missing) = one_more(&expected, found.len()) {
        return differs(format!("they end before {missing}"));
    }
    if let Some(more) = one_more(&found, expected.len()) {
        return differs(format!("they go on with {more}"));
    }
    if start + N::PARAMETERS > W::PARAMETERS {
        return differs(format!("{} numbers are there of {}", W::PARAMETERS - start, N::PARAMETERS));
    }
    Ok(start..start + N::PARAMETERS)
}

/// What follows a label in that of a tensor below it.
fn below<'t>(tensor: &'t str, label: &str) -> &'t str {
    let rest = tensor.strip_prefix(label).unwrap_or(tensor);
    rest.strip_prefix('.').unwrap_or(rest)
}
