//! How the output of one sample is cut into pieces that threads compute side by side, each from the whole input.

/// The most pieces.
const PIECES: usize = 16;
/// The fewest multiply–adds of a piece: about two microseconds, several times what it takes another thread to find it.
const LEAST_WORK: u64 = 1 << 17;
/// Scratch of each piece starts at a multiple of so many numbers: a cache line of `f32`.
const LINE: usize = 16;

/// The rows of an output, and what it takes to compute some of them by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Rows in all.
    pub rows: usize,
    /// Numbers of a row.
    pub row_len: usize,
    /// A piece begins at a multiple of so many rows, so that every number is computed as in the whole.
    pub together: usize,
    /// Scratch numbers of a piece, besides those for its rows.
    pub scratch: usize,
    /// Scratch numbers for each of its rows.
    pub scratch_per_row: usize,
    /// Multiply–adds of all rows.
    pub work: u64,
}

impl Cut {
    /// Pieces for so many threads: one for each, if there are rows and work enough.
    pub const fn pieces(&self, threads: usize) -> usize {
        let most = min(min(threads, PIECES), self.rows.div_ceil(self.together));
        // Work that does not fit is enough for all.
        let worth = if self.work / LEAST_WORK < PIECES as u64 { (self.work / LEAST_WORK) as usize } else { PIECES };
        let pieces = min(most, worth);
        // Whole steps of rows: there may be fewer pieces than that.
        if pieces > 1 { self.rows.div_ceil(self.piece_rows(pieces)) } else { 1 }
    }

    /// Rows of each of so many pieces but the last, which has what is left.
    pub const fn piece_rows(&self, pieces: usize) -> usize {
        self.rows.div_ceil(self.together).div_ceil(pieces) * self.together
    }

    /// Scratch numbers of each of so many pieces.
    pub const fn piece_scratch(&self, pieces: usize) -> usize {
        (self.scratch + self.piece_rows(pieces) * self.scratch_per_row).next_multiple_of(LINE)
    }

    /// Scratch numbers of all pieces, however many threads there are.
    pub const fn all_scratch(&self) -> usize {
        let (mut most, mut threads) = (0, 2);
        while threads <= PIECES {
            let pieces = self.pieces(threads);
            let scratch = if pieces > 1 { pieces * self.piece_scratch(pieces) } else { 0 };
            most = if scratch > most { scratch } else { most };
            threads += 1;
        }
        most
    }
}

const fn min(a: usize, b: usize) -> usize {
    if a < b { a } else { b }
}
