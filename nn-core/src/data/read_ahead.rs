//! The mini-batches of an epoch, some of them gathered on another thread while the network learns.

use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::{Batches, Feed, Gathering, MiniBatch};
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
}

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
        mut visit: impl FnMut(&MiniBatch<N, D::Targets>) -> Result<ControlFlow<()>, Error>,
    ) -> Result<(), Error>
    where
        D: Feed<N::Inputs, N::Scalar>,
    {
        if ahead > 0 {
            return self.each_ahead(ahead, visit);
        }
        let Self { data, mut batches, capacity, step } = self;
        let mut batch = MiniBatch::new(capacity);
        for step in step.. {
            let Some(indices) = batches.next() else { break };
            batch.gather_checked(data, indices, Gathering { step: Some(step), parallel: true })?;
            if visit(&batch)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    fn each_ahead<N: Network>(
        self,
        ahead: usize,
        mut visit: impl FnMut(&MiniBatch<N, D::Targets>) -> Result<ControlFlow<()>, Error>,
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
                let _ = free.send(MiniBatch::new(self.capacity));
            }
            let gather = move || self.gather_all(&to_fill, &filled);
            let thread = thread::Builder::new().name("read ahead".into()).spawn_scoped(scope, gather);
            thread.map_err(|error| Error::Threads { threads: 1, reason: error.to_string() })?;
            for batch in ready {
                let batch = batch?;
                if visit(&batch)?.is_break() {
                    break;
                }
                let _ = free.send(batch);
            }
            Ok(())
        })
    }

    /// Gathers until all is done or nobody waits any more.
    fn gather_all<N: Network>(
        self,
        to_fill: &Receiver<MiniBatch<N, D::Targets>>,
        filled: &SyncSender<Result<MiniBatch<N, D::Targets>, Error>>,
    ) where
        D: Feed<N::Inputs, N::Scalar>,
    {
        let Self { data, mut batches, step, .. } = self;
        for step in step.. {
            let (Some(indices), Ok(mut batch)) = (batches.next(), to_fill.recv()) else { return };
            let how = Gathering { step: Some(step), parallel: false };
            let gathered = batch.gather_checked(data, indices, how).map(|()| batch);
            let is_error = gathered.is_err();
            if filled.send(gathered).is_err() || is_error {
                return;
            }
        }
    }
}
