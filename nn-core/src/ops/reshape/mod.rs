//! The same numbers under another shape, in the order of the language: channels first.

pub(crate) mod kernels;

use super::call::{Backward, Differentiable, Forward, Operation, one, one_mut, wanted};
use crate::Real;
use crate::base::memory::{part, part_mut};
use nn_sizes::{Reshape, Rows};

/// `y` is `x` under its new shape.
impl<'p, T: Real> Operation<T, &'p [T]> for Reshape {
    fn forward(&self, call: Forward<'_, T, &'p [T]>) {
        reshape(self, one(call.inputs), one_mut(call.outputs));
    }
}

impl<T: Real> Differentiable<T> for Reshape {
    fn backward(&self, call: Backward<'_, T>) {
        if let Some(dx) = wanted(call.input_gradients) {
            reshape(&Self { from: self.to, to: self.from }, one_mut(call.output_gradients), dx);
        }
    }
}

fn reshape<T: Real>(d: &Reshape, x: &[T], y: &mut [T]) {
    let Reshape { from, to } = d;
    check!((x.len(), y.len()) == (from.rows * from.len, to.rows * to.len));
    check!(x.len() == y.len());
    if is_row(to) {
        T::transpose(from.rows, from.len, x, y);
    } else if is_row(from) {
        T::transpose(to.len, to.rows, x, y);
    } else {
        map_to_map(from, to, x, y);
    }
}

/// Whether both orders are the same.
fn is_row(rows: &Rows) -> bool {
    rows.rows == 1 || rows.len == 1
}

/// Number by number, as the one map and the other have them channels first.
fn map_to_map<T: Real>(from: &Rows, to: &Rows, x: &[T], y: &mut [T]) {
    let [mut channel, mut pixel] = [0, 0];
    for to_channel in 0..to.len {
        for to_pixel in 0..to.rows {
            *part_mut(y, to_pixel * to.len + to_channel) = *part(x, pixel * from.len + channel);
            pixel += 1;
            if pixel == from.rows {
                (channel, pixel) = (channel + 1, 0);
            }
        }
    }
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::*;
    use crate::ops::testing;

    /// A map or a row whose numbers tell their place in the order of the language.
    fn stored(rows: &Rows) -> Vec<f32> {
        let place = |i: usize| (i % rows.len * rows.rows + i / rows.len) as f32;
        (0..rows.rows * rows.len).map(place).collect()
    }

    #[test]
    fn keeps_the_order_of_the_language() {
        for (from, to) in
            [([6, 4], [1, 24]), ([1, 24], [6, 4]), ([6, 4], [8, 3]), ([24, 1], [2, 12]), ([6, 4], [24, 1])]
        {
            let [from, to] = [from, to].map(|[rows, len]| Rows { rows, len });
            let d = Reshape { from, to };
            let mut y = vec![0.0; 24];
            testing::forward(&d, &[&stored(&from)], &[], &mut y);
            assert_eq!(y, stored(&to), "{d:?}");
            let mut dx = vec![0.0; 24];
            testing::backward(&d, &[], &[], &[], &mut y, &mut [&mut dx], &mut []);
            assert_eq!(dx, stored(&from), "backward of {d:?}");
        }
    }
}
