//! Times of calls.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};

use crate::benchmark::{Call, Scope, Start};

/// Calls are repeated until they take as long as this, so that reading the clock does not count.
const CHUNK: Duration = Duration::from_micros(500);

/// Everything is timed as often as this at least.
const CHUNKS: usize = 5;

/// Measures on some threads.
pub struct Clock {
    pool: ThreadPool,
    time: Duration,
}

impl Clock {
    /// On so many threads, for so long each.
    pub fn new(threads: usize, time: Duration) -> Result<Self, ThreadPoolBuildError> {
        Ok(Self { pool: ThreadPoolBuilder::new().num_threads(threads).build()?, time })
    }

    /// Threads at hand.
    pub fn threads(&self) -> usize {
        self.pool.current_num_threads()
    }

    /// Calls it once.
    pub fn once(&self, scope: Scope, start: &Start) {
        Runner::new(self, scope, start).run(1);
    }

    /// Seconds that a call of each takes at best. They take turns, so that whatever slows the machine slows all of them.
    pub fn race<const N: usize>(&self, starts: [(Scope, &Start); N]) -> [f64; N] {
        let mut runners = starts.map(|(scope, start)| Runner::new(self, scope, start));
        let times = runners.each_mut().map(|runner| {
            let mut times = 1;
            while runner.run(times) < CHUNK {
                times *= 2;
            }
            times
        });
        let mut best = [Duration::MAX; N];
        let start = Instant::now();
        let mut chunks = 0;
        while chunks < CHUNKS || start.elapsed() < self.time {
            for i in 0..N {
                runners[i].run(1); // brings back what the others drove from the caches
                best[i] = best[i].min(runners[i].run(times[i]));
            }
            chunks += 1;
        }
        std::array::from_fn(|i| best[i].as_secs_f64() / f64::from(times[i]))
    }
}

/// Calls with their memory.
enum Runner<'a> {
    Each(&'a ThreadPool, Vec<Mutex<Call>>),
    Together(&'a ThreadPool, Call),
}

impl<'a> Runner<'a> {
    fn new(clock: &'a Clock, scope: Scope, start: &Start) -> Self {
        match scope {
            Scope::Each => Self::Each(&clock.pool, (0..clock.threads()).map(|_| Mutex::new(start())).collect()),
            Scope::Together => Self::Together(&clock.pool, start()),
        }
    }

    /// How long so many calls take, without what it costs to wake the threads.
    fn run(&mut self, times: u32) -> Duration {
        let clocked = |call: &mut Call| {
            let start = Instant::now();
            (0..times).for_each(|_| call());
            start.elapsed()
        };
        match self {
            Self::Each(pool, calls) => pool
                .broadcast(|context| {
                    clocked(&mut calls[context.index()].lock().unwrap_or_else(PoisonError::into_inner))
                })
                .into_iter()
                .max()
                .unwrap_or_default(),
            Self::Together(pool, call) => pool.install(|| clocked(call)),
        }
    }
}
