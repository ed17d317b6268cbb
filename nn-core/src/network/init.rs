//! How parameters start.

use chacha20::ChaCha8Rng;
use chacha20::rand_core::{Rng, SeedableRng};
use nn_sizes::{Init, Role};

use crate::base::hash::hash;
use crate::base::random::uniform;
use crate::{FlatSegment, Number, Real};

/// Gives every parameter its start: weights are drawn as their role says (He or Xavier), the rest is constant.
///
/// Each tensor has a stream of random numbers of its own, keyed by the seed and its name, and is drawn in the order of a
/// weights file. So the same seed gives the same weights whatever lies beside them in the block, and a change of one
/// layer leaves the start of the others alone.
///
/// # Panics
///
/// When `block` is too short for its table.
pub fn initialise<T: Real>(segments: &[FlatSegment], seed: u64, block: &mut [T]) {
    for segment in segments {
        let constant = match segment.role {
            Role::Weight { fan_in, fan_out, init } => {
                let variance = match init {
                    Init::He => 2.0 / fan_in as f64,
                    Init::Xavier => 2.0 / (fan_in + fan_out) as f64,
                    Init::Bilinear => {
                        interpolate(segment, block);
                        continue;
                    }
                };
                draw(segment, seed, variance.sqrt(), block);
                continue;
            }
            Role::Bias | Role::Shift | Role::RunningMean { .. } => T::ZERO,
            Role::Slope => T::from_f64(0.25),
            Role::Scale | Role::RunningVariance { .. } => T::ONE,
        };
        block[segment.range()].fill(constant);
    }
}

fn draw<T: Real>(segment: &FlatSegment, seed: u64, deviation: f64, block: &mut [T]) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(hash(&segment.label));
    let mut spare = None;
    segment.for_each_position(|position| {
        let number = spare.take().unwrap_or_else(|| {
            let [first, second] = normal_pair(&mut random);
            spare = Some(second);
            first
        });
        block[position] = T::from_f64(number * deviation);
    });
}

/// Each channel of a transposed convolution `[in, out / groups, kernel height, kernel width]` gives to itself alone, and each tap as
/// much as it is near the middle of the window: with a kernel of twice the stride that is bilinear interpolation.
fn interpolate<T: Real>(segment: &FlatSegment, block: &mut [T]) {
    let &[_, outputs, height, width] = segment.shape else { return block[segment.range()].fill(T::ZERO) };
    let mut numbers = (0..segment.len()).map(|i| {
        let (channels, down, across) = (i / (height * width), i / width % height, i % width);
        let is_own = channels / outputs % outputs == channels % outputs;
        if is_own { nearness(down, height) * nearness(across, width) } else { 0.0 }
    });
    segment.for_each_position(|position| block[position] = T::from_f64(numbers.next().unwrap_or(0.0)));
}

/// 1 at the middle of a window, and less with the distance from it.
fn nearness(tap: usize, kernel: usize) -> f64 {
    let factor = kernel.div_ceil(2) as f64;
    let middle = (kernel - 1) as f64 / 2.0;
    1.0 - (tap as f64 - middle).abs() / factor
}

/// Two independent numbers of the standard normal distribution, by Marsaglia's polar method.
fn normal_pair(random: &mut impl Rng) -> [f64; 2] {
    loop {
        let [x, y] = [(); 2].map(|()| 2.0 * uniform(random.next_u64()) - 1.0);
        let square = x * x + y * y;
        if square < 1.0 && square > 0.0 {
            let factor = (-2.0 * Number::ln(square) / square).sqrt();
            return [x * factor, y * factor];
        }
    }
}

#[cfg(test)]
mod tests {
    use nn_sizes::Axis;

    use super::*;
    use crate::Group;

    const AXES: &[Axis] = &[Axis { len: 100, stride: 1 }, Axis { len: 400, stride: 100 }];

    fn weight(label: &str, offset: usize, init: Init) -> FlatSegment {
        let role = Role::Weight { fan_in: 400, fan_out: 100, init };
        FlatSegment { label: label.into(), offset, shape: &[100, 400], axes: AXES, role, group: Group::default() }
    }

    #[test]
    fn moments_follow_the_role() {
        for (init, variance) in [(Init::He, 2.0 / 400.0), (Init::Xavier, 2.0 / 500.0)] {
            let mut block = vec![0.0_f64; 40_000];
            initialise(&[weight("affine1.weight", 0, init)], 7, &mut block);
            let n = block.len() as f64;
            let mean = block.iter().sum::<f64>() / n;
            let second = block.iter().map(|x| x * x).sum::<f64>() / n;
            let fourth = block.iter().map(|x| x.powi(4)).sum::<f64>() / n;
            assert!(mean.abs() < 4.0 * (variance / n).sqrt(), "{init:?}: mean {mean}");
            assert!((second / variance - 1.0).abs() < 0.03, "{init:?}: variance {second} for {variance}");
            assert!((fourth / (3.0 * variance * variance) - 1.0).abs() < 0.1, "{init:?}: not normal");
        }
    }

    #[test]
    fn a_tensor_does_not_depend_on_its_neighbours_or_its_place() {
        let mut alone = vec![0.0_f32; 40_000];
        initialise(&[weight("b.weight", 0, Init::He)], 7, &mut alone);
        let mut both = vec![0.0_f32; 80_000];
        initialise(&[weight("a.weight", 0, Init::He), weight("b.weight", 40_000, Init::He)], 7, &mut both);
        assert_eq!(alone, both[40_000..]);
        assert_ne!(both[..40_000], both[40_000..]);
        let mut other = vec![0.0_f32; 40_000];
        initialise(&[weight("b.weight", 0, Init::He)], 8, &mut other);
        assert_ne!(alone, other);
    }

    #[test]
    fn the_rest_is_constant() {
        let roles = [
            (Role::Bias, 0.0),
            (Role::Scale, 1.0),
            (Role::Shift, 0.0),
            (Role::Slope, 0.25),
            (Role::RunningMean { momentum: 0.1 }, 0.0),
            (Role::RunningVariance { momentum: 0.1 }, 1.0),
        ];
        for (role, expected) in roles {
            let mut block = [5.0_f32; 3];
            let axes = &[Axis { len: 2, stride: 1 }];
            initialise(
                &[FlatSegment { label: "x".into(), offset: 1, shape: &[2], axes, role, group: Group::default() }],
                1,
                &mut block,
            );
            assert_eq!(block, [5.0, expected, expected], "{role:?}");
        }
    }

    #[test]
    fn interpolation_gives_each_channel_to_itself() {
        let role = Role::Weight { fan_in: 1, fan_out: 1, init: Init::Bilinear };
        let axes = &[Axis { len: 2 * 2 * 4 * 3, stride: 1 }];
        let segment =
            FlatSegment { label: "x".into(), offset: 0, shape: &[2, 2, 4, 3], axes, role, group: Group::default() };
        let mut block = [5.0_f64; 48];
        initialise(&[segment], 1, &mut block);
        let window: Vec<f64> =
            [0.25, 0.75, 0.75, 0.25].iter().flat_map(|down| [0.5, 1.0, 0.5].map(|across| down * across)).collect();
        let zeros = vec![0.0; 12];
        assert_eq!(block[..], [&window[..], &zeros, &zeros, &window].concat());
    }

    /// A file of weights saved today must be explained by its seed tomorrow.
    #[test]
    fn the_stream_is_stable() {
        let mut block = vec![0.0_f64; 40_000];
        initialise(&[weight("affine1.weight", 0, Init::He)], 1, &mut block);
        let found: Vec<i64> = [0, 100, 1, 39_999].map(|i| (block[i] * 1e9).round() as i64).into();
        assert_eq!(found, [-30_377_696, 49_258_054, 45_105_849, 97_193_101]);
    }
}
