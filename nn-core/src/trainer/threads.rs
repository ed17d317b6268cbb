//! Where the training runs.

use crate::Error;

/// More threads than this are a slip of the finger: starting them takes longer than any training.
const MOST: usize = 1024;

/// Fails unless so many threads can be asked for.
pub(super) fn check(threads: Option<usize>) -> Result<(), Error> {
    match threads {
        None | Some(1..=MOST) => Ok(()),
        Some(threads) => {
            Err(Error::Setting { name: "count of threads", value: threads.to_string(), range: "1 to 1024" })
        }
    }
}

/// Runs `work` inside a pool of threads, entered once, so that a step wakes no one who is not needed.
#[cfg(feature = "parallel")]
pub(super) fn within<R: Send>(threads: Option<usize>, work: impl FnOnce() -> R + Send) -> Result<R, Error> {
    let Some(threads) = threads else {
        return Ok(rayon::scope(|_| work()));
    };
    match rayon::ThreadPoolBuilder::new().num_threads(threads).build() {
        Ok(pool) => Ok(pool.install(work)),
        Err(error) => Err(Error::Threads { threads, reason: error.to_string() }),
    }
}

/// Runs `work` on this thread, the only one.
#[cfg(not(feature = "parallel"))]
pub(super) fn within<R>(threads: Option<usize>, work: impl FnOnce() -> R) -> Result<R, Error> {
    match threads {
        None | Some(1) => Ok(work()),
        Some(threads) => {
            Err(Error::Threads { threads, reason: "nn-core was built without its feature `parallel`".into() })
        }
    }
}
