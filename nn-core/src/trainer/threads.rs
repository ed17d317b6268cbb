//! Where the training runs.

use crate::Error;

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
