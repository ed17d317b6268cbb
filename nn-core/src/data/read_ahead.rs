//! The mini-batches of an epoch, some of them gathered on another thread while the network learns.

use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::{Batches, Feed, Gathering, MiniBatch};
use crate::train::exchange::Parts;
use crate::{Error, Network};

/// The most mini-batches to be gathered ahead: each takes memory.
const MOST: usize = 1024;

/// What an epoch visits.
pub(crate) struct Visits<'a, D> {
    pub data: &'a D,
    pub batches: Batches<'a>,
    /// The most samples of a mini-batch.
    pub capacity: usize,
    /// Steps before the first of these.
    pub step: u64,
    /// Which parts of the mini-batches are gathered.
    pub parts: Parts,
}

/// The parts of a mini-batch that this process learns from: all of it, unless others share it.
type Share<N, G> = Vec<MiniBatch<N, G>>;

/// Fails unless so many mini-batches can be gathered ahead.
pub(crate) fn check(ahead: usize) -> Result<(), Error> {
    if ahead <= MOST {
        return Ok(());
    }
    Err(Error::Setting { name: "count of mini-batches to read ahead", value: ahead.to_string(), range: "at most 1024" })
}

impl<D> Visits<'_, D> {
    /// Calls `visit` with each mini-batch until it breaks. So many of those after it are gathered meanwhile, by one more thread; without
    /// any, each is gathered when it is wanted, on all threads at hand.
    pub fn each<N: Network>(
        self,
        ahead: usize,
        mut visit: impl FnMut(&[MiniBatch<N, D::Targets>]) -> Result<ControlFlow<()>, Error>,
    ) -> Result<(), Error>
    where
        D: Feed<N::Inputs, N::Scalar>,
    {
        if ahead > 0 {
            return self.each_ahead(ahead, visit);
        }
        let mut share = self.room();
        let Self { data, mut batches, step, parts, .. } = self;
        for step in step.. {
            let Some(indices) = batches.next() else { break };
            let how = Gathering { step: Some(step), ..Gathering::AS_THEY_ARE };
            gather_share(data, indices, &parts, how, &mut share)?;
            if visit(&share)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    fn each_ahead<N: Network>(
        self,
        ahead: usize,
        mut visit: impl FnMut(&[MiniBatch<N, D::Targets>]) -> Result<ControlFlow<()>, Error>,
    ) -> Result<(), Error>
    where
        D: Feed<N::Inputs, N::Scalar>,
    {
        let ahead = ahead.min(self.batches.len());
        thread::scope(|scope| {
            // One is visited, the others wait or are gathered. Where either side ends, so does the other.
            let (free, to_fill) = sync_channel(ahead + 1);
            let (filled, ready) = sync_channel(ahead + 1);
            for _ in 0..=ahead {
                let _ = free.send(self.room());
            }
            let gather = move || self.gather_all(&to_fill, &filled);
            let thread = thread::Builder::new().name("read ahead".into()).spawn_scoped(scope, gather);
            thread.map_err(|error| Error::Threads { threads: 1, reason: error.to_string() })?;
            for share in ready {
                let share = share?;
                if visit(&share)?.is_break() {
                    break;
                }
                let _ = free.send(share);
            }
            Ok(())
        })
    }

    /// Gathers until all is done or nobody waits any more.
    fn gather_all<N: Network>(
        self,
        to_fill: &Receiver<Share<N, D::Targets>>,
        filled: &SyncSender<Result<Share<N, D::Targets>, Error>>,
    ) where
        D: Feed<N::Inputs, N::Scalar>,
    {
        let Self { data, mut batches, step, parts, .. } = self;
        for step in step.. {
            let (Some(indices), Ok(mut share)) = (batches.next(), to_fill.recv()) else { return };
            let how = Gathering { step: Some(step), first: 0, parallel: false };
            let gathered = gather_share(data, indices, &parts, how, &mut share).map(|()| share);
            let is_error = gathered.is_err();
            if filled.send(gathered).is_err() || is_error {
                return;
            }
        }
    }

    /// Room for the parts of a mini-batch.
    fn room<N: Network, G: Default>(&self) -> Share<N, G> {
        self.parts.own.clone().map(|_| MiniBatch::new(self.capacity.div_ceil(self.parts.count))).collect()
    }
}

/// Gathers one's own parts of the mini-batch of these samples.
fn gather_share<N: Network, D: Feed<N::Inputs, N::Scalar>>(
    data: &D,
    indices: &[usize],
    parts: &Parts,
    how: Gathering,
    share: &mut [MiniBatch<N, D::Targets>],
) -> Result<(), Error> {
    for (part, batch) in parts.own.clone().zip(share) {
        let places = parts.samples(part, indices.len());
        batch.gather_checked(data, &indices[places.clone()], Gathering { first: places.start, ..how })?;
    }
    Ok(())
}
