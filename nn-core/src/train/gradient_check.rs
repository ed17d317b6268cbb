//! Gradients compared with differences of the function itself.
//!
//! ```
//! use nn_core::{BatchView, CrossEntropy, GradientCheck, Network, network, shape};
//!
//! network! {
//!     struct Small = [3] -> affine(4) -> tanh -> affine(2) -> softmax;
//! }
//!
//! let net = Small::<f64>::new(1);
//! let inputs = BatchView::<shape![3], f64>::from_slice(&[0.1, -0.4, 0.7, 0.5, 0.2, -0.3])?;
//! for tensor in GradientCheck::new().network(&net, inputs, &CrossEntropy, &[0, 1])? {
//!     assert!(tensor.relative < 2e-7, "{tensor:?}");
//! }
//! # Ok::<(), nn_core::Error>(())
//! ```

use chacha20::ChaCha8Rng;
use chacha20::rand_core::{Rng, SeedableRng};

use crate::shape::{IntoViews, Shape, Shapes};
use crate::{Error, FlatSegment, Loss, Network, Training, flatten};

/// Half of the first distance between two points of a difference.
const STEP: f64 = 1e-4;

/// How often the step is shortened where the function bends, as a rectifier's does at zero.
const ATTEMPTS: usize = 4;

/// Gradients below this, on average over a tensor, are compared absolutely: rounding of the function leaves an error of about 1e-12
/// in a difference, and some gradients are exactly zero.
const FLOOR: f64 = 1e-4;

/// Compares gradients with central differences, in `f64`.
///
/// A derivative is taken from two differences, at a step and at half of it, combined so that errors up to the fourth power
/// of the step cancel (Richardson's extrapolation).
#[derive(Clone, Debug)]
pub struct GradientCheck {
    at_most: usize,
    seed: u64,
}

/// How far the gradient of one tensor is from its differences.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The tensor: `conv1.weight`, `input 0`.
    pub label: String,
    /// `|gradient - differences| / (|gradient| + |differences|)`, by their Euclidean lengths; 2e-7 is good.
    pub relative: f64,
    /// How many of its numbers were looked at.
    pub checked: usize,
    /// How many it has.
    pub of: usize,
}

impl Default for GradientCheck {
    fn default() -> Self {
        Self { at_most: usize::MAX, seed: 0 }
    }
}

impl GradientCheck {
    /// Looks at every number.
    pub fn new() -> Self {
        Self::default()
    }

    /// Looks at so many numbers of each tensor at most, chosen at random.
    pub fn at_most(mut self, count: usize) -> Self {
        self.at_most = count;
        self
    }

    /// Keys the choice.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Compares the `gradient` of any function at a point.
    ///
    /// # Errors
    ///
    /// When the slices differ in length or the function fails.
    ///
    /// ```
    /// use nn_core::GradientCheck;
    ///
    /// let product = |x: &[f64]| Ok(x[0] * x[1]);
    /// let difference = GradientCheck::new().function("x", &[3.0, 5.0], &[5.0, 3.0], product)?;
    /// assert!(difference.relative < 1e-9);
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    pub fn function(
        &self,
        label: &str,
        point: &[f64],
        gradient: &[f64],
        mut function: impl FnMut(&[f64]) -> Result<f64, Error>,
    ) -> Result<Difference, Error> {
        if gradient.len() != point.len() {
            return Err(Error::size("gradient to be checked", point.len(), gradient.len()));
        }
        let mut point = point.to_vec();
        let mut sums = Sums::default();
        for position in self.positions(point.len()) {
            let start = point[position];
            let derivative = derivative(|change| {
                point[position] = start + change;
                function(&point)
            })?;
            point[position] = start;
            sums.add(gradient[position], derivative);
        }
        Ok(sums.difference(label, point.len()))
    }

    /// Compares the gradients of a network's loss with respect to each parameter and to the input, unless that
    /// consists of whole numbers.
    ///
    /// # Errors
    ///
    /// When the batch is empty or the targets do not fit it.
    pub fn network<'a, A, Y, N, L>(
        &self,
        net: &N,
        inputs: impl IntoViews<'a, A, f64>,
        loss: &L,
        targets: &[L::Target],
    ) -> Result<Vec<Difference>, Error>
    where
        A: Shapes,
        Y: Shape,
        N: Network<Scalar = f64, Inputs = A, Outputs = (Y,)>,
        L: Loss<f64>,
    {
        loss.check_output(Y::ROW_DIMS)?;
        self.network_with(net, inputs, |outputs, gradients| {
            loss.evaluate(N::HEADS[0], Y::HEAD_LEN, outputs[0], targets, gradients[0])
        })
    }

    /// The same for any number of outputs: `loss` gets the logits of each, and overwrites their gradients.
    ///
    /// # Errors
    ///
    /// When the batch is empty, the inputs differ in their number of samples, or `loss` fails.
    pub fn network_with<'a, N: Network<Scalar = f64>>(
        &self,
        net: &N,
        inputs: impl IntoViews<'a, N::Inputs, f64>,
        loss: impl NetworkLoss,
    ) -> Result<Vec<Difference>, Error> {
        let views = inputs.into_views();
        let samples =
            N::Inputs::samples(views).map_err(|error| Error::size("inputs", "equally many samples", error))?;
        let mut passes = Passes { training: Training::new(samples).with_input_gradients(), loss };
        passes.value(net, views)?;
        let mut differences = self.parameters(net, views, &mut passes)?;
        passes.value(net, views)?;
        differences.extend(self.inputs(net, views, &mut passes)?);
        Ok(differences)
    }

    fn parameters<N: Network<Scalar = f64>, F: NetworkLoss>(
        &self,
        net: &N,
        views: Views<'_, N>,
        passes: &mut Passes<N, F>,
    ) -> Result<Vec<Difference>, Error> {
        let gradients = passes.training.gradients().to_vec();
        let mut changed = net.clone();
        let trained = flatten(N::ENTRIES).into_iter().filter(|segment| segment.statistics().is_none());
        let check = |segment: FlatSegment| {
            let range = segment.range();
            let original = &net.block()[range.clone()];
            let difference = self.function(&segment.label, original, &gradients[range.clone()], |point| {
                changed.block_mut()[range.clone()].copy_from_slice(point);
                passes.value(&changed, views)
            })?;
            changed.block_mut()[range.clone()].copy_from_slice(original);
            Ok(difference)
        };
        trained.map(check).collect()
    }

    fn inputs<N: Network<Scalar = f64>, F: NetworkLoss>(
        &self,
        net: &N,
        views: Views<'_, N>,
        passes: &mut Passes<N, F>,
    ) -> Result<Vec<Difference>, Error> {
        let mut gradients = Vec::new();
        if let Some(views) = passes.training.input_gradients() {
            N::Inputs::for_each(views, |_, numbers| gradients.push(numbers.reals().to_vec()));
        }
        let mut originals = Vec::new();
        N::Inputs::for_each(views, |_, numbers| originals.push(numbers.reals()));
        let mut changed = N::Inputs::to_batches(views);
        let write = |input: usize, point: &[f64], changed: &mut <N::Inputs as Shapes>::Batches<f64>| {
            let written = |place, numbers: &mut [f64]| {
                if place == input {
                    numbers.copy_from_slice(point);
                }
            };
            N::Inputs::for_each_mut(changed, written);
        };
        let check = |(input, gradient): (usize, &Vec<f64>)| {
            let difference = self.function(&format!("input {input}"), originals[input], gradient, |point| {
                write(input, point, &mut changed);
                passes.value(net, N::Inputs::views(&changed))
            })?;
            write(input, originals[input], &mut changed);
            Ok(difference)
        };
        let is_real = |&(input, _): &(usize, _)| N::Inputs::BELOW[input].is_none();
        gradients.iter().enumerate().filter(is_real).map(check).collect()
    }

    /// The numbers to look at; each once when all are wanted.
    fn positions(&self, len: usize) -> Vec<usize> {
        let mut positions: Vec<usize> = (0..len).collect();
        if self.at_most < len {
            let mut random = ChaCha8Rng::seed_from_u64(self.seed);
            for i in 0..self.at_most {
                positions.swap(i, i + (random.next_u64() % (len - i) as u64) as usize);
            }
            positions.truncate(self.at_most);
        }
        positions
    }
}

/// A loss over the logits of all outputs, which overwrites their gradients.
pub trait NetworkLoss: Fn(&[&mut [f64]], &mut [&mut [f64]]) -> Result<f64, Error> {}

impl<F: Fn(&[&mut [f64]], &mut [&mut [f64]]) -> Result<f64, Error>> NetworkLoss for F {}

type Views<'a, N> = <<N as Network>::Inputs as Shapes>::Views<'a, f64>;

/// Training passes that all draw alike where there is dropout.
struct Passes<N: Network<Scalar = f64>, F> {
    training: Training<N>,
    loss: F,
}

impl<N: Network<Scalar = f64>, F: NetworkLoss> Passes<N, F> {
    fn value(&mut self, net: &N, views: Views<'_, N>) -> Result<f64, Error> {
        self.training.set_step(0);
        self.training.pass(net, views, &self.loss)
    }
}

/// The derivative at zero. A step across a bend shows as a disagreement of the two differences, and is then shortened.
fn derivative(mut function: impl FnMut(f64) -> Result<f64, Error>) -> Result<f64, Error> {
    let mut best = (f64::INFINITY, f64::NAN);
    let mut step = STEP;
    for _ in 0..ATTEMPTS {
        let mut difference = |step: f64| Ok::<_, Error>((function(step)? - function(-step)?) / (2.0 * step));
        let (coarse, fine) = (difference(step)?, difference(step / 2.0)?);
        let disagreement = (coarse - fine).abs();
        if disagreement < best.0 {
            best = (disagreement, (4.0 * fine - coarse) / 3.0);
        }
        if disagreement <= 1e-7 * fine.abs() + 1e-9 {
            break;
        }
        step /= 8.0;
    }
    Ok(best.1)
}

#[derive(Default)]
struct Sums {
    checked: usize,
    gradient: f64,
    numeric: f64,
    difference: f64,
}

impl Sums {
    fn add(&mut self, gradient: f64, numeric: f64) {
        self.checked += 1;
        self.gradient += gradient * gradient;
        self.numeric += numeric * numeric;
        self.difference += (gradient - numeric) * (gradient - numeric);
    }

    fn difference(&self, label: &str, of: usize) -> Difference {
        let floor = FLOOR * (self.checked as f64).sqrt();
        let scale = (self.gradient.sqrt() + self.numeric.sqrt()).max(floor);
        let relative = if self.checked == 0 { 0.0 } else { self.difference.sqrt() / scale };
        Difference { label: label.into(), relative, checked: self.checked, of }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BatchView, CrossEntropy, MeanSquaredError, network, shape};

    network! {
        struct Many = [2, 4, 4] -> conv(3, 3, pad = 1) -> batch_norm -> relu -> dropout(0.3) -> pool(2)
            -> residual(conv(3, 1) -> sigmoid) -> affine(5) -> tanh -> affine(3) -> softmax;
    }

    fn numbers(count: usize) -> Vec<f64> {
        (0..count).map(|i| (i * 7919 % 1009) as f64 / 504.0 - 1.0).collect()
    }

    #[test]
    fn a_network_of_many_layers_passes() {
        let net = Many::<f64>::new(2);
        let numbers = numbers(3 * 32);
        let inputs = BatchView::<shape![2, 4, 4], f64>::from_slice(&numbers).expect("three samples");
        let of_labels = GradientCheck::new().network(&net, inputs, &CrossEntropy, &[0, 2, 1]).expect("valid");
        let targets = [0.2; 9];
        let of_values = GradientCheck::new().network(&net, inputs, &MeanSquaredError, &targets).expect("valid");
        let labels: Vec<_> = of_labels.iter().map(|difference| difference.label.as_str()).collect();
        assert_eq!((labels.len(), labels.first(), labels.last()), (11, Some(&"conv1.weight"), Some(&"input 0")));
        for difference in of_labels.iter().chain(&of_values) {
            assert!(difference.relative < 2e-7, "{difference:?}");
        }
    }

    #[test]
    fn a_wrong_gradient_is_found() {
        let point = numbers(50);
        let function = |x: &[f64]| Ok(x.iter().map(|x| x.powi(3)).sum());
        let mut gradient: Vec<f64> = point.iter().map(|x| 3.0 * x * x).collect();
        let check = GradientCheck::new();
        assert!(check.function("cubes", &point, &gradient, function).expect("valid").relative < 1e-10);
        gradient[7] *= 1.001;
        let wrong = check.function("cubes", &point, &gradient, function).expect("valid");
        assert!(wrong.relative > 1e-6, "{wrong:?}");
        assert!(check.function("cubes", &point, &gradient[1..], function).is_err());
    }

    #[test]
    fn a_bend_nearby_does_not_deceive() {
        let relu = |x: &[f64]| Ok(x.iter().map(|x| x.max(0.0)).sum());
        let difference = GradientCheck::new().function("x", &[2e-5, -3e-6, 1.0], &[1.0, 0.0, 1.0], relu);
        assert!(difference.expect("valid").relative < 1e-7);
    }

    #[test]
    fn a_part_of_the_numbers_is_chosen_by_the_seed() {
        let positions = |seed| GradientCheck::new().at_most(10).seed(seed).positions(1000);
        let mut chosen = positions(1);
        assert_eq!(chosen, positions(1));
        assert_ne!(chosen, positions(2));
        chosen.sort_unstable();
        chosen.dedup();
        assert_eq!(chosen.len(), 10);
        assert_eq!(GradientCheck::new().at_most(10).positions(3), [0, 1, 2]);
    }
}
