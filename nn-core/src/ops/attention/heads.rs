//! The heads of one sample: what each step sees of each other, and what it makes of that.

use core::ops::Range;

use crate::Real;
use crate::base::memory::{chunks_exact, chunks_exact_mut, part, part_mut, split, split_mut};
use crate::gemm::dense::Rows;
use crate::gemm::epilogue::Epilogue;
use crate::gemm::product::{Grid, Product, Start};
use nn_sizes::{Activation, Attention};

/// The queries, keys and values of one sample.
pub(super) struct Heads<'a, T> {
    d: &'a Attention,
    queries: Rows<'a, T>,
    keys: Rows<'a, T>,
    values: Rows<'a, T>,
}

impl<'a, T: Real> Heads<'a, T> {
    /// From what is projected of all steps of both sequences, of which these are the sample's.
    pub fn of(d: &'a Attention, [own, other]: [&'a [T]; 2], [steps, asked]: [Range<usize>; 2]) -> Self {
        let [own_step, other_step] = d.projected();
        let rows = |numbers, step, steps: &Range<usize>| Rows {
            numbers: part(numbers, steps.start * step..steps.end * step),
            step,
            count: steps.len(),
        };
        let queries = rows(own, own_step, &steps);
        let keys = if d.memory.is_some() { rows(other, other_step, &asked) } else { queries.from(d.size) };
        Self { d, queries, keys, values: keys.from(d.size) }
    }

    /// How many pairs of a step that asks and one that is asked there are.
    fn pairs(&self) -> usize {
        self.queries.count * self.keys.count
    }

    /// Of each step what its heads make of what they see.
    pub fn forward(&self, scratch: &mut [T], mixed: &mut [T]) {
        let (scores, rest) = split_mut(scratch, self.pairs());
        let shares = part_mut(rest, ..self.pairs());
        for head in 0..self.d.heads {
            self.shares(head, scores, shares);
            let (at, rows) = (head * self.d.head(), Grid::line(self.queries.count, self.keys.count));
            self.sum(shares, rows, Grid::line(self.keys.count, 1), self.values.from(at), self.d.size, mixed, at);
        }
    }

    /// The gradients of what is projected of both sequences, from that of what the heads make.
    pub fn backward(&self, scratch: &mut [T], d_mixed: &[T], [d_own, d_other]: [&mut [T]; 2]) {
        let (queries, keys) = (self.queries.count, self.keys.count);
        let (scores, rest) = split_mut(scratch, self.pairs());
        let (shares, rest) = split_mut(rest, self.pairs());
        let d_shares = part_mut(rest, ..self.pairs());
        let [by_query, along_keys] = [Grid::line(queries, keys), Grid::line(keys, 1)];
        for head in 0..self.d.heads {
            self.shares(head, scores, shares);
            let at = head * self.d.head();
            let d_mixed = Rows::of(d_mixed, self.d.size).from(at);
            let d_scores = &mut *scores;
            T::dots(self.d.head(), d_mixed, self.values.from(at), Start::Zero, Activation::Identity, d_shares, keys);
            self.score_gradients(shares, d_shares, d_scores);

            self.sum(d_scores, by_query, along_keys, self.keys.from(at), self.queries.step, d_own, at);
            let (d_asked, first) =
                if self.d.memory.is_some() { (&mut *d_other, 0) } else { (&mut *d_own, self.d.size) };
            let (step, at_key) = (self.keys.step, first + at);
            self.sum(d_scores, along_keys, by_query, self.queries.from(at), step, d_asked, at_key);
            self.sum(shares, along_keys, by_query, d_mixed, step, d_asked, at_key + self.d.size);
        }
    }

    /// The share that each step asked has in what one that asks sees: the softmax of their products. `scores` are used up.
    fn shares(&self, head: usize, scores: &mut [T], shares: &mut [T]) {
        let (at, keys) = (head * self.d.head(), self.keys.count);
        let (queries, asked) = (self.queries.from(at), self.keys.from(at));
        T::dots(self.d.head(), queries, asked, Start::Zero, Activation::Identity, scores, keys);
        let rows = chunks_exact_mut(scores, keys).zip(chunks_exact_mut(shares, keys));
        for (query, (scores, shares)) in rows.enumerate() {
            let ((scores, _), (shares, unseen)) =
                (split_mut(scores, self.seen(query)), split_mut(shares, self.seen(query)));
            scale(self.d, scores);
            T::softmax(scores.len(), scores, shares);
            unseen.fill(T::ZERO);
        }
    }

    /// The gradients of the products of queries and keys.
    fn score_gradients(&self, shares: &[T], d_shares: &[T], d_scores: &mut [T]) {
        let keys = self.keys.count;
        let rows = chunks_exact(shares, keys).zip(chunks_exact(d_shares, keys)).zip(chunks_exact_mut(d_scores, keys));
        for (query, ((shares, d_shares), d_scores)) in rows.enumerate() {
            let seen = self.seen(query);
            let ((shares, _), (d_shares, _)) = (split(shares, seen), split(d_shares, seen));
            let (d_scores, unseen) = split_mut(d_scores, seen);
            T::softmax_gradient(seen, shares, d_shares, d_scores);
            scale(self.d, d_scores);
            unseen.fill(T::ZERO);
        }
    }

    /// How many steps a step sees.
    fn seen(&self, query: usize) -> usize {
        if self.d.causal { self.keys.count.min(query + 1) } else { self.keys.count }
    }

    /// Sums of rows of one head, each by its share: into the columns of `c` from `at` on, whose rows are `c_step` apart.
    #[expect(clippy::too_many_arguments, reason = "both operands and the result lie in rows that are apart")]
    fn sum(&self, shares: &[T], rows: Grid, terms: Grid, of: Rows<'_, T>, c_step: usize, c: &mut [T], at: usize) {
        let product = Product {
            a: shares,
            rows,
            terms,
            b: of.numbers,
            b_step: of.step,
            columns: self.d.head(),
            c_steps: [0, 0, c_step],
            start: Start::Zero,
            epilogue: Epilogue::none(),
        };
        T::multiply(&product, part_mut(c, at..));
    }
}

/// Divides products by the root of how many terms they have.
fn scale<T: Real>(d: &Attention, products: &mut [T]) {
    let scale = T::ONE / T::from_usize(d.head()).sqrt();
    products.iter_mut().for_each(|product| *product *= scale);
}
