//! The values inside a network.
//!
//! ```
//! use nn_core::observe::Activations;
//! use nn_core::{Batch, Network, network, shape};
//!
//! network! {
//!     #[observe]
//!     struct Small = [1, 6, 6] -> conv(4, 3) -> relu -> pool(2) -> affine(3) -> softmax;
//! }
//!
//! let net = Small::new(1);
//! let activations = Activations::of(&net, &Batch::<shape![1, 6, 6]>::zeros(5))?;
//! let labels: Vec<&str> = activations.iter().map(|activation| activation.label()).collect();
//! assert_eq!(labels, ["conv1", "relu1", "pool1", "affine1", "softmax1"]);
//! let maps = activations.get("relu1").expect("a label of the network");
//! assert_eq!((maps.dims(), maps.samples(), maps.sample(2).len()), (&[4, 4, 4][..], 5, 64));
//! # Ok::<(), nn_core::PredictError>(())
//! ```
//!
//! A layer is named by its label; without one it has the next number of its kind, as parameters have. Of several outputs each has
//! its place after a dot: `split1.0`. A part by path is one value here; `#[observe]` on the part shows what is inside it.
//!
//! `#[observe]` costs the time to compile a second network, and nothing where it is not written.

#[cfg(test)]
mod tests;

use super::predict;
use crate::shape::{IntoViews, Shapes};
use crate::{Network, PredictError, Real};

/// A network of which every value can be seen: one that is declared with `#[observe]`.
///
/// Rows are not, where their number varies and within `each`.
#[diagnostic::on_unimplemented(
    message = "the values inside `{Self}` cannot be seen",
    note = "write `#[observe]` before the declaration of the network"
)]
pub trait Observe: Network {
    /// A network over the same parameters, whose outputs are the values.
    #[doc(hidden)]
    type Values: Network<Scalar = Self::Scalar, Inputs = Self::Inputs>;

    /// Where the outputs have them.
    #[doc(hidden)]
    const PLACES: &'static [Place];
}

/// Where a value stands among those of a sample.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub label: &'static str,
    pub text: &'static str,
    pub dims: &'static [usize],
    pub start: usize,
}

impl Place {
    fn len(&self) -> usize {
        self.dims.iter().product()
    }
}

/// What every layer of a network makes of a batch, as in any prediction: dropout rests, and batch norm uses its running statistics.
#[derive(Clone, Debug)]
pub struct Activations<T> {
    places: &'static [Place],
    numbers: Vec<T>,
    samples: usize,
}

impl<T: Real> Activations<T> {
    /// Predicts a batch, and keeps everything.
    ///
    /// # Errors
    ///
    /// As of [`Network::predict`].
    pub fn of<'a, N: Observe<Scalar = T>>(
        net: &N,
        inputs: impl IntoViews<'a, N::Inputs, T>,
    ) -> Result<Self, PredictError> {
        let views = inputs.into_views();
        let samples = N::Inputs::samples(views).map_err(PredictError::Samples)?;
        let outputs =
            predict::on_heap::<N::Values>(views, net.storage().version(), |pass, inputs, outputs, workspace| {
                N::Values::forward(&pass.finite(net.storage().are_finite()), net.block(), inputs, outputs, workspace);
            })?;
        let mut numbers = Vec::new();
        let views = <N::Values as Network>::Outputs::views(&outputs);
        <N::Values as Network>::Outputs::for_each(views, |_, values| numbers.extend_from_slice(values.reals()));
        Ok(Self { places: N::PLACES, numbers, samples })
    }

    /// Those of a layer; `None` where the network has no such label.
    pub fn get(&self, label: &str) -> Option<Activation<'_, T>> {
        self.iter().find(|activation| activation.label() == label)
    }

    /// All of them, each after those that it is computed from.
    pub fn iter(&self) -> impl Iterator<Item = Activation<'_, T>> {
        self.places.iter().map(|place| Activation { place, of: self })
    }
}

/// What a layer makes of a batch.
#[derive(Clone, Copy, Debug)]
pub struct Activation<'a, T> {
    place: &'static Place,
    of: &'a Activations<T>,
}

impl<'a, T: Real> Activation<'a, T> {
    /// The label of the layer: `conv1`, `layer1.0.relu2`.
    pub fn label(&self) -> &'static str {
        self.place.label
    }

    /// The words of the declaration: `conv(30, 5)`.
    pub fn text(&self) -> &'static str {
        self.place.text
    }

    /// The sizes of a sample: `[channels, height, width]`.
    pub fn dims(&self) -> &'static [usize] {
        self.place.dims
    }

    /// Count of samples.
    pub fn samples(&self) -> usize {
        self.of.samples
    }

    /// The numbers of one sample, channels first.
    ///
    /// # Panics
    ///
    /// When there are not that many samples.
    pub fn sample(&self, sample: usize) -> &'a [T] {
        let row = self.of.numbers.len() / self.of.samples;
        &self.of.numbers[sample * row..][..row][self.place.start..][..self.place.len()]
    }

    /// The numbers of each sample.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &'a [T]> {
        let activation = *self;
        (0..self.of.samples).map(move |sample| activation.sample(sample))
    }

    /// The numbers of all samples, one sample after another: for a histogram.
    pub fn to_vec(&self) -> Vec<T> {
        self.iter().flatten().copied().collect()
    }
}
