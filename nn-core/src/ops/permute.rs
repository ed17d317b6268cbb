//! The same numbers in another order: axes exchanged, channels shuffled.

use super::call::{Backward, Differentiable, Forward, Operation, one, one_mut, wanted};
use crate::Real;
use crate::base::memory::{part, part_mut};
use nn_sizes::{Permute, for_each_position};

/// `y` is `x` in its new order.
impl<'p, T: Real> Operation<T, &'p [T]> for Permute {
    fn forward(&self, call: Forward<'_, T, &'p [T]>) {
        let (x, y) = (one(call.inputs), one_mut(call.outputs));
        check!((x.len(), y.len()) == (self.count(), self.count()));
        let mut y = y.iter_mut();
        for_each_position(self.axes, 0, &mut |at| {
            if let Some(y) = y.next() {
                *y = *part(x, at);
            }
        });
    }
}

impl<T: Real> Differentiable<T> for Permute {
    fn backward(&self, call: Backward<'_, T>) {
        let dy = one_mut(call.output_gradients);
        let Some(dx) = wanted(call.input_gradients) else { return };
        check!((dx.len(), dy.len()) == (self.count(), self.count()));
        let mut dy = dy.iter();
        for_each_position(self.axes, 0, &mut |at| {
            if let Some(dy) = dy.next() {
                *part_mut(dx, at) = *dy;
            }
        });
    }
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::*;
    use crate::ops::testing;
    use nn_sizes::Axis;
    use std::vec::Vec;

    #[test]
    fn moves_numbers_and_their_gradients_back() {
        for (axes, expected) in [
            // Rows and columns of 2 × 3.
            (&[(3, 1), (2, 3)][..], [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]),
            // As they are.
            (&[(2, 3), (3, 1)], [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]),
            // Three groups of two channels of one pixel.
            (&[(1, 6), (2, 1), (3, 2)], [0.0, 2.0, 4.0, 1.0, 3.0, 5.0]),
        ] {
            let axes: Vec<Axis> = axes.iter().map(|&(len, stride)| Axis { len, stride }).collect();
            let d = Permute { axes: axes.leak() };
            let x = [0.0f32, 1.0, 2.0, 3.0, 4.0, 5.0];
            let (mut y, mut dx) = ([9.0; 6], [9.0; 6]);
            testing::forward(&d, &[&x], &[], &mut y);
            assert_eq!(y, expected, "{d:?}");
            testing::backward(&d, &[], &[], &[], &mut y, &mut [&mut dx], &mut []);
            assert_eq!(dx, x, "backward of {d:?}");
        }
    }
}
