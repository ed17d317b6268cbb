//! Losses of the pixels of a map, whose channels are classes and stand first: a vector holds one class of neighbouring pixels.

use crate::base::memory::{part, part_mut};
use crate::base::number::Number;
use crate::simd::vector::{MOST_LANES, Vector};

kernels! {
    /// Kernels of losses per pixel.
    trait PixelKernels<T> {
        /// The probabilities of each pixel's classes.
        fn pixel_softmax(classes: usize, x: &[T], y: &mut [T]);
        /// The sum of `-ln p(label)` times the weight of the label, and in `dx` its gradient times `scale`. There is a weight for
        /// each class; other labels weigh nothing.
        fn pixel_cross_entropy(scale: T, weights: &[T], x: &[T], labels: &[u8], dx: &mut [T]) -> T;
    }
}

/// Pixels that are computed together: `count` of them from `first` on, as many as lanes or fewer.
#[derive(Clone, Copy)]
struct Block {
    first: usize,
    count: usize,
    /// Of the map.
    pixels: usize,
}

impl Block {
    /// The block from `first` on.
    #[inline(always)]
    fn at<V: Vector>(first: usize, pixels: usize) -> Self {
        Self { first, count: (pixels - first).min(V::LANES), pixels }
    }

    #[inline(always)]
    fn load<V: Vector>(self, class: usize, x: &[V::Element]) -> V {
        let first = class * self.pixels + self.first;
        V::load_partial(part(x, first..first + self.count))
    }

    #[inline(always)]
    fn store<V: Vector>(self, class: usize, value: V, y: &mut [V::Element]) {
        let first = class * self.pixels + self.first;
        value.store_partial(part_mut(y, first..first + self.count));
    }
}

/// Writes e to the power of what each logit is above the largest of its pixel. Gives those, and their sums.
#[inline(always)]
fn exponentials<V: Vector>(block: Block, classes: usize, x: &[V::Element], y: &mut [V::Element]) -> [V; 2] {
    let mut largest = V::splat(V::Element::NEG_INFINITY);
    for class in 0..classes {
        largest = block.load::<V>(class, x).max(largest);
    }
    let mut sum = V::splat(V::Element::ZERO);
    for class in 0..classes {
        let power = block.load::<V>(class, x).sub(largest).exp();
        block.store(class, power, y);
        sum = sum.add(power);
    }
    [largest, sum]
}

/// Multiplies all classes.
#[inline(always)]
fn scale_all<V: Vector>(block: Block, classes: usize, factor: V, y: &mut [V::Element]) {
    for class in 0..classes {
        block.store(class, block.load::<V>(class, y).mul(factor), y);
    }
}

#[inline(always)]
fn pixel_softmax<V: Vector>(classes: usize, x: &[V::Element], y: &mut [V::Element]) {
    check!(classes > 0 && x.len().is_multiple_of(classes) && x.len() == y.len());
    let pixels = x.len() / classes;
    for first in (0..pixels).step_by(V::LANES) {
        let block = Block::at::<V>(first, pixels);
        let [_, sum] = exponentials::<V>(block, classes, x, y);
        scale_all(block, classes, V::splat(V::Element::ONE).div(sum), y);
    }
}

#[inline(always)]
fn pixel_cross_entropy<V: Vector>(
    scale: V::Element,
    weights: &[V::Element],
    x: &[V::Element],
    labels: &[u8],
    dx: &mut [V::Element],
) -> V::Element {
    let (classes, pixels) = (weights.len(), labels.len());
    check!(x.len() == classes * pixels && x.len() == dx.len());
    let mut total = 0.0;
    for first in (0..pixels).step_by(V::LANES) {
        let block = Block::at::<V>(first, pixels);
        let [largest, sum] = exponentials::<V>(block, classes, x, dx);
        let mut lanes = [[V::Element::ZERO; MOST_LANES]; 3];
        let [largests, sums, shares] = &mut lanes;
        largest.store(largests);
        sum.store(sums);
        for lane in 0..block.count {
            let label = usize::from(labels[first + lane]);
            let weight = if label < classes { weights[label] } else { V::Element::ZERO };
            shares[lane] = weight * scale / sums[lane];
            if weight != V::Element::ZERO {
                let logit = x[label * pixels + first + lane];
                total += (weight * (sums[lane].ln() + (largests[lane] - logit))).to_f64();
            }
        }
        scale_all(block, classes, V::load(shares), dx);
        for lane in 0..block.count {
            let label = usize::from(labels[first + lane]);
            if label < classes {
                dx[label * pixels + first + lane] += -(weights[label] * scale);
            }
        }
    }
    V::Element::from_f64(total)
}
