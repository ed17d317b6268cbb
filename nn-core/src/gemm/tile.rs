//! The one register-tiled product behind dense layers and convolutions, forward and backward.
//!
//! `C = A · B` where the rows of `A` and `C` and the terms of each sum lie anywhere a [`Grid`] can reach: a convolution is
//! a product whose rows are output pixels and whose terms are taps × input channels, with no copy of the input ever made.
//! A tile of rows × two vectors of columns stays in registers while the terms go by, each a broadcast number of `A`
//! times a vector of `B`; with twelve rows of 32 columns that is 24 independent sums in 32 registers.
//!
//! Each number of `C` is summed in the order of the terms, whatever tile it falls in.

use super::epilogue::Epilogue;
use crate::base::memory::{copy, part};
use crate::base::number::Number;
use crate::base::size;
use crate::gemm::vectors::Tiles;
use crate::simd::each::load_row;
use crate::simd::vector::Vector;

/// More rows than any vector's tile has.
pub(crate) const MOST_ROWS: usize = 12;

/// Vectors of columns in a tile of a single row: sums that hide the four cycles of a multiply–add, and long reads of `B`.
pub(crate) const ROW_VECTORS: usize = 8;

/// Numbers that a second-level cache holds with room to spare.
pub(crate) const CACHED: usize = 1 << 17;

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

/// What the sums begin with.
#[derive(Clone, Copy, Debug)]
pub enum Start<'a, T> {
    /// Zero.
    Zero,
    /// A number for each column.
    Bias(&'a [T]),
    /// What `C` holds.
    Sum,
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
            Self::Sum => {}
        }
    }

    /// `M` rows of `N` vectors, the last of `lanes`: the start of the columns from `column` on in the rows of `c` that begin at the
    /// positions `at`.
    ///
    /// # Safety
    /// The start, and each row of `c`, have these columns.
    #[inline(always)]
    pub(crate) unsafe fn sums<V: Tiles<Element = T>, const M: usize, const N: usize>(
        self,
        c: *const T,
        at: &[usize; M],
        column: usize,
        lanes: V::Lanes,
    ) -> [[V; N]; M] {
        let mut sums = [[V::splat(T::ZERO); N]; M];
        match self {
            Start::Zero => {}
            // SAFETY: the caller's.
            Start::Bias(bias) => sums = [unsafe { load_row::<V, N>(bias.as_ptr().add(column), lanes) }; M],
            Start::Sum => {
                for m in 0..M {
                    // SAFETY: the caller's.
                    sums[m] = unsafe { load_row::<V, N>(c.add(at[m] + column), lanes) };
                }
            }
        }
        sums
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
        let &Self { a, rows, terms, b, b_step, columns, c_steps, start, epilogue } = self;
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

/// A tile's operands, found by pointers.
pub(crate) struct Tile<'a, T> {
    /// The rows of `A`.
    a: [*const T; MOST_ROWS],
    /// The tile's columns of `B`.
    b: *const T,
    b_step: usize,
    terms: Grid,
    c: *mut T,
    /// Where the tile's rows lie in `C`.
    at: [usize; MOST_ROWS],
    /// Whether `C` is more than a cache holds.
    far: bool,
    /// The first of its columns.
    column: usize,
    /// How many they are.
    columns: usize,
    start: Start<'a, T>,
    epilogue: Epilogue<'a, T>,
}

/// Computes `product` into `c`; where `B` is more than a cache holds, [`DEPTH`](Vector::DEPTH) terms after the other.
#[inline(always)]
pub(crate) fn multiply<V: Tiles>(product: &Product<'_, V::Element>, c: &mut [V::Element]) {
    let len = product.terms.len();
    let in_blocks = product.terms.counts[2] == len && size([len, product.columns]) > CACHED;
    let (mut rest, mut first) = (*product, 0);
    while len - first > V::DEPTH && in_blocks {
        let block = Product { start: rest.start, epilogue: Epilogue::none(), ..product.some_terms(first, V::DEPTH) };
        multiply_block::<V>(&block, c);
        first += V::DEPTH;
        rest = Product { start: Start::Sum, ..product.some_terms(first, len - first) };
    }
    multiply_block::<V>(&rest, c);
}

/// Computes `product` into `c`, tile by tile.
#[inline(always)]
fn multiply_block<V: Tiles>(product: &Product<'_, V::Element>, c: &mut [V::Element]) {
    let &Product { a, rows, terms, b, b_step, columns, c_steps, start, epilogue } = product;
    if rows.len() == 0 || columns == 0 {
        return;
    }
    let reach = product.check(c.len());
    let width = if rows.len() == 1 { ROW_VECTORS } else { 2 } * V::LANES;
    let tiles = rows.len().div_ceil(V::ROWS);
    check!(tiles > 0);
    let (height, higher) = (rows.len() / tiles, rows.len() % tiles);
    let mut tile = Tile {
        a: [a.as_ptr(); MOST_ROWS],
        b: b.as_ptr(),
        b_step,
        terms,
        c: c.as_mut_ptr(),
        at: [0; MOST_ROWS],
        far: reach > CACHED,
        column: 0,
        columns,
        start,
        epilogue,
    };
    // What is walked in the inner loop should stay cached meanwhile: all of `b` if it is small, else a panel of it.
    let panels = columns.div_ceil(width);
    let whole = size([terms.len(), columns]) <= CACHED;
    let (outer, inner) = if whole { (1, panels) } else { (panels, 1) };
    for outer in 0..outer {
        // The next row: its number in each loop, and where it lies in `A` and in `C`.
        let mut next = [0; 3];
        let (mut from, mut to) = (0, 0);
        for number in 0..tiles {
            let height = height + usize::from(number < higher);
            for (start, at) in tile.a.iter_mut().zip(&mut tile.at).take(height) {
                *start = a.as_ptr().wrapping_add(from);
                *at = to;
                next[2] += 1;
                from += rows.steps[2];
                to += c_steps[2];
                if next[2] == rows.counts[2] {
                    next = if next[1] + 1 == rows.counts[1] { [next[0] + 1, 0, 0] } else { [next[0], next[1] + 1, 0] };
                    from = next[0] * rows.steps[0] + next[1] * rows.steps[1];
                    to = next[0] * c_steps[0] + next[1] * c_steps[1];
                }
            }
            for inner in 0..inner {
                let first = (outer + inner) * width;
                tile.b = b.as_ptr().wrapping_add(first);
                tile.column = first;
                tile.columns = if columns - first < width { columns - first } else { width };
                // SAFETY: the asserts have seen that the last column of the last row and term lies inside each operand;
                // the height is 1 to `V::ROWS`, and 1 where more than two vectors are wide; the columns fill all vectors
                // of the tile but perhaps a part of the last.
                unsafe {
                    match tile.columns.div_ceil(V::LANES) {
                        1 => run_tile::<V, 1>(&tile, height),
                        2 => run_tile::<V, 2>(&tile, height),
                        3 => V::tile::<1, 3>(&tile),
                        4 => V::tile::<1, 4>(&tile),
                        5 => V::tile::<1, 5>(&tile),
                        6 => V::tile::<1, 6>(&tile),
                        7 => V::tile::<1, 7>(&tile),
                        _ => V::tile::<1, ROW_VECTORS>(&tile),
                    }
                }
            }
        }
    }
}

/// Runs the tile of as many rows.
///
/// # Safety
/// As for [`tile`]; there is a row, and there are no more than `V::ROWS`.
#[inline(always)]
unsafe fn run_tile<V: Tiles, const N: usize>(tile: &Tile<'_, V::Element>, rows: usize) {
    // SAFETY: the caller's; a vector with fewer rows never gets to the taller tiles, which are then not compiled.
    unsafe {
        match rows {
            1 => V::tile::<1, N>(tile),
            2 => V::tile::<2, N>(tile),
            3 => V::tile::<3, N>(tile),
            4 => V::tile::<4, N>(tile),
            5 => V::tile::<5, N>(tile),
            _ if const { V::ROWS == 6 } => V::tile::<6, N>(tile),
            6 => V::tile::<6, N>(tile),
            7 => V::tile::<7, N>(tile),
            8 => V::tile::<8, N>(tile),
            9 => V::tile::<9, N>(tile),
            10 => V::tile::<10, N>(tile),
            11 => V::tile::<11, N>(tile),
            _ => V::tile::<12, N>(tile),
        }
    }
}

/// The product of `M` rows and `N` vectors of columns, the last of which may be partial.
///
/// # Safety
/// The pointers of the first `M` rows and of `b`, moved as far as the terms and columns go, stay inside their slices, and so do
/// `at` and the columns in those of `c`, the start and the epilogue; `columns` is more than `N - 1` vectors and no more than `N`.
#[inline(always)]
pub(crate) unsafe fn tile<V: Tiles, const M: usize, const N: usize>(tile: &Tile<'_, V::Element>) {
    let (mut a, mut at) = ([tile.a[0]; M], [0; M]);
    for m in 0..M {
        (a[m], at[m]) = (tile.a[m], tile.at[m]);
    }
    let lanes = V::lanes(tile.columns - (N - 1) * V::LANES);
    // SAFETY: the start and each row of `c` have every column.
    let mut sums = unsafe { tile.start.sums::<V, M, N>(tile.c, &at, tile.column, lanes) };
    if tile.far {
        // Else the stores wait for one line of `C` after the other.
        for m in 0..M {
            for n in 0..N {
                V::prefetch(tile.c.wrapping_add(at[m] + tile.column + n * V::LANES));
            }
        }
    }
    let Grid { counts, steps } = tile.terms;
    let mut b = tile.b;
    for i in 0..counts[0] {
        for j in 0..counts[1] {
            let mut term = i * steps[0] + j * steps[1];
            for _ in 0..counts[2] {
                // SAFETY: `b` has moved by as many rows as terms have gone by, and has a row of every column for each.
                let row = unsafe { load_row::<V, N>(b, lanes) };
                for m in 0..M {
                    // SAFETY: every term lies in each of the first `M` rows.
                    let factor = V::splat(unsafe { *a[m].add(term) });
                    for n in 0..N {
                        sums[m][n] = factor.mul_add(row[n], sums[m][n]);
                    }
                }
                term += steps[2];
                // Beyond the last term the pointer may leave the slice; it is not read there.
                b = b.wrapping_add(tile.b_step);
            }
        }
    }
    // SAFETY: the epilogue has a number for every column, and for every number of `c`, which has each row and column.
    unsafe {
        tile.epilogue.finish::<V, M, N>(&mut sums, &at, tile.column, lanes);
        store_sums::<V, M, N>(&sums, tile.c, &at, tile.column, lanes);
    }
}

/// Writes `M` rows of `N` vectors, the last of `lanes`, to the columns from `column` on of the rows of `c` that begin at the positions
/// `at`.
///
/// # Safety
/// `c` has these rows and columns.
#[inline(always)]
pub(crate) unsafe fn store_sums<V: Vector, const M: usize, const N: usize>(
    sums: &[[V; N]; M],
    c: *mut V::Element,
    at: &[usize; M],
    column: usize,
    lanes: V::Lanes,
) {
    for m in 0..M {
        // SAFETY: the caller's.
        let c = unsafe { c.add(at[m] + column) };
        for n in 0..N - 1 {
            // SAFETY: the caller's.
            unsafe { sums[m][n].store_to(c.add(n * V::LANES)) };
        }
        // SAFETY: the caller's.
        unsafe { sums[m][N - 1].store_lanes(c.add((N - 1) * V::LANES), lanes) };
    }
}
