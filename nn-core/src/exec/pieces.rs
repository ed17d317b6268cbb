//! Buffers of equal pieces, and how they are cut for threads: in two, and each half again.

use core::mem;
use core::ops::Range;

use super::join;
use crate::base::memory::{part_mut, split_mut};

/// A buffer with `len` numbers for each sample, or for each group.
#[derive(Debug)]
pub struct Pieces<'a, T> {
    pub(super) buffer: &'a mut [T],
    pub(super) len: usize,
}

impl<'a, T> Pieces<'a, T> {
    /// A buffer with `len` numbers for each; one with `len` zero gives everyone an empty piece.
    pub fn new(buffer: &'a mut [T], len: usize) -> Self {
        Self { buffer, len }
    }

    #[inline]
    pub(crate) fn get(&mut self, piece: usize) -> &mut [T] {
        part_mut(part_mut(self.buffer, piece * self.len..), ..self.len)
    }

    /// Some of them, for the moment.
    pub(crate) fn some(&mut self, pieces: Range<usize>) -> &mut [T] {
        part_mut(self.buffer, pieces.start * self.len..pieces.end * self.len)
    }

    /// The first `pieces`.
    pub(crate) fn into_first(self, pieces: usize) -> &'a mut [T] {
        part_mut(self.buffer, ..pieces * self.len)
    }

    /// All of them, for the moment.
    pub(crate) fn all(&mut self) -> &mut [T] {
        self.buffer
    }

    /// All of them.
    pub(crate) fn into_all(self) -> &'a mut [T] {
        self.buffer
    }

    /// Calls `body` for so many equal parts, or nearly, at the same time: with the number of a part's first piece, and the part.
    pub(crate) fn in_parts(self, parts: usize, body: &(impl Fn(usize, &mut [T]) + Sync))
    where
        T: Send,
    {
        let pieces = self.buffer.len().checked_div(self.len).unwrap_or(0);
        in_parts(pieces, parts, self, &|first, part| body(first, part.buffer));
    }
}

/// What threads can divide among themselves: pieces of one buffer, or as many of several.
pub(crate) trait Divide: Send {
    /// Takes the first so many pieces away.
    fn take_first(&mut self, pieces: usize) -> Self;
}

impl<T: Send> Divide for Pieces<'_, T> {
    #[inline]
    fn take_first(&mut self, pieces: usize) -> Self {
        let (first, rest) = split_mut(mem::take(&mut self.buffer), pieces * self.len);
        self.buffer = rest;
        Self::new(first, self.len)
    }
}

impl<S: Divide, const N: usize> Divide for [S; N] {
    fn take_first(&mut self, pieces: usize) -> Self {
        self.each_mut().map(|buffer| buffer.take_first(pieces))
    }
}

impl<A: Divide, B: Divide> Divide for (A, B) {
    fn take_first(&mut self, pieces: usize) -> Self {
        (self.0.take_first(pieces), self.1.take_first(pieces))
    }
}

/// Calls `body` for so many equal parts of `whole`, or nearly, at the same time: with the number of a part's first piece, and the part.
pub(crate) fn in_parts<S: Divide>(pieces: usize, parts: usize, whole: S, body: &(impl Fn(usize, S) + Sync)) {
    sum_parts(true, 0..pieces, parts, whole, body, &|(), ()| ());
}

/// The same, at the same time only if `parallel`. What two halves give is put together by `sum`, after their own halves.
pub(crate) fn sum_parts<S: Divide, R: Send>(
    parallel: bool,
    pieces: Range<usize>,
    parts: usize,
    mut whole: S,
    body: &(impl Fn(usize, S) -> R + Sync),
    sum: &(impl Fn(R, R) -> R + Sync),
) -> R {
    if parts <= 1 {
        return body(pieces.start, whole);
    }
    let half = parts / 2;
    let middle = pieces.start + pieces.len() * half / parts;
    let first = whole.take_first(middle - pieces.start);
    let (left, right) = join(
        parallel,
        || sum_parts(parallel, pieces.start..middle, half, first, body, sum),
        || sum_parts(parallel, middle..pieces.end, parts - half, whole, body, sum),
    );
    sum(left, right)
}
