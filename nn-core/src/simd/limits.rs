//! What a core can do at best with the instructions that the kernels are made of. Nothing computes with these:
//! `benches/kernels` compares the others with them.

use super::vector::Vector;
use crate::base::number::Number;

kernels! {
    /// Loops that nothing but the machine holds up.
    trait LimitKernels<T> {
        /// `x = x / 2 + 1 / 2` in place, so many times: multiply–adds in registers. The numbers are a multiple of 192.
        fn multiply_adds(times: usize, x: &mut [T]);
        /// `y = factor * x`: a copy, but that no library's copy takes its place, which may go past the caches.
        fn scaled_copy(factor: T, x: &[T], y: &mut [T]);
        /// The sum of all numbers but the last few: reads them in order.
        fn read_through(x: &[T]) -> T;
        /// `y = value`, by a loop of its own as well.
        fn fill(value: T, y: &mut [T]);
    }
}

/// Vectors under way: enough for four cycles of two multiply–adds each, or three of a product and three of a sum.
const SUMS: usize = 12;

#[inline(always)]
fn multiply_adds<V: Vector>(times: usize, x: &mut [V::Element]) {
    assert!(x.len().is_multiple_of(16 * SUMS));
    let half = V::splat(V::Element::from_f64(0.5));
    for x in x.chunks_exact_mut(V::LANES * SUMS) {
        let mut sums = [half; SUMS];
        for i in 0..SUMS {
            sums[i] = V::load(&x[i * V::LANES..]);
        }
        for _ in 0..times {
            for i in 0..SUMS {
                sums[i] = sums[i].mul_add(half, half);
            }
        }
        for i in 0..SUMS {
            sums[i].store(&mut x[i * V::LANES..]);
        }
    }
}

#[inline(always)]
fn scaled_copy<V: Vector>(factor: V::Element, x: &[V::Element], y: &mut [V::Element]) {
    let factor = V::splat(factor);
    each!(V, y.len(), load(x = x) {} store(y = factor.mul(x)));
}

#[inline(always)]
fn read_through<V: Vector>(x: &[V::Element]) -> V::Element {
    let mut sums = [V::splat(V::Element::ZERO); 8];
    for x in x.chunks_exact(8 * V::LANES) {
        for i in 0..8 {
            sums[i] = sums[i].add(V::load(&x[i * V::LANES..]));
        }
    }
    let [mut total, rest @ ..] = sums;
    for sum in rest {
        total = total.add(sum);
    }
    total.sum()
}

#[inline(always)]
fn fill<V: Vector>(value: V::Element, y: &mut [V::Element]) {
    let value = V::splat(value);
    let mut chunks = y.chunks_exact_mut(V::LANES);
    for chunk in &mut chunks {
        value.store(chunk);
    }
    value.store_partial(chunks.into_remainder());
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::*;
    use crate::simd::isa::on_every_isa;
    use std::vec;

    #[test]
    fn do_what_they_say() {
        on_every_isa(|isa| {
            let mut x = vec![5.0; 384];
            f32::multiply_adds(2, &mut x);
            assert_eq!(x, vec![2.0; 384], "{isa:?}");
            let x = vec![0.25; 1024];
            let mut y = vec![0.0; 1024];
            f32::scaled_copy(2.0, &x, &mut y);
            assert_eq!((&y, f32::read_through(&x)), (&vec![0.5; 1024], 256.0), "{isa:?}");
            f32::fill(3.0, &mut y[..1000]);
            assert_eq!((y[999], y[1000]), (3.0, 0.5), "{isa:?}");
        });
    }
}
