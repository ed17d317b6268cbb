//! Products of matrices: where their operands lie, what their sums begin with and what is done to them.

use super::epilogue::Epilogue;
use crate::base::memory::{copy, part};
use crate::base::number::Number;
use crate::base::{ranges, size};
use crate::gemm::vectors::Tiles;
use crate::simd::each::load_row;

/// Positions in three nested loops, the last the innermost.
#[derive(Clone, Copy, Debug)]
pub struct Grid {
    /// Iterations of each loop.
    pub counts: [usize; 3],
    /// What an iteration adds to the position.
    pub steps: [usize; 3],
}

impl Grid {
    /// `count` positions `step` apart.
    #[inline(always)]
    pub(crate) fn line(count: usize, step: usize) -> Self {
        Self { counts: [1, 1, count], steps: [0, 0, step] }
    }

    /// Number of positions.
    #[inline(always)]
    pub(crate) fn len(&self) -> usize {
        size(self.counts)
    }

    /// How far the last position, which is the largest, and `more` reach; a grid without positions reaches nowhere. Where
    /// that does not fit, more than any slice.
    #[inline(always)]
    pub(crate) fn reach(&self, more: usize) -> usize {
        let mut reach = more;
        for (count, step) in self.counts.into_iter().zip(self.steps) {
            reach = reach.saturating_add(size([count.saturating_sub(1), step]));
        }
        reach
    }
}

impl Grid {
    /// The positions in parts of no more than `most`: whole planes if these are not larger, else whole lines, else some of a line. For each
    /// the number of its first position, that position, and where its positions are from there.
    #[inline(always)]
    pub(crate) fn parts(self, most: usize) -> impl Iterator<Item = (usize, usize, Self)> {
        let Self { counts: [high, wide, deep], steps } = self;
        let some = |of: usize, len: usize, inner_is_whole: bool| {
            if inner_is_whole { (most / len.max(1)).clamp(1, of.max(1)) } else { 1 }
        };
        let along = some(deep, 1, true);
        let across = some(wide, deep, along == deep);
        let down = some(high, deep * wide, across == wide);
        let parts = |len, most| ranges(len, most).map(|part| (part.start, part.len()));
        let all = parts(high, down)
            .flat_map(move |i| parts(wide, across).flat_map(move |j| parts(deep, along).map(move |k| [i, j, k])));
        all.map(move |[i, j, k]| {
            let number = (i.0 * wide + j.0) * deep + k.0;
            let place = i.0 * steps[0] + j.0 * steps[1] + k.0 * steps[2];
            (number, place, Self { counts: [i.1, j.1, k.1], steps })
        })
    }
}

/// What the sums begin with.
#[derive(Clone, Copy, Debug)]
pub enum Start<'a, T> {
    /// Zero.
    Zero,
    /// A number for each column.
    Bias(&'a [T]),
    /// What the blocks of terms before these come to, which `C` holds.
    Sum,
    /// Zero, and what `C` holds is added at the end: it is a sum of sums.
    Total,
}

impl<'a, T: Number> Start<'a, T> {
    /// The biases of a layer, if it has them.
    #[inline(always)]
    pub(crate) fn bias(has_bias: bool, biases: &'a [T]) -> Self {
        if has_bias { Self::Bias(biases) } else { Self::Zero }
    }

    /// Of the columns from `first` on.
    #[inline(always)]
    pub(crate) fn columns_from(self, first: usize) -> Self {
        if let Self::Bias(bias) = self { Self::Bias(part(bias, first..)) } else { self }
    }

    /// Writes what the sums of a row begin with.
    #[inline(always)]
    pub(crate) fn write(self, c: &mut [T]) {
        match self {
            Self::Zero => c.fill(T::ZERO),
            Self::Bias(bias) => copy(part(bias, ..c.len()), c),
            Self::Sum | Self::Total => {}
        }
    }

    /// `M` rows of `N` vectors, the last of `lanes`: what the first block of terms is added to, in the columns from `column` on.
    /// The sum that `C` may hold is [added](add_to) to the block.
    ///
    /// # Safety
    /// The start has these columns.
    #[inline(always)]
    pub(crate) unsafe fn sums<V: Tiles<Element = T>, const M: usize, const N: usize>(
        self,
        column: usize,
        lanes: V::Lanes,
    ) -> [[V; N]; M] {
        match self {
            Start::Zero | Start::Sum | Start::Total => [[V::splat(T::ZERO); N]; M],
            // SAFETY: the caller's.
            Start::Bias(bias) => [unsafe { load_row::<V, N>(bias.as_ptr().add(column), lanes) }; M],
        }
    }

    /// Whether `C` holds a sum of blocks.
    #[inline(always)]
    pub(crate) fn is_sum(self) -> bool {
        matches!(self, Self::Sum)
    }

    /// Whether `C` holds another sum.
    #[inline(always)]
    pub(crate) fn is_total(self) -> bool {
        matches!(self, Self::Total)
    }
}

/// The operands of `C = epilogue(start + A · B)`.
#[derive(Clone, Copy, Debug)]
pub struct Product<'a, T> {
    /// Numbers of `A`; the row and the term, added, are the position of each.
    pub a: &'a [T],
    /// Where the rows of `A` begin.
    pub rows: Grid,
    /// Where the terms lie in a row of `A`.
    pub terms: Grid,
    /// A row of columns for each term.
    pub b: &'a [T],
    /// From one row of `b` to the next.
    pub b_step: usize,
    /// Numbers in a row of `b`, and of `C`.
    pub columns: usize,
    /// What an iteration of each loop of `rows` adds to the position in `C`.
    pub c_steps: [usize; 3],
    /// What the sums begin with.
    pub start: Start<'a, T>,
    /// What is done to the sums before they are stored.
    pub epilogue: Epilogue<'a, T>,
}

impl<T: Number> Product<'_, T> {
    /// The product of `count` rows from `first` on, where the rows lie in a line.
    #[inline(always)]
    pub(crate) fn some_rows(&self, first: usize, count: usize) -> Self {
        let step = self.rows.steps[2];
        let epilogue = self.epilogue.rows_from(first * self.c_steps[2]);
        Self { a: part(self.a, first * step..), rows: Grid::line(count, step), epilogue, ..*self }
    }

    /// The product of `count` columns from `first` on; they begin at that place in each row of `c`.
    #[inline(always)]
    pub(crate) fn some_columns(&self, first: usize, count: usize) -> Self {
        let (start, epilogue) = (self.start.columns_from(first), self.epilogue.columns_from(first));
        Self { b: part(self.b, first..), columns: count, start, epilogue, ..*self }
    }

    /// The product of `count` terms from `first` on, where the terms lie in a line; it begins and ends as the whole does.
    #[inline(always)]
    pub(crate) fn some_terms(&self, first: usize, count: usize) -> Self {
        let step = self.terms.steps[2];
        let (a, b) = (part(self.a, first * step..), part(self.b, first * self.b_step..));
        Self { a, b, terms: Grid::line(count, step), ..*self }
    }

    /// Asserts that the last column of the last row and term lies inside each operand and the `c_len` numbers of `C`, and returns
    /// how many of these the product reaches. There are rows, columns and terms.
    #[inline(always)]
    pub(crate) fn check(&self, c_len: usize) -> usize {
        let &Self { a, rows, terms, b, b_step, columns, c_steps, start, epilogue, .. } = self;
        check!(rows.len() > 0 && columns > 0 && terms.len() > 0);
        check!(rows.reach(terms.reach(0)) < a.len());
        check!(Grid::line(terms.len(), b_step).reach(columns) <= b.len());
        let reach = Grid { steps: c_steps, ..rows }.reach(columns);
        check!(reach <= c_len);
        epilogue.check(columns, reach);
        if let Start::Bias(bias) = start {
            check!(columns <= bias.len());
        }
        reach
    }
}
