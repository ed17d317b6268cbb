//! The threads that a training loop runs on.

#[cfg(feature = "parallel")]
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use crate::Error;

/// More threads than this are a slip of the finger: starting them takes longer than any training.
const MOST: usize = 1024;

/// How often a thread looks for something to do before another program may have its core: to ask the system for that takes long.
#[cfg(feature = "parallel")]
const LOOKS: usize = 64;

/// Fails unless so many threads can be asked for.
pub(crate) fn check(threads: Option<usize>) -> Result<(), Error> {
    match threads {
        None | Some(1..=MOST) => Ok(()),
        Some(threads) => {
            Err(Error::Setting { name: "count of threads", value: threads.to_string(), range: "1 to 1024" })
        }
    }
}

/// Runs a training loop on so many threads of its own, 1024 at most, or on rayon's, one for each core.
///
/// The pool is entered once and its threads stay awake until `work` is done: to wake one takes as long as a step of a small
/// network. So this is for loops that keep the threads busy, and not for a single step. [`Trainer`](crate::Trainer) does it by
/// itself.
///
/// ```
/// use nn_core::{Adam, Batch, CrossEntropy, Network, Training, network, on_threads, shape};
///
/// network! {
///     struct Wide = [64] -> affine(512) -> relu -> affine(2) -> softmax;
/// }
///
/// let (inputs, labels) = (Batch::<shape![64]>::zeros(32), [1; 32]);
/// let mut net = Wide::new(1);
/// let loss = on_threads(Some(2), || {
///     let (mut adam, mut training) = (Adam::new(0.001), Training::new(32));
///     for _ in 0..10 {
///         training.loss_and_gradients(&net, &inputs, &CrossEntropy, &labels)?;
///         training.step(&mut net, &mut adam)?;
///     }
///     training.loss_and_gradients(&net, &inputs, &CrossEntropy, &labels)
/// })??;
/// assert!(loss < 0.7);
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// # Errors
///
/// When there are none or too many, or the system refuses to start them; without the feature `parallel`, when there is to
/// be more than one.
#[cfg(feature = "parallel")]
pub fn on_threads<R: Send>(threads: Option<usize>, work: impl FnOnce() -> R + Send) -> Result<R, Error> {
    check(threads)?;
    let Some(threads) = threads else {
        return Ok(rayon::scope(|_| awake(work)));
    };
    match rayon::ThreadPoolBuilder::new().num_threads(threads).build() {
        Ok(pool) => Ok(pool.install(|| awake(work))),
        Err(error) => Err(Error::Threads { threads, reason: error.to_string() }),
    }
}

/// Runs a training loop on this thread, the only one.
///
/// # Errors
///
/// When there is to be more than one.
#[cfg(not(feature = "parallel"))]
pub fn on_threads<R>(threads: Option<usize>, work: impl FnOnce() -> R) -> Result<R, Error> {
    check(threads)?;
    match threads {
        None | Some(1) => Ok(work()),
        Some(threads) => {
            Err(Error::Threads { threads, reason: "nn-core was built without its feature `parallel`".into() })
        }
    }
}

/// Runs `work` on this thread of a pool, while the others look for something to do and do not go to sleep.
#[cfg(feature = "parallel")]
fn awake<R>(work: impl FnOnce() -> R) -> R {
    let (this, done) = (rayon::current_thread_index(), AtomicBool::new(false));
    rayon::in_place_scope(|scope| {
        scope.spawn_broadcast(|_, thread| {
            let mut looks = 0;
            while Some(thread.index()) != this && !done.load(Relaxed) {
                looks += 1;
                match rayon::yield_now() {
                    Some(rayon::Yield::Executed) => {}
                    // To another program, if one waits for this core.
                    _ if looks % LOOKS == 0 => std::thread::yield_now(),
                    _ => std::hint::spin_loop(),
                }
            }
        });
        let _finished = Finished(&done);
        work()
    })
}

/// Sets its flag when it goes, also in a panic.
#[cfg(feature = "parallel")]
struct Finished<'a>(&'a AtomicBool);

#[cfg(feature = "parallel")]
impl Drop for Finished<'_> {
    fn drop(&mut self) {
        self.0.store(true, Relaxed);
    }
}
