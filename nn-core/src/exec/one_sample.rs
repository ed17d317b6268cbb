//! One sample on several threads: an operation is cut into pieces of its output.

use nn_sizes::Cut;

use super::pieces::in_parts;
use super::{Pass, Pieces, threads};
use crate::base::number::Number;

impl Pass<'_> {
    /// Calls `body` for each piece of the output `y` of a sample, or once for all of it: with the first row, the piece, and
    /// scratch.
    ///
    /// How many pieces there are depends on the number of threads, but no number depends on how many pieces there are.
    pub fn each_piece<T: Number>(
        &self,
        cut: &Cut,
        y: &mut [T],
        scratch: &mut [T],
        body: impl Fn(usize, &mut [T], &mut [T]) + Sync,
    ) {
        let pieces = if self.is_in_pieces() { cut.pieces(threads()) } else { 1 };
        if pieces == 1 {
            return body(0, y, scratch);
        }
        let (rows, scratch_len) = (cut.piece_rows(pieces), cut.piece_scratch(pieces));
        let buffers = (Pieces::new(y, rows * cut.row_len), Pieces::new(scratch, scratch_len));
        in_parts(pieces, pieces, buffers, &|piece, (y, scratch)| {
            body(piece * rows, y.into_all(), scratch.into_all());
        });
    }

    /// Runs a whole pass: on a thread of the pool if it goes in pieces, as each of its operations would enter the pool.
    #[cfg(feature = "parallel")]
    pub(crate) fn enter(&self, pass: impl FnOnce() + Send) {
        if self.is_in_pieces() && !super::in_pool() { rayon::scope(|_| pass()) } else { pass() }
    }

    /// Runs a whole pass.
    #[cfg(all(feature = "std", not(feature = "parallel")))]
    pub(crate) fn enter(&self, pass: impl FnOnce()) {
        pass();
    }
}

#[cfg(all(test, feature = "parallel"))]
mod tests {
    use super::*;
    use std::sync::Mutex;
    use std::vec;
    use std::vec::Vec;

    /// The pieces on so many threads: the first row of each, its numbers, and its scratch. Each writes its rows to `y`.
    fn pieces(cut: &Cut, pass: Pass<'_>, threads: usize) -> (Vec<[usize; 3]>, Vec<f32>) {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        let mut y = vec![-1.0; cut.rows * cut.row_len];
        let mut scratch = vec![0.0; cut.all_scratch()];
        let seen = Mutex::new(Vec::new());
        pool.install(|| {
            pass.each_piece(cut, &mut y, &mut scratch, |first, y, scratch| {
                for (row, y) in (first..).zip(y.chunks_mut(cut.row_len)) {
                    y.fill(row as f32);
                }
                seen.lock().expect("no panic").push([first, y.len(), scratch.len()]);
            });
        });
        let mut seen = seen.into_inner().expect("no panic");
        seen.sort_unstable();
        (seen, y)
    }

    const CUT: Cut = Cut { rows: 13, row_len: 3, together: 2, scratch: 20, scratch_per_row: 3, work: 1 << 30 };

    #[test]
    fn every_row_is_in_one_piece() {
        for rows in [1, 2, 3, 8, 13, 100] {
            for together in [1, 2] {
                let cut = Cut { rows, together, ..CUT };
                for threads in [1, 2, 3, 8, 20] {
                    let (seen, y) = pieces(&cut, Pass::in_pieces(1), threads);
                    let expected: Vec<f32> = (0..rows).flat_map(|row| [row as f32; 3]).collect();
                    assert_eq!(y, expected, "{cut:?} on {threads} threads");
                    assert_eq!(seen.len(), cut.pieces(threads), "{cut:?} on {threads} threads");
                    assert!(seen.len() <= threads && seen.iter().all(|[first, ..]| first.is_multiple_of(together)));
                    let enough = |&[_, len, scratch]: &[usize; 3]| scratch >= 20 + len / 3 * 3;
                    assert!(seen.len() == 1 || seen.iter().all(enough), "{cut:?} on {threads} threads: {seen:?}");
                }
            }
        }
    }

    #[test]
    fn what_is_small_or_alone_is_one_piece() {
        let small = Cut { work: 1 << 10, ..CUT };
        assert_eq!(pieces(&small, Pass::in_pieces(1), 2).0.len(), 1);
        assert_eq!(pieces(&CUT, Pass::in_pieces(1), 2).0.len(), 2);
        assert_eq!(pieces(&CUT, Pass::inference(1), 2).0.len(), 1);
        assert_eq!(pieces(&CUT, Pass::alone(1), 2).0.len(), 1);
    }
}
