//! The sum of a piece of the gradients over all ranks, while it is under way.
//!
//! Each rank adds up a part of the piece: it receives this part of all others, adds them in a tree, and sends the sum to all. Every
//! rank sends and receives `2 (p - 1) / p` times the piece, as little as any sum takes, in two rounds of messages.

use std::any::Any;
use std::ops::{Add, Range};

use nn_core::Number;

use crate::wire::{Channel, Layout, Pending, Plain};

/// Numbers as they travel.
pub trait Travels: Plain {
    /// As they are added.
    type Wide: Copy + Default + Add<Output = Self::Wide>;

    fn pack<T: Number>(number: T) -> Self;
    fn unpack<T: Number>(self) -> T;
    fn widen(self) -> Self::Wide;
    fn narrow(wide: Self::Wide) -> Self;
}

impl Travels for f32 {
    type Wide = f32;

    fn pack<T: Number>(number: T) -> f32 {
        number.to_f32()
    }

    fn unpack<T: Number>(self) -> T {
        T::from_f32(self)
    }

    fn widen(self) -> f32 {
        self
    }

    fn narrow(wide: f32) -> f32 {
        wide
    }
}

impl Travels for f64 {
    type Wide = f64;

    fn pack<T: Number>(number: T) -> f64 {
        number.to_f64()
    }

    fn unpack<T: Number>(self) -> T {
        T::from_f64(self)
    }

    fn widen(self) -> f64 {
        self
    }

    fn narrow(wide: f64) -> f64 {
        wide
    }
}

/// The upper half of an `f32`, called `bfloat16`: as wide a range, with eight bits of precision.
impl Travels for u16 {
    type Wide = f32;

    fn pack<T: Number>(number: T) -> u16 {
        Self::narrow(number.to_f32())
    }

    fn unpack<T: Number>(self) -> T {
        T::from_f32(self.widen())
    }

    fn widen(self) -> f32 {
        f32::from_bits(u32::from(self) << 16)
    }

    /// To the nearest, and to the even one of two.
    fn narrow(wide: f32) -> u16 {
        let bits = wide.to_bits();
        if wide.is_nan() {
            return (bits >> 16) as u16 | 0x40;
        }
        ((bits + 0x7fff + (bits >> 16 & 1)) >> 16) as u16
    }
}

/// A sum that is under way.
pub trait UnderWay: Any + Send {
    /// Goes on as far as it can without waiting. `may_gather` says that all sums before it have begun their second round, as all ranks
    /// must begin these in the same order.
    fn advance(&mut self, channels: &Channels, may_gather: bool);

    /// Whether the second round has begun.
    fn gathers(&self) -> bool;

    fn is_done(&self) -> bool;
}

/// The ways of the two rounds: in each of them messages keep their order.
pub struct Channels {
    pub scatter: Channel,
    pub gather: Channel,
}

/// Numbers that are added at a time.
const BLOCK: usize = 256;

/// The sum of a piece of so many numbers.
pub struct Sum<W: Travels> {
    /// What each rank adds up.
    shares: Layout,
    /// As much as this one adds up, from each rank.
    own: Layout,
    ranks: usize,
    piece: Vec<W>,
    received: Vec<W>,
    sum: Vec<W>,
    stage: Stage,
}

enum Stage {
    Idle,
    Scatter(Pending),
    Gather(Pending),
    Done,
}

impl<W: Travels> Sum<W> {
    /// Room for a piece of `len` numbers.
    pub fn new(len: usize, rank: usize, ranks: usize) -> Self {
        let share = |rank| (rank + 1) * len / ranks - rank * len / ranks;
        Self {
            shares: Layout::of::<W>((0..ranks).map(share)),
            own: Layout::of::<W>((0..ranks).map(|_| share(rank))),
            ranks,
            piece: vec![W::default(); len],
            received: vec![W::default(); ranks * share(rank)],
            sum: vec![W::default(); share(rank)],
            stage: Stage::Idle,
        }
    }

    pub fn len(&self) -> usize {
        self.piece.len()
    }

    /// Begins with the first round.
    pub fn start<T: Number>(&mut self, piece: &[T], channels: &Channels) {
        self.piece.iter_mut().zip(piece).for_each(|(to, from)| *to = W::pack(*from));
        if self.ranks == 1 {
            self.stage = Stage::Done;
            return;
        }
        // SAFETY: the buffers lie on the heap, only `advance` touches them, once a round is done, and `Distributed` ends the program
        // rather than drop them before.
        let pending = unsafe { channels.scatter.scatter(&self.piece, &self.shares, &mut self.received, &self.own) };
        self.stage = Stage::Scatter(pending);
    }

    /// What has been found.
    pub fn finish<T: Number>(&mut self, sum: &mut [T]) {
        sum.iter_mut().zip(&self.piece).for_each(|(to, from)| *to = from.unpack());
        self.stage = Stage::Idle;
    }

    /// Adds up what was received, in halves of the ranks.
    fn add(&mut self) {
        for (block, sum) in self.sum.chunks_mut(BLOCK).enumerate() {
            let (mut total, len) = ([W::Wide::default(); BLOCK], self.received.len() / self.ranks);
            tree(0..self.ranks, &self.received, len, block * BLOCK, &mut total[..sum.len()]);
            sum.iter_mut().zip(total).for_each(|(to, from)| *to = W::narrow(from));
        }
    }
}

/// The sum over some ranks, of as many numbers from a place on as `sum` has room for; each rank has sent `len`.
fn tree<W: Travels>(ranks: Range<usize>, received: &[W], len: usize, place: usize, sum: &mut [W::Wide]) {
    if ranks.len() == 1 {
        let of_rank = &received[ranks.start * len + place..];
        return sum.iter_mut().zip(of_rank).for_each(|(to, from)| *to = from.widen());
    }
    let middle = ranks.start + ranks.len() / 2;
    let mut more = [W::Wide::default(); BLOCK];
    tree(ranks.start..middle, received, len, place, sum);
    tree(middle..ranks.end, received, len, place, &mut more[..sum.len()]);
    sum.iter_mut().zip(more).for_each(|(sum, more)| *sum = *sum + more);
}

impl<W: Travels> UnderWay for Sum<W> {
    fn advance(&mut self, channels: &Channels, may_gather: bool) {
        if let Stage::Scatter(pending) = &mut self.stage
            && may_gather
            && pending.is_done()
        {
            self.add();
            // SAFETY: as of `start`.
            let pending = unsafe { channels.gather.gather(&self.sum, &mut self.piece, &self.shares) };
            self.stage = Stage::Gather(pending);
        }
        if let Stage::Gather(pending) = &mut self.stage
            && pending.is_done()
        {
            self.stage = Stage::Done;
        }
    }

    fn gathers(&self) -> bool {
        matches!(self.stage, Stage::Gather(_) | Stage::Done)
    }

    fn is_done(&self) -> bool {
        matches!(self.stage, Stage::Done)
    }
}
