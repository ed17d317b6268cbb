//! Which parts of a mini-batch are whose.

use core::ops::Range;

/// The parts of a mini-batch that this rank learns from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    /// How many there are.
    pub count: usize,
    /// Which are of this rank: a node of the tree by which parts are added up.
    pub own: Range<usize>,
}

impl Parts {
    /// The whole, of the only rank.
    pub const WHOLE: Self = Self { count: 1, own: 0..1 };

    /// The parts of one of `ranks`, of which there are not more than parts: ranks are halved as the parts are.
    pub fn of_rank(rank: usize, ranks: usize, count: usize) -> Self {
        let (mut own, mut among) = (0..count, 0..ranks);
        while among.len() > 1 {
            let (part, middle) = (own.start + own.len() / 2, among.start + among.len() / 2);
            (own, among) =
                if rank < middle { (own.start..part, among.start..middle) } else { (part..own.end, middle..among.end) };
        }
        Self { count, own }
    }

    /// Which of so many samples are of a part; none, where there are fewer samples than parts.
    pub fn samples(&self, part: usize, samples: usize) -> Range<usize> {
        part * samples / self.count..(part + 1) * samples / self.count
    }
}
