//! Some of the columns of a dense layer, over all steps of a sequence: queries, keys and values have their weights side by side.

use crate::Real;
use crate::base::memory::{part, part_mut, split, split_mut};
use crate::exec::{Pass, Pieces};
use crate::gemm::dense::{Rows, affine};
use crate::gemm::epilogue::Epilogue;
use crate::gemm::product::{Grid, Product, Start};
use nn_sizes::Affine;

/// Work is cut into parts of at least this many rows, so that each fills some register tiles.
const LEAST_ROWS: usize = 24;

/// The columns `[first, end]` of `x · w + b`.
pub(super) struct Projection<'a, T> {
    /// The dense layer.
    pub d: Affine,
    /// The pass over all rows of `x`.
    pub pass: &'a Pass<'a>,
    pub x: &'a [T],
    pub columns: [usize; 2],
}

impl<T: Real> Projection<'_, T> {
    fn width(&self) -> usize {
        let [first, end] = self.columns;
        end - first
    }

    fn parts(&self, len: usize) -> usize {
        self.pass.parts(self.x.len() as u64 * self.width() as u64, len, LEAST_ROWS)
    }

    /// `z`: the columns alone, of each row.
    pub fn forward(&self, p: &[T], z: &mut [T]) {
        let (d, width) = (&self.d, self.width());
        if width == 0 {
            return;
        }
        let (weights, biases) = split(p, d.weights());
        Pieces::new(z, width).in_parts(self.parts(self.pass.samples()), &|first, z| {
            let rows = z.len().checked_div(width).unwrap_or(0);
            let x = Rows::of(self.x, d.inputs).some(first, rows);
            affine(d, self.columns, self.pass.is_finite(), x, weights, Start::bias(d.bias, biases), z);
        });
    }

    /// Overwrites `dx`, and the columns of `dp`, where they are wanted.
    pub fn backward(&self, p: &[T], dz: &[T], dx: &mut [T], dp: &mut [T]) {
        check!(dz.len() == self.pass.samples() * self.width() && (dx.is_empty() || dx.len() == self.x.len()));
        if !dp.is_empty() {
            self.parameter_gradients(dz, dp);
        }
        if !dx.is_empty() {
            self.input_gradient(p, dz, dx);
        }
    }

    fn parameter_gradients(&self, dz: &[T], dp: &mut [T]) {
        let (d, [first, end]) = (&self.d, self.columns);
        let (dw, db) = split_mut(dp, d.weights());
        let db = part_mut(db, first..end);
        db.fill(T::ZERO);
        if dz.is_empty() {
            dw.fill(T::ZERO);
            return;
        }
        T::sum_rows(dz, db);
        Pieces::new(dw, d.outputs).in_parts(self.parts(d.inputs), &|input, dw| {
            let product = Product {
                a: part(self.x, input..),
                rows: Grid::line(dw.len() / d.outputs, 1),
                terms: Grid::line(self.pass.samples(), d.inputs),
                b: dz,
                b_step: self.width(),
                columns: self.width(),
                c_steps: [0, 0, d.outputs],
                start: Start::Zero,
                epilogue: Epilogue::none(),
            };
            T::multiply(&product, part_mut(dw, first..));
        });
    }

    fn input_gradient(&self, p: &[T], dz: &[T], dx: &mut [T]) {
        let (d, [first, _], width) = (&self.d, self.columns, self.width());
        let weights = part(p, first..d.weights());
        Pieces::new(dx, d.inputs).in_parts(self.parts(self.pass.samples()), &|row, dx| {
            let product = Product {
                a: part(dz, row * width..),
                rows: Grid::line(dx.len() / d.inputs, width),
                terms: Grid::line(width, 1),
                b: weights,
                b_step: d.outputs,
                columns: d.inputs,
                c_steps: [0, 0, d.inputs],
                start: Start::Zero,
                epilogue: Epilogue::none(),
            };
            T::multiply_transposed(&product, dx);
        });
    }
}
